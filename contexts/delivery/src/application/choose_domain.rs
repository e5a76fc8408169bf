//! Which domain mail is sent from.

use kernel::{DomainId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::domains;

/// Sends from this domain from now on. Returns whether there is such a domain.
pub async fn prefer_domain(db: &Db, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    // Looked for first: a foreign id must not take the default away from the domain that has it.
    if domains::find(&mut tx, org, id).await?.is_none() {
        return Ok(false);
    }
    let done = domains::make_default(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(done)
}

/// Sends from a domain again that was paused. Returns whether there is such a domain.
pub async fn resume_domain(db: &Db, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let done = domains::resume(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(done)
}

/// Deletes a domain with its key. When mail was sent from it, the first of the others takes its
/// place. Returns whether there was such a domain.
pub async fn delete_domain(db: &Db, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let Some(was_default) = domains::delete(&mut tx, org, id).await? else {
        return Ok(false);
    };
    if was_default && let Some(next) = domains::list(&mut tx, org).await?.first() {
        domains::make_default(&mut tx, org, next.id).await?;
    }
    tx.commit().await?;
    Ok(true)
}
