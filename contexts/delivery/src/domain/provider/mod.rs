//! Accounts that messages are handed to, by kind: where each is, what it demands, how fast it may be used.
//! Their secrets are kept elsewhere, sealed.

mod apns;
mod base_url;
mod config;
mod fault;
mod fcm;
mod kind;
mod mailgun;
mod plivo;
mod postfix;
mod sender;
mod sendgrid;
mod ses;
mod smtp;
mod telnyx;
mod traits;
mod twilio;
mod vonage;

#[cfg(test)]
mod text_accounts;

pub use self::{
    apns::{ApnsConfig, ApnsEnvironment, ApnsKey},
    base_url::BaseUrl,
    config::ProviderConfig,
    fault::InvalidConfig,
    fcm::{FcmConfig, ServiceAccount},
    kind::ProviderKind,
    mailgun::{MailgunConfig, MailgunRegion},
    plivo::PlivoConfig,
    postfix::PostfixConfig,
    sender::telephone_number,
    sendgrid::{SendGridConfig, SendGridRegion},
    ses::SesConfig,
    smtp::{Security, SmtpConfig, is_host},
    telnyx::TelnyxConfig,
    traits::Traits,
    twilio::TwilioConfig,
    vonage::VonageConfig,
};
