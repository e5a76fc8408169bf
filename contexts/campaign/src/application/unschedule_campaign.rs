use kernel::{CampaignId, OrgId, Timestamp};

use super::{CampaignError, Campaigns};
use crate::domain::campaign::Campaign;

/// Takes a scheduled campaign back into draft.
pub async fn unschedule_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let mut campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    campaign.unschedule(now)?;
    tx.save_campaign(org, &campaign).await?;
    tx.commit().await?;
    Ok(campaign)
}
