//! Exports for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::lists::{API_EXPORT, API_EXPORT_FILE, API_EXPORTS, Export as ExportView, ListQuery, NewExport},
    platform::API_JOB,
};
use http::{HeaderValue, StatusCode, header};
use kernel::{ApiKeyId, ContactId, ExportId, Permission};
use platform::web::{Access, Actor, AppError, Ctx, Json, Op, Path, Query, Routes, WebResult};

use super::page;
use crate::{
    Crm,
    application::start_export::{Order, start_export},
    domain::{
        contact_column::ContactColumn,
        contact_list::Visitors,
        export::{Export, ExportFormat, ExportState},
        field::Field,
        selection::{FilterSpec, MOST_IDS, Selection},
    },
    infrastructure::pg::CrmTx,
    interface::{
        selection_words::{selection_in_words, started_by},
        web::exports,
    },
};

const LIST: &str = "api.exports newest first";
const PAGE: i64 = 100;

/// The routes.
pub fn routes() -> Routes<Crm> {
    let export = Access::needs(Permission::ContactsExport);
    Routes::new()
        .get(API_EXPORTS.template(), export, list)
        .doc(
            Op::new("list_exports", "List exports, newest first")
                .query::<ListQuery>()
                .returns::<ListPage<ExportView>>(200, "A page of exports."),
        )
        .post(API_EXPORTS.template(), export, create)
        .doc(
            Op::new("create_export", "Take contacts out as a CSV or XLSX file")
                .describe("Without `ids`, `rule` and `q`, all contacts. The file is kept for seven days.")
                .body::<NewExport>()
                .returns::<ExportView>(202, "It runs: `Location` is its job."),
        )
        .get(API_EXPORT.template(), export, get)
        .doc(Op::new("get_export", "Get an export").returns::<ExportView>(200, "The export."))
        .get(API_EXPORT_FILE.template(), export, file)
        .doc(Op::new("get_export_file", "Download the file of an export").answers(200, "The file."))
}

async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
    let before = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut exports = tx.exports(before, PAGE + 1).await?;
    let more = exports.len() as i64 > PAGE;
    exports.truncate(PAGE as usize);
    let next = exports
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    page(&API_EXPORTS.url(), exports.into_iter().map(view).collect(), next)
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<NewExport>) -> WebResult {
    let unknown = |name: &str| AppError::invalid(name, "unknown_choice", ctx.t("crm-import-unknown-choice"));
    let format = match input.format.as_deref() {
        None => ExportFormat::default(),
        Some(word) => ExportFormat::parse(word).ok_or_else(|| unknown("format"))?,
    };
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let columns = match &input.columns {
        None => ContactColumn::all(&fields),
        Some(names) => columns(names, &fields).ok_or_else(|| unknown("columns"))?,
    };
    let spec = FilterSpec {
        search: input.q.clone().unwrap_or_default(),
        rule: input.rule.map(|rule| rule.0),
        visitors: if input.visitors {
            Visitors::Included
        } else {
            Visitors::Hidden
        },
        ..FilterSpec::default()
    };
    let selection = selection(&ctx, &mut tx, input.ids, spec).await?;
    let order = Order {
        format,
        sentence: selection_in_words(&ctx, &mut tx, &selection).await?,
        selection,
        columns,
        user: started_by(&ctx),
        api_key: api_key(&ctx),
    };
    let (export, job) = start_export(tx, order, ctx.now).await?;
    let location = HeaderValue::from_str(&API_JOB.url(&job)).map_err(AppError::internal)?;
    let answer = Answer(view(export));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], answer).into_response())
}

/// Those that are named, or those that a filter finds; its rule is checked.
pub(super) async fn selection(
    ctx: &Ctx,
    tx: &mut CrmTx,
    ids: Option<Vec<ContactId>>,
    spec: FilterSpec,
) -> Result<Selection, AppError> {
    if let Some(ids) = ids {
        if spec.rule.is_some() {
            return Err(AppError::invalid(
                "rule",
                "ids_or_rule",
                ctx.t("crm-api-ids-or-rule"),
            ));
        }
        if ids.is_empty() || ids.len() > MOST_IDS {
            return Err(AppError::invalid(
                "ids",
                "too_many",
                ctx.t("crm-api-too-many-ids"),
            ));
        }
        return Ok(Selection::Ids(ids));
    }
    if spec.rule.is_some() {
        let schema = crate::application::check_segment::schema_for(tx, None).await?;
        let at = crate::domain::rule::Moment {
            now: ctx.now,
            zone: ctx.zone.clone(),
        };
        spec.filter(&schema, &at)
            .map_err(|problems| AppError::Invalid(super::segments::rule_errors(ctx, "rule", &problems)))?;
    }
    Ok(Selection::Matching(spec))
}

fn columns(names: &[String], fields: &[Field]) -> Option<Vec<ContactColumn>> {
    let columns: Option<Vec<ContactColumn>> = names
        .iter()
        .map(|name| ContactColumn::parse(name, fields))
        .collect();
    columns.filter(|columns| !columns.is_empty())
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let export = tx.export(id).await?.ok_or(AppError::NotFound)?;
    Ok(Answer(view(export)).into_response())
}

async fn file(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult<Response> {
    exports::download(&crm, &ctx, id).await
}

/// The key that asks, if it is one.
pub(super) fn api_key(ctx: &Ctx) -> Option<ApiKeyId> {
    match &ctx.actor {
        Actor::ApiKey { key, .. } => Some(*key),
        Actor::User(_) => None,
    }
}

fn view(export: Export) -> ExportView {
    let is_there = export.state == ExportState::Finished;
    ExportView {
        id: export.id,
        format: export.format.as_str(),
        state: export.state.as_str(),
        job_id: export.job,
        expires_at: export.expires_at(),
        sentence: export.sentence,
        columns: export.columns,
        rows: export.rows,
        size_bytes: export.size_bytes,
        file_url: is_there.then(|| API_EXPORT_FILE.url(&export.id)),
        created_at: export.created_at,
        finished_at: export.finished_at,
    }
}
