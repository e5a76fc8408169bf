//! Rows meet contacts: what is created, changed, left as it is, or refused.
//!
//! The rows of a chunk are applied one after the other, in the order of the file, also when several
//! are of one person. So a repeated row changes what the row before it made, and it does not matter
//! where chunks begin. The dry run plans with the same code and writes nothing.

use std::collections::{BTreeSet, HashMap};

use kernel::{ContactId, EmailAddress, ImportId, Timestamp};

use super::{
    mapping::{Existing, Identity},
    reject::Reason,
    row::Row,
};
use crate::domain::contact::{Change, Changed, Contact, ContactPatch, Source, contact_id_at};

/// What holds for all rows.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    pub identity: Identity,
    pub existing: Existing,
    /// Where new contacts come from.
    pub source: Source,
    pub import: Option<ImportId>,
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

/// Applies rows to the contacts that they could mean: those with one of their addresses or
/// identifiers.
#[must_use]
pub fn plan(rows: &[Row], known: Vec<Contact>, rules: Rules) -> Plan {
    let mut people = People::new(known);
    let mut plan = Plan::default();
    for row in rows {
        let outcome = people.apply(row, rules);
        match outcome {
            RowOutcome::Created(_) => plan.counts.created += 1,
            RowOutcome::Updated(_) => plan.counts.updated += 1,
            RowOutcome::Unchanged(_) => plan.counts.unchanged += 1,
            RowOutcome::Refused(_) => plan.counts.rejected += 1,
        }
        plan.outcomes.push(outcome);
    }
    plan.opted_out = people.opted_out;
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
    opted_out: BTreeSet<EmailAddress>,
}

struct Slot {
    /// As it is stored; `None` for one that is new. Kept only once something changes.
    before: Option<Contact>,
    contact: Contact,
    changed: Changed,
}

impl People {
    fn new(known: Vec<Contact>) -> Self {
        let mut people = Self {
            slots: Vec::new(),
            by_email: HashMap::new(),
            by_external_id: HashMap::new(),
            opted_out: BTreeSet::new(),
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
        self.slots.push(slot);
        n
    }

    fn apply(&mut self, row: &Row, rules: Rules) -> RowOutcome {
        let (n, outcome) = match self.find(&row.patch, rules.identity) {
            Err(reason) => return RowOutcome::Refused(reason),
            Ok(Some(n)) => (n, self.change(n, row.patch.clone(), rules)),
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
    fn find(&self, patch: &ContactPatch, identity: Identity) -> Result<Option<usize>, Reason> {
        let email = match &patch.email {
            Change::Set(email) => self.by_email.get(email.as_str()).copied(),
            _ => None,
        };
        let external = match &patch.external_id {
            Change::Set(id) => self.by_external_id.get(id).copied(),
            _ => None,
        };
        let (deciding, other, taken) = match identity {
            Identity::Email => (email, external, Reason::ExternalIdTaken),
            Identity::ExternalId => (external, email, Reason::EmailTaken),
        };
        match (deciding, other) {
            (Some(a), Some(b)) if a != b => Err(taken),
            (Some(a), _) => Ok(Some(a)),
            (None, Some(b)) => {
                let contact = &self.slots[b].contact;
                let lacks_the_deciding_one = match identity {
                    Identity::Email => contact.email.is_none(),
                    Identity::ExternalId => contact.external_id.is_none(),
                };
                if lacks_the_deciding_one {
                    Ok(Some(b))
                } else {
                    Err(taken)
                }
            }
            (None, None) => Ok(None),
        }
    }

    fn create(&mut self, row: &Row, rules: Rules) -> usize {
        let created_at = row.created_at.map_or(rules.now, |at| at.min(rules.now));
        let id = if row.created_at.is_some() {
            contact_id_at(created_at)
        } else {
            ContactId::generate()
        };
        let mut contact = Contact::new(id, rules.source, created_at);
        contact.import_id = rules.import;
        contact.apply(row.patch.clone(), rules.now);
        contact.updated_at = rules.now;
        self.push(Slot {
            before: None,
            contact,
            changed: Changed::new(),
        })
    }

    fn change(&mut self, n: usize, patch: ContactPatch, rules: Rules) -> RowOutcome {
        let slot = &mut self.slots[n];
        let id = slot.contact.id;
        let patch = match rules.existing {
            // What the file itself has just made is not what the rule protects.
            _ if slot.before.is_none() => patch,
            Existing::Overwrite => patch,
            Existing::FillEmpty => only_empty(&slot.contact, patch),
            Existing::Leave => return RowOutcome::Unchanged(id),
        };
        let old = (slot.contact.email.clone(), slot.contact.external_id.clone());
        let changed = slot.contact.apply(patch, rules.now);
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
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{contact::TextField, tag::Tag};

    fn now() -> Timestamp {
        "2026-03-01T00:00:00Z".parse().expect("a timestamp")
    }

    fn rules(identity: Identity, existing: Existing) -> Rules {
        Rules {
            identity,
            existing,
            source: Source::Import,
            import: Some(ImportId::generate()),
            now: now(),
        }
    }

    fn by_email() -> Rules {
        rules(Identity::Email, Existing::Overwrite)
    }

    fn mail(text: &str) -> EmailAddress {
        EmailAddress::parse(&format!("{text}@b.example")).expect("valid")
    }

    fn row(email: &str, external_id: &str, city: &str) -> Row {
        let set = |text: &str| {
            if text.is_empty() {
                Change::Keep
            } else {
                Change::Set(text.to_owned())
            }
        };
        Row {
            row: 1,
            line: 1,
            patch: ContactPatch {
                email: if email.is_empty() {
                    Change::Keep
                } else {
                    Change::Set(mail(email))
                },
                external_id: set(external_id),
                texts: vec![(TextField::City, set(city))],
                ..ContactPatch::default()
            },
            created_at: None,
            do_not_email: false,
        }
    }

    fn stored(email: &str, external_id: &str, city: &str) -> Contact {
        let mut contact = Contact::new(
            ContactId::generate(),
            Source::Manual,
            "2026-01-01T00:00:00Z".parse().expect("a timestamp"),
        );
        let created_at = contact.created_at;
        contact.apply(row(email, external_id, city).patch, created_at);
        contact
    }

    fn counts(plan: &Plan) -> (i64, i64, i64, i64) {
        (
            plan.counts.created,
            plan.counts.updated,
            plan.counts.unchanged,
            plan.counts.rejected,
        )
    }

    #[test]
    fn rows_create_update_and_leave() {
        let known = vec![stored("ann", "", "Bonn"), stored("bob", "", "Bonn")];
        let plan = plan(
            &[
                row("new", "", "Kiel"),
                row("ann", "", "Kiel"),
                row("bob", "", "Bonn"),
            ],
            known,
            by_email(),
        );
        assert_eq!(counts(&plan), (1, 1, 1, 0));
        assert_eq!(plan.created[0].source, Source::Import);
        assert_eq!(plan.updated[0].after.texts.get(TextField::City), "Kiel");
        assert_eq!(plan.updated[0].before.texts.get(TextField::City), "Bonn");
        assert!(plan.updated[0].changed.contains("city"));
    }

    #[test]
    fn repeated_rows_are_applied_in_order_and_written_once() {
        let rows = [
            row("new", "", "Kiel"),
            row("new", "", "Kiel"),
            row("new", "", ""),
            row("new", "", "Bonn"),
        ];
        let plan = plan(&rows, vec![], by_email());
        assert_eq!(counts(&plan), (1, 1, 2, 0));
        assert_eq!(plan.created.len(), 1);
        assert_eq!(
            plan.created[0].texts.get(TextField::City),
            "Bonn",
            "the last one that says something counts"
        );
        assert!(plan.updated.is_empty());
    }

    #[test]
    fn where_chunks_begin_does_not_matter() {
        let rows = [
            row("a", "", "1"),
            row("b", "", ""),
            row("a", "", "2"),
            row("a", "", "2"),
            row("b", "x", "3"),
        ];
        let whole = plan(&rows, vec![], by_email());
        for cut in 0..rows.len() {
            let mut first = plan(&rows[..cut], vec![], by_email());
            let stored = std::mem::take(&mut first.created);
            let second = plan(&rows[cut..], stored, by_email());
            let mut sum = first.counts;
            sum.add(second.counts);
            assert_eq!(sum, whole.counts, "cut at {cut}");
        }
    }

    #[test]
    fn another_contacts_identifier_is_refused() {
        let known = || vec![stored("ann", "1", ""), stored("bob", "2", "")];
        let taken = plan(&[row("ann", "2", ""), row("new", "2", "")], known(), by_email());
        assert_eq!(taken.outcomes, [RowOutcome::Refused(Reason::ExternalIdTaken); 2]);
        let taken = plan(
            &[row("bob", "1", "")],
            known(),
            rules(Identity::ExternalId, Existing::Overwrite),
        );
        assert_eq!(taken.outcomes, [RowOutcome::Refused(Reason::EmailTaken)]);
        let twice = plan(&[row("a", "9", ""), row("b", "9", "")], vec![], by_email());
        assert_eq!(counts(&twice), (1, 0, 0, 1), "within a file as well");
    }

    #[test]
    fn the_other_identifier_leads_to_a_contact_that_lacks_the_deciding_one() {
        let by_id = rules(Identity::ExternalId, Existing::Overwrite);
        let joined = plan(&[row("ann", "1", "")], vec![stored("ann", "", "")], by_id);
        assert_eq!(counts(&joined), (0, 1, 0, 0));
        assert_eq!(joined.updated[0].after.external_id.as_deref(), Some("1"));
        let moved = plan(&[row("ann2", "1", "")], vec![stored("ann", "1", "")], by_id);
        assert_eq!(
            moved.updated[0].after.email,
            Some(mail("ann2")),
            "the address may change under an identifier"
        );
    }

    #[test]
    fn a_moved_address_is_free_for_the_next_row() {
        let by_id = rules(Identity::ExternalId, Existing::Overwrite);
        let plan = plan(
            &[row("b", "1", ""), row("a", "2", "")],
            vec![stored("a", "1", "")],
            by_id,
        );
        assert_eq!(counts(&plan), (1, 1, 0, 0));
    }

    #[test]
    fn existing_contacts_may_be_filled_in_or_left() {
        let rows = || {
            let mut row = row("ann", "1", "Kiel");
            row.patch
                .texts
                .push((TextField::Country, Change::Set("DE".to_owned())));
            row.patch.attributes.push(("plan".to_owned(), Some(json!("pro"))));
            row.patch.add_tags.push(Tag::parse("vip").expect("valid"));
            [row]
        };
        let filled = plan(
            &rows(),
            vec![stored("ann", "", "Bonn")],
            rules(Identity::Email, Existing::FillEmpty),
        );
        let changed: Vec<_> = filled.updated[0].changed.iter().map(String::as_str).collect();
        assert_eq!(changed, ["attributes.plan", "country", "external_id", "tags"]);
        let left = plan(
            &rows(),
            vec![stored("ann", "", "Bonn")],
            rules(Identity::Email, Existing::Leave),
        );
        assert_eq!(counts(&left), (0, 0, 1, 0));
        assert!(left.updated.is_empty());
    }

    #[test]
    fn a_wish_not_to_be_written_to_is_always_heard() {
        let mut row = row("ann", "", "");
        row.do_not_email = true;
        let plan = plan(
            &[row],
            vec![stored("ann", "", "")],
            rules(Identity::Email, Existing::Leave),
        );
        assert_eq!(plan.opted_out, BTreeSet::from([mail("ann")]));
    }

    #[test]
    fn a_contact_of_old_sorts_among_the_old() {
        let mut old = row("ann", "", "");
        old.created_at = Some("2019-01-01T00:00:00Z".parse().expect("a timestamp"));
        let mut future = row("bob", "", "");
        future.created_at = Some("2999-01-01T00:00:00Z".parse().expect("a timestamp"));
        let plan = plan(&[old, future], vec![], by_email());
        assert_eq!(
            plan.created[0].created_at,
            "2019-01-01T00:00:00Z".parse().expect("a timestamp")
        );
        assert_eq!(plan.created[1].created_at, now(), "nobody comes from the future");
        assert!(plan.created[0].id < plan.created[1].id);
    }
}
