//! The dashboard's figures for programs.

use axum::{Json, extract::State};
use contracts::analytics::{API_STATISTICS, MessageTotals};
use kernel::Permission;
use platform::web::{Access, Ctx, Op, Query, Routes, WebResult};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::web::Dashboard;
use crate::{application::read_dashboard::read_dashboard, domain::period::Days};

/// All routes of analytics' API.
pub fn routes() -> Routes<Dashboard> {
    Routes::new()
        .get(
            API_STATISTICS.template(),
            Access::needs(Permission::AnalyticsRead),
            statistics,
        )
        .doc(
            Op::new("get_statistics", "Get what happened over the last days")
                .query::<StatisticsQuery>()
                .returns::<StatisticsAnswer>(200, "The figures, by day in the organization's time zone."),
        )
}

/// Which span.
#[derive(Deserialize, IntoParams)]
pub struct StatisticsQuery {
    /// 7, 30 or 90 days up to and with today.
    #[serde(default)]
    #[param(value_type = Option<u16>)]
    days: Days,
}

/// The figures.
#[derive(Serialize, ToSchema)]
pub struct StatisticsAnswer {
    /// Over the span.
    totals: MessageTotals,
    /// Over the span before, to compare with.
    before: MessageTotals,
    /// Day by day, oldest first.
    days: Vec<DayTotals>,
}

/// One day.
#[derive(Serialize, ToSchema)]
pub struct DayTotals {
    /// For example `2026-05-31`.
    #[schema(value_type = String, format = Date)]
    day: String,
    /// What happened on it.
    #[serde(flatten)]
    totals: MessageTotals,
}

async fn statistics(
    ctx: Ctx,
    State(dashboard): State<Dashboard>,
    Query(query): Query<StatisticsQuery>,
) -> WebResult<Json<StatisticsAnswer>> {
    let figures = read_dashboard(&dashboard.db, ctx.org, ctx.now, &ctx.zone, query.days).await?;
    let days = figures
        .days
        .iter()
        .zip(figures.daily)
        .map(|(day, totals)| DayTotals {
            day: day.to_string(),
            totals,
        });
    Ok(Json(StatisticsAnswer {
        totals: figures.totals,
        before: figures.before,
        days: days.collect(),
    }))
}
