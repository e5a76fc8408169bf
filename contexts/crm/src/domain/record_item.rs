//! One record as a caller wants it: which one, what of it, whom and what it is linked with.

use std::collections::BTreeMap;

use kernel::{ContactId, RecordId, RelationId, Timestamp};

use super::{contact_input::Problem, record::RecordPatch, unique_value::UniqueValue};

/// Which record is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordKey {
    /// None yet.
    New,
    /// This one; with its `updated_at` as the caller has seen it, when they want to know whether
    /// somebody else was faster.
    Id(RecordId, Option<Timestamp>),
    /// The one that another system calls so, or a new one.
    ExternalId(String),
    /// The only one of this name, in small letters, or a new one.
    Name(String),
    /// The one that has the value of a unique field, or a new one.
    Value(UniqueValue),
}

/// Somebody, by what tells people apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactRef {
    Id(ContactId),
    /// In small letters.
    Email(String),
    ExternalId(String),
}

impl ContactRef {
    /// What somebody typed: an id, an address, or what another system calls them.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(id) = text.parse() {
            return Some(ContactRef::Id(id));
        }
        match text {
            "" => None,
            text if text.contains('@') => Some(ContactRef::Email(text.to_lowercase())),
            text => Some(ContactRef::ExternalId(text.to_owned())),
        }
    }
}

/// Somebody whom a record is to be linked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedContact {
    pub who: ContactRef,
    /// Checked; `None` leaves the role of a link that exists as it is.
    pub role: Option<String>,
    pub primary: Option<bool>,
}

/// Somebody and a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordContact {
    pub contact: ContactId,
    pub record: RecordId,
    /// `None` leaves the role of a link that exists as it is.
    pub role: Option<String>,
    /// `Some(true)` makes it the person's primary one.
    pub primary: Option<bool>,
}

/// A link of two records, from the one object's to the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    pub relation: RelationId,
    pub from: RecordId,
    pub to: RecordId,
}

/// Another record, by its id or by what another system calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordRef {
    Id(RecordId),
    ExternalId(String),
}

impl RecordRef {
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        text.parse()
            .map_or_else(|_| RecordRef::ExternalId(text.to_owned()), RecordRef::Id)
    }
}

/// One record as a caller wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordItem {
    pub key: RecordKey,
    pub patch: RecordPatch,
    /// What is missing for a new one: its problems when it turns out to be one.
    pub new_patch: Result<RecordPatch, Vec<Problem>>,
    pub contacts: Vec<WantedContact>,
    /// By the word of the relation, seen from the record.
    pub links: BTreeMap<String, Vec<RecordRef>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_meant_by_id_address_or_external_id() {
        let id = ContactId::generate();
        assert_eq!(ContactRef::read(&format!(" {id} ")), Some(ContactRef::Id(id)));
        assert_eq!(
            ContactRef::read("Ann@Example.com"),
            Some(ContactRef::Email("ann@example.com".to_owned()))
        );
        assert_eq!(
            ContactRef::read("4711"),
            Some(ContactRef::ExternalId("4711".to_owned()))
        );
        assert_eq!(ContactRef::read("  "), None);
    }
}
