use axum::response::Response;
use contracts::crm::{
    CONTACTS,
    lists::{EXPORT, EXPORT_CANCELLATION, EXPORT_FILE, EXPORT_PROGRESS},
};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, EmptyState, Icon, PageHeader, Pager, Progress, Row, Table,
    Times, Tone, badge, bytes, link_with_note, number, stack,
};

use crate::domain::export::{DAYS_KEPT, Export, ExportState};

pub fn list(ctx: &Ctx, exports: &[Export], next: Option<String>) -> Response {
    let header = PageHeader::new(ctx.t("crm-exports-title"))
        .purpose(ctx.t("crm-exports-purpose"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url());
    let columns = vec![
        Column::text(ctx.t("crm-export-file")),
        Column::text(ctx.t("crm-import-column-state")),
        Column::number(ctx.t("crm-export-rows")),
        Column::text(ctx.t("crm-export-when")).wide_only(),
    ];
    let empty =
        EmptyState::new(Icon::Download, ctx.t("crm-exports-empty")).text(ctx.t("crm-exports-empty-help"));
    let rows = exports.iter().map(|export| {
        Row::new(vec![
            link_with_note(&EXPORT.url(&export.id), &export.file_name(), &export.sentence),
            state_badge(ctx, export.state),
            html! { (number(export.rows)) },
            times(ctx).relative(export.created_at),
        ])
    });
    let table = Table::new(ctx.t("crm-exports-title"), columns)
        .rows(rows)
        .empty(empty)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(Into::into),
        ..Pager::default()
    };
    ctx.page(&header, html! { (table) (pager.show(ctx.words())) })
}

pub fn page(ctx: &Ctx, export: &Export) -> Response {
    let header = PageHeader::new(export.file_name())
        .purpose(export.sentence.clone())
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(ctx.t("crm-exports-title"), contracts::crm::lists::EXPORTS.url())
        .badge(state_badge(ctx, export.state));
    let body = match export.state {
        ExportState::Running => html! {
            (progress(ctx, export))
            (Button::ghost(ctx.t("crm-import-reload")).href(EXPORT.url(&export.id)))
        },
        ExportState::Finished => ready(ctx, export),
        ExportState::Cancelled => html! { (Alert::new(Tone::Warning, ctx.t("crm-export-was-cancelled"))) },
        ExportState::Failed => html! {
            (Alert::new(Tone::Danger, ctx.t("crm-export-has-failed")).text(ctx.t("crm-export-has-failed-help")))
        },
        ExportState::Expired => html! {
            (Alert::new(Tone::Info, ctx.t("crm-export-is-gone")).text(ctx.t("crm-export-is-gone-help")))
        },
    };
    ctx.page(&header, stack(body))
}

/// How far it is; asks for itself again as long as that changes.
pub fn progress(ctx: &Ctx, export: &Export) -> Markup {
    let cancel = Button::secondary(ctx.t("crm-import-cancel")).icon(Icon::Stop);
    let bar = Progress::new(ctx.t("crm-export-progress"), export.rows, None);
    html! {
        div id="export-progress" hx-get=(EXPORT_PROGRESS.url(&export.id)) hx-trigger="every 1s" hx-swap="outerHTML" {
            (Card::untitled().body(html! {
                (bar.show(ctx.words()))
                (ActionForm::new(EXPORT_CANCELLATION.url(&export.id), ctx.csrf_field(), cancel))
            }))
        }
    }
}

fn ready(ctx: &Ctx, export: &Export) -> Markup {
    let download = Button::primary(ctx.t("crm-export-download"))
        .icon(Icon::Download)
        .href(EXPORT_FILE.url(&export.id))
        .attr("download", export.file_name())
        .attr("hx-boost", "false");
    let text = ctx.ta(
        "crm-export-ready-text",
        &[
            ("count", export.rows.into()),
            ("size", bytes(export.size_bytes.unsigned_abs()).into()),
            ("days", DAYS_KEPT.into()),
        ],
    );
    let is_cut = export.format.most_rows() == Some(export.rows);
    html! {
        (Alert::new(Tone::Success, ctx.t("crm-export-ready")).text(text).actions(html! { (download) }))
        @if is_cut { (Alert::new(Tone::Warning, ctx.t("crm-export-cut")).text(ctx.t("crm-export-cut-help"))) }
    }
}

fn state_badge(ctx: &Ctx, state: ExportState) -> Markup {
    let (tone, key) = match state {
        ExportState::Running => (Tone::Info, "crm-export-state-running"),
        ExportState::Finished => (Tone::Success, "crm-export-state-finished"),
        ExportState::Cancelled => (Tone::Warning, "crm-export-state-cancelled"),
        ExportState::Failed => (Tone::Danger, "crm-export-state-failed"),
        ExportState::Expired => (Tone::Neutral, "crm-export-state-expired"),
    };
    badge(tone, &ctx.t(key))
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
