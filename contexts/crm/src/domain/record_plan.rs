//! Items meet the records of an object: what is created, changed, linked, left as it is, or refused.
//!
//! Items are applied one after the other, also when several mean the same record: those of a form, of
//! a program's batch, and the rows of a file, which find their record by more than an external ID and
//! may be forbidden to overwrite.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use kernel::{ContactId, ObjectId, RecordId, RelationId, Timestamp};
use uuid::Uuid;

use super::{
    contact::{Change, Changed},
    contact_input::Problem,
    field::Field,
    object::{Object, Relation},
    record::{Record, RecordPatch},
    record_item::{ContactRef, Link, RecordContact, RecordItem, RecordKey, RecordRef, WantedContact},
    unique_value::{UniqueValue, unique_values},
};

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

/// Everything that the items could mean.
#[derive(Debug, Default)]
pub struct Known {
    pub records: Vec<Record>,
    pub contacts: BTreeMap<ContactRef, ContactId>,
    /// By the word seen from the object.
    pub relations: HashMap<String, (Relation, bool)>,
    pub others: HashMap<(ObjectId, RecordRef), RecordId>,
    pub unique: Vec<Field>,
    pub owners: HashMap<UniqueValue, Uuid>,
}

/// What a row of a file says beyond an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowRules {
    /// What becomes so where a record has nothing yet.
    pub fill: RecordPatch,
    /// All that the row says: what a record that the file itself has made becomes.
    pub whole: RecordPatch,
    /// Links that only a new record gets.
    pub contacts: Vec<WantedContact>,
    pub links: BTreeMap<String, Vec<RecordRef>>,
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

/// A record and what becomes of it.
#[derive(Clone, Debug)]
pub struct Slot {
    /// As it is stored; `None` for one that is new.
    pub before: Option<Record>,
    pub record: Record,
    pub changed: Changed,
}

/// The links that an item asks for, among those of the plan.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub contacts: Range<usize>,
    pub links: Range<usize>,
}

/// What is to be written.
#[derive(Debug)]
pub struct RecordPlan<'a> {
    pub object: &'a Object,
    pub slots: Vec<Slot>,
    pub contacts: Vec<RecordContact>,
    pub links: Vec<Link>,
    /// Relations among those of the links of which a record has at most one.
    pub single: BTreeSet<RelationId>,
    /// One for each item that was added.
    pub wanted: Vec<Wanted>,
    known: Known,
    now: Timestamp,
    by_id: HashMap<RecordId, usize>,
    by_external_id: HashMap<String, usize>,
    /// In small letters; `None` where several are called so.
    by_name: HashMap<String, Option<usize>>,
}

type Found = Result<Option<usize>, RecordOutcome>;

impl<'a> RecordPlan<'a> {
    #[must_use]
    pub fn new(object: &'a Object, mut known: Known, now: Timestamp) -> Self {
        let records = std::mem::take(&mut known.records);
        let mut plan = Self {
            object,
            slots: Vec::new(),
            contacts: Vec::new(),
            links: Vec::new(),
            single: BTreeSet::new(),
            wanted: Vec::new(),
            known,
            now,
            by_id: HashMap::new(),
            by_external_id: HashMap::new(),
            by_name: HashMap::new(),
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

    /// Applies an item of a form or a program.
    pub fn add(&mut self, item: RecordItem) -> RecordOutcome {
        self.add_row(item, None)
    }

    /// Applies an item that stands in a file.
    pub fn add_row(&mut self, item: RecordItem, rules: Option<RowRules>) -> RecordOutcome {
        let (contacts, links) = (self.contacts.len(), self.links.len());
        let outcome = self.apply(item, rules).unwrap_or_else(|refused| refused);
        self.wanted.push(Wanted {
            contacts: contacts..self.contacts.len(),
            links: links..self.links.len(),
        });
        outcome
    }

    fn apply(&mut self, item: RecordItem, rules: Option<RowRules>) -> Result<RecordOutcome, RecordOutcome> {
        let found = self.find(&item, rules.as_ref())?;
        let (mut contacts, mut links) = (item.contacts, item.links);
        let patch = match (found, rules) {
            (None, rules) => {
                if let Some(rules) = rules {
                    contacts.extend(rules.contacts);
                    links.extend(rules.links);
                }
                item.new_patch.map_err(RecordOutcome::Rejected)?
            }
            (Some(_), None) => item.patch,
            // What the file itself has just made is not what its rules protect.
            (Some(n), Some(rules)) if self.slots[n].before.is_none() => {
                contacts.extend(rules.contacts);
                links.extend(rules.links);
                rules.whole
            }
            (Some(n), Some(rules)) => {
                let mut patch = item.patch;
                patch.also(self.slots[n].record.lacks(rules.fill));
                patch
            }
        };
        if let Change::Set(id) = &patch.external_id
            && let Some(other) = self.by_external_id.get(id)
            && Some(*other) != found
        {
            return Err(RecordOutcome::Taken(self.slots[*other].record.id));
        }
        let (contacts, links) = match (self.wanted_contacts(&contacts), self.wanted_links(&links)) {
            (Ok(contacts), Ok(links)) => (contacts, links),
            (contacts, links) => {
                let problems = [contacts.err(), links.err()];
                let problems = problems.into_iter().flatten().flatten().collect();
                return Err(RecordOutcome::Rejected(problems));
            }
        };
        let before = found.map(|n| self.slots[n].record.clone());
        let mut after = before
            .clone()
            .unwrap_or_else(|| Record::new(RecordId::generate(), self.object.id, self.now));
        let changed = after.apply(patch, self.now);
        if after.name.is_empty() && after.external_id.is_none() {
            return Err(rejected("name", "nameless"));
        }
        if let Some(problem) = self.taken_value(before.as_ref(), &after) {
            return Err(RecordOutcome::Rejected(vec![problem]));
        }
        self.claim(before.as_ref(), &after);
        self.link(after.id, contacts, links);
        Ok(self.keep(found, before, after, changed))
    }

    fn link(&mut self, id: RecordId, contacts: Vec<RecordContact>, links: Vec<(RelationId, bool, RecordId)>) {
        self.contacts.extend(contacts.into_iter().map(|mut contact| {
            contact.record = id;
            contact
        }));
        self.links
            .extend(links.into_iter().map(|(relation, forward, other)| {
                let (from, to) = if forward { (id, other) } else { (other, id) };
                Link { relation, from, to }
            }));
    }

    fn keep(
        &mut self,
        found: Option<usize>,
        before: Option<Record>,
        after: Record,
        changed: Changed,
    ) -> RecordOutcome {
        let id = after.id;
        let Some(n) = found else {
            self.push(Slot {
                before: None,
                record: after,
                changed,
            });
            return RecordOutcome::Created(id);
        };
        if changed.is_empty() {
            return RecordOutcome::Unchanged(id);
        }
        if let Some(before) = before {
            if let Some(old) = &before.external_id {
                self.by_external_id.remove(old);
            }
            let old = before.name.to_lowercase();
            if self.by_name.get(&old) == Some(&Some(n)) {
                self.by_name.remove(&old);
            }
        }
        self.index(n, &after);
        self.slots[n].record = after;
        self.slots[n].changed.extend(changed);
        RecordOutcome::Updated(id)
    }

    fn push(&mut self, slot: Slot) {
        let n = self.slots.len();
        self.by_id.insert(slot.record.id, n);
        self.index(n, &slot.record);
        self.slots.push(slot);
    }

    fn index(&mut self, n: usize, record: &Record) {
        if let Some(id) = &record.external_id {
            self.by_external_id.insert(id.clone(), n);
        }
        if !record.name.is_empty() {
            self.by_name
                .entry(record.name.to_lowercase())
                .and_modify(|several| {
                    if *several != Some(n) {
                        *several = None;
                    }
                })
                .or_insert(Some(n));
        }
    }

    /// The record that an item means. Of a row, what tells records apart decides; its other
    /// identifiers may lead to a record that lacks the deciding one.
    fn find(&self, item: &RecordItem, rules: Option<&RowRules>) -> Found {
        match &item.key {
            RecordKey::New => Ok(None),
            RecordKey::Id(id, seen) => match self.by_id.get(id).copied() {
                None => Err(RecordOutcome::Missing),
                Some(n) if seen.is_some_and(|seen| seen != self.slots[n].record.updated_at) => {
                    Err(RecordOutcome::Stale)
                }
                found => Ok(found),
            },
            RecordKey::ExternalId(id) => {
                let found = self.by_external_id.get(id).copied();
                let joined = rules.and_then(|rules| self.by_unique_value(&rules.whole));
                Ok(found.or_else(|| joined.filter(|n| self.slots[*n].record.external_id.is_none())))
            }
            RecordKey::Name(name) => match self.by_name.get(name) {
                Some(None) => Err(rejected("name", "several_records")),
                found => {
                    let joined = rules.and_then(|rules| self.by_others(&rules.whole));
                    let joined = joined.filter(|n| self.slots[*n].record.name.is_empty());
                    Ok(found.copied().flatten().or(joined))
                }
            },
            RecordKey::Value(value) => {
                let found = self.owner(value);
                let field = self.known.unique.iter().find(|field| field.id == value.0);
                let lacks = |n: &usize| {
                    field.is_some_and(|field| !self.slots[*n].record.attributes.contains_key(&field.key))
                };
                let joined = rules.and_then(|rules| self.by_others(&rules.whole)).filter(lacks);
                Ok(found.or(joined))
            }
        }
    }

    fn by_others(&self, patch: &RecordPatch) -> Option<usize> {
        let external = match &patch.external_id {
            Change::Set(id) => self.by_external_id.get(id).copied(),
            _ => None,
        };
        external.or_else(|| self.by_unique_value(patch))
    }

    fn by_unique_value(&self, patch: &RecordPatch) -> Option<usize> {
        unique_values(&self.known.unique, &patch.attributes_set()).find_map(|value| self.owner(&value))
    }

    fn owner(&self, value: &UniqueValue) -> Option<usize> {
        let owner = self.known.owners.get(value)?;
        self.by_id.get(&RecordId::from_uuid(*owner)).copied()
    }

    fn wanted_contacts(&self, wanted: &[WantedContact]) -> Result<Vec<RecordContact>, Vec<Problem>> {
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
                let known = self.known.others.get(&(object, other.clone())).copied();
                match known.or_else(|| self.made(object, other)) {
                    Some(id) => found.push((relation.id, *forward, id)),
                    None => return Err(vec![problem(&format!("links/{key}/{n}"), "unknown_record")]),
                }
            }
        }
        Ok(found)
    }

    /// One that an item before this one has made.
    fn made(&self, object: ObjectId, other: &RecordRef) -> Option<RecordId> {
        let RecordRef::ExternalId(id) = other else {
            return None;
        };
        let n = (object == self.object.id).then(|| self.by_external_id.get(id))??;
        Some(self.slots[*n].record.id)
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

#[cfg(test)]
#[path = "record_plan_tests.rs"]
mod tests;
