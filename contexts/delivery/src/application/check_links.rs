//! Whether the links of a template lead somewhere.
//!
//! What is tried was typed in by somebody, so all of it goes through the one outgoing client, which
//! refuses private networks and follows nothing.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderValue, Method, header};
use platform::egress::{Egress, EgressError};

use crate::domain::template::{TemplateSource, fixed_links};

/// More links than these are not tried.
pub const MOST_LINKS: usize = 50;
/// No link is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many are tried at once.
const AT_ONCE: usize = 10;

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedLinks {
    /// In the order of the source.
    pub links: Vec<CheckedLink>,
    /// How many more there are.
    pub skipped: usize,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedLink {
    /// Its address.
    pub url: String,
    /// Where it first stands, from 1.
    pub line: u32,
    /// Where it leads.
    pub outcome: LinkOutcome,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// There is something.
    Ok(u16),
    /// Elsewhere; where to is not followed.
    Redirect(u16),
    /// Somebody answers who does not answer programs, or not now.
    Unclear(u16),
    /// There is nothing.
    Broken(u16),
    /// Nobody answers.
    Unreachable,
    /// It was not tried: it is no address, or one of a private network.
    Refused,
}

impl LinkOutcome {
    /// A short word; the message key is `delivery-link-` and this.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LinkOutcome::Ok(_) => "ok",
            LinkOutcome::Redirect(_) => "redirect",
            LinkOutcome::Unclear(_) => "unclear",
            LinkOutcome::Broken(_) => "broken",
            LinkOutcome::Unreachable => "unreachable",
            LinkOutcome::Refused => "refused",
        }
    }

    /// HTTP status, where there was an answer.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            LinkOutcome::Ok(status)
            | LinkOutcome::Redirect(status)
            | LinkOutcome::Unclear(status)
            | LinkOutcome::Broken(status) => Some(status),
            LinkOutcome::Unreachable | LinkOutcome::Refused => None,
        }
    }

    const fn of(status: u16) -> Self {
        match status {
            300..=399 => LinkOutcome::Redirect(status),
            401 | 402 | 403 | 405 | 406 | 408 | 425 | 429 | 503 => LinkOutcome::Unclear(status),
            404 | 410 | 400..=499 | 500..=599 => LinkOutcome::Broken(status),
            _ => LinkOutcome::Ok(status),
        }
    }
}

/// Tries the first links that nothing has to be filled into.
pub async fn check_links(egress: &Egress, source: &TemplateSource) -> CheckedLinks {
    let egress = egress.within(PATIENCE);
    let mut links = fixed_links(source);
    let skipped = links.len().saturating_sub(MOST_LINKS);
    links.truncate(MOST_LINKS);
    let links = stream::iter(links)
        .map(|(url, line)| {
            let egress = egress.clone();
            async move {
                let outcome = try_link(&egress, &url).await;
                CheckedLink { url, line, outcome }
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    CheckedLinks { links, skipped }
}

/// Asks for the head; servers that know no such question are asked for the whole.
async fn try_link(egress: &Egress, url: &str) -> LinkOutcome {
    let first = ask(egress, Method::HEAD, url).await;
    match first {
        LinkOutcome::Unclear(_) | LinkOutcome::Broken(_) => ask(egress, Method::GET, url).await,
        other => other,
    }
}

async fn ask(egress: &Egress, method: Method, url: &str) -> LinkOutcome {
    let headers = HeaderMap::from_iter([
        (header::USER_AGENT, HeaderValue::from_static("Mauntic link check")),
        (header::ACCEPT, HeaderValue::from_static("*/*")),
    ]);
    match egress.send(method, url, headers, Bytes::new()).await {
        Ok(answer) => LinkOutcome::of(answer.status),
        // It answered, and at length.
        Err(EgressError::TooLarge) => LinkOutcome::Ok(200),
        Err(EgressError::Address | EgressError::Port | EgressError::PrivateNetwork) => LinkOutcome::Refused,
        Err(EgressError::Failed(_)) => LinkOutcome::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::LinkOutcome;

    #[test]
    fn a_server_that_turns_programs_away_has_not_lost_the_page() {
        assert_eq!(LinkOutcome::of(200).as_str(), "ok");
        assert_eq!(LinkOutcome::of(301).as_str(), "redirect");
        for status in [401, 403, 429, 503] {
            assert_eq!(LinkOutcome::of(status).as_str(), "unclear");
        }
        for status in [404, 410, 400, 500] {
            assert_eq!(LinkOutcome::of(status).as_str(), "broken");
        }
        assert_eq!(LinkOutcome::Refused.status(), None);
    }
}
