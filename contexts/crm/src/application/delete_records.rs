//! Deleting records with their links. The people stay.

use kernel::{RecordId, Timestamp};
use platform::DbError;

use super::write_records::follow_companies;
use crate::{
    domain::{change::By, object::Object},
    infrastructure::{pg::CrmTx, publish},
};

/// Returns those that existed.
pub async fn delete_records(
    mut tx: CrmTx,
    object: &Object,
    ids: &[RecordId],
    by: &By,
    now: Timestamp,
) -> Result<Vec<RecordId>, DbError> {
    let (gone, people) = tx.delete_records(object.id, ids).await?;
    if object.is_companies() {
        let uuids: Vec<_> = people.iter().map(|id| id.uuid()).collect();
        tx.elect_primaries(object.id, &uuids).await?;
        follow_companies(&mut tx, object.id, &people, by, now).await?;
    }
    tx.record(&publish::records_deleted(&object.key, &gone, &people))
        .await?;
    tx.commit().await?;
    Ok(gone)
}
