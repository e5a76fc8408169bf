//! Ways out: mail servers, APIs of providers, the built-in inbox.

mod account;
mod apns;
mod built_in_inbox;
mod fcm;
mod http_account;
mod jwt;
mod labels;
mod mailgun;
mod plivo;
mod push_trial;
mod sendgrid;
mod ses;
mod sigv4;
mod smtp_account;
mod telnyx;
mod text;
mod twilio;
mod vonage;

#[cfg(test)]
mod text_conformance;

pub use account::{UnusableAccount, Ways, account_at};
pub use built_in_inbox::BuiltInInbox;
pub use labels::MESSAGE_LABEL;
pub use push_trial::push_trial;
pub use smtp_account::SmtpAccount;

use crate::domain::{answer::Conclusion, outgoing::Outgoing};

/// None of them was begun, and all for the same reason.
fn not_started(messages: &[Outgoing], error: &str) -> Vec<Conclusion> {
    let not_started = |_| Conclusion::NotStarted {
        error: error.to_owned(),
    };
    messages.iter().map(not_started).collect()
}
