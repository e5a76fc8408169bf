//! A person decides about messages whose outcome is unknown.

use std::collections::HashMap;

use contracts::{
    crm::consent::Channel,
    delivery::{DeliveryEvent, MessageFailure, MessageRef, MessageSource},
    event::MAX_ITEMS,
};
use kernel::{MessageId, Timestamp};
use platform::{Db, DbError};

use super::template_deps::Author;
use crate::{
    domain::held::HeldDecision,
    infrastructure::pg::held::{self, Decided},
};

/// Carries a decision out for those of these messages that are held; others, and those whose batch
/// sends no more, are left alone. Returns how many it reached.
pub async fn resolve_held(
    db: &Db,
    author: Author,
    messages: &[MessageId],
    decision: HeldDecision,
) -> Result<usize, DbError> {
    let mut tx = db.tenant(author.org).await?;
    let decided = match decision {
        HeldDecision::SendAgain => held::send_again(&mut tx, author.org, messages).await?,
        HeldDecision::MarkSent | HeldDecision::GiveUp => {
            held::settle(&mut tx, author.org, messages, decision).await?
        }
    };
    tx.record_all(author.org, &facts(&decided, decision, author.now))
        .await?;
    tx.commit().await?;
    Ok(decided.len())
}

/// What the others are told. About a message that is sent again there is nothing to tell yet, and
/// about one of an erased person nothing any more.
pub(super) fn facts(decided: &[Decided], decision: HeldDecision, at: Timestamp) -> Vec<DeliveryEvent> {
    let mut by_source: HashMap<(MessageSource, Channel), Vec<MessageRef>> = HashMap::new();
    for message in decided {
        if let Some(contact) = message.contact {
            let reference = MessageRef {
                message: message.id,
                contact,
                at,
            };
            by_source
                .entry((message.source, message.channel))
                .or_default()
                .push(reference);
        }
    }
    let chunks = by_source
        .iter()
        .flat_map(|(key, all)| all.chunks(MAX_ITEMS).map(|some| (*key, some)));
    match decision {
        HeldDecision::SendAgain => Vec::new(),
        HeldDecision::MarkSent => chunks
            .map(|((source, channel), some)| DeliveryEvent::MessagesSent {
                channel,
                source,
                messages: some.to_vec(),
            })
            .collect(),
        HeldDecision::GiveUp => chunks
            .map(|((source, channel), some)| DeliveryEvent::MessagesFailed {
                channel,
                source,
                messages: some
                    .iter()
                    .map(|message| MessageFailure {
                        message: *message,
                        reason: "given_up".to_owned(),
                    })
                    .collect(),
            })
            .collect(),
    }
}
