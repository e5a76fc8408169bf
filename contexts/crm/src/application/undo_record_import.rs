//! Taking back an import of records: those that it made and nobody has touched since go; others get
//! back what they had, as far as it still is what the import left, and lose the links that it made.
//!
//! A page at a time, and what a page did is committed with the job's checkpoint. The text of people's
//! company follows: where the import itself had changed it, it is given back as any other value.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{ContactId, RecordId, Timestamp};
use platform::{DbError, Deps, JobError, RunningJob};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    import_records::value_of,
    undo_changes::undo_changes,
    undo_import::{PAGE, TRIES},
    write_records::follow_companies,
};
use crate::{
    domain::{
        change::{Actor, By, Cause},
        contact::{Change, Changed},
        import::state::Import,
        object::Object,
        record::{Record, RecordPatch},
        record_item::Link,
        unique_value::{UniqueValue, unique_values},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError, import_records::RecordTrace},
        publish,
    },
};

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Checkpoint {
    /// First the records, then the people whose company changed its name by them.
    people: bool,
    /// The record or contact that was come to last.
    after: Option<Uuid>,
    done: i64,
}

/// What a page did.
#[derive(Debug, Default)]
struct Page {
    /// The one that it came to last; none when there was nothing any more.
    last: Option<Uuid>,
    removed: i64,
    restored: i64,
}

/// Goes through all that the import did. Whoever calls it ends the import.
pub(super) async fn undo_records(
    deps: &Deps,
    job: &mut RunningJob,
    import: &Import,
    object: &Object,
) -> Result<(), JobError> {
    let mut reached: Checkpoint = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        match page(deps, job, import, object, reached).await? {
            Some(next) => reached = next,
            None => return Ok(()),
        }
    }
}

/// Does one page. Returns where to go on.
async fn page(
    deps: &Deps,
    job: &mut RunningJob,
    import: &Import,
    object: &Object,
    reached: Checkpoint,
) -> Result<Option<Checkpoint>, JobError> {
    let by = By {
        actor: import.created_by.map_or(Actor::System, Actor::User),
        cause: Cause::Undo(import.id.uuid()),
    };
    let total = import.counts.created + import.counts.updated;
    for _ in 0..TRIES {
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let now = deps.clock.now();
        let done = if reached.people {
            let after = reached.after.map(ContactId::from_uuid);
            give_back_companies(&mut tx, import, object, &by, after, now).await
        } else {
            let after = reached.after.map(RecordId::from_uuid);
            take_back(&mut tx, import, object, &by, after, now).await
        };
        let done = match done {
            Err(SaveError::Raced) => continue,
            Err(SaveError::Db(error)) => return Err(error.into()),
            Ok(done) => done,
        };
        if !tx.count_undone(import.id, done.removed, done.restored).await? {
            return Err(JobError::Cancelled);
        }
        let next = match done.last {
            Some(last) => Some(Checkpoint {
                after: Some(last),
                done: reached.done + PAGE,
                ..reached
            }),
            // Only companies have a name that stands with people.
            None if !reached.people && object.is_companies() => Some(Checkpoint {
                people: true,
                after: None,
                ..reached
            }),
            None => None,
        };
        let shown = next.unwrap_or(reached);
        job.save(tx.platform(), &shown, shown.done.min(total), Some(total))
            .await?;
        tx.commit().await?;
        return Ok(next);
    }
    Err(JobError::retry(anyhow::anyhow!(
        "somebody else keeps changing the same records"
    )))
}

async fn take_back(
    tx: &mut CrmTx,
    import: &Import,
    object: &Object,
    by: &By,
    after: Option<RecordId>,
    now: Timestamp,
) -> Result<Page, SaveError> {
    let traces = tx.record_traces(import.id, after, PAGE).await?;
    let Some(last) = traces.last().map(|trace| trace.record.uuid()) else {
        return Ok(Page::default());
    };
    let ids: Vec<RecordId> = traces.iter().map(|trace| trace.record).collect();
    // Whoever changes one of them now is waited for, and then it counts as touched.
    let present = tx.lock_records(object.id, &ids).await?;
    let (made, changed): (Vec<RecordTrace>, Vec<RecordTrace>) =
        traces.into_iter().partition(|trace| trace.created);
    let made_ids: Vec<RecordId> = made.iter().map(|trace| trace.record).collect();
    let untouched = tx.untouched_records(import.id, &made_ids).await?;
    let (gone, people_of_gone) = tx.delete_records(object.id, &untouched).await?;

    let present: HashMap<RecordId, Record> = present.into_iter().map(|record| (record.id, record)).collect();
    let changed: Vec<&RecordTrace> = changed
        .iter()
        .filter(|trace| present.contains_key(&trace.record))
        .collect();
    let restored = restore_values(tx, object, &changed, &present, now).await?;
    let pairs: Vec<(ContactId, RecordId)> = changed
        .iter()
        .flat_map(|trace| trace.contacts.iter().map(|contact| (*contact, trace.record)))
        .collect();
    let unlinked = if pairs.is_empty() {
        Vec::new()
    } else {
        tx.unlink_contacts(object.id, &pairs).await?
    };
    let relinked = relink(
        tx,
        &changed,
        made.iter().filter(|trace| gone.contains(&trace.record)),
    )
    .await?;

    let mut told: BTreeSet<RecordId> = restored.iter().map(|(id, _)| *id).collect();
    told.extend(unlinked.iter().map(|(_, record)| *record));
    told.extend(relinked.iter().flat_map(|link| [link.from, link.to]));
    let count = changed
        .iter()
        .filter(|trace| told.contains(&trace.record))
        .count();
    if object.is_companies() {
        let renamed = restored.iter().filter(|(_, changed)| changed.contains("name"));
        let renamed: Vec<RecordId> = renamed.map(|(id, _)| *id).collect();
        let mut people: BTreeSet<ContactId> = people_of_gone.iter().copied().collect();
        people.extend(unlinked.iter().map(|(contact, _)| *contact));
        people.extend(tx.contacts_of_records(&renamed).await?);
        follow(tx, import, object, &people, by, now).await?;
    }
    tell(tx, object, &gone, &people_of_gone, &told, &restored).await?;
    Ok(Page {
        last: Some(last),
        removed: i64::try_from(gone.len()).unwrap_or_default(),
        restored: i64::try_from(count).unwrap_or_default(),
    })
}

/// Gives records back the values that still are what the import left.
async fn restore_values(
    tx: &mut CrmTx,
    object: &Object,
    changed: &[&RecordTrace],
    present: &HashMap<RecordId, Record>,
    now: Timestamp,
) -> Result<Vec<(RecordId, Changed)>, SaveError> {
    let patches: Vec<(&Record, RecordPatch)> = changed
        .iter()
        .filter_map(|trace| {
            let record = present.get(&trace.record)?;
            Some((record, reversal(record, &trace.changes)))
        })
        .filter(|(_, patch)| *patch != RecordPatch::default())
        .collect();
    let patches = without_taken(tx, object, patches).await?;
    let mut restored = Vec::new();
    for (record, patch) in patches {
        let mut after = record.clone();
        let changed = after.apply(patch, now);
        let nameless = after.name.is_empty() && after.external_id.is_none();
        if !changed.is_empty() && !nameless {
            restored.push((record, after, changed));
        }
    }
    let pairs: Vec<(&Record, &Record)> = restored
        .iter()
        .map(|(before, after, _)| (*before, after))
        .collect();
    tx.update_records(object, &pairs).await?;
    Ok(restored
        .into_iter()
        .map(|(before, _, changed)| (before.id, changed))
        .collect())
}

/// What gives a record back what it had, except for what was touched since.
fn reversal(record: &Record, changes: &BTreeMap<String, (Value, Value)>) -> RecordPatch {
    let mut patch = RecordPatch::default();
    for (name, (found, left)) in changes {
        if value_of(record, name) != *left {
            continue;
        }
        let text = || Change::to(found.as_str().map(str::to_owned));
        match (name.as_str(), name.strip_prefix("attributes.")) {
            ("name", _) => patch.name = text(),
            ("external_id", _) => patch.external_id = text(),
            ("owner", _) => patch.owner = Change::to(found.as_str().and_then(|id| id.parse().ok())),
            (_, Some(key)) => {
                let value = Some(found.clone()).filter(|value| !value.is_null());
                patch.attributes.push((key.to_owned(), value));
            }
            _ => {}
        }
    }
    patch
}

/// Leaves external IDs and unique values with those who have them now.
async fn without_taken<'r>(
    tx: &mut CrmTx,
    object: &Object,
    mut patches: Vec<(&'r Record, RecordPatch)>,
) -> Result<Vec<(&'r Record, RecordPatch)>, DbError> {
    let wanted: Vec<&str> = patches
        .iter()
        .filter_map(|(_, patch)| match &patch.external_id {
            Change::Set(id) => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let holders = tx.records_by_external_id(object.id, &wanted).await?;
    let mut external: HashMap<String, RecordId> = holders
        .into_iter()
        .filter_map(|record| Some((record.external_id?, record.id)))
        .collect();
    let unique = tx.unique_fields(&object.key).await?;
    let values: Vec<UniqueValue> = patches
        .iter()
        .flat_map(|(_, patch)| unique_values(&unique, &patch.attributes_set()).collect::<Vec<_>>())
        .collect();
    let mut owners = tx.owners_of(&values).await?;
    for (record, patch) in &mut patches {
        if let Change::Set(id) = &patch.external_id
            && *external.entry(id.clone()).or_insert(record.id) != record.id
        {
            patch.external_id = Change::Keep;
        }
        patch.attributes.retain(|(key, value)| {
            let field = unique.iter().find(|field| field.key == *key);
            let (Some(field), Some(value)) = (field, value) else {
                return true;
            };
            let value = (field.id, crate::domain::field::Field::identity_of(value));
            *owners.entry(value).or_insert(record.id.uuid()) == record.id.uuid()
        });
    }
    Ok(patches)
}

/// Takes away the links that it made between records, and makes those again that they ended.
async fn relink<'t>(
    tx: &mut CrmTx,
    changed: &[&RecordTrace],
    gone: impl Iterator<Item = &'t RecordTrace>,
) -> Result<Vec<Link>, DbError> {
    let made: Vec<Link> = changed
        .iter()
        .flat_map(|trace| trace.linked.iter().copied())
        .collect();
    let ended = changed.iter().flat_map(|trace| trace.parted.iter().copied());
    let ended: Vec<Link> = ended
        .chain(gone.flat_map(|trace| trace.parted.iter().copied()))
        .collect();
    let mut touched = if made.is_empty() {
        Vec::new()
    } else {
        tx.unlink_records(&made).await?
    };
    let again = tx.links_to_restore(&ended).await?;
    touched.extend(tx.link_records(&again, &[]).await?.new);
    Ok(touched)
}

/// Lets the text of people's company follow, except of those for whom the import changed it: they get
/// back what they had.
async fn follow(
    tx: &mut CrmTx,
    import: &Import,
    object: &Object,
    people: &BTreeSet<ContactId>,
    by: &By,
    now: Timestamp,
) -> Result<(), DbError> {
    if people.is_empty() {
        return Ok(());
    }
    let people: Vec<ContactId> = people.iter().copied().collect();
    let uuids: Vec<Uuid> = people.iter().map(|id| id.uuid()).collect();
    tx.elect_primaries(object.id, &uuids).await?;
    let later = tx.changed_by_cause(import.id.uuid(), &people).await?;
    let now_at_once: Vec<ContactId> = people.into_iter().filter(|id| !later.contains(id)).collect();
    follow_companies(tx, object.id, &now_at_once, by, now).await
}

/// Gives people back the text of their company that the import changed. Who has a company keeps its
/// name.
async fn give_back_companies(
    tx: &mut CrmTx,
    import: &Import,
    object: &Object,
    by: &By,
    after: Option<ContactId>,
    now: Timestamp,
) -> Result<Page, SaveError> {
    let cause = import.id.uuid();
    let changes = tx.changes_of_cause(cause, after, PAGE).await?;
    let people: Vec<ContactId> = changes.iter().map(|(id, _)| *id).collect();
    undo_changes(tx, cause, by.actor, after, PAGE, now).await?;
    let employed: Vec<ContactId> = tx.employers(object.id, &people).await?.into_keys().collect();
    follow_companies(tx, object.id, &employed, by, now).await?;
    Ok(Page {
        last: people.last().map(|id| id.uuid()),
        ..Page::default()
    })
}

async fn tell(
    tx: &mut CrmTx,
    object: &Object,
    gone: &[RecordId],
    people_of_gone: &[ContactId],
    told: &BTreeSet<RecordId>,
    restored: &[(RecordId, Changed)],
) -> Result<(), DbError> {
    tx.record(&publish::records_deleted(&object.key, gone, people_of_gone))
        .await?;
    if told.is_empty() {
        return Ok(());
    }
    let mut names: Changed = restored
        .iter()
        .flat_map(|(_, changed)| changed.iter().cloned())
        .collect();
    names.extend(["contacts".to_owned(), "links".to_owned()]);
    let told: Vec<RecordId> = told.iter().copied().collect();
    let people = tx.contacts_of_records(&told).await?;
    tx.record(&publish::records_changed(&object.key, &told, &people, &names))
        .await
}
