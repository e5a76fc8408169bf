//! Creating, changing and linking records: one from a form, up to a thousand from a program, or the
//! rows of a file.
//!
//! What items mean is looked up for all of them at once, what becomes of each is decided in memory,
//! and all is written by a few statements. One bad item does not hold up the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{ContactId, EmailAddress, ObjectId, RecordId, RelationId, Timestamp};
use platform::DbError;

use crate::{
    domain::{
        change::By,
        contact::{Change, Changed},
        object::{Object, Relation},
        record::{Record, RecordPatch},
        record_item::{ContactRef, Link, RecordItem, RecordKey, RecordRef, WantedContact},
        record_plan::{Known, RecordOutcome, RecordPlan, RowRules, seen_from},
        unique_value::{UniqueValue, unique_values},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// Why nothing at all was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteRecordsError {
    /// Somebody wrote the same at the same time: read again and decide again.
    #[error("somebody else changed a record at the same time")]
    Raced,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SaveError> for WriteRecordsError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Raced => WriteRecordsError::Raced,
            SaveError::Db(error) => WriteRecordsError::Db(error),
        }
    }
}

/// The outcomes are in the order of the items.
pub async fn write_records(
    mut tx: CrmTx,
    object: &Object,
    items: Vec<RecordItem>,
    by: &By,
    now: Timestamp,
) -> Result<Vec<RecordOutcome>, WriteRecordsError> {
    let known = read_known(&mut tx, object, &items, &[], Meant::Locked).await?;
    let mut plan = RecordPlan::new(object, known, now);
    let outcomes = items.into_iter().map(|item| plan.add(item)).collect();
    write_plan(&mut tx, &plan, by, now).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Whether records that are meant are kept from others until the end of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meant {
    Locked,
    /// Nothing is going to be written.
    Shared,
}

/// Looks up everything that items could mean. `rules` are those of the rows of a file, in the order of
/// the items; a form and a program have none.
pub(super) async fn read_known(
    tx: &mut CrmTx,
    object: &Object,
    items: &[RecordItem],
    rules: &[RowRules],
    meant: Meant,
) -> Result<Known, DbError> {
    let relations = seen_from(object.id, tx.relations().await?);
    let unique = tx.unique_fields(&object.key).await?;
    let patches = || {
        let patches = items.iter().map(|item| &item.patch);
        patches.chain(rules.iter().map(|rules| &rules.whole))
    };
    let mut values: Vec<UniqueValue> = Vec::new();
    if !unique.is_empty() {
        values.extend(
            patches().flat_map(|patch| unique_values(&unique, &patch.attributes_set()).collect::<Vec<_>>()),
        );
        values.sort_unstable();
        values.dedup();
    }
    let owners = tx.owners_of(&values).await?;
    // Rows find their record by such a value.
    let owning = owners.values().filter(|_| !rules.is_empty());
    let owning = owning.map(|owner| RecordId::from_uuid(*owner)).collect();
    let contacts = items.iter().map(|item| &item.contacts);
    let contacts = contacts.chain(rules.iter().map(|rules| &rules.contacts));
    let links = items.iter().map(|item| &item.links);
    let links = links.chain(rules.iter().map(|rules| &rules.links));
    Ok(Known {
        records: known_records(tx, object, items, patches(), owning, meant).await?,
        contacts: known_contacts(tx, contacts).await?,
        others: known_others(tx, &relations, links).await?,
        owners,
        relations,
        unique,
    })
}

async fn known_records<'a>(
    tx: &mut CrmTx,
    object: &Object,
    items: &[RecordItem],
    patches: impl Iterator<Item = &'a RecordPatch>,
    mut ids: Vec<RecordId>,
    meant: Meant,
) -> Result<Vec<Record>, DbError> {
    let (mut external, mut names): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for item in items {
        match &item.key {
            RecordKey::Id(id, _) => ids.push(*id),
            RecordKey::ExternalId(id) => external.push(id),
            RecordKey::Name(name) => names.push(name),
            RecordKey::New | RecordKey::Value(_) => {}
        }
    }
    external.extend(patches.filter_map(|patch| match &patch.external_id {
        Change::Set(id) => Some(id.as_str()),
        _ => None,
    }));
    let by_external = tx.records_by_external_id(object.id, &external).await?;
    ids.extend(by_external.iter().map(|record| record.id));
    if !names.is_empty() {
        let by_name = tx.records_by_names(object.id, &names).await?;
        ids.extend(by_name.iter().map(|record| record.id));
    }
    ids.sort_unstable();
    ids.dedup();
    match meant {
        Meant::Locked => tx.lock_records(object.id, &ids).await,
        Meant::Shared => tx.records(object.id, &ids).await,
    }
}

async fn known_contacts<'a>(
    tx: &mut CrmTx,
    wanted: impl Iterator<Item = &'a Vec<WantedContact>>,
) -> Result<BTreeMap<ContactRef, ContactId>, DbError> {
    let wanted: BTreeSet<&ContactRef> = wanted.flatten().map(|contact| &contact.who).collect();
    resolve_contacts(tx, wanted.into_iter()).await
}

/// Who is meant, of those that exist.
pub async fn resolve_contacts<'a>(
    tx: &mut CrmTx,
    wanted: impl Iterator<Item = &'a ContactRef>,
) -> Result<BTreeMap<ContactRef, ContactId>, DbError> {
    let (mut ids, mut emails, mut external) = (Vec::new(), Vec::new(), Vec::new());
    for who in wanted {
        match who {
            ContactRef::Id(id) => ids.push(*id),
            ContactRef::Email(email) => emails.push(email.as_str()),
            ContactRef::ExternalId(id) => external.push(id.as_str()),
        }
    }
    let mut known = BTreeMap::new();
    if !ids.is_empty() {
        known.extend(
            tx.contacts(&ids)
                .await?
                .into_iter()
                .map(|c| (ContactRef::Id(c.id), c.id)),
        );
    }
    if !emails.is_empty() || !external.is_empty() {
        for contact in tx.contacts_by_identity(&emails, &external).await? {
            if let Some(email) = contact.email.as_ref().map(EmailAddress::as_str) {
                known.insert(ContactRef::Email(email.to_owned()), contact.id);
            }
            if let Some(id) = contact.external_id {
                known.insert(ContactRef::ExternalId(id), contact.id);
            }
        }
    }
    Ok(known)
}

async fn known_others<'a>(
    tx: &mut CrmTx,
    relations: &HashMap<String, (Relation, bool)>,
    wanted: impl Iterator<Item = &'a BTreeMap<String, Vec<RecordRef>>>,
) -> Result<HashMap<(ObjectId, RecordRef), RecordId>, DbError> {
    let (mut ids, mut external) = (BTreeSet::new(), BTreeSet::new());
    for (key, refs) in wanted.flatten() {
        let Some((relation, forward)) = relations.get(key) else {
            continue;
        };
        let other = if *forward { relation.to } else { relation.from };
        for wanted in refs {
            match wanted {
                RecordRef::Id(id) => ids.insert((other, *id)),
                RecordRef::ExternalId(id) => {
                    external.insert((other, id.as_str()));
                    true
                }
            };
        }
    }
    let (ids, external): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), external.into_iter().collect());
    let mut known = HashMap::new();
    for record in tx.records_of_objects(&ids, &external).await? {
        known.insert((record.object, RecordRef::Id(record.id)), record.id);
        if let Some(id) = record.external_id {
            known.insert((record.object, RecordRef::ExternalId(id)), record.id);
        }
    }
    Ok(known)
}

/// What writing a plan linked.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Links with people that are new, or other than before.
    pub linked: Vec<(ContactId, RecordId)>,
    pub joined: Vec<Link>,
    /// Ended, because a record has at most one.
    pub parted: Vec<Link>,
}

/// Writes what was planned, and tells it.
pub(super) async fn write_plan(
    tx: &mut CrmTx,
    plan: &RecordPlan<'_>,
    by: &By,
    now: Timestamp,
) -> Result<Written, SaveError> {
    let (mut created, mut updated) = (Vec::new(), Vec::new());
    let (mut names, mut renamed) = (Changed::new(), Vec::new());
    for slot in &plan.slots {
        match &slot.before {
            None => created.push(slot.record.clone()),
            Some(before) if !slot.changed.is_empty() => {
                updated.push((before, &slot.record));
                names.extend(slot.changed.iter().cloned());
                if slot.changed.contains("name") {
                    renamed.push(slot.record.id);
                }
            }
            Some(_) => {}
        }
    }
    let object = plan.object;
    tx.insert_records(object, &created).await?;
    tx.update_records(object, &updated).await?;
    let linked = tx.link_contacts(object.id, &plan.contacts).await?;
    let single: Vec<RelationId> = plan.single.iter().copied().collect();
    let relinked = tx.link_records(&last_links(plan), &single).await?;
    let written = Written {
        linked,
        joined: relinked.new,
        parted: relinked.ended,
    };

    let mut told: BTreeSet<RecordId> = created.iter().map(|record| record.id).collect();
    told.extend(updated.iter().map(|(_, after)| after.id));
    if !created.is_empty() {
        names.insert("name".to_owned());
    }
    if !written.linked.is_empty() {
        names.insert("contacts".to_owned());
        told.extend(written.linked.iter().map(|(_, record)| *record));
    }
    if !written.joined.is_empty() {
        names.insert("links".to_owned());
        told.extend(written.joined.iter().flat_map(|link| [link.from, link.to]));
    }
    if told.is_empty() {
        return Ok(written);
    }
    let told: Vec<RecordId> = told.into_iter().collect();
    let people = tx.contacts_of_records(&told).await?;
    if object.is_companies() {
        let mut followers: BTreeSet<ContactId> = written.linked.iter().map(|(contact, _)| *contact).collect();
        followers.extend(tx.contacts_of_records(&renamed).await?);
        let followers: Vec<ContactId> = followers.into_iter().collect();
        follow_companies(tx, object.id, &followers, by, now).await?;
    }
    tx.record(&publish::records_changed(&object.key, &told, &people, &names))
        .await?;
    Ok(written)
}

/// The links of a plan. Of a relation that a record has once, the last one counts.
fn last_links(plan: &RecordPlan<'_>) -> Vec<Link> {
    if plan.single.is_empty() {
        return plan.links.clone();
    }
    let mut last: HashMap<(RelationId, RecordId), usize> = HashMap::new();
    for (n, link) in plan.links.iter().enumerate() {
        last.insert((link.relation, link.from), n);
    }
    let counts = |(n, link): &(usize, &Link)| {
        !plan.single.contains(&link.relation) || last.get(&(link.relation, link.from)) == Some(n)
    };
    let links = plan.links.iter().enumerate().filter(counts);
    links.map(|(_, link)| *link).collect()
}

/// Lets the text of people's company follow the name of their primary one, and tells it.
pub async fn follow_companies(
    tx: &mut CrmTx,
    companies: ObjectId,
    contacts: &[ContactId],
    by: &By,
    now: Timestamp,
) -> Result<(), DbError> {
    let changed = tx.follow_companies(companies, contacts, by, now).await?;
    tx.record(&publish::updated(
        &changed,
        &Changed::from(["company".to_owned()]),
    ))
    .await
}
