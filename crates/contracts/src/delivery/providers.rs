//! Accounts that mail is handed to, as the API shows them: what all kinds share, and what each kind
//! has of its own. Secrets are taken and never shown.

mod new;
mod new_sms;
mod patch;
mod postfix;
mod push;
mod read_new;
mod sms;

use kernel::{ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    new::{NewMailgunProvider, NewProvider, NewSendGridProvider, NewSesProvider, NewSmtpProvider},
    new_sms::{NewPlivoProvider, NewTelnyxProvider, NewTwilioProvider, NewVonageProvider},
    patch::ProviderPatch,
    postfix::{NewPostfixProvider, PostfixAccount},
    push::{ApnsAccount, ApnsEnvironment, FcmAccount, NewApnsProvider, NewFcmProvider},
    sms::{PlivoAccount, TelnyxAccount, TwilioAccount, VonageAccount},
};
use super::{settings::SendingState, webhooks::ProviderWebhook};

/// How a connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmtpSecurity {
    /// TLS from the first byte, usually on port 465.
    Tls,
    /// `STARTTLS`, without which nothing is sent; usually on port 587.
    StartTls,
    /// In clear: for a relay on the same machine or network.
    None,
}

/// Where an account's data at SendGrid is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SendGridRegion {
    /// Everywhere but in the EU.
    #[default]
    Global,
    /// A subuser of the EU.
    Eu,
}

/// Where a domain was set up at Mailgun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailgunRegion {
    /// In the United States.
    #[default]
    Us,
    /// In the EU.
    Eu,
}

/// An account that mail is handed to. Its secret is never shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Provider {
    /// `prv_…`
    #[schema(value_type = String, example = "prv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: ProviderId,
    /// What people call it.
    pub name: String,
    /// Its kind, and where it is.
    #[serde(flatten)]
    pub account: ProviderAccount,
    /// Connections or requests at the same time.
    pub max_connections: u16,
    /// Messages per second at most.
    pub messages_per_second: Option<u32>,
    /// Whether mail goes out over it.
    pub state: SendingState,
    /// Why it is paused.
    pub pause_reason: Option<String>,
    /// When it was last tried.
    pub tested_at: Option<Timestamp>,
    /// What went wrong then; `null` when it went well.
    pub test_error: Option<String>,
    /// When its settings were last changed.
    pub updated_at: Timestamp,
    /// How it reports what became of messages.
    #[serde(flatten)]
    pub webhook: ProviderWebhook,
}

/// What an account has of its own, by its kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum ProviderAccount {
    /// A mail server.
    Smtp(SmtpAccount),
    /// Amazon SES.
    Ses(SesAccount),
    /// SendGrid.
    SendGrid(SendGridAccount),
    /// Mailgun.
    Mailgun(MailgunAccount),
    /// Twilio.
    Twilio(TwilioAccount),
    /// Plivo.
    Plivo(PlivoAccount),
    /// Vonage.
    Vonage(VonageAccount),
    /// Telnyx.
    Telnyx(TelnyxAccount),
    /// Firebase Cloud Messaging.
    Fcm(FcmAccount),
    /// Apple Push Notification service.
    Apns(ApnsAccount),
    /// A Postfix server.
    Postfix(PostfixAccount),
}

/// A mail server.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SmtpAccount {
    /// Name or address of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Empty: no signing in.
    pub username: String,
    /// Whether a password is stored.
    pub has_password: bool,
    /// Certificates in PEM that are trusted besides the public authorities.
    pub trusted_certificates: String,
    /// After so many messages a connection is closed and another one opened.
    pub messages_per_connection: u32,
}

/// An account at Amazon SES.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SesAccount {
    /// Its region.
    #[schema(example = "eu-west-1")]
    pub region: String,
    /// Names the secret access key, which is not shown.
    pub access_key_id: String,
    /// Whose rules and event destinations apply; may be empty.
    pub configuration_set: String,
    /// Takes the place of the region's endpoint; usually empty.
    pub base_url: String,
}

/// An account at SendGrid.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SendGridAccount {
    /// Where its data is.
    pub region: SendGridRegion,
    /// Takes the place of the region's address; usually empty.
    pub base_url: String,
}

/// An account at Mailgun.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailgunAccount {
    /// The domain that was set up there.
    pub domain: String,
    /// Where it was set up.
    pub region: MailgunRegion,
    /// Takes the place of the region's address; usually empty.
    pub base_url: String,
}

/// Who gets the message of a test.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderTestRequest {
    /// One address, or for an account for text messages one telephone number with `+` and its country code.
    /// The message really leaves, also in test mode. Of accounts for push notifications the token of a device,
    /// or nothing, to ask about the credentials alone; Firebase looks at the notification and does not deliver
    /// it, from Apple it arrives.
    #[schema(example = "ops@example.com")]
    pub to: String,
}

/// What a test came to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderTestReport {
    /// Whether the other side took the message over.
    pub succeeded: bool,
    /// How far it came and what the server said, if it did not.
    pub error: Option<String>,
}
