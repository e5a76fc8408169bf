//! Accounts that mail is handed to, by kind: where each is, what it demands, how fast it may be used.
//! Their secrets are kept elsewhere, sealed.

mod apns;
mod base_url;
mod config;
mod fault;
mod fcm;
mod kind;
mod mailgun;
mod postfix;
mod sendgrid;
mod ses;
mod smtp;
mod traits;

pub use self::{
    apns::{ApnsConfig, ApnsEnvironment, ApnsKey},
    base_url::BaseUrl,
    config::ProviderConfig,
    fault::InvalidConfig,
    fcm::{FcmConfig, ServiceAccount},
    kind::ProviderKind,
    mailgun::{MailgunConfig, MailgunRegion},
    postfix::PostfixConfig,
    sendgrid::{SendGridConfig, SendGridRegion},
    ses::SesConfig,
    smtp::{Security, SmtpConfig},
    traits::Traits,
};
