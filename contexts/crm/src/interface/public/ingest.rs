//! Segment's HTTP API.
//!
//! As Segment does, it answers 200 to almost everything, since libraries in the wild cannot do
//! anything about a 400; what was wrong is in the debugger. With `X-Strict-Mode: 1`, or for a source
//! that is set so, answers say it.

use std::{io::Read, sync::Arc};

use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, StatusCode, header, request::Parts};
use platform::web::{AppError, Path, WebResult};
use serde_json::json;

use super::answer::{Refusal, readable, success};
use crate::{
    Crm,
    application::ingest_events::{Item, Outcome, Submission},
    domain::{
        ingest::{
            body::{self, BadBody, MAX_BODY, Rejected},
            message::{Frame, Kind, Reject},
        },
        source::{Source, is_write_key},
    },
};

/// What a path asks for.
enum Call {
    One(Kind),
    Batch,
    /// The library's own figures, which nobody here needs.
    Metrics,
}

fn call_of(word: &str) -> Option<Call> {
    Some(match word {
        "identify" | "i" => Call::One(Kind::Identify),
        "track" | "t" => Call::One(Kind::Track),
        "page" | "p" => Call::One(Kind::Page),
        "screen" | "s" => Call::One(Kind::Screen),
        "group" | "g" => Call::One(Kind::Group),
        "alias" | "a" => Call::One(Kind::Alias),
        "batch" | "b" | "import" => Call::Batch,
        "m" => Call::Metrics,
        _ => return None,
    })
}

/// Takes calls in.
pub async fn call(State(crm): State<Crm>, Path(word): Path<String>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let answer = match call_of(&word) {
        None => return AppError::NotFound.into_response(),
        Some(Call::Metrics) => success(),
        Some(Call::One(kind)) => take_in(&crm, &mut parts, body, Some(kind)).await,
        Some(Call::Batch) => take_in(&crm, &mut parts, body, None).await,
    };
    readable(&parts.headers, answer)
}

async fn take_in(crm: &Crm, parts: &mut Parts, body: Body, kind: Option<Kind>) -> Response {
    let asked_strictly = parts
        .headers
        .get("x-strict-mode")
        .is_some_and(|v| v == "1" || v == "true");
    let bytes = match unpack(&parts.headers, body).await {
        Ok(bytes) => bytes,
        Err(mut refusal) => {
            // Segment's own answer to what is too large.
            if !asked_strictly {
                refusal.status = StatusCode::BAD_REQUEST;
            }
            return refusal.answer(parts).await;
        }
    };
    match store(crm, parts, &bytes, kind).await {
        Ok(stored) => {
            let strict = asked_strictly || stored.source.settings.strict;
            match stored.refusal(kind.is_none()) {
                Some(refusal) if strict => refusal.answer(parts).await,
                _ => success(),
            }
        }
        Err(Problem::Lenient(refusal)) if !asked_strictly => {
            tracing::debug!(code = refusal.code, "events were dropped");
            success()
        }
        Err(Problem::Lenient(refusal) | Problem::Always(refusal)) => refusal.answer(parts).await,
    }
}

/// What nobody is told unless they ask, and what has to be told.
enum Problem {
    Lenient(Refusal),
    Always(Refusal),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem::Always(refusal)
    }
}

struct Stored {
    source: Arc<Source>,
    outcomes: Vec<Outcome>,
}

impl Stored {
    fn refusal(&self, batch: bool) -> Option<Refusal> {
        let place = |at: usize| {
            if batch {
                format!("#/batch/{at}")
            } else {
                "#".to_owned()
            }
        };
        let events: Vec<(String, &'static str)> = self
            .outcomes
            .iter()
            .enumerate()
            .filter_map(|(at, outcome)| match outcome {
                Outcome::Rejected(reason) => Some((place(at), reason.as_str())),
                _ => None,
            })
            .collect();
        (!events.is_empty()).then(|| Refusal {
            accepted: self.outcomes.len() - events.len(),
            events,
            ..Refusal::new(StatusCode::BAD_REQUEST, "events_rejected")
        })
    }
}

async fn store(crm: &Crm, parts: &Parts, bytes: &Bytes, kind: Option<Kind>) -> Result<Stored, Problem> {
    let not_json = || Refusal::new(StatusCode::BAD_REQUEST, "not_json");
    let text = std::str::from_utf8(bytes).map_err(|_| not_json())?;
    let read = if kind.is_some() {
        body::single(text)
    } else {
        body::batch(text)
    };
    let body = read.map_err(|bad| match bad {
        BadBody::NotJson => not_json(),
        BadBody::NoBatch => Refusal::new(StatusCode::BAD_REQUEST, "missing_batch"),
        BadBody::TooManyEvents => Refusal::new(StatusCode::BAD_REQUEST, "too_many_events"),
    })?;
    // A header that holds something else was meant for somebody else.
    let key = key_of(&parts.headers).filter(|key| is_write_key(key));
    let key = key.or_else(|| body.write_key.clone()).unwrap_or_default();
    let source = find_source(crm, &key).await?;
    allow(crm, &source, body.items.len())?;
    let barred = bar(&source, &parts.headers);
    let frame = Frame {
        kind,
        sent_at: body.sent_at.as_deref(),
        context: body.context.as_ref(),
        user_agent: parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|v| v.to_str().ok()),
        from_browsers: source.settings.kind.is_browsers(),
        received_at: crm.deps.clock.now(),
    };
    let items = body
        .items
        .iter()
        .map(|text| {
            let raw = bytes.slice_ref(text.as_bytes());
            let read = body::item(text, frame);
            match (read, barred) {
                (Ok(message), None) => Item::Call {
                    message: Box::new(message),
                    raw,
                },
                (Ok(message), Some(reason)) => Item::Rejected {
                    rejected: Rejected {
                        reason,
                        kind: message.kind.as_str().to_owned(),
                        name: message.name,
                    },
                    raw,
                },
                (Err(rejected), _) => Item::Rejected { rejected, raw },
            }
        })
        .collect();
    let submission = Submission {
        org: source.org,
        source: Some(source.id),
        create_fields: source.settings.create_fields,
        received_at: frame.received_at,
        items,
    };
    let outcomes = crm.intake.store(submission).await.map_err(Refusal::from)?;
    Ok(Stored { source, outcomes })
}

async fn find_source(crm: &Crm, key: &str) -> Result<Arc<Source>, Problem> {
    let found = crm.keys.source(key).await.map_err(|_| Refusal {
        retry_after: Some(5),
        ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    })?;
    found.ok_or_else(|| Problem::Lenient(Refusal::new(StatusCode::UNAUTHORIZED, "unknown_write_key")))
}

fn allow(crm: &Crm, source: &Source, events: usize) -> Result<(), Refusal> {
    crm.keys.take(source, events).map_err(|wait| Refusal {
        retry_after: Some(wait.as_secs().max(1)),
        ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
    })
}

/// Why nothing of a source is taken, which the debugger then shows.
pub(super) fn bar(source: &Source, headers: &HeaderMap) -> Option<Reject> {
    let origin = headers.get(header::ORIGIN).and_then(|v| v.to_str().ok());
    if !source.enabled {
        Some(Reject::SourceDisabled)
    } else if !source.settings.allows(origin) {
        Some(Reject::OriginNotAllowed)
    } else {
        None
    }
}

/// `Basic` with the key as the user, or `Bearer`.
pub(super) fn key_of(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, given) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(given.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(given.trim()).ok()?).ok()?;
    let user = pair.split_once(':').map_or(pair.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}

/// The body as it was before it was packed, if it is not too large.
pub(super) async fn unpack(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    let too_large = || Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| too_large())?;
    let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|v| v == "gzip");
    if !packed {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    // One more than is allowed, so that a small file that unpacks without end is noticed early.
    let most = MAX_BODY as u64 + 1;
    GzDecoder::new(bytes.as_ref())
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "not_gzip"))?;
    if plain.len() > MAX_BODY {
        Err(too_large())
    } else {
        Ok(plain.into())
    }
}

/// What Segment's browser library asks before anything else: where to send, and what may be sent.
pub async fn settings(State(crm): State<Crm>, Path(key): Path<String>, headers: HeaderMap) -> WebResult {
    let source = crm.keys.source(&key).await?;
    let source = source.filter(|source| source.enabled).ok_or(AppError::NotFound)?;
    let base = crm.deps.config.base_url();
    let (protocol, host) = base.split_once("://").unwrap_or(("https", base.as_str()));
    let allowed = json!({"__default": {"enabled": true, "integrations": {}}});
    let body = json!({
        "integrations": {"Segment.io": {
            "apiKey": source.write_key, "apiHost": format!("{host}/v1"), "protocol": protocol,
            "unbundledIntegrations": [], "addBundledMetadata": true, "maybeBundledConfigIds": {},
            "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        }},
        "plan": {"track": allowed, "identify": {"__default": {"enabled": true}}, "group": {"__default": {"enabled": true}}},
        "edgeFunction": {}, "analyticsNextEnabled": true, "middlewareSettings": {}, "enabledMiddleware": {},
        "metrics": {"sampleRate": 0}, "legacyVideoPluginsEnabled": false, "remotePlugins": [],
    });
    let mut response = Json(body).into_response();
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        http::HeaderValue::from_static("public, max-age=60"),
    );
    Ok(readable(&headers, response))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::key_of;

    #[test]
    fn a_write_key_is_a_user_without_a_password_or_a_bearer() {
        let given = |value: &str| {
            let value = HeaderValue::from_str(value).expect("a value");
            key_of(&HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
        };
        assert_eq!(given("Basic d2s6").as_deref(), Some("wk"));
        assert_eq!(given("basic d2s=").as_deref(), Some("wk"));
        assert_eq!(given("Bearer wk").as_deref(), Some("wk"));
        assert_eq!(given("Basic Og=="), None);
        assert_eq!(given("Digest wk"), None);
        assert_eq!(given("Basic ???"), None);
    }
}
