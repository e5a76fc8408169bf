//! Doing something to many contacts: what would happen to whom, the doing, and the taking back.

mod form;
mod review;
mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::crm::lists::{BULK_ACTION, BULK_ACTIONS};
use http::{HeaderValue, StatusCode};
use kernel::{BulkActionId, Permission};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;

pub use self::{form::BulkForm, review::buttons as bulk_buttons};
use self::{
    form::{EXPORT, problems_of},
    review::Review,
};
use crate::{
    Crm,
    application::{
        select_contacts::{SelectError, Size, resolve},
        start_bulk_action::{BulkError, Order, cancel_bulk_action, start_bulk_action, undo_bulk_action},
    },
    domain::{
        bulk::{BulkAction, BulkKind, TYPED_ABOVE},
        rule::Moment,
        selection::Selection,
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::actor,
        bulk_words::{Names, action_in_words},
        selection_words::{selection_in_words, started_by},
    },
};

const LIST: &str = "crm.bulk_actions newest first";
const PAGE: i64 = 50;

/// Which page of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    cursor: Option<String>,
}

/// What was done to many contacts.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
    let before = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut actions = tx.bulk_actions(before, PAGE + 1).await?;
    let more = actions.len() as i64 > PAGE;
    actions.truncate(PAGE as usize);
    let next = actions
        .last()
        .filter(|_| more)
        .map(|last| BULK_ACTIONS.with(&[("cursor", ctx.seal_cursor(LIST, &last.id))]));
    let mut named = Vec::with_capacity(actions.len());
    let names = Names::load(&ctx, &crm, &mut tx).await?;
    for action in actions {
        let words = names.say(&ctx, &action.kind);
        named.push((action, words));
    }
    Ok(view::list(&ctx, &named, next))
}

/// Asks for what is still open, and shows who is meant.
pub async fn review(ctx: Ctx, State(crm): State<Crm>, Form(pairs): Form<Vec<(String, String)>>) -> WebResult {
    let form = BulkForm::read(pairs);
    show(&ctx, &crm, &form, StatusCode::OK, FieldErrors::new()).await
}

async fn show(ctx: &Ctx, crm: &Crm, form: &BulkForm, status: StatusCode, errors: FieldErrors) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let Some(selection) = form.selection(ctx, &mut tx, &fields).await? else {
        return nobody(ctx, form);
    };
    if form.get("action") == EXPORT && !ctx.may(Permission::ContactsExport) {
        return Err(AppError::Forbidden);
    }
    let page = Review {
        form,
        size: size(ctx, crm, &mut tx, &selection).await?,
        sentence: selection_in_words(ctx, &mut tx, &selection).await?,
        choices: review::Choices::load(ctx, crm, &mut tx, fields).await?,
        errors,
    };
    Ok(review::page(ctx, status, &page))
}

fn nobody(ctx: &Ctx, form: &BulkForm) -> WebResult {
    Ok(Redirect::to(ctx, form.list().url())
        .say(ctx, Toast::failed(ctx.t("crm-bulk-nobody")))
        .into_response())
}

async fn size(ctx: &Ctx, crm: &Crm, tx: &mut CrmTx, selection: &Selection) -> Result<Size, AppError> {
    let at = Moment {
        now: ctx.now,
        zone: ctx.zone.clone(),
    };
    let selected = resolve(tx, selection, &at).await.map_err(|error| match error {
        SelectError::Outdated => AppError::invalid("rule", "outdated", ctx.t("crm-list-bad-parameter")),
        SelectError::Db(error) => error.into(),
    })?;
    Ok(selected.size(&crm.deps.db, ctx.org).await?)
}

/// Does it.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(pairs): Form<Vec<(String, String)>>) -> WebResult {
    let form = BulkForm::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let Some(selection) = form.selection(&ctx, &mut tx, &fields).await? else {
        return nobody(&ctx, &form);
    };
    let kind = match form.kind(&ctx, &fields) {
        Ok(kind) => kind,
        Err(errors) => return show(&ctx, &crm, &form, StatusCode::UNPROCESSABLE_ENTITY, errors).await,
    };
    if let BulkKind::SetOwner { owner: Some(owner) } = &kind
        && !crm
            .organizations
            .members(ctx.org)
            .await?
            .iter()
            .any(|member| member.id == *owner)
    {
        let mut errors = FieldErrors::new();
        errors.add("owner", "missing", ctx.t("crm-reason-missing"));
        return show(&ctx, &crm, &form, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let size = size(&ctx, &crm, &mut tx, &selection).await?;
    if kind == (BulkKind::Delete {}) && size.number() > TYPED_ABOVE && !typed(&form, size) {
        let mut errors = FieldErrors::new();
        errors.add("confirm", "not_confirmed", ctx.t("crm-bulk-confirm-wrong"));
        return show(&ctx, &crm, &form, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let order = Order {
        sentence: selection_in_words(&ctx, &mut tx, &selection).await?,
        label: action_in_words(&ctx, &crm, &mut tx, &kind).await?,
        kind,
        selection,
        expected: match size {
            Size::Exactly(count) => Some(count),
            Size::About(_) => None,
        },
        actor: actor(&ctx),
        user: started_by(&ctx),
    };
    match start_bulk_action(tx, order, ctx.now).await {
        Ok((action, _)) => Ok(Redirect::to(&ctx, BULK_ACTION.url(&action.id)).into_response()),
        Err(BulkError::Invalid(problems)) => {
            let errors = problems_of(&ctx, &problems);
            show(&ctx, &crm, &form, StatusCode::UNPROCESSABLE_ENTITY, errors).await
        }
        Err(BulkError::Db(error)) => Err(error.into()),
        Err(BulkError::NotFound | BulkError::WrongState) => Err(AppError::NotFound),
    }
}

/// Whether the number was typed that the page shows, with or without separators.
fn typed(form: &BulkForm, size: Size) -> bool {
    let digits: String = form.get("confirm").chars().filter(char::is_ascii_digit).collect();
    digits == review::shown_count(size).to_string()
}

/// One: how far it is, or what came of it.
pub async fn show_one(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let action = tx.bulk_action(id).await?.ok_or(AppError::NotFound)?;
    let words = action_in_words(&ctx, &crm, &mut tx, &action.kind).await?;
    Ok(view::page(&ctx, &action, &words))
}

/// The part of the page that moves. Once nothing moves any more, the whole page is loaded.
pub async fn progress(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let action = find(&ctx, &crm, id).await?;
    if action.state.is_running() {
        return Ok(view::progress(&ctx, &action).into_response());
    }
    let to = HeaderValue::from_str(&BULK_ACTION.url(&id)).map_err(AppError::internal)?;
    Ok(([("hx-redirect", to)], StatusCode::OK).into_response())
}

/// Stops it.
pub async fn cancel(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let done = cancel_bulk_action(tx, id, ctx.now).await;
    answer(&ctx, id, done, "crm-bulk-was-cancelled")
}

/// Takes it back.
pub async fn undo(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let action = find(&ctx, &crm, id).await?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let label = action_in_words(&ctx, &crm, &mut tx, &action.kind).await?;
    let done = undo_bulk_action(tx, id, label, started_by(&ctx), ctx.now).await;
    answer(&ctx, id, done.map(|_| ()), "crm-bulk-undo-begun")
}

fn answer(ctx: &Ctx, id: BulkActionId, done: Result<(), BulkError>, said: &str) -> WebResult {
    let toast = match done {
        Ok(()) => Toast::done(ctx.t(said)),
        Err(BulkError::NotFound) => return Err(AppError::NotFound),
        Err(BulkError::Db(error)) => return Err(error.into()),
        Err(BulkError::WrongState | BulkError::Invalid(_)) => Toast::failed(ctx.t("crm-bulk-wrong-state")),
    };
    Ok(Redirect::to(ctx, BULK_ACTION.url(&id))
        .say(ctx, toast)
        .into_response())
}

async fn find(ctx: &Ctx, crm: &Crm, id: BulkActionId) -> Result<BulkAction, AppError> {
    CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .bulk_action(id)
        .await?
        .ok_or(AppError::NotFound)
}
