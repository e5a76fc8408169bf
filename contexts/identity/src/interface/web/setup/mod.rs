//! The first run.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect as Go, Response},
};
use contracts::{analytics::DASHBOARD, identity::LOGIN};
use http::{HeaderMap, StatusCode, header};
use platform::web::{AppError, FieldErrors, Form, Query, Redirect, Visitor, WebResult, session_cookie};
use serde::Deserialize;

use crate::{
    application::set_up::{SetUpOutcome, accepts_token, needs_setup, set_up, sign_owner_in},
    domain::{
        first_run::{FirstRun, SetUpRequest},
        setup_access::Origin,
    },
    interface::{
        problem_text::field_errors,
        state::{Identity, client, known_ip},
    },
};

/// What the link from the log carries.
#[derive(Deserialize)]
pub struct SetUpQuery {
    token: Option<String>,
}

/// The form as it was typed in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct SetUpForm {
    token: String,
    organization: String,
    timezone: String,
    name: String,
    email: String,
    password: String,
}

/// The form, or how to get to it.
pub async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    Query(query): Query<SetUpQuery>,
    headers: HeaderMap,
) -> WebResult {
    if !needs_setup(&identity.deps).await? {
        return Ok(Go::to(LOGIN.template()).into_response());
    }
    let token = query.token.unwrap_or_default();
    if !may_set_up(&identity, &visitor, &headers, &token).await? {
        return Ok(locked(&visitor, &token));
    }
    Ok(view::page(
        &visitor,
        &SetUpForm {
            token,
            ..SetUpForm::default()
        },
        &FieldErrors::new(),
    ))
}

/// Sets everything up and signs the owner in.
pub async fn submit(
    visitor: Visitor,
    State(identity): State<Identity>,
    headers: HeaderMap,
    Form(form): Form<SetUpForm>,
) -> WebResult {
    if !needs_setup(&identity.deps).await? {
        return Err(AppError::NotFound);
    }
    if !may_set_up(&identity, &visitor, &headers, &form.token).await? {
        return Ok(locked(&visitor, &form.token));
    }
    let first_run = match FirstRun::parse(&form.request()) {
        Ok(first_run) => first_run,
        Err(problems) => {
            let errors = field_errors(&visitor.l10n, &problems);
            return Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                view::page(&visitor, &form, &errors),
            )
                .into_response());
        }
    };
    match set_up(&identity.deps, first_run, known_ip(visitor.peer), visitor.now).await? {
        SetUpOutcome::Completed { org, user } => {
            let client = client(&visitor, &headers);
            let token = sign_owner_in(&identity.deps, org, user, &client, visitor.now).await?;
            Ok(Redirect::with_cookie(
                DASHBOARD.template(),
                &session_cookie(token.reveal(), identity.https),
            ))
        }
        SetUpOutcome::AlreadyCompleted { .. } => Err(AppError::NotFound),
    }
}

impl SetUpForm {
    fn request(&self) -> SetUpRequest {
        SetUpRequest {
            organization: self.organization.clone(),
            timezone: self.timezone.clone(),
            name: self.name.clone(),
            email: self.email.clone(),
            password: self.password.clone(),
        }
    }
}

/// Whoever sits at this machine, or holds a token from its log.
async fn may_set_up(
    identity: &Identity,
    visitor: &Visitor,
    headers: &HeaderMap,
    token: &str,
) -> Result<bool, AppError> {
    let forwarded = ["via", "x-real-ip", "x-forwarded-host"]
        .iter()
        .any(|name| headers.contains_key(*name));
    let origin = Origin {
        peer: known_ip(visitor.peer),
        forwarded: forwarded || !visitor.peer.direct,
        host: headers.get(header::HOST).and_then(|value| value.to_str().ok()),
    };
    Ok(origin.is_this_machine() || accepts_token(&identity.deps, token).await?)
}

fn locked(visitor: &Visitor, token: &str) -> Response {
    (
        StatusCode::FORBIDDEN,
        view::locked_page(visitor, !token.is_empty()),
    )
        .into_response()
}
