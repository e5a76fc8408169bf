//! What happens to contacts.

use kernel::{CampaignId, EventId, MessageId, Timestamp};
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

/// Something that happened to a contact.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: EventId,
    pub name: EventName,
    pub at: Timestamp,
    pub message: Option<MessageId>,
    pub campaign: Option<CampaignId>,
    /// What the campaign is called, as far as it has been told.
    pub campaign_name: Option<String>,
    /// `url` of a click, `reason` of a failure.
    pub properties: Value,
}
