//! Deleting contacts, with everything that is known of them. That an address may not be written to
//! stays known, or importing the person again would undo their wish.

use kernel::ContactId;
use platform::DbError;

use crate::infrastructure::{pg::CrmTx, publish};

/// Returns those that existed.
pub async fn delete_contacts(mut tx: CrmTx, ids: &[ContactId]) -> Result<Vec<ContactId>, DbError> {
    let deleted = tx.delete_contacts(ids).await?;
    tx.record(&publish::deleted(&deleted)).await?;
    tx.commit().await?;
    Ok(deleted)
}
