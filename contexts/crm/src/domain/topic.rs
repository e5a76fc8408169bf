//! Topics: what people can be written to about.

use contracts::crm::consent::Channel;
use kernel::{Timestamp, TopicId};

use super::{
    consent::{Proof, State},
    field::key_like,
    text,
};

/// The most topics that an organisation has.
pub const MAX_TOPICS: usize = 200;
const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 500;
const MAX_TEXT: usize = 5_000;

/// What people can be written to about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    pub id: TopicId,
    pub key: String,
    pub name: String,
    pub description: String,
    pub channels: Vec<Channel>,
    /// What holds for people who never said anything.
    pub initial: State,
    /// Shown in the preference centre.
    pub public: bool,
    pub double_opt_in: bool,
    /// The words that people see when they agree.
    pub consent_text: String,
    /// How often they were changed, from 1.
    pub text_version: i32,
    pub position: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Topic {
    /// The proof with what the topic itself says, where nothing else was said.
    #[must_use]
    pub fn complete(&self, mut proof: Proof) -> Proof {
        if proof.purpose.is_empty() {
            proof.purpose.clone_from(&self.name);
        }
        if proof.text.is_empty() && proof.text_version.is_empty() && !self.consent_text.is_empty() {
            proof.text.clone_from(&self.consent_text);
            proof.text_version = self.text_version.to_string();
        }
        proof
    }

    #[must_use]
    pub fn has(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }
}

/// Why a topic cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTopic {
    #[error("a key has small letters, digits and _ and begins with a letter")]
    Key,
    #[error("the name is missing or too long")]
    Name,
    #[error("the description is too long")]
    Description,
    #[error("a topic needs at least one channel")]
    Channels,
    #[error("people are subscribed or unsubscribed at first")]
    Initial,
    #[error("the words are too long")]
    ConsentText,
}

/// What people say of a topic; checked by [`TopicDefinition::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDefinition {
    /// Made from the name when empty.
    pub key: String,
    pub name: String,
    pub description: String,
    pub channels: Vec<Channel>,
    /// `subscribed` or `unsubscribed`.
    pub initial: String,
    pub public: bool,
    pub double_opt_in: bool,
    pub consent_text: String,
}

impl TopicDefinition {
    /// Of a topic as it is.
    #[must_use]
    pub fn of(topic: &Topic) -> Self {
        Self {
            key: topic.key.clone(),
            name: topic.name.clone(),
            description: topic.description.clone(),
            channels: topic.channels.clone(),
            initial: topic.initial.as_str().to_owned(),
            public: topic.public,
            double_opt_in: topic.double_opt_in,
            consent_text: topic.consent_text.clone(),
        }
    }

    /// The topic that is meant. Problems come with the name of the member that they are in.
    pub fn check(self, now: Timestamp) -> Result<Topic, Vec<(&'static str, InvalidTopic)>> {
        let mut problems = Vec::new();
        let name = text::single_line(&self.name, MAX_NAME).unwrap_or_default();
        if name.is_empty() {
            problems.push(("name", InvalidTopic::Name));
        }
        let typed = self.key.trim();
        let key = if typed.is_empty() {
            key_like(&name)
        } else {
            typed.to_owned()
        };
        if !is_key(&key) && !name.is_empty() {
            problems.push(("key", InvalidTopic::Key));
        }
        let description = text::single_line(&self.description, MAX_DESCRIPTION)
            .map_err(|_| problems.push(("description", InvalidTopic::Description)))
            .unwrap_or_default();
        let consent_text = text::multi_line(&self.consent_text, MAX_TEXT)
            .map_err(|_| problems.push(("consent_text", InvalidTopic::ConsentText)))
            .unwrap_or_default();
        let channels: Vec<Channel> = Channel::ALL
            .into_iter()
            .filter(|channel| self.channels.contains(channel))
            .collect();
        if channels.is_empty() {
            problems.push(("channels", InvalidTopic::Channels));
        }
        let initial = match State::parse(&self.initial) {
            Some(state @ (State::Subscribed | State::Unsubscribed)) => state,
            _ => {
                problems.push(("initial", InvalidTopic::Initial));
                State::Unsubscribed
            }
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Topic {
            id: TopicId::generate(),
            key,
            name,
            description,
            channels,
            initial,
            public: self.public,
            double_opt_in: self.double_opt_in,
            consent_text,
            text_version: 1,
            position: 0,
            created_at: now,
            updated_at: now,
        })
    }
}

impl Topic {
    /// The same topic as it is defined now. Other words are another version of them: the ledger
    /// says which ones somebody saw.
    pub fn redefine(
        &self,
        definition: TopicDefinition,
        now: Timestamp,
    ) -> Result<Topic, Vec<(&'static str, InvalidTopic)>> {
        let fresh = TopicDefinition {
            key: self.key.clone(),
            ..definition
        }
        .check(now)?;
        let changed = fresh.consent_text != self.consent_text;
        Ok(Topic {
            id: self.id,
            text_version: self.text_version.saturating_add(i32::from(changed)),
            position: self.position,
            created_at: self.created_at,
            ..fresh
        })
    }
}

fn is_key(key: &str) -> bool {
    key.len() <= 63
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use contracts::crm::consent::Channel;
    use kernel::Timestamp;

    use super::{InvalidTopic, TopicDefinition};
    use crate::domain::consent::State;

    fn news() -> TopicDefinition {
        TopicDefinition {
            key: String::new(),
            name: " Product  News ".to_owned(),
            description: String::new(),
            channels: vec![Channel::Sms, Channel::Email, Channel::Email],
            initial: "unsubscribed".to_owned(),
            public: true,
            double_opt_in: false,
            consent_text: "Yes, write to me.".to_owned(),
        }
    }

    #[test]
    fn a_topic_gets_its_key_from_its_name() {
        let topic = news().check(Timestamp::UNIX_EPOCH).expect("it is fine");
        assert_eq!(
            (topic.key.as_str(), topic.name.as_str()),
            ("product_news", "Product News")
        );
        assert_eq!(topic.channels, [Channel::Email, Channel::Sms]);
        assert_eq!(topic.initial, State::Unsubscribed);
    }

    #[test]
    fn other_words_are_another_version() {
        let topic = news().check(Timestamp::UNIX_EPOCH).expect("it is fine");
        let same = topic
            .redefine(TopicDefinition::of(&topic), Timestamp::UNIX_EPOCH)
            .expect("fine");
        assert_eq!(same, topic);
        let other = TopicDefinition {
            key: "other".to_owned(),
            consent_text: "Yes, please.".to_owned(),
            ..news()
        };
        let other = topic.redefine(other, Timestamp::UNIX_EPOCH).expect("fine");
        assert_eq!((other.text_version, other.key.as_str()), (2, "product_news"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let bad = TopicDefinition {
            name: "é".to_owned(),
            channels: Vec::new(),
            initial: "pending".to_owned(),
            ..news()
        };
        let problems = bad.check(Timestamp::UNIX_EPOCH).expect_err("it is not fine");
        assert_eq!(
            problems,
            [
                ("key", InvalidTopic::Key),
                ("channels", InvalidTopic::Channels),
                ("initial", InvalidTopic::Initial)
            ]
        );
    }
}
