//! Rebuilds the segments of all organisations that want it.

use std::{collections::HashMap, time::Duration};

use contracts::{PortResult, identity::Organizations};

use kernel::{OrgId, Timestamp};
use platform::Db;
use tracing::{debug, warn};

use super::{
    rebuild_segment::{Effort, RebuildError, rebuild_segment},
    refresh_segments::moment_of,
};
use crate::{
    domain::rule::Moment,
    infrastructure::pg::{
        CrmTx,
        segment_staleness::{DueSegment, Reach, Rest, digest_news, due_segments},
    },
};

/// Segments taken at once; the next look finds those that became due meanwhile.
const BATCH: i64 = 50;
/// A rebuild that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(300);
/// After this time a segment that could not be rebuilt is tried again.
const REST: Duration = Duration::from_secs(3600);

/// Marks the segments that look at what has changed since. Returns whether anything had.
pub async fn hear_news(db: &Db) -> PortResult<bool> {
    // Committed by itself: what a rebuild begins with must not wait for other rebuilds.
    let mut tx = db.system().await?;
    let digested = digest_news(&mut tx, None).await?;
    tx.commit().await?;
    Ok(digested > 0)
}

/// Rebuilds what is due. Returns how many segments that were.
pub async fn rebuild_due_segments(
    db: &Db,
    organizations: &dyn Organizations,
    now: Timestamp,
    reach: Reach,
    rest: Rest,
) -> PortResult<usize> {
    let mut tx = db.system().await?;
    let due = due_segments(&mut tx, now, reach, rest, BATCH).await?;
    tx.commit().await?;
    let mut moments: HashMap<OrgId, Moment> = HashMap::new();
    let mut rebuilt = 0;
    for segment in &due {
        let at = match moments.get(&segment.org) {
            Some(at) => at.clone(),
            None => moments
                .entry(segment.org)
                .or_insert(moment_of(organizations, segment.org, now).await?)
                .clone(),
        };
        rebuilt += usize::from(rebuild_one(db, *segment, &at).await?);
    }
    Ok(rebuilt)
}

/// Returns whether something was done.
async fn rebuild_one(db: &Db, due: DueSegment, at: &Moment) -> PortResult<bool> {
    let effort = Effort {
        full: due.full,
        wait: false,
        patience: PATIENCE,
    };
    let tx = CrmTx::system(db, due.org).await?;
    match rebuild_segment(tx, due.id, at, effort).await {
        Ok(found) => {
            debug!(segment.id = %due.id, members = found.members, entered = found.entered,
                departed = found.departed, "rebuilt segment {}", due.id);
            Ok(true)
        }
        Err(RebuildError::NotFound | RebuildError::Busy) => Ok(false),
        Err(RebuildError::Problem(problem)) => {
            warn!(segment.id = %due.id, problem = problem.as_str(), "segment {} cannot be rebuilt", due.id);
            let mut tx = CrmTx::system(db, due.org).await?;
            tx.fail_rebuild(due.id, problem, REST).await?;
            tx.commit().await?;
            Ok(true)
        }
        Err(RebuildError::Db(error)) => Err(error.into()),
    }
}
