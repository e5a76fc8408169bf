//! Whether an audit log is as it was written.

use kernel::OrgId;
use platform::DbError;

use super::IdentityDeps;
use crate::domain::audit::{BEGINNING, BrokenChain, verify};

/// Entries read at a time.
const BATCH: i64 = 5000;

/// Why a log cannot be vouched for.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Somebody changed it.
    #[error(transparent)]
    Broken(#[from] BrokenChain),
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Follows an organisation's log from its beginning, and returns how many entries it has.
pub async fn verify_audit_log(deps: &IdentityDeps, org: OrgId) -> Result<i64, AuditError> {
    let mut tip = BEGINNING;
    loop {
        let mut tx = deps.db.tenant(org).await?;
        let entries = tx.audit_entries(org, tip.seq, BATCH).await?;
        tx.commit().await?;
        if entries.is_empty() {
            return Ok(tip.seq);
        }
        tip = verify(tip, &entries)?;
    }
}
