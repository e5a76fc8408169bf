//! The suppression list as files, by the API.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use contracts::{
    delivery::{
        settings::SuppressionReason as ReasonWord,
        suppression_imports::{
            API_SUPPRESSION_EXPORT, API_SUPPRESSION_IMPORT, API_SUPPRESSION_IMPORT_ERRORS,
            API_SUPPRESSION_IMPORT_ONE, SUPPRESSION_IMPORT, SuppressionImport as ImportItem,
            SuppressionImportQuery, SuppressionImportState,
        },
    },
    platform::API_JOB,
};
use http::{StatusCode, header};
use kernel::{Permission, SuppressionImportId};
use platform::web::{Access, AppError, Ctx, Op, Path, Query, Routes, WebResult};
use serde::Deserialize;
use utoipa::IntoParams;

use super::suppressions::reason;
use crate::{
    application::{
        import_suppressions::{ImportDeps, start_import},
        read_suppressions::Filter,
        receive_suppressions::{SuppressionUpload, receive_suppressions},
    },
    domain::{address_list::Remark, suppression::SuppressionReason},
    infrastructure::pg::suppression_imports::{ImportState, SuppressionImport},
    interface::{
        settings_words, suppression_downloads,
        web::suppression_files::{not_received, not_started, read},
    },
};

/// Which part of the list is taken out.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct SuppressionExportQuery {
    /// Only addresses that begin with this.
    pub q: Option<String>,
    /// Only those on the list for this reason.
    #[param(inline)]
    pub reason: Option<ReasonWord>,
}

/// All routes.
pub fn routes() -> Routes<ImportDeps> {
    let can_read = Access::needs(Permission::SuppressionsRead);
    let can_write = Access::needs(Permission::SuppressionsWrite);
    Routes::new()
        .post_stream(API_SUPPRESSION_IMPORT.template(), can_write, import)
        .doc(
            Op::new("import_suppressions", "Put a file of addresses on the suppression list")
                .describe(
                    "The body is CSV (`text/csv`; the columns of addresses, reasons and notes are found by their names \
                     and by what stands in them) or an object on each line (`application/x-ndjson`: \
                     `{\"address\": \"ann@example.com\", \"reason\": \"unsubscribed\", \"note\": \"…\"}`), of up to 256 MB. \
                     Addresses are e-mail addresses and telephone numbers with `+` and country code. Rows that cannot \
                     be read are left out and can be downloaded; the rest is taken over in the background. Doing it \
                     twice adds nothing.",
                )
                .query::<SuppressionImportQuery>()
                .body_as::<String>("text/csv")
                .returns::<ImportItem>(202, "It runs: `Location` is its job."),
        )
        .get(API_SUPPRESSION_IMPORT_ONE.template(), can_read, show)
        .doc(
            Op::new("get_suppression_import", "Get what became of a file of addresses")
                .returns::<ImportItem>(200, "The file."),
        )
        .get(API_SUPPRESSION_IMPORT_ERRORS.template(), can_write, errors)
        .doc(
            Op::new("get_suppression_import_errors", "Download the rows of a file that were not taken")
                .answers(200, "A CSV file: the rows as they came, and why they were not taken."),
        )
        .get(API_SUPPRESSION_EXPORT.template(), can_read, export)
        .doc(
            Op::new("export_suppressions", "Download the suppression list")
                .describe("A CSV file of any size, the newest first; it can be taken in again.")
                .query::<SuppressionExportQuery>()
                .answers(200, "`address`, `reason`, `note`, `message_id` and `created_at` of each entry."),
        )
}

async fn import(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Query(query): Query<SuppressionImportQuery>,
    request: Request,
) -> WebResult {
    check_type(&ctx, &request)?;
    let note = Remark::optional(query.note.as_deref().unwrap_or_default()).map_err(|invalid| {
        let (code, detail) = settings_words::remark(&ctx.l10n, invalid);
        AppError::invalid("note", code, detail)
    })?;
    let upload = SuppressionUpload {
        org: ctx.org,
        user: ctx.user(),
        file_name: query.file_name.unwrap_or_default(),
        reason: query.reason.map_or(SuppressionReason::Manual, reason),
        note,
    };
    let stream = request.into_body().into_data_stream();
    let received = receive_suppressions(&deps, upload, stream, ctx.now)
        .await
        .map_err(|error| not_received(&ctx, error))?;
    let id = received.id;
    let (link, errors) = (
        SUPPRESSION_IMPORT.url(&id),
        API_SUPPRESSION_IMPORT_ERRORS.url(&id),
    );
    let started = start_import(&deps, ctx.org, id, None, link, errors)
        .await
        .map_err(|error| not_started(&ctx, error))?;
    let location = match &started.job {
        Some(job) => API_JOB.url(job),
        None => API_SUPPRESSION_IMPORT_ONE.url(&id),
    };
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Json(item(started)),
    )
        .into_response())
}

fn check_type(ctx: &Ctx, request: &Request) -> WebResult<()> {
    const KNOWN: [&str; 6] = [
        "text/csv",
        "text/plain",
        "application/x-ndjson",
        "application/jsonl",
        "application/json-lines",
        "application/x-jsonlines",
    ];
    let value = request.headers().get(header::CONTENT_TYPE);
    let kind = value.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if KNOWN.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(AppError::UnsupportedMediaType(
        ctx.t("delivery-suppression-file-type"),
    ))
}

async fn show(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
) -> WebResult<Json<ImportItem>> {
    Ok(Json(item(read(&deps.db, ctx.org, id).await?)))
}

async fn errors(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Path(id): Path<SuppressionImportId>,
) -> WebResult<Response> {
    let import = read(&deps.db, ctx.org, id).await?;
    suppression_downloads::errors(&deps, &ctx, &import)
}

async fn export(
    ctx: Ctx,
    State(deps): State<ImportDeps>,
    Query(query): Query<SuppressionExportQuery>,
) -> WebResult<Response> {
    let filter = Filter {
        prefix: query.q.unwrap_or_default().trim().to_owned(),
        reason: query.reason.map(reason),
    };
    Ok(suppression_downloads::export(&deps.db, &ctx, filter))
}

fn item(import: SuppressionImport) -> ImportItem {
    let counts = import.counts;
    let has_errors = counts.rejected > 0 && import.file.is_some();
    ImportItem {
        id: import.id,
        file_name: import.file_name,
        state: match import.state {
            ImportState::Uploaded => SuppressionImportState::Uploaded,
            ImportState::Running => SuppressionImportState::Running,
            ImportState::Done => SuppressionImportState::Done,
            ImportState::Failed => SuppressionImportState::Failed,
        },
        job_id: import.job,
        rows: counts.rows,
        added: counts.added,
        already: counts.already,
        rejected: counts.rejected,
        errors_url: has_errors.then(|| API_SUPPRESSION_IMPORT_ERRORS.url(&import.id)),
        created_at: import.created_at,
        finished_at: import.finished_at,
    }
}
