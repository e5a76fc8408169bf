//! Pausing, resuming and cancelling what is under way.

use contracts::PortError;
use kernel::{CampaignId, OrgId, Timestamp};
use tracing::warn;

use super::{CampaignError, Campaigns};
use crate::domain::campaign::Campaign;

/// What a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Stop it for the time being.
    Pause,
    /// Let it go on.
    Resume,
    /// Stop it for good.
    Cancel,
}

/// Does it, and tells delivery.
pub async fn control_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    control: Control,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let mut campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    let event = match control {
        Control::Pause => campaign.pause(now)?,
        Control::Resume => campaign.resume(now)?,
        Control::Cancel => campaign.cancel(now)?,
    };
    tx.save_campaign(org, &campaign).await?;
    tx.publish(org, &event).await?;
    tx.commit().await?;
    // It is written down that delivery has to be told, so a failure here is made good by a schedule.
    if let Err(error) = tell_delivery(campaigns, org, id).await {
        warn!(campaign.id = %id, %error, "delivery will be told of the state of {id} again");
    }
    Ok(campaign)
}

/// Tells delivery how a campaign stands, until what it was told is how the campaign stands: somebody
/// may pause while somebody else's cancelling is on its way.
pub async fn tell_delivery(campaigns: &Campaigns, org: OrgId, id: CampaignId) -> Result<(), CampaignError> {
    loop {
        let found = campaigns.db.system().await?.find_campaign(org, id).await?;
        let Some((campaign, launch)) =
            found.and_then(|campaign| campaign.launch.map(|launch| (campaign, launch)))
        else {
            return Ok(());
        };
        match campaigns
            .needs
            .intake
            .set_state(org, launch.batch, campaign.batch_state())
            .await
        {
            // Not open yet: whoever opens it looks at the state behind that.
            Ok(()) | Err(PortError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        let mut tx = campaigns.db.system().await?;
        if tx.mark_told(org, id, campaign.version).await? {
            tx.commit().await?;
            return Ok(());
        }
    }
}
