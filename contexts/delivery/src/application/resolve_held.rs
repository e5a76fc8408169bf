//! A person decides about messages whose outcome is unknown.

use contracts::delivery::{DeliveryEvent, MessageFailure, MessageRef};
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};

use crate::{
    domain::message_state::MessageState,
    infrastructure::pg::{QUEUE_CHANNEL, held},
};

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It did arrive.
    MarkSent,
    /// It is sent again, although it may arrive twice.
    SendAgain,
    /// It is not sent again.
    Discard,
}

impl Resolution {
    const fn state(self) -> MessageState {
        match self {
            Resolution::MarkSent => MessageState::Accepted,
            Resolution::SendAgain => MessageState::Queued,
            Resolution::Discard => MessageState::Cancelled,
        }
    }
}

/// Resolves held messages; others are left alone. Returns how many were held.
pub async fn resolve_held(
    tx: &mut Tx,
    org: OrgId,
    messages: &[MessageId],
    resolution: Resolution,
) -> Result<usize, DbError> {
    let to = resolution.state();
    debug_assert!(MessageState::Held.may_become(to));
    let resolved = held::resolve(tx, org, messages, to).await?;
    if to == MessageState::Queued {
        tx.signal_on_commit(QUEUE_CHANNEL);
    }
    let at = tx.now();
    for message in &resolved {
        let reference = MessageRef { message: message.id, contact: message.contact, at };
        let event = match resolution {
            Resolution::SendAgain => continue,
            Resolution::MarkSent => DeliveryEvent::MessagesSent { source: message.source, messages: vec![reference] },
            Resolution::Discard => DeliveryEvent::MessagesFailed {
                source: message.source,
                messages: vec![MessageFailure { message: reference, reason: "ambiguous".to_owned() }],
            },
        };
        tx.record(org, &event).await?;
    }
    Ok(resolved.len())
}
