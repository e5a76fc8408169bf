//! People to preview a message as, one after the other.

use async_trait::async_trait;
use kernel::{ContactId, OrgId, SegmentId};

use super::{ContactSnapshot, SegmentSummary};
use crate::PortResult;

/// Which way people are gone through. The order is that of their ids, the newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To older contacts.
    Forward,
    /// To newer contacts.
    Backward,
}

/// Who comes next to whom.
#[derive(Clone, Copy, Debug)]
pub struct PreviewStep {
    /// Among the members of this segment; `None` among all contacts.
    pub segment: Option<SegmentId>,
    /// Behind this one, who need not be there any more; `None` begins at the end that the direction
    /// comes from.
    pub from: Option<ContactId>,
    /// Which way.
    pub direction: Direction,
}

/// A field of contacts that a template can be filled in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeField {
    /// Its key, as in `contact.attributes.plan`.
    pub key: String,
    /// What people call it.
    pub label: String,
}

/// Reads the people that somebody may be writing for.
#[async_trait]
pub trait PreviewPeople: Send + Sync {
    /// Segments to choose from, by name.
    async fn segments(&self, org: OrgId) -> PortResult<Vec<SegmentSummary>>;
    /// The fields that the organisation has made for contacts, in their order.
    async fn fields(&self, org: OrgId) -> PortResult<Vec<MergeField>>;
    /// At most so many people in the direction of the step, the nearest first.
    async fn people(&self, org: OrgId, step: PreviewStep, limit: i64) -> PortResult<Vec<ContactSnapshot>>;
}
