//! What people said about being written to, and the proof of it.

use contracts::crm::consent::Channel;
use kernel::{ApiKeyId, ConsentId, ContactId, Timestamp, TopicId, UserId};
use uuid::Uuid;

/// How long somebody may take to confirm that they agree.
pub const CONFIRM_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_hours(7 * 24);
const MAX_PURPOSE: usize = 500;
const MAX_TEXT: usize = 10_000;
const MAX_VERSION: usize = 50;

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Yes.
    Granted,
    /// Yes, which is still to be confirmed.
    Requested,
    /// No, or no more.
    Withdrawn,
    /// Nobody confirmed it in time.
    Expired,
}

impl Action {
    const ALL: [Action; 4] = [
        Action::Granted,
        Action::Requested,
        Action::Withdrawn,
        Action::Expired,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Granted => "granted",
            Action::Requested => "requested",
            Action::Withdrawn => "withdrawn",
            Action::Expired => "expired",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }

    /// Where it leads.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Action::Granted => State::Subscribed,
            Action::Requested => State::Pending,
            Action::Withdrawn | Action::Expired => State::Unsubscribed,
        }
    }
}

/// Where somebody stands with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Subscribed,
    /// Waits for the confirmation of a double opt-in; nothing is sent.
    Pending,
    Unsubscribed,
}

impl State {
    const ALL: [State; 3] = [State::Subscribed, State::Pending, State::Unsubscribed];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Subscribed => "subscribed",
            State::Pending => "pending",
            State::Unsubscribed => "unsubscribed",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// By which right somebody is written to (Article 6 of the GDPR).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    Consent,
    LegitimateInterest,
    Contract,
    LegalObligation,
    Unknown,
}

impl Basis {
    pub const ALL: [Basis; 5] = [
        Basis::Consent,
        Basis::LegitimateInterest,
        Basis::Contract,
        Basis::LegalObligation,
        Basis::Unknown,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Basis::Consent => "consent",
            Basis::LegitimateInterest => "legitimate_interest",
            Basis::Contract => "contract",
            Basis::LegalObligation => "legal_obligation",
            Basis::Unknown => "unknown",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.as_str() == text)
    }
}

/// Who took something down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody who is signed in.
    User(UserId),
    /// A program.
    ApiKey(ApiKeyId),
    /// The person it is about, by a link of theirs.
    Person,
    /// The program itself.
    System,
}

impl Actor {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Actor::User(_) => "user",
            Actor::ApiKey(_) => "api_key",
            Actor::Person => "person",
            Actor::System => "system",
        }
    }

    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Actor::User(id) => Some(id.uuid()),
            Actor::ApiKey(id) => Some(id.uuid()),
            Actor::Person | Actor::System => None,
        }
    }
}

/// One thing that one person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub contact: ContactId,
    /// Of what; all marketing on the channel when there is none.
    pub topic: Option<TopicId>,
    pub channel: Channel,
    pub action: Action,
}

/// How it is known that it was said.
#[derive(Clone, Debug)]
pub struct Proof {
    /// When it was said.
    pub at: Timestamp,
    pub basis: Basis,
    /// What for.
    pub purpose: String,
    /// Which wording the person saw, and the wording.
    pub text_version: String,
    pub text: String,
    /// Where: `preferences`, `form`, `import`, `api`, `user`, `bulk`, `unsubscribe_link`,
    /// `confirmation`.
    pub source: String,
    /// Which form, import or message.
    pub source_id: Option<Uuid>,
    /// As `kernel::shortened_ip` makes it.
    pub ip: String,
    pub actor: Actor,
}

impl Proof {
    /// Of which nothing more is known than where and when.
    #[must_use]
    pub fn new(source: &str, actor: Actor, at: Timestamp) -> Self {
        Self {
            at,
            basis: Basis::Unknown,
            purpose: String::new(),
            text_version: String::new(),
            text: String::new(),
            source: source.to_owned(),
            source_id: None,
            ip: String::new(),
            actor,
        }
    }

    /// The same with what it says made fit to be kept: without control characters, and not too long.
    #[must_use]
    pub fn tidied(self) -> Self {
        Self {
            purpose: kept(&self.purpose, MAX_PURPOSE),
            text_version: kept(&self.text_version, MAX_VERSION),
            text: kept(&self.text, MAX_TEXT),
            ..self
        }
    }
}

/// An entry of the ledger.
#[derive(Clone, Debug)]
pub struct Consent {
    pub id: ConsentId,
    pub at: Timestamp,
    pub topic: Option<TopicId>,
    pub channel: Channel,
    pub action: Action,
    pub basis: Basis,
    pub purpose: String,
    pub text_version: String,
    pub text: String,
    pub source: String,
    pub ip: String,
    pub actor: String,
}

fn kept(text: &str, most: usize) -> String {
    let plain = text.trim().chars().filter(|c| !c.is_control() || *c == '\n');
    plain.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::{Action, Basis, State};

    #[test]
    fn words_come_back_as_what_they_were() {
        assert!(Action::ALL.iter().all(|a| Action::parse(a.as_str()) == Some(*a)));
        assert!(State::ALL.iter().all(|s| State::parse(s.as_str()) == Some(*s)));
        assert!(Basis::ALL.iter().all(|b| Basis::parse(b.as_str()) == Some(*b)));
        assert_eq!(Basis::parse("because"), None);
    }
}
