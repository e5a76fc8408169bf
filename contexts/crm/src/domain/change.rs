//! The audit: who changed what of a contact and by what, and how a change is taken back.

use kernel::{
    ApiKeyId, BulkActionId, ChangeId, EmailAddress, ImportId, MergeId, RecordId, SourceId, Timestamp, UserId,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    contact::{Change, Contact, ContactPatch, TextField},
    tag::Tag,
};

/// Who changes contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    User(UserId),
    ApiKey(ApiKeyId),
    /// An engine, or the person the contact is about.
    System,
}

impl Actor {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Actor::User(_) => "user",
            Actor::ApiKey(_) => "api_key",
            Actor::System => "system",
        }
    }

    /// Which one.
    #[must_use]
    pub fn id(self) -> Option<Uuid> {
        match self {
            Actor::User(id) => Some(id.uuid()),
            Actor::ApiKey(id) => Some(id.uuid()),
            Actor::System => None,
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(word: &str, id: Option<Uuid>) -> Option<Self> {
        match (word, id) {
            ("user", Some(id)) => Some(Actor::User(id.into())),
            ("api_key", Some(id)) => Some(Actor::ApiKey(id.into())),
            ("system", None) => Some(Actor::System),
            _ => None,
        }
    }
}

/// By what contacts are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Form,
    Api,
    Import(ImportId),
    Bulk(BulkActionId),
    /// `identify` and what else a source of events tells.
    Event(Option<SourceId>),
    Merge(MergeId),
    /// A step of a journey.
    Journey(Uuid),
    /// The preference centre.
    Preferences,
    /// Taking back what this caused: an import, a bulk action, a merge.
    Undo(Uuid),
}

impl Cause {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Form => "form",
            Cause::Api => "api",
            Cause::Import(_) => "import",
            Cause::Bulk(_) => "bulk",
            Cause::Event(_) => "event",
            Cause::Merge(_) => "merge",
            Cause::Journey(_) => "journey",
            Cause::Preferences => "preferences",
            Cause::Undo(_) => "undo",
        }
    }

    /// Which one.
    #[must_use]
    pub fn id(self) -> Option<Uuid> {
        match self {
            Cause::Form | Cause::Api | Cause::Preferences => None,
            Cause::Import(id) => Some(id.uuid()),
            Cause::Bulk(id) => Some(id.uuid()),
            Cause::Event(id) => id.map(SourceId::uuid),
            Cause::Merge(id) => Some(id.uuid()),
            Cause::Journey(id) | Cause::Undo(id) => Some(id),
        }
    }

    /// From what is stored.
    #[must_use]
    pub fn parse(word: &str, id: Option<Uuid>) -> Option<Self> {
        match (word, id) {
            ("form", _) => Some(Cause::Form),
            ("api", _) => Some(Cause::Api),
            ("import", Some(id)) => Some(Cause::Import(id.into())),
            ("bulk", Some(id)) => Some(Cause::Bulk(id.into())),
            ("event", id) => Some(Cause::Event(id.map(Into::into))),
            ("merge", Some(id)) => Some(Cause::Merge(id.into())),
            ("journey", Some(id)) => Some(Cause::Journey(id)),
            ("preferences", _) => Some(Cause::Preferences),
            ("undo", Some(id)) => Some(Cause::Undo(id)),
            _ => None,
        }
    }
}

/// Who changes contacts, and by what. Every write of contacts that exist takes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct By {
    pub actor: Actor,
    pub cause: Cause,
}

impl By {
    /// The program itself.
    #[must_use]
    pub const fn system(cause: Cause) -> Self {
        Self {
            actor: Actor::System,
            cause,
        }
    }
}

/// One change of one contact, as it was written down.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactChange {
    pub id: ChangeId,
    pub at: Timestamp,
    pub by: By,
    pub what: Difference,
}

/// What a change found and what it left, of what it changed only: by the names of core fields,
/// `attributes.<key>` and `tags`. What is absent is null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Difference {
    pub before: Map<String, Value>,
    pub after: Map<String, Value>,
}

/// Somebody's primary company, as the audit keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employer {
    pub id: RecordId,
    pub name: String,
    /// Whether it was theirs already, though another one was the primary.
    pub linked: bool,
}

const TAGS: &str = "tags";
/// Stands in no column of crm.contacts: whoever takes a change back asks [`Difference::employers`].
pub const PRIMARY_COMPANY: &str = "primary_company";
const ATTRIBUTES: &str = "attributes.";

impl Difference {
    /// Between two states of one contact.
    #[must_use]
    pub fn between(before: &Contact, after: &Contact) -> Self {
        let mut difference = Self::default();
        for (key, value) in CORE {
            let (old, new) = (value(before), value(after));
            if old != new {
                difference.note(key, old, new);
            }
        }
        if before.tags != after.tags {
            difference.note(TAGS, tags(before), tags(after));
        }
        let keys = before.attributes.keys();
        let gained = after
            .attributes
            .keys()
            .filter(|key| !before.attributes.contains_key(*key));
        for key in keys.chain(gained) {
            let of = |contact: &Contact| contact.attributes.get(key).cloned().unwrap_or_default();
            let (old, new) = (of(before), of(after));
            if old != new {
                difference.note(&format!("{ATTRIBUTES}{key}"), old, new);
            }
        }
        difference
    }

    /// This change and a later one as one.
    pub fn then(&mut self, later: Difference) {
        for (key, value) in later.before {
            self.before.entry(key).or_insert(value);
        }
        self.after.extend(later.after);
    }

    /// What gives back to a contact what this change found, as far as nobody has touched since what it
    /// left. Of tags, each is looked at alone. What is no longer a value is left as it is.
    #[must_use]
    pub fn reversal(&self, contact: &Contact) -> ContactPatch {
        let mut patch = ContactPatch::default();
        for (key, left) in &self.after {
            let found = self.before.get(key).unwrap_or(&Value::Null);
            if key == TAGS {
                let (found, left) = (tag_list(found), tag_list(left));
                let gained = left.iter().filter(|tag| !found.contains(tag));
                let lost = found.iter().filter(|tag| !left.contains(tag));
                patch.remove_tags = gained.cloned().collect();
                patch.add_tags = lost.cloned().collect();
            } else if key != PRIMARY_COMPANY && value_of(contact, key) == *left {
                give_back(&mut patch, key, found);
            }
        }
        patch
    }

    /// That somebody's primary company became another one.
    #[must_use]
    pub fn of_employers(before: Option<&Employer>, after: Option<&Employer>) -> Self {
        let value = |employer: Option<&Employer>| {
            employer.map_or(
                Value::Null,
                |employer| json!({"id": employer.id, "name": employer.name, "linked": employer.linked}),
            )
        };
        let mut difference = Self::default();
        difference.note(PRIMARY_COMPANY, value(before), value(after));
        difference
    }

    /// The primary company that this change found and the one that it left, when it is about that.
    #[must_use]
    pub fn employers(&self) -> Option<(Option<Employer>, Option<Employer>)> {
        let read = |value: &Value| {
            Some(Employer {
                id: value.get("id")?.as_str()?.parse().ok()?,
                name: value.get("name")?.as_str()?.to_owned(),
                linked: value.get("linked")?.as_bool()?,
            })
        };
        let left = self.after.get(PRIMARY_COMPANY)?;
        Some((self.before.get(PRIMARY_COMPANY).and_then(read), read(left)))
    }

    fn note(&mut self, key: &str, old: Value, new: Value) {
        self.before.insert(key.to_owned(), old);
        self.after.insert(key.to_owned(), new);
    }
}

type Read = fn(&Contact) -> Value;

/// The core fields by their names. A field that contacts gain gets a line here and in [`give_back`].
const CORE: [(&str, Read); 13] = [
    ("email", |c| c.email.as_ref().map(EmailAddress::as_str).into()),
    ("external_id", |c| c.external_id.as_deref().into()),
    ("first_name", |c| text(c, TextField::FirstName)),
    ("last_name", |c| text(c, TextField::LastName)),
    ("phone", |c| text(c, TextField::Phone)),
    ("company", |c| text(c, TextField::Company)),
    ("city", |c| text(c, TextField::City)),
    ("country", |c| text(c, TextField::Country)),
    ("locale", |c| text(c, TextField::Locale)),
    ("timezone", |c| text(c, TextField::Timezone)),
    ("owner_id", |c| c.owner.map(|id| id.to_string()).into()),
    ("stage_id", |c| c.stage.map(|id| id.to_string()).into()),
    ("points", |c| c.points.into()),
];

fn text(contact: &Contact, field: TextField) -> Value {
    match contact.texts.get(field) {
        "" => Value::Null,
        text => text.into(),
    }
}

fn tags(contact: &Contact) -> Value {
    contact.tags.iter().map(Tag::as_str).collect::<Vec<_>>().into()
}

fn tag_list(value: &Value) -> Vec<Tag> {
    let names = value.as_array().into_iter().flatten();
    names
        .filter_map(Value::as_str)
        .map(|name| Tag::stored(name.to_owned()))
        .collect()
}

fn value_of(contact: &Contact, key: &str) -> Value {
    if let Some(key) = key.strip_prefix(ATTRIBUTES) {
        return contact.attributes.get(key).cloned().unwrap_or_default();
    }
    let known = CORE.iter().find(|(name, _)| *name == key);
    known.map_or(Value::Null, |(_, value)| value(contact))
}

fn give_back(patch: &mut ContactPatch, key: &str, value: &Value) {
    let word = value.as_str();
    if let Some(key) = key.strip_prefix(ATTRIBUTES) {
        let value = Some(value.clone()).filter(|value| !value.is_null());
        patch.attributes.push((key.to_owned(), value));
    } else if let Some(field) = TextField::from_key(key) {
        patch.texts.push((field, Change::to(word.map(str::to_owned))));
    } else if key == "owner_id" {
        patch.owner = Change::to(word.and_then(|id| id.parse().ok()));
    } else if key == "stage_id" {
        patch.stage = Change::to(word.and_then(|id| id.parse().ok()));
    } else if key == "points" {
        patch.points = value.as_i64();
    } else if key == "external_id" {
        patch.external_id = Change::to(word.map(str::to_owned));
    } else if key == "email" {
        patch.email = match word.map(EmailAddress::parse) {
            None => Change::Clear,
            Some(Ok(email)) => Change::Set(email),
            Some(Err(_)) => Change::Keep,
        };
    }
}

#[cfg(test)]
mod tests {
    use kernel::ContactId;

    use super::*;
    use crate::domain::contact::Source;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().expect("a timestamp")
    }

    fn tag(name: &str) -> Tag {
        Tag::parse(name).expect("valid")
    }

    fn ann() -> Contact {
        let mut ann = Contact::new(ContactId::generate(), Source::Manual, now());
        ann.apply(
            ContactPatch {
                email: Change::Set(EmailAddress::parse("ann@example.com").expect("valid")),
                texts: vec![(TextField::City, Change::Set("Bonn".to_owned()))],
                attributes: vec![
                    ("plan".to_owned(), Some(json!("pro"))),
                    ("age".to_owned(), Some(json!(41))),
                ],
                add_tags: vec![tag("vip"), tag("trial")],
                ..ContactPatch::default()
            },
            now(),
        );
        ann
    }

    fn after(contact: &Contact, patch: ContactPatch) -> Contact {
        let mut after = contact.clone();
        after.apply(patch, now());
        after
    }

    fn moved() -> ContactPatch {
        ContactPatch {
            external_id: Change::Set("7".to_owned()),
            texts: vec![(TextField::City, Change::Set("Kiel".to_owned()))],
            attributes: vec![("plan".to_owned(), None), ("seats".to_owned(), Some(json!(3)))],
            add_tags: vec![tag("new")],
            remove_tags: vec![tag("trial")],
            ..ContactPatch::default()
        }
    }

    #[test]
    fn a_change_is_what_changed_and_nothing_else() {
        let ann = ann();
        let change = Difference::between(&ann, &after(&ann, moved()));
        assert_eq!(
            Value::from(change.before),
            json!({"external_id": null, "city": "Bonn", "attributes.plan": "pro", "attributes.seats": null,
                   "tags": ["trial", "vip"]})
        );
        assert_eq!(
            Value::from(change.after),
            json!({"external_id": "7", "city": "Kiel", "attributes.plan": null, "attributes.seats": 3,
                   "tags": ["new", "vip"]})
        );
    }

    #[test]
    fn a_change_that_nobody_touched_is_taken_back_whole() {
        let ann = ann();
        let moved = after(&ann, moved());
        let back = Difference::between(&ann, &moved).reversal(&moved);
        assert_eq!(after(&moved, back), ann);
    }

    #[test]
    fn what_somebody_changed_since_stays_as_they_left_it() {
        let ann = ann();
        let moved = after(&ann, moved());
        let change = Difference::between(&ann, &moved);
        let since = after(
            &moved,
            ContactPatch {
                texts: vec![(TextField::City, Change::Set("Rome".to_owned()))],
                add_tags: vec![tag("later")],
                ..ContactPatch::default()
            },
        );
        let back = after(&since, change.reversal(&since));
        assert_eq!(back.texts.get(TextField::City), "Rome");
        assert_eq!(back.external_id, None);
        assert_eq!(back.attributes, ann.attributes);
        assert_eq!(
            Vec::from_iter(back.tags),
            [tag("later"), tag("trial"), tag("vip")]
        );
    }

    #[test]
    fn several_changes_are_taken_back_as_one() {
        let ann = ann();
        let moved = after(&ann, moved());
        let again = after(
            &moved,
            ContactPatch {
                texts: vec![(TextField::City, Change::Set("Rome".to_owned()))],
                email: Change::Clear,
                ..ContactPatch::default()
            },
        );
        let mut change = Difference::between(&ann, &moved);
        change.then(Difference::between(&moved, &again));
        assert_eq!(after(&again, change.reversal(&again)), ann);
    }

    #[test]
    fn a_change_of_company_is_read_back_and_is_no_change_of_a_column() {
        let employer = |name: &str, linked| Employer {
            id: RecordId::generate(),
            name: name.to_owned(),
            linked,
        };
        let (acme, globex) = (employer("Acme", true), employer("Globex", false));
        let mut change = Difference::of_employers(None, Some(&acme));
        assert_eq!(change.employers(), Some((None, Some(acme.clone()))));
        change.then(Difference::of_employers(Some(&acme), Some(&globex)));
        assert_eq!(change.employers(), Some((None, Some(globex))));
        assert_eq!(change.reversal(&ann()), ContactPatch::default());
        assert_eq!(Difference::default().employers(), None);
    }

    #[test]
    fn words_are_read_back_as_they_were_written() {
        let id = Uuid::now_v7();
        for cause in [
            Cause::Form,
            Cause::Api,
            Cause::Import(id.into()),
            Cause::Bulk(id.into()),
            Cause::Event(None),
            Cause::Event(Some(id.into())),
            Cause::Merge(id.into()),
            Cause::Journey(id),
            Cause::Preferences,
            Cause::Undo(id),
        ] {
            assert_eq!(Cause::parse(cause.as_str(), cause.id()), Some(cause));
        }
        for actor in [Actor::User(id.into()), Actor::ApiKey(id.into()), Actor::System] {
            assert_eq!(Actor::parse(actor.as_str(), actor.id()), Some(actor));
        }
    }
}
