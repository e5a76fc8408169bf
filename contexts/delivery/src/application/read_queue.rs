//! What waits, and for what.

use contracts::delivery::{BatchProgress, BatchState, MessageSource, Stream};
use kernel::{BatchId, CampaignId, OrgId, Timestamp};
use platform::{Db, DbError};

use crate::infrastructure::pg::{batches, queue, tallies};

/// What waits together.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// Which.
    pub id: BatchId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub source: MessageSource,
    /// Under which promise.
    pub stream: Stream,
    /// Running, paused or cancelled.
    pub state: BatchState,
    /// Why the engine paused it.
    pub pause_reason: Option<String>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// How far it is.
    pub progress: BatchProgress,
    /// Put off until later; not all are counted.
    pub put_off: i64,
    /// When the next one is due.
    pub next_due: Option<Timestamp>,
}

impl Waiting {
    /// The campaign, if it is one's.
    #[must_use]
    pub const fn campaign(&self) -> Option<CampaignId> {
        match self.source {
            MessageSource::Campaign(id) => Some(id),
            _ => None,
        }
    }

    /// Seconds until all are sent, at the speed of the last moments.
    #[must_use]
    pub fn seconds_left(&self) -> Option<i64> {
        seconds_left(self.progress.pending, self.progress.per_second)
    }
}

/// How long so many take at so many per second; nothing while nothing moves.
#[must_use]
pub fn seconds_left(pending: i64, per_second: f64) -> Option<i64> {
    (per_second > 0.0).then(|| (pending as f64 / per_second).ceil() as i64)
}

/// Everything of an organisation that waits, the first to be taken in first.
pub async fn read_queue(db: &Db, org: OrgId) -> Result<Vec<Waiting>, DbError> {
    let mut tx = db.tenant(org).await?;
    let live = batches::live_of(&mut tx, org).await?;
    let ids: Vec<BatchId> = live.iter().map(|(batch, _)| batch.id).collect();
    let progress = tallies::progress(&mut tx, org, &ids).await?;
    let mut waiting = Vec::with_capacity(live.len());
    for (batch, pause_reason) in live {
        let progress = progress.get(&batch.id).copied().unwrap_or_default();
        if progress.pending == 0 {
            continue;
        }
        let put_off = queue::put_off(&mut tx, org, batch.id).await?;
        let next_due = queue::next_due(&mut tx, org, batch.id).await?;
        waiting.push(Waiting {
            id: batch.id,
            name: batch.name.to_string(),
            source: batch.source,
            stream: batch.stream,
            state: batch.state,
            pause_reason,
            expires_at: batch.expires_at,
            progress,
            put_off,
            next_due,
        });
    }
    tx.commit().await?;
    Ok(waiting)
}

#[cfg(test)]
mod tests {
    use super::seconds_left;

    #[test]
    fn the_time_that_is_left_is_told_while_something_moves() {
        assert_eq!(seconds_left(1000, 10.0), Some(100));
        assert_eq!(seconds_left(1, 10.0), Some(1));
        assert_eq!(seconds_left(1000, 0.0), None);
    }
}
