//! Pausing, resuming and cancelling.

use std::collections::HashMap;

use contracts::delivery::{BatchProgress, BatchState};
use kernel::{BatchId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::{QUEUE_CHANNEL, batches, tallies};

/// What came of telling a batch something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It does so.
    Done,
    /// There is no such batch.
    NotFound,
    /// It was cancelled, and stays so.
    Cancelled,
}

/// Tells a batch what to do. Waits for attempts that are being written down just now, and none is
/// after that.
pub async fn control_batch(db: &Db, org: OrgId, batch: BatchId, to: BatchState) -> Result<Told, DbError> {
    let mut tx = db.system().await?;
    let now = batches::set_state(&mut tx, org, batch, to, None).await?;
    tx.signal_on_commit(QUEUE_CHANNEL);
    tx.commit().await?;
    Ok(match now {
        None => Told::NotFound,
        Some(state) if state == to => Told::Done,
        Some(_) => Told::Cancelled,
    })
}

/// How far batches are; of one that is not there nothing.
pub async fn batch_progress(
    db: &Db,
    org: OrgId,
    batches: &[BatchId],
) -> Result<HashMap<BatchId, BatchProgress>, DbError> {
    let mut tx = db.system().await?;
    let progress = tallies::progress(&mut tx, org, batches).await?;
    tx.commit().await?;
    Ok(progress)
}
