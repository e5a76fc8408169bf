//! Finds out anew who is in a segment.

use std::time::Duration;

use jiff::SignedDuration;
use kernel::{SegmentId, Timestamp};
use platform::DbError;

use crate::{
    domain::{
        rule::{self, Moment, Rule, Wakes},
        segment::SegmentProblem,
    },
    infrastructure::pg::{
        CrmTx,
        segment_difference::{Question, Scope},
        segment_preview::timed_out,
        segment_rebuild::{RebuildStart, Rebuilt},
        segment_wakeups::Stretch,
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
    let schema = tx.rule_schema().await?;
    let rule = rule::parse(&start.rule, &schema).map_err(|_| RebuildError::Problem(SegmentProblem::Rule))?;
    tx.limit_statements(effort.patience).await?;
    let full = effort.full || start.full || is_long_past(&start, at);
    let scope = if full {
        Scope::Everybody
    } else {
        Scope::Only(&start.pending)
    };
    let question = Question {
        id,
        rule: &rule,
        at,
        scope,
        overridden: start.overridden,
        // Somebody wants to be sure, though nothing is known to have changed.
        likely_unchanged: full && !start.full && start.pending.is_empty() && start.member_count > 0,
    };
    let difference = tx.segment_difference(&question).await?;
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
        due_at: Wakes::of(&rule).daily.then(|| at.next_midnight()),
        listed_until: list_wakeups(tx, id, &rule, at, &start, scope).await?,
    };
    tx.finish_rebuild(id, rebuilt).await?;
    Ok(found)
}

/// It is listed so far ahead whose answer time alone will change: few enough rows, and a look at all
/// once in a while.
const AHEAD: SignedDuration = SignedDuration::from_hours(1);
/// After so long a pause, looking at everybody is less than looking at what has become due.
const PAUSE: SignedDuration = SignedDuration::from_hours(24);

fn is_long_past(start: &RebuildStart, at: &Moment) -> bool {
    start
        .listed_until
        .is_some_and(|until| until.duration_until(at.now) > PAUSE)
}

/// Lists who must be looked at when; returns until when that is known.
async fn list_wakeups(
    tx: &mut CrmTx,
    id: SegmentId,
    rule: &Rule,
    at: &Moment,
    start: &RebuildStart,
    scope: Scope<'_>,
) -> Result<Option<Timestamp>, DbError> {
    let wakes = Wakes::of(rule);
    if wakes.after.is_empty() {
        if start.listed_until.is_some() {
            tx.forget_wakeups(id).await?;
        }
        return Ok(None);
    }
    let ahead = at.now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    match (scope, start.listed_until) {
        (Scope::Only(_), Some(until)) if until > at.now => {
            // The list stands; those who changed are added to it.
            let stretch = Stretch { after: at.now, until };
            tx.list_wakeups(id, &wakes, at, stretch, scope).await?;
            Ok(Some(until))
        }
        (Scope::Only(_), Some(until)) => {
            // What fell between the end of the list and now is due at once.
            let stretch = Stretch {
                after: until,
                until: ahead,
            };
            tx.list_wakeups(id, &wakes, at, stretch, Scope::Everybody).await?;
            Ok(Some(ahead))
        }
        (Scope::Everybody, _) | (Scope::Only(_), None) => {
            tx.forget_wakeups(id).await?;
            let stretch = Stretch {
                after: at.now,
                until: ahead,
            };
            tx.list_wakeups(id, &wakes, at, stretch, Scope::Everybody).await?;
            Ok(Some(ahead))
        }
    }
}
