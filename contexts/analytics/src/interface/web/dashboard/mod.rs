//! The dashboard: what needs somebody, what was sent, what happened.

mod view;

use axum::extract::State;
use contracts::analytics::AttentionItem;
use futures::future::try_join_all;
use platform::web::{Ctx, Query, WebResult};
use serde::Deserialize;

use super::Dashboard;
use crate::{
    application::read_dashboard::{Figures, read_dashboard},
    domain::period::Days,
};

/// Which span.
#[derive(Deserialize)]
pub struct DashboardQuery {
    #[serde(default)]
    days: Days,
}

/// How far somebody got who has just begun.
pub struct FirstSteps {
    contacts: bool,
    segment: bool,
    template: bool,
}

/// The page.
pub async fn show(
    ctx: Ctx,
    State(dashboard): State<Dashboard>,
    Query(query): Query<DashboardQuery>,
) -> WebResult {
    let figures = read_dashboard(&dashboard.db, ctx.org, ctx.now, &ctx.zone, query.days).await?;
    let attention = attention(&ctx, &dashboard).await?;
    let first_steps = first_steps(&ctx, &dashboard, &figures).await?;
    Ok(view::page(
        &ctx,
        &view::Shown {
            figures: &figures,
            days: query.days,
            attention: &attention,
            first_steps,
        },
    ))
}

/// The most urgent first.
async fn attention(ctx: &Ctx, dashboard: &Dashboard) -> WebResult<Vec<AttentionItem>> {
    let found = try_join_all(
        dashboard
            .needs
            .attention
            .iter()
            .map(|source| source.attention(ctx.org)),
    )
    .await?;
    let mut items: Vec<AttentionItem> = found.into_iter().flatten().collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.severity));
    Ok(items)
}

/// Asked only until the first campaign went out.
async fn first_steps(ctx: &Ctx, dashboard: &Dashboard, figures: &Figures) -> WebResult<Option<FirstSteps>> {
    if !figures.campaigns.is_empty() {
        return Ok(None);
    }
    Ok(Some(FirstSteps {
        contacts: figures.has_contacts,
        segment: !dashboard.needs.segments.segments(ctx.org).await?.is_empty(),
        template: !dashboard.needs.templates.templates(ctx.org).await?.is_empty(),
    }))
}
