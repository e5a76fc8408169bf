//! The last look before the first byte: who no longer wants to hear of this.
//!
//! How often somebody wants to hear is crm's too, and how often they did is delivery's: that is
//! counted here, by the same rule.
//!
//! Consent is crm's, and no transaction spans two contexts. So it is asked after the attempts are
//! committed and before anything is sent: whatever was committed before the attempt is seen, without
//! a lock that contexts would share, and no transaction waits for another connection. Whoever is
//! refused has an attempt that says that nothing was sent.

use std::{collections::HashMap, sync::Arc};

use contracts::delivery::{DeliveryEvent, MessageFailure, MessageRef, MessageSource, Stream};
use kernel::{ContactId, MessageId};
use platform::DbError;
use tracing::warn;

use super::{
    finish::{RETRY, row_of},
    outlet::Group,
    run::Running,
};
use crate::{
    domain::{message_state::MessageState, outcome::Class, outgoing::Outgoing},
    infrastructure::pg::{
        frequency::{self, FrequencyLimit},
        outcomes::{self, AttemptEnd, AttemptRecord, Next},
        queue::Begun,
    },
};

/// Why nothing was sent: they do not want it.
const NO_CONSENT: &str = "no_consent";
/// They have had as much as they want.
const FREQUENCY: &str = "frequency";

/// Who is not written to, and why.
type Withheld = HashMap<ContactId, &'static str>;

/// Takes out those who may no longer be written to, or not yet again, and settles their messages. The error is
/// passing: nothing may be sent then.
pub(super) async fn withhold_refused(
    running: &Arc<Running>,
    group: &Group,
    mails: &mut Vec<Outgoing>,
    begun: &[Begun],
) -> anyhow::Result<()> {
    let campaign = matches!(
        group.batch.source,
        MessageSource::Campaign(_) | MessageSource::Api
    );
    if mails.is_empty() || !campaign || group.batch.stream != Stream::Marketing {
        return Ok(());
    }
    let people: HashMap<ContactId, MessageId> = mails
        .iter()
        .filter_map(|mail| Some((row_of(group, mail.id())?.contact.id, mail.id())))
        .collect();
    let withheld = ask(running, group, &people).await?;
    if withheld.is_empty() {
        return Ok(());
    }
    let why = |id: MessageId| withheld.get(&row_of(group, id)?.contact.id).copied();
    let ends: Vec<(Begun, &'static str)> = begun
        .iter()
        .filter_map(|begun| Some((*begun, why(begun.id)?)))
        .collect();
    mails.retain(|mail| why(mail.id()).is_none());
    running
        .until_written("messages without consent", || settle(running, group, &ends))
        .await;
    running.did(ends.len());
    Ok(())
}

/// Asks until there is an answer or the engine has to stop: the attempts stand there already, and
/// beginning others would only add to them.
async fn ask(
    running: &Running,
    group: &Group,
    people: &HashMap<ContactId, MessageId>,
) -> anyhow::Result<Withheld> {
    loop {
        match look(running, group, people).await {
            Err(error) if running.may_begin() => {
                warn!(
                    error = format!("{error:#}"),
                    "who may be written to is asked again"
                );
                tokio::time::sleep(RETRY).await;
            }
            answer => return answer,
        }
    }
}

async fn look(
    running: &Running,
    group: &Group,
    people: &HashMap<ContactId, MessageId>,
) -> anyhow::Result<Withheld> {
    let (org, topic) = (group.batch.org, group.batch.topic);
    let contacts: Vec<ContactId> = people.keys().copied().collect();
    let consents = &running.parts.consents;
    let wishes = consents
        .wishes(org, group.batch.channel, topic, &contacts)
        .await?;
    let mut withheld: Withheld = wishes.refused.into_iter().map(|id| (id, NO_CONSENT)).collect();
    let limits: Vec<FrequencyLimit> = wishes
        .limited
        .into_iter()
        .filter_map(|(contact, frequency)| {
            let message = *people.get(&contact)?;
            Some(FrequencyLimit {
                contact,
                message,
                frequency,
            })
        })
        .collect();
    if !limits.is_empty() {
        let mut tx = running.parts.db.system().await?;
        let reached = frequency::reached(&mut tx, org, group.batch.id, &limits).await?;
        withheld.extend(reached.into_iter().map(|id| (id, FREQUENCY)));
    }
    Ok(withheld)
}

async fn settle(running: &Running, group: &Group, withheld: &[(Begun, &'static str)]) -> Result<(), DbError> {
    let (org, batch) = (group.batch.org, group.batch.id);
    let ends: Vec<AttemptEnd> = withheld
        .iter()
        .map(|(begun, reason)| AttemptEnd {
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
                reason: Some(reason),
            },
        })
        .collect();
    let mut tx = running.parts.db.system().await?;
    let at = tx.now();
    let written = outcomes::write(&mut tx, org, batch, group.claim, &ends).await?;
    let failure = |id: MessageId| {
        let contact = row_of(group, id)?.contact.id;
        let (_, reason) = withheld.iter().find(|(begun, _)| begun.id == id)?;
        Some(MessageFailure {
            message: MessageRef {
                message: id,
                contact,
                at,
            },
            reason: (*reason).to_owned(),
        })
    };
    let messages: Vec<MessageFailure> = written.into_iter().filter_map(failure).collect();
    if !messages.is_empty() {
        let event = DeliveryEvent::MessagesFailed {
            channel: group.batch.channel,
            source: group.batch.source,
            messages,
        };
        tx.record(org, &event).await?;
    }
    tx.commit().await
}
