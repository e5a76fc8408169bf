use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    identity::{ApiKey, CreatedApiKey, NewApiKey},
};
use http::{StatusCode, header};
use kernel::ApiKeyId;
use platform::web::{AppError, Ctx, Json, Path, Query, WebResult};
use serde::Deserialize;

use crate::{
    application::{
        create_api_key::{KeyRequest, create_api_key},
        list_api_keys::list_api_keys,
        revoke_api_key::revoke_api_key,
    },
    domain::{
        api_key::{Scopes, parse_expiry, parse_mode},
        names::Name,
        problem::{FieldProblem, Problems},
    },
    infrastructure::pg::KeyRow,
    interface::{
        problem_text::field_errors,
        state::{Identity, by},
    },
};

/// The order that cursors belong to.
const LIST: &str = "identity.api_keys newest first";

/// Which page of the list.
#[derive(Deserialize, utoipa::IntoParams)]
pub struct KeysQuery {
    /// How many, 1 to 500.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: usize,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

fn default_limit() -> usize {
    100
}

/// The keys.
pub async fn list(
    ctx: Ctx,
    State(identity): State<Identity>,
    Query(query): Query<KeysQuery>,
) -> WebResult<Answer<ListPage<ApiKey>>> {
    if !(1..=500).contains(&query.limit) {
        return Err(AppError::invalid(
            "limit",
            "out_of_range",
            ctx.t("identity-problem-limit"),
        ));
    }
    let after: Option<ApiKeyId> = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let (keys, has_more) = list_api_keys(&identity.deps, ctx.org, after, query.limit).await?;
    let next_cursor = keys
        .last()
        .filter(|_| has_more)
        .map(|key| ctx.seal_cursor(LIST, &key.id));
    Ok(Answer(ListPage {
        data: keys.into_iter().map(show).collect(),
        has_more,
        next_cursor,
    }))
}

/// Makes a key.
pub async fn create(
    ctx: Ctx,
    State(identity): State<Identity>,
    Json(new): Json<NewApiKey>,
) -> WebResult<Response> {
    let request =
        parse(&ctx, new).map_err(|problems| AppError::Invalid(field_errors(&ctx.l10n, &problems)))?;
    let (id, token) = create_api_key(&identity.deps, by(&ctx), &request).await?;
    let key = ApiKey {
        id,
        name: request.name.into_string(),
        prefix: token.prefix().to_owned(),
        mode: request.mode,
        scopes: request.scopes.words(),
        created_at: ctx.now,
        expires_at: request.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let created = CreatedApiKey {
        key,
        token: token.reveal().to_owned(),
    };
    // Said here and not left to the layer outside: the answer is not kept for repeated requests either.
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Answer(created),
    )
        .into_response())
}

/// Revokes a key. One that is revoked already, never was, or belongs to others is a 404.
pub async fn delete(
    ctx: Ctx,
    State(identity): State<Identity>,
    Path(id): Path<ApiKeyId>,
) -> WebResult<StatusCode> {
    revoke_api_key(&identity.deps, by(&ctx), id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(StatusCode::NO_CONTENT)
}

fn parse(ctx: &Ctx, new: NewApiKey) -> Result<KeyRequest, Vec<FieldProblem>> {
    let mut problems = Problems::default();
    let words = new.scopes.iter().map(String::as_str);
    let name = problems.take("name", Name::parse(&new.name));
    let scopes = problems.take("scopes", Scopes::parse(words, |scope| ctx.may(scope)));
    let mode = problems.take("mode", parse_mode(new.mode, ctx.organization.mode));
    let expires_at = problems.take("expires_at", parse_expiry(new.expires_at, ctx.now));
    match (name, scopes, mode, expires_at) {
        (Some(name), Some(scopes), Some(mode), Some(expires_at)) => Ok(KeyRequest {
            name,
            scopes,
            mode,
            expires_at,
        }),
        _ => Err(problems.into_vec()),
    }
}

fn show(key: KeyRow) -> ApiKey {
    ApiKey {
        id: key.id,
        name: key.name,
        prefix: key.prefix,
        mode: key.state.mode,
        scopes: key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        created_at: key.created_at,
        expires_at: key.state.expires_at,
        last_used_at: key.state.last_used_at,
        revoked_at: key.state.revoked_at,
    }
}
