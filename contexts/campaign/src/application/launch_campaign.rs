//! Letting a campaign go: at once, or when its time has come.

use std::time::Duration;

use kernel::{CampaignId, JobId, OrgId, TemplateVersionId, Timestamp};
use platform::{DbError, NewJob};
use tracing::{info, warn};

use super::{
    CampaignError, Campaigns,
    campaign_facts::CampaignFacts,
    materialise_recipients::{KIND, Materialise},
};
use crate::{
    domain::{
        campaign::{Campaign, Launch, NotNow},
        preflight::blocker,
        state::Act,
    },
    infrastructure::pg::CampaignTx,
};

/// Lets a campaign go: a draft with a time is scheduled, anything else starts at once. `expected` is
/// the version that the caller has seen.
pub async fn launch_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let seen = find(campaigns, org, id).await?;
    let act = seen.way_to_go();
    if !seen.state.allows(act) {
        return Err(NotNow { state: seen.state }.into());
    }
    let planned_for = if act == Act::Schedule {
        seen.content.scheduled_at
    } else {
        None
    };
    let facts = campaigns.facts(org, &seen.content, None).await?;
    let findings = facts.findings(&seen.content, planned_for, now);
    if blocker(&findings).is_some() {
        return Err(CampaignError::Blocked(findings));
    }
    let version = expected.unwrap_or(seen.version);
    match act {
        Act::Schedule => schedule(campaigns, org, id, version, now).await,
        _ => start(campaigns, org, id, version, sendable(&facts, &seen)?, now).await,
    }
}

async fn find(campaigns: &Campaigns, org: OrgId, id: CampaignId) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    tx.find_campaign(org, id).await?.ok_or(CampaignError::NotFound)
}

/// The version of the template that everybody gets; the checks have found that there is one.
pub(super) fn sendable(
    facts: &CampaignFacts,
    campaign: &Campaign,
) -> Result<TemplateVersionId, CampaignError> {
    let template = facts.template(&campaign.content);
    template
        .map(|template| template.version)
        .ok_or(CampaignError::Blocked(Vec::new()))
}

async fn schedule(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    version: i64,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let mut campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    check_version(&campaign, version, Act::Schedule)?;
    campaign.schedule(now)?;
    tx.save_campaign(org, &campaign).await?;
    tx.commit().await?;
    Ok(campaign)
}

/// Starts it in one transaction, then has the audience frozen. Whatever comes later, recipients are
/// those of this moment.
pub(super) async fn start(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
    version: i64,
    template: TemplateVersionId,
    now: Timestamp,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let mut campaign = tx.lock_campaign(org, id).await?.ok_or(CampaignError::NotFound)?;
    check_version(&campaign, version, Act::Launch)?;
    let launch = write_launch(&mut tx, org, &mut campaign, template, now).await?;
    tx.commit().await?;
    info!(campaign.id = %id, "launched campaign {id}");
    // It happens before the answer, so that whoever is added to a segment after it does not get the mail.
    // The job does the same and only once is it done; it waits meanwhile, so as not to do it beside this.
    if let Err(error) = campaigns
        .needs
        .audience
        .freeze(
            org,
            launch.audience,
            &campaign.content.audience,
            campaign.content.channel,
        )
        .await
    {
        warn!(campaign.id = %id, %error, "the audience of {id} will be frozen by its job");
    }
    if let Err(error) = begin_handing_over(campaigns, org, launch.job).await {
        warn!(campaign.id = %id, %error, "the job of {id} starts a little later");
    }
    Ok(campaign)
}

/// The job starts by itself after this time, should this process not live to tell it.
const SAFETY: Duration = Duration::from_secs(30);

async fn begin_handing_over(campaigns: &Campaigns, org: OrgId, job: JobId) -> Result<(), DbError> {
    let mut tx = campaigns.db.tenant(org).await?;
    tx.inner().hasten(org, job).await?;
    tx.commit().await
}

async fn write_launch(
    tx: &mut CampaignTx,
    org: OrgId,
    campaign: &mut Campaign,
    template: TemplateVersionId,
    now: Timestamp,
) -> Result<Launch, CampaignError> {
    let job = NewJob::new(
        KIND,
        org,
        &Materialise {
            campaign: campaign.id,
        },
    )
    .map_err(DbError::from)?
    .delayed(SAFETY);
    let job = tx.enqueue(job).await?;
    let launch = campaign.launch(template, job, now)?;
    tx.save_campaign(org, campaign).await?;
    tx.insert_launch(org, campaign.id, &launch).await?;
    Ok(launch)
}

/// The state is looked at first: the second of two launches is told that it was launched, not that
/// somebody changed it.
fn check_version(campaign: &Campaign, version: i64, act: Act) -> Result<(), CampaignError> {
    if !campaign.state.allows(act) {
        return Err(NotNow {
            state: campaign.state,
        }
        .into());
    }
    if campaign.version != version {
        return Err(CampaignError::Changed);
    }
    Ok(())
}
