//! Accounts for text messages that are to be set up, by kind.

use utoipa::ToSchema;

/// An account at Twilio.
#[derive(Clone, Debug, ToSchema)]
pub struct NewTwilioProvider {
    /// Always `twilio`.
    #[schema(pattern = "^twilio$", example = "twilio")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Names the account.
    #[schema(example = "AC0123456789abcdef0123456789abcdef")]
    pub account_sid: String,
    /// The API key whose secret is given; without it, the secret is the account's auth token.
    #[schema(required = false)]
    pub api_key_sid: String,
    /// The auth token, or the secret of the API key. Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub auth_token: String,
    /// Number, short code or name that messages come from. It or `messaging_service_sid` is needed.
    #[schema(max_length = 16, example = "+15005550006", required = false)]
    pub sender: String,
    /// A Messaging Service, which chooses the sender.
    #[schema(required = false)]
    pub messaging_service_sid: String,
    /// Takes the place of the provider's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at Plivo.
#[derive(Clone, Debug, ToSchema)]
pub struct NewPlivoProvider {
    /// Always `plivo`.
    #[schema(pattern = "^plivo$", example = "plivo")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Names the account or subaccount.
    #[schema(max_length = 128, example = "MAXXXXXXXXXXXXXXXXXX")]
    pub auth_id: String,
    /// Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub auth_token: String,
    /// Number, short code or name that messages come from.
    #[schema(max_length = 16, example = "+15005550006")]
    pub sender: String,
    /// Takes the place of the provider's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at Vonage.
#[derive(Clone, Debug, ToSchema)]
pub struct NewVonageProvider {
    /// Always `vonage`.
    #[schema(pattern = "^vonage$", example = "vonage")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// The API key, which names the account.
    #[schema(max_length = 128, example = "abcd1234")]
    pub api_key_id: String,
    /// Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub api_secret: String,
    /// Number, short code or name that messages come from.
    #[schema(max_length = 16, example = "+15005550006")]
    pub sender: String,
    /// Takes the place of the provider's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An account at Telnyx.
#[derive(Clone, Debug, ToSchema)]
pub struct NewTelnyxProvider {
    /// Always `telnyx`.
    #[schema(pattern = "^telnyx$", example = "telnyx")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Stored encrypted and never shown again.
    #[schema(max_length = 1000)]
    pub api_key: String,
    /// Number, short code or name that messages come from. It or `messaging_profile_id` is needed.
    #[schema(max_length = 16, example = "+15005550006", required = false)]
    pub sender: String,
    /// A messaging profile, needed for a pool of numbers and for a name.
    #[schema(required = false)]
    pub messaging_profile_id: String,
    /// Takes the place of the provider's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}
