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
use kernel::{ImportId, JobId, Permission};
use platform::web::{AppError, Ctx, Path, Query, WebResult};
use serde::Deserialize;

use super::page;
use crate::{
    Crm,
    application::{
        map_import::{ImportError, map_import},
        receive_import::{ReceiveImportError, Upload, receive_import},
        start_import::{start_check, start_import},
        undo_import::start_undo_import,
    },
    domain::{
        field::CONTACTS,
        field_value::DateOrder,
        import::{
            guess::with_stages,
            mapping::{Existing, Identity, Mapping},
            plan::Counts,
            state::Import,
            wishes::Claim,
        },
        tag::parse_tags,
    },
    infrastructure::{import_file::ReceiveError, pg::CrmTx, spreadsheet::NotASheet},
    interface::{errors_csv, import_access::may, problem_text::import_error},
};

const LIST: &str = "api.imports newest first";
const PAGE: i64 = 100;
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

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
    page(
        &API_IMPORTS.url(),
        imports.into_iter().map(|import| view(&ctx, import)).collect(),
        next,
    )
}

pub async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find(&crm, &ctx, id, Permission::RecordsRead).await?;
    Ok(Answer(view(&ctx, import)).into_response())
}

pub async fn errors(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let import = find(&crm, &ctx, id, Permission::RecordsRead).await?;
    Ok(errors_csv::download(&crm, &ctx, &import))
}

/// Takes it back.
pub async fn undo(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ImportId>) -> WebResult {
    let columns = find(&crm, &ctx, id, Permission::RecordsWrite).await?.columns;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (import, job) = start_undo_import(tx, id, None, ctx.now)
        .await
        .map_err(|error| import_error(&ctx.l10n, &columns, error))?;
    let location = HeaderValue::from_str(&API_JOB.url(&job)).map_err(AppError::internal)?;
    let answer = Answer(view(&ctx, import));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], answer).into_response())
}

/// `records` is needed when it is of records.
async fn find(crm: &Crm, ctx: &Ctx, id: ImportId, records: Permission) -> Result<Import, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let import = tx.import(id).await?.ok_or(AppError::NotFound)?;
    may(ctx, &import.object, records)?;
    Ok(import)
}

/// Takes the file, maps it and starts.
pub async fn create(
    ctx: Ctx,
    State(crm): State<Crm>,
    Query(query): Query<ImportQuery>,
    request: Request,
) -> WebResult {
    let object = query.object.as_deref().unwrap_or(CONTACTS);
    may(&ctx, object, Permission::RecordsWrite)?;
    let import = receive(&ctx, &crm, object, &query, request).await?;
    let columns = import.columns.clone();
    let refuse = |error: ImportError| import_error(&ctx.l10n, &columns, error);
    let mapping = mapping(&ctx, &query, &columns, import.mapping.clone().unwrap_or_default())?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    map_import(tx, import.id, mapping).await.map_err(refuse)?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (import, job): (Import, JobId) = if query.dry_run {
        start_check(tx, import.id, None).await.map_err(refuse)?
    } else {
        start_import(tx, import.id, None, ctx.now).await.map_err(refuse)?
    };
    let location = HeaderValue::from_str(&API_JOB.url(&job)).map_err(AppError::internal)?;
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Answer(view(&ctx, import)),
    )
        .into_response())
}

async fn receive(
    ctx: &Ctx,
    crm: &Crm,
    object: &str,
    query: &ImportQuery,
    request: Request,
) -> Result<Import, AppError> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let named = |name: Option<&str>| Upload {
        org: ctx.org,
        user: None,
        object: object.to_owned(),
        file_name: query.file_name.as_deref().or(name).unwrap_or_default().to_owned(),
    };
    let (db, objects) = (&crm.deps.db, &crm.deps.objects);
    let members = crm.organizations.members(ctx.org).await?;
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
                    break receive_import(db, objects, upload, &members, part, ctx.now).await;
                }
                Some(_) => {}
                None => return Err(AppError::invalid("file", "missing", ctx.t("crm-import-no-file"))),
            }
        }
    } else if ["text/csv", "text/plain", XLSX]
        .iter()
        .any(|known| kind.starts_with(known))
    {
        receive_import(
            db,
            objects,
            named(None),
            &members,
            request.into_body().into_data_stream(),
            ctx.now,
        )
        .await
    } else {
        return Err(AppError::UnsupportedMediaType(ctx.t("crm-api-import-type")));
    };
    received.map_err(|error| match error {
        ReceiveImportError::NoSuchObject => {
            AppError::invalid("object", "unknown_object", ctx.t("crm-relation-unknown-object"))
        }
        ReceiveImportError::Db(error) => error.into(),
        ReceiveImportError::Receive(ReceiveError::TooLarge) => AppError::TooLarge,
        ReceiveImportError::Receive(ReceiveError::BrokenOff(text)) => AppError::BadRequest(text),
        ReceiveImportError::Receive(ReceiveError::Store(error)) => AppError::internal(error),
        ReceiveImportError::Receive(ReceiveError::NotASheet(NotASheet::Io(error))) => {
            AppError::internal(error)
        }
        ReceiveImportError::Receive(ReceiveError::NotASheet(NotASheet::TooLarge)) => AppError::TooLarge,
        ReceiveImportError::Receive(ReceiveError::NotASheet(why)) => {
            AppError::invalid("file", "not_xlsx", why.to_string())
        }
        ReceiveImportError::Receive(ReceiveError::NotText(why)) => {
            AppError::invalid("file", "not_csv", why.to_string())
        }
    })
}

/// What the query says, over what was found out.
fn mapping(ctx: &Ctx, query: &ImportQuery, names: &[String], found: Mapping) -> Result<Mapping, AppError> {
    let unknown = |name: &str| AppError::invalid(name, "unknown_choice", ctx.t("crm-import-unknown-choice"));
    let mut mapping = found;
    if let Some(columns) = &query.columns {
        let targets: Result<_, _> = columns.split(',').map(|text| text.trim().parse()).collect();
        mapping.columns = targets.map_err(|_| unknown("columns"))?;
        // Rules that were guessed are those of other columns.
        mapping.column_rules.clear();
    }
    if let Some(word) = &query.identifier {
        mapping.identity = Identity::parse(word).ok_or_else(|| unknown("identifier"))?;
    }
    if let Some(word) = &query.existing {
        mapping.existing = Existing::parse(word).ok_or_else(|| unknown("existing"))?;
    }
    if let Some(words) = &query.column_rules {
        mapping.column_rules = words
            .split(',')
            .map(|word| match word.trim() {
                "" => Ok(None),
                word => Existing::parse(word)
                    .map(Some)
                    .ok_or_else(|| unknown("column_rules")),
            })
            .collect::<Result<_, _>>()?;
        if mapping.column_rules.len() > mapping.columns.len() {
            return Err(unknown("column_rules"));
        }
    }
    if let Some(word) = &query.dates {
        mapping.dates = match word.as_str() {
            "day_first" => DateOrder::DayFirst,
            "month_first" => DateOrder::MonthFirst,
            _ => return Err(unknown("dates")),
        };
    }
    if let Some(wanted) = query.create_json_fields {
        mapping.create_json_fields = wanted;
    }
    if query.create_stages {
        mapping = with_stages(mapping, if query.columns.is_none() { names } else { &[] });
    }
    if query.consent_basis.is_some() || query.consent_text.is_some() {
        mapping.claim = Some(Claim {
            basis: query.consent_basis.clone().unwrap_or_default(),
            text: query.consent_text.clone().unwrap_or_default(),
            confirmed: query.consent_confirmed,
        });
    }
    if let Some(tags) = &query.tags {
        let tags = parse_tags(tags).map_err(|_| unknown("tags"))?;
        mapping.tags = tags.into_iter().map(|tag| tag.into_string()).collect();
    }
    Ok(mapping)
}

fn view(ctx: &Ctx, import: Import) -> ImportView {
    let undo_until = import.undo_until(ctx.now);
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
        object: import.object,
        file_name: import.file_name,
        state: import.state.as_str(),
        template: import.template,
        undo_until,
        removed: import.removed,
        restored: import.restored,
        subscribed: import.subscribed,
        skipped: import.skipped,
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
