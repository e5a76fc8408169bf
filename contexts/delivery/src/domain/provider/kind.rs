use std::str::FromStr;

use contracts::crm::consent::Channel;
use serde::{Deserialize, Serialize};

use super::{Traits, apns, fcm, mailgun, plivo, postfix, sendgrid, ses, smtp, telnyx, twilio, vonage};

/// The kinds of accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// A mail server that takes messages over SMTP.
    #[default]
    Smtp,
    /// Amazon SES by its API, version 2.
    Ses,
    /// SendGrid by its API, version 3.
    SendGrid,
    /// Mailgun by its API, version 3.
    Mailgun,
    /// Twilio, for text messages.
    Twilio,
    /// Plivo, for text messages.
    Plivo,
    /// Vonage by its Messages API, for text messages.
    Vonage,
    /// Telnyx, for text messages.
    Telnyx,
    /// Firebase Cloud Messaging by its API, version 1.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// A Postfix server of one's own.
    Postfix,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [ProviderKind; 11] = [
        ProviderKind::Smtp,
        ProviderKind::Ses,
        ProviderKind::SendGrid,
        ProviderKind::Mailgun,
        ProviderKind::Twilio,
        ProviderKind::Plivo,
        ProviderKind::Vonage,
        ProviderKind::Telnyx,
        ProviderKind::Fcm,
        ProviderKind::Apns,
        ProviderKind::Postfix,
    ];

    /// The word that is stored, and that metrics are labelled with.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ProviderKind::Smtp => "smtp",
            ProviderKind::Ses => "ses",
            ProviderKind::SendGrid => "sendgrid",
            ProviderKind::Mailgun => "mailgun",
            ProviderKind::Twilio => "twilio",
            ProviderKind::Plivo => "plivo",
            ProviderKind::Vonage => "vonage",
            ProviderKind::Telnyx => "telnyx",
            ProviderKind::Fcm => "fcm",
            ProviderKind::Apns => "apns",
            ProviderKind::Postfix => "postfix",
        }
    }

    /// What its messages travel by.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            ProviderKind::Smtp
            | ProviderKind::Ses
            | ProviderKind::SendGrid
            | ProviderKind::Mailgun
            | ProviderKind::Postfix => Channel::Email,
            ProviderKind::Twilio | ProviderKind::Plivo | ProviderKind::Vonage | ProviderKind::Telnyx => {
                Channel::Sms
            }
            ProviderKind::Fcm | ProviderKind::Apns => Channel::Push,
        }
    }

    /// What is known of every account of the kind.
    #[must_use]
    pub const fn traits(self) -> Traits {
        match self {
            ProviderKind::Smtp => smtp::TRAITS,
            ProviderKind::Ses => ses::TRAITS,
            ProviderKind::SendGrid => sendgrid::TRAITS,
            ProviderKind::Mailgun => mailgun::TRAITS,
            ProviderKind::Twilio => twilio::TRAITS,
            ProviderKind::Plivo => plivo::TRAITS,
            ProviderKind::Vonage => vonage::TRAITS,
            ProviderKind::Telnyx => telnyx::TRAITS,
            ProviderKind::Fcm => fcm::TRAITS,
            ProviderKind::Apns => apns::TRAITS,
            ProviderKind::Postfix => postfix::TRAITS,
        }
    }

    /// Whether nothing can be sent without a secret.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        !matches!(self, ProviderKind::Smtp | ProviderKind::Postfix)
    }
}

impl FromStr for ProviderKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}
