//! SendGrid (API version 3).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    traits::SERVER_ERRORS,
};

/// `mail/send` takes no key that would hide a repeat. The activity feed, which costs extra, is
/// searched minutes later at best, so it is not relied on.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// Where an account's data is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SendGridRegion {
    /// Everywhere but in the EU.
    #[default]
    Global,
    /// A subuser of the EU.
    Eu,
}

impl SendGridRegion {
    /// All of them.
    pub const ALL: [SendGridRegion; 2] = [SendGridRegion::Global, SendGridRegion::Eu];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SendGridRegion::Global => "global",
            SendGridRegion::Eu => "eu",
        }
    }
}

impl FromStr for SendGridRegion {
    type Err = InvalidConfig;
    fn from_str(text: &str) -> Result<Self, InvalidConfig> {
        let found = Self::ALL.into_iter().find(|region| region.as_str() == text);
        found.ok_or(InvalidConfig::Region)
    }
}

/// What is known of an account at SendGrid, but for the API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendGridConfig {
    /// Where its data is.
    #[serde(default)]
    pub region: SendGridRegion,
    /// Takes the place of the region's address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl SendGridConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
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
        if !self.base_url.is_empty() {
            return self.base_url.clone();
        }
        match self.region {
            SendGridRegion::Global => "https://api.sendgrid.com",
            SendGridRegion::Eu => "https://api.eu.sendgrid.com",
        }
        .to_owned()
    }
}
