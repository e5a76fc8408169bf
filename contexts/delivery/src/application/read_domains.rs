//! Sending domains, without their keys being opened.

use kernel::{DomainId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::domains;

pub use crate::infrastructure::pg::domains::{DkimSetup, Domain};

/// All of them, the default one first.
pub async fn list_domains(db: &Db, org: OrgId) -> Result<Vec<Domain>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = domains::list(&mut tx, org).await?;
    tx.commit().await?;
    Ok(found)
}

/// One.
pub async fn find_domain(db: &Db, org: OrgId, id: DomainId) -> Result<Option<Domain>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = domains::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found)
}
