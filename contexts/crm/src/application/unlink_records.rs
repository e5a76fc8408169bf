//! Taking links away: between records and people, and between records.

use kernel::{ContactId, RecordId, Timestamp};
use platform::DbError;

use super::write_records::follow_companies;
use crate::{
    domain::{
        change::By,
        contact::Changed,
        object::Object,
        record_item::{Link, RecordRef},
        record_plan::seen_from,
    },
    infrastructure::{pg::CrmTx, publish},
};

/// Returns whether there was such a link.
pub async fn unlink_contact(
    mut tx: CrmTx,
    object: &Object,
    record: RecordId,
    contact: ContactId,
    by: &By,
    now: Timestamp,
) -> Result<bool, DbError> {
    let gone = tx.unlink_contacts(object.id, &[(contact, record)]).await?;
    if gone.is_empty() {
        return Ok(false);
    }
    if object.is_companies() {
        follow_companies(&mut tx, object.id, &[contact], by, now).await?;
    }
    let changed = Changed::from(["contacts".to_owned()]);
    tx.record(&publish::records_changed(
        &object.key,
        &[record],
        &[contact],
        &changed,
    ))
    .await?;
    tx.commit().await?;
    Ok(true)
}

/// Takes the link of a relation away, from either side. Returns whether there was one.
pub async fn unlink_record(
    mut tx: CrmTx,
    object: &Object,
    record: RecordId,
    relation: &str,
    other: &RecordRef,
) -> Result<bool, DbError> {
    let relations = tx.relations().await?;
    let Some((relation, forward)) = seen_from(object.id, relations).remove(relation) else {
        return Ok(false);
    };
    let other_object = if forward { relation.to } else { relation.from };
    let found = match other {
        RecordRef::Id(id) => tx.records(other_object, &[*id]).await?.pop(),
        RecordRef::ExternalId(id) => tx.records_by_external_id(other_object, &[id]).await?.pop(),
    };
    let Some(other) = found else {
        return Ok(false);
    };
    let (from, to) = if forward {
        (record, other.id)
    } else {
        (other.id, record)
    };
    let gone = tx
        .unlink_records(&[Link {
            relation: relation.id,
            from,
            to,
        }])
        .await?;
    if gone.is_empty() {
        return Ok(false);
    }
    let people = tx.contacts_of_records(&[from, to]).await?;
    let changed = Changed::from(["links".to_owned()]);
    tx.record(&publish::records_changed(
        &object.key,
        &[from, to],
        &people,
        &changed,
    ))
    .await?;
    tx.commit().await?;
    Ok(true)
}
