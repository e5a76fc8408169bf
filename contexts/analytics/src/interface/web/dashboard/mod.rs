mod first_steps;
mod view;

use axum::{extract::State as Shared, response::IntoResponse};
use platform::web::{AppError, Ctx, Query, View, WebResult};
use serde::Deserialize;

use super::Dashboard;
use crate::application::read_dashboard::{read_attention, read_figures, read_first_steps, read_under_way};

/// The spans that can be chosen, in days.
pub const SPANS: [i64; 3] = [7, 30, 90];

/// Which span of time.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DashboardQuery {
    days: Option<i64>,
}

/// The dashboard; for htmx, the part that follows what is being sent.
pub async fn show(
    ctx: Ctx,
    Shared(dashboard): Shared<Dashboard>,
    view: View,
    Query(query): Query<DashboardQuery>,
) -> WebResult {
    if view == View::Part {
        let under_way = read_under_way(&dashboard.db, ctx.org).await?;
        return Ok(view::under_way(&ctx, &under_way).into_response());
    }
    let days = query.days.unwrap_or(SPANS[1]);
    if !SPANS.contains(&days) {
        return Err(AppError::invalid(
            "days",
            "not_offered",
            ctx.t("analytics-error-span"),
        ));
    }
    let (figures, attention) = futures::join!(
        read_figures(&dashboard.db, ctx.org, days, ctx.now, &ctx.zone),
        read_attention(&dashboard.needs, ctx.org),
    );
    let figures = figures?;
    let steps = read_first_steps(&dashboard.needs, ctx.org, &figures).await?;
    Ok(view::page(
        &ctx,
        &view::Shown {
            days,
            figures: &figures,
            attention: &attention,
            steps,
        },
    ))
}
