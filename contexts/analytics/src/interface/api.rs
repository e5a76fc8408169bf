//! Statistics by the API.

use axum::{Json, extract::State as Shared};
use contracts::analytics::{API_STATISTICS, StatisticsOverview, StatisticsQuery};
use kernel::Permission;
use platform::web::{Access, AppError, Ctx, Op, Query, Routes, WebResult};

use crate::{application::read_statistics::read_overview, infrastructure::pg::AnalyticsDb};

/// Days that are told of without being asked for a number.
const USUAL: i64 = 30;
/// Most days.
const MOST: i64 = 366;

/// All routes, with the scope that each needs.
pub fn routes() -> Routes<AnalyticsDb> {
    let describe = "Sums and a curve by day, in the organization's time zone, with the same number of days before \
                    to compare with. Trying out a template counts nowhere.";
    Routes::new()
        .get(
            API_STATISTICS.template(),
            Access::needs(Permission::AnalyticsRead),
            overview,
        )
        .doc(
            Op::new(
                "get_statistics",
                "Get what happened to campaigns' messages in the last days",
            )
            .describe(describe)
            .query::<StatisticsQuery>()
            .returns::<StatisticsOverview>(200, "The figures."),
        )
}

async fn overview(
    ctx: Ctx,
    Shared(db): Shared<AnalyticsDb>,
    Query(query): Query<StatisticsQuery>,
) -> WebResult<Json<StatisticsOverview>> {
    let days = query.days.unwrap_or(USUAL);
    if !(1..=MOST).contains(&days) {
        return Err(AppError::invalid(
            "days",
            "out_of_range",
            ctx.t("analytics-error-days"),
        ));
    }
    Ok(Json(read_overview(&db, ctx.org, days, ctx.now, &ctx.zone).await?))
}
