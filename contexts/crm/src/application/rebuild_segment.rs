//! Finds out anew who is in a segment.

use std::time::Duration;

use kernel::SegmentId;
use platform::DbError;

use super::segment_schema::segment_schema;
use crate::{
    domain::{
        rule::{self, Moment},
        segment::SegmentProblem,
    },
    infrastructure::pg::{
        CrmTx,
        segment_preview::timed_out,
        segment_rebuild::{Rebuilt, Scope},
    },
};

/// How much a rebuild may do.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Looks at everybody, also when only few have changed.
    pub full: bool,
    /// Waits for another rebuild of the same segment to end.
    pub wait: bool,
    /// Gives up when it takes longer.
    pub patience: Duration,
}

/// What a rebuild found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub members: i64,
    pub entered: usize,
    pub departed: usize,
}

/// Why a segment was not rebuilt. Its members stay as they were.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error("there is no such segment")]
    NotFound,
    /// Another process is at it.
    #[error("it is being rebuilt already")]
    Busy,
    #[error("it cannot be rebuilt")]
    Problem(SegmentProblem),
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for RebuildError {
    fn from(error: DbError) -> Self {
        if timed_out(&error) {
            RebuildError::Problem(SegmentProblem::Slow)
        } else {
            RebuildError::Db(error)
        }
    }
}

/// Compares who matches with who is in, and writes down who entered and who left.
pub async fn rebuild_segment(
    mut tx: CrmTx,
    id: SegmentId,
    at: &Moment,
    effort: Effort,
) -> Result<Found, RebuildError> {
    match rebuild(&mut tx, id, at, effort).await {
        Ok(found) => {
            tx.commit().await?;
            Ok(found)
        }
        Err(error) => {
            // The next attempt, which may come at once, finds the segment unlocked.
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn rebuild(tx: &mut CrmTx, id: SegmentId, at: &Moment, effort: Effort) -> Result<Found, RebuildError> {
    if effort.wait {
        tx.lock_segment(id).await?;
    } else if !tx.try_lock_segment(id).await? {
        return Err(RebuildError::Busy);
    }
    let start = tx.begin_rebuild(id).await?.ok_or(RebuildError::NotFound)?;
    let schema = segment_schema(tx).await?;
    let rule = rule::parse(&start.rule, &schema).map_err(|_| RebuildError::Problem(SegmentProblem::Rule))?;
    tx.limit_statements(effort.patience).await?;
    let full = effort.full || start.full;
    let scope = if full {
        Scope::Everybody
    } else {
        Scope::Only(&start.pending)
    };
    let difference = tx.segment_difference(id, &rule, at, scope).await?;
    tx.write_difference(id, &difference).await?;
    let found = Found {
        members: if full {
            difference.matching
        } else {
            start.member_count + difference.balance()
        },
        entered: difference.entered.len(),
        departed: difference.departed.len(),
    };
    let rebuilt = Rebuilt {
        members: found.members,
        changes: start.changes,
        pending: start.pending.len(),
        full,
    };
    tx.finish_rebuild(id, rebuilt).await?;
    Ok(found)
}
