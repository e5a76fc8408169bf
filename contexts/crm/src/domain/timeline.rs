//! What happens to contacts.

use kernel::{CampaignId, ContactId, EventId, MessageId, SourceId, Timestamp};
use serde_json::Value;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventName {
    EmailSent,
    EmailFailed,
    EmailBounced,
    EmailOpened,
    EmailClicked,
    Unsubscribed,
}

impl EventName {
    pub const ALL: [EventName; 6] = [
        EventName::EmailSent,
        EventName::EmailFailed,
        EventName::EmailBounced,
        EventName::EmailOpened,
        EventName::EmailClicked,
        EventName::Unsubscribed,
    ];

    /// The word that is stored, and that segments ask for.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EventName::EmailSent => "email_sent",
            EventName::EmailFailed => "email_failed",
            EventName::EmailBounced => "email_bounced",
            EventName::EmailOpened => "email_opened",
            EventName::EmailClicked => "email_clicked",
            EventName::Unsubscribed => "unsubscribed",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// Whether the contact did it, rather than it being done to them: it counts as a sign of life.
    #[must_use]
    pub const fn is_of_the_contact(self) -> bool {
        matches!(
            self,
            EventName::EmailOpened | EventName::EmailClicked | EventName::Unsubscribed
        )
    }
}

/// What an event is called: a name of ours, or one that an organisation's own software gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    Own(EventName),
    Sent(String),
}

impl Name {
    /// From what is stored.
    #[must_use]
    pub fn stored(text: String) -> Self {
        EventName::parse(&text).map_or(Name::Sent(text), Name::Own)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Name::Own(name) => name.as_str(),
            Name::Sent(name) => name,
        }
    }
}

/// Something that happened to a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub contact: ContactId,
    pub name: Name,
    pub at: Timestamp,
    pub message: Option<MessageId>,
    pub campaign: Option<CampaignId>,
    /// What the campaign is called, as far as it has been told.
    pub campaign_name: Option<String>,
    /// `url` of a click, `reason` of a failure; whatever a sender said.
    pub properties: Value,
    /// The source that sent it.
    pub source: Option<SourceId>,
    /// Page, campaign and library of what was sent.
    pub context: Option<Value>,
}
