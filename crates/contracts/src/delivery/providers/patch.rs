use serde::Deserialize;
use utoipa::ToSchema;

use super::{ApnsEnvironment, SendingState, SmtpSecurity};
use crate::delivery::settings::present;

/// What is to change of an account (JSON Merge Patch); what is absent stays as it is, and so does the
/// kind. Whoever changes where the secret is sent, or the name that belongs to it, has to give it again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderPatch {
    /// What people call it.
    pub name: Option<String>,
    /// SMTP, Postfix: name or address of the server.
    pub host: Option<String>,
    /// SMTP, Postfix: its port.
    pub port: Option<u16>,
    /// SMTP, Postfix: how the connection is protected.
    pub security: Option<SmtpSecurity>,
    /// SMTP, Postfix: empty means no signing in.
    pub username: Option<String>,
    /// SMTP, Postfix: a new password; `null` removes it.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub password: Option<Option<String>>,
    /// SMTP, Postfix: certificates in PEM that are trusted besides the public authorities.
    pub trusted_certificates: Option<String>,
    /// SMTP, Postfix: messages over one connection, 1 to 10,000.
    pub messages_per_connection: Option<u32>,
    /// SES, SendGrid, Mailgun: the region.
    pub region: Option<String>,
    /// SES: names the secret access key.
    pub access_key_id: Option<String>,
    /// SES: a new one.
    pub secret_access_key: Option<String>,
    /// SES: whose rules and event destinations apply.
    pub configuration_set: Option<String>,
    /// SendGrid, Mailgun, Telnyx: a new key.
    pub api_key: Option<String>,
    /// Mailgun: the domain that was set up there.
    pub domain: Option<String>,
    /// Twilio: the account.
    pub account_sid: Option<String>,
    /// Twilio: the API key whose secret is stored; empty for the account's auth token.
    pub api_key_sid: Option<String>,
    /// Twilio, Plivo: a new auth token, or at Twilio a new secret of the API key.
    pub auth_token: Option<String>,
    /// Plivo: the account or subaccount.
    pub auth_id: Option<String>,
    /// Vonage: the API key, which names the account.
    pub api_key_id: Option<String>,
    /// Vonage: a new secret.
    pub api_secret: Option<String>,
    /// Twilio, Plivo, Vonage, Telnyx: what messages come from.
    pub sender: Option<String>,
    /// Twilio: a Messaging Service; empty for none.
    pub messaging_service_sid: Option<String>,
    /// Telnyx: a messaging profile; empty for none.
    pub messaging_profile_id: Option<String>,
    /// All that are reached over HTTP: takes the place of the provider's address; empty for the provider's own.
    pub base_url: Option<String>,
    /// Firebase: the project's id.
    pub project_id: Option<String>,
    /// Firebase: another key file of a service account.
    pub service_account: Option<String>,
    /// Apple: names the signing key.
    pub key_id: Option<String>,
    /// Apple: names the developer's team.
    pub team_id: Option<String>,
    /// Apple: the app's bundle id.
    pub topic: Option<String>,
    /// Apple: which of its services.
    pub environment: Option<ApnsEnvironment>,
    /// Apple: another signing key.
    pub signing_key: Option<String>,
    /// Postfix: the file that it logs to; empty for none.
    pub log_path: Option<String>,
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
