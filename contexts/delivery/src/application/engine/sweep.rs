//! Takes messages out of the queue that will never be sent: their batch was cancelled, or their time
//! is over.

use contracts::{
    delivery::{BatchState, DeliveryEvent, MessageFailure, MessageRef},
    event::MAX_ITEMS,
};
use kernel::Timestamp;
use platform::DbError;

use super::core::EngineParts;
use crate::{
    domain::message_state::MessageState,
    infrastructure::pg::{
        batches::Batch,
        outcomes::{self, Settled},
    },
};

/// Whether the messages of a batch that wait will never be sent, and as what they end.
pub(super) fn fate(batch: &Batch, now: Timestamp) -> Option<MessageState> {
    match batch.state {
        BatchState::Cancelled => Some(MessageState::Cancelled),
        _ if batch.expires_at <= now => Some(MessageState::Expired),
        BatchState::Running | BatchState::Paused => None,
    }
}

/// Settles some of the waiting messages of a batch. Returns how many there were.
pub(super) async fn sweep(parts: &EngineParts, batch: &Batch, state: MessageState) -> Result<usize, DbError> {
    let mut tx = parts.db.system().await?;
    let limit = i64::try_from(MAX_ITEMS).expect("it is small");
    let gone = outcomes::waiting(&mut tx, batch.org, batch.id, limit).await?;
    if gone.is_empty() {
        return Ok(0);
    }
    let ids: Vec<_> = gone.iter().map(|message| message.id).collect();
    outcomes::settle_unsent(&mut tx, batch.org, batch.id, &ids, state, state.as_str()).await?;
    let at = tx.now();
    let failure = |message: &Settled| MessageFailure {
        message: MessageRef {
            message: message.id,
            contact: message.contact,
            at,
        },
        reason: state.as_str().to_owned(),
    };
    let messages = gone.iter().map(failure).collect();
    tx.record(
        batch.org,
        &DeliveryEvent::MessagesFailed {
            channel: batch.channel,
            source: batch.source,
            messages,
        },
    )
    .await?;
    tx.commit().await?;
    Ok(gone.len())
}
