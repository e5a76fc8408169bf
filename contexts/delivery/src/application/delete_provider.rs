//! The end of an account.

use kernel::{OrgId, ProviderId};
use platform::{Db, DbError};

use crate::infrastructure::pg::providers;

/// Deletes an account with its password. Attempts keep its id. Returns whether there was such an
/// account.
pub async fn delete_provider(db: &Db, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let gone = providers::delete(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(gone)
}
