//! What happens to contacts.

use contracts::crm::consent::Channel;
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
    SmsSent,
    SmsFailed,
    SmsBounced,
    SmsOpened,
    SmsClicked,
    PushSent,
    PushFailed,
    PushBounced,
    PushOpened,
    PushClicked,
    Unsubscribed,
}

impl EventName {
    pub const ALL: [EventName; 16] = [
        EventName::EmailSent,
        EventName::EmailFailed,
        EventName::EmailBounced,
        EventName::EmailOpened,
        EventName::EmailClicked,
        EventName::SmsSent,
        EventName::SmsFailed,
        EventName::SmsBounced,
        EventName::SmsOpened,
        EventName::SmsClicked,
        EventName::PushSent,
        EventName::PushFailed,
        EventName::PushBounced,
        EventName::PushOpened,
        EventName::PushClicked,
        EventName::Unsubscribed,
    ];

    /// What became of a message of a channel.
    #[must_use]
    pub const fn of(channel: Channel, what: Became) -> Self {
        match (channel, what) {
            (Channel::Email, Became::Sent) => EventName::EmailSent,
            (Channel::Email, Became::Failed) => EventName::EmailFailed,
            (Channel::Email, Became::Bounced) => EventName::EmailBounced,
            (Channel::Email, Became::Opened) => EventName::EmailOpened,
            (Channel::Email, Became::Clicked) => EventName::EmailClicked,
            (Channel::Sms, Became::Sent) => EventName::SmsSent,
            (Channel::Sms, Became::Failed) => EventName::SmsFailed,
            (Channel::Sms, Became::Bounced) => EventName::SmsBounced,
            (Channel::Sms, Became::Opened) => EventName::SmsOpened,
            (Channel::Sms, Became::Clicked) => EventName::SmsClicked,
            (Channel::Push, Became::Sent) => EventName::PushSent,
            (Channel::Push, Became::Failed) => EventName::PushFailed,
            (Channel::Push, Became::Bounced) => EventName::PushBounced,
            (Channel::Push, Became::Opened) => EventName::PushOpened,
            (Channel::Push, Became::Clicked) => EventName::PushClicked,
        }
    }

    /// The word that is stored, and that segments ask for.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EventName::EmailSent => "email_sent",
            EventName::EmailFailed => "email_failed",
            EventName::EmailBounced => "email_bounced",
            EventName::EmailOpened => "email_opened",
            EventName::EmailClicked => "email_clicked",
            EventName::SmsSent => "sms_sent",
            EventName::SmsFailed => "sms_failed",
            EventName::SmsBounced => "sms_bounced",
            EventName::SmsOpened => "sms_opened",
            EventName::SmsClicked => "sms_clicked",
            EventName::PushSent => "push_sent",
            EventName::PushFailed => "push_failed",
            EventName::PushBounced => "push_bounced",
            EventName::PushOpened => "push_opened",
            EventName::PushClicked => "push_clicked",
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
            EventName::EmailOpened
                | EventName::EmailClicked
                | EventName::SmsOpened
                | EventName::SmsClicked
                | EventName::PushOpened
                | EventName::PushClicked
                | EventName::Unsubscribed
        )
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Sent,
    Failed,
    Bounced,
    Opened,
    Clicked,
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
