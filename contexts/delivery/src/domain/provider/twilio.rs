//! Twilio (API version 2010-04-01).

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    sender::{is_sender, is_sid},
    traits::SERVER_ERRORS,
};

/// A message resource takes no key that would hide a repeat, and cannot be found by an id of ours.
/// Twilio queues what comes faster than a sender may send, for four hours at most ("Understanding Twilio
/// rate limits and message queues"); most numbers of one country send ten messages a second.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: Some(10),
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// What is known of an account at Twilio, but for its secret: the auth token, or that of an API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwilioConfig {
    /// `AC…`
    pub account_sid: String,
    /// `SK…`, whose secret it is; empty where it is the account's own auth token.
    #[serde(default)]
    pub api_key_sid: String,
    /// Number, short code or name that messages come from; empty where the service chooses.
    #[serde(default)]
    pub sender: String,
    /// `MG…`, a Messaging Service; may be empty.
    #[serde(default)]
    pub messaging_service_sid: String,
    /// Takes the place of Twilio's address, as for another region; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl TwilioConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        let empty_or = |prefix, text: &str| text.is_empty() || is_sid(prefix, text);
        let has_sender = !self.sender.is_empty() || !self.messaging_service_sid.is_empty();
        wrong([
            (is_sid("AC", &self.account_sid), InvalidConfig::AccountSid),
            (empty_or("SK", &self.api_key_sid), InvalidConfig::ApiKeySid),
            (
                empty_or("MG", &self.messaging_service_sid),
                InvalidConfig::MessagingServiceSid,
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
            "https://api.twilio.com".to_owned()
        } else {
            self.base_url.clone()
        }
    }

    /// The name that the secret belongs to.
    #[must_use]
    pub fn user(&self) -> &str {
        if self.api_key_sid.is_empty() {
            &self.account_sid
        } else {
            &self.api_key_sid
        }
    }
}
