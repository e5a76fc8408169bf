//! The funnel for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::{
        contacts::Contact as ContactView,
        people::{
            API_CONTACT_STAGE, API_STAGE, API_STAGES, Stage as View, StageChoice, StageInput, StagePatch,
        },
    },
};
use http::{HeaderValue, StatusCode, header};
use kernel::{ContactId, Permission, StageId};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Routes, WebResult};

use super::{contacts::answer, page};
use crate::{
    Crm,
    application::{
        change_contact::change_contact,
        change_stages::{StageError, change_stage, create_stage, delete_stage},
    },
    domain::{
        change::Cause,
        contact::{Change, ContactPatch},
        stage::{Stage, StageDraft},
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        problem_text::{reason, save_contact_error, stage_errors},
    },
};

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let define = Access::needs(Permission::FieldsWrite);
    Routes::new()
        .get(API_STAGES.template(), read, list)
        .doc(
            Op::new("list_stages", "List the stages of the funnel, in their order")
                .returns::<ListPage<View>>(200, "All stages."),
        )
        .post(API_STAGES.template(), define, create)
        .doc(
            Op::new("create_stage", "Create a stage")
                .body::<StageInput>()
                .returns::<View>(201, "The stage."),
        )
        .get(API_STAGE.template(), read, get)
        .doc(Op::new("get_stage", "Get a stage").returns::<View>(200, "The stage."))
        .patch(API_STAGE.template(), define, change)
        .doc(
            Op::new("update_stage", "Change a stage")
                .body_as::<StagePatch>("application/merge-patch+json")
                .returns::<View>(200, "The stage as it is now."),
        )
        .delete(API_STAGE.template(), define, delete)
        .doc(
            Op::new("delete_stage", "Delete a stage")
                .describe("409 while contacts stand in it.")
                .answers(204, "It is gone."),
        )
        .put(
            API_CONTACT_STAGE.template(),
            Access::needs(Permission::ContactsWrite),
            choose,
        )
        .doc(
            Op::new("set_contact_stage", "Put a contact into a stage")
                .body::<StageChoice>()
                .returns::<ContactView>(200, "The contact as it is now."),
        )
}

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (stages, counts) = (tx.stages().await?, tx.stage_counts().await?);
    let data = stages
        .into_iter()
        .map(|stage| {
            let count = counts.get(&stage.id).copied().unwrap_or(0);
            view(stage, count)
        })
        .collect();
    page(&API_STAGES.url(), data, None)
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<StageId>) -> WebResult {
    one(&crm, &ctx, id, StatusCode::OK).await
}

async fn one(crm: &Crm, ctx: &Ctx, id: StageId, status: StatusCode) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (stages, counts) = (tx.stages().await?, tx.stage_counts().await?);
    let stage = stages
        .into_iter()
        .find(|stage| stage.id == id)
        .ok_or(AppError::NotFound)?;
    let count = counts.get(&id).copied().unwrap_or(0);
    Ok((status, Answer(view(stage, count))).into_response())
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<StageInput>) -> WebResult {
    let draft = StageDraft {
        name: input.name,
        description: input.description,
        weight: input.weight,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let stage = create_stage(tx, draft, ctx.now)
        .await
        .map_err(|error| problem(&ctx, error))?;
    let location = HeaderValue::from_str(&API_STAGE.url(&stage.id)).map_err(AppError::internal)?;
    let answer = Answer(view(stage, 0));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer).into_response())
}

async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<StageId>,
    Json(input): Json<StagePatch>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let draft = |stage: &Stage| StageDraft {
        name: input.name.unwrap_or_else(|| stage.name.clone()),
        description: input.description.unwrap_or_else(|| stage.description.clone()),
        weight: input.weight,
    };
    change_stage(tx, id, draft, ctx.now)
        .await
        .map_err(|error| problem(&ctx, error))?;
    one(&crm, &ctx, id, StatusCode::OK).await
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<StageId>) -> WebResult<Response> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    delete_stage(tx, id).await.map_err(|error| problem(&ctx, error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn problem(ctx: &Ctx, error: StageError) -> AppError {
    if matches!(error, StageError::InUse) {
        return AppError::Conflict {
            code: "in_use",
            detail: ctx.t("crm-stage-in-use"),
            existing: None,
        };
    }
    stage_errors(&ctx.l10n, error).map_or_else(|error| error, AppError::Invalid)
}

async fn choose(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Json(choice): Json<StageChoice>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if let Some(stage) = choice.stage_id
        && !tx.stages().await?.iter().any(|known| known.id == stage)
    {
        let text = reason(&ctx.l10n, "unknown_stage");
        return Err(AppError::invalid("stage_id", "unknown_stage", text));
    }
    let patch = ContactPatch {
        stage: Change::to(choice.stage_id),
        ..ContactPatch::default()
    };
    let contact = change_contact(tx, id, None, |_| patch, by(&ctx, Cause::Api), ctx.now)
        .await
        .map_err(|error| save_contact_error(&ctx.l10n, error))?;
    Ok(answer(StatusCode::OK, contact))
}

fn view(stage: Stage, contact_count: i64) -> View {
    View {
        id: stage.id,
        name: stage.name,
        description: stage.description,
        weight: stage.weight,
        contact_count,
        created_at: stage.created_at,
        updated_at: stage.updated_at,
    }
}
