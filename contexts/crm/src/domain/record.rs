//! Records: one company, one order, and how they change.

use kernel::{ContactId, ObjectId, RecordId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    contact::{Change, Changed},
    contact_input::Problem,
    contact_value::parse_external_id,
    field::Field,
    field_value::{self, InvalidValue, ValueRule},
    import::reject::Reason,
    text,
};

/// The most characters of a name; what a contact's company holds.
pub const MAX_NAME: usize = 200;
/// The most characters of a role.
pub const MAX_ROLE: usize = 100;

/// A record of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: RecordId,
    pub object: ObjectId,
    pub external_id: Option<String>,
    pub name: String,
    pub attributes: Map<String, Value>,
    pub owner: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Changes to a record whose values have been checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordPatch {
    pub external_id: Change<String>,
    pub name: Change<String>,
    pub owner: Change<UserId>,
    /// `None` clears.
    pub attributes: Vec<(String, Option<Value>)>,
}

impl RecordPatch {
    /// Adds another patch; where both say something, this one counts.
    pub fn also(&mut self, other: RecordPatch) {
        if self.external_id == Change::Keep {
            self.external_id = other.external_id;
        }
        if self.name == Change::Keep {
            self.name = other.name;
        }
        if self.owner == Change::Keep {
            self.owner = other.owner;
        }
        let said: Vec<String> = self.attributes.iter().map(|(key, _)| key.clone()).collect();
        let rest = other
            .attributes
            .into_iter()
            .filter(|(key, _)| !said.contains(key));
        self.attributes.extend(rest);
    }

    /// The values that it sets.
    #[must_use]
    pub fn attributes_set(&self) -> Map<String, Value> {
        self.attributes
            .iter()
            .filter_map(|(key, value)| Some((key.clone(), value.clone()?)))
            .collect()
    }
}

impl Record {
    /// A record without any data yet.
    #[must_use]
    pub fn new(id: RecordId, object: ObjectId, now: Timestamp) -> Self {
        Self {
            id,
            object,
            external_id: None,
            name: String::new(),
            attributes: Map::new(),
            owner: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// What lists call it: its name, else what another system calls it, else its id.
    #[must_use]
    pub fn label(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        self.external_id.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// Applies a patch. What is set to the value that it has counts as unchanged, and an unchanged
    /// record keeps its `updated_at`.
    pub fn apply(&mut self, patch: RecordPatch, now: Timestamp) -> Changed {
        let mut changed = Changed::new();
        if change(&mut self.external_id, patch.external_id) {
            changed.insert("external_id".to_owned());
        }
        let name = match patch.name {
            Change::Keep => self.name.clone(),
            Change::Clear => String::new(),
            Change::Set(name) => name,
        };
        if self.name != name {
            self.name = name;
            changed.insert("name".to_owned());
        }
        if change(&mut self.owner, patch.owner) {
            changed.insert("owner".to_owned());
        }
        for (key, value) in patch.attributes {
            let differs = match value {
                None => self.attributes.remove(&key).is_some(),
                Some(value) if self.attributes.get(&key) == Some(&value) => false,
                Some(value) => {
                    self.attributes.insert(key.clone(), value);
                    true
                }
            };
            if differs {
                changed.insert(format!("attributes.{key}"));
            }
        }
        if !changed.is_empty() {
            self.updated_at = now;
        }
        changed
    }

    /// The part of a patch that fills in what this one lacks.
    #[must_use]
    pub fn lacks(&self, patch: RecordPatch) -> RecordPatch {
        let only = |lacking: bool, change: Change<String>| match change {
            Change::Set(_) if lacking => change,
            _ => Change::Keep,
        };
        RecordPatch {
            external_id: only(self.external_id.is_none(), patch.external_id),
            name: only(self.name.is_empty(), patch.name),
            owner: match patch.owner {
                Change::Set(owner) if self.owner.is_none() => Change::Set(owner),
                _ => Change::Keep,
            },
            attributes: patch
                .attributes
                .into_iter()
                .filter(|(key, value)| value.is_some() && !self.attributes.contains_key(key))
                .collect(),
        }
    }

    /// What another record of the object knows and this one does not.
    #[must_use]
    pub fn lacks_of(&self, other: &Record) -> RecordPatch {
        let fill = |mine: &Option<String>, theirs: &Option<String>| match (mine, theirs) {
            (None, Some(theirs)) => Change::Set(theirs.clone()),
            _ => Change::Keep,
        };
        RecordPatch {
            external_id: fill(&self.external_id, &other.external_id),
            name: if self.name.is_empty() && !other.name.is_empty() {
                Change::Set(other.name.clone())
            } else {
                Change::Keep
            },
            owner: match (self.owner, other.owner) {
                (None, Some(owner)) => Change::Set(owner),
                _ => Change::Keep,
            },
            attributes: other
                .attributes
                .iter()
                .filter(|(key, _)| !self.attributes.contains_key(*key))
                .map(|(key, value)| (key.clone(), Some(value.clone())))
                .collect(),
        }
    }
}

fn change<T: PartialEq>(current: &mut Option<T>, change: Change<T>) -> bool {
    let wanted = match change {
        Change::Keep => return false,
        Change::Clear => None,
        Change::Set(value) => Some(value),
    };
    let differs = *current != wanted;
    *current = wanted;
    differs
}

/// Collects what a form or a program says of a record, and every problem with it.
pub struct RecordInput<'a> {
    fields: &'a [Field],
    patch: RecordPatch,
    problems: Vec<Problem>,
}

impl<'a> RecordInput<'a> {
    /// Checks against the object's fields.
    #[must_use]
    pub fn new(fields: &'a [Field]) -> Self {
        Self {
            fields,
            patch: RecordPatch::default(),
            problems: Vec::new(),
        }
    }

    /// Empty clears.
    pub fn external_id(&mut self, value: &str) {
        match parse_external_id(value) {
            Ok(id) => self.patch.external_id = Change::to(id),
            Err(error) => self.problem("external_id", Reason::from(error).as_str()),
        }
    }

    /// Empty clears.
    pub fn name(&mut self, value: &str) {
        match text::single_line(value, MAX_NAME) {
            Ok(name) if name.is_empty() => self.patch.name = Change::Clear,
            Ok(name) => self.patch.name = Change::Set(name),
            Err(error) => self.problem("name", Reason::from(error).as_str()),
        }
    }

    pub fn owner(&mut self, owner: Option<UserId>) {
        self.patch.owner = Change::to(owner);
    }

    /// A field as a form has it; empty clears.
    pub fn attribute_text(&mut self, key: &str, value: &str) {
        self.attribute(key, |rule| field_value::parse_text(rule, value));
    }

    /// A field as a program has it; `null` clears.
    pub fn attribute_json(&mut self, key: &str, value: &Value) {
        self.attribute(key, |rule| field_value::parse_json(rule, value));
    }

    /// Something that only the caller can see.
    pub fn problem(&mut self, field: impl Into<String>, code: &'static str) {
        self.problems.push(Problem {
            field: field.into(),
            code,
        });
    }

    /// The changes, or every problem there is.
    pub fn finish(self) -> Result<RecordPatch, Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(self.patch)
        } else {
            Err(self.problems)
        }
    }

    /// Of a new one: what is required has to be given, and what is not given has its default.
    pub fn finish_new(mut self) -> Result<RecordPatch, Vec<Problem>> {
        for field in self.fields {
            if self.patch.attributes.iter().any(|(key, _)| *key == field.key) {
                continue;
            }
            let name = format!("attributes/{}", field.key);
            match &field.default_value {
                Some(value) => self
                    .patch
                    .attributes
                    .push((field.key.clone(), Some(value.clone()))),
                None if field.flags.required
                    && !self.problems.iter().any(|problem| problem.field == name) =>
                {
                    self.problem(name, "required");
                }
                None => {}
            }
        }
        let named = |change: &Change<String>| matches!(change, Change::Set(_));
        let refused = |field: &str| self.problems.iter().any(|problem| problem.field == field);
        if !named(&self.patch.name)
            && !named(&self.patch.external_id)
            && !refused("name")
            && !refused("external_id")
        {
            self.problem("name", "nameless");
        }
        self.finish()
    }

    fn attribute(
        &mut self,
        key: &str,
        parse: impl FnOnce(ValueRule<'_>) -> Result<Option<Value>, InvalidValue>,
    ) {
        let name = format!("attributes/{key}");
        let Some(field) = self.fields.iter().find(|field| field.key == key) else {
            return self.problem(name, "unknown_field");
        };
        match parse(field.rule()) {
            Ok(None) if field.flags.required => self.problem(name, "required"),
            Ok(value) => self.patch.attributes.push((key.to_owned(), value)),
            Err(error) => self.problem(name, Reason::from(error).as_str()),
        }
    }
}

/// Checks what somebody is to a record; may be empty.
pub fn parse_role(role: &str) -> Result<String, Problem> {
    text::single_line(role, MAX_ROLE).map_err(|error| Problem {
        field: "role".to_owned(),
        code: Reason::from(error).as_str(),
    })
}

/// What a list of records is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordSort {
    Created,
    Updated,
    Name,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordOrder {
    pub by: RecordSort,
    pub descending: bool,
}

impl RecordOrder {
    /// Companies and products are looked for by name, orders by date; a list begins with the newest.
    pub const NEWEST: RecordOrder = RecordOrder {
        by: RecordSort::Created,
        descending: true,
    };

    /// `name`, `-created_at`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, descending) = text.strip_prefix('-').map_or((text, false), |key| (key, true));
        let by = match key {
            "created_at" => RecordSort::Created,
            "updated_at" => RecordSort::Updated,
            "name" => RecordSort::Name,
            _ => return None,
        };
        Some(Self { by, descending })
    }

    /// See [`RecordOrder::parse`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match (self.by, self.descending) {
            (RecordSort::Created, false) => "created_at",
            (RecordSort::Created, true) => "-created_at",
            (RecordSort::Updated, false) => "updated_at",
            (RecordSort::Updated, true) => "-updated_at",
            (RecordSort::Name, false) => "name",
            (RecordSort::Name, true) => "-name",
        }
    }
}

/// Which records a list shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordFilter {
    /// The beginning of the name, or the external ID.
    pub search: String,
    pub contact: Option<ContactId>,
    /// Fields with exactly these values.
    pub attributes: Vec<(String, Value)>,
    /// Multiselects that have these values among their own.
    pub among: Vec<(String, Value)>,
}

impl RecordFilter {
    /// Whether all records are shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.search.trim().is_empty()
            && self.contact.is_none()
            && self.attributes.is_empty()
            && self.among.is_empty()
    }
}

/// Where a page of a list ended; the next one begins behind it. Travels in signed cursors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordPosition {
    pub place: RecordPlace,
    pub id: RecordId,
    /// The page before this place is wanted, not the one behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backward: bool,
}

/// The sort key of a [`RecordPosition`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordPlace {
    Created,
    Updated(Timestamp),
    Name(String),
}

#[cfg(test)]
mod tests {
    use kernel::FieldId;
    use serde_json::json;

    use super::*;
    use crate::domain::field::{FieldDefinition, FieldType};

    fn amount(required: bool) -> Field {
        let mut definition = FieldDefinition {
            object: "orders".to_owned(),
            key: "amount".to_owned(),
            label: "Amount".to_owned(),
            kind: FieldType::Number,
            ..FieldDefinition::default()
        };
        definition.flags.required = required;
        Field::new(FieldId::generate(), definition, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_problem_of_a_record_is_told() {
        let fields = [amount(true)];
        let mut input = RecordInput::new(&fields);
        input.attribute_json("colour", &json!("red"));
        let problems = input.finish_new().expect_err("all is wrong");
        let told: Vec<_> = problems.iter().map(|p| (p.field.as_str(), p.code)).collect();
        assert_eq!(
            told,
            [
                ("attributes/colour", "unknown_field"),
                ("attributes/amount", "required"),
                ("name", "nameless")
            ]
        );
    }

    #[test]
    fn a_patch_says_what_it_changed() {
        let mut record = Record::new(RecordId::generate(), ObjectId::generate(), Timestamp::UNIX_EPOCH);
        let fields = [amount(false)];
        let mut input = RecordInput::new(&fields);
        input.name(" Order 7 ");
        input.external_id("7");
        input.attribute_json("amount", &json!(120.5));
        let patch = input.finish_new().expect("valid");
        let changed = record.apply(patch.clone(), Timestamp::UNIX_EPOCH);
        assert_eq!(
            changed.into_iter().collect::<Vec<_>>(),
            ["attributes.amount", "external_id", "name"]
        );
        assert!(record.apply(patch, Timestamp::UNIX_EPOCH).is_empty());
        assert_eq!(record.label(), "Order 7");
    }

    #[test]
    fn merging_fills_what_is_missing_and_overwrites_nothing() {
        let mut one = Record::new(RecordId::generate(), ObjectId::generate(), Timestamp::UNIX_EPOCH);
        let mut other = one.clone();
        one.name = "Acme".to_owned();
        one.attributes.insert("city".to_owned(), json!("Bonn"));
        other.name = "Acme Ltd".to_owned();
        other.external_id = Some("9".to_owned());
        other.attributes.insert("city".to_owned(), json!("Kiel"));
        other.attributes.insert("phone".to_owned(), json!("1234"));
        let patch = one.lacks_of(&other);
        one.apply(patch, Timestamp::UNIX_EPOCH);
        assert_eq!(
            (one.name.as_str(), one.external_id.as_deref()),
            ("Acme", Some("9"))
        );
        assert_eq!(
            Value::Object(one.attributes),
            json!({"city": "Bonn", "phone": "1234"})
        );
    }

    #[test]
    fn orders_survive_being_written_and_read() {
        for text in [
            "created_at",
            "-created_at",
            "updated_at",
            "-updated_at",
            "name",
            "-name",
        ] {
            assert_eq!(RecordOrder::parse(text).map(RecordOrder::as_str), Some(text));
        }
        assert_eq!(RecordOrder::parse("email"), None);
    }
}
