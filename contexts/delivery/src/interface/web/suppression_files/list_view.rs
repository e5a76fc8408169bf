use axum::response::Response;
use contracts::delivery::{
    SUPPRESSIONS,
    suppression_imports::{SUPPRESSION_IMPORT, SUPPRESSION_IMPORTS},
};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Alert, Button, Card, Column, EmptyState, Field, FileField, Form, Icon, PageHeader, Row, Table, Tone,
    badge, button_row, link, number, stack,
};

use crate::{
    infrastructure::pg::suppression_imports::{ImportState, SuppressionImport},
    interface::web::template_parts::times,
};

/// The form for a file, and the files that came before.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    imports: &[SuppressionImport],
    problem: Option<String>,
) -> Response {
    let header = PageHeader::new(ctx.t("delivery-suppression-files"))
        .purpose(ctx.t("delivery-suppression-files-purpose"))
        .crumb(ctx.t("delivery-suppressions-title"), SUPPRESSIONS.url());
    let body = stack(html! {
        @if let Some(problem) = &problem { (Alert::new(Tone::Danger, problem.as_str()).live()) }
        (form(ctx, problem.as_deref()))
        (table(ctx, imports))
    });
    ctx.page_with(status, &header, body)
}

fn form(ctx: &Ctx, problem: Option<&str>) -> Markup {
    // The token stands in the address: it has to be read before the file.
    let action = format!("{}?{}", SUPPRESSION_IMPORTS.url(), ctx.csrf_query());
    let fields = html! {
        (FileField::new("file", ctx.t("delivery-suppression-file-file"))
            .accept(".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,text/plain,application/x-ndjson")
            .help(ctx.t("delivery-suppression-file-file-help"))
            .error(problem.map(str::to_owned))
            .show(ctx.words()))
        (Field::textarea("text", ctx.t("delivery-suppression-file-paste"), 6)
            .help(ctx.t("delivery-suppression-file-paste-help")))
        (button_row(html! {
            (Button::primary(ctx.t("delivery-suppression-file-upload")).icon(Icon::Upload))
        }))
    };
    Form::post(action, Markup::default())
        .multipart()
        .body(ctx.words(), fields)
}

fn table(ctx: &Ctx, imports: &[SuppressionImport]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-suppression-file-name")),
        Column::text(ctx.t("delivery-suppression-file-state")),
        Column::number(ctx.t("delivery-suppression-file-added")),
        Column::number(ctx.t("delivery-suppression-file-rejected")),
        Column::text(ctx.t("delivery-suppression-file-when")).wide_only(),
    ];
    let empty = EmptyState::new(Icon::Upload, ctx.t("delivery-suppression-files-empty"))
        .text(ctx.t("delivery-suppression-files-empty-help"));
    let table = Table::new(ctx.t("delivery-suppression-files-before"), columns)
        .rows(imports.iter().map(|import| row(ctx, import)))
        .empty(empty)
        .show(ctx.words());
    Card::titled(ctx.t("delivery-suppression-files-before"))
        .flush()
        .body(table)
}

fn row<'a>(ctx: &Ctx, import: &'a SuppressionImport) -> Row<'a> {
    Row::new(vec![
        link(&SUPPRESSION_IMPORT.url(&import.id), &import.file_name),
        state_badge(ctx, import.state),
        html! { (number(import.counts.added)) },
        html! { (number(import.counts.rejected)) },
        times(ctx).relative(import.created_at),
    ])
}

/// How far a file is.
pub fn state_badge(ctx: &Ctx, state: ImportState) -> Markup {
    let (tone, key) = match state {
        ImportState::Uploaded => (Tone::Info, "delivery-suppression-file-state-uploaded"),
        ImportState::Running => (Tone::Info, "delivery-suppression-file-state-running"),
        ImportState::Done => (Tone::Success, "delivery-suppression-file-state-done"),
        ImportState::Failed => (Tone::Danger, "delivery-suppression-file-state-failed"),
    };
    badge(tone, &ctx.t(key))
}
