//! Who a campaign is for: counted while it is planned, written down when it is launched.

use contracts::crm::{AudienceCounts, AudienceSpec, consent::Channel};
use kernel::{AudienceId, OrgId, SegmentId};
use platform::Db;

use super::refresh_segments::{Freshness, RefreshError, refresh_segments};
use crate::{domain::rule::Moment, infrastructure::pg::CrmTx};

/// The three numbers as of now.
pub async fn count_audience(
    db: &Db,
    org: OrgId,
    (spec, channel): (&AudienceSpec, Channel),
    at: &Moment,
) -> Result<AudienceCounts, RefreshError> {
    refresh_segments(db, org, &segments(spec), at, Freshness::Recent).await?;
    let mut tx = CrmTx::tenant(db, org).await?;
    tx.expect_large_sets().await?;
    Ok(tx.count_audience(spec, channel).await?)
}

/// Writes down who it is, once: called again, it returns what was written.
pub async fn freeze_audience(
    db: &Db,
    org: OrgId,
    id: AudienceId,
    (spec, channel): (&AudienceSpec, Channel),
    at: &Moment,
) -> Result<AudienceCounts, RefreshError> {
    if let Some(counts) = CrmTx::tenant(db, org).await?.frozen_audience(id).await? {
        return Ok(counts);
    }
    refresh_segments(db, org, &segments(spec), at, Freshness::Exact).await?;
    let mut tx = CrmTx::tenant(db, org).await?;
    tx.expect_large_sets().await?;
    if let Some(counts) = tx.freeze_audience(id, spec, channel).await? {
        tx.commit().await?;
        return Ok(counts);
    }
    // Somebody else froze it first; their numbers are the ones that count.
    CrmTx::tenant(db, org)
        .await?
        .frozen_audience(id)
        .await?
        .ok_or(RefreshError::NotFound)
}

fn segments(spec: &AudienceSpec) -> Vec<SegmentId> {
    spec.include.iter().chain(&spec.exclude).copied().collect()
}
