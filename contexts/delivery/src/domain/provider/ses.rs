//! Amazon SES (API version 2).

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    traits::SERVER_ERRORS,
};

/// A fresh account outside the sandbox may send 14 messages a second. `SendEmail` takes no key that
/// would hide a repeat, and offers no look-up by tag.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: Some(14),
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// What is known of an account at Amazon SES, but for the secret access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SesConfig {
    /// `eu-west-1`
    pub region: String,
    /// Names the secret access key.
    pub access_key_id: String,
    /// Whose rules and event destinations apply; may be empty.
    #[serde(default)]
    pub configuration_set: String,
    /// Takes the place of the region's endpoint; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl SesConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
            (is_region(&self.region), InvalidConfig::Region),
            (is_access_key_id(&self.access_key_id), InvalidConfig::AccessKeyId),
            (
                is_configuration_set(&self.configuration_set),
                InvalidConfig::ConfigurationSet,
            ),
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
            format!("https://email.{}.amazonaws.com", self.region)
        } else {
            self.base_url.clone()
        }
    }
}

/// Words in lower case and a number, joined by hyphens. It becomes part of a host name.
fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else {
        return false;
    };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    text.len() <= 30
        && words.len() >= 2
        && words.iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// 16 to 128 characters says IAM's reference; the test suite of signatures uses a shorter one.
fn is_access_key_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Up to 64 letters, digits, hyphens and underscores, says the reference.
fn is_configuration_set(text: &str) -> bool {
    text.len() <= 64
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}
