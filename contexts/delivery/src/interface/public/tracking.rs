//! The pixel and the links of tracked mail. Answered from memory; the event goes to the queue.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use kernel::{Clock, MessageId, OrgId};
use platform::web::{AppError, Path};
use uuid::Uuid;

use crate::{
    application::commit_tracking::TrackingQueue,
    domain::tracking::{LinkSigner, Tracked, TrackingEvent, kept_user_agent},
};

/// A transparent dot.
const GIF: &[u8; 43] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// What the two handlers work with.
#[derive(Clone)]
pub struct Tracking {
    /// Reads the tokens.
    pub signer: Arc<LinkSigner>,
    /// Takes the events.
    pub queue: TrackingQueue,
    /// Says when they happened.
    pub clock: Arc<dyn Clock>,
}

/// The pixel.
pub async fn open(
    State(tracking): State<Tracking>,
    method: Method,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let Some(token) = tracking.signer.read_open(&token) else {
        return quiet(AppError::NotFound.into_response());
    };
    tracking.note(token.org, token.message, Tracked::Open, &method, &headers);
    quiet(([(header::CONTENT_TYPE, "image/gif")], GIF.as_slice()).into_response())
}

/// A tracked link. A token that is not ours, whole and unchanged, leads nowhere.
pub async fn click(
    State(tracking): State<Tracking>,
    method: Method,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let Some(token) = tracking.signer.read_click(&token) else {
        return quiet(AppError::NotFound.into_response());
    };
    let Ok(location) = HeaderValue::from_str(&token.destination) else {
        return quiet(AppError::NotFound.into_response());
    };
    let what = Tracked::Click {
        link: token.link,
        url: token.destination,
    };
    tracking.note(token.org, token.message, what, &method, &headers);
    quiet((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}

/// Neither kept nor indexed by anybody.
fn quiet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}

impl Tracking {
    fn note(&self, org: OrgId, message: MessageId, what: Tracked, method: &Method, headers: &HeaderMap) {
        let user_agent = headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        self.queue.hand_over(TrackingEvent {
            id: Uuid::now_v7(),
            org,
            message,
            what,
            counted: method == Method::GET && !is_prefetch(headers),
            user_agent: kept_user_agent(user_agent.unwrap_or_default()),
            at: self.clock.now(),
        });
    }
}

/// Browsers and mail programs that fetch before anybody asked say so.
fn is_prefetch(headers: &HeaderMap) -> bool {
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| {
            headers
                .get(*name)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.starts_with("prefetch") || value.starts_with("preview"))
        })
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{GIF, is_prefetch};

    #[test]
    fn the_pixel_is_a_whole_gif() {
        assert_eq!(GIF.len(), 43);
        assert!(GIF.starts_with(b"GIF89a\x01\x00\x01\x00") && GIF.ends_with(b";"));
    }

    #[test]
    fn prefetches_are_recognised() {
        let with = |name: &'static str, value: &'static str| {
            HeaderMap::from_iter([(name.parse().expect("a name"), HeaderValue::from_static(value))])
        };
        assert!(is_prefetch(&with("sec-purpose", "prefetch;prerender")));
        assert!(is_prefetch(&with("purpose", "prefetch")));
        assert!(!is_prefetch(&with("sec-fetch-dest", "image")));
    }
}
