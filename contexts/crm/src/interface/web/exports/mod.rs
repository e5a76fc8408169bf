//! Contacts taken out as files.

mod view;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::lists::{EXPORT, EXPORTS};
use http::{HeaderValue, StatusCode, header};
use kernel::ExportId;
use platform::web::{AppError, Ctx, Form, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use crate::{
    Crm,
    application::start_export::{Order, cancel_export, start_export},
    domain::{
        contact_column::ContactColumn,
        export::{Export, ExportFormat, ExportState},
        selection::Selection,
    },
    infrastructure::pg::CrmTx,
    interface::{
        selection_words::{selection_in_words, started_by},
        web::bulk::BulkForm,
    },
};

const LIST: &str = "crm.exports newest first";
const PAGE: i64 = 50;

/// Which page of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    cursor: Option<String>,
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<ListQuery>) -> WebResult {
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
        .map(|last| EXPORTS.with(&[("cursor", ctx.seal_cursor(LIST, &last.id))]));
    Ok(view::list(&ctx, &exports, next))
}

/// Takes out what the list shows, or those of it that were ticked.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(pairs): Form<Vec<(String, String)>>) -> WebResult {
    let form = BulkForm::read(pairs);
    let query = form.list();
    let format = ExportFormat::parse(form.get("format"))
        .ok_or_else(|| AppError::invalid("format", "unknown_choice", ctx.t("crm-import-unknown-choice")))?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let selection = match form.selection(&ctx, &mut tx, &fields).await? {
        Some(selection) => selection,
        None => Selection::Matching(query.ask(&ctx, &mut tx, &fields).await?.spec),
    };
    let columns = export_columns(&query.columns, &fields);
    let order = Order {
        format,
        sentence: selection_in_words(&ctx, &mut tx, &selection).await?,
        selection,
        columns,
        user: started_by(&ctx),
        api_key: None,
    };
    let (export, _) = start_export(tx, order, ctx.now).await?;
    Ok(Redirect::to(&ctx, EXPORT.url(&export.id)).into_response())
}

/// What a file shows of each contact: what was chosen for the list, and always what tells people
/// apart; or everything.
pub fn export_columns(names: &[String], fields: &[crate::domain::field::Field]) -> Vec<ContactColumn> {
    if names.is_empty() {
        return ContactColumn::all(fields);
    }
    let mut columns = vec![ContactColumn::Email];
    columns.extend(
        [
            crate::domain::contact::TextField::FirstName,
            crate::domain::contact::TextField::LastName,
        ]
        .map(ContactColumn::Text),
    );
    for name in names {
        if let Some(column) = ContactColumn::parse(name, fields)
            && !columns.contains(&column)
        {
            columns.push(column);
        }
    }
    columns
}

/// One: how far it is, or the file.
pub async fn show(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult {
    let export = find(&crm, &ctx, id).await?;
    Ok(view::page(&ctx, &export))
}

/// The part of the page that moves. Once nothing moves any more, the whole page is loaded.
pub async fn progress(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult {
    let export = find(&crm, &ctx, id).await?;
    if export.state == ExportState::Running {
        return Ok(view::progress(&ctx, &export).into_response());
    }
    let to = HeaderValue::from_str(&EXPORT.url(&id)).map_err(AppError::internal)?;
    Ok(([("hx-redirect", to)], StatusCode::OK).into_response())
}

/// Stops it.
pub async fn cancel(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !cancel_export(tx, id).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, EXPORT.url(&id))
        .say(&ctx, Toast::done(ctx.t("crm-export-was-cancelled")))
        .into_response())
}

/// The file.
pub async fn file(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ExportId>) -> WebResult {
    download(&crm, &ctx, id).await
}

/// Sends the file of an export, as something that is saved and not shown.
pub async fn download(crm: &Crm, ctx: &Ctx, id: ExportId) -> WebResult<Response> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let export = tx.export(id).await?.ok_or(AppError::NotFound)?;
    let key = tx.export_file(id).await?.ok_or(AppError::NotFound)?;
    let file = crm.deps.objects.open(key).await.map_err(|_| AppError::NotFound)?;
    let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(export.format.content_type()),
    );
    let name = format!("attachment; filename=\"{}\"", export.file_name());
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).map_err(AppError::internal)?,
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(export.size_bytes));
    Ok(response)
}

async fn find(crm: &Crm, ctx: &Ctx, id: ExportId) -> Result<Export, AppError> {
    CrmTx::tenant(&crm.deps.db, ctx.org)
        .await?
        .export(id)
        .await?
        .ok_or(AppError::NotFound)
}
