//! Accounts to be set up, by kind.

use utoipa::ToSchema;

use super::{
    MailgunRegion, NewApnsProvider, NewFcmProvider, NewPlivoProvider, NewPostfixProvider, NewTelnyxProvider,
    NewTwilioProvider, NewVonageProvider, SendGridRegion, SmtpSecurity,
};

/// An account to be set up. Without `kind` it is a mail server.
#[derive(Clone, Debug, ToSchema)]
#[serde(untagged)]
#[schema(discriminator(property_name = "kind", mapping(
    ("smtp" = "#/components/schemas/NewSmtpProvider"),
    ("ses" = "#/components/schemas/NewSesProvider"),
    ("sendgrid" = "#/components/schemas/NewSendGridProvider"),
    ("mailgun" = "#/components/schemas/NewMailgunProvider"),
    ("twilio" = "#/components/schemas/NewTwilioProvider"),
    ("plivo" = "#/components/schemas/NewPlivoProvider"),
    ("vonage" = "#/components/schemas/NewVonageProvider"),
    ("telnyx" = "#/components/schemas/NewTelnyxProvider"),
    ("fcm" = "#/components/schemas/NewFcmProvider"),
    ("apns" = "#/components/schemas/NewApnsProvider"),
    ("postfix" = "#/components/schemas/NewPostfixProvider")
)))]
pub enum NewProvider {
    /// A mail server.
    Smtp(NewSmtpProvider),
    /// Amazon SES.
    Ses(NewSesProvider),
    /// SendGrid.
    SendGrid(NewSendGridProvider),
    /// Mailgun.
    Mailgun(NewMailgunProvider),
    /// Twilio.
    Twilio(NewTwilioProvider),
    /// Plivo.
    Plivo(NewPlivoProvider),
    /// Vonage.
    Vonage(NewVonageProvider),
    /// Telnyx.
    Telnyx(NewTelnyxProvider),
    /// Firebase Cloud Messaging.
    Fcm(NewFcmProvider),
    /// Apple Push Notification service.
    Apns(NewApnsProvider),
    /// A Postfix server.
    Postfix(NewPostfixProvider),
}

/// A mail server.
#[derive(Clone, Debug, ToSchema)]
pub struct NewSmtpProvider {
    /// Always `smtp`; may be left out.
    #[schema(default = "smtp", pattern = "^smtp$", required = false)]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Name or address of the server.
    #[schema(example = "smtp.example.com")]
    pub host: String,
    /// Its port.
    #[schema(minimum = 1, example = 587)]
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// Empty: no signing in.
    #[schema(required = false)]
    pub username: String,
    /// Stored encrypted and never shown again.
    pub password: Option<String>,
    /// Certificates in PEM that are trusted besides the public authorities.
    #[schema(required = false)]
    pub trusted_certificates: String,
    /// Connections at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages over one connection: 1 to 10,000.
    #[schema(minimum = 1, maximum = 10_000, default = 1000, required = false)]
    pub messages_per_connection: u32,
    /// Messages per second at most; absent means as fast as the server takes them.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at Amazon SES.
#[derive(Clone, Debug, ToSchema)]
pub struct NewSesProvider {
    /// Always `ses`.
    #[schema(pattern = "^ses$", example = "ses")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Its region.
    #[schema(example = "eu-west-1")]
    pub region: String,
    /// Names the secret access key.
    #[schema(max_length = 128)]
    pub access_key_id: String,
    /// Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub secret_access_key: String,
    /// Whose rules and event destinations apply.
    #[schema(max_length = 64, required = false)]
    pub configuration_set: String,
    /// Takes the place of the region's endpoint, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at SendGrid.
#[derive(Clone, Debug, ToSchema)]
pub struct NewSendGridProvider {
    /// Always `sendgrid`.
    #[schema(pattern = "^sendgrid$", example = "sendgrid")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Where its data is.
    #[schema(required = false)]
    pub region: SendGridRegion,
    /// May send mail. Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub api_key: String,
    /// Takes the place of the region's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at Mailgun.
#[derive(Clone, Debug, ToSchema)]
pub struct NewMailgunProvider {
    /// Always `mailgun`.
    #[schema(pattern = "^mailgun$", example = "mailgun")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// The domain that was set up there.
    #[schema(example = "mg.example.com")]
    pub domain: String,
    /// Where it was set up.
    #[schema(required = false)]
    pub region: MailgunRegion,
    /// Of the account or of the domain. Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub api_key: String,
    /// Takes the place of the region's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}
