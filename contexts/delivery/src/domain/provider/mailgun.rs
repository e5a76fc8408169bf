//! Mailgun (API version 3).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    smtp::is_host,
    traits::SERVER_ERRORS,
};

/// `messages.mime` takes no key that would hide a repeat. Events are stored only after a while, so
/// that one which is not found proves nothing, and no look-up is relied on.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// Where a domain was set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailgunRegion {
    /// In the United States.
    #[default]
    Us,
    /// In the EU.
    Eu,
}

impl MailgunRegion {
    /// All of them.
    pub const ALL: [MailgunRegion; 2] = [MailgunRegion::Us, MailgunRegion::Eu];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MailgunRegion::Us => "us",
            MailgunRegion::Eu => "eu",
        }
    }
}

impl FromStr for MailgunRegion {
    type Err = InvalidConfig;
    fn from_str(text: &str) -> Result<Self, InvalidConfig> {
        let found = Self::ALL.into_iter().find(|region| region.as_str() == text);
        found.ok_or(InvalidConfig::Region)
    }
}

/// What is known of an account at Mailgun, but for the API key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailgunConfig {
    /// The domain that was set up there.
    pub domain: String,
    /// Where it was set up.
    #[serde(default)]
    pub region: MailgunRegion,
    /// Takes the place of the region's address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl MailgunConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
            (is_domain(&self.domain), InvalidConfig::Domain),
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
            MailgunRegion::Us => "https://api.mailgun.net",
            MailgunRegion::Eu => "https://api.eu.mailgun.net",
        }
        .to_owned()
    }
}

/// It becomes part of a path.
fn is_domain(text: &str) -> bool {
    text.contains('.') && is_host(text)
}
