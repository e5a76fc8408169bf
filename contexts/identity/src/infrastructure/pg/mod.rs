//! All SQL of identity, as methods of one unit of work.
//!
//! A unit of work is either of one organisation ([`IdentityDb::tenant`], behind row-level security)
//! or of the installation ([`IdentityDb::installation`]). The second is for what is asked before an
//! organisation is known or belongs to none: set-up, sign-in, sessions, and a person's own account.
//! Everything else goes through the first. Methods of [`IdentityDb`] itself are single statements of
//! the installation: who stands behind a token is asked for nearly every request, and a transaction
//! would make it three round trips.

mod api_keys;
pub mod audit_log;
mod login_throttles;
mod organizations;
mod people;
mod sessions;
mod setup;

use contracts::PublicEvent;
use kernel::OrgId;
use platform::{Db, DbError, Tx};

pub use api_keys::{FoundKey, KeyRow, NewKey};
pub use people::{Credentials, NewPerson};
pub use sessions::{FoundSession, NewSession, SessionRow};

/// Where identity's units of work come from.
#[derive(Clone, Debug)]
pub struct IdentityDb(Db);

/// Rows, facts and audit entries of identity that become true together.
#[derive(Debug)]
pub struct IdentityTx(Tx);

impl IdentityDb {
    /// Over this database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self(db)
    }

    /// A unit of work that sees one organisation only.
    pub async fn tenant(&self, org: OrgId) -> Result<IdentityTx, DbError> {
        self.0.tenant(org).await.map(IdentityTx)
    }

    /// A unit of work that sees the whole installation; see the head of this module for its uses.
    pub async fn installation(&self) -> Result<IdentityTx, DbError> {
        self.0.system().await.map(IdentityTx)
    }
}

impl IdentityTx {
    /// Tells the other contexts.
    pub async fn publish(&mut self, org: OrgId, event: &impl PublicEvent) -> Result<(), DbError> {
        self.0.record(org, event).await
    }

    /// Makes it true.
    pub async fn commit(self) -> Result<(), DbError> {
        self.0.commit().await
    }
}

/// A stored word that the program can never have written.
fn inconsistent(table: &'static str, column: &'static str, id: impl std::fmt::Display) -> DbError {
    DbError::InconsistentRow {
        table,
        column,
        id: id.to_string(),
    }
}
