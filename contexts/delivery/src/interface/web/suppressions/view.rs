use axum::response::Response;
use contracts::delivery::{
    SUPPRESSION, SUPPRESSION_NEW, SUPPRESSIONS,
    suppression_imports::{SUPPRESSION_EXPORT, SUPPRESSION_IMPORTS},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table, Tone, badge,
    filter_select, link, no_value,
};

use super::ListQuery;
use crate::{
    application::read_suppressions::Suppression,
    domain::suppression::SuppressionReason,
    interface::{settings_words::suppression_reason, web::template_parts::times},
};

const LIST: Live<'static> = Live("suppression-list");

/// The page around the list.
pub fn page(ctx: &Ctx, query: &ListQuery, is_empty: bool, list: Markup) -> Response {
    let filtered = !query.q.is_empty() || !query.reason.is_empty();
    let nothing_yet = is_empty && !filtered && query.cursor.is_none();
    let header =
        PageHeader::new(ctx.t("delivery-suppressions-title")).purpose(ctx.t("delivery-suppressions-purpose"));
    let header = header.actions(actions(ctx, query, nothing_yet));
    let reasons: Vec<_> = std::iter::once(("".into(), ctx.t("delivery-suppressions-any-reason").into()))
        .chain(SuppressionReason::ALL.map(|r| (r.as_str().into(), suppression_reason(&ctx.l10n, r).into())))
        .collect();
    let bar = FilterBar::new(SUPPRESSIONS.url())
        .search("q", query.q.as_str(), ctx.t("delivery-suppressions-search"))
        .controls(filter_select(
            "reason",
            &ctx.t("delivery-suppression-reason"),
            &reasons,
            &query.reason,
        ))
        .clear(filtered.then(|| SUPPRESSIONS.url()))
        .live(LIST);
    ctx.page(
        &header,
        html! {
            @if !nothing_yet { (bar.show(ctx.words())) }
            (list)
        },
    )
}

fn actions(ctx: &Ctx, query: &ListQuery, nothing_yet: bool) -> Markup {
    let shown = [("q", query.q.as_str()), ("reason", query.reason.as_str())];
    let export = Button::ghost(ctx.t("delivery-suppressions-export"))
        .icon(Icon::Download)
        .href(SUPPRESSION_EXPORT.with(&shown))
        .attr("hx-boost", "false");
    let import = Button::secondary(ctx.t("delivery-suppressions-import"))
        .icon(Icon::Upload)
        .href(SUPPRESSION_IMPORTS.url());
    html! {
        @if !nothing_yet { (export) }
        @if ctx.may(Permission::SuppressionsWrite) {
            (import)
            @if !nothing_yet { (new_button(ctx)) }
        }
    }
}

/// The list alone.
pub fn list(ctx: &Ctx, query: &ListQuery, found: &[Suppression], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-suppression-address")),
        Column::text(ctx.t("delivery-suppression-reason")),
        Column::text(ctx.t("delivery-suppression-note")).wide_only(),
        Column::text(ctx.t("delivery-suppression-since")),
    ];
    let table = Table::new(ctx.t("delivery-suppressions-title"), columns)
        .rows(found.iter().map(|suppression| row(ctx, suppression)))
        .empty(empty(ctx, query))
        .live(LIST)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(|cursor| {
            let values = [
                ("q", query.q.as_str()),
                ("reason", query.reason.as_str()),
                ("cursor", &cursor),
            ];
            SUPPRESSIONS.with(&values).into()
        }),
        live: Some(LIST),
        ..Pager::default()
    };
    html! { div id=(LIST.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &Ctx, suppression: &'a Suppression) -> Row<'a> {
    let address = suppression.address.as_str();
    Row::new(vec![
        link(&SUPPRESSION.url(&address.to_owned()), address),
        reason_badge(ctx, suppression.reason),
        match &suppression.note {
            Some(note) => html! { (note) },
            None => no_value(),
        },
        times(ctx).relative(suppression.created_at),
    ])
}

/// Why an address is on the list.
pub fn reason_badge(ctx: &Ctx, reason: SuppressionReason) -> Markup {
    let tone = match reason {
        SuppressionReason::Complaint => Tone::Danger,
        SuppressionReason::HardBounce | SuppressionReason::SoftBounces => Tone::Warning,
        SuppressionReason::Unsubscribed => Tone::Info,
        SuppressionReason::Manual => Tone::Neutral,
    };
    badge(tone, &suppression_reason(&ctx.l10n, reason))
}

fn empty<'a>(ctx: &Ctx, query: &ListQuery) -> EmptyState<'a> {
    if !query.q.is_empty() || !query.reason.is_empty() {
        return EmptyState::new(Icon::Search, ctx.t("delivery-suppressions-none-found"));
    }
    let empty = EmptyState::new(Icon::Shield, ctx.t("delivery-suppressions-empty"))
        .text(ctx.t("delivery-suppressions-empty-help"));
    if ctx.may(Permission::SuppressionsWrite) {
        empty.action(html! { (new_button(ctx)) })
    } else {
        empty
    }
}

fn new_button<'a>(ctx: &Ctx) -> Button<'a> {
    Button::primary(ctx.t("delivery-suppressions-add"))
        .icon(Icon::Plus)
        .href(SUPPRESSION_NEW.url())
}
