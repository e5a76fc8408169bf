//! Actions on many contacts for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    crm::lists::{
        API_BULK_ACTION, API_BULK_ACTION_UNDO, API_CONTACT_BULK, BulkAction as BulkView, NewBulkAction,
    },
    platform::API_JOB,
};
use http::{HeaderValue, StatusCode, header};
use kernel::{BulkActionId, JobId, Permission};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json, Op, Path, Routes, WebResult};

use super::exports::selection;
use crate::{
    Crm,
    application::start_bulk_action::{BulkError, Order, start_bulk_action, undo_bulk_action},
    domain::{
        bulk::{BulkAction, BulkKind},
        contact_list::Visitors,
        selection::FilterSpec,
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::actor, bulk_words::action_in_words, problem_text::reason, selection_words::selection_in_words,
    },
};

/// The routes.
pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    Routes::new()
        .post(API_CONTACT_BULK.template(), write, create)
        .doc(
            Op::new("create_bulk_action", "Do something to many contacts")
                .describe(
                    "To those that `ids` names or that match `rule`. All but deleting and \
                     do-not-contact can be taken back for seven days.",
                )
                .body::<NewBulkAction>()
                .returns::<BulkView>(202, "It runs: `Location` is its job."),
        )
        .get(API_BULK_ACTION.template(), read, get)
        .doc(
            Op::new("get_bulk_action", "Get an action on many contacts")
                .returns::<BulkView>(200, "The action."),
        )
        .post(API_BULK_ACTION_UNDO.template(), write, undo)
        .doc(
            Op::new("undo_bulk_action", "Take an action on many contacts back")
                .describe(
                    "Each value that nobody has changed since becomes what it was. 409 when it is too late.",
                )
                .returns::<BulkView>(202, "It is being taken back: `Location` is the job."),
        )
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<NewBulkAction>) -> WebResult {
    let kind: BulkKind = serde_json::from_value(input.action)
        .map_err(|error| AppError::invalid("action", "invalid_action", error.to_string()))?;
    if input.ids.is_none() && input.rule.is_none() {
        // Everybody has to be meant: an `all` without rules says so.
        return Err(AppError::invalid("rule", "missing", ctx.t("crm-api-ids-or-rule")));
    }
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let spec = FilterSpec {
        rule: input.rule.map(|rule| rule.0),
        visitors: if input.visitors {
            Visitors::Included
        } else {
            Visitors::Hidden
        },
        ..FilterSpec::default()
    };
    if let BulkKind::SetOwner { owner: Some(owner) } = &kind {
        let members = crm.organizations.members(ctx.org).await?;
        if !members.iter().any(|member| member.id == *owner) {
            let detail = reason(&ctx.l10n, "missing");
            return Err(AppError::invalid("action/owner", "missing", detail));
        }
    }
    let selection = selection(&ctx, &mut tx, input.ids, spec).await?;
    let order = Order {
        sentence: selection_in_words(&ctx, &mut tx, &selection).await?,
        label: action_in_words(&ctx, &crm, &mut tx, &kind).await?,
        kind,
        selection,
        expected: None,
        actor: actor(&ctx),
        user: None,
    };
    let (action, job) = start_bulk_action(tx, order, ctx.now)
        .await
        .map_err(|error| refuse(&ctx, error))?;
    accepted(&ctx, action, job)
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let action = tx.bulk_action(id).await?.ok_or(AppError::NotFound)?;
    Ok(Answer(view(&ctx, action)?).into_response())
}

async fn undo(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<BulkActionId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let action = tx.bulk_action(id).await?.ok_or(AppError::NotFound)?;
    let label = action_in_words(&ctx, &crm, &mut tx, &action.kind).await?;
    let (action, job) = undo_bulk_action(tx, id, label, None, ctx.now)
        .await
        .map_err(|error| refuse(&ctx, error))?;
    accepted(&ctx, action, job)
}

fn accepted(ctx: &Ctx, action: BulkAction, job: JobId) -> WebResult<Response> {
    let location = HeaderValue::from_str(&API_JOB.url(&job)).map_err(AppError::internal)?;
    let body = Answer(view(ctx, action)?);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

fn refuse(ctx: &Ctx, error: BulkError) -> AppError {
    match error {
        BulkError::NotFound => AppError::NotFound,
        BulkError::Db(error) => error.into(),
        BulkError::WrongState => AppError::Conflict {
            code: "wrong_state",
            detail: ctx.t("crm-bulk-wrong-state"),
            existing: None,
        },
        BulkError::Invalid(problems) => {
            let mut errors = FieldErrors::new();
            for problem in problems {
                errors.add(
                    format!("action/{}", problem.field),
                    problem.code,
                    reason(&ctx.l10n, problem.code),
                );
            }
            AppError::Invalid(errors)
        }
    }
}

fn view(ctx: &Ctx, action: BulkAction) -> Result<BulkView, AppError> {
    Ok(BulkView {
        id: action.id,
        state: action.state.as_str(),
        job_id: action.job,
        done: action.done,
        changed: action.changed,
        undone: action.undone,
        undo_until: action.undo_until(ctx.now),
        action: serde_json::to_value(&action.kind)?,
        sentence: action.sentence,
        created_at: action.created_at,
        finished_at: action.finished_at,
    })
}
