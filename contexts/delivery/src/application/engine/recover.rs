//! Takes over what engines left behind whose lease has ended.

use std::collections::BTreeMap;

use kernel::{BatchId, MessageId, OrgId};
use platform::{DbError, Tx, failpoint};
use tracing::warn;

use super::{core::EngineParts, lease::Lease};
use crate::{
    domain::{
        message_state::MessageState,
        outcome::{Class, Verdict, resolve_ambiguous},
        provider::ProviderKind,
    },
    infrastructure::pg::{
        engines, outcomes,
        recovery::{self, InDoubt},
    },
};

/// Recovers from all dead engines. Returns how many messages were found.
pub(super) async fn recover(parts: &EngineParts, lease: &Lease) -> Result<usize, DbError> {
    let mut found = 0;
    loop {
        let mut tx = parts.db.system().await?;
        let Some(dead) = engines::find_dead(&mut tx, lease.engine, parts.settings.patience).await? else {
            return Ok(found);
        };
        // No byte of these has left.
        let requeued = recovery::requeue_claimed(&mut tx, dead).await?;
        let doubtful = recovery::in_doubt(&mut tx, dead).await?;
        let counted = doubtful.len();
        resolve(&mut tx, doubtful).await?;
        engines::bury(&mut tx, dead).await?;
        failpoint::hit("delivery.in_recovery");
        tx.commit().await?;
        found += counted + usize::try_from(requeued).unwrap_or(0);
        warn!(
            engine = dead,
            requeued,
            in_doubt = counted,
            "took over from an engine that is gone"
        );
    }
}

/// Whose messages, and by which rule they are resolved.
type Fate = (OrgId, BatchId, &'static str);

/// Applies the rule to messages in doubt, batch by batch.
async fn resolve(tx: &mut Tx, doubtful: Vec<InDoubt>) -> Result<(), DbError> {
    let mut groups: BTreeMap<Fate, Vec<(MessageId, i16)>> = BTreeMap::new();
    for message in doubtful {
        let key = (message.org, message.batch, resolution(&message));
        groups.entry(key).or_default().push((message.id, message.number));
    }
    let now = tx.now();
    for ((org, batch, resolution), attempts) in groups {
        let ids: Vec<MessageId> = attempts.iter().map(|(id, _)| *id).collect();
        recovery::close_attempts(tx, org, &attempts, resolution).await?;
        if resolution == HELD {
            let reason = Class::Ambiguous.as_str();
            outcomes::settle_unsent(tx, org, batch, &ids, MessageState::Held, reason).await?;
        } else {
            recovery::resend(tx, org, batch, &ids, now).await?;
        }
    }
    Ok(())
}

const HELD: &str = "held";

/// The built-in inbox keeps a message once however often it gets it. An account that knows repeats by
/// their key is asked again; whether the key still holds is looked at when it is tried.
fn resolution(message: &InDoubt) -> &'static str {
    let has_key = |kind: ProviderKind| kind.traits().idempotency_ttl.is_some();
    if message.provider.is_none() || resolve_ambiguous(message.stream) == Verdict::Resent {
        "resent"
    } else if message.kind.is_some_and(has_key) {
        "repeated"
    } else {
        HELD
    }
}
