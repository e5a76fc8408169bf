use axum::response::Response;
use contracts::delivery::{
    SUPPRESSIONS,
    suppression_imports::{
        SUPPRESSION_IMPORT, SUPPRESSION_IMPORT_ERRORS, SUPPRESSION_IMPORT_START, SUPPRESSION_IMPORTS,
    },
};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Field, Form, Icon, PageHeader, Progress, Row, Select, Stat,
    Switch, Table, Tone, button_row, form_section, number, stack, stats,
};

use super::{ShapeForm, list_view::state_badge};
use crate::{
    application::import_suppressions::Preview,
    domain::{address_list::Remark, suppression::SuppressionReason, suppression_file::FileFormat},
    infrastructure::pg::suppression_imports::{ImportState, SuppressionImport},
    interface::{
        settings_words::suppression_reason, suppression_downloads::row_fault, web::template_parts::summary,
    },
};

/// How a file is read, and what it would come to.
pub fn shape_page(
    ctx: &Ctx,
    status: StatusCode,
    import: &SuppressionImport,
    found: Option<&Preview>,
    form: &ShapeForm,
    errors: &FieldErrors,
) -> Response {
    let body = stack(html! {
        (summary(ctx, errors))
        @match found {
            Some(found) => {
                (preview(ctx, import, found))
                (shape_form(ctx, import, form, errors))
                (rejects(ctx, import, found))
            }
            None => { (Alert::new(Tone::Warning, ctx.t("delivery-suppression-file-gone"))) }
        }
    });
    ctx.page_with(status, &header(ctx, import), body)
}

fn header<'a>(ctx: &Ctx, import: &'a SuppressionImport) -> PageHeader<'a> {
    PageHeader::new(import.file_name.as_str())
        .crumb(ctx.t("delivery-suppressions-title"), SUPPRESSIONS.url())
        .crumb(ctx.t("delivery-suppression-files"), SUPPRESSION_IMPORTS.url())
        .badge(state_badge(ctx, import.state))
}

fn preview(ctx: &Ctx, import: &SuppressionImport, found: &Preview) -> Markup {
    let fine = found.rows - found.rejected;
    let start = ActionForm::new(
        SUPPRESSION_IMPORT_START.url(&import.id),
        ctx.csrf_field(),
        Button::primary(ctx.ta("delivery-suppression-file-start", &[("count", fine.into())]))
            .icon(Icon::Shield),
    );
    Card::titled(ctx.t("delivery-suppression-file-preview"))
        .help(ctx.t("delivery-suppression-file-preview-help"))
        .body(html! {
            (stats(&[
                Stat::new(ctx.t("delivery-suppression-file-rows"), number(found.rows)),
                Stat::new(ctx.t("delivery-suppression-file-fine"), number(fine)),
                Stat::new(ctx.t("delivery-suppression-file-rejected"), number(found.rejected)),
            ]))
            @if fine > 0 { (start) }
            @else { p { (ctx.t("delivery-suppression-file-nothing-fine")) } }
        })
}

fn shape_form(ctx: &Ctx, import: &SuppressionImport, form: &ShapeForm, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let columns = columns(ctx, import);
    let optional = || {
        std::iter::once((String::new(), ctx.t("delivery-suppression-file-no-column"))).chain(columns.clone())
    };
    let is_csv = import.shape.format == FileFormat::Csv;
    let fields = html! {
        (form_section(
            &ctx.t("delivery-suppression-file-columns"),
            Some(&ctx.t("delivery-suppression-file-columns-help")),
            html! {
                (Select::new("address_column", ctx.t("delivery-suppression-file-address-column"))
                    .options(columns.clone())
                    .selected(form.address_column.as_str())
                    .error(error("address_column")))
                (Select::new("reason_column", ctx.t("delivery-suppression-file-reason-column"))
                    .options(optional())
                    .selected(form.reason_column.as_str())
                    .error(error("reason_column")))
                (Select::new("note_column", ctx.t("delivery-suppression-file-note-column"))
                    .options(optional())
                    .selected(form.note_column.as_str())
                    .error(error("note_column")))
                @if is_csv {
                    (Switch::new("has_header", ctx.t("delivery-suppression-file-header"), form.has_header))
                }
            },
        ))
        (form_section(
            &ctx.t("delivery-suppression-file-rest"),
            Some(&ctx.t("delivery-suppression-file-rest-help")),
            html! {
                (Select::new("reason", ctx.t("delivery-suppression-reason"))
                    .options(SuppressionReason::ALL.map(|r| (r.as_str(), suppression_reason(&ctx.l10n, r))))
                    .selected(form.reason.as_str())
                    .error(error("reason")))
                (Field::text("note", ctx.t("delivery-suppression-note"))
                    .value(form.note.as_str())
                    .error(error("note"))
                    .max_length(Remark::LONGEST))
            },
        ))
        (button_row(html! {
            (Button::secondary(ctx.t("delivery-suppression-file-read-again")).icon(Icon::Refresh))
        }))
    };
    Form::post(SUPPRESSION_IMPORT.url(&import.id), ctx.csrf_field()).body(ctx.words(), fields)
}

/// By their names, or by their numbers where they have none.
fn columns(ctx: &Ctx, import: &SuppressionImport) -> Vec<(String, String)> {
    let shape = &import.shape;
    let most = [Some(shape.address), shape.reason, shape.note]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(0);
    let count = shape.columns.len().max(most + 1).max(3);
    let name = |n: usize| {
        let name = shape.columns.get(n).filter(|name| !name.is_empty()).cloned();
        name.unwrap_or_else(|| ctx.ta("delivery-suppression-file-column", &[("number", (n + 1).into())]))
    };
    (0..count).map(|n| (n.to_string(), name(n))).collect()
}

fn rejects(ctx: &Ctx, import: &SuppressionImport, found: &Preview) -> Markup {
    if found.rejects.is_empty() {
        return Markup::default();
    }
    let columns = vec![
        Column::number(ctx.t("delivery-suppression-file-line")),
        Column::text(ctx.t("delivery-suppression-file-row")),
        Column::text(ctx.t("delivery-suppression-file-why")),
    ];
    let rows = found.rejects.iter().map(|(row, fault)| {
        let shown: String = row.cells.join(", ").chars().take(120).collect();
        Row::new(vec![
            html! { (row.line) },
            html! { (shown) },
            html! { (row_fault(&ctx.l10n, *fault)) },
        ])
    });
    let title = ctx.t("delivery-suppression-file-rejects");
    let table = Table::new(title.clone(), columns).rows(rows).show(ctx.words());
    Card::titled(title)
        .actions(errors_button(ctx, import))
        .flush()
        .body(table)
}

fn errors_button(ctx: &Ctx, import: &SuppressionImport) -> Markup {
    let button = Button::secondary(ctx.t("delivery-suppression-file-errors"))
        .small()
        .icon(Icon::Download)
        .href(SUPPRESSION_IMPORT_ERRORS.url(&import.id))
        .attr("hx-boost", "false");
    html! { (button) }
}

/// How far a file is, or what came of it.
pub fn report_page(ctx: &Ctx, import: &SuppressionImport) -> Response {
    let running = import.state == ImportState::Running;
    let body = html! {
        @if running { (progress(ctx, import)) }
        @if import.state == ImportState::Failed {
            (Alert::new(Tone::Danger, ctx.t("delivery-suppression-file-failed"))
                .text(ctx.t("delivery-suppression-file-failed-help")))
        }
        (counts(ctx, import))
        @if !running && import.counts.rejected > 0 && import.file.is_some() {
            (button_row(errors_button(ctx, import)))
        }
        @if import.file.is_none() { p.muted { (ctx.t("delivery-suppression-file-gone")) } }
    };
    // The page asks for itself again as long as it changes.
    let body = if running {
        let url = SUPPRESSION_IMPORT.url(&import.id);
        html! {
            div id="suppression-import" hx-get=(url) hx-trigger="every 2s" hx-select="#suppression-import" hx-swap="outerHTML" {
                (stack(body))
            }
        }
    } else {
        html! { div id="suppression-import" { (stack(body)) } }
    };
    ctx.page(&header(ctx, import), body)
}

fn progress(ctx: &Ctx, import: &SuppressionImport) -> Markup {
    let percent = match import.size_bytes {
        0 => 0,
        size => (import.bytes_read * 100 / size).min(100),
    };
    let bar = Progress::new(ctx.t("delivery-suppression-file-progress"), percent, Some(100));
    let reload =
        Button::ghost(ctx.t("delivery-suppression-file-reload")).href(SUPPRESSION_IMPORT.url(&import.id));
    Card::untitled().body(html! { (bar.show(ctx.words())) (reload) })
}

fn counts(ctx: &Ctx, import: &SuppressionImport) -> Markup {
    let counts = import.counts;
    let stat = |key: &str, count: i64| Stat::new(ctx.t(key), number(count));
    stats(&[
        stat("delivery-suppression-file-rows", counts.rows),
        stat("delivery-suppression-file-added", counts.added),
        stat("delivery-suppression-file-already", counts.already),
        stat("delivery-suppression-file-rejected", counts.rejected),
    ])
}
