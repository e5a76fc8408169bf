//! Campaigns as pages and programs see them.

use contracts::{
    analytics::{CampaignStatistics, MessageTotals},
    campaign::resources::Reconciliation,
    delivery::BatchProgress,
};
use kernel::{CampaignId, OrgId};

use super::{CampaignError, Campaigns};
use crate::domain::{campaign::Campaign, report::reconcile, state::State};

/// A campaign in a list, with what became of it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The campaign.
    pub campaign: Campaign,
    /// What became of it; zeros before its launch.
    pub totals: MessageTotals,
}

/// What became of a campaign that was launched.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How far delivery is.
    pub progress: BatchProgress,
    /// Where everybody is.
    pub reconciliation: Reconciliation,
    /// What people did.
    pub statistics: CampaignStatistics,
}

/// One campaign.
pub async fn read_campaign(
    campaigns: &Campaigns,
    org: OrgId,
    id: CampaignId,
) -> Result<Campaign, CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    tx.find_campaign(org, id).await?.ok_or(CampaignError::NotFound)
}

/// A page of campaigns, newest first, and whether there are more behind it.
pub async fn list_campaigns(
    campaigns: &Campaigns,
    org: OrgId,
    states: Option<&[State]>,
    after: Option<CampaignId>,
    limit: i64,
) -> Result<(Vec<Listed>, bool), CampaignError> {
    let mut tx = campaigns.db.tenant(org).await?;
    let mut found = tx.list_campaigns(org, states, after, limit + 1).await?;
    drop(tx);
    let size = usize::try_from(limit).unwrap_or_default();
    let more = found.len() > size;
    found.truncate(size);
    let launched: Vec<CampaignId> = found
        .iter()
        .filter(|one| one.launch.is_some())
        .map(|one| one.id)
        .collect();
    let totals = match launched.is_empty() {
        true => Vec::new(),
        false => campaigns.needs.statistics.totals(org, &launched).await?,
    };
    let mut totals = totals.into_iter();
    let listed = found.into_iter().map(|campaign| {
        let totals = campaign.launch.and_then(|_| totals.next()).unwrap_or_default();
        Listed { campaign, totals }
    });
    Ok((listed.collect(), more))
}

/// What became of a campaign, or `None` when it was not launched.
pub async fn read_outcome(
    campaigns: &Campaigns,
    org: OrgId,
    campaign: &Campaign,
) -> Result<Option<Outcome>, CampaignError> {
    let Some(launch) = campaign.launch else {
        return Ok(None);
    };
    let (progress, statistics) = futures::try_join!(
        campaigns
            .needs
            .intake
            .progress(org, std::slice::from_ref(&launch.batch)),
        campaigns.needs.statistics.campaign(org, campaign.id),
    )?;
    let progress = progress.first().copied().unwrap_or_default();
    let handing_over = launch.materialised.at.is_none();
    let cancelled = campaign.state == State::Cancelled;
    let reconciliation = reconcile(
        launch.counts.unwrap_or_default(),
        &progress,
        handing_over,
        cancelled,
    );
    Ok(Some(Outcome {
        progress,
        reconciliation,
        statistics,
    }))
}
