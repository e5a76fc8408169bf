//! The API: bearer tokens and problem documents (RFC 9457).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use jiff::tz::TimeZone;
use kernel::RequestId;
use serde_json::json;

use super::{
    Actor, AppError, Ctx, Peer, Site, View,
    ctx::CtxData,
    error::{Problem, problem_of},
    idempotency,
    quota::Left,
    session::{peer_of, request_id},
    versions::Versions,
};

/// Finds out which program asks, and turns problems into documents.
pub(crate) async fn layer(
    State((site, versions)): State<(Arc<Site>, Versions)>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = request_id(request.extensions());
    // A request cannot be lent across an await: its body is not Sync.
    let token = bearer(request.headers()).map(str::to_owned);
    let (peer, path) = (peer_of(request.extensions()), request.uri().path().to_owned());
    let ctx = match caller(&site, token, peer, id, path).await {
        Ok(ctx) => ctx,
        Err(error) => return finish(error.into_response(), id),
    };
    let left = left(&site, &ctx);
    let minimal = wants_minimal(&request);
    let mut response = match left {
        Some(left) if left.is_over() => AppError::TooManyRequests {
            retry_after: left.reset.unsigned_abs(),
        }
        .into_response(),
        _ => {
            request.extensions_mut().insert(ctx.clone());
            idempotency::run(&ctx, request, versions, next).await
        }
    };
    if minimal {
        response = minimised(response);
    }
    if let Some(left) = left {
        left.tell(response.headers_mut());
    }
    finish(response, id)
}

/// Whether a change is to be answered without what it led to (RFC 7240).
fn wants_minimal(request: &Request) -> bool {
    let changes = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    let prefers = |value: &HeaderValue| {
        let value = value.to_str().unwrap_or_default();
        value
            .split([',', ';'])
            .any(|part| part.trim() == "return=minimal")
    };
    changes && request.headers().get_all("prefer").iter().any(prefers)
}

/// Leaves out the object that was made or changed. What has neither a place nor a version is a result
/// of its own, such as that of a search, and stays.
fn minimised(response: Response) -> Response {
    let is_object = [header::LOCATION, header::ETAG]
        .iter()
        .any(|name| response.headers().contains_key(name));
    if !response.status().is_success() || !is_object {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    if parts.status == StatusCode::OK {
        parts.status = StatusCode::NO_CONTENT;
    }
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let applied = HeaderValue::from_static("return=minimal");
    parts.headers.insert("preference-applied", applied);
    Response::from_parts(parts, axum::body::Body::empty())
}

/// Counts the request towards the quota of its key.
fn left(site: &Site, ctx: &Ctx) -> Option<Left> {
    let limit = site.deps.config.web.api_requests_per_minute;
    match &ctx.actor {
        Actor::ApiKey { key, .. } if limit > 0 => Some(site.quota.take(*key, limit.into(), ctx.now)),
        _ => None,
    }
}

async fn caller(
    site: &Arc<Site>,
    token: Option<String>,
    peer: Peer,
    request: RequestId,
    path: String,
) -> Result<Ctx, AppError> {
    let token = token.ok_or(AppError::Unauthorized)?;
    let now = site.deps.clock.now();
    let caller = site
        .authenticator
        .api_key(&token, now)
        .await?
        .ok_or(AppError::Unauthorized)?;
    Ok(Ctx(Arc::new(CtxData {
        org: caller.organization.id,
        zone: TimeZone::get(&caller.organization.timezone).unwrap_or(TimeZone::UTC),
        organization: caller.organization,
        actor: Actor::ApiKey {
            key: caller.key,
            permissions: caller.permissions,
        },
        now,
        l10n: site.catalog.language("en"),
        theme: ui_kit::Theme::System,
        shortcuts: false,
        peer,
        request,
        path,
        view: View::Full,
        toasts: Vec::new(),
        csrf: String::new(),
        site: site.clone(),
    })))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

fn finish(response: Response, id: RequestId) -> Response {
    match problem_of(&response) {
        Some(problem) => document(&problem, response, id),
        None => response,
    }
}

/// Keeps the headers of the first answer, such as `Retry-After`.
fn document(problem: &Problem, response: Response, id: RequestId) -> Response {
    let title = problem.status.canonical_reason().unwrap_or("Error");
    let mut body = json!({
        "type": format!("/docs/problems/{}", problem.code.replace('_', "-")),
        "title": title,
        "status": problem.status.as_u16(),
        "code": problem.code,
        "instance": format!("/requests/{id}"),
    });
    if problem.status == StatusCode::TOO_MANY_REQUESTS {
        // The one problem that has a registered type of its own.
        body["type"] = json!("https://iana.org/assignments/http-problem-types#quota-exceeded");
        body["violated-policies"] = json!(["default"]);
    }
    if let Some(detail) = &problem.detail {
        body["detail"] = json!(detail);
    } else if !problem.errors.is_empty() {
        body["detail"] = json!(format!(
            "{} of the fields cannot be accepted.",
            problem.errors.len()
        ));
    }
    if !problem.errors.is_empty() {
        let errors = problem
            .errors
            .iter()
            .map(|e| json!({"pointer": format!("#/{}", e.field), "code": e.code, "detail": e.detail}));
        body["errors"] = errors.collect();
    }
    if let Some(existing) = &problem.existing {
        body["existing"] = json!(existing);
    }
    let mut answer = (problem.status, Json(body)).into_response();
    for (name, value) in response.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    answer
}
