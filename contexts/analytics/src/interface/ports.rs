//! What other contexts call.

use async_trait::async_trait;
use contracts::{
    PortResult,
    analytics::{CampaignStatistics, MessageTotals, Statistics},
};
use kernel::{CampaignId, OrgId};

use crate::{application::read_dashboard::add, infrastructure::pg::AnalyticsDb};

/// Over the roll-ups.
pub struct Ports {
    /// Where they are.
    pub db: AnalyticsDb,
}

#[async_trait]
impl Statistics for Ports {
    async fn totals(&self, org: OrgId, campaigns: &[CampaignId]) -> PortResult<Vec<MessageTotals>> {
        let found = self.db.reads(org).await?.totals(campaigns).await?;
        let of = |id: &CampaignId| {
            found
                .iter()
                .find(|(other, _)| other == id)
                .map(|(_, totals)| *totals)
        };
        Ok(campaigns.iter().map(|id| of(id).unwrap_or_default()).collect())
    }

    async fn campaign(&self, org: OrgId, campaign: CampaignId) -> PortResult<CampaignStatistics> {
        let mut reads = self.db.reads(org).await?;
        let curve = reads.campaign_hours(campaign).await?;
        let links = reads.links(campaign).await?;
        let mut totals = MessageTotals::default();
        curve.iter().for_each(|point| add(&mut totals, &point.totals));
        Ok(CampaignStatistics { totals, curve, links })
    }
}
