//! Accounts that messages are handed to, by kind: where each is, what it demands, how fast it may be used.
//! Their secrets are kept elsewhere, sealed.

mod base_url;
mod config;
mod fault;
mod kind;
mod mailgun;
mod plivo;
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
    base_url::BaseUrl,
    config::ProviderConfig,
    fault::InvalidConfig,
    kind::ProviderKind,
    mailgun::{MailgunConfig, MailgunRegion},
    plivo::PlivoConfig,
    sender::telephone_number,
    sendgrid::{SendGridConfig, SendGridRegion},
    ses::SesConfig,
    smtp::{Security, SmtpConfig, is_host},
    telnyx::TelnyxConfig,
    traits::Traits,
    twilio::TwilioConfig,
    vonage::VonageConfig,
};
