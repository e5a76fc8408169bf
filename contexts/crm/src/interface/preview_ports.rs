//! People to preview a message as.

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::{
        ContactSnapshot, SegmentSummary, Segments,
        preview::{MergeField, PreviewPeople, PreviewStep},
    },
};
use kernel::OrgId;

use crate::{Crm, application::contact_snapshot::snapshot, infrastructure::pg::CrmTx};

/// The most people that are given at once.
const MOST: i64 = 1_000;

#[async_trait]
impl PreviewPeople for Crm {
    async fn segments(&self, org: OrgId) -> PortResult<Vec<SegmentSummary>> {
        Segments::segments(self, org).await
    }

    async fn fields(&self, org: OrgId) -> PortResult<Vec<MergeField>> {
        let mut tx = CrmTx::tenant(&self.deps.db, org).await?;
        let fields = tx.fields().await?;
        Ok(fields
            .into_iter()
            .map(|field| MergeField {
                key: field.key,
                label: field.label,
            })
            .collect())
    }

    async fn people(&self, org: OrgId, step: PreviewStep, limit: i64) -> PortResult<Vec<ContactSnapshot>> {
        let mut tx = CrmTx::tenant(&self.deps.db, org).await?;
        let found = tx.preview_people(step, limit.clamp(1, MOST)).await?;
        Ok(found.into_iter().map(snapshot).collect())
    }
}
