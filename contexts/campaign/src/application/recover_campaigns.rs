//! What a crash left undone between two contexts.

use jiff::SignedDuration;
use kernel::{CampaignId, OrgId};
use platform::{DbError, NewJob};
use tracing::{info, warn};

use super::{
    CampaignError, Campaigns,
    control_campaign::tell_delivery,
    materialise_recipients::{KIND, Materialise},
};
use crate::infrastructure::pg::Finished;

/// Most audiences released at one look.
const MOST: i64 = 100;
/// Whoever changed a state tells delivery at once; only what is older was left behind.
const TELLING: SignedDuration = SignedDuration::from_secs(10);

/// Tells delivery what it was not told, gives abandoned work to new jobs, and lets crm forget the
/// audiences of what has finished.
pub async fn recover_campaigns(campaigns: &Campaigns) -> Result<(), CampaignError> {
    let before = campaigns.clock.now() - TELLING;
    let mut tx = campaigns.db.system().await?;
    let (untold, abandoned) = (tx.find_untold(before).await?, tx.find_abandoned().await?);
    let unreleased = tx.find_unreleased(MOST).await?;
    drop(tx);
    for (org, id) in untold {
        report(id, tell_delivery(campaigns, org, id).await);
    }
    for (org, id) in abandoned {
        report(id, start_again(campaigns, org, id).await);
    }
    for finished in unreleased {
        report(finished.campaign, release(campaigns, finished).await);
    }
    Ok(())
}

fn report(id: CampaignId, result: Result<(), CampaignError>) {
    if let Err(error) = result {
        warn!(campaign.id = %id, %error, "campaign {id} could not be brought in order and will be looked at again");
    }
}

async fn start_again(campaigns: &Campaigns, org: OrgId, id: CampaignId) -> Result<(), CampaignError> {
    let mut tx = campaigns.db.system().await?;
    let found = tx.lock_campaign(org, id).await?;
    if !found.is_some_and(|campaign| campaign.state.is_under_way()) {
        return Ok(());
    }
    let job = NewJob::new(KIND, org, &Materialise { campaign: id }).map_err(DbError::from)?;
    let job = tx.enqueue(job).await?;
    tx.reassign_launch(org, id, job).await?;
    tx.commit().await?;
    info!(campaign.id = %id, "gave the recipients of {id} to another job");
    Ok(())
}

async fn release(campaigns: &Campaigns, finished: Finished) -> Result<(), CampaignError> {
    let Finished {
        org,
        campaign,
        audience,
    } = finished;
    campaigns.needs.audience.release(org, audience).await?;
    let mut tx = campaigns.db.system().await?;
    tx.mark_released(org, campaign).await?;
    tx.commit().await?;
    Ok(())
}
