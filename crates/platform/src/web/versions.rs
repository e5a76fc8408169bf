//! `ETag`, `If-None-Match` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1) for every object of the API.
//!
//! Objects that have a version of their own are told and checked by their handlers, in the transaction
//! that changes them. All others get what they hold as their version: a digest of the answer to `GET`,
//! which is asked for again before a change that is to be made to one version only.

use aws_lc_rs::digest;
use axum::{
    Router,
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use tower::ServiceExt;

use super::{AppError, Ctx};

/// Longer answers are lists and files, which have no version.
const MAX_BODY: u64 = 1024 * 1024;

/// The routes of the API, to read what a change is about.
#[derive(Clone)]
pub(crate) struct Versions(pub Router);

impl Versions {
    /// Answers a request with the version of what it is about.
    pub async fn run(self, ctx: &Ctx, request: Request, next: Next) -> Response {
        match *request.method() {
            Method::GET => {
                let known = request.headers().get(header::IF_NONE_MATCH).cloned();
                let response = tagged(next.run(request).await).await;
                match known {
                    Some(known)
                        if response.status() == StatusCode::OK && names(&known, response.headers()) =>
                    {
                        unchanged(response)
                    }
                    _ => response,
                }
            }
            Method::PUT | Method::PATCH | Method::DELETE => match request.headers().get(header::IF_MATCH) {
                Some(wanted) => {
                    let (wanted, uri) = (wanted.clone(), request.uri().clone());
                    match refusal(&wanted, self.look(ctx, uri).await) {
                        Some(refused) => refused,
                        None => next.run(request).await,
                    }
                }
                None => next.run(request).await,
            },
            _ => next.run(request).await,
        }
    }

    /// What a `GET` of the same caller is answered.
    async fn look(self, ctx: &Ctx, uri: Uri) -> Response {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = uri;
        request.extensions_mut().insert(ctx.clone());
        request.extensions_mut().insert(ctx.request);
        request.extensions_mut().insert(ctx.peer);
        let Ok(response) = self.0.oneshot(request).await;
        tagged(response).await
    }
}

/// Why the change is not made, if it is not. Where nothing can be read there is nothing to compare, and
/// whoever may not read an object is not told its version either.
fn refusal(wanted: &HeaderValue, present: Response) -> Option<Response> {
    match present.status() {
        StatusCode::OK if names(wanted, present.headers()) => None,
        StatusCode::OK => Some(AppError::PreconditionFailed.into_response()),
        // The handler says it in its own words.
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => None,
        _ => Some(present),
    }
}

/// With the digest of its body as version, where the handler told none.
async fn tagged(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
    let known = response.headers().contains_key(header::ETAG);
    let short = response
        .body()
        .size_hint()
        .upper()
        .is_some_and(|size| size <= MAX_BODY);
    if response.status() != StatusCode::OK || known || !is_json || !short {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return AppError::internal(error).into_response(),
    };
    let hash = digest::digest(&digest::SHA256, &bytes);
    let tag: String = hash
        .as_ref()
        .iter()
        .take(12)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        parts.headers.insert(header::ETAG, tag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether a list of versions holds that of an answer, or is `*`.
fn names(list: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(list), Some(tag)) = (list.to_str(), headers.get(header::ETAG)) else {
        return false;
    };
    let mut versions = list
        .split(',')
        .map(|version| version.trim().trim_start_matches("W/"));
    list.trim() == "*" || versions.any(|version| version.as_bytes() == tag.as_bytes())
}

fn unchanged(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}
