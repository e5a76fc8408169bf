//! Telnyx (API version 2).

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    sender::is_sender,
    traits::SERVER_ERRORS,
};

/// A request that repeats the `Idempotency-Key`, the path and the body of one that succeeded in the
/// last 24 hours gets the answer of that one, and has no other effect ("Idempotency").
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: Some(10),
    concurrency: 10,
    idempotency_ttl: Some(SignedDuration::from_hours(24)),
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// What is known of an account at Telnyx, but for the API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TelnyxConfig {
    /// Number, short code or name that messages come from; empty where the profile's pool of numbers
    /// chooses.
    #[serde(default)]
    pub sender: String,
    /// A messaging profile, needed for a pool of numbers and for a name; may be empty.
    #[serde(default)]
    pub messaging_profile_id: String,
    /// Takes the place of Telnyx' address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl TelnyxConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        let has_sender = !self.sender.is_empty() || !self.messaging_profile_id.is_empty();
        wrong([
            (
                self.messaging_profile_id.is_empty() || is_profile(&self.messaging_profile_id),
                InvalidConfig::MessagingProfileId,
            ),
            (
                self.sender.is_empty() || is_sender(&self.sender),
                InvalidConfig::Sender,
            ),
            (has_sender, InvalidConfig::SenderMissing),
            (is_base_url(&self.base_url), InvalidConfig::BaseUrl),
            (
                is_concurrency(self.max_connections),
                InvalidConfig::MaxConnections,
            ),
            (
                is_rate(self.messages_per_second),
                InvalidConfig::MessagesPerSecond,
            ),
        ])
    }

    /// Where requests go.
    #[must_use]
    pub fn base(&self) -> String {
        if self.base_url.is_empty() {
            "https://api.telnyx.com".to_owned()
        } else {
            self.base_url.clone()
        }
    }
}

/// A UUID with its hyphens.
fn is_profile(text: &str) -> bool {
    text.len() == 36 && text.parse::<uuid::Uuid>().is_ok()
}
