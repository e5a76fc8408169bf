//! What is handed to an account, whatever it travels by.

use contracts::crm::consent::Channel;
use kernel::MessageId;

use super::mail::OutgoingMail;

/// A message ready to leave. Made once for each attempt, and always the same to the last byte.
#[derive(Clone, Debug)]
pub enum Outgoing {
    /// To a mailbox.
    Mail(OutgoingMail),
    /// To a telephone.
    Text(OutgoingText),
    /// To an app on a device.
    Push(OutgoingPush),
}

/// A text message (SMS) ready to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingText {
    /// Which.
    pub id: MessageId,
    /// The recipient's telephone number in the form of E.164: `+` and at most 15 digits.
    pub to: String,
    /// What people read; at most 1,600 characters.
    pub body: String,
}

/// A push notification ready to leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingPush {
    /// Which. Devices that get the same one twice show it once.
    pub id: MessageId,
    /// The device's token, as the app got it from Apple or Google.
    pub to: String,
    /// First line; may be empty.
    pub title: String,
    /// What people read.
    pub body: String,
    /// What the app opens; may be empty.
    pub url: String,
    /// What the app is told besides, in the order of the template.
    pub data: Vec<(String, String)>,
}

impl Outgoing {
    /// Which message it is.
    #[must_use]
    pub const fn id(&self) -> MessageId {
        match self {
            Outgoing::Mail(mail) => mail.id,
            Outgoing::Text(text) => text.id,
            Outgoing::Push(push) => push.id,
        }
    }

    /// The address, the telephone number, or the device's token.
    #[must_use]
    pub fn to(&self) -> &str {
        match self {
            Outgoing::Mail(mail) => &mail.to,
            Outgoing::Text(text) => &text.to,
            Outgoing::Push(push) => &push.to,
        }
    }

    /// What it travels by.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Outgoing::Mail(_) => Channel::Email,
            Outgoing::Text(_) => Channel::Sms,
            Outgoing::Push(_) => Channel::Push,
        }
    }

    /// It, if it is a mail.
    #[must_use]
    pub const fn mail(&self) -> Option<&OutgoingMail> {
        match self {
            Outgoing::Mail(mail) => Some(mail),
            Outgoing::Text(_) | Outgoing::Push(_) => None,
        }
    }

    /// It, if it is a text message.
    #[must_use]
    pub const fn text(&self) -> Option<&OutgoingText> {
        match self {
            Outgoing::Text(text) => Some(text),
            Outgoing::Mail(_) | Outgoing::Push(_) => None,
        }
    }
}

impl From<OutgoingMail> for Outgoing {
    fn from(mail: OutgoingMail) -> Self {
        Outgoing::Mail(mail)
    }
}

impl From<OutgoingText> for Outgoing {
    fn from(text: OutgoingText) -> Self {
        Outgoing::Text(text)
    }
}
