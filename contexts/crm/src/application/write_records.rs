//! Creating, changing and linking records: one from a form, or up to a thousand from a program.
//!
//! What items mean is looked up for all of them at once, what becomes of each is decided in memory,
//! and all is written by a few statements. One bad item does not hold up the others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{ContactId, EmailAddress, ObjectId, RecordId, RelationId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use crate::{
    domain::{
        change::By,
        contact::{Change, Changed},
        contact_input::Problem,
        field::Field,
        object::{Object, Relation},
        record::Record,
        record_item::{ContactRef, RecordItem, RecordKey, RecordRef},
        unique_value::{UniqueValue, unique_values},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError, record_contacts::RecordContact, record_links::Link},
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

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordOutcome {
    Created(RecordId),
    Updated(RecordId),
    Unchanged(RecordId),
    /// There is no such record.
    Missing,
    /// It is no longer as the caller has seen it.
    Stale,
    /// Another record has the external ID.
    Taken(RecordId),
    Rejected(Vec<Problem>),
}

/// The outcomes are in the order of the items.
pub async fn write_records(
    mut tx: CrmTx,
    object: &Object,
    items: Vec<RecordItem>,
    by: &By,
    now: Timestamp,
) -> Result<Vec<RecordOutcome>, WriteRecordsError> {
    let known = Known::read(&mut tx, object, &items).await?;
    let mut plan = Plan::new(object, known, by, now);
    let outcomes = items.into_iter().map(|item| plan.add(item)).collect();
    plan.write(&mut tx).await?;
    tx.commit().await?;
    Ok(outcomes)
}

/// Everything that the items could mean.
struct Known {
    records: Vec<Record>,
    contacts: BTreeMap<ContactRef, ContactId>,
    /// By the word seen from the object.
    relations: HashMap<String, (Relation, bool)>,
    others: HashMap<(ObjectId, RecordRef), RecordId>,
    unique: Vec<Field>,
    owners: HashMap<UniqueValue, Uuid>,
}

impl Known {
    async fn read(tx: &mut CrmTx, object: &Object, items: &[RecordItem]) -> Result<Self, DbError> {
        let relations = seen_from(object.id, tx.relations().await?);
        let unique = tx.unique_fields(&object.key).await?;
        let values: Vec<UniqueValue> = items
            .iter()
            .flat_map(|item| {
                let set: serde_json::Map<_, _> = item
                    .patch
                    .attributes
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), value.clone()?)))
                    .collect();
                unique_values(&unique, &set).collect::<Vec<_>>()
            })
            .collect();
        Ok(Self {
            records: known_records(tx, object, items).await?,
            contacts: known_contacts(tx, items).await?,
            others: known_others(tx, &relations, items).await?,
            owners: tx.owners_of(&values).await?,
            relations,
            unique,
        })
    }
}

/// The relations that an object's records have, by the word for them from its side.
#[must_use]
pub fn seen_from(object: ObjectId, relations: Vec<Relation>) -> HashMap<String, (Relation, bool)> {
    let mut seen = HashMap::new();
    for relation in relations {
        if relation.to == object {
            seen.insert(relation.inverse_key.clone(), (relation.clone(), false));
        }
        if relation.from == object {
            seen.insert(relation.key.clone(), (relation, true));
        }
    }
    seen
}

async fn known_records(
    tx: &mut CrmTx,
    object: &Object,
    items: &[RecordItem],
) -> Result<Vec<Record>, DbError> {
    let mut ids: Vec<RecordId> = Vec::new();
    let mut external: Vec<&str> = Vec::new();
    for item in items {
        match &item.key {
            RecordKey::Id(id, _) => ids.push(*id),
            RecordKey::ExternalId(id) => external.push(id),
            RecordKey::New => {}
        }
        if let Change::Set(id) = &item.patch.external_id {
            external.push(id);
        }
    }
    let by_external = tx.records_by_external_id(object.id, &external).await?;
    ids.extend(by_external.iter().map(|record| record.id));
    ids.sort_unstable();
    ids.dedup();
    tx.lock_records(object.id, &ids).await
}

async fn known_contacts(
    tx: &mut CrmTx,
    items: &[RecordItem],
) -> Result<BTreeMap<ContactRef, ContactId>, DbError> {
    let wanted: BTreeSet<&ContactRef> = items
        .iter()
        .flat_map(|item| item.contacts.iter().map(|contact| &contact.who))
        .collect();
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

async fn known_others(
    tx: &mut CrmTx,
    relations: &HashMap<String, (Relation, bool)>,
    items: &[RecordItem],
) -> Result<HashMap<(ObjectId, RecordRef), RecordId>, DbError> {
    let mut wanted: BTreeMap<ObjectId, BTreeSet<&RecordRef>> = BTreeMap::new();
    for (key, refs) in items.iter().flat_map(|item| &item.links) {
        if let Some((relation, forward)) = relations.get(key) {
            let other = if *forward { relation.to } else { relation.from };
            wanted.entry(other).or_default().extend(refs);
        }
    }
    let mut known = HashMap::new();
    // One round for each object that is linked with, of which there are few.
    for (object, refs) in wanted {
        let (mut ids, mut external) = (Vec::new(), Vec::new());
        for other in refs {
            match other {
                RecordRef::Id(id) => ids.push(*id),
                RecordRef::ExternalId(id) => external.push(id.as_str()),
            }
        }
        for record in tx.records(object, &ids).await? {
            known.insert((object, RecordRef::Id(record.id)), record.id);
        }
        for record in tx.records_by_external_id(object, &external).await? {
            if let Some(id) = &record.external_id {
                known.insert((object, RecordRef::ExternalId(id.clone())), record.id);
            }
        }
    }
    Ok(known)
}

/// What is to be written.
struct Plan<'a> {
    object: &'a Object,
    known: Known,
    by: &'a By,
    now: Timestamp,
    slots: Vec<Slot>,
    by_id: HashMap<RecordId, usize>,
    by_external_id: HashMap<String, usize>,
    contacts: Vec<RecordContact>,
    links: Vec<Link>,
    single: BTreeSet<RelationId>,
}

struct Slot {
    /// As it is stored; `None` for one that is new.
    before: Option<Record>,
    record: Record,
    changed: Changed,
}

impl<'a> Plan<'a> {
    fn new(object: &'a Object, mut known: Known, by: &'a By, now: Timestamp) -> Self {
        let records = std::mem::take(&mut known.records);
        let mut plan = Self {
            object,
            known,
            by,
            now,
            slots: Vec::new(),
            by_id: HashMap::new(),
            by_external_id: HashMap::new(),
            contacts: Vec::new(),
            links: Vec::new(),
            single: BTreeSet::new(),
        };
        for record in records {
            plan.push(Slot {
                before: Some(record.clone()),
                record,
                changed: Changed::new(),
            });
        }
        plan
    }

    fn push(&mut self, slot: Slot) -> usize {
        let n = self.slots.len();
        self.by_id.insert(slot.record.id, n);
        if let Some(id) = &slot.record.external_id {
            self.by_external_id.insert(id.clone(), n);
        }
        self.slots.push(slot);
        n
    }

    fn add(&mut self, item: RecordItem) -> RecordOutcome {
        let found = match &item.key {
            RecordKey::New => None,
            RecordKey::ExternalId(id) => self.by_external_id.get(id).copied(),
            RecordKey::Id(id, seen) => match self.by_id.get(id).copied() {
                None => return RecordOutcome::Missing,
                Some(n) if seen.is_some_and(|seen| seen != self.slots[n].record.updated_at) => {
                    return RecordOutcome::Stale;
                }
                found => found,
            },
        };
        let patch = match (found, item.new_patch) {
            (Some(_), _) => item.patch,
            (None, Ok(patch)) => patch,
            (None, Err(problems)) => return RecordOutcome::Rejected(problems),
        };
        if let Change::Set(id) = &patch.external_id
            && let Some(other) = self.by_external_id.get(id)
            && Some(*other) != found
        {
            return RecordOutcome::Taken(self.slots[*other].record.id);
        }
        let (contacts, links) = match (
            self.wanted_contacts(&item.contacts),
            self.wanted_links(&item.links),
        ) {
            (Ok(contacts), Ok(links)) => (contacts, links),
            (contacts, links) => {
                let problems = [contacts.err(), links.err()];
                return RecordOutcome::Rejected(problems.into_iter().flatten().flatten().collect());
            }
        };
        let before = found.map(|n| self.slots[n].record.clone());
        let mut after = before
            .clone()
            .unwrap_or_else(|| Record::new(RecordId::generate(), self.object.id, self.now));
        let changed = after.apply(patch, self.now);
        if after.name.is_empty() && after.external_id.is_none() {
            return rejected("name", "nameless");
        }
        if let Some(problem) = self.taken_value(before.as_ref(), &after) {
            return RecordOutcome::Rejected(vec![problem]);
        }
        self.claim(before.as_ref(), &after);
        self.contacts.extend(contacts.into_iter().map(|mut contact| {
            contact.record = after.id;
            contact
        }));
        let id = after.id;
        self.links
            .extend(links.into_iter().map(|(relation, forward, other)| {
                let (from, to) = if forward { (id, other) } else { (other, id) };
                Link { relation, from, to }
            }));
        match found {
            None => {
                self.push(Slot {
                    before: None,
                    record: after,
                    changed,
                });
                RecordOutcome::Created(id)
            }
            Some(_) if changed.is_empty() => RecordOutcome::Unchanged(id),
            Some(n) => {
                if let Some(old) = before.and_then(|before| before.external_id) {
                    self.by_external_id.remove(&old);
                }
                if let Some(new) = &after.external_id {
                    self.by_external_id.insert(new.clone(), n);
                }
                self.slots[n].record = after;
                self.slots[n].changed.extend(changed);
                RecordOutcome::Updated(id)
            }
        }
    }

    fn wanted_contacts(
        &self,
        wanted: &[crate::domain::record_item::WantedContact],
    ) -> Result<Vec<RecordContact>, Vec<Problem>> {
        if !wanted.is_empty() && !self.object.has_contacts() {
            return Err(vec![problem("contacts", "no_contacts")]);
        }
        let mut found = Vec::new();
        for (n, contact) in wanted.iter().enumerate() {
            let Some(id) = self.known.contacts.get(&contact.who) else {
                return Err(vec![problem(&format!("contacts/{n}"), "unknown_contact")]);
            };
            found.push(RecordContact {
                contact: *id,
                // Given once the record has its id.
                record: RecordId::from_uuid(Uuid::nil()),
                role: contact.role.clone(),
                primary: contact.primary,
            });
        }
        Ok(found)
    }

    fn wanted_links(
        &mut self,
        wanted: &BTreeMap<String, Vec<RecordRef>>,
    ) -> Result<Vec<(RelationId, bool, RecordId)>, Vec<Problem>> {
        let mut found = Vec::new();
        for (key, refs) in wanted {
            let Some((relation, forward)) = self.known.relations.get(key) else {
                return Err(vec![problem(&format!("links/{key}"), "unknown_relation")]);
            };
            if relation.single && *forward && refs.len() > 1 {
                return Err(vec![problem(&format!("links/{key}"), "single_relation")]);
            }
            if relation.single {
                self.single.insert(relation.id);
            }
            let object = if *forward { relation.to } else { relation.from };
            for (n, other) in refs.iter().enumerate() {
                match self.known.others.get(&(object, other.clone())) {
                    Some(id) => found.push((relation.id, *forward, *id)),
                    None => return Err(vec![problem(&format!("links/{key}/{n}"), "unknown_record")]),
                }
            }
        }
        Ok(found)
    }

    fn taken_value(&self, before: Option<&Record>, after: &Record) -> Option<Problem> {
        let had: Vec<UniqueValue> = before
            .map(|before| unique_values(&self.known.unique, &before.attributes).collect())
            .unwrap_or_default();
        let taken = unique_values(&self.known.unique, &after.attributes)
            .filter(|value| !had.contains(value))
            .find(|value| {
                self.known
                    .owners
                    .get(value)
                    .is_some_and(|owner| *owner != after.id.uuid())
            })?;
        let field = self.known.unique.iter().find(|field| field.id == taken.0)?;
        Some(problem(&format!("attributes/{}", field.key), "value_taken"))
    }

    fn claim(&mut self, before: Option<&Record>, after: &Record) {
        let owner = after.id.uuid();
        let had: Vec<UniqueValue> = before
            .map(|before| unique_values(&self.known.unique, &before.attributes).collect())
            .unwrap_or_default();
        let has: Vec<UniqueValue> = unique_values(&self.known.unique, &after.attributes).collect();
        for lost in had.iter().filter(|value| !has.contains(value)) {
            if self.known.owners.get(lost) == Some(&owner) {
                self.known.owners.remove(lost);
            }
        }
        for value in has {
            self.known.owners.entry(value).or_insert(owner);
        }
    }

    async fn write(self, tx: &mut CrmTx) -> Result<(), WriteRecordsError> {
        let (mut created, mut updated) = (Vec::new(), Vec::new());
        let (mut names, mut renamed) = (Changed::new(), Vec::new());
        for slot in &self.slots {
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
        tx.insert_records(self.object, &created).await?;
        tx.update_records(self.object, &updated).await?;
        let linked = tx.link_contacts(self.object.id, &self.contacts).await?;
        let single: Vec<RelationId> = self.single.into_iter().collect();
        let joined = tx.link_records(&self.links, &single).await?;

        let mut told: BTreeSet<RecordId> = created.iter().map(|record| record.id).collect();
        told.extend(updated.iter().map(|(_, after)| after.id));
        if !created.is_empty() {
            names.insert("name".to_owned());
        }
        if !linked.is_empty() {
            names.insert("contacts".to_owned());
            told.extend(linked.iter().map(|(_, record)| *record));
        }
        if !joined.is_empty() {
            names.insert("links".to_owned());
            told.extend(joined.iter().flat_map(|link| [link.from, link.to]));
        }
        if told.is_empty() {
            return Ok(());
        }
        let told: Vec<RecordId> = told.into_iter().collect();
        let people = tx.contacts_of_records(&told).await?;
        if self.object.is_companies() {
            let mut followers: BTreeSet<ContactId> = linked.iter().map(|(contact, _)| *contact).collect();
            followers.extend(tx.contacts_of_records(&renamed).await?);
            let followers: Vec<ContactId> = followers.into_iter().collect();
            follow_companies(tx, self.object.id, &followers, self.by, self.now).await?;
        }
        tx.record(&publish::records_changed(
            &self.object.key,
            &told,
            &people,
            &names,
        ))
        .await?;
        Ok(())
    }
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

fn problem(field: &str, code: &'static str) -> Problem {
    Problem {
        field: field.to_owned(),
        code,
    }
}

fn rejected(field: &str, code: &'static str) -> RecordOutcome {
    RecordOutcome::Rejected(vec![problem(field, code)])
}
