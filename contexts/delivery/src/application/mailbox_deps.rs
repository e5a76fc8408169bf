use std::{fmt, sync::Arc};

use kernel::EmailAddress;
use platform::{Db, Deps, Secrets, egress::Reach};
use rustls::ClientConfig;

use super::settings_deps::reach;
use crate::{
    domain::{
        bounce::{ReturnPath, UnfitMailbox},
        bounce_mailbox::MailboxSettings,
    },
    infrastructure::{imap::Server, smtp::tls_config},
};

/// What the use cases of bounce mailboxes work with.
#[derive(Clone)]
pub struct MailboxDeps {
    /// The database.
    pub db: Db,
    /// Seals passwords.
    pub secrets: Secrets,
    /// Where mailboxes may be.
    pub reach: Reach,
    tls: Arc<ClientConfig>,
    return_key: [u8; 32],
}

impl fmt::Debug for MailboxDeps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailboxDeps(…)")
    }
}

impl MailboxDeps {
    /// From what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps) -> Self {
        Self {
            db: deps.db.clone(),
            secrets: deps.secrets.clone(),
            reach: reach(&deps.config),
            tls: tls_config("").expect("no certificate is added that could be broken"),
            return_key: return_key(deps),
        }
    }

    /// Makes and reads the return paths of a mailbox.
    pub fn return_path(&self, mailbox: &EmailAddress) -> Result<ReturnPath, UnfitMailbox> {
        ReturnPath::new(&self.return_key, mailbox)
    }

    /// The server of a mailbox.
    #[must_use]
    pub fn server(&self, settings: &MailboxSettings) -> Server {
        Server {
            host: settings.host.clone(),
            port: settings.port,
            security: settings.security,
            reach: self.reach,
            tls: Arc::clone(&self.tls),
        }
    }
}

/// The key of this installation's return paths.
#[must_use]
pub fn return_key(deps: &Deps) -> [u8; 32] {
    deps.keys.derive("delivery.return_path")
}
