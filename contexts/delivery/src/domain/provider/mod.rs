//! Accounts that mail is handed to, by kind: where each is, what it demands, how fast it may be used.
//! Their secrets are kept elsewhere, sealed.

mod base_url;
mod config;
mod fault;
mod kind;
mod mailgun;
mod sendgrid;
mod ses;
mod smtp;
mod traits;

pub use self::{
    base_url::BaseUrl,
    config::ProviderConfig,
    fault::InvalidConfig,
    kind::ProviderKind,
    mailgun::{MailgunConfig, MailgunRegion},
    sendgrid::{SendGridConfig, SendGridRegion},
    ses::SesConfig,
    smtp::{Security, SmtpConfig, is_host},
    traits::Traits,
};
