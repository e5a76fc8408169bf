//! What campaigns ask of segments.

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    crm::{Audience, AudienceCounts, AudiencePage, AudienceSpec, SegmentSummary, Segments, consent::Channel},
};
use kernel::{AudienceId, ContactId, OrgId};

use crate::{
    Crm,
    application::{
        contact_snapshot::snapshot,
        freeze_audience::{count_audience, freeze_audience},
        refresh_segments::{RefreshError, moment_of},
    },
    domain::rule::Moment,
    infrastructure::pg::CrmTx,
};

/// The most people that a page has.
const LARGEST_PAGE: i64 = 5_000;
/// The most segments that are offered to choose from.
const MOST_SEGMENTS: i64 = 10_000;

impl Crm {
    async fn moment(&self, org: OrgId) -> PortResult<Moment> {
        moment_of(&*self.organizations, org, self.deps.clock.now()).await
    }
}

#[async_trait]
impl Audience for Crm {
    async fn count(&self, org: OrgId, spec: &AudienceSpec, channel: Channel) -> PortResult<AudienceCounts> {
        let at = self.moment(org).await?;
        Ok(count_audience(&self.deps.db, org, (spec, channel), &at).await?)
    }

    async fn freeze(
        &self,
        org: OrgId,
        audience: AudienceId,
        spec: &AudienceSpec,
        channel: Channel,
    ) -> PortResult<AudienceCounts> {
        let at = self.moment(org).await?;
        Ok(freeze_audience(&self.deps.db, org, audience, (spec, channel), &at).await?)
    }

    async fn page(
        &self,
        org: OrgId,
        audience: AudienceId,
        after: Option<ContactId>,
        limit: i64,
    ) -> PortResult<AudiencePage> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        let rows = tx
            .audience_page(audience, after, limit.clamp(1, LARGEST_PAGE))
            .await?;
        Ok(AudiencePage {
            people: rows.people.into_iter().map(snapshot).collect(),
            next: rows.next,
        })
    }

    async fn release(&self, org: OrgId, audience: AudienceId) -> PortResult<()> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        tx.release_audience(audience).await?;
        Ok(tx.commit().await?)
    }
}

#[async_trait]
impl Segments for Crm {
    async fn segments(&self, org: OrgId) -> PortResult<Vec<SegmentSummary>> {
        let mut tx = CrmTx::tenant(&self.deps.db, org).await?;
        let segments = tx.segments("", None, None, MOST_SEGMENTS).await?;
        let summary = |segment: crate::domain::segment::Segment| SegmentSummary {
            id: segment.id,
            name: segment.name,
            members: segment.member_count,
        };
        Ok(segments.into_iter().map(summary).collect())
    }
}

impl From<RefreshError> for PortError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::NotFound => PortError::NotFound,
            RefreshError::Problem { .. } => PortError::Refused(error.to_string()),
            RefreshError::Db(error) => error.into(),
        }
    }
}
