//! Ways out: SMTP accounts and the built-in inbox.

mod built_in_inbox;
mod smtp_account;

pub use built_in_inbox::BuiltInInbox;
pub use smtp_account::SmtpAccount;
