//! Noticing that nothing is left to be sent.

use contracts::delivery::BatchProgress;
use kernel::{CampaignId, OrgId};
use tracing::{info, warn};

use super::{CampaignError, Campaigns};
use crate::{domain::state::Act, infrastructure::pg::UnderWay};

/// Completes campaigns of which every message is settled.
pub async fn finish_campaigns(campaigns: &Campaigns) -> Result<(), CampaignError> {
    let under_way = campaigns.db.system().await?.find_materialised().await?;
    for of_org in under_way.chunk_by(|a, b| a.org == b.org) {
        if let Err(error) = finish_campaigns_of(campaigns, of_org).await {
            warn!(org.id = %of_org[0].org, %error, "the campaigns of an organisation will be looked at again");
        }
    }
    Ok(())
}

async fn finish_campaigns_of(campaigns: &Campaigns, under_way: &[UnderWay]) -> Result<(), CampaignError> {
    let org = under_way[0].org;
    let batches: Vec<_> = under_way.iter().map(|one| one.batch).collect();
    let progress = campaigns.needs.intake.progress(org, &batches).await?;
    let settled = under_way
        .iter()
        .zip(&progress)
        .filter(|(_, progress)| BatchProgress::is_settled(progress));
    for (one, _) in settled {
        complete(campaigns, org, one.campaign).await?;
    }
    Ok(())
}

async fn complete(campaigns: &Campaigns, org: OrgId, id: CampaignId) -> Result<(), CampaignError> {
    let mut tx = campaigns.db.system().await?;
    let found = tx.lock_campaign(org, id).await?;
    let Some(mut campaign) = found.filter(|campaign| campaign.state.allows(Act::Complete)) else {
        return Ok(());
    };
    let event = campaign.complete(campaigns.clock.now())?;
    tx.save_campaign(org, &campaign).await?;
    tx.publish(org, &event).await?;
    tx.commit().await?;
    info!(campaign.id = %id, "completed campaign {id}");
    Ok(())
}
