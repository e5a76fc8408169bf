//! Accounts for text messages, as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;

/// An account at Twilio.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TwilioAccount {
    /// Names the account.
    pub account_sid: String,
    /// The API key whose secret is stored; empty where that is the account's auth token.
    pub api_key_sid: String,
    /// What messages come from; empty where the Messaging Service chooses.
    pub sender: String,
    /// A Messaging Service; may be empty.
    pub messaging_service_sid: String,
    /// Takes the place of the provider's address; usually empty.
    pub base_url: String,
}

/// An account at Plivo.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlivoAccount {
    /// Names the account or subaccount.
    pub auth_id: String,
    /// What messages come from.
    pub sender: String,
    /// Takes the place of the provider's address; usually empty.
    pub base_url: String,
}

/// An account at Vonage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VonageAccount {
    /// The API key, which names the account; its secret is not shown.
    pub api_key_id: String,
    /// What messages come from.
    pub sender: String,
    /// Takes the place of the provider's address; usually empty.
    pub base_url: String,
}

/// An account at Telnyx.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TelnyxAccount {
    /// What messages come from; empty where the profile's pool of numbers chooses.
    pub sender: String,
    /// A messaging profile; may be empty.
    pub messaging_profile_id: String,
    /// Takes the place of the provider's address; usually empty.
    pub base_url: String,
}
