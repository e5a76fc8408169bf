//! What people and programs do with identity, one use case a file.

pub mod admit_attempt;
pub mod announce_setup;
pub mod authenticate;
pub mod change_account;
pub mod change_organization;
pub mod change_password;
pub mod create_api_key;
pub mod expire_sessions;
pub mod go_live;
pub mod list_api_keys;
pub mod list_members;
pub mod list_sessions;
pub mod read_organization;
pub mod recent;
pub mod revoke_api_key;
pub mod revoke_session;
pub mod set_up;
pub mod sign_in;
pub mod sign_out;
pub mod verify_audit_log;

use std::{net::IpAddr, sync::Arc};

use kernel::{Clock, OrgId, Timestamp};
use tokio_util::task::TaskTracker;

use crate::{
    domain::audit::{Act, Action, Actor, Facts},
    infrastructure::{password_work::PasswordWork, pg::IdentityDb},
};

/// What the use cases work with.
#[derive(Debug)]
pub struct IdentityDeps {
    /// The store.
    pub db: IdentityDb,
    /// Where passwords are hashed.
    pub passwords: PasswordWork,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Answers of the last second.
    pub recent: recent::Recent,
    /// What is written after an answer was given.
    pub after_answers: TaskTracker,
    /// Where people reach the program.
    pub base_url: String,
}

/// Who does something, where from and when.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// In which organisation.
    pub org: OrgId,
    /// Who.
    pub actor: Actor,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub now: Timestamp,
}

impl By {
    /// An entry for the audit log.
    fn act(&self, action: Action, subject: impl ToString) -> Act {
        Act {
            at: self.now,
            actor: self.actor,
            action,
            subject: Some(subject.to_string()),
            ip: self.ip,
            before: Facts::none(),
            after: Facts::none(),
        }
    }
}

/// The other end of a connection: kept with a session, so that its person recognises it.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// Its address.
    pub ip: Option<IpAddr>,
    /// The browser's name for itself.
    pub user_agent: Option<String>,
}
