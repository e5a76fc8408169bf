//! All segments, by name.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{SEGMENT, SEGMENT_NEW, SEGMENTS, segments::SEGMENT_CATEGORIES};
use kernel::{CategoryId, Permission};
use maud::{Markup, html};
use platform::web::{Ctx, Query, View, WebResult};
use serde::Deserialize;
use ui_kit::{
    Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Tab, Table, link_with_note,
    number, segmented_links, stack,
};

use super::words::{state_badge, times};
use crate::{
    Crm,
    domain::segment::Segment,
    infrastructure::pg::{CrmTx, categories::Category},
};

const PAGE: usize = 50;
/// The order that cursors belong to.
const LIST: &str = "crm.segments by name";
const REGION: Live<'static> = Live("segments-list");

/// What part of the list.
#[derive(Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    search: String,
    /// Of one category.
    #[serde(default)]
    category: String,
    cursor: Option<String>,
}

impl ListQuery {
    fn category(&self) -> Option<CategoryId> {
        self.category.parse().ok()
    }

    fn asks_for_all(&self) -> bool {
        self.search.trim().is_empty() && self.category().is_none()
    }
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
    let mut segments = tx
        .segments(query.search.trim(), query.category(), after.as_deref(), limit)
        .await?;
    let categories = tx.categories().await?;
    let more = segments.len() > PAGE;
    segments.truncate(PAGE);
    let next = segments
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.name));
    let region = region(&ctx, &query, &segments, &categories, next);
    Ok(match view {
        View::Part => region.into_response(),
        View::Full => page(&ctx, &query, &categories, segments.is_empty(), region),
    })
}

fn page(ctx: &Ctx, query: &ListQuery, categories: &[Category], empty: bool, region: Markup) -> Response {
    let header = PageHeader::new(ctx.t("crm-segments-title")).purpose(ctx.t("crm-segments-purpose"));
    let nothing_at_all = empty && query.asks_for_all();
    let header = if nothing_at_all {
        header
    } else {
        header.actions(html! {
            (Button::ghost(ctx.t("crm-segments-categories")).href(SEGMENT_CATEGORIES.url()))
            (new_button(ctx))
        })
    };
    let search = FilterBar::new(SEGMENTS.url())
        .search("search", &query.search, ctx.t("crm-segments-search"))
        .live(REGION)
        .show(ctx.words());
    let choice = |category: Option<&Category>| {
        let id = category
            .map(|category| category.id.to_string())
            .unwrap_or_default();
        Tab {
            label: category
                .map_or_else(
                    || ctx.t("crm-segments-all-categories"),
                    |category| category.name.clone(),
                )
                .into(),
            active: query.category().map(|id| id.to_string()).unwrap_or_default() == id,
            href: SEGMENTS.with(&[("category", id)]).into(),
            count: None,
        }
    };
    let tabs: Vec<Tab<'_>> = [choice(None)]
        .into_iter()
        .chain(categories.iter().map(|category| choice(Some(category))))
        .collect();
    ctx.page(
        &header,
        stack(html! {
            @if !nothing_at_all && tabs.len() > 1 {
                (segmented_links(&ctx.t("crm-segments-category"), &tabs))
            }
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

fn region(
    ctx: &Ctx,
    query: &ListQuery,
    segments: &[Segment],
    categories: &[Category],
    next: Option<String>,
) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-segments-name")),
        Column::number(ctx.t("crm-segments-members")),
        Column::text(ctx.t("crm-segments-category")).wide_only(),
        Column::text(ctx.t("crm-segments-state")).wide_only(),
        Column::text(ctx.t("crm-segments-updated")).wide_only(),
    ];
    let empty = if query.asks_for_all() {
        EmptyState::new(Icon::Segments, ctx.t("crm-segments-empty"))
            .text(ctx.t("crm-segments-empty-help"))
            .action(new_button(ctx))
    } else {
        EmptyState::new(Icon::Search, ctx.t("crm-segments-none-found"))
    };
    let table = Table::new(ctx.t("crm-segments-title"), columns)
        .rows(segments.iter().map(|segment| row(ctx, segment, categories)))
        .empty(empty)
        .show(ctx.words());
    let href = |cursor: String| {
        let category = query.category.as_str();
        SEGMENTS.with(&[
            ("search", query.search.as_str()),
            ("category", category),
            ("cursor", cursor.as_str()),
        ])
    };
    let pager = Pager {
        previous: None,
        next: next.map(|cursor| href(cursor).into()),
        summary: None,
        live: Some(REGION),
    };
    html! { div id=(REGION.0) { (table) (pager.show(ctx.words())) } }
}

fn row<'a>(ctx: &Ctx, segment: &Segment, categories: &[Category]) -> Row<'a> {
    let category = categories
        .iter()
        .find(|category| Some(category.id) == segment.category);
    Row::new(vec![
        link_with_note(&SEGMENT.url(&segment.id), &segment.name, &segment.description),
        html! { (number(segment.member_count)) },
        html! { @if let Some(category) = category { (category.name) } },
        state_badge(ctx, segment),
        times(ctx).relative(segment.updated_at),
    ])
    .id(segment.id.to_string())
}
