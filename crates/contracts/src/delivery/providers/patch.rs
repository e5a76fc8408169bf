use serde::Deserialize;
use utoipa::ToSchema;

use super::{SendingState, SmtpSecurity};
use crate::delivery::settings::present;

/// What is to change of an account (JSON Merge Patch); what is absent stays as it is, and so does the
/// kind. Whoever changes where the secret is sent, or the name that belongs to it, has to give it again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderPatch {
    /// What people call it.
    pub name: Option<String>,
    /// SMTP: name or address of the server.
    pub host: Option<String>,
    /// SMTP: its port.
    pub port: Option<u16>,
    /// SMTP: how the connection is protected.
    pub security: Option<SmtpSecurity>,
    /// SMTP: empty means no signing in.
    pub username: Option<String>,
    /// SMTP: a new password; `null` removes it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub password: Option<Option<String>>,
    /// SMTP: certificates in PEM that are trusted besides the public authorities.
    pub trusted_certificates: Option<String>,
    /// SMTP: messages over one connection, 1 to 10,000.
    pub messages_per_connection: Option<u32>,
    /// SES, SendGrid, Mailgun: the region.
    pub region: Option<String>,
    /// SES: names the secret access key.
    pub access_key_id: Option<String>,
    /// SES: a new one.
    pub secret_access_key: Option<String>,
    /// SES: whose rules and event destinations apply.
    pub configuration_set: Option<String>,
    /// SendGrid, Mailgun: a new key.
    pub api_key: Option<String>,
    /// Mailgun: the domain that was set up there.
    pub domain: Option<String>,
    /// SES, SendGrid, Mailgun: takes the place of the provider's address; empty for the provider's own.
    pub base_url: Option<String>,
    /// Connections or requests at the same time: 1 to 50.
    pub max_connections: Option<u16>,
    /// Messages per second at most; `null` lifts the limit.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<u32>)]
    pub messages_per_second: Option<Option<u32>>,
    /// SES: the topic that may report. SendGrid, Telnyx: the public key that reports are verified with.
    /// `null` takes it away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub webhook_key: Option<Option<String>>,
    /// Mailgun, Vonage: the secret that reports are signed with, which is never shown again. `null` takes
    /// it away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub webhook_secret: Option<Option<String>>,
    /// Pauses it or lets it send again.
    pub state: Option<SendingState>,
}
