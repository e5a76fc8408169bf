//! Plivo (API version 1).

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    sender::{is_key_name, is_sender},
    traits::SERVER_ERRORS,
};

/// Messages take no key that would hide a repeat, and cannot be found by an id of ours. A fresh account
/// may hand over five messages a second ("Account limits").
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: Some(5),
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// What is known of an account at Plivo, but for its auth token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlivoConfig {
    /// Names the account or subaccount: `MA…` or `SA…`.
    pub auth_id: String,
    /// Number, short code or name that messages come from.
    pub sender: String,
    /// Takes the place of Plivo's address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl PlivoConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
            (is_key_name(&self.auth_id), InvalidConfig::AuthId),
            (is_sender(&self.sender), InvalidConfig::Sender),
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
            "https://api.plivo.com".to_owned()
        } else {
            self.base_url.clone()
        }
    }
}
