//! Scheduled launches, when their time has come.

use kernel::{CampaignId, OrgId};
use tracing::{info, warn};

use super::{
    CampaignError, Campaigns,
    launch_campaign::{sendable, start},
};
use crate::domain::{
    campaign::Campaign,
    preflight::{Check, blocker},
    schedule::Due,
};

/// Most launches at one look; the next one is seconds away.
const MOST: i64 = 50;

/// Launches what is due. One that fails holds up no other.
pub async fn launch_due_campaigns(campaigns: &Campaigns) -> Result<(), CampaignError> {
    let now = campaigns.clock.now();
    let due = campaigns.db.system().await?.find_due(now, MOST).await?;
    for (org, id) in due {
        if let Err(error) = launch_due_campaign(campaigns, org, id).await {
            warn!(campaign.id = %id, %error, "the scheduled launch of {id} will be tried again");
        }
    }
    Ok(())
}

async fn launch_due_campaign(campaigns: &Campaigns, org: OrgId, id: CampaignId) -> Result<(), CampaignError> {
    let now = campaigns.clock.now();
    let found = campaigns.db.tenant(org).await?.find_campaign(org, id).await?;
    let Some(seen) = found.filter(|campaign| campaign.due(now) == Some(Due::Now)) else {
        return Ok(());
    };
    let facts = campaigns.facts(org, &seen.content, None).await?;
    if let Some(finding) = blocker(&facts.findings(&seen.content, None, now)) {
        return refuse(campaigns, org, &seen, finding.check).await;
    }
    match start(campaigns, org, id, seen.version, sendable(&facts, &seen)?, now).await {
        // A person was faster, in whatever they did.
        Err(CampaignError::NotNow(_) | CampaignError::Changed) => Ok(()),
        other => other.map(drop),
    }
}

/// Leaves it to a person: what is missing will not come by itself.
async fn refuse(
    campaigns: &Campaigns,
    org: OrgId,
    seen: &Campaign,
    check: Check,
) -> Result<(), CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let current = tx.lock_campaign(org, seen.id).await?;
    let Some(mut campaign) = current.filter(|current| current.version == seen.version) else {
        return Ok(());
    };
    campaign.refused_by = Some(check);
    tx.save_campaign(org, &campaign).await?;
    tx.commit().await?;
    info!(campaign.id = %seen.id, check = check.as_str(), "did not launch campaign {}: it failed a check", seen.id);
    Ok(())
}
