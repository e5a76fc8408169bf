use axum::response::Response;
use contracts::crm::events::EVENT_LOG;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Column, EmptyState, Icon, PageHeader, Row, Table, Times, link, no_value, number, tags};

use crate::infrastructure::pg::event_catalogue::EventNameRow;

/// Properties shown of a name.
const SHOWN: usize = 6;

pub fn page(ctx: &Ctx, names: &[EventNameRow]) -> Response {
    let header = PageHeader::new(ctx.t("crm-event-names-title"))
        .purpose(ctx.t("crm-event-names-purpose"))
        .crumb(ctx.t("crm-events-title"), EVENT_LOG.url());
    let columns = vec![
        Column::text(ctx.t("crm-event-column-name")),
        Column::number(ctx.t("crm-event-column-count")),
        Column::text(ctx.t("crm-event-column-properties")).wide_only(),
        Column::text(ctx.t("crm-event-column-last")),
    ];
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let rows = names.iter().map(|row| {
        Row::new(vec![
            link(&EVENT_LOG.with(&[("name", &row.name)]), &row.name),
            html! { (number(row.count)) },
            properties(ctx, row),
            times.relative(row.last_seen_at),
        ])
    });
    let empty =
        EmptyState::new(Icon::List, ctx.t("crm-event-names-empty")).text(ctx.t("crm-event-names-empty-help"));
    let table = Table::new(ctx.t("crm-event-names-title"), columns)
        .rows(rows)
        .empty(empty);
    ctx.page(&header, table.show(ctx.words()))
}

fn properties(ctx: &Ctx, row: &EventNameRow) -> Markup {
    let told: Vec<String> = row
        .properties
        .iter()
        .take(SHOWN)
        .map(|(name, types)| format!("{name} ({})", types.join(", ")))
        .collect();
    let more = row.properties.len().saturating_sub(SHOWN);
    html! {
        @if told.is_empty() { (no_value()) } @else { (tags(&told)) }
        @if more > 0 { " " span.muted { (ctx.ta("crm-event-more-properties", &[("count", more.into())])) } }
    }
}
