use kernel::{CampaignId, OrgId, Timestamp};

use super::{CampaignError, Campaigns};
use crate::domain::campaign::Campaign;

/// Makes a draft like another campaign. `mark` makes its name from the other's.
pub async fn copy_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    mark: impl FnOnce(&str) -> String,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let original = tx.find_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    let copy = Campaign::draft(original.content_for_copy(mark), now);
    tx.insert_campaign(org, &copy).await?;
    tx.commit().await?;
    Ok(copy)
}
