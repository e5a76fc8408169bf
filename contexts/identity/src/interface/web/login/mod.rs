//! Signing in and out.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect as Go, Response},
};
use contracts::{analytics::DASHBOARD, identity::LOGIN};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use platform::web::{
    AppError, Ctx, Form, Query, Redirect, Visitor, WebResult, clear_session_cookie, session_cookie,
};
use serde::Deserialize;

use crate::{
    application::{
        sign_in::{SignInError, sign_in},
        sign_out::sign_out,
    },
    domain::{local_path::LocalPath, login_throttle::Wait},
    interface::state::{Identity, by, client, person},
};

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct LoginQuery {
    next: Option<String>,
}

/// The form as it was typed in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct LoginForm {
    email: String,
    password: String,
    next: String,
}

/// Why the form is shown again.
pub enum Refusal {
    /// Not an account, or not its password.
    Wrong,
    /// Too many attempts.
    Wait(Wait),
}

/// The form.
pub async fn show(visitor: Visitor, Query(query): Query<LoginQuery>) -> Response {
    let next = LocalPath::parse_or(query.next.as_deref(), DASHBOARD);
    if visitor.signed_in {
        return Go::to(next.as_str()).into_response();
    }
    view::page(&visitor, "", &next, None)
}

/// Signs in and goes on.
pub async fn submit(
    visitor: Visitor,
    State(identity): State<Identity>,
    headers: HeaderMap,
    Form(form): Form<LoginForm>,
) -> WebResult {
    let LoginForm {
        email,
        password,
        next,
    } = form;
    let next = LocalPath::parse_or(Some(&next), DASHBOARD);
    match sign_in(
        &identity.deps,
        &email,
        password,
        client(&visitor, &headers),
        visitor.now,
    )
    .await
    {
        Ok(token) => Ok(Redirect::with_cookie(
            next.as_str(),
            &session_cookie(token.reveal(), identity.https),
        )),
        Err(SignInError::Wrong) => {
            let page = view::page(&visitor, &email, &next, Some(&Refusal::Wrong));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(SignInError::Wait(wait)) => {
            let page = view::page(&visitor, &email, &next, Some(&Refusal::Wait(wait)));
            let retry_after = HeaderValue::from(wait.seconds());
            Ok((
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, retry_after)],
                page,
            )
                .into_response())
        }
        Err(SignInError::Db(error)) => Err(AppError::from(error)),
    }
}

/// Ends the session that the request came with.
pub async fn sign_out_here(ctx: Ctx, State(identity): State<Identity>) -> WebResult {
    let (user, session) = person(&ctx)?;
    sign_out(&identity.deps, by(&ctx), user, session).await?;
    Ok(Redirect::with_cookie(
        LOGIN.template(),
        &clear_session_cookie(identity.https),
    ))
}
