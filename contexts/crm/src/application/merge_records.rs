//! Merging two records of an object: one stays and gets the people, the links and what it lacks of
//! the other, which goes.

use kernel::{RecordId, Timestamp};

use super::write_records::{WriteRecordsError, follow_companies};
use crate::{
    domain::{change::By, contact::Changed, object::Object, record::Record},
    infrastructure::{pg::CrmTx, publish},
};

/// Returns the one that stays, when both exist and are two.
pub async fn merge_records(
    mut tx: CrmTx,
    object: &Object,
    into: RecordId,
    other: RecordId,
    by: &By,
    now: Timestamp,
) -> Result<Option<Record>, WriteRecordsError> {
    let records = tx.lock_records(object.id, &[into, other]).await?;
    let find = |id| records.iter().find(|record| record.id == id);
    let (Some(stays), Some(goes)) = (find(into), find(other)) else {
        return Ok(None);
    };
    if into == other {
        return Ok(None);
    }
    let mut after = stays.clone();
    let mut changed = after.apply(stays.lacks_of(goes), now);
    after.updated_at = now;
    tx.move_contacts(object.id, other, into).await?;
    tx.move_links(other, into).await?;
    // First, since what it alone has is given to the other.
    tx.delete_records(object.id, &[other]).await?;
    tx.update_records(object, &[(stays, &after)]).await?;
    let people = tx.contacts_of_records(&[into]).await?;
    if object.is_companies() {
        follow_companies(&mut tx, object.id, &people, by, now).await?;
    }
    changed.extend(Changed::from(["contacts".to_owned(), "links".to_owned()]));
    let mut told = publish::records_deleted(&object.key, &[other], &people);
    told.extend(publish::records_changed(&object.key, &[into], &people, &changed));
    tx.record(&told).await?;
    tx.commit().await?;
    Ok(Some(after))
}
