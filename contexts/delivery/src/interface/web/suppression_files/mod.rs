//! The suppression list as files: taken in, and taken out.

mod file_view;
mod form;
mod list_view;

use axum::{
    extract::{Multipart, State},
    response::{IntoResponse, Response},
};
use contracts::delivery::suppression_imports::{API_SUPPRESSION_IMPORT_ERRORS, SUPPRESSION_IMPORT};
use http::StatusCode;
use kernel::{OrgId, SuppressionImportId};
use platform::{
    Db,
    web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, WebResult},
};
use serde::Deserialize;

pub use form::ShapeForm;

use crate::{
    application::{
        import_suppressions::{
            ImportDeps, NotStarted, change_import, find_import, newest_imports, preview, start_import,
        },
        read_suppressions::Filter,
        receive_suppressions::{NotReceived, SuppressionUpload, receive_suppressions},
    },
    domain::suppression::SuppressionReason,
    infrastructure::pg::suppression_imports::{ImportState, SuppressionImport},
    interface::suppression_downloads,
};

/// Files that the list shows.
const NEWEST: i64 = 50;

/// Which part of the list is taken out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExportQuery {
    q: String,
    reason: String,
}

/// The list as a file.
pub async fn export(ctx: Ctx, State(deps): State<ImportDeps>, Query(query): Query<ExportQuery>) -> WebResult {
    let reason = match query.reason.as_str() {
        "" => None,
        word => Some(word.parse().map_err(|()| unknown_reason(&ctx))?),
    };
    let filter = Filter {
        prefix: query.q.trim().to_owned(),
        reason,
    };
    Ok(suppression_downloads::export(&deps.db, &ctx, filter))
}

/// Files that were taken in, and the form for one.
pub async fn list(ctx: Ctx, State(deps): State<ImportDeps>) -> WebResult {
    list_page(&ctx, &deps, StatusCode::OK, None).await
}

async fn list_page(ctx: &Ctx, deps: &ImportDeps, status: StatusCode, problem: Option<String>) -> WebResult {
    let found = newest_imports(&deps.db, ctx.org, NEWEST).await?;
    Ok(list_view::page(ctx, status, &found, problem))
}

/// Takes a file in.
pub async fn upload(ctx: Ctx, State(deps): State<ImportDeps>, mut body: Multipart) -> WebResult {
    let part = loop {
        match body.next_field().await {
            // A file field that nothing was chosen in comes along without a name.
            Ok(Some(part))
                if part.name() == Some("file") && part.file_name().is_some_and(|n| !n.is_empty()) =>
            {
                break part;
            }
            Ok(Some(part)) if part.name() == Some("text") => break part,
            Ok(Some(_)) => {}
            Ok(None) => return refuse(&ctx, &deps, "delivery-suppression-file-none").await,
            Err(error) => return Err(AppError::BadRequest(error.body_text())),
        }
    };
    let upload = SuppressionUpload {
        org: ctx.org,
        user: ctx.user(),
        file_name: part
            .file_name()
            .map_or_else(|| ctx.t("delivery-suppression-file-pasted"), str::to_owned),
        reason: SuppressionReason::Manual,
        note: None,
    };
    let key = match receive_suppressions(&deps, upload, part, ctx.now).await {
        Ok(import) => return Ok(Redirect::to(&ctx, SUPPRESSION_IMPORT.url(&import.id)).into_response()),
        Err(NotReceived::Empty) => "delivery-suppression-file-none",
        Err(NotReceived::NotText) => "delivery-suppression-file-not-text",
        Err(error) => return Err(not_received(&ctx, error)),
    };
    refuse(&ctx, &deps, key).await
}

async fn refuse(ctx: &Ctx, deps: &ImportDeps, key: &str) -> WebResult {
    list_page(ctx, deps, StatusCode::UNPROCESSABLE_ENTITY, Some(ctx.t(key))).await
}

/// One file: how it is read and what it would come to, how far it is, or what came of it.
pub async fn show(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
) -> WebResult {
    let import = read(&deps.db, ctx.org, id).await?;
    let form = ShapeForm::of(&import);
    page(&ctx, &deps, StatusCode::OK, &import, &form, &FieldErrors::new()).await
}

async fn page(
    ctx: &Ctx,
    deps: &ImportDeps,
    status: StatusCode,
    import: &SuppressionImport,
    form: &ShapeForm,
    errors: &FieldErrors,
) -> WebResult<Response> {
    if import.state != ImportState::Uploaded {
        return Ok(file_view::report_page(ctx, import));
    }
    let found = preview(deps, import).await.map_err(AppError::internal)?;
    Ok(file_view::shape_page(
        ctx,
        status,
        import,
        found.as_ref(),
        form,
        errors,
    ))
}

/// Reads a file in another way, and shows what it would come to.
pub async fn read_again(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
    Form(form): Form<ShapeForm>,
) -> WebResult {
    let mut import = read(&deps.db, ctx.org, id).await?;
    if let Err(errors) = form.apply(&ctx.l10n, &mut import) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let before = read(&deps.db, ctx.org, id).await?;
        return page(&ctx, &deps, status, &before, &form, &errors).await;
    }
    if !change_import(&deps.db, &import).await? {
        return Err(started_before(&ctx));
    }
    Ok(Redirect::to(&ctx, SUPPRESSION_IMPORT.url(&id)).into_response())
}

/// Starts to take a file over.
pub async fn start(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
) -> WebResult {
    let user = ctx.person().map(|person| (person.user, person.name.clone()));
    let (link, errors) = (
        SUPPRESSION_IMPORT.url(&id),
        API_SUPPRESSION_IMPORT_ERRORS.url(&id),
    );
    match start_import(&deps, ctx.org, id, user, link, errors).await {
        Ok(_) => Ok(Redirect::to(&ctx, SUPPRESSION_IMPORT.url(&id))
            .say(&ctx, Toast::done(ctx.t("delivery-suppression-file-started")))
            .into_response()),
        Err(error) => Err(not_started(&ctx, error)),
    }
}

/// The rows that are not taken.
pub async fn errors(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
) -> WebResult {
    let import = read(&deps.db, ctx.org, id).await?;
    suppression_downloads::errors(&deps, &ctx, &import)
}

/// One file.
pub async fn read(db: &Db, org: OrgId, id: SuppressionImportId) -> WebResult<SuppressionImport> {
    find_import(db, org, id).await?.ok_or(AppError::NotFound)
}

/// Why a file was not taken, beyond what a form can say.
pub fn not_received(ctx: &Ctx, error: NotReceived) -> AppError {
    match error {
        NotReceived::Empty => AppError::invalid("file", "empty", ctx.t("delivery-suppression-file-none")),
        NotReceived::NotText => {
            AppError::invalid("file", "not_text", ctx.t("delivery-suppression-file-not-text"))
        }
        NotReceived::TooLarge => AppError::TooLarge,
        NotReceived::BrokenOff(said) => AppError::BadRequest(said),
        NotReceived::Store(error) => AppError::internal(error),
        NotReceived::Db(error) => error.into(),
    }
}

/// Why a file was not started.
pub fn not_started(ctx: &Ctx, error: NotStarted) -> AppError {
    match error {
        NotStarted::NotFound => AppError::NotFound,
        NotStarted::WrongState => started_before(ctx),
        NotStarted::Db(error) => error.into(),
    }
}

fn started_before(ctx: &Ctx) -> AppError {
    AppError::Conflict {
        code: "started_before",
        detail: ctx.t("delivery-suppression-file-started-before"),
        existing: None,
    }
}

fn unknown_reason(ctx: &Ctx) -> AppError {
    AppError::invalid(
        "reason",
        "unknown_reason",
        ctx.t("delivery-suppression-reason-unknown"),
    )
}
