use kernel::{CampaignId, OrgId};

use super::{CampaignError, Campaigns};
use crate::domain::{campaign::NotNow, state::State};

/// Deletes a draft. What was sent stays, since people were written to. `expected` is the version
/// that the caller has seen.
pub async fn delete_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    expected: Option<i64>,
) -> Result<(), CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    if campaign.state != State::Draft {
        return Err(NotNow {
            state: campaign.state,
        }
        .into());
    }
    if expected.is_some_and(|version| version != campaign.version) {
        return Err(CampaignError::Changed);
    }
    tx.delete_campaign(org, id).await?;
    tx.commit().await?;
    Ok(())
}
