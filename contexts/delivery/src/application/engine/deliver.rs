//! What a lane does with a group.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use contracts::{
    delivery::{Address, BatchState, DeliveryEvent, MessageFailure, MessageRef, SETTLED_CHANNEL},
    identity::SendingMode,
};
use kernel::{ContactId, EmailAddress, MessageId, OrgId};
use platform::{DbError, Tx, failpoint};
use tracing::{info, warn};

use super::{
    consent,
    finish::{self, Carried},
    limits,
    outlet::{Group, Outlet},
    prepare::{self, Prepared},
    repeat,
    run::Running,
};
use crate::{
    application::carrier::Carrier,
    domain::{
        answer::Conclusion,
        batch_health::Ending,
        http_answer::Meaning,
        message_state::MessageState,
        outcome::{Class, classify},
        outgoing::Outgoing,
    },
    infrastructure::pg::{
        batches, outcomes, providers,
        queue::{self, Addressed, Attempt, Begun},
        suppressions,
    },
};

/// A connection that was idle for longer is asked whether it still stands.
const FRESH: Duration = Duration::from_secs(2);

/// Serves an outlet over one connection until there is nothing to do for a while.
pub(super) async fn lane(running: Arc<Running>, outlet: Arc<Outlet>) {
    let mut open: Option<Open> = None;
    while let Some(group) = outlet.next(running.idle()).await {
        let held = group.rows.len();
        deliver(&running, &outlet, group, &mut open).await;
        if outlet.release(held) == 0 {
            running.parts.wake.signal(SETTLED_CHANNEL);
        }
        running.progressed.notify_one();
    }
    if let Some(open) = open {
        open.carrier.close().await;
    }
    running.progressed.notify_one();
}

/// An open way to the account.
struct Open {
    carrier: Box<dyn Carrier>,
    used: Instant,
}

async fn deliver(running: &Arc<Running>, outlet: &Arc<Outlet>, group: Group, open: &mut Option<Open>) {
    if !running.may_begin() || outlet.is_closed() || !may_leave(running, outlet).await {
        return give_back(running, &group).await;
    }
    let Some(group) = limits::admit(running, outlet, group).await else {
        return;
    };
    let (group, Prepared { mut mails, unfit }) = match prepare::prepare(&running.parts, group).await {
        Ok(prepared) => prepared,
        Err((group, error)) => {
            warn!(
                error = format!("{error:#}"),
                "messages could not be prepared and go back into the queue"
            );
            return give_back(running, &group).await;
        }
    };
    if !unfit.is_empty() {
        let failed: Vec<_> = unfit.iter().map(|u| (u.id, u.reason)).collect();
        warn!(batch.id = %group.batch.id, messages = unfit.len(), detail = unfit[0].detail, "messages cannot be rendered");
        fail_unfit(running, &group, &failed).await;
    }
    while !mails.is_empty() {
        if let Err(conclusion) = make_ready(running, outlet, open).await {
            return refused(running, outlet, &group, &mails, &conclusion).await;
        }
        let Some(permitted) = take_permits(running, outlet, mails.len()).await else {
            return give_back_mails(running, &group, &mails).await;
        };
        let rest = mails.split_off(permitted);
        let mut now = std::mem::replace(&mut mails, rest);
        let begun = match begin(running, outlet, &group, &now).await {
            Ok(begun) => begun,
            Err(error) => {
                warn!(%error, "attempts could not be written down, so nothing is sent");
                now.append(&mut mails);
                return finish::undo(running, &group, &now).await;
            }
        };
        now.retain(|mail| begun.iter().any(|b| b.id == mail.id()));
        if let Err(error) = consent::withhold_refused(running, &group, &mut now, &begun).await {
            warn!(
                error = format!("{error:#}"),
                "nobody could say who may be written to, so nothing is sent"
            );
            now.append(&mut mails);
            return finish::undo(running, &group, &now).await;
        }
        let conclusions = match open {
            Some(open) if !now.is_empty() => {
                let conclusions = open.carrier.carry(&now, &|| running.may_begin()).await;
                open.used = Instant::now();
                conclusions
            }
            _ => Vec::new(),
        };
        watch_account(running, outlet, &conclusions).await;
        let carried = now.iter().zip(conclusions).map(|(mail, conclusion)| {
            let number = begun.iter().find(|b| b.id == mail.id()).map_or(0, |b| b.number);
            Carried {
                id: mail.id(),
                to: mail.to().to_owned(),
                number,
                conclusion,
            }
        });
        finish::finish(running, outlet, &group, carried.collect()).await;
        if !mails.is_empty() && (!running.may_begin() || outlet.is_closed()) {
            return give_back_mails(running, &group, &mails).await;
        }
    }
}

/// What an organisation in test mode sends never leaves the machine, whatever was decided a second ago.
async fn may_leave(running: &Running, outlet: &Outlet) -> bool {
    if outlet.provider.is_none() {
        return true;
    }
    let profiles = running.parts.organizations.profiles(&[outlet.org]).await;
    profiles.is_ok_and(|profiles| profiles.iter().any(|profile| profile.mode == SendingMode::Live))
}

/// Opens a connection, or makes sure that the one at hand still stands.
async fn make_ready(running: &Running, outlet: &Outlet, open: &mut Option<Open>) -> Result<(), Conclusion> {
    if let Some(at_hand) = open {
        let stale = at_hand.used.elapsed() > FRESH;
        if at_hand.carrier.is_usable() && (!stale || at_hand.carrier.answers().await) {
            return Ok(());
        }
    }
    if let Some(worn) = open.take() {
        worn.carrier.close().await;
    }
    let carrier = outlet.account.open().await?;
    running.count_connection();
    *open = Some(Open {
        carrier,
        used: Instant::now(),
    });
    Ok(())
}

/// The account lets nobody in. No attempt was begun, so none is counted.
async fn refused(
    running: &Arc<Running>,
    outlet: &Arc<Outlet>,
    group: &Group,
    mails: &[Outgoing],
    conclusion: &Conclusion,
) {
    let said = describe(conclusion);
    if classify(conclusion) == Class::Account
        && let Some(provider) = outlet.provider
    {
        outlet.close();
        finish::pause_provider(running, outlet.org, provider, &said).await;
    } else {
        info!(org.id = %outlet.org, said, "an account cannot be reached");
        running.note_failure(outlet, &said).await;
    }
    give_back_mails(running, group, mails).await;
}

/// Notes how the account did, apart from what became of each message.
async fn watch_account(running: &Arc<Running>, outlet: &Arc<Outlet>, conclusions: &[Conclusion]) {
    let broke = conclusions.iter().find(|c| match c {
        Conclusion::Broken { .. } => true,
        Conclusion::Responded(answer) => answer.meaning == Meaning::Unknown,
        _ => false,
    });
    let answered = conclusions
        .iter()
        .any(|c| matches!(c, Conclusion::Answered { .. } | Conclusion::Responded(_)));
    if let Some(broke) = broke {
        running.note_failure(outlet, &describe(broke)).await;
    } else if answered && outlet.succeeded() {
        running.note_recovery(outlet).await;
    }
}

/// Waits for the account's limit per second. `None` when the engine has to stop first.
async fn take_permits(running: &Running, outlet: &Outlet, want: usize) -> Option<usize> {
    let (Some(per_second), Some(provider)) = (outlet.per_second, outlet.provider) else {
        return Some(want);
    };
    while running.may_begin() {
        let granted = async {
            let mut tx = running.parts.db.system().await?;
            let granted = providers::take_permits(&mut tx, outlet.org, provider, per_second, want).await?;
            tx.commit().await?;
            Ok::<_, DbError>(granted)
        };
        match granted.await {
            Ok(0) => {}
            Ok(granted) => return Some(granted),
            Err(error) => warn!(%error, "the account's limit could not be read"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    None
}

/// Writes down that these messages are about to be sent, after looking once more whether they may
/// be. What may not is settled or handed back in the same transaction.
async fn begin(
    running: &Running,
    outlet: &Outlet,
    group: &Group,
    mails: &[Outgoing],
) -> Result<Vec<Begun>, DbError> {
    let (org, batch) = (group.batch.org, group.batch.id);
    let ids: Vec<MessageId> = mails.iter().map(|mail| mail.id()).collect();
    let mut tx = running.parts.db.system().await?;
    let now = batches::lock_for_attempt(&mut tx, org, batch).await?;
    let state = now.as_ref().map_or(BatchState::Cancelled, |batch| batch.state);
    let expired = now.is_some_and(|batch| batch.expires_at <= tx.now());
    let begun = match state {
        BatchState::Paused => {
            queue::hand_back(&mut tx, org, batch, group.claim, &ids).await?;
            Vec::new()
        }
        BatchState::Cancelled => {
            settle(&mut tx, group, &ids, MessageState::Cancelled, "cancelled").await?;
            Vec::new()
        }
        BatchState::Running if expired => {
            settle(&mut tx, group, &ids, MessageState::Expired, "expired").await?;
            Vec::new()
        }
        BatchState::Running => {
            let attempt = Attempt {
                org,
                batch,
                stream: group.batch.stream,
                claim: group.claim,
                provider: outlet.provider,
            };
            let held = repeat::hold_unrecognised(&mut tx, outlet, group, mails).await?;
            let named: Vec<_> = mails
                .iter()
                .filter(|mail| !held.contains(&mail.id()))
                .map(|mail| Addressed {
                    id: mail.id(),
                    address: mail.to(),
                    pseudonym: pseudonym(running, org, mail.to()),
                })
                .collect();
            let begun = queue::begin_attempts(&mut tx, &attempt, &named).await?;
            if begun.len() < mails.len() {
                set_suppressed_aside(running, &mut tx, group, mails, &begun).await?;
            }
            begun
        }
    };
    tx.commit().await?;
    failpoint::hit("delivery.after_attempt");
    Ok(begun)
}

/// What was not begun was suppressed meanwhile, or is no longer ours.
async fn set_suppressed_aside(
    running: &Running,
    tx: &mut Tx,
    group: &Group,
    mails: &[Outgoing],
    begun: &[Begun],
) -> Result<(), DbError> {
    let left: Vec<&Outgoing> = mails
        .iter()
        .filter(|mail| begun.iter().all(|b| b.id != mail.id()))
        .collect();
    let org = group.batch.org;
    let addresses: Vec<_> = left
        .iter()
        .map(|mail| (mail.to(), pseudonym(running, org, mail.to())))
        .collect();
    let blocked = suppressions::blocking(tx, group.batch.org, &addresses, group.batch.stream).await?;
    let (suppressed, lost): (Vec<_>, Vec<_>) = left
        .into_iter()
        .partition(|mail| blocked.iter().any(|address| address == mail.to()));
    let suppressed: Vec<MessageId> = suppressed.iter().map(|mail| mail.id()).collect();
    settle(tx, group, &suppressed, MessageState::Suppressed, "suppressed").await?;
    let lost: Vec<MessageId> = lost.iter().map(|mail| mail.id()).collect();
    queue::hand_back(tx, group.batch.org, group.batch.id, group.claim, &lost).await?;
    Ok(())
}

/// What stands in place of an address once its owner was erased.
fn pseudonym(running: &Running, org: OrgId, address: &str) -> EmailAddress {
    let pseudonyms = &running.parts.pseudonyms;
    match Address::parse(address) {
        Some(Address::Email(address)) => pseudonyms.of(org, &address),
        _ => pseudonyms.of_text(org, address),
    }
}

/// Settles claimed messages that are still ours without an attempt, and tells why.
async fn settle(
    tx: &mut Tx,
    group: &Group,
    ids: &[MessageId],
    state: MessageState,
    reason: &'static str,
) -> Result<(), DbError> {
    let (org, batch) = (group.batch.org, group.batch.id);
    let ours = queue::still_ours(tx, org, batch, group.claim, ids).await?;
    let ids: Vec<MessageId> = ours.iter().map(|(id, _)| *id).collect();
    outcomes::settle_unsent(tx, org, batch, &ids, state, reason).await?;
    let at = tx.now();
    let failure = |(message, contact): &(MessageId, ContactId)| MessageFailure {
        message: MessageRef {
            message: *message,
            contact: *contact,
            at,
        },
        reason: reason.to_owned(),
    };
    let messages: Vec<_> = ours.iter().map(failure).collect();
    if !messages.is_empty() {
        let event = DeliveryEvent::MessagesFailed {
            channel: group.batch.channel,
            source: group.batch.source,
            messages,
        };
        tx.record(org, &event).await?;
    }
    Ok(())
}

/// Fails what does not render, and pauses the batch when that is much of it.
async fn fail_unfit(running: &Arc<Running>, group: &Group, unfit: &[(MessageId, &'static str)]) {
    let done = async {
        let mut tx = running.parts.db.system().await?;
        for reason in ["template", "attachment", "crashes"] {
            let ids: Vec<_> = unfit
                .iter()
                .filter(|(_, r)| *r == reason)
                .map(|(id, _)| *id)
                .collect();
            settle(&mut tx, group, &ids, MessageState::Failed, reason).await?;
        }
        finish::watch_batch(
            running,
            &mut tx,
            group,
            unfit.iter().map(|_| Ending::DoesNotRender),
        )
        .await?;
        tx.commit().await
    };
    if let Err(error) = done.await {
        // They are claimed again when the lease of this claim ends by being handed back.
        warn!(%error, "messages that cannot be rendered could not be failed");
        let ids: Vec<_> = unfit.iter().map(|(id, _)| *id).collect();
        finish::hand_back(running, group, &ids).await;
    }
    running.did(unfit.len());
}

async fn give_back(running: &Arc<Running>, group: &Group) {
    let ids: Vec<_> = group.rows.iter().map(|row| row.id).collect();
    finish::hand_back(running, group, &ids).await;
}

async fn give_back_mails(running: &Arc<Running>, group: &Group, mails: &[Outgoing]) {
    let ids: Vec<_> = mails.iter().map(|mail| mail.id()).collect();
    finish::hand_back(running, group, &ids).await;
}

/// What happened, for a log and for people.
pub(super) fn describe(conclusion: &Conclusion) -> String {
    match conclusion {
        Conclusion::Answered { answer, .. } => answer.to_string(),
        Conclusion::Responded(answer) => answer.to_string(),
        Conclusion::Broken { error, .. } | Conclusion::NotStarted { error } => error.clone(),
    }
}
