//! The rejected rows of an import as a file that can be mended and imported again: the columns as
//! they came, and behind them why.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, header};
use platform::{DbError, L10n, web::Ctx};

use crate::{
    Crm,
    domain::{csv_text::push_cells, import::state::Import},
    infrastructure::pg::{CrmTx, import_rejects::StoredReject},
    interface::problem_text::reason,
};

/// Rows that are read at a time.
const PAGE: i64 = 1000;

/// Streams the file; it may have a million rows.
pub fn download(crm: &Crm, ctx: &Ctx, import: &Import) -> Response {
    let (crm, l10n, org, id) = (crm.clone(), ctx.l10n.clone(), ctx.org, import.id);
    let columns = import.columns.clone();
    let rows = stream::try_unfold(Some(None), move |after: Option<Option<i64>>| {
        let (crm, l10n, columns) = (crm.clone(), l10n.clone(), columns.clone());
        async move {
            let Some(after) = after else {
                return Ok::<_, DbError>(None);
            };
            let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
            let rejects = tx.rejects(id, after.unwrap_or(0), PAGE).await?;
            let mut text = String::new();
            if after.is_none() {
                push_header(&mut text, &columns);
            }
            rejects
                .iter()
                .for_each(|reject| push_row(&mut text, &l10n, columns.len(), reject));
            let next = rejects
                .last()
                .filter(|_| rejects.len() as i64 == PAGE)
                .map(|last| Some(last.row_number));
            Ok(Some((Bytes::from(text), next)))
        }
    });
    let mut response = Body::from_stream(rows).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    let name = HeaderValue::from_static("attachment; filename=\"errors.csv\"");
    headers.insert(header::CONTENT_DISPOSITION, name);
    response
}

fn push_header(text: &mut String, columns: &[String]) {
    let reasons = ["error_line", "error_code", "error_column", "error_message"];
    push_cells(text, columns.iter().map(String::as_str).chain(reasons));
}

fn push_row(text: &mut String, l10n: &L10n, columns: usize, reject: &StoredReject) {
    // Cells beyond the columns would push the reason out of its place.
    let cells = (0..columns).map(|n| reject.cells.get(n).map_or("", String::as_str));
    let line = reject.line.to_string();
    let message = reason(l10n, &reject.reason);
    let reasons = [line.as_str(), &reject.reason, &reject.column_name, &message];
    push_cells(text, cells.chain(reasons));
}
