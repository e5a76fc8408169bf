//! From test mode to live sending, and back.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::identity::{GO_LIVE, SendingMode};
use http::StatusCode;
use platform::web::{AppError, Ctx, Form, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    application::go_live::{
        GoLiveError, collect_readiness, count_keys_that_would_stop, go_live, return_to_test,
    },
    domain::organization::ModeRefusal,
    interface::state::{Identity, by},
};

/// What is asked for.
#[derive(Deserialize)]
pub struct ModeForm {
    mode: SendingMode,
    #[serde(default)]
    confirmation: String,
}

/// What is in order and what is missing.
pub async fn show(ctx: Ctx, State(identity): State<Identity>) -> WebResult {
    page(&ctx, &identity, StatusCode::OK, None).await
}

/// Changes the mode, or says why not.
pub async fn change_mode(
    ctx: Ctx,
    State(identity): State<Identity>,
    Form(form): Form<ModeForm>,
) -> WebResult {
    let done = match form.mode {
        SendingMode::Live => go_live(&identity.deps, by(&ctx), &identity.readiness, &form.confirmation).await,
        SendingMode::Test => return_to_test(&identity.deps, by(&ctx)).await,
    };
    match done {
        Ok(()) => Ok(back(&ctx, form.mode)),
        Err(GoLiveError::Refused(refusal)) => {
            page(&ctx, &identity, StatusCode::UNPROCESSABLE_ENTITY, Some(refusal)).await
        }
        Err(GoLiveError::NotFound) => Err(AppError::NotFound),
        Err(GoLiveError::Port(error)) => Err(error.into()),
        Err(GoLiveError::Db(error)) => Err(error.into()),
    }
}

async fn page(ctx: &Ctx, identity: &Identity, status: StatusCode, refusal: Option<ModeRefusal>) -> WebResult {
    let items = collect_readiness(&identity.readiness, ctx.org).await?;
    let test_keys = count_keys_that_would_stop(&identity.deps, ctx.org, ctx.now).await?;
    Ok(view::page(
        ctx,
        status,
        &view::GoLive {
            items,
            test_keys,
            refusal,
        },
    ))
}

fn back(ctx: &Ctx, mode: SendingMode) -> Response {
    let said = ctx.t(match mode {
        SendingMode::Live => "identity-live-done",
        SendingMode::Test => "identity-live-returned",
    });
    Redirect::to(ctx, GO_LIVE.url())
        .say(ctx, Toast::done(said))
        .into_response()
}
