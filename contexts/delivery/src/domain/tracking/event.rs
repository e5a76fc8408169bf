use kernel::{MessageId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Agent;

/// The most characters of a `User-Agent` that are kept.
const MAX_USER_AGENT: usize = 300;

/// One request for a pixel or a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackingEvent {
    /// Chosen when the request came: writing it twice counts it once.
    pub id: Uuid,
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
    /// Looked at or clicked.
    pub what: Tracked,
    /// Whether it counts: neither a `HEAD` request nor a prefetch.
    pub counted: bool,
    /// The name that the client gave itself.
    pub user_agent: String,
    /// When the request came.
    pub at: Timestamp,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tracked {
    /// The pixel was fetched.
    Open,
    /// A link was followed.
    Click {
        /// Number of the link in its template version.
        link: u16,
        /// Where it led.
        url: String,
    },
}

impl TrackingEvent {
    /// Who seems to have asked.
    #[must_use]
    pub fn agent(&self) -> Agent {
        super::agent(&self.user_agent)
    }
}

/// What is kept of a `User-Agent`: text of a stranger, so no control characters and not too much.
#[must_use]
pub fn kept_user_agent(header: &str) -> String {
    header
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_USER_AGENT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::kept_user_agent;

    #[test]
    fn strangers_text_is_cut_and_cleaned() {
        assert_eq!(kept_user_agent("a\tb\u{1b}[0m"), "ab[0m");
        assert_eq!(kept_user_agent(&"ü".repeat(1000)).chars().count(), 300);
    }
}
