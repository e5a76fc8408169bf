//! Keys of the API.

mod scope_words;
mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::identity::{API_KEYS, SendingMode};
use http::StatusCode;
use jiff::SignedDuration;
use kernel::{ApiKeyId, Permission, Timestamp};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    application::{
        create_api_key::{KeyRequest, create_api_key},
        list_api_keys::list_api_keys,
        revoke_api_key::revoke_api_key,
    },
    domain::{
        api_key::{Scopes, parse_mode},
        names::Name,
        problem::{FieldProblem, Problems},
    },
    interface::{
        problem_text::field_errors,
        state::{Identity, by},
    },
};

/// Keys on one page.
const PAGE: usize = 50;
/// The order that cursors belong to.
const LIST: &str = "identity.api_keys newest first";

/// Which page of the list.
#[derive(Deserialize)]
pub struct KeysQuery {
    cursor: Option<String>,
}

/// The form as it was filled in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct KeyForm {
    name: String,
    mode: Option<SendingMode>,
    expiry: Expiry,
    scopes: Vec<String>,
}

/// The choices of an expiry.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "snake_case")]
pub enum Expiry {
    /// After a month.
    Days30,
    /// After a quarter.
    #[default]
    Days90,
    /// After a year.
    Days365,
    /// Only when it is revoked.
    Never,
}

impl Expiry {
    /// The instant, seen from `now`.
    fn after(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self {
            Expiry::Days30 => 30,
            Expiry::Days90 => 90,
            Expiry::Days365 => 365,
            Expiry::Never => return None,
        };
        Some(now + SignedDuration::from_hours(24 * days))
    }
}

/// The keys.
pub async fn list(ctx: Ctx, State(identity): State<Identity>, Query(query): Query<KeysQuery>) -> WebResult {
    let after: Option<ApiKeyId> = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let (keys, more) = list_api_keys(&identity.deps, ctx.org, after, PAGE).await?;
    let next = keys
        .last()
        .filter(|_| more)
        .map(|key| ctx.seal_cursor(LIST, &key.id));
    Ok(view::list_page(&ctx, &keys, next))
}

/// The form for a new one.
pub async fn new(ctx: Ctx) -> Response {
    view::new_page(&ctx, StatusCode::OK, &KeyForm::default(), &FieldErrors::new())
}

/// Makes a key and shows its token, this once: the answer to this very request, since an address to
/// come back to would have to keep it somewhere.
pub async fn create(ctx: Ctx, State(identity): State<Identity>, Form(form): Form<KeyForm>) -> WebResult {
    let request = match form.parse(&ctx) {
        Ok(request) => request,
        Err(problems) => {
            let errors = field_errors(&ctx.l10n, &problems);
            return Ok(view::new_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &form,
                &errors,
            ));
        }
    };
    let (_, token) = create_api_key(&identity.deps, by(&ctx), &request).await?;
    let can_try = request.scopes.contain(Permission::OrganizationRead);
    let example = can_try.then(|| view::example(token.reveal(), &identity.deps.base_url));
    Ok(view::created_page(
        &ctx,
        request.name.as_str(),
        token.reveal(),
        example.as_deref(),
    ))
}

/// Revokes a key.
pub async fn revoke(ctx: Ctx, State(identity): State<Identity>, Path(id): Path<ApiKeyId>) -> WebResult {
    let name = revoke_api_key(&identity.deps, by(&ctx), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let said = Toast::done(ctx.ta("identity-key-revoked", &[("name", name.into())]));
    Ok(Redirect::to(&ctx, API_KEYS.url()).say(&ctx, said).into_response())
}

impl KeyForm {
    fn parse(&self, ctx: &Ctx) -> Result<KeyRequest, Vec<FieldProblem>> {
        let mut problems = Problems::default();
        let words = self.scopes.iter().map(String::as_str);
        let name = problems.take("name", Name::parse(&self.name));
        let scopes = problems.take("scopes", Scopes::parse(words, |scope| ctx.may(scope)));
        let mode = problems.take("mode", parse_mode(self.mode, ctx.organization.mode));
        match (name, scopes, mode) {
            (Some(name), Some(scopes), Some(mode)) => Ok(KeyRequest {
                name,
                scopes,
                mode,
                expires_at: self.expiry.after(ctx.now),
            }),
            _ => Err(problems.into_vec()),
        }
    }
}
