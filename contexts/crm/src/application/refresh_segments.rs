//! Brings segments up to date before somebody relies on them.

use std::time::Duration;

use contracts::identity::Organizations;
use jiff::tz::TimeZone;
use kernel::{OrgId, SegmentId, Timestamp};
use platform::{Db, DbError};

use super::rebuild_segment::{Effort, RebuildError, rebuild_segment};
use crate::{
    domain::{rule::Moment, segment::SegmentProblem},
    infrastructure::pg::CrmTx,
};

/// A rebuild on the way to something else may take this long.
const PATIENCE: Duration = Duration::from_secs(120);

/// How sure somebody must be of the members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// As far as is known here: for numbers to look at.
    Recent,
    /// Everybody is looked at, since news of a change may still be on its way: for mail that will be
    /// sent.
    Exact,
}

/// Why segments could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error("there is no such segment")]
    NotFound,
    #[error("the segment {name} cannot be rebuilt")]
    Problem { name: String, problem: SegmentProblem },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The present moment of an organisation, in its zone.
pub async fn moment_of(
    organizations: &dyn Organizations,
    org: OrgId,
    now: Timestamp,
) -> Result<Moment, contracts::PortError> {
    let profile = organizations.profiles(&[org]).await?.pop();
    let zone = profile.and_then(|profile| TimeZone::get(&profile.timezone).ok());
    Ok(Moment {
        now,
        zone: zone.unwrap_or(TimeZone::UTC),
    })
}

/// Rebuilds those of the segments, and of what they depend on, that may have changed; or all of them.
pub async fn refresh_segments(
    db: &Db,
    org: OrgId,
    ids: &[SegmentId],
    at: &Moment,
    freshness: Freshness,
) -> Result<(), RefreshError> {
    let mut tx = CrmTx::tenant(db, org).await?;
    tx.digest_segment_news().await?;
    tx.commit().await?;
    let mut tx = CrmTx::tenant(db, org).await?;
    let order = tx.segment_graph().await?.with_dependencies(ids);
    tx.commit().await?;
    for id in order {
        // Read anew each time: a rebuild of what it depends on may have made it stale.
        let mut tx = CrmTx::tenant(db, org).await?;
        let segment = tx.segment(id).await?.ok_or(RefreshError::NotFound)?;
        let exact = freshness == Freshness::Exact;
        if !segment.wants_rebuild(at.now) && !exact {
            continue;
        }
        let full = exact || segment.due_at.is_some_and(|due| due <= at.now);
        let effort = Effort {
            full,
            wait: true,
            patience: PATIENCE,
        };
        match rebuild_segment(tx, id, at, effort).await {
            // Those that look at it hear who moved.
            Ok(found) if found.entered + found.departed > 0 => {
                let mut tx = CrmTx::tenant(db, org).await?;
                tx.digest_segment_news().await?;
                tx.commit().await?;
            }
            Ok(_) => {}
            Err(RebuildError::NotFound | RebuildError::Busy) => return Err(RefreshError::NotFound),
            Err(RebuildError::Problem(problem)) => {
                return Err(RefreshError::Problem {
                    name: segment.name,
                    problem,
                });
            }
            Err(RebuildError::Db(error)) => return Err(error.into()),
        }
    }
    Ok(())
}
