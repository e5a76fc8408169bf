//! All segments, by name.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{SEGMENT, SEGMENT_NEW, SEGMENTS};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, Query, View, WebResult};
use serde::Deserialize;
use ui_kit::{
    Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table, link_with_note, number,
    stack,
};

use super::words::{state_badge, times};
use crate::{Crm, domain::segment::Segment, infrastructure::pg::CrmTx};

const PAGE: usize = 50;
/// The order that cursors belong to.
const LIST: &str = "crm.segments by name";
const REGION: Live<'static> = Live("segments-list");

/// What part of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    search: String,
    cursor: Option<String>,
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, view: View, Query(query): Query<ListQuery>) -> WebResult {
    let after: Option<String> = query
        .cursor
        .as_ref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut segments = tx.segments(query.search.trim(), after.as_deref(), limit).await?;
    let more = segments.len() > PAGE;
    segments.truncate(PAGE);
    let next = segments
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.name));
    let region = region(&ctx, &query, &segments, next);
    Ok(match view {
        View::Part => region.into_response(),
        View::Full => page(&ctx, &query, segments.is_empty(), region),
    })
}

fn page(ctx: &Ctx, query: &ListQuery, empty: bool, region: Markup) -> Response {
    let header = PageHeader::new(ctx.t("crm-segments-title")).purpose(ctx.t("crm-segments-purpose"));
    let nothing_at_all = empty && query.search.trim().is_empty();
    let header = if nothing_at_all {
        header
    } else {
        header.actions(new_button(ctx))
    };
    let search = FilterBar::new(SEGMENTS.url())
        .search("search", &query.search, ctx.t("crm-segments-search"))
        .live(REGION)
        .show(ctx.words());
    ctx.page(
        &header,
        stack(html! {
            @if !nothing_at_all { (search) }
            (region)
        }),
    )
}

fn new_button(ctx: &Ctx) -> Markup {
    html! {
        @if ctx.may(Permission::SegmentsWrite) {
            (Button::primary(ctx.t("crm-segments-new")).icon(Icon::Plus).href(SEGMENT_NEW.url()))
        }
    }
}

fn region(ctx: &Ctx, query: &ListQuery, segments: &[Segment], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-segments-name")),
        Column::number(ctx.t("crm-segments-members")),
        Column::text(ctx.t("crm-segments-state")).wide_only(),
        Column::text(ctx.t("crm-segments-updated")).wide_only(),
    ];
    let empty = if query.search.trim().is_empty() {
        EmptyState::new(Icon::Segments, ctx.t("crm-segments-empty"))
            .text(ctx.t("crm-segments-empty-help"))
            .action(new_button(ctx))
    } else {
        EmptyState::new(Icon::Search, ctx.t("crm-segments-none-found"))
    };
    let table = Table::new(ctx.t("crm-segments-title"), columns)
        .rows(segments.iter().map(|segment| row(ctx, segment)))
        .empty(empty)
        .show(ctx.words());
    let href =
        |cursor: String| SEGMENTS.with(&[("search", query.search.as_str()), ("cursor", cursor.as_str())]);
    let pager = Pager {
        previous: None,
        next: next.map(|cursor| href(cursor).into()),
        summary: None,
        live: Some(REGION),
    };
    html! { div id=(REGION.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &Ctx, segment: &Segment) -> Row<'a> {
    Row::new(vec![
        link_with_note(&SEGMENT.url(&segment.id), &segment.name, &segment.description),
        html! { (number(segment.member_count)) },
        state_badge(ctx, segment),
        times(ctx).relative(segment.updated_at),
    ])
    .id(segment.id.to_string())
}
