//! A contact: who it is, and how it changes.

use std::{borrow::Cow, collections::BTreeSet};

use kernel::{ContactId, EmailAddress, ImportId, StageId, Timestamp, UserId};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{import::mapping::Identity, tag::Tag};

/// The columns of text that every contact has. They share their rules, so they are one array and
/// not eight fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextField {
    FirstName,
    LastName,
    Phone,
    Company,
    City,
    Country,
    Locale,
    Timezone,
}

impl TextField {
    pub const ALL: [TextField; 8] = [
        TextField::FirstName,
        TextField::LastName,
        TextField::Phone,
        TextField::Company,
        TextField::City,
        TextField::Country,
        TextField::Locale,
        TextField::Timezone,
    ];

    /// The name of the column, of the API's member, and of the form's field.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            TextField::FirstName => "first_name",
            TextField::LastName => "last_name",
            TextField::Phone => "phone",
            TextField::Company => "company",
            TextField::City => "city",
            TextField::Country => "country",
            TextField::Locale => "locale",
            TextField::Timezone => "timezone",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.key() == key)
    }
}

/// The values of [`TextField`]; empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts([String; 8]);

impl Texts {
    #[must_use]
    pub fn get(&self, field: TextField) -> &str {
        &self.0[field as usize]
    }

    pub fn set(&mut self, field: TextField, value: impl Into<String>) {
        self.0[field as usize] = value.into();
    }
}

/// How a contact came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Manual,
    Api,
    Import,
    Demo,
    /// Met by an event.
    Event,
}

impl Source {
    const ALL: [Source; 5] = [
        Source::Manual,
        Source::Api,
        Source::Import,
        Source::Demo,
        Source::Event,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Manual => "manual",
            Source::Api => "api",
            Source::Import => "import",
            Source::Demo => "demo",
            Source::Event => "event",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq)]
pub struct Contact {
    pub id: ContactId,
    pub email: Option<EmailAddress>,
    pub external_id: Option<String>,
    pub texts: Texts,
    pub tags: BTreeSet<Tag>,
    pub attributes: Map<String, Value>,
    /// Who looks after them.
    pub owner: Option<UserId>,
    /// How far they have come.
    pub stage: Option<StageId>,
    pub points: i64,
    pub source: Source,
    pub import_id: Option<ImportId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_active_at: Option<Timestamp>,
}

/// What becomes of one value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T> Change<T> {
    /// `None` clears.
    #[must_use]
    pub fn to(value: Option<T>) -> Self {
        value.map_or(Change::Clear, Change::Set)
    }
}

/// Changes to a contact whose values have been checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContactPatch {
    pub email: Change<EmailAddress>,
    pub external_id: Change<String>,
    pub texts: Vec<(TextField, Change<String>)>,
    /// `None` clears.
    pub attributes: Vec<(String, Option<Value>)>,
    pub add_tags: Vec<Tag>,
    pub remove_tags: Vec<Tag>,
    pub owner: Change<UserId>,
    pub stage: Change<StageId>,
    /// `None` keeps them.
    pub points: Option<i64>,
    /// When they were seen; an earlier time than the one known changes nothing.
    pub last_active_at: Option<Timestamp>,
}

impl ContactPatch {
    /// Takes in what another patch says of what this one says nothing of.
    pub fn also(&mut self, other: ContactPatch) {
        if self.email == Change::Keep {
            self.email = other.email;
        }
        if self.external_id == Change::Keep {
            self.external_id = other.external_id;
        }
        if self.owner == Change::Keep {
            self.owner = other.owner;
        }
        if self.stage == Change::Keep {
            self.stage = other.stage;
        }
        self.points = self.points.or(other.points);
        self.last_active_at = self.last_active_at.or(other.last_active_at);
        self.texts.extend(other.texts);
        self.attributes.extend(other.attributes);
        self.add_tags.extend(other.add_tags);
        self.remove_tags.extend(other.remove_tags);
    }

    /// The value that tells by this who is meant.
    #[must_use]
    pub fn identified_by(&self, identity: &Identity) -> Option<Cow<'_, str>> {
        match identity {
            Identity::Email => match &self.email {
                Change::Set(email) => Some(email.as_str().into()),
                _ => None,
            },
            Identity::ExternalId => match &self.external_id {
                Change::Set(id) => Some(id.as_str().into()),
                _ => None,
            },
            Identity::Phone => self.texts.iter().find_map(|(field, value)| match value {
                Change::Set(phone) if *field == TextField::Phone => Some(phone.as_str().into()),
                _ => None,
            }),
            Identity::Attribute(key) => self.attributes.iter().find_map(|(other, value)| {
                let value = value.as_ref().filter(|_| other == key)?;
                Some(value.to_string().into())
            }),
            // Records have one; contacts have two, and share them.
            Identity::Name => None,
        }
    }
}

impl Contact {
    /// The same of a contact.
    #[must_use]
    pub fn identified_by(&self, identity: &Identity) -> Option<Cow<'_, str>> {
        match identity {
            Identity::Email => self.email.as_ref().map(|email| email.as_str().into()),
            Identity::ExternalId => self.external_id.as_deref().map(Into::into),
            Identity::Phone => Some(self.texts.get(TextField::Phone))
                .filter(|phone| !phone.is_empty())
                .map(Into::into),
            Identity::Attribute(key) => self.attributes.get(key).map(|value| value.to_string().into()),
            Identity::Name => None,
        }
    }
}

/// The names of what a patch changed: core columns, `attributes.<key>`, `tags`. Empty when all was
/// so already.
pub type Changed = BTreeSet<String>;

impl Contact {
    /// A contact without any data yet; [`Contact::apply`] gives it some.
    #[must_use]
    pub fn new(id: ContactId, source: Source, created_at: Timestamp) -> Self {
        Self {
            id,
            email: None,
            external_id: None,
            texts: Texts::default(),
            tags: BTreeSet::new(),
            attributes: Map::new(),
            owner: None,
            stage: None,
            points: 0,
            source,
            import_id: None,
            created_at,
            updated_at: created_at,
            last_active_at: None,
        }
    }

    /// What lists call the contact: the name, else the address, else the identifier of another
    /// system, else nothing.
    #[must_use]
    pub fn label(&self) -> String {
        label(
            self.texts.get(TextField::FirstName),
            self.texts.get(TextField::LastName),
            self.email.as_ref().map(EmailAddress::as_str),
            self.external_id.as_deref(),
        )
    }

    /// Applies a patch. What is set to the value that it has counts as unchanged, and an unchanged
    /// contact keeps its `updated_at`.
    pub fn apply(&mut self, patch: ContactPatch, now: Timestamp) -> Changed {
        let mut changed = Changed::new();
        if change(&mut self.email, patch.email) {
            changed.insert("email".to_owned());
        }
        if change(&mut self.external_id, patch.external_id) {
            changed.insert("external_id".to_owned());
        }
        for (field, value) in patch.texts {
            let value = match value {
                Change::Keep => continue,
                Change::Clear => String::new(),
                Change::Set(value) => value,
            };
            if self.texts.get(field) != value {
                self.texts.set(field, value);
                changed.insert(field.key().to_owned());
            }
        }
        for (key, value) in patch.attributes {
            if self.set_attribute(&key, value) {
                changed.insert(format!("attributes.{key}"));
            }
        }
        if change(&mut self.owner, patch.owner) {
            changed.insert("owner_id".to_owned());
        }
        if change(&mut self.stage, patch.stage) {
            changed.insert("stage_id".to_owned());
        }
        if patch.points.is_some_and(|points| points != self.points) {
            self.points = patch.points.unwrap_or_default();
            changed.insert("points".to_owned());
        }
        let seen = patch.last_active_at.map(|at| at.min(now));
        if seen > self.last_active_at {
            self.last_active_at = seen;
            changed.insert("last_active_at".to_owned());
        }
        let mut tags_changed = false;
        for tag in patch.remove_tags {
            tags_changed |= self.tags.remove(&tag);
        }
        for tag in patch.add_tags {
            tags_changed |= self.tags.insert(tag);
        }
        if tags_changed {
            changed.insert("tags".to_owned());
        }
        if !changed.is_empty() {
            self.updated_at = now;
        }
        changed
    }

    fn set_attribute(&mut self, key: &str, value: Option<Value>) -> bool {
        match value {
            None => self.attributes.remove(key).is_some(),
            Some(value) if self.attributes.get(key) == Some(&value) => false,
            Some(value) => {
                self.attributes.insert(key.to_owned(), value);
                true
            }
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

/// See [`Contact::label`]; the generated column `name_key` is its lower case.
#[must_use]
pub fn label(first: &str, last: &str, email: Option<&str>, external_id: Option<&str>) -> String {
    let name = format!("{first} {last}");
    match name.trim() {
        "" => email.or(external_id).unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}

/// An identifier that sorts where `created_at` does among all others, for contacts that are older
/// than their row. Contacts created now simply take [`ContactId::generate`].
#[must_use]
pub fn contact_id_at(created_at: Timestamp) -> ContactId {
    let nanos = created_at.as_nanosecond().max(0);
    let seconds = u64::try_from(nanos / 1_000_000_000).unwrap_or(0);
    let subsecond = u32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    ContactId::from_uuid(Uuid::new_v7(uuid::Timestamp::from_unix(
        uuid::NoContext,
        seconds,
        subsecond,
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a timestamp")
    }

    fn ann() -> Contact {
        let mut ann = Contact::new(ContactId::generate(), Source::Manual, at("2026-01-01T00:00:00Z"));
        ann.apply(
            ContactPatch {
                email: Change::Set(EmailAddress::parse("ann@example.com").expect("valid")),
                texts: vec![(TextField::FirstName, Change::Set("Ann".to_owned()))],
                attributes: vec![("plan".to_owned(), Some(json!("pro")))],
                add_tags: vec![Tag::parse("vip").expect("valid")],
                ..ContactPatch::default()
            },
            at("2026-01-01T00:00:00Z"),
        );
        ann
    }

    #[test]
    fn a_patch_says_what_it_changed() {
        let mut ann = ann();
        let changed = ann.apply(
            ContactPatch {
                texts: vec![
                    (TextField::City, Change::Set("Bonn".to_owned())),
                    (TextField::FirstName, Change::Keep),
                ],
                attributes: vec![("plan".to_owned(), None), ("age".to_owned(), Some(json!(41)))],
                remove_tags: vec![Tag::parse("vip").expect("valid")],
                ..ContactPatch::default()
            },
            at("2026-02-01T00:00:00Z"),
        );
        let names: Vec<_> = changed.iter().map(String::as_str).collect();
        assert_eq!(names, ["attributes.age", "attributes.plan", "city", "tags"]);
        assert_eq!(ann.updated_at, at("2026-02-01T00:00:00Z"));
        assert_eq!(
            ann.attributes,
            json!({"age": 41}).as_object().cloned().expect("an object")
        );
    }

    #[test]
    fn what_was_so_already_changes_nothing() {
        let mut ann = ann();
        let before = ann.clone();
        let changed = ann.apply(
            ContactPatch {
                email: Change::Set(EmailAddress::parse("ANN@example.com").expect("valid")),
                texts: vec![
                    (TextField::FirstName, Change::Set("Ann".to_owned())),
                    (TextField::City, Change::Clear),
                ],
                attributes: vec![("plan".to_owned(), Some(json!("pro"))), ("age".to_owned(), None)],
                add_tags: vec![Tag::parse("vip").expect("valid")],
                ..ContactPatch::default()
            },
            at("2026-02-01T00:00:00Z"),
        );
        assert!(changed.is_empty(), "{changed:?}");
        assert_eq!(ann, before);
    }

    #[test]
    fn a_contact_is_called_by_the_best_that_is_known() {
        assert_eq!(label("Ann", "Smith", Some("a@b.example"), None), "Ann Smith");
        assert_eq!(label("", "Smith", Some("a@b.example"), None), "Smith");
        assert_eq!(label(" ", "", Some("a@b.example"), Some("7")), "a@b.example");
        assert_eq!(label("", "", None, Some("7")), "7");
        assert_eq!(label("", "", None, None), "");
    }

    #[test]
    fn ids_made_for_a_date_sort_by_it() {
        let old = contact_id_at(at("2019-05-01T00:00:00Z"));
        let new = contact_id_at(at("2019-05-01T00:00:00.002Z"));
        assert!(old < new);
        assert!(new < ContactId::generate());
        assert!(contact_id_at(at("1950-01-01T00:00:00Z")) < old);
    }
}
