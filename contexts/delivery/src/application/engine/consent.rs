//! The last look before the first byte: who no longer wants to hear of this.
//!
//! Consent is crm's, and no transaction spans two contexts. So it is asked after the attempts are
//! committed and before anything is sent: whatever was committed before the attempt is seen, without
//! a lock that contexts would share, and no transaction waits for another connection. Whoever is
//! refused has an attempt that says that nothing was sent.

use std::sync::Arc;

use contracts::{
    PortResult,
    crm::consent::Channel,
    delivery::{DeliveryEvent, MessageFailure, MessageRef, MessageSource, Stream},
};
use kernel::{ContactId, MessageId};
use platform::DbError;
use tracing::warn;

use super::{
    finish::{RETRY, row_of},
    outlet::Group,
    run::Running,
};
use crate::{
    domain::{mail::OutgoingMail, message_state::MessageState, outcome::Class},
    infrastructure::pg::{
        outcomes::{self, AttemptEnd, AttemptRecord, Next},
        queue::Begun,
    },
};

/// Why nothing was sent.
pub(super) const REASON: &str = "no_consent";

/// Takes out those who may no longer be written to, and settles their messages. The error is
/// passing: nothing may be sent then.
pub(super) async fn withhold_refused(
    running: &Arc<Running>,
    group: &Group,
    mails: &mut Vec<OutgoingMail>,
    begun: &[Begun],
) -> anyhow::Result<()> {
    let campaign = matches!(group.batch.source, MessageSource::Campaign(_));
    if mails.is_empty() || !campaign || group.batch.stream != Stream::Marketing {
        return Ok(());
    }
    let contacts: Vec<ContactId> = mails
        .iter()
        .filter_map(|mail| Some(row_of(group, mail.id)?.contact.id))
        .collect();
    let refused = ask(running, group, &contacts).await?;
    if refused.is_empty() {
        return Ok(());
    }
    let is_refused = |id: MessageId| row_of(group, id).is_some_and(|row| refused.contains(&row.contact.id));
    let withheld: Vec<Begun> = begun
        .iter()
        .copied()
        .filter(|begun| is_refused(begun.id))
        .collect();
    mails.retain(|mail| !is_refused(mail.id));
    running
        .until_written("messages without consent", || settle(running, group, &withheld))
        .await;
    running.did(withheld.len());
    Ok(())
}

/// Asks until there is an answer or the engine has to stop: the attempts stand there already, and
/// beginning others would only add to them.
async fn ask(running: &Running, group: &Group, contacts: &[ContactId]) -> PortResult<Vec<ContactId>> {
    let (org, topic) = (group.batch.org, group.batch.topic);
    loop {
        match running
            .parts
            .consents
            .refused(org, Channel::Email, topic, contacts)
            .await
        {
            Err(error) if running.may_begin() => {
                warn!(%error, "who may be written to is asked again");
                tokio::time::sleep(RETRY).await;
            }
            answer => return answer,
        }
    }
}

async fn settle(running: &Running, group: &Group, withheld: &[Begun]) -> Result<(), DbError> {
    let (org, batch) = (group.batch.org, group.batch.id);
    let ends: Vec<AttemptEnd> = withheld
        .iter()
        .map(|begun| AttemptEnd {
            id: begun.id,
            record: AttemptRecord {
                number: begun.number,
                outcome: "not_sent",
                class: Class::NotSent,
                phase: None,
                code: None,
                enhanced_code: None,
                reply: String::new(),
                resolution: None,
            },
            next: Next::Settled {
                state: MessageState::Suppressed,
                reason: Some(REASON),
            },
        })
        .collect();
    let mut tx = running.parts.db.system().await?;
    let at = tx.now();
    let written = outcomes::write(&mut tx, org, batch, group.claim, &ends).await?;
    let failure = |id: MessageId| {
        let contact = row_of(group, id)?.contact.id;
        Some(MessageFailure {
            message: MessageRef {
                message: id,
                contact,
                at,
            },
            reason: REASON.to_owned(),
        })
    };
    let messages: Vec<MessageFailure> = written.into_iter().filter_map(failure).collect();
    if !messages.is_empty() {
        let event = DeliveryEvent::MessagesFailed {
            source: group.batch.source,
            messages,
        };
        tx.record(org, &event).await?;
    }
    tx.commit().await
}
