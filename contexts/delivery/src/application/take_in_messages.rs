//! Messages from other contexts on their way into the queue.

use contracts::{
    delivery::{BatchSpec, MessageIntent},
    event::MAX_ITEMS,
};
use kernel::{BatchId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::{batches, intake};

/// Opens a batch. Opening the same one again changes nothing.
pub async fn open_batch(db: &Db, org: OrgId, batch: &BatchSpec) -> Result<(), DbError> {
    let mut tx = db.system().await?;
    batches::open(&mut tx, org, batch).await?;
    tx.commit().await
}

/// Adds messages, all or none of them; those whose key was seen before are passed over. Returns how
/// many were new; `None` when there is no such batch.
pub async fn take_in_messages(
    db: &Db,
    org: OrgId,
    batch: BatchId,
    messages: &[MessageIntent],
) -> Result<Option<u64>, DbError> {
    let mut tx = db.system().await?;
    let mut added = 0;
    for some in messages.chunks(MAX_ITEMS) {
        match intake::add(&mut tx, org, batch, some).await? {
            Some(new) => added += new,
            None => return Ok(None),
        }
    }
    tx.commit().await?;
    Ok(Some(added))
}
