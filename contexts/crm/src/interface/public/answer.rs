//! Answers to pages of other sites: who may read them, and how errors look.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use platform::web::Visitor;
use serde_json::{Value, json};

use crate::{application::ingest_events::NotStored, domain::ingest::message::Reject};

/// Lets the page that asked read the answer. The origin is named and not `*`, since beacons come with
/// credentials and browsers then refuse `*`; nothing here looks at them.
pub fn readable(headers: &HeaderMap, mut response: Response) -> Response {
    if let Some(origin) = headers.get(header::ORIGIN) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        answer.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// What browsers ask before they send JSON or an `Authorization` to another site.
pub async fn preflight(headers: HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, content-encoding, x-retry-count, x-strict-mode, x-requested-with",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
    readable(&headers, response)
}

/// All is well, as Segment says it.
pub fn success() -> Response {
    Json(json!({"success": true})).into_response()
}

/// What is wrong with a request as a whole, or with some of its events.
pub struct Refusal {
    pub status: StatusCode,
    pub code: &'static str,
    /// Place and reason of each event that was not taken.
    pub events: Vec<(String, &'static str)>,
    /// How many events were taken nevertheless.
    pub accepted: usize,
    pub retry_after: Option<u64>,
}

impl Refusal {
    pub const fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            events: Vec::new(),
            accepted: 0,
            retry_after: None,
        }
    }

    /// A problem document (RFC 9457).
    pub async fn answer(self, parts: &mut Parts) -> Response {
        use axum::extract::FromRequestParts;
        let visitor = Visitor::from_request_parts(parts, &()).await.ok();
        let words = |code: &str| {
            let key = format!("crm-event-reason-{}", code.replace('_', "-"));
            visitor
                .as_ref()
                .map_or_else(String::new, |visitor| visitor.t(&key))
        };
        let errors: Vec<Value> = self
            .events
            .iter()
            .map(|(pointer, code)| json!({"pointer": pointer, "code": code, "detail": words(code)}))
            .collect();
        let mut body = json!({
            "type": format!("/docs/problems/{}", self.code.replace('_', "-")),
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": words(self.code),
        });
        if !errors.is_empty() {
            body["errors"] = errors.into();
            body["accepted"] = self.accepted.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"events\""),
            );
        }
        response
    }
}

impl From<NotStored> for Refusal {
    fn from(why: NotStored) -> Self {
        let seconds = match why {
            NotStored::Busy => 1,
            NotStored::Away | NotStored::Failed => 5,
        };
        Self {
            retry_after: Some(seconds),
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
        }
    }
}

impl From<Reject> for Refusal {
    fn from(reason: Reject) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason.as_str())
    }
}

/// Neither kept by anybody nor indexed.
pub fn quiet(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("x-robots-tag"),
        HeaderValue::from_static("noindex"),
    );
    response
}
