//! Tries a link over HTTP.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use platform::egress::{Egress, EgressError};

use crate::domain::link_outcome::LinkOutcome;

/// Asks for the head; servers that know no such question are asked for the whole.
pub async fn try_link(egress: &Egress, url: &str) -> LinkOutcome {
    let first = ask(egress, Method::HEAD, url)
        .await
        .unwrap_or(LinkOutcome::Ok(200));
    if !matches!(first, LinkOutcome::Unclear(_) | LinkOutcome::Broken(_)) {
        return first;
    }
    match ask(egress, Method::GET, url).await {
        Some(whole) => whole,
        // Its status went by with its length. A page that is missing has said so before.
        None if matches!(first, LinkOutcome::Broken(404 | 410)) => first,
        None => LinkOutcome::Ok(200),
    }
}

/// Nothing when the answer is longer than the client reads.
async fn ask(egress: &Egress, method: Method, url: &str) -> Option<LinkOutcome> {
    let headers = HeaderMap::from_iter([
        (header::USER_AGENT, HeaderValue::from_static("Mauntic link check")),
        (header::ACCEPT, HeaderValue::from_static("*/*")),
    ]);
    match egress.send(method, url, headers, Bytes::new()).await {
        Ok(answer) => Some(LinkOutcome::of(answer.status)),
        Err(EgressError::TooLarge) => None,
        Err(EgressError::Address | EgressError::Port | EgressError::PrivateNetwork) => {
            Some(LinkOutcome::Refused)
        }
        Err(EgressError::Failed(_)) => Some(LinkOutcome::Unreachable),
    }
}
