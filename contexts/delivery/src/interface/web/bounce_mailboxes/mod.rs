//! Mailboxes that bounces come back to.

mod form;
mod list_view;
mod status_view;
mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::bounces::{BOUNCE_MAILBOX, BOUNCE_MAILBOXES};
use http::StatusCode;
use kernel::BounceMailboxId;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult};

pub use form::MailboxForm;

use crate::{
    application::{
        mailbox_deps::MailboxDeps,
        read_bounce_mailboxes::{ShownMailbox, find_bounce_mailbox, list_bounce_mailboxes},
        save_bounce_mailbox::{
            MailboxNotSaved, add_bounce_mailbox, change_bounce_mailbox, delete_bounce_mailbox,
        },
        test_bounce_mailbox::{MailboxNotTested, test_bounce_mailbox},
    },
    interface::bounce_words::{look_failure, mailbox_faults},
};

/// All mailboxes.
pub async fn list(ctx: Ctx, State(deps): State<MailboxDeps>) -> WebResult {
    let found = list_bounce_mailboxes(&deps.db, ctx.org).await?;
    Ok(list_view::page(&ctx, &found))
}

/// The form for a new one.
pub async fn new(ctx: Ctx, State(deps): State<MailboxDeps>) -> WebResult {
    let form = MailboxForm::default();
    Ok(view::new_page(
        &ctx,
        &deps,
        StatusCode::OK,
        &form,
        &FieldErrors::new(),
    ))
}

/// Sets one up.
pub async fn create(ctx: Ctx, State(deps): State<MailboxDeps>, Form(form): Form<MailboxForm>) -> WebResult {
    let added = match form.draft() {
        Ok(draft) => add_bounce_mailbox(&deps, ctx.org, &draft, &form.password).await,
        Err(unknown) => return Err(unknown_choice(&ctx, unknown)),
    };
    match added {
        Ok(id) => back(&ctx, id, Toast::done(ctx.t("delivery-bounce-added"))),
        Err(error) => {
            let errors = faults(&ctx, error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(view::new_page(&ctx, &deps, status, &form, &errors))
        }
    }
}

/// One mailbox.
pub async fn show(ctx: Ctx, State(deps): State<MailboxDeps>, Path(id): Path<BounceMailboxId>) -> WebResult {
    let shown = read(&ctx, &deps, id).await?;
    let form = MailboxForm::of(&shown.mailbox.settings);
    let none = FieldErrors::new();
    Ok(view::page(&ctx, &deps, StatusCode::OK, &shown, &form, &none))
}

/// Changes it.
pub async fn save(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
    Form(form): Form<MailboxForm>,
) -> WebResult {
    let password = (!form.password.is_empty()).then_some(form.password.as_str());
    let draft = form.draft().map_err(|unknown| unknown_choice(&ctx, unknown))?;
    match change_bounce_mailbox(&deps, ctx.org, id, &draft, password).await {
        Ok(()) => back(&ctx, id, Toast::done(ctx.t("delivery-bounce-saved"))),
        Err(error) => {
            let errors = faults(&ctx, error)?;
            let shown = read(&ctx, &deps, id).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(view::page(&ctx, &deps, status, &shown, &form, &errors))
        }
    }
}

/// Signs in and counts.
pub async fn test(ctx: Ctx, State(deps): State<MailboxDeps>, Path(id): Path<BounceMailboxId>) -> WebResult {
    let tested = test_bounce_mailbox(&deps, ctx.org, id)
        .await
        .map_err(not_tested)?;
    let said = match tested {
        Ok(messages) => Toast::done(ctx.ta("delivery-bounce-test-done", &[("count", messages.into())])),
        Err(failure) => Toast::failed(look_failure(&ctx.l10n, &failure)),
    };
    back(&ctx, id, said)
}

/// Asks before it goes.
pub async fn ask_to_delete(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
) -> WebResult {
    let shown = read(&ctx, &deps, id).await?;
    Ok(view::deletion_page(&ctx, &shown.mailbox))
}

/// Deletes it.
pub async fn delete(ctx: Ctx, State(deps): State<MailboxDeps>, Path(id): Path<BounceMailboxId>) -> WebResult {
    if !delete_bounce_mailbox(&deps.db, ctx.org, id).await? {
        return Err(AppError::NotFound);
    }
    let said = Toast::done(ctx.t("delivery-bounce-deleted"));
    Ok(Redirect::to(&ctx, BOUNCE_MAILBOXES.url())
        .say(&ctx, said)
        .into_response())
}

async fn read(ctx: &Ctx, deps: &MailboxDeps, id: BounceMailboxId) -> WebResult<ShownMailbox> {
    find_bounce_mailbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}

fn back(ctx: &Ctx, id: BounceMailboxId, said: Toast) -> WebResult {
    Ok(Redirect::to(ctx, BOUNCE_MAILBOX.url(&id))
        .say(ctx, said)
        .into_response())
}

/// No choice of the form says that.
fn unknown_choice(ctx: &Ctx, field: &'static str) -> AppError {
    AppError::invalid(field, "unknown_choice", ctx.t("delivery-bounce-choice-unknown"))
}

/// Why nothing was tried.
pub fn not_tested(error: MailboxNotTested) -> AppError {
    match error {
        MailboxNotTested::NotFound => AppError::NotFound,
        MailboxNotTested::Secret(error) => error.into(),
        MailboxNotTested::Db(error) => error.into(),
    }
}

/// What the person can mend, in the form; anything else is an error.
fn faults(ctx: &Ctx, error: MailboxNotSaved) -> WebResult<FieldErrors> {
    match error {
        MailboxNotSaved::Faults(faults) => Ok(mailbox_faults(&ctx.l10n, &faults)),
        MailboxNotSaved::NotFound => Err(AppError::NotFound),
        MailboxNotSaved::Secret(error) => Err(error.into()),
        MailboxNotSaved::Db(error) => Err(error.into()),
    }
}
