//! The audit log: who did what, each entry bound to the one before it by a hash.
//!
//! The chain does not stop somebody who owns the database from rewriting all of it; it stops a row
//! from being changed, dropped or slipped in unseen, and a copy of the newest hash kept elsewhere
//! covers the rest.

use std::{collections::BTreeMap, net::IpAddr};

use kernel::{ApiKeyId, OrgId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::token::Digest;

/// Who acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// The command line, or the program itself.
    System,
}

impl Actor {
    /// The word that is stored.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Actor::User(_) => "user",
            Actor::ApiKey(_) => "api_key",
            Actor::System => "system",
        }
    }

    /// The identifier that is stored.
    #[must_use]
    pub const fn uuid(self) -> Option<uuid::Uuid> {
        match self {
            Actor::User(id) => Some(id.uuid()),
            Actor::ApiKey(id) => Some(id.uuid()),
            Actor::System => None,
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn from_stored(kind: &str, id: Option<uuid::Uuid>) -> Option<Self> {
        match (kind, id) {
            ("user", Some(id)) => Some(Actor::User(UserId::from_uuid(id))),
            ("api_key", Some(id)) => Some(Actor::ApiKey(ApiKeyId::from_uuid(id))),
            ("system", None) => Some(Actor::System),
            _ => None,
        }
    }
}

/// Declares what can be done, and the word that is stored for it.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $($(#[$doc])* $name,)* }

        impl Action {
            /// All of them.
            pub const ALL: &'static [Action] = &[$(Action::$name,)*];
            /// The word that is stored.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Action::$name => $word,)* }
            }
        }
    };
}

actions! {
    /// The first run.
    OrganizationCreated = "organization.created";
    /// Name, time zone or postal address.
    OrganizationChanged = "organization.changed";
    /// From test mode to live sending.
    OrganizationWentLive = "organization.went_live";
    /// Back to test mode.
    OrganizationReturnedToTest = "organization.returned_to_test";
    /// Somebody became a member, with a role.
    MemberAdded = "member.added";
    /// Signed in.
    SessionStarted = "session.started";
    /// A wrong password for an account that exists.
    SessionRefused = "session.refused";
    /// Signed out.
    SessionEnded = "session.ended";
    /// Ended from another session of the same person.
    SessionRevoked = "session.revoked";
    /// A person's name.
    AccountChanged = "account.changed";
    /// A person's password.
    PasswordChanged = "password.changed";
    /// A key of the API made.
    ApiKeyCreated = "api_key.created";
    /// A key of the API revoked.
    ApiKeyRevoked = "api_key.revoked";
    /// Contacts were taken out as a file.
    ContactsExported = "contacts.exported";
}

impl Action {
    /// Reads what is stored.
    #[must_use]
    pub fn from_stored(word: &str) -> Option<Self> {
        Action::ALL.iter().copied().find(|action| action.as_str() == word)
    }
}

/// Values before or after, by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, String>);

impl Facts {
    /// Nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A value that may be kept for as long as the log is.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        self.0.insert(field.to_owned(), value.into());
        self
    }

    /// A value that says something about a person: only that it was there is kept.
    #[must_use]
    pub fn with_personal(self, field: &str) -> Self {
        self.with(field, "[personal data]")
    }
}

/// Something done, before it has a place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: Action,
    /// To what: an identifier with its prefix.
    pub subject: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// What was before.
    pub before: Facts,
    /// What is now.
    pub after: Facts,
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub org: OrgId,
    /// Its place: 1, 2, 3…
    pub seq: i64,
    /// What it tells.
    pub act: Act,
    /// Over all of the above and the hash before.
    pub hash: Digest,
}

/// The newest entry of a log, which the next one is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its place.
    pub seq: i64,
    /// Its hash.
    pub hash: Digest,
}

/// What an empty log is bound to.
pub const BEGINNING: Tip = Tip {
    seq: 0,
    hash: Digest([0; 32]),
};

impl Entry {
    /// The entry that follows `tip`.
    #[must_use]
    pub fn following(tip: Tip, org: OrgId, act: Act) -> Self {
        let seq = tip.seq + 1;
        let hash = chain_hash(tip.hash, org, seq, &act);
        Self { org, seq, act, hash }
    }

    /// What the next entry is bound to.
    #[must_use]
    pub const fn tip(&self) -> Tip {
        Tip {
            seq: self.seq,
            hash: self.hash,
        }
    }
}

/// Where a log was tampered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} does not follow from the one before it")]
pub struct BrokenChain {
    /// The first entry that does not fit.
    pub seq: i64,
}

/// Checks that `entries` follow from `tip` one after the other, and returns the newest.
pub fn verify<'a>(tip: Tip, entries: impl IntoIterator<Item = &'a Entry>) -> Result<Tip, BrokenChain> {
    entries.into_iter().try_fold(tip, |tip, entry| {
        let fits =
            entry.seq == tip.seq + 1 && entry.hash == chain_hash(tip.hash, entry.org, entry.seq, &entry.act);
        if fits {
            Ok(entry.tip())
        } else {
            Err(BrokenChain { seq: entry.seq })
        }
    })
}

/// The fields as a JSON array: quoting keeps two different entries from giving the same bytes, and
/// the facts are sorted by field. What stands here is part of every stored hash, so it never changes.
fn chain_hash(previous: Digest, org: OrgId, seq: i64, act: &Act) -> Digest {
    let fields = (
        org.to_string(),
        seq,
        act.at.as_microsecond(),
        act.actor.kind(),
        act.actor.uuid().map(|id| id.to_string()),
        act.action.as_str(),
        &act.subject,
        act.ip.map(|ip| ip.to_string()),
        &act.before,
        &act.after,
    );
    let mut bytes = previous.0.to_vec();
    serde_json::to_writer(&mut bytes, &fields).expect("texts and numbers can always be written");
    Digest::of_bytes(&bytes)
}

#[cfg(test)]
mod tests {
    use kernel::{OrgId, UserId};

    use super::{Act, Action, Actor, BEGINNING, BrokenChain, Entry, Facts, verify};

    fn log_of_three() -> Vec<Entry> {
        let org = OrgId::generate();
        let user = Actor::User(UserId::generate());
        let mut tip = BEGINNING;
        [
            Action::OrganizationCreated,
            Action::SessionStarted,
            Action::ApiKeyCreated,
        ]
        .into_iter()
        .map(|action| {
            let act = Act {
                at: "2026-03-01T08:00:00Z".parse().expect("a time"),
                actor: user,
                action,
                subject: Some("key_1".into()),
                ip: "192.0.2.1".parse().ok(),
                before: Facts::none(),
                after: Facts::none()
                    .with("name", "Zapier")
                    .with("scopes", "contacts:read"),
            };
            let entry = Entry::following(tip, org, act);
            tip = entry.tip();
            entry
        })
        .collect()
    }

    #[test]
    fn an_untouched_log_is_whole() {
        let log = log_of_three();
        assert_eq!(verify(BEGINNING, &log), Ok(log[2].tip()));
        assert_eq!(verify(log[0].tip(), &log[1..]), Ok(log[2].tip()));
    }

    #[test]
    fn a_changed_entry_shows() {
        let change: [fn(&mut Entry); 7] = [
            |e| e.act.actor = Actor::System,
            |e| e.act.action = Action::PasswordChanged,
            |e| e.act.subject = None,
            |e| e.act.ip = None,
            |e| {
                e.act.after = Facts::none()
                    .with("name", "Zapier")
                    .with("scopes", "contacts:write")
            },
            |e| e.act.before = Facts::none().with("x", "y"),
            |e| e.org = OrgId::generate(),
        ];
        for change in change {
            let mut log = log_of_three();
            change(&mut log[1]);
            assert_eq!(verify(BEGINNING, &log), Err(BrokenChain { seq: 2 }));
        }
    }

    #[test]
    fn a_dropped_or_swapped_entry_shows() {
        let mut dropped = log_of_three();
        dropped.remove(1);
        assert_eq!(verify(BEGINNING, &dropped), Err(BrokenChain { seq: 3 }));
        let mut swapped = log_of_three();
        swapped.swap(1, 2);
        assert_eq!(verify(BEGINNING, &swapped), Err(BrokenChain { seq: 3 }));
    }

    #[test]
    fn personal_data_does_not_enter_the_log() {
        let facts = Facts::none().with_personal("email").with("role", "owner");
        let stored = serde_json::to_string(&facts).expect("text");
        assert_eq!(stored, r#"{"email":"[personal data]","role":"owner"}"#);
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for action in Action::ALL {
            assert_eq!(Action::from_stored(action.as_str()), Some(*action));
        }
        for actor in [Actor::User(UserId::generate()), Actor::System] {
            assert_eq!(Actor::from_stored(actor.kind(), actor.uuid()), Some(actor));
        }
        assert_eq!(Actor::from_stored("user", None), None);
    }
}
