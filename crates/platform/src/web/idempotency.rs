//! `Idempotency-Key` on every POST of the API (draft-ietf-httpapi-idempotency-key-header-07): the
//! first answer is kept for 24 hours and given again.

use aws_lc_rs::digest;
use axum::{
    body::{Body, to_bytes},
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::{Actor, AppError, Ctx, versions::Versions};
use crate::db::DbError;

const MAX_BODY: usize = 1024 * 1024;
const MAX_KEY: usize = 256;

pub(crate) async fn run(ctx: &Ctx, request: Request, versions: Versions, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").cloned();
    match key {
        Some(key) if request.method() == Method::POST => guarded(ctx, key, request, next)
            .await
            .unwrap_or_else(IntoResponse::into_response),
        _ => versions.run(ctx, request, next).await,
    }
}

async fn guarded(ctx: &Ctx, key: HeaderValue, request: Request, next: Next) -> Result<Response, AppError> {
    let key = key.to_str().ok().filter(|k| !k.is_empty() && k.len() <= MAX_KEY);
    let key = key.ok_or_else(|| {
        AppError::BadRequest("Idempotency-Key holds 1 to 256 visible characters".to_owned())
    })?;
    let (parts, body) = request.into_parts();
    let (body, hash) = fingerprint(&parts.headers, body).await?;
    // The caller is part of it: an answer is repeated only to whom it was given, since it is given
    // before anybody asks what the caller may do.
    let route = format!("{} {} by {}", parts.method, parts.uri.path(), caller(ctx));
    if let Some(kept) = begin(ctx, key, &route, hash.as_ref()).await? {
        return replay(kept, &route, hash.as_ref());
    }
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status().is_server_error() {
        forget(ctx, key).await?;
        return Ok(response);
    }
    keep(ctx, key, response).await
}

/// The body as it was, and what tells it from another one: its hash, or of a file that is too large
/// to be held in memory the hash of its beginning and the length that it says it has.
async fn fingerprint(headers: &HeaderMap, body: Body) -> Result<(Body, digest::Digest), AppError> {
    let mut stream = body.into_data_stream();
    let mut begun = Vec::new();
    let mut context = digest::Context::new(&digest::SHA256);
    while begun.iter().map(Bytes::len).sum::<usize>() <= MAX_BODY {
        match stream.next().await {
            None => return Ok((Body::from(begun.concat()), context.finish())),
            Some(piece) => {
                let piece = piece.map_err(|error| AppError::BadRequest(error.to_string()))?;
                context.update(&piece);
                begun.push(piece);
            }
        }
    }
    // Pieces are cut anew at every try, so that only a fixed beginning is the same again.
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(&begun.concat()[..MAX_BODY]);
    if let Some(length) = headers.get(header::CONTENT_LENGTH) {
        context.update(length.as_bytes());
    }
    let begun = futures::stream::iter(begun.into_iter().map(Ok));
    Ok((Body::from_stream(begun.chain(stream)), context.finish()))
}

fn caller(ctx: &Ctx) -> String {
    match &ctx.actor {
        Actor::User(person) => person.user.to_string(),
        Actor::ApiKey { key, .. } => key.to_string(),
    }
}

#[derive(sqlx::FromRow)]
struct Kept {
    route: String,
    body_hash: Vec<u8>,
    status: Option<i16>,
    content_type: Option<String>,
    location: Option<String>,
    body: Option<Vec<u8>>,
}

/// Takes the key, or returns what is kept under it. A request that has not been answered for a
/// minute is taken for crashed, and its key is given to the new one.
async fn begin(ctx: &Ctx, key: &str, route: &str, hash: &[u8]) -> Result<Option<Kept>, AppError> {
    let mut tx = ctx.tx().await?;
    let taken: Option<i32> = sqlx::query_scalar(
        r#"
        INSERT INTO platform.idempotency_keys AS k (org_id, key, route, body_hash)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (org_id, key) DO UPDATE
        SET route = excluded.route, body_hash = excluded.body_hash, status = NULL, body = NULL,
            content_type = NULL, location = NULL, created_at = now()
        WHERE k.created_at < now() - interval '24 hours'
           OR (k.status IS NULL AND k.created_at < now() - interval '1 minute')
        RETURNING 1
        "#,
    )
    .bind(ctx.org.uuid())
    .bind(key)
    .bind(route)
    .bind(hash)
    .fetch_optional(tx.conn())
    .await
    .map_err(DbError::from)?;
    let kept = match taken {
        Some(_) => None,
        None => sqlx::query_as(
            r#"
            SELECT route, body_hash, status, content_type, location, body
            FROM platform.idempotency_keys
            WHERE org_id = $1 AND key = $2
            "#,
        )
        .bind(ctx.org.uuid())
        .bind(key)
        .fetch_optional(tx.conn())
        .await
        .map_err(DbError::from)?,
    };
    tx.commit().await?;
    Ok(kept)
}

fn replay(kept: Kept, route: &str, hash: &[u8]) -> Result<Response, AppError> {
    if kept.route != route || kept.body_hash != hash {
        let detail = "The key was used for another request.";
        return Err(AppError::invalid(
            "Idempotency-Key",
            "idempotency_key_reused",
            detail,
        ));
    }
    let Some(status) = kept
        .status
        .and_then(|s| StatusCode::from_u16(s.cast_unsigned()).ok())
    else {
        let mut response = AppError::Conflict {
            code: "still_running",
            detail: "The first request with this key has not been answered yet.".to_owned(),
            existing: None,
        }
        .into_response();
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return Ok(response);
    };
    let Some(body) = kept.body else {
        return Err(AppError::Conflict {
            code: "answer_not_kept",
            detail: "The request was carried out. Its answer held a secret, which is not kept.".to_owned(),
            existing: None,
        });
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [
        (header::CONTENT_TYPE, kept.content_type),
        (header::LOCATION, kept.location),
    ] {
        if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    Ok(response)
}

async fn keep(ctx: &Ctx, key: &str, response: Response) -> Result<Response, AppError> {
    // A problem has no body yet; the document is written by the layer outside, from what is kept in
    // the extensions, so a refusal is not kept and may be tried again with the same key.
    if response.status().is_client_error() {
        forget(ctx, key).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BODY).await.map_err(AppError::internal)?;
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|v: &HeaderValue| v.to_str().ok())
    };
    // What the handler wants stored nowhere, such as a new key, is not stored here either.
    let is_secret = text(header::CACHE_CONTROL).is_some_and(|value| value.contains("no-store"));
    let kept_body = (!is_secret).then_some(bytes.as_ref());
    let mut tx = ctx.tx().await?;
    sqlx::query(
        r#"
        UPDATE platform.idempotency_keys
        SET status = $3, content_type = $4, location = $5, body = $6
        WHERE org_id = $1 AND key = $2
        "#,
    )
    .bind(ctx.org.uuid())
    .bind(key)
    .bind(parts.status.as_u16().cast_signed())
    .bind(text(header::CONTENT_TYPE))
    .bind(text(header::LOCATION))
    .bind(kept_body)
    .execute(tx.conn())
    .await
    .map_err(DbError::from)?;
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

async fn forget(ctx: &Ctx, key: &str) -> Result<(), AppError> {
    let mut tx = ctx.tx().await?;
    sqlx::query("DELETE FROM platform.idempotency_keys WHERE org_id = $1 AND key = $2")
        .bind(ctx.org.uuid())
        .bind(key)
        .execute(tx.conn())
        .await
        .map_err(DbError::from)?;
    Ok(tx.commit().await?)
}
