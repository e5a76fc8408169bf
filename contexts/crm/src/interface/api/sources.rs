//! Sources by the API.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::events::{API_SOURCE, API_SOURCE_KEY, API_SOURCES, Source as SourceView, SourceInput},
    identity::SendingMode,
};
use http::StatusCode;
use kernel::{Permission::SourcesWrite, SourceId};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Routes, WebResult};

use super::page;
use crate::{
    Crm,
    application::save_source::{
        SaveSourceError, change_source, create_source, delete_source, rotate_write_key,
    },
    domain::source::{Source, SourceKind, SourceSettings},
    infrastructure::pg::CrmTx,
    interface::event_words::source_errors,
};

/// All routes of sources. Their keys are public, yet only those who set sources up see them.
pub fn routes() -> Routes<Crm> {
    let write = Access::needs(SourcesWrite);
    Routes::new()
        .get(API_SOURCES.template(), write, list)
        .doc(
            Op::new("list_sources", "List sources of events")
                .returns::<ListPage<SourceView>>(200, "The sources by name."),
        )
        .post(API_SOURCES.template(), write, create)
        .doc(
            Op::new("create_source", "Create a source of events")
                .body::<SourceInput>()
                .returns::<SourceView>(201, "The source with its write key."),
        )
        .get(API_SOURCE.template(), write, get)
        .doc(Op::new("get_source", "Get a source of events").returns::<SourceView>(200, "The source."))
        .patch(API_SOURCE.template(), write, change)
        .doc(
            Op::new("update_source", "Change a source of events")
                .body_as::<SourceInput>("application/merge-patch+json")
                .returns::<SourceView>(200, "The source as it is now."),
        )
        .delete(API_SOURCE.template(), write, delete)
        .doc(
            Op::new("delete_source", "Delete a source of events")
                .describe("What it sent stays.")
                .answers(204, "It is gone."),
        )
        .post(API_SOURCE_KEY.template(), write, rotate)
        .doc(
            Op::new("rotate_write_key", "Give a source another write key")
                .describe("The old key is worth nothing from then on.")
                .returns::<SourceView>(200, "The source with its new key."),
        )
}

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let sources = CrmTx::tenant(&crm.deps.db, ctx.org).await?.sources().await?;
    page(&API_SOURCES.url(), sources.into_iter().map(view).collect(), None)
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> WebResult {
    let source = CrmTx::tenant(&crm.deps.db, ctx.org).await?.source(id).await?;
    Ok(Answer(view(source.ok_or(AppError::NotFound)?)).into_response())
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<SourceInput>) -> WebResult {
    let mut settings = SourceSettings::default();
    apply(&ctx, &mut settings, &input)?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let live = ctx.organization.mode == SendingMode::Live;
    let source = create_source(tx, settings, live, ctx.now)
        .await
        .map_err(|error| invalid(&ctx, error))?;
    Ok((StatusCode::CREATED, Answer(view(source))).into_response())
}

async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SourceId>,
    Json(input): Json<SourceInput>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let before = tx.source(id).await?.ok_or(AppError::NotFound)?;
    let mut settings = before.settings;
    apply(&ctx, &mut settings, &input)?;
    let enabled = input.enabled.unwrap_or(before.enabled);
    let change = |source: &mut Source| {
        source.settings = settings;
        source.enabled = enabled;
    };
    let source = change_source(tx, &crm.keys, id, change, ctx.now)
        .await
        .map_err(|error| invalid(&ctx, error))?;
    Ok(Answer(view(source)).into_response())
}

async fn rotate(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let live = ctx.organization.mode == SendingMode::Live;
    let source = rotate_write_key(tx, &crm.keys, id, live, ctx.now)
        .await
        .map_err(|error| invalid(&ctx, error))?;
    Ok(Answer(view(source)).into_response())
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SourceId>) -> Result<Response, AppError> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    delete_source(tx, &crm.keys, id)
        .await
        .map_err(|error| invalid(&ctx, error))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn apply(ctx: &Ctx, settings: &mut SourceSettings, input: &SourceInput) -> Result<(), AppError> {
    if let Some(kind) = &input.kind {
        settings.kind = SourceKind::parse(kind)
            .ok_or_else(|| AppError::invalid("kind", "unknown_kind", ctx.t("crm-source-kind-invalid")))?;
    }
    let set = |to: &mut bool, value: Option<bool>| *to = value.unwrap_or(*to);
    set(&mut settings.strict, input.strict);
    set(&mut settings.create_fields, input.create_fields);
    set(&mut settings.consent_required, input.consent_required);
    if let Some(name) = &input.name {
        settings.name.clone_from(name);
    }
    if let Some(origins) = &input.allowed_origins {
        settings.allowed_origins.clone_from(origins);
    }
    settings.events_per_second = input.events_per_second.unwrap_or(settings.events_per_second);
    Ok(())
}

fn invalid(ctx: &Ctx, error: SaveSourceError) -> AppError {
    source_errors(ctx, error).map_or_else(|other| other, AppError::Invalid)
}

fn view(source: Source) -> SourceView {
    let settings = source.settings;
    SourceView {
        id: source.id,
        name: settings.name,
        kind: settings.kind.as_str().to_owned(),
        write_key: source.write_key,
        enabled: source.enabled,
        strict: settings.strict,
        create_fields: settings.create_fields,
        consent_required: settings.consent_required,
        allowed_origins: settings.allowed_origins,
        events_per_second: settings.events_per_second,
        created_at: source.created_at,
        updated_at: source.updated_at,
    }
}
