//! Messages that are handed over once more since nobody knows whether an account has them. That is
//! harmless only at the same account, with the same settings, as long as it remembers the key.

use contracts::delivery::Stream;
use kernel::MessageId;
use platform::{DbError, Tx};

use super::{
    finish::row_of,
    outlet::{Group, Outlet},
};
use crate::{
    domain::{message_state::MessageState, outcome::Class, outgoing::Outgoing},
    infrastructure::pg::{
        outcomes, queue,
        repeats::{self, Place},
    },
};

/// Holds those of these messages that may have been taken over before and would arrive twice by this
/// account. Returns which: they are not to be begun.
pub(super) async fn hold_unrecognised(
    tx: &mut Tx,
    outlet: &Outlet,
    group: &Group,
    messages: &[Outgoing],
) -> Result<Vec<MessageId>, DbError> {
    // What is promised to arrive at least once may arrive twice.
    if group.batch.stream != Stream::Marketing {
        return Ok(Vec::new());
    }
    let tried = |id: &MessageId| row_of(group, *id).is_some_and(|row| row.attempts > 0);
    let ids: Vec<MessageId> = messages.iter().map(Outgoing::id).filter(tried).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let (org, batch) = (group.batch.org, group.batch.id);
    let place = Place {
        provider: outlet.provider,
        too_old: outlet.account.repeats().too_old(tx.now()),
    };
    let strangers = repeats::unrecognised(tx, org, place, &ids).await?;
    if strangers.is_empty() {
        return Ok(strangers);
    }
    let ours = queue::still_ours(tx, org, batch, group.claim, &strangers).await?;
    let ours: Vec<MessageId> = ours.into_iter().map(|(id, _)| id).collect();
    repeats::hold(tx, org, &ours).await?;
    let reason = Class::Ambiguous.as_str();
    outcomes::settle_unsent(tx, org, batch, &ours, MessageState::Held, reason).await?;
    Ok(strangers)
}
