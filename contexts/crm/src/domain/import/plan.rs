//! Rows meet contacts: what is created, changed, left as it is, or refused.
//!
//! The rows of a chunk are applied one after the other, in the order of the file, also when several
//! are of one person. So a repeated row changes what the row before it made, and it does not matter
//! where chunks begin. The dry run plans with the same code and writes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{ContactId, EmailAddress, ImportId, RecordId, Timestamp};
use serde_json::Value;

use super::{
    companies::{Companies, Company},
    mapping::{Existing, Identity},
    reject::Reason,
    row::Row,
};
use crate::domain::{
    change::By,
    contact::{Change, Changed, Contact, ContactPatch, Source, TextField, contact_id_at},
    unique_value::Owners,
};

/// What holds for all rows.
#[derive(Clone, Debug)]
pub struct Rules {
    pub identity: Identity,
    pub existing: Existing,
    /// Where new contacts come from.
    pub source: Source,
    pub import: Option<ImportId>,
    /// Who changes those that exist.
    pub by: By,
    pub now: Timestamp,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    Created(ContactId),
    Updated(ContactId),
    Unchanged(ContactId),
    Refused(Reason),
}

/// How many rows had which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub rejected: i64,
}

impl Counts {
    #[must_use]
    pub fn rows(&self) -> i64 {
        self.created + self.updated + self.unchanged + self.rejected
    }

    pub fn add(&mut self, other: Counts) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
    }
}

/// What is to be written for a chunk.
#[derive(Debug, Default)]
pub struct Plan {
    pub created: Vec<Contact>,
    pub updated: Vec<Update>,
    /// One for each row, in their order.
    pub outcomes: Vec<RowOutcome>,
    /// Addresses that are not to be written to.
    pub opted_out: BTreeSet<EmailAddress>,
    /// Companies to be made.
    pub companies: Vec<Company>,
    /// Whose primary company becomes another one, or none.
    pub employers: BTreeMap<ContactId, Option<RecordId>>,
    pub counts: Counts,
}

impl Plan {
    /// The rows that created somebody, of those that were planned.
    pub fn created_rows<'a>(&'a self, rows: &'a [Row]) -> impl Iterator<Item = &'a Row> {
        let created = |outcome: &RowOutcome| matches!(outcome, RowOutcome::Created(_));
        rows.iter()
            .zip(&self.outcomes)
            .filter(move |(_, outcome)| created(outcome))
            .map(|(row, _)| row)
    }
}

/// A contact that exists and changes.
#[derive(Clone, Debug)]
pub struct Update {
    pub before: Contact,
    pub after: Contact,
    pub changed: Changed,
}

/// Without fields of the organisation's own.
#[cfg(test)]
pub fn plan(rows: &[Row], known: Vec<Contact>, rules: Rules) -> Plan {
    plan_with(rows, known, Own::default(), rules)
}

/// What the organisation's own fields say of rows.
#[derive(Debug, Default)]
pub struct Own {
    /// Whose unique values are: a row may not take somebody else's, and finds its contact by its own.
    pub owners: Owners,
    /// What somebody new has when the row does not say.
    pub defaults: Vec<(String, Value)>,
    pub companies: Companies,
}

/// Applies rows to the contacts that they could mean: those with one of their addresses, identifiers or
/// unique values.
#[must_use]
pub fn plan_with(rows: &[Row], known: Vec<Contact>, own: Own, rules: Rules) -> Plan {
    let mut people = People::new(known, &rules.identity, own);
    let mut plan = Plan::default();
    for row in rows {
        let outcome = people.apply(row, &rules);
        match outcome {
            RowOutcome::Created(_) => plan.counts.created += 1,
            RowOutcome::Updated(_) => plan.counts.updated += 1,
            RowOutcome::Unchanged(_) => plan.counts.unchanged += 1,
            RowOutcome::Refused(_) => plan.counts.rejected += 1,
        }
        plan.outcomes.push(outcome);
    }
    plan.opted_out = people.opted_out;
    plan.companies = people.own.companies.made;
    plan.employers = people.employers;
    for slot in people.slots {
        match slot.before {
            None => plan.created.push(slot.contact),
            Some(before) if !slot.changed.is_empty() => {
                plan.updated.push(Update {
                    before,
                    after: slot.contact,
                    changed: slot.changed,
                });
            }
            Some(_) => {}
        }
    }
    plan
}

/// The contacts of a chunk by what tells them apart.
struct People {
    slots: Vec<Slot>,
    by_email: HashMap<String, usize>,
    by_external_id: HashMap<String, usize>,
    /// By what tells people apart, when that is neither of these; `None` where several have it.
    by_value: HashMap<String, Option<usize>>,
    identity: Identity,
    opted_out: BTreeSet<EmailAddress>,
    employers: BTreeMap<ContactId, Option<RecordId>>,
    own: Own,
}

struct Slot {
    /// As it is stored; `None` for one that is new. Kept only once something changes.
    before: Option<Contact>,
    contact: Contact,
    changed: Changed,
}

impl People {
    fn new(known: Vec<Contact>, identity: &Identity, own: Own) -> Self {
        let mut people = Self {
            slots: Vec::new(),
            by_email: HashMap::new(),
            by_external_id: HashMap::new(),
            by_value: HashMap::new(),
            identity: identity.clone(),
            opted_out: BTreeSet::new(),
            employers: BTreeMap::new(),
            own,
        };
        for contact in known {
            people.push(Slot {
                before: Some(contact.clone()),
                contact,
                changed: Changed::new(),
            });
        }
        people
    }

    fn push(&mut self, slot: Slot) -> usize {
        let n = self.slots.len();
        if let Some(email) = &slot.contact.email {
            self.by_email.insert(email.as_str().to_owned(), n);
        }
        if let Some(id) = &slot.contact.external_id {
            self.by_external_id.insert(id.clone(), n);
        }
        if matches!(self.identity, Identity::Phone | Identity::Attribute(_))
            && let Some(value) = slot.contact.identified_by(&self.identity)
        {
            self.by_value
                .entry(value.into_owned())
                .and_modify(|several| *several = None)
                .or_insert(Some(n));
        }
        self.slots.push(slot);
        n
    }

    fn apply(&mut self, row: &Row, rules: &Rules) -> RowOutcome {
        let whole = row.whole();
        let found = self.find(&whole);
        let found = found.and_then(|found| self.find_by_value(found, &whole));
        // A row is refused before anything of it is applied.
        if let Some(Change::Set(company)) = row.company.as_ref().map(|wish| &wish.company)
            && let Err(reason) = self.own.companies.find(company)
        {
            return RowOutcome::Refused(reason);
        }
        let (n, outcome) = match found {
            Err(reason) => return RowOutcome::Refused(reason),
            Ok(Some(n)) => (n, self.change(n, row, rules)),
            Ok(None) => {
                let n = self.create(row, rules);
                (n, RowOutcome::Created(self.slots[n].contact.id))
            }
        };
        if row.do_not_email {
            self.opted_out.extend(self.slots[n].contact.email.clone());
        }
        outcome
    }

    /// The contact that a row means. What tells contacts apart decides; the other identifier may
    /// lead to a contact that lacks the deciding one, and may not belong to somebody else.
    fn find(&self, patch: &ContactPatch) -> Result<Option<usize>, Reason> {
        let email = match &patch.email {
            Change::Set(email) => self.by_email.get(email.as_str()).copied(),
            _ => None,
        };
        let external = match &patch.external_id {
            Change::Set(id) => self.by_external_id.get(id).copied(),
            _ => None,
        };
        let deciding = match &self.identity {
            Identity::Email => email,
            Identity::ExternalId => external,
            other => match patch
                .identified_by(other)
                .and_then(|value| self.by_value.get(&*value))
            {
                Some(None) => return Err(Reason::SeveralMatch),
                found => found.copied().flatten(),
            },
        };
        let others = [(email, Reason::EmailTaken), (external, Reason::ExternalIdTaken)];
        let mut found = deciding;
        for (n, taken) in others.into_iter().filter_map(|(n, taken)| n.map(|n| (n, taken))) {
            match found {
                Some(other) if other == n => {}
                None if self.lacks_the_deciding_one(n) => found = Some(n),
                _ => return Err(taken),
            }
        }
        Ok(found)
    }

    /// The values of unique fields may not be somebody else's. When nothing else tells whose row it
    /// is, they do.
    fn find_by_value(&self, found: Option<usize>, patch: &ContactPatch) -> Result<Option<usize>, Reason> {
        let owners = self.own.owners.of_patch(patch);
        match (found, owners.first()) {
            (_, None) => Ok(found),
            (Some(n), Some(_)) if owners.iter().all(|owner| *owner == self.slots[n].contact.id) => Ok(found),
            (None, Some(owner)) if owners.len() == 1 => {
                let slot = self.slots.iter().position(|slot| slot.contact.id == *owner);
                match slot {
                    Some(n) if self.lacks_the_deciding_one(n) => Ok(Some(n)),
                    _ => Err(Reason::ValueTaken),
                }
            }
            _ => Err(Reason::ValueTaken),
        }
    }

    fn lacks_the_deciding_one(&self, n: usize) -> bool {
        self.slots[n].contact.identified_by(&self.identity).is_none()
    }

    fn create(&mut self, row: &Row, rules: &Rules) -> usize {
        let said = row.created_at.or(row.identified_at);
        let created_at = said.map_or(rules.now, |at| at.min(rules.now));
        let id = if said.is_some() {
            contact_id_at(created_at)
        } else {
            ContactId::generate()
        };
        let mut contact = Contact::new(id, rules.source, created_at);
        contact.import_id = rules.import;
        let whole = row.whole();
        contact.apply(whole.clone().into_owned(), rules.now);
        for (key, value) in &self.own.defaults {
            if !whole.attributes.iter().any(|(named, _)| named == key) {
                contact.attributes.insert(key.clone(), value.clone());
            }
        }
        if let Some(Change::Set(company)) = row.company.as_ref().map(|wish| &wish.company) {
            let company = self.company(company);
            contact.texts.set(TextField::Company, company.name);
            self.own.companies.primary.insert(id, company.id);
            self.employers.insert(id, Some(company.id));
        }
        contact.updated_at = rules.now;
        let nothing = serde_json::Map::new();
        self.own.owners.move_values(id, &nothing, &contact.attributes);
        self.push(Slot {
            before: None,
            contact,
            changed: Changed::new(),
        })
    }

    /// One that exists, or is made now.
    fn company(&mut self, text: &str) -> Company {
        let known = self.own.companies.find(text).ok().flatten();
        known.unwrap_or_else(|| self.own.companies.make(text))
    }

    /// The company that a row gives somebody who exists, when it may: `Some(None)` takes theirs away.
    fn employer(&mut self, n: usize, row: &Row) -> Option<Option<Company>> {
        let wish = row.company.as_ref()?;
        let slot = &self.slots[n];
        let may = match wish.rule {
            _ if slot.before.is_none() => true,
            Existing::Overwrite => true,
            Existing::FillEmpty => {
                slot.contact.texts.get(TextField::Company).is_empty()
                    && !self.own.companies.primary.contains_key(&slot.contact.id)
            }
            Existing::Leave => false,
        };
        match &wish.company {
            Change::Set(company) if may => Some(Some(self.company(company))),
            Change::Clear if may => Some(None),
            _ => None,
        }
    }

    fn change(&mut self, n: usize, row: &Row, rules: &Rules) -> RowOutcome {
        let employer = self.employer(n, row);
        let slot = &mut self.slots[n];
        let id = slot.contact.id;
        let mut patch = match rules.existing {
            // What the file itself has just made is not what the rule protects.
            _ if slot.before.is_none() => row.whole().into_owned(),
            Existing::Overwrite => {
                let mut patch = row.patch.clone();
                patch.also(only_empty(&slot.contact, row.fill.clone()));
                patch
            }
            Existing::FillEmpty => only_empty(&slot.contact, row.patch.clone()),
            Existing::Leave => return RowOutcome::Unchanged(id),
        };
        if row.replaces_tags {
            let others = slot
                .contact
                .tags
                .iter()
                .filter(|tag| !patch.add_tags.contains(tag));
            patch.remove_tags = others.cloned().collect();
        }
        let old = (slot.contact.email.clone(), slot.contact.external_id.clone());
        let attributes = (!self.own.owners.fields.is_empty()).then(|| slot.contact.attributes.clone());
        let mut moves = false;
        if let Some(company) = employer {
            let name = company.as_ref().map(|company| company.name.clone());
            let name = name.filter(|name| !name.is_empty());
            patch.texts.push((TextField::Company, Change::to(name)));
            let (primary, now) = (&mut self.own.companies.primary, company.map(|company| company.id));
            moves = primary.get(&id).copied() != now;
            if moves {
                match now {
                    Some(company) => primary.insert(id, company),
                    None => primary.remove(&id),
                };
                self.employers.insert(id, now);
            }
        }
        let mut changed = slot.contact.apply(patch, rules.now);
        if moves && changed.insert("company".to_owned()) {
            slot.contact.updated_at = rules.now;
        }
        if let Some(before) = attributes {
            self.own.owners.move_values(id, &before, &slot.contact.attributes);
        }
        if changed.is_empty() {
            return RowOutcome::Unchanged(id);
        }
        slot.changed.extend(changed);
        self.reindex(n, old);
        RowOutcome::Updated(id)
    }

    fn reindex(&mut self, n: usize, (email, external_id): (Option<EmailAddress>, Option<String>)) {
        let contact = &self.slots[n].contact;
        if contact.email != email {
            email.map(|old| self.by_email.remove(old.as_str()));
            contact
                .email
                .as_ref()
                .map(|new| self.by_email.insert(new.as_str().to_owned(), n));
        }
        if contact.external_id != external_id {
            external_id.map(|old| self.by_external_id.remove(&old));
            contact
                .external_id
                .as_ref()
                .map(|new| self.by_external_id.insert(new.clone(), n));
        }
        if matches!(self.identity, Identity::Phone | Identity::Attribute(_))
            && let Some(value) = contact.identified_by(&self.identity)
        {
            self.by_value.entry(value.into_owned()).or_insert(Some(n));
        }
    }
}

/// The part of a patch that fills in what a contact lacks.
fn only_empty(contact: &Contact, patch: ContactPatch) -> ContactPatch {
    ContactPatch {
        email: if contact.email.is_none() {
            patch.email
        } else {
            Change::Keep
        },
        external_id: if contact.external_id.is_none() {
            patch.external_id
        } else {
            Change::Keep
        },
        texts: patch
            .texts
            .into_iter()
            .filter(|(field, _)| contact.texts.get(*field).is_empty())
            .collect(),
        attributes: patch
            .attributes
            .into_iter()
            .filter(|(key, value)| value.is_some() && !contact.attributes.contains_key(key))
            .collect(),
        add_tags: patch.add_tags,
        remove_tags: Vec::new(),
        owner: if contact.owner.is_none() {
            patch.owner
        } else {
            Change::Keep
        },
        stage: if contact.stage.is_none() {
            patch.stage
        } else {
            Change::Keep
        },
        points: patch.points.filter(|_| contact.points == 0),
        last_active_at: patch.last_active_at.filter(|_| contact.last_active_at.is_none()),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
