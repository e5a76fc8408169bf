//! The rows of a file of records: planned by the rules of every other write of records and written, or
//! only looked at.
//!
//! What the import did to each record is written down with it, so that it can be taken back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kernel::{ContactId, RecordId, Timestamp};
use platform::{DbError, JobError};
use serde_json::Value;

use super::{
    run_import::{ChunkError, FileRows, ImportFile},
    write_records::{Meant, Written, read_known, write_plan},
};
use crate::{
    domain::{
        field_value,
        import::{
            chunk::Chunk,
            dry_run::{DryRun, SampleUpdate, Seen, beginning},
            mapping::{Identity, Target},
            plan::Counts,
            record_row::{RecordFile, RecordRow},
            reject::{Reason, Reject},
        },
        object::Object,
        record::Record,
        record_item::Link,
        record_plan::{Known, RecordOutcome, RecordPlan, Slot},
    },
    infrastructure::pg::{CrmTx, import_records::RecordTrace},
};

/// A file of records of an object.
pub(super) struct RecordRows<'a> {
    file: &'a ImportFile,
    object: &'a Object,
    rows: RecordFile,
}

impl<'a> RecordRows<'a> {
    pub fn new(file: &'a ImportFile, object: &'a Object) -> Self {
        let fields = file.fields_to_be(&object.key);
        Self {
            file,
            object,
            rows: RecordFile::new(file.mapping.identity.clone(), fields),
        }
    }

    /// Decides what becomes of rows. Those that only link are counted as updated when they do.
    async fn plan(
        &self,
        tx: &mut CrmTx,
        rows: &[RecordRow],
        meant: Meant,
        now: Timestamp,
    ) -> Result<(RecordPlan<'a>, Vec<RecordOutcome>), DbError> {
        let (items, rules): (Vec<_>, Vec<_>) = rows.iter().map(|row| self.rows.item(row)).unzip();
        let known: Known = read_known(tx, self.object, &items, &rules, meant).await?;
        let mut plan = RecordPlan::new(self.object, known, now);
        let rows = items.into_iter().zip(rules);
        let mut outcomes: Vec<RecordOutcome> = rows
            .map(|(item, rules)| plan.add_row(item, Some(rules)))
            .collect();
        let pairs: Vec<(ContactId, RecordId)> = plan
            .contacts
            .iter()
            .map(|link| (link.contact, link.record))
            .collect();
        let mut had: HashSet<(ContactId, RecordId)> = if pairs.is_empty() {
            HashSet::new()
        } else {
            tx.linked_among(self.object.id, &pairs).await?
        };
        let mut linked: HashSet<Link> = tx.links_among(&plan.links).await?;
        // All are counted, so that a row further down that wants the same links does not gain them again.
        for (outcome, wanted) in outcomes.iter_mut().zip(&plan.wanted) {
            let people = pairs[wanted.contacts.clone()].iter();
            let gains_people = people.filter(|pair| had.insert(**pair)).count() > 0;
            let links = plan.links[wanted.links.clone()].iter();
            let gains_links = links.filter(|link| linked.insert(**link)).count() > 0;
            if let (RecordOutcome::Unchanged(id), true) = (&outcome, gains_people || gains_links) {
                *outcome = RecordOutcome::Updated(*id);
            }
        }
        Ok((plan, outcomes))
    }

    fn rejects(&self, chunk: &Chunk<RecordRow>, outcomes: &[RecordOutcome]) -> Vec<Reject> {
        let refused = outcomes.iter().enumerate().filter_map(|(n, outcome)| {
            let (field, reason) = refusal(outcome)?;
            Some(Reject {
                column: self.column_of(field).unwrap_or_default().to_owned(),
                ..chunk.refuse(n, reason)
            })
        });
        chunk.with_refused(refused)
    }

    /// The column that a problem is about: `contacts/0`, `links/items/2`, `attributes/size`, `name`.
    fn column_of(&self, field: &str) -> Option<&str> {
        let (part, rest) = field.split_once('/').unwrap_or((field, ""));
        let key = rest.split('/').next().unwrap_or_default();
        self.file.column_of(|target| match (part, target) {
            ("contacts", Target::Contacts) | ("name", Target::Name) => true,
            ("external_id", Target::ExternalId) => true,
            ("links", Target::Link(relation)) => relation == key,
            ("attributes", Target::Attribute(attribute)) => attribute == key,
            ("attributes", Target::NewField(new)) => new.key == key,
            _ => false,
        })
    }
}

impl FileRows for RecordRows<'_> {
    type Row = RecordRow;

    async fn write(
        &self,
        tx: &mut CrmTx,
        chunk: &Chunk<RecordRow>,
        now: Timestamp,
    ) -> Result<(Counts, Vec<Reject>), ChunkError> {
        if self.rows.identity == Identity::Name {
            // Two imports that meet the same new name make it once.
            tx.lock_company_names().await?;
        }
        let (plan, outcomes) = self.plan(tx, &chunk.rows, Meant::Locked, now).await?;
        let written = write_plan(tx, &plan, &self.file.by(), now).await?;
        tx.trace_records(self.file.id, &traces(&plan, &written)).await?;
        Ok((counts(&outcomes), self.rejects(chunk, &outcomes)))
    }

    async fn look(
        &self,
        tx: &mut CrmTx,
        mut chunk: Chunk<RecordRow>,
        now: Timestamp,
        found: &mut DryRun,
        seen: &mut Seen,
    ) -> Result<(), JobError> {
        let repeated = chunk.split_off(|row| seen.has(row));
        for _ in &repeated {
            found.add_repeated(self.file.mapping.existing);
        }
        let (plan, outcomes) = self.plan(tx, &chunk.rows, Meant::Shared, now).await?;
        let rejects = self.rejects(&chunk, &outcomes);
        let mut counts = counts(&outcomes);
        counts.rejected = i64::try_from(rejects.len()).unwrap_or(i64::MAX);
        let new = plan.slots.iter().filter(|slot| slot.before.is_none());
        let changed = plan.slots.iter().filter_map(sample);
        found.add_some(counts, new.map(|slot| slot.record.label()), changed);
        found.add_rejects(&rejects);
        found.add_learned(&chunk.learned);
        let created = chunk.rows.iter().zip(&outcomes);
        let created = created.filter(|(_, outcome)| matches!(outcome, RecordOutcome::Created(_)));
        // Only those that would be new: the others are compared with what is stored.
        seen.remember(created.map(|(row, _)| row));
        Ok(())
    }
}

/// Where the problem is, and which.
fn refusal(outcome: &RecordOutcome) -> Option<(&str, Reason)> {
    match outcome {
        RecordOutcome::Created(_) | RecordOutcome::Updated(_) | RecordOutcome::Unchanged(_) => None,
        RecordOutcome::Taken(_) => Some(("external_id", Reason::RecordExternalIdTaken)),
        RecordOutcome::Rejected(problems) => {
            let problem = problems.first();
            let reason = problem.and_then(|problem| Reason::parse(problem.code));
            let field = problem.map_or("", |problem| problem.field.as_str());
            Some((field, reason.unwrap_or(Reason::UnknownRecord)))
        }
        RecordOutcome::Missing | RecordOutcome::Stale => Some(("", Reason::UnknownRecord)),
    }
}

fn counts(outcomes: &[RecordOutcome]) -> Counts {
    let mut counts = Counts::default();
    for outcome in outcomes {
        match outcome {
            RecordOutcome::Created(_) => counts.created += 1,
            RecordOutcome::Updated(_) => counts.updated += 1,
            RecordOutcome::Unchanged(_) => counts.unchanged += 1,
            _ => counts.rejected += 1,
        }
    }
    counts
}

/// What a dry run shows of a record that would change.
fn sample(slot: &Slot) -> Option<SampleUpdate> {
    let before = slot.before.as_ref().filter(|_| !slot.changed.is_empty())?;
    let shown = |record: &Record, name: &str| {
        let value = value_of(record, name);
        beginning(&field_value::to_text(&value), 200)
    };
    let changes = slot.changed.iter();
    let changes = changes.map(|name| (name.clone(), shown(before, name), shown(&slot.record, name)));
    Some(SampleUpdate {
        contact: before.label(),
        changes: changes.collect(),
    })
}

/// The value of what [`Record::apply`] calls so.
pub(super) fn value_of(record: &Record, name: &str) -> Value {
    let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    match (name, name.strip_prefix("attributes.")) {
        ("name", _) => text(&record.name),
        ("external_id", _) => text(record.external_id.as_deref().unwrap_or_default()),
        ("owner", _) => record.owner.map_or(Value::Null, |owner| owner.to_string().into()),
        (_, Some(key)) => record.attributes.get(key).cloned().unwrap_or_default(),
        _ => Value::Null,
    }
}

/// What a chunk did to each record.
fn traces(plan: &RecordPlan<'_>, written: &Written) -> Vec<RecordTrace> {
    let mut contacts: HashMap<RecordId, BTreeSet<ContactId>> = HashMap::new();
    for (contact, record) in &written.linked {
        contacts.entry(*record).or_default().insert(*contact);
    }
    let ours: BTreeMap<RecordId, &Slot> = plan.slots.iter().map(|slot| (slot.record.id, slot)).collect();
    let mut joined: HashMap<RecordId, Vec<Link>> = HashMap::new();
    let mut parted = joined.clone();
    for (links, by_record) in [(&written.joined, &mut joined), (&written.parted, &mut parted)] {
        for link in links {
            // An ended link goes with the one that took its place.
            let heir = written.joined.iter();
            let heir = heir
                .clone()
                .find(|new| new.relation == link.relation && new.from == link.from);
            let heir = heir.filter(|_| !written.joined.contains(link)).unwrap_or(link);
            let ends = [heir.from, heir.to, link.from, link.to];
            if let Some(record) = ends.into_iter().find(|id| ours.contains_key(id)) {
                by_record.entry(record).or_default().push(*link);
            }
        }
    }
    let mut traces = Vec::new();
    for (id, slot) in ours {
        let trace = RecordTrace {
            record: id,
            created: slot.before.is_none(),
            left_at: slot.record.updated_at,
            changes: slot
                .before
                .iter()
                .flat_map(|before| changes(before, slot))
                .collect(),
            contacts: contacts.remove(&id).unwrap_or_default().into_iter().collect(),
            linked: joined.remove(&id).unwrap_or_default(),
            parted: parted.remove(&id).unwrap_or_default(),
        };
        if trace.says_something() {
            traces.push(trace);
        }
    }
    traces
}

/// By name: found and left.
fn changes<'s>(before: &'s Record, slot: &'s Slot) -> impl Iterator<Item = (String, (Value, Value))> + 's {
    let value = |name: &String| (value_of(before, name), value_of(&slot.record, name));
    slot.changed.iter().map(move |name| (name.clone(), value(name)))
}
