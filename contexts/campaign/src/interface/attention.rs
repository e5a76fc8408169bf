//! What campaigns show under "what needs you".

use async_trait::async_trait;
use contracts::{
    PortResult,
    analytics::{Attention, AttentionItem, Severity},
    campaign::{CAMPAIGN, CAMPAIGNS},
};
use kernel::{CampaignId, OrgId};

use crate::application::Campaigns;

/// Campaigns that wait for a person.
pub struct WaitingCampaigns(pub Campaigns);

#[async_trait]
impl Attention for WaitingCampaigns {
    async fn attention(&self, org: OrgId) -> PortResult<Vec<AttentionItem>> {
        let mut tx = self.0.db.tenant(org).await?;
        let troubles = tx.find_troubles(org, self.0.clock.now()).await?;
        let refused = troubles
            .refused
            .map(|found| item(Severity::Error, "campaign-attention-refused", found));
        let stale = troubles
            .stale
            .map(|found| item(Severity::Warning, "campaign-attention-stale", found));
        Ok([refused, stale].into_iter().flatten().collect())
    }
}

/// One leads to the campaign itself, several to the list of scheduled ones.
fn item(severity: Severity, text_key: &'static str, found: (i64, CampaignId, String)) -> AttentionItem {
    let (count, id, name) = found;
    let href = if count == 1 {
        CAMPAIGN.url(&id)
    } else {
        CAMPAIGNS.with(&[("state", "scheduled")])
    };
    AttentionItem {
        severity,
        text_key,
        count,
        name,
        href,
    }
}
