//! What other contexts read.

use async_trait::async_trait;
use contracts::{
    PortResult,
    analytics::{CampaignStatistics, MessageTotals, Statistics},
};
use kernel::{CampaignId, OrgId};

use crate::{application::read_statistics::read_campaign_statistics, infrastructure::pg::AnalyticsDb};

/// Reads the roll-ups.
pub struct RollUps(pub AnalyticsDb);

#[async_trait]
impl Statistics for RollUps {
    async fn totals(&self, org: OrgId, campaigns: &[CampaignId]) -> PortResult<Vec<MessageTotals>> {
        Ok(self.0.reader(org).await?.totals(campaigns).await?)
    }

    async fn campaign(&self, org: OrgId, campaign: CampaignId) -> PortResult<CampaignStatistics> {
        Ok(read_campaign_statistics(&self.0, org, campaign).await?)
    }
}
