//! Puts contacts into a segment or takes them out, whatever its rule says.

use kernel::{ContactId, SegmentId};
use platform::DbError;
use uuid::Uuid;

use crate::infrastructure::pg::CrmTx;

/// What is to become of whom.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    pub include: Vec<ContactId>,
    pub exclude: Vec<ContactId>,
    /// The rule decides about them again.
    pub reset: Vec<ContactId>,
}

/// How many were changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overridden {
    pub included: u64,
    pub excluded: u64,
    pub reset: u64,
}

/// Why nobody was.
#[derive(Debug, thiserror::Error)]
pub enum OverrideError {
    #[error("there is no such segment")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Writes it down; who is in follows with the next look at them.
pub async fn override_segment(
    mut tx: CrmTx,
    id: SegmentId,
    overrides: &Overrides,
    actor: (&str, Option<Uuid>),
) -> Result<Overridden, OverrideError> {
    tx.segment(id).await?.ok_or(OverrideError::NotFound)?;
    let mut done = Overridden::default();
    if !overrides.reset.is_empty() {
        done.reset = tx.forget_overrides(id, &overrides.reset).await?;
    }
    if !overrides.include.is_empty() {
        done.included = tx.override_segment(id, &overrides.include, true, actor).await?;
    }
    if !overrides.exclude.is_empty() {
        done.excluded = tx.override_segment(id, &overrides.exclude, false, actor).await?;
    }
    tx.commit().await?;
    Ok(done)
}
