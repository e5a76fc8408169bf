//! Which accounts mail goes out over.

use kernel::{OrgId, ProviderId};
use platform::{Db, DbError};

use crate::infrastructure::pg::providers;

/// Stops sending over an account; `reason` is shown to everybody who sees it. One that is paused
/// keeps its reason. Returns whether there is such an account.
pub async fn pause_provider(db: &Db, org: OrgId, id: ProviderId, reason: &str) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = providers::find(&mut tx, org, id).await?.is_some();
    providers::pause(&mut tx, org, id, reason).await?;
    tx.commit().await?;
    Ok(there)
}

/// Lets an account send again. Returns whether there is such an account.
pub async fn resume_provider(db: &Db, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = providers::resume(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(there)
}

/// Uses an account before all others. Returns whether there is such an account.
pub async fn prefer_provider(db: &Db, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = providers::put_first(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(there)
}
