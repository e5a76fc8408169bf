//! Two contacts that are one person: what becomes of their data.

use std::collections::BTreeMap;

use kernel::{ContactId, EmailAddress, MergeId, Timestamp};
use serde_json::Value;

use super::{
    change::{Actor, Difference},
    contact::{Contact, ContactPatch, TextField},
};

/// How long two merged contacts can be parted again.
pub const REVERSIBLE: jiff::SignedDuration = jiff::SignedDuration::from_hours(30 * 24);

/// Whose value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Of the contact that stays.
    Winner,
    /// Of the one that goes.
    Loser,
}

impl Side {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Winner => "winner",
            Side::Loser => "loser",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Side::Winner, Side::Loser]
            .into_iter()
            .find(|side| side.as_str() == text)
    }
}

/// Whose value is kept, by the names of fields. Of a field that is not named, the winner's is, or the
/// loser's where the winner has none.
pub type Choices = BTreeMap<String, Side>;

/// A merge as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    pub id: MergeId,
    pub winner: ContactId,
    pub loser: ContactId,
    pub at: Timestamp,
    pub actor: Actor,
    /// What the loser was called; empty once they are parted again.
    pub loser_name: String,
    pub undone_at: Option<Timestamp>,
    /// Whether what is needed to part them is still there.
    pub kept: bool,
}

impl Merge {
    /// Whether the two can be parted again.
    #[must_use]
    pub fn is_reversible(&self, now: Timestamp) -> bool {
        self.undone_at.is_none() && self.kept && now < self.at + REVERSIBLE
    }
}

/// An identifier that somebody is also known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherIdentifier {
    /// `email`, `external_id`, `phone`, `anonymous_id`.
    pub kind: String,
    pub value: String,
}

/// A field that both have, with values that differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    pub key: String,
    pub winner: Value,
    pub loser: Value,
}

/// The fields that somebody has to choose for: both have a value, and another one. Tags and points are
/// not among them, since those of both are kept.
#[must_use]
pub fn conflicts(winner: &Contact, loser: &Contact) -> Vec<Conflict> {
    let difference = Difference::between(winner, loser);
    let mut conflicts: Vec<Conflict> = difference
        .before
        .into_iter()
        .filter(|(key, _)| key != "tags" && key != "points")
        .filter_map(|(key, winner)| {
            let loser = difference.after.get(&key).cloned().unwrap_or_default();
            (!winner.is_null() && !loser.is_null()).then_some(Conflict { key, winner, loser })
        })
        .collect();
    conflicts.sort_by_key(|conflict| order(&conflict.key));
    conflicts
}

/// As forms show fields: core fields first, in their order.
fn order(key: &str) -> (usize, String) {
    let first = ["email", "external_id", "owner_id", "stage_id"];
    let texts = TextField::ALL.map(TextField::key);
    let place = first
        .iter()
        .take(2)
        .chain(&texts)
        .chain(first.iter().skip(2))
        .position(|name| *name == key);
    (place.unwrap_or(usize::MAX), key.to_owned())
}

/// The winner as it becomes: each field as chosen, the tags of both, their points together.
#[must_use]
pub fn merged(winner: &Contact, loser: &Contact, choices: &Choices, now: Timestamp) -> Contact {
    let difference = Difference::between(winner, loser);
    let take = |key: &str| match choices.get(key) {
        Some(side) => *side == Side::Loser,
        None => difference.before.get(key).is_none_or(Value::is_null),
    };
    // As if the loser's values had been the winner's before, and were given back.
    let mut taken = Difference::default();
    for (key, value) in &difference.after {
        if key != "tags" && key != "points" && !value.is_null() && take(key) {
            taken.before.insert(key.clone(), value.clone());
            let present = difference.before.get(key).cloned().unwrap_or_default();
            taken.after.insert(key.clone(), present);
        }
    }
    let mut after = winner.clone();
    let mut patch: ContactPatch = taken.reversal(winner);
    patch.add_tags = loser.tags.iter().cloned().collect();
    if loser.points != 0 {
        patch.points = Some(winner.points.saturating_add(loser.points));
    }
    after.apply(patch, now);
    after
}

/// The addresses and identifiers of both that the winner does not have as its own: they still lead to
/// it.
#[must_use]
pub fn other_identifiers(winner: &Contact, loser: &Contact, after: &Contact) -> Vec<OtherIdentifier> {
    let email = |c: &Contact| c.email.as_ref().map(|email: &EmailAddress| email.to_string());
    let external_id = |c: &Contact| c.external_id.clone();
    let phone =
        |c: &Contact| Some(c.texts.get(TextField::Phone).to_owned()).filter(|phone| !phone.is_empty());
    let mut others = Vec::new();
    let mut add = |kind: &str, values: [Option<String>; 2], own: Option<String>| {
        for value in values.into_iter().flatten() {
            let other = OtherIdentifier {
                kind: kind.to_owned(),
                value,
            };
            if own.as_ref() != Some(&other.value) && !others.contains(&other) {
                others.push(other);
            }
        }
    };
    add("email", [email(winner), email(loser)], email(after));
    add(
        "external_id",
        [external_id(winner), external_id(loser)],
        external_id(after),
    );
    add("phone", [phone(winner), phone(loser)], phone(after));
    others
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        contact::{Change, Source},
        tag::Tag,
    };

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().expect("a timestamp")
    }

    fn contact(
        email: &str,
        texts: &[(TextField, &str)],
        plan: Option<&str>,
        tag: &str,
        points: i64,
    ) -> Contact {
        let mut contact = Contact::new(ContactId::generate(), Source::Manual, now());
        let patch = ContactPatch {
            email: Change::Set(EmailAddress::parse(email).expect("valid")),
            texts: texts
                .iter()
                .map(|(field, text)| (*field, Change::Set((*text).to_owned())))
                .collect(),
            attributes: vec![("plan".to_owned(), plan.map(|plan| json!(plan)))],
            add_tags: vec![Tag::parse(tag).expect("valid")],
            points: Some(points),
            ..ContactPatch::default()
        };
        contact.apply(patch, now());
        contact
    }

    fn two() -> (Contact, Contact) {
        (
            contact(
                "ann@example.com",
                &[(TextField::FirstName, "Ann"), (TextField::City, "Bonn")],
                None,
                "vip",
                5,
            ),
            contact(
                "ann.smith@example.com",
                &[
                    (TextField::FirstName, "Anna"),
                    (TextField::City, "Bonn"),
                    (TextField::Phone, "+49 228 1"),
                ],
                Some("pro"),
                "new",
                7,
            ),
        )
    }

    #[test]
    fn only_what_both_have_and_differs_is_to_be_chosen() {
        let (winner, loser) = two();
        let keys: Vec<_> = conflicts(&winner, &loser).into_iter().map(|c| c.key).collect();
        assert_eq!(keys, ["email", "first_name"]);
    }

    #[test]
    fn the_winner_keeps_what_it_has_and_gains_what_it_lacks() {
        let (winner, loser) = two();
        let after = merged(&winner, &loser, &Choices::new(), now());
        assert_eq!(after.id, winner.id);
        assert_eq!(after.email, winner.email);
        assert_eq!(after.texts.get(TextField::FirstName), "Ann");
        assert_eq!(after.texts.get(TextField::Phone), "+49 228 1");
        assert_eq!(after.attributes["plan"], "pro");
        assert_eq!(after.tags.len(), 2);
        assert_eq!(after.points, 12);
        let others = other_identifiers(&winner, &loser, &after);
        let others: Vec<_> = others
            .iter()
            .map(|o| (o.kind.as_str(), o.value.as_str()))
            .collect();
        assert_eq!(others, [("email", "ann.smith@example.com")]);
    }

    #[test]
    fn what_is_chosen_is_taken() {
        let (winner, loser) = two();
        let choices = Choices::from([
            ("email".to_owned(), Side::Loser),
            ("first_name".to_owned(), Side::Loser),
            ("phone".to_owned(), Side::Winner),
        ]);
        let after = merged(&winner, &loser, &choices, now());
        assert_eq!(after.email, loser.email);
        assert_eq!(after.texts.get(TextField::FirstName), "Anna");
        assert_eq!(
            after.texts.get(TextField::Phone),
            "",
            "the winner has none, and that was chosen"
        );
        let others = other_identifiers(&winner, &loser, &after);
        let others: Vec<_> = others
            .iter()
            .map(|o| (o.kind.as_str(), o.value.as_str()))
            .collect();
        assert_eq!(others, [("email", "ann@example.com"), ("phone", "+49 228 1")]);
    }

    #[test]
    fn two_are_parted_for_thirty_days() {
        let merge = Merge {
            id: MergeId::generate(),
            winner: ContactId::generate(),
            loser: ContactId::generate(),
            at: now(),
            actor: Actor::System,
            loser_name: String::new(),
            undone_at: None,
            kept: true,
        };
        let days = |n: i64| now() + jiff::SignedDuration::from_hours(24 * n);
        assert!(merge.is_reversible(days(29)));
        assert!(!merge.is_reversible(days(30)));
        let undone = Merge {
            undone_at: Some(days(1)),
            ..merge
        };
        assert!(!undone.is_reversible(days(2)));
    }
}
