//! Settings: the funnel.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::people::STAGES;
use http::StatusCode;
use jiff::SignedDuration;
use kernel::StageId;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    Crm,
    application::change_stages::{change_stage, create_stage, delete_stage, move_stage},
    domain::stage::{Direction, Stage, StageDraft},
    infrastructure::pg::CrmTx,
    interface::problem_text::stage_errors,
};

/// How far back it is counted who came into a stage.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct StageForm {
    name: String,
    description: String,
}

impl StageForm {
    fn draft(&self) -> StageDraft {
        StageDraft {
            name: self.name.clone(),
            description: self.description.clone(),
            weight: None,
        }
    }
}

/// The funnel with how many stand where.
pub async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let funnel = view::Funnel {
        stages: tx.stages().await?,
        counts: tx.stage_counts().await?,
        arrivals: tx.stage_arrivals(ctx.now - LATELY).await?,
    };
    Ok(view::list_page(&ctx, &funnel))
}

/// The form for a new one.
pub async fn new(ctx: Ctx) -> Response {
    view::form_page(
        &ctx,
        StatusCode::OK,
        None,
        &StageForm::default(),
        &FieldErrors::new(),
    )
}

/// Makes one.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<StageForm>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match create_stage(tx, form.draft(), ctx.now).await {
        Ok(stage) => Ok(said(
            &ctx,
            ctx.ta("crm-stage-created", &[("name", stage.name.into())]),
        )),
        Err(error) => {
            let errors = stage_errors(&ctx.l10n, error)?;
            Ok(view::form_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                None,
                &form,
                &errors,
            ))
        }
    }
}

/// The form of one.
pub async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<StageId>) -> WebResult {
    let stage = find(&crm, &ctx, id).await?;
    let form = StageForm {
        name: stage.name.clone(),
        description: stage.description.clone(),
    };
    Ok(view::form_page(
        &ctx,
        StatusCode::OK,
        Some(&stage),
        &form,
        &FieldErrors::new(),
    ))
}

/// Changes one.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<StageId>,
    Form(form): Form<StageForm>,
) -> WebResult {
    let stage = find(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_stage(tx, id, |_| form.draft(), ctx.now).await {
        Ok(stage) => Ok(said(
            &ctx,
            ctx.ta("crm-stage-saved", &[("name", stage.name.into())]),
        )),
        Err(error) => {
            let errors = stage_errors(&ctx.l10n, error)?;
            Ok(view::form_page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                Some(&stage),
                &form,
                &errors,
            ))
        }
    }
}

/// Which way.
#[derive(Debug, Deserialize)]
pub struct MoveForm {
    #[serde(default)]
    direction: String,
}

/// Moves one a place.
pub async fn shift(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<StageId>,
    Form(form): Form<MoveForm>,
) -> WebResult {
    let direction = match form.direction.as_str() {
        "earlier" => Direction::Earlier,
        "later" => Direction::Later,
        _ => {
            return Err(AppError::invalid(
                "direction",
                "unknown_direction",
                ctx.t("crm-list-bad-parameter"),
            ));
        }
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match move_stage(tx, id, direction, ctx.now).await {
        Ok(()) => Ok(Redirect::to(&ctx, STAGES.url()).into_response()),
        Err(error) => Err(AppError::Invalid(stage_errors(&ctx.l10n, error)?)),
    }
}

/// Deletes one that nobody stands in.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<StageId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_stage(tx, id).await {
        Ok(()) => Ok(said(&ctx, ctx.t("crm-stage-deleted"))),
        Err(error) => {
            let errors = stage_errors(&ctx.l10n, error)?;
            let text = errors
                .0
                .first()
                .map(|error| error.detail.clone())
                .unwrap_or_default();
            Ok(Redirect::to(&ctx, STAGES.url())
                .say(&ctx, Toast::failed(text))
                .into_response())
        }
    }
}

async fn find(crm: &Crm, ctx: &Ctx, id: StageId) -> Result<Stage, AppError> {
    let stages = CrmTx::tenant(&crm.deps.db, ctx.org).await?.stages().await?;
    stages
        .into_iter()
        .find(|stage| stage.id == id)
        .ok_or(AppError::NotFound)
}

fn said(ctx: &Ctx, text: String) -> Response {
    Redirect::to(ctx, STAGES.url())
        .say(ctx, Toast::done(text))
        .into_response()
}
