//! The suppression list, and rows that were not taken, as files that are sent as they are made.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, header};
use kernel::OrgId;
use platform::{
    Db, DbError, L10n,
    web::{AppError, Ctx, WebResult},
};
use tokio::sync::mpsc;

use crate::{
    application::{
        import_suppressions::{ImportDeps, each_row},
        read_suppressions::{Filter, Position, Suppression, list_suppressions},
    },
    domain::suppression_file::{Place, RowFault, push_cells},
    infrastructure::pg::suppression_imports::SuppressionImport,
};

/// Rows that are read at a time.
const PAGE: i64 = 1_000;
/// Bytes that are sent at a time.
const PIECE: usize = 32 * 1024;

/// All of the list that the filter lets through, the newest first. It can be taken in again.
pub fn export(db: &Db, ctx: &Ctx, filter: Filter) -> Response {
    let (db, org) = (db.clone(), ctx.org);
    let pages = stream::try_unfold(Next::Header, move |next| {
        let (db, filter) = (db.clone(), filter.clone());
        async move { page(&db, org, &filter, next).await }
    });
    csv(Body::from_stream(pages), "suppressions.csv")
}

enum Next {
    Header,
    After(Position),
    Over,
}

async fn page(db: &Db, org: OrgId, filter: &Filter, next: Next) -> Result<Option<(Bytes, Next)>, DbError> {
    let mut text = String::new();
    let after = match next {
        Next::Over => return Ok(None),
        Next::After(position) => Some(position),
        Next::Header => {
            push_cells(
                &mut text,
                ["address", "reason", "note", "message_id", "created_at"],
            );
            None
        }
    };
    let found = list_suppressions(db, org, filter, after.as_ref(), PAGE).await?;
    for entry in &found {
        push_entry(&mut text, entry);
    }
    let next = match found.last() {
        Some(last) if found.len() as i64 == PAGE => Next::After(Position::of(last)),
        _ => Next::Over,
    };
    Ok(Some((Bytes::from(text), next)))
}

fn push_entry(text: &mut String, entry: &Suppression) {
    let message = entry.message.map(|id| id.to_string()).unwrap_or_default();
    let at = entry.created_at.to_string();
    let cells = [
        entry.address.as_str(),
        entry.reason.as_str(),
        entry.note.as_deref().unwrap_or_default(),
        &message,
        &at,
    ];
    push_cells(text, cells);
}

/// The rows of a file that are not taken: as they came, and behind them why, so that they can be mended
/// and taken in again.
pub fn errors(deps: &ImportDeps, ctx: &Ctx, import: &SuppressionImport) -> WebResult<Response> {
    let key = import.file.ok_or(AppError::NotFound)?;
    let path = deps.objects.path(key);
    let (l10n, import) = (ctx.l10n.clone(), import.clone());
    let (pieces, receiver) = mpsc::channel::<std::io::Result<Bytes>>(2);
    tokio::task::spawn_blocking(move || {
        let columns = import.shape.columns.len().max(1);
        let mut text = String::new();
        push_header(&mut text, &import);
        let read = each_row(&path, &import, Place::default(), |row, read, _| {
            if let Err(fault) = read {
                let line = row.line.to_string();
                let message = row_fault(&l10n, fault);
                // Cells beyond the columns would push the reason out of its place.
                let cells = (0..columns).map(|n| row.cells.get(n).map_or("", String::as_str));
                push_cells(
                    &mut text,
                    cells.chain([line.as_str(), fault.as_str(), message.as_str()]),
                );
            }
            // Whoever has gone away needs no more of it.
            text.len() < PIECE
                || pieces
                    .blocking_send(Ok(Bytes::from(std::mem::take(&mut text))))
                    .is_ok()
        });
        let last = read.map(|_| Bytes::from(text));
        let _gone = pieces.blocking_send(last);
    });
    let body = stream::unfold(receiver, |mut receiver| async move {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    });
    Ok(csv(Body::from_stream(body), "errors.csv"))
}

fn push_header(text: &mut String, import: &SuppressionImport) {
    let names: Vec<&str> = match import.shape.columns.as_slice() {
        [] => vec!["address"],
        names => names.iter().map(String::as_str).collect(),
    };
    let reasons = ["error_line", "error_code", "error_message"];
    push_cells(text, names.into_iter().chain(reasons));
}

/// Why a row is not taken, in a person's words.
pub fn row_fault(l10n: &L10n, fault: RowFault) -> String {
    l10n.t(match fault {
        RowFault::Broken => "delivery-suppression-file-fault-broken",
        RowFault::Address => "delivery-suppression-file-fault-address",
        RowFault::Reason => "delivery-suppression-file-fault-reason",
        RowFault::Note => "delivery-suppression-file-fault-note",
    })
}

fn csv(body: Body, name: &'static str) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    let disposition = format!("attachment; filename=\"{name}\"");
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&disposition).expect("a name of ASCII letters"),
    );
    response
}
