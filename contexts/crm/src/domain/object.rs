//! Objects: what an organisation keeps records of besides contacts.

use kernel::{ObjectId, RelationId, Timestamp};

use super::{field::is_key, text};

/// The key of the companies, which every organisation has.
pub const COMPANIES: &str = "companies";
/// The most objects that an organisation defines.
pub const MAX_OBJECTS: usize = 50;
/// The most relations between them.
pub const MAX_RELATIONS: usize = 200;
const MAX_NAME: usize = 100;

/// What records of an object are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ObjectKind {
    /// They belong to contacts or to each other.
    #[default]
    Records,
    /// They are looked up when a message is sent.
    Catalogue,
}

impl ObjectKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ObjectKind::Records => "records",
            ObjectKind::Catalogue => "catalogue",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [ObjectKind::Records, ObjectKind::Catalogue]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Companies, or what an organisation defined itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub id: ObjectId,
    /// The word in URLs, rules and templates.
    pub key: String,
    pub singular: String,
    pub plural: String,
    pub kind: ObjectKind,
    /// May be neither deleted nor renamed.
    pub built_in: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Object {
    /// Whether its records belong to people.
    #[must_use]
    pub fn has_contacts(&self) -> bool {
        self.kind == ObjectKind::Records
    }

    #[must_use]
    pub fn is_companies(&self) -> bool {
        self.key == COMPANIES
    }
}

/// Why an object cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidObject {
    #[error("a key has small letters, digits and _ and begins with a letter")]
    Key,
    #[error("contacts have something of this name already")]
    ReservedKey,
    #[error("the name is missing or too long")]
    Name,
}

/// What people say of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectDefinition {
    pub key: String,
    pub singular: String,
    pub plural: String,
    pub kind: ObjectKind,
}

impl ObjectDefinition {
    /// Checks and normalises.
    pub fn check(self) -> Result<Self, Vec<(&'static str, InvalidObject)>> {
        let mut problems = Vec::new();
        if let Err(problem) = check_object_key(&self.key) {
            problems.push(("key", problem));
        }
        let mut name = |member, given: &str| {
            let name = text::single_line(given, MAX_NAME).unwrap_or_default();
            if name.is_empty() {
                problems.push((member, InvalidObject::Name));
            }
            name
        };
        let singular = name("singular", &self.singular);
        let plural = name("plural", &self.plural);
        if problems.is_empty() {
            Ok(Self {
                singular,
                plural,
                ..self
            })
        } else {
            Err(problems)
        }
    }
}

/// Templates and rules reach the records of a contact by the object's key, so it may not be the name
/// of something else that a contact has; nor one that addresses of the API begin with.
const RESERVED: [&str; 37] = [
    "id",
    "email",
    "external_id",
    "anonymous_id",
    "first_name",
    "last_name",
    "full_name",
    "phone",
    "company",
    "company_record",
    "companies",
    "city",
    "country",
    "locale",
    "timezone",
    "tags",
    "attributes",
    "source",
    "owner",
    "stage",
    "points",
    "created_at",
    "updated_at",
    "last_active_at",
    "name",
    "contact",
    "contacts",
    "segment",
    "segments",
    "event",
    "events",
    "mail",
    "campaign",
    "catalogue",
    "new",
    "records",
    "topics",
];

fn check_object_key(key: &str) -> Result<(), InvalidObject> {
    if !is_key(key) {
        return Err(InvalidObject::Key);
    }
    if RESERVED.contains(&key) {
        return Err(InvalidObject::ReservedKey);
    }
    Ok(())
}

/// How the records of one object relate to those of another: an order has products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub id: RelationId,
    pub from: ObjectId,
    pub to: ObjectId,
    /// The word in rules and templates, seen from the one side.
    pub key: String,
    /// And from the other.
    pub inverse_key: String,
    pub label: String,
    /// Whether a record has at most one on the other side.
    pub single: bool,
    pub created_at: Timestamp,
}

/// Why a relation cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRelation {
    #[error("a key has small letters, digits and _ and begins with a letter")]
    Key,
    #[error("the label is missing or too long")]
    Label,
    #[error("there is no such object")]
    Object,
}

/// What people say of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationDefinition {
    pub to: String,
    pub key: String,
    pub inverse_key: String,
    pub label: String,
    pub single: bool,
}

impl RelationDefinition {
    /// Checks and normalises all but whether the object exists.
    pub fn check(self) -> Result<Self, Vec<(&'static str, InvalidRelation)>> {
        let mut problems = Vec::new();
        if !is_key(&self.key) {
            problems.push(("key", InvalidRelation::Key));
        }
        if !is_key(&self.inverse_key) {
            problems.push(("inverse_key", InvalidRelation::Key));
        }
        let label = text::single_line(&self.label, MAX_NAME).unwrap_or_default();
        if label.is_empty() {
            problems.push(("label", InvalidRelation::Label));
        }
        if problems.is_empty() {
            Ok(Self { label, ..self })
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_a_free_key_and_two_names() {
        let order = ObjectDefinition {
            key: "orders".to_owned(),
            singular: " Order ".to_owned(),
            plural: "Orders".to_owned(),
            kind: ObjectKind::Records,
        };
        let checked = order.clone().check().expect("valid");
        assert_eq!(checked.singular, "Order");
        for (key, problem) in [
            ("Orders", InvalidObject::Key),
            ("", InvalidObject::Key),
            ("companies", InvalidObject::ReservedKey),
            ("tags", InvalidObject::ReservedKey),
        ] {
            let bad = ObjectDefinition {
                key: key.to_owned(),
                plural: String::new(),
                ..order.clone()
            };
            assert_eq!(
                bad.check(),
                Err(vec![("key", problem), ("plural", InvalidObject::Name)])
            );
        }
    }
}
