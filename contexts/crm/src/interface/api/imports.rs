//! Imports for programs: one request with the file, then its job.

use axum::{
    Json as Answer,
    extract::{FromRequest, Multipart, Request, State},
    response::IntoResponse,
};
use contracts::{
    crm::{
        API_IMPORT_ERRORS, API_IMPORTS,
        contacts::{Import as ImportView, ImportColumn, ImportCounts, ImportQuery},
    },
    platform::API_JOB,
};
use http::{HeaderValue, StatusCode, header};
use kernel::{ImportId, JobId};
use platform::web::{AppError, Ctx, Path, Query, WebResult};
use serde::Deserialize;

use super::page;
use crate::{
    Crm,
    application::{
        map_import::{ImportError, map_import},
        receive_import::{ReceiveImportError, Upload, receive_import},
        start_import::{start_check, start_import},
    },
    domain::{
        import::{
            mapping::{Existing, Identity, Mapping},
            plan::Counts,
            state::Import,
        },
        tag::parse_tags,
    },
    infrastructure::{import_file::ReceiveError, pg::CrmTx},
    interface::{errors_csv, problem_text::import_error},
};

const LIST: &str = "api.imports newest first";
const PAGE: i64 = 100;

/// Which page of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    cursor: Option<String>,
}

pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
    let before = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let mut imports = CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .imports(before, PAGE + 1)
        .await?;
    let more = imports.len() as i64 > PAGE;
    imports.truncate(PAGE as usize);
    let next = imports
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    page(&API_IMPORTS.url(), imports.into_iter().map(view).collect(), next)
}

pub async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    Ok(Answer(view(find(&crm, &ctx, id).await?)).into_response())
}

pub async fn errors(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    Ok(errors_csv::download(&crm, &ctx, &find(&crm, &ctx, id).await?))
}

async fn find(crm: &Crm, ctx: &Ctx, id: ImportId) -> Result<Import, AppError> {
    CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .import(id)
        .await?
        .ok_or(AppError::NotFound)
}

/// Takes the file, maps it and starts.
pub async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> WebResult {
    let import = receive(&ctx, &crm, &query, request).await?;
    let columns = import.columns.clone();
    let refuse = |error: ImportError| import_error(&ctx.l10n, &columns, error);
    let mapping = mapping(&ctx, &query, import.mapping.clone().unwrap_or_default())?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    map_import(tx, import.id, mapping).await.map_err(refuse)?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (import, job): (Import, JobId) = if query.dry_run {
        start_check(tx, import.id).await.map_err(refuse)?
    } else {
        start_import(tx, import.id, ctx.now).await.map_err(refuse)?
    };
    let location = HeaderValue::from_str(&API_JOB.url(&job)).map_err(AppError::internal)?;
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Answer(view(import)),
    )
        .into_response())
}

async fn receive(ctx: &Ctx, crm: &Crm, query: &ImportQuery, request: Request) -> Result<Import, AppError> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let named = |name: Option<&str>| Upload {
        org: ctx.org,
        user: None,
        file_name: query.file_name.as_deref().or(name).unwrap_or_default().to_owned(),
    };
    let (db, objects) = (&crm.deps.db, &crm.deps.objects);
    let received = if kind.starts_with("multipart/form-data") {
        let mut form = Multipart::from_request(request, &())
            .await
            .map_err(|e| AppError::BadRequest(e.body_text()))?;
        loop {
            match form
                .next_field()
                .await
                .map_err(|error| AppError::BadRequest(error.body_text()))?
            {
                Some(part) if part.name() == Some("file") => {
                    let upload = named(part.file_name());
                    break receive_import(db, objects, upload, part, ctx.now).await;
                }
                Some(_) => {}
                None => return Err(AppError::invalid("file", "missing", ctx.t("crm-import-no-file"))),
            }
        }
    } else if kind.starts_with("text/csv") || kind.starts_with("text/plain") {
        receive_import(
            db,
            objects,
            named(None),
            request.into_body().into_data_stream(),
            ctx.now,
        )
        .await
    } else {
        return Err(AppError::UnsupportedMediaType(ctx.t("crm-api-import-type")));
    };
    received.map_err(|error| match error {
        ReceiveImportError::Db(error) => error.into(),
        ReceiveImportError::Receive(ReceiveError::TooLarge) => AppError::TooLarge,
        ReceiveImportError::Receive(ReceiveError::BrokenOff(text)) => AppError::BadRequest(text),
        ReceiveImportError::Receive(ReceiveError::Store(error)) => AppError::internal(error),
        ReceiveImportError::Receive(ReceiveError::NotText(why)) => {
            AppError::invalid("file", "not_csv", why.to_string())
        }
    })
}

/// What the query says, over what was found out.
fn mapping(ctx: &Ctx, query: &ImportQuery, found: Mapping) -> Result<Mapping, AppError> {
    let unknown = |name: &str| AppError::invalid(name, "unknown_choice", ctx.t("crm-import-unknown-choice"));
    let mut mapping = found;
    if let Some(columns) = &query.columns {
        let targets: Result<_, _> = columns.split(',').map(|text| text.trim().parse()).collect();
        mapping.columns = targets.map_err(|_| unknown("columns"))?;
    }
    if let Some(word) = &query.identifier {
        mapping.identity = Identity::parse(word).ok_or_else(|| unknown("identifier"))?;
    }
    if let Some(word) = &query.existing {
        mapping.existing = Existing::parse(word).ok_or_else(|| unknown("existing"))?;
    }
    if let Some(tags) = &query.tags {
        let tags = parse_tags(tags).map_err(|_| unknown("tags"))?;
        mapping.tags = tags.into_iter().map(|tag| tag.into_string()).collect();
    }
    Ok(mapping)
}

fn view(import: Import) -> ImportView {
    let targets = import.mapping.map(|mapping| mapping.columns).unwrap_or_default();
    let columns = import
        .columns
        .into_iter()
        .enumerate()
        .map(|(n, name)| ImportColumn {
            name,
            target: targets.get(n).map(ToString::to_string).unwrap_or_default(),
        });
    ImportView {
        id: import.id,
        file_name: import.file_name,
        state: import.state.as_str(),
        job_id: import.job,
        columns: columns.collect(),
        size_bytes: import.size_bytes,
        bytes_read: import.bytes_read,
        rows: counts(import.counts),
        dry_run: import.dry_run.map(|found| counts(found.counts)),
        reasons: import.reasons,
        errors_url: (import.counts.rejected > 0).then(|| API_IMPORT_ERRORS.url(&import.id)),
        created_at: import.created_at,
        finished_at: import.finished_at,
    }
}

const fn counts(counts: Counts) -> ImportCounts {
    ImportCounts {
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        rejected: counts.rejected,
    }
}
