//! A person's own account: name, password, appearance, sessions.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use contracts::identity::ACCOUNT;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use kernel::SessionId;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{Theme, duration};

use crate::{
    application::{
        change_account::change_account,
        change_password::{ChangePasswordError, change_password},
        list_sessions::list_sessions,
        revoke_session::revoke_session,
    },
    domain::{
        local_path::LocalPath,
        names::Name,
        password::NewPassword,
        problem::{FieldProblem, Problem, Problems},
    },
    interface::{
        problem_text::field_errors,
        state::{Identity, by, person},
    },
};

/// The name as it was typed in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct NameForm {
    name: String,
}

/// The passwords as they were typed in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct PasswordForm {
    present_password: String,
    new_password: String,
}

/// The theme that was chosen.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct ThemeForm {
    theme: String,
}

/// Whether single keys are shortcuts.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct ShortcutsForm {
    shortcuts: String,
}

/// The account.
pub async fn show(ctx: Ctx, State(identity): State<Identity>) -> WebResult {
    let name = ctx.person().map(|person| person.name.clone()).unwrap_or_default();
    page(&ctx, &identity, StatusCode::OK, name, FieldErrors::new()).await
}

/// Changes the name.
pub async fn rename(ctx: Ctx, State(identity): State<Identity>, Form(form): Form<NameForm>) -> WebResult {
    let (user, _) = person(&ctx)?;
    match Name::parse(&form.name) {
        Ok(name) => {
            change_account(&identity.deps, by(&ctx), user, &name).await?;
            Ok(back(&ctx, ctx.t("identity-account-saved")))
        }
        Err(problem) => {
            let problem = FieldProblem {
                field: "name",
                problem: problem.into(),
            };
            let errors = field_errors(&ctx.l10n, &[problem]);
            page(
                &ctx,
                &identity,
                StatusCode::UNPROCESSABLE_ENTITY,
                form.name,
                errors,
            )
            .await
        }
    }
}

/// Changes the password and ends all other sessions.
pub async fn replace_password(
    ctx: Ctx,
    State(identity): State<Identity>,
    Form(form): Form<PasswordForm>,
) -> WebResult {
    let (user, session) = person(&ctx)?;
    let email = ctx.person().map_or("", |person| person.email.as_str());
    let new = match parse_new(&form.new_password, email) {
        Ok(new) => new,
        Err(problems) => {
            let errors = field_errors(&ctx.l10n, &problems);
            return show_refused(&ctx, &identity, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
        }
    };
    match change_password(
        &identity.deps,
        by(&ctx),
        user,
        session,
        form.present_password,
        new,
    )
    .await
    {
        Ok(ended) => {
            let ended = i64::try_from(ended).unwrap_or(i64::MAX);
            Ok(back(
                &ctx,
                ctx.ta("identity-password-changed", &[("count", ended.into())]),
            ))
        }
        Err(ChangePasswordError::WrongPresent) => {
            let mut errors = FieldErrors::new();
            errors.add(
                "present_password",
                "wrong_password",
                ctx.t("identity-password-wrong"),
            );
            show_refused(&ctx, &identity, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(ChangePasswordError::Wait(wait)) => {
            let mut errors = FieldErrors::new();
            let time = duration(ctx.words(), wait.seconds());
            let sentence = ctx.ta("identity-password-wait", &[("time", time.into())]);
            errors.add("present_password", "too_many_attempts", sentence);
            let page = show_refused(&ctx, &identity, StatusCode::TOO_MANY_REQUESTS, errors).await?;
            Ok(([(header::RETRY_AFTER, HeaderValue::from(wait.seconds()))], page).into_response())
        }
        Err(ChangePasswordError::Db(error)) => Err(AppError::from(error)),
    }
}

/// Ends another session of the same person.
pub async fn end_session(ctx: Ctx, State(identity): State<Identity>, Path(id): Path<SessionId>) -> WebResult {
    let (user, _) = person(&ctx)?;
    if !revoke_session(&identity.deps, by(&ctx), user, id).await? {
        return Err(AppError::NotFound);
    }
    Ok(back(&ctx, ctx.t("identity-session-ended")))
}

/// Remembers the theme in the browser, and goes back to where it was chosen.
pub async fn choose_theme(headers: HeaderMap, Form(form): Form<ThemeForm>) -> Response {
    remember(&headers, "theme", Theme::parse(&form.theme).as_str())
}

/// Remembers in the browser whether single keys are shortcuts. Speech input says letters, and letters
/// must not do things then (WCAG 2.1.4).
pub async fn choose_shortcuts(headers: HeaderMap, Form(form): Form<ShortcutsForm>) -> Response {
    let choice = if form.shortcuts == "off" { "off" } else { "on" };
    remember(&headers, "shortcuts", choice)
}

fn remember(headers: &HeaderMap, name: &'static str, choice: &'static str) -> Response {
    let cookie = Cookie::build((name, choice))
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .permanent()
        .build();
    Redirect::with_cookie(referring_page(headers).as_str(), &cookie)
}

/// The path of the page that the form stood on; the account when the browser does not say.
fn referring_page(headers: &HeaderMap) -> LocalPath {
    let referer = headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok()?.parse::<Uri>().ok());
    let path = referer
        .as_ref()
        .and_then(|uri| uri.path_and_query())
        .map(http::uri::PathAndQuery::as_str);
    LocalPath::parse_or(path, ACCOUNT)
}

fn parse_new(text: &str, email: &str) -> Result<NewPassword, Vec<FieldProblem>> {
    let mut problems = Problems::default();
    let new = problems.take(
        "new_password",
        NewPassword::parse(text, email).map_err(Problem::from),
    );
    new.ok_or_else(|| problems.into_vec())
}

async fn show_refused(ctx: &Ctx, identity: &Identity, status: StatusCode, errors: FieldErrors) -> WebResult {
    let name = ctx.person().map(|person| person.name.clone()).unwrap_or_default();
    page(ctx, identity, status, name, errors).await
}

async fn page(
    ctx: &Ctx,
    identity: &Identity,
    status: StatusCode,
    name: String,
    errors: FieldErrors,
) -> WebResult {
    let (user, session) = person(ctx)?;
    let sessions = list_sessions(&identity.deps, user, ctx.now).await?;
    Ok(view::page(
        ctx,
        status,
        &view::Account {
            name,
            session,
            sessions,
            errors,
        },
    ))
}

fn back(ctx: &Ctx, said: String) -> Response {
    Redirect::to(ctx, ACCOUNT.url())
        .say(ctx, Toast::done(said))
        .into_response()
}
