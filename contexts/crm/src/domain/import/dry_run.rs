//! What an import would do, found out without doing it.

use std::collections::{BTreeMap, HashSet, hash_map::RandomState};
use std::hash::BuildHasher;

use kernel::EmailAddress;
use serde::{Deserialize, Serialize};

use super::{
    mapping::{Existing, Identity},
    plan::{Counts, Plan, Update},
    reader::{FileRow, Learned, NewStage},
    reject::Reject,
};
use crate::domain::{
    contact::{Contact, TextField},
    field_value,
    tag::Tag,
};

const MOST_SAMPLES: usize = 20;

/// What a dry run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    pub counts: Counts,
    /// Rows of people who have a row further up in the file.
    pub repeated: i64,
    /// How many rows would be rejected for which reason.
    pub reasons: BTreeMap<String, i64>,
    /// The first contacts that would be created, by what lists would call them.
    pub created: Vec<String>,
    /// The first contacts that would change.
    pub updated: Vec<SampleUpdate>,
    /// The first rows that would be rejected.
    pub rejected: Vec<SampleReject>,
    /// Subscriptions that would be made, and that would not because somebody opted out.
    #[serde(default)]
    pub subscribed: i64,
    #[serde(default)]
    pub skipped: i64,
    /// Members of a JSON column that would become fields: key and type.
    pub new_fields: Vec<(String, String)>,
    /// Stages that would be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_stages: Vec<NewStage>,
}

/// A contact that would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleUpdate {
    pub contact: String,
    /// Field, value before, value after.
    pub changes: Vec<(String, String, String)>,
}

/// A row that would be rejected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleReject {
    pub row: u64,
    pub line: u64,
    pub reason: String,
    pub column: String,
    pub beginning: String,
}

impl DryRun {
    /// Adds what was planned for a chunk of contacts.
    pub fn add(&mut self, plan: &Plan) {
        let created = plan.created.iter().map(Contact::label);
        self.add_some(plan.counts, created, plan.updated.iter().map(sample_update));
    }

    /// Adds the counts of a chunk and, as long as there is room, samples of it.
    pub fn add_some(
        &mut self,
        counts: Counts,
        created: impl Iterator<Item = String>,
        updated: impl Iterator<Item = SampleUpdate>,
    ) {
        self.counts.add(counts);
        let room = MOST_SAMPLES.saturating_sub(self.created.len());
        self.created.extend(created.take(room));
        let room = MOST_SAMPLES.saturating_sub(self.updated.len());
        self.updated.extend(updated.take(room));
    }

    /// Adds the rows of a chunk that would be rejected.
    pub fn add_rejects(&mut self, rejects: &[Reject]) {
        for reject in rejects {
            *self.reasons.entry(reject.reason.as_str().to_owned()).or_default() += 1;
            if self.rejected.len() < MOST_SAMPLES {
                self.rejected.push(sample_reject(reject));
            }
        }
    }

    /// Adds what would be made for the rows of a chunk.
    pub fn add_learned(&mut self, learned: &Learned) {
        let fields = learned.fields.iter();
        self.new_fields
            .extend(fields.map(|new| (new.key.clone(), new.kind.as_str().to_owned())));
        self.new_stages.extend(learned.stages.iter().cloned());
    }

    /// Counts a row of somebody whom an earlier chunk would have created: nothing is stored yet that
    /// it could be compared with.
    pub fn add_repeated(&mut self, existing: Existing) {
        self.repeated += 1;
        match existing {
            Existing::Leave => self.counts.unchanged += 1,
            _ => self.counts.updated += 1,
        }
    }
}

/// Remembers who was seen, at eight bytes a person.
pub struct Seen {
    hashes: HashSet<u64>,
    hasher: RandomState,
    identity: Identity,
}

impl Seen {
    /// Beyond so many people repetitions are no longer looked for.
    const MOST: usize = 4_000_000;

    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            hashes: HashSet::new(),
            hasher: RandomState::new(),
            identity,
        }
    }

    /// Whether a chunk before had the person of this row.
    #[must_use]
    pub fn has(&self, row: &impl FileRow) -> bool {
        self.hash(row).is_some_and(|hash| self.hashes.contains(&hash))
    }

    /// Remembers the people of a chunk.
    pub fn remember<'a, R: FileRow + 'a>(&mut self, rows: impl IntoIterator<Item = &'a R>) {
        for row in rows {
            if let (Some(hash), true) = (self.hash(row), self.hashes.len() < Self::MOST) {
                self.hashes.insert(hash);
            }
        }
    }

    fn hash(&self, row: &impl FileRow) -> Option<u64> {
        row.identified_by(&self.identity)
            .map(|value| self.hasher.hash_one(&*value))
    }
}

fn sample_update(update: &Update) -> SampleUpdate {
    let changes = update
        .changed
        .iter()
        .map(|name| {
            (
                name.clone(),
                shown(&update.before, name),
                shown(&update.after, name),
            )
        })
        .collect();
    SampleUpdate {
        contact: update.before.label(),
        changes,
    }
}

/// The value of what [`Contact::apply`] calls so.
fn shown(contact: &Contact, name: &str) -> String {
    let text = match name {
        "email" => contact
            .email
            .as_ref()
            .map(EmailAddress::to_string)
            .unwrap_or_default(),
        "external_id" => contact.external_id.clone().unwrap_or_default(),
        "tags" => contact
            .tags
            .iter()
            .map(Tag::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        // As identifiers: whoever shows them knows what they are called.
        "owner_id" => contact.owner.map(|id| id.to_string()).unwrap_or_default(),
        "stage_id" => contact.stage.map(|id| id.to_string()).unwrap_or_default(),
        "points" => contact.points.to_string(),
        "last_active_at" => contact
            .last_active_at
            .map(|at| at.to_string())
            .unwrap_or_default(),
        other => match (other.strip_prefix("attributes."), TextField::from_key(other)) {
            (Some(key), _) => contact
                .attributes
                .get(key)
                .map(field_value::to_text)
                .unwrap_or_default(),
            (None, Some(field)) => contact.texts.get(field).to_owned(),
            (None, None) => String::new(),
        },
    };
    beginning(&text, 200)
}

fn sample_reject(reject: &Reject) -> SampleReject {
    SampleReject {
        row: reject.row,
        line: reject.line,
        reason: reject.reason.as_str().to_owned(),
        column: reject.column.clone(),
        beginning: beginning(&reject.cells.join(" · "), 200),
    }
}

pub(crate) fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ContactId, ImportId, Timestamp};

    use super::*;
    use crate::domain::{
        change::{By, Cause},
        contact::{Change, ContactPatch, Source},
        import::{
            plan::{Rules, plan},
            reject::Reason,
            row::Row,
        },
    };

    fn row(email: &str, city: &str) -> Row {
        Row {
            row: 1,
            line: 2,
            patch: ContactPatch {
                email: Change::Set(EmailAddress::parse(email).expect("valid")),
                texts: vec![(TextField::City, Change::Set(city.to_owned()))],
                add_tags: vec![Tag::parse("new").expect("valid")],
                ..ContactPatch::default()
            },
            ..Row::default()
        }
    }

    #[test]
    fn it_shows_what_would_become_of_whom() {
        let now = Timestamp::UNIX_EPOCH;
        let mut ann = Contact::new(ContactId::generate(), Source::Manual, now);
        ann.apply(row("ann@b.example", "Bonn").patch, now);
        let rules = Rules {
            identity: Identity::Email,
            existing: Existing::Overwrite,
            source: Source::Import,
            import: Some(ImportId::generate()),
            by: By::system(Cause::Api),
            now,
        };
        let plan = plan(
            &[row("ann@b.example", "Kiel"), row("new@b.example", "Kiel")],
            vec![ann],
            rules,
        );
        let reject = Reject {
            row: 3,
            line: 4,
            reason: Reason::InvalidEmail,
            column: "Mail".to_owned(),
            cells: vec!["nobody".to_owned(), "x".repeat(500)],
        };
        let mut found = DryRun::default();
        found.add(&plan);
        found.add_rejects(&[reject]);
        assert_eq!(found.created, ["new@b.example"]);
        assert_eq!(found.updated[0].contact, "ann@b.example");
        assert_eq!(
            found.updated[0].changes,
            [("city".to_owned(), "Bonn".to_owned(), "Kiel".to_owned())]
        );
        assert_eq!(found.reasons["invalid_email"], 1);
        assert!(found.rejected[0].beginning.starts_with("nobody · xxx"));
        assert!(found.rejected[0].beginning.chars().count() <= 201);
    }

    #[test]
    fn people_of_earlier_chunks_are_recognised() {
        let mut seen = Seen::new(Identity::Email);
        let rows = [row("ann@b.example", "")];
        assert!(!seen.has(&rows[0]));
        seen.remember(&rows);
        assert!(seen.has(&rows[0]));
        assert!(!seen.has(&row("bob@b.example", "")));
    }
}
