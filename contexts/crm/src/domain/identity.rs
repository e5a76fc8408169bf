//! Who an event is about: which identifiers belong to one person, when a stranger turns out to be
//! somebody known, and when two known people are claimed to be one.
//!
//! Pure and over many at once: what is known of the identifiers of a batch is brought in, the claims
//! of its messages are met in order, and what came of it is written with one statement of each kind.
//!
//! The one rule above all: **an anonymous contact is merged into an identified one; two identified
//! ones never are.** That they are claimed to be one is noted as a conflict, for people to decide.

use std::collections::HashMap;

use kernel::{ContactId, EmailAddress};

use super::{
    contact::{Change, Contact, ContactPatch, TextField},
    ingest::message::Identity,
};

/// A contact as far as its identity goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: ContactId,
    pub external_id: Option<String>,
    pub email: Option<EmailAddress>,
    /// Met, and not known by an address or an identifier.
    pub anonymous: bool,
    pub new: bool,
    /// Nothing is known of their zone, or language.
    pub lacks_timezone: bool,
    pub lacks_locale: bool,
    /// It was identified, or got another identifier, since it was read.
    pub changed: bool,
}

/// What kind of identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    AnonymousId,
    Email,
    ExternalId,
}

impl IdentifierKind {
    pub const ALL: [IdentifierKind; 3] = [
        IdentifierKind::AnonymousId,
        IdentifierKind::Email,
        IdentifierKind::ExternalId,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            IdentifierKind::AnonymousId => "anonymous_id",
            IdentifierKind::Email => "email",
            IdentifierKind::ExternalId => "external_id",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Two identified people are claimed to be one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Whom the event is counted for.
    pub contact: ContactId,
    pub other: ContactId,
    pub kind: IdentifierKind,
    pub value: String,
}

/// Number of a person among [`People`].
pub type Slot = usize;

/// The people that a batch is about.
#[derive(Clone, Debug, Default)]
pub struct People {
    people: Vec<Person>,
    slots: HashMap<ContactId, Slot>,
    known: HashMap<(IdentifierKind, String), Slot>,
    merged: HashMap<Slot, Slot>,
    links: Vec<(IdentifierKind, String, Slot)>,
    merges: Vec<(ContactId, ContactId)>,
    conflicts: Vec<Conflict>,
}

impl People {
    /// Brings in somebody under an identifier that leads to them.
    pub fn know(&mut self, kind: IdentifierKind, value: String, person: Person) {
        let slot = self.bring_in(person);
        self.known.entry((kind, value)).or_insert(slot);
    }

    /// Brings in somebody by their id alone.
    pub fn bring_in(&mut self, person: Person) -> Slot {
        if let Some(slot) = self.slots.get(&person.id) {
            return *slot;
        }
        let slot = self.people.len();
        self.slots.insert(person.id, slot);
        self.people.push(person);
        slot
    }

    /// Who it is, after all that came later: somebody who was merged is whom they were merged into.
    #[must_use]
    pub fn person(&self, slot: Slot) -> &Person {
        &self.people[self.now(slot)]
    }

    /// Whom an anonymous ID leads to.
    #[must_use]
    pub fn known_by_anonymous_id(&self, anonymous_id: &str) -> Option<&Person> {
        let slot = self.of(IdentifierKind::AnonymousId, Some(anonymous_id))?;
        Some(&self.people[slot])
    }

    /// Whether writing the events is all there is to do.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.links.is_empty()
            && self.merges.is_empty()
            && self.conflicts.is_empty()
            && !self.people.iter().any(|person| person.new || person.changed)
    }

    /// Anonymous contacts and whom each turned out to be; only of those that existed before.
    #[must_use]
    pub fn merges(&self) -> Vec<(ContactId, ContactId)> {
        let target = |id: &ContactId| self.slots.get(id).map_or(*id, |slot| self.person(*slot).id);
        let existed = |id: &ContactId| self.slots.get(id).is_some_and(|slot| !self.people[*slot].new);
        self.merges
            .iter()
            .filter(|(from, _)| existed(from))
            .map(|(from, into)| (*from, target(into)))
            .collect()
    }

    /// Identifiers that were not known, and whose they are.
    pub fn links(&self) -> impl Iterator<Item = (IdentifierKind, &str, ContactId)> {
        self.links
            .iter()
            .map(|(kind, value, slot)| (*kind, value.as_str(), self.person(*slot).id))
    }

    /// What people have to decide.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut conflicts = self.conflicts.clone();
        conflicts.sort();
        conflicts.dedup();
        conflicts
    }

    /// Those who remain and are new, or whose identity changed.
    pub fn touched(&self) -> impl Iterator<Item = (Slot, &Person)> {
        let remain = |slot: &Slot| !self.merged.contains_key(slot);
        (0..self.people.len())
            .filter(remain)
            .map(|slot| (slot, &self.people[slot]))
            .filter(|(_, person)| person.new || person.changed)
    }

    /// Finds out whom a claim is about. `None` when it names one of our contacts that does not exist.
    pub fn meet(&mut self, claim: &Identity) -> Option<Slot> {
        if let Some(id) = claim.contact {
            let slot = *self.slots.get(&id)?;
            return Some(self.now(slot));
        }
        if let Some(previous) = &claim.previous_id {
            return Some(self.alias(previous, claim));
        }
        let by_anonymous = self.of(IdentifierKind::AnonymousId, claim.anonymous_id.as_deref());
        let by_email = self.of(
            IdentifierKind::Email,
            claim.email.as_ref().map(EmailAddress::as_str),
        );
        let target = match &claim.user_id {
            Some(user_id) => self.by_user_id(user_id, by_email, by_anonymous, claim.email.as_ref()),
            None => self.without_user_id(by_email, by_anonymous, claim.email.as_ref()),
        };
        if let Some(email) = &claim.email {
            self.claim_email(target, by_email, email);
        }
        if let Some(anonymous_id) = &claim.anonymous_id {
            self.claim_anonymous_id(target, by_anonymous, anonymous_id);
        }
        Some(self.now(target))
    }

    fn by_user_id(
        &mut self,
        user_id: &str,
        by_email: Option<Slot>,
        by_anonymous: Option<Slot>,
        email: Option<&EmailAddress>,
    ) -> Slot {
        if let Some(slot) = self.of(IdentifierKind::ExternalId, Some(user_id)) {
            return slot;
        }
        // Somebody known by their address alone gets the identifier; so does a stranger.
        let nameless = |slot: &Slot| self.people[*slot].external_id.is_none();
        let is_theirs = |slot: &Slot| {
            let theirs = self.people[*slot].email.as_ref();
            theirs.is_none() || email.is_none_or(|email| theirs == Some(email))
        };
        let found = by_email
            .filter(nameless)
            .or_else(|| by_anonymous.filter(nameless).filter(is_theirs));
        let slot = found.unwrap_or_else(|| self.newcomer());
        self.name(slot, user_id);
        slot
    }

    fn without_user_id(
        &mut self,
        by_email: Option<Slot>,
        by_anonymous: Option<Slot>,
        email: Option<&EmailAddress>,
    ) -> Slot {
        if let Some(slot) = by_email {
            return slot;
        }
        let fits = |slot: &Slot| email.is_none() || self.people[*slot].email.is_none();
        by_anonymous.filter(fits).unwrap_or_else(|| self.newcomer())
    }

    fn claim_email(&mut self, target: Slot, by_email: Option<Slot>, email: &EmailAddress) {
        match by_email.map(|slot| self.now(slot)) {
            Some(slot) if slot == target => {}
            Some(other) => self.conflict(target, other, IdentifierKind::Email, email.as_str()),
            None => {
                let person = &mut self.people[target];
                person.email = Some(email.clone());
                person.anonymous = false;
                person.changed = true;
                self.known
                    .insert((IdentifierKind::Email, email.as_str().to_owned()), target);
            }
        }
    }

    fn claim_anonymous_id(&mut self, target: Slot, by_anonymous: Option<Slot>, anonymous_id: &str) {
        match by_anonymous.map(|slot| self.now(slot)) {
            None => {
                self.known
                    .insert((IdentifierKind::AnonymousId, anonymous_id.to_owned()), target);
                self.links
                    .push((IdentifierKind::AnonymousId, anonymous_id.to_owned(), target));
            }
            Some(slot) if slot == target => {}
            Some(stranger) if self.people[stranger].anonymous => self.merge(stranger, target),
            // A browser that two people use. Events without a user stay with the first.
            Some(other) => self.conflict(target, other, IdentifierKind::AnonymousId, anonymous_id),
        }
    }

    /// `previousId` is what somebody was called before, by a browser or by the sender's system.
    fn alias(&mut self, previous: &str, claim: &Identity) -> Slot {
        let called = claim
            .user_id
            .as_deref()
            .or(claim.anonymous_id.as_deref())
            .unwrap_or_default();
        let before = self
            .of(IdentifierKind::ExternalId, Some(previous))
            .or_else(|| self.of(IdentifierKind::AnonymousId, Some(previous)));
        let now = self.of(IdentifierKind::ExternalId, Some(called));
        match (before, now) {
            (None, _) => {
                let known = Identity {
                    user_id: Some(called.to_owned()),
                    anonymous_id: Some(previous.to_owned()),
                    ..Identity::default()
                };
                self.meet(&known).unwrap_or_else(|| self.newcomer())
            }
            (Some(before), None) => {
                // The old name still leads to them.
                if let Some(old) = self.people[before].external_id.take() {
                    self.links.push((IdentifierKind::ExternalId, old, before));
                }
                self.name(before, called);
                before
            }
            (Some(before), Some(now)) if before == now => now,
            (Some(before), Some(now)) if self.people[before].anonymous => {
                self.merge(before, now);
                now
            }
            (Some(before), Some(now)) => {
                self.conflict(now, before, IdentifierKind::ExternalId, previous);
                now
            }
        }
    }

    fn of(&self, kind: IdentifierKind, value: Option<&str>) -> Option<Slot> {
        let slot = self.known.get(&(kind, value?.to_owned()))?;
        Some(self.now(*slot))
    }

    fn now(&self, mut slot: Slot) -> Slot {
        while let Some(into) = self.merged.get(&slot) {
            slot = *into;
        }
        slot
    }

    fn newcomer(&mut self) -> Slot {
        self.bring_in(Person {
            id: ContactId::generate(),
            external_id: None,
            email: None,
            anonymous: true,
            new: true,
            lacks_timezone: true,
            lacks_locale: true,
            changed: false,
        })
    }

    fn name(&mut self, slot: Slot, user_id: &str) {
        let person = &mut self.people[slot];
        person.external_id = Some(user_id.to_owned());
        person.anonymous = false;
        person.changed = true;
        self.known
            .insert((IdentifierKind::ExternalId, user_id.to_owned()), slot);
    }

    fn merge(&mut self, from: Slot, into: Slot) {
        self.merges.push((self.people[from].id, self.people[into].id));
        self.merged.insert(from, into);
    }

    fn conflict(&mut self, contact: Slot, other: Slot, kind: IdentifierKind, value: &str) {
        self.conflicts.push(Conflict {
            contact: self.people[contact].id,
            other: self.people[other].id,
            kind,
            value: value.to_owned(),
        });
    }
}

/// What a stranger leaves to the person that they turned out to be: what is empty there is filled, tags
/// are added, and nothing is overwritten.
#[must_use]
pub fn fold(known: &Contact, stranger: &Contact) -> ContactPatch {
    let gap =
        |field: &TextField| known.texts.get(*field).is_empty() && !stranger.texts.get(*field).is_empty();
    let missing = |key: &String| !known.attributes.contains_key(key);
    ContactPatch {
        texts: TextField::ALL
            .into_iter()
            .filter(gap)
            .map(|field| (field, Change::Set(stranger.texts.get(field).to_owned())))
            .collect(),
        attributes: stranger
            .attributes
            .iter()
            .filter(|(key, _)| missing(key))
            .map(|(key, value)| (key.clone(), Some(value.clone())))
            .collect(),
        add_tags: stranger.tags.iter().cloned().collect(),
        ..ContactPatch::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("valid")
    }

    fn person(external_id: Option<&str>, address: Option<&str>) -> Person {
        Person {
            id: ContactId::generate(),
            external_id: external_id.map(str::to_owned),
            email: address.map(email),
            anonymous: external_id.is_none() && address.is_none(),
            new: false,
            lacks_timezone: false,
            lacks_locale: false,
            changed: false,
        }
    }

    fn claim(user_id: Option<&str>, anonymous_id: Option<&str>, address: Option<&str>) -> Identity {
        Identity {
            user_id: user_id.map(str::to_owned),
            anonymous_id: anonymous_id.map(str::to_owned),
            email: address.map(email),
            ..Identity::default()
        }
    }

    fn knowing(people: &[(&Person, IdentifierKind, &str)]) -> People {
        let mut all = People::default();
        for (person, kind, value) in people {
            all.know(*kind, (*value).to_owned(), (*person).clone());
        }
        all
    }

    use IdentifierKind::{AnonymousId, Email, ExternalId};

    #[test]
    fn who_is_known_needs_nothing_written() {
        let ann = person(Some("7"), Some("ann@example.com"));
        let mut people = knowing(&[(&ann, ExternalId, "7"), (&ann, AnonymousId, "a")]);
        let slot = people.meet(&claim(Some("7"), Some("a"), None)).expect("somebody");
        assert_eq!(people.person(slot).id, ann.id);
        assert!(people.is_unchanged());
    }

    #[test]
    fn a_stranger_is_met_and_later_identified() {
        let mut people = People::default();
        let first = people.meet(&claim(None, Some("a"), None)).expect("somebody");
        assert!(people.person(first).anonymous);
        let second = people
            .meet(&claim(Some("7"), Some("a"), Some("ann@example.com")))
            .expect("somebody");
        assert_eq!(people.person(first).id, people.person(second).id);
        assert!(!people.person(first).anonymous);
        assert_eq!(people.touched().count(), 1);
        assert!(people.merges().is_empty(), "nobody was there before");
    }

    #[test]
    fn a_stranger_who_turns_out_to_be_known_is_merged() {
        let (stranger, ann) = (person(None, None), person(Some("7"), None));
        let mut people = knowing(&[(&stranger, AnonymousId, "a"), (&ann, ExternalId, "7")]);
        let slot = people.meet(&claim(Some("7"), Some("a"), None)).expect("somebody");
        assert_eq!(people.person(slot).id, ann.id);
        assert_eq!(people.merges(), [(stranger.id, ann.id)]);
        let later = people.meet(&claim(None, Some("a"), None)).expect("somebody");
        assert_eq!(people.person(later).id, ann.id);
    }

    #[test]
    fn somebody_known_by_address_gets_an_identifier() {
        let (stranger, ann) = (person(None, None), person(None, Some("ann@example.com")));
        let mut people = knowing(&[(&stranger, AnonymousId, "a"), (&ann, Email, "ann@example.com")]);
        let slot = people
            .meet(&claim(Some("7"), Some("a"), Some("ann@example.com")))
            .expect("somebody");
        assert_eq!(people.person(slot).id, ann.id);
        assert_eq!(people.person(slot).external_id.as_deref(), Some("7"));
        assert_eq!(people.merges(), [(stranger.id, ann.id)]);
        assert!(people.conflicts().is_empty());
    }

    #[test]
    fn two_identified_people_are_never_merged() {
        let ann = person(Some("7"), None);
        let bob = person(Some("8"), Some("bob@example.com"));
        let mut people = knowing(&[
            (&ann, ExternalId, "7"),
            (&bob, Email, "bob@example.com"),
            (&bob, AnonymousId, "b"),
        ]);
        let slot = people
            .meet(&claim(Some("7"), Some("b"), Some("bob@example.com")))
            .expect("somebody");
        assert_eq!(people.person(slot).id, ann.id);
        assert_eq!(people.person(slot).email, None, "the address stays where it is");
        assert!(people.merges().is_empty());
        let kinds: Vec<_> = people
            .conflicts()
            .iter()
            .map(|c| (c.contact, c.other, c.kind))
            .collect();
        assert_eq!(kinds, [(ann.id, bob.id, AnonymousId), (ann.id, bob.id, Email)]);
    }

    #[test]
    fn another_address_on_the_same_browser_is_another_person() {
        let ann = person(None, Some("ann@example.com"));
        let mut people = knowing(&[(&ann, AnonymousId, "a"), (&ann, Email, "ann@example.com")]);
        let slot = people
            .meet(&claim(None, Some("a"), Some("bob@example.com")))
            .expect("somebody");
        assert_ne!(people.person(slot).id, ann.id);
        assert_eq!(people.conflicts().len(), 1);
    }

    #[test]
    fn a_known_person_may_get_another_address() {
        let ann = person(Some("7"), Some("ann@example.com"));
        let mut people = knowing(&[(&ann, ExternalId, "7")]);
        let slot = people
            .meet(&claim(Some("7"), None, Some("ann@new.example")))
            .expect("somebody");
        assert_eq!(people.person(slot).email, Some(email("ann@new.example")));
    }

    #[test]
    fn an_alias_gives_another_name_and_keeps_the_old_one() {
        let ann = person(Some("old"), None);
        let mut people = knowing(&[(&ann, ExternalId, "old")]);
        let alias = Identity {
            previous_id: Some("old".to_owned()),
            ..claim(Some("new"), None, None)
        };
        let slot = people.meet(&alias).expect("somebody");
        assert_eq!(people.person(slot).external_id.as_deref(), Some("new"));
        assert_eq!(Vec::from_iter(people.links()), [(ExternalId, "old", ann.id)]);
        let stranger = Identity {
            previous_id: Some("browser".to_owned()),
            ..claim(Some("new"), None, None)
        };
        assert_eq!(people.meet(&stranger), Some(slot));
    }

    #[test]
    fn an_alias_of_two_known_people_is_a_conflict() {
        let (ann, bob) = (person(Some("7"), None), person(Some("8"), None));
        let mut people = knowing(&[(&ann, ExternalId, "7"), (&bob, ExternalId, "8")]);
        let alias = Identity {
            previous_id: Some("8".to_owned()),
            ..claim(Some("7"), None, None)
        };
        people.meet(&alias);
        assert!(people.merges().is_empty());
        assert_eq!(people.conflicts().len(), 1);
    }

    #[test]
    fn a_contact_that_does_not_exist_is_nobody() {
        let unknown = Identity {
            contact: Some(ContactId::generate()),
            ..Identity::default()
        };
        assert_eq!(People::default().meet(&unknown), None);
    }
}
