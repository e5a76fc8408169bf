//! Accounts, without their secrets being opened.

use kernel::{OrgId, ProviderId};
use platform::{Db, DbError};

use crate::infrastructure::pg::providers;

pub use crate::infrastructure::pg::providers::Provider;

/// All of them, in the order in which they are used.
pub async fn list_providers(db: &Db, org: OrgId) -> Result<Vec<Provider>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = providers::list(&mut tx, org).await?;
    tx.commit().await?;
    Ok(found)
}

/// One.
pub async fn find_provider(db: &Db, org: OrgId, id: ProviderId) -> Result<Option<Provider>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = providers::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found)
}
