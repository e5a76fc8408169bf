use contracts::analytics::{CampaignStatistics, StatisticsOverview};
use jiff::tz::TimeZone;
use kernel::{CampaignId, OrgId, Timestamp};
use platform::DbError;

use crate::{domain::period::Period, infrastructure::pg::AnalyticsDb};

/// All figures of one campaign.
pub async fn read_campaign_statistics(
    db: &AnalyticsDb,
    org: OrgId,
    campaign: CampaignId,
) -> Result<CampaignStatistics, DbError> {
    let mut reader = db.reader(org).await?;
    let totals = reader.totals(std::slice::from_ref(&campaign)).await?;
    Ok(CampaignStatistics {
        totals: totals.first().copied().unwrap_or_default(),
        curve: reader.campaign_hours(campaign).await?,
        links: reader.campaign_links(campaign).await?,
    })
}

/// What happened in the last days.
pub async fn read_overview(
    db: &AnalyticsDb,
    org: OrgId,
    days: i64,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<StatisticsOverview, DbError> {
    let period = Period::last(days, now, zone);
    let hours = db.reader(org).await?.hours_since(period.needs_from()).await?;
    Ok(period.overview(&hours))
}
