use std::str::FromStr;

use contracts::crm::consent::Channel;
use serde::{Deserialize, Serialize};

use super::{Traits, mailgun, plivo, sendgrid, ses, smtp, telnyx, twilio, vonage};

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
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [ProviderKind; 8] = [
        ProviderKind::Smtp,
        ProviderKind::Ses,
        ProviderKind::SendGrid,
        ProviderKind::Mailgun,
        ProviderKind::Twilio,
        ProviderKind::Plivo,
        ProviderKind::Vonage,
        ProviderKind::Telnyx,
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
        }
    }

    /// What its messages travel by.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            ProviderKind::Smtp | ProviderKind::Ses | ProviderKind::SendGrid | ProviderKind::Mailgun => {
                Channel::Email
            }
            ProviderKind::Twilio | ProviderKind::Plivo | ProviderKind::Vonage | ProviderKind::Telnyx => {
                Channel::Sms
            }
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
        }
    }

    /// Whether nothing can be sent without a secret.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        !matches!(self, ProviderKind::Smtp)
    }
}

impl FromStr for ProviderKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}
