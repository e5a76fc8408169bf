//! Writing down what became of messages. It is tried until it succeeds or the messages are somebody
//! else's, and meanwhile nothing new is claimed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use contracts::{
    crm::consent::Channel,
    delivery::{Address, BatchState, DeliveryEvent, DeviceToken, MessageFailure, MessageRef, Stream},
};
use jiff::SignedDuration;
use kernel::{ContactId, MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx, failpoint};
use tracing::{error, info, warn};

use super::{
    deliver::describe,
    outlet::{Group, Outlet},
    run::Running,
};
use crate::{
    application::suppress_addresses::suppress_addresses,
    domain::{
        answer::{Conclusion, Phase},
        batch_health::Ending,
        message_state::MessageState,
        mx_group::MxGroup,
        outcome::{Class, Consequence, Decision, Verdict, decide, decide_at},
        outgoing::Outgoing,
        retry,
        suppression::SuppressionReason,
    },
    infrastructure::pg::{
        batches, domains,
        outcomes::{self, AttemptEnd, AttemptRecord, Next},
        providers, queue,
        queue::Claimed,
        sending_tallies::{self, Tally},
        suppressions::{self, NewSuppression},
    },
};

/// What is kept of a server's words.
const MAX_REPLY: usize = 300;

/// A message that was carried, and how that ended.
#[derive(Debug)]
pub(super) struct Carried {
    pub id: MessageId,
    pub to: String,
    pub number: i16,
    pub conclusion: Conclusion,
}

/// Writes down how attempts ended, with all that follows.
pub(super) async fn finish(running: &Arc<Running>, outlet: &Outlet, group: &Group, carried: Vec<Carried>) {
    if carried.is_empty() {
        return;
    }
    failpoint::hit("delivery.before_outcome");
    let decided: Vec<(Carried, Decision)> = carried
        .into_iter()
        .map(|carried| {
            let decision = decide_for(outlet, group, &carried.conclusion);
            (carried, decision)
        })
        .collect();
    if decided
        .iter()
        .any(|(_, d)| d.consequence == Consequence::SlowDown)
    {
        outlet.slow_down();
    }
    running
        .until_written("outcomes", || write(running, outlet, group, &decided))
        .await;
    running.did(decided.len());
    if decided.iter().any(|(_, d)| d.verdict == Verdict::Requeued) {
        running.gave_back();
    }
    let held = decided.iter().filter(|(_, d)| d.verdict == Verdict::Held).count();
    if held > 0 {
        error!(batch.id = %group.batch.id, messages = held, "messages are held: what became of them is unknown");
    }
    for (_, decision) in &decided {
        count(outlet, group.batch.channel, decision);
    }
}

fn decide_for(outlet: &Outlet, group: &Group, conclusion: &Conclusion) -> Decision {
    decide_at(conclusion, group.batch.stream, outlet.account.repeats())
}

async fn write(
    running: &Arc<Running>,
    outlet: &Outlet,
    group: &Group,
    decided: &[(Carried, Decision)],
) -> Result<(), DbError> {
    let (org, batch) = (group.batch.org, group.batch.id);
    let mut tx = running.parts.db.system().await?;
    let now = tx.now();
    let ends: Vec<AttemptEnd> = decided
        .iter()
        .map(|(carried, decision)| end_of(group, carried, *decision, now))
        .collect();
    let written = outcomes::write(&mut tx, org, batch, group.claim, &ends).await?;
    if written.len() < ends.len() {
        let lost = ends.len() - written.len();
        warn!(batch.id = %batch, messages = lost, "others had taken over messages before their outcome was written");
    }
    let ours: Vec<&(Carried, Decision)> = decided
        .iter()
        .filter(|(carried, _)| written.contains(&carried.id))
        .collect();
    tell(&mut tx, group, &ours, now).await?;
    follow_up(&mut tx, outlet, group, &ours).await?;
    tally(&mut tx, outlet, group, &ours).await?;
    watch_batch(
        running,
        &mut tx,
        group,
        ours.iter().map(|(_, d)| Ending::Answered(d.class)),
    )
    .await?;
    tx.commit().await?;
    failpoint::hit("delivery.after_outcome");
    Ok(())
}

fn end_of(group: &Group, carried: &Carried, decision: Decision, now: Timestamp) -> AttemptEnd {
    let (phase, code, enhanced_code) = match &carried.conclusion {
        Conclusion::Answered { phase, answer } => {
            let code = i16::try_from(answer.code).ok();
            (Some(*phase), code, answer.enhanced.map(|e| e.to_string()))
        }
        Conclusion::Responded(answer) => (Some(Phase::Acceptance), i16::try_from(answer.status).ok(), None),
        Conclusion::Broken { phase, .. } => (Some(*phase), None, None),
        Conclusion::NotStarted { .. } => (None, None, None),
    };
    let (outcome, resolution) = match decision.verdict {
        Verdict::Accepted => ("accepted", None),
        Verdict::Deferred => ("deferred", None),
        Verdict::Failed => ("rejected", None),
        Verdict::Requeued | Verdict::Broken => ("not_sent", None),
        Verdict::Held => ("unknown", Some("held")),
        Verdict::Resent => ("unknown", Some("resent")),
        Verdict::Repeated => ("unknown", Some("repeated")),
    };
    AttemptEnd {
        id: carried.id,
        record: AttemptRecord {
            number: carried.number,
            outcome,
            class: decision.class,
            phase,
            code,
            enhanced_code,
            reply: shortened(&describe(&carried.conclusion)),
            resolution,
        },
        next: next(row_of(group, carried.id), carried, decision, now),
    }
}

fn next(row: Option<&Claimed>, carried: &Carried, decision: Decision, now: Timestamp) -> Next {
    let id = carried.id;
    let deferrals = row.map_or(0, |row| row.deferrals) + 1;
    let settled = |state, reason| Next::Settled { state, reason };
    let requeued = |state, due_at| Next::Requeued { state, due_at };
    match decision.verdict {
        Verdict::Accepted => settled(MessageState::Accepted, None),
        Verdict::Failed => settled(MessageState::Failed, Some(decision.class.as_str())),
        Verdict::Held => settled(MessageState::Held, Some(Class::Ambiguous.as_str())),
        Verdict::Requeued => requeued(MessageState::Queued, now),
        Verdict::Deferred => {
            let wait = match asked_for(&carried.conclusion) {
                Some(asked) => retry::wait_as_asked(asked, deferrals, id),
                None => retry::wait_after(deferrals, id),
            };
            requeued(MessageState::Deferred, now + wait)
        }
        Verdict::Broken | Verdict::Resent | Verdict::Repeated => requeued(
            MessageState::Deferred,
            now + retry::wait_after_break(deferrals, id),
        ),
    }
}

/// When the other side wants to see the message again, if it said so.
fn asked_for(conclusion: &Conclusion) -> Option<SignedDuration> {
    match conclusion {
        Conclusion::Responded(answer) => answer.retry_after,
        _ => None,
    }
}

pub(super) fn row_of(group: &Group, id: MessageId) -> Option<&Claimed> {
    group.rows.iter().find(|row| row.id == id)
}

/// Tells the other contexts.
async fn tell(
    tx: &mut Tx,
    group: &Group,
    ours: &[&(Carried, Decision)],
    at: Timestamp,
) -> Result<(), DbError> {
    let reference = |carried: &Carried| -> Option<MessageRef> {
        let contact: ContactId = row_of(group, carried.id)?.contact.id;
        Some(MessageRef {
            message: carried.id,
            contact,
            at,
        })
    };
    let with = |verdict| ours.iter().filter(move |(_, d)| d.verdict == verdict);
    let sent: Vec<_> = with(Verdict::Accepted)
        .filter_map(|(carried, _)| reference(carried))
        .collect();
    let failed: Vec<_> = with(Verdict::Failed)
        .filter_map(|(carried, decision)| {
            Some(MessageFailure {
                message: reference(carried)?,
                reason: decision.class.as_str().to_owned(),
            })
        })
        .collect();
    let source = group.batch.source;
    let mut events = Vec::new();
    if !sent.is_empty() {
        events.push(DeliveryEvent::MessagesSent {
            channel: group.batch.channel,
            source,
            messages: sent,
        });
    }
    if !failed.is_empty() {
        events.push(DeliveryEvent::MessagesFailed {
            channel: group.batch.channel,
            source,
            messages: failed,
        });
    }
    tx.record_all(group.batch.org, &events).await
}

/// Counts mail by whose mailboxes it went to. Telephones and devices are nobody's mailbox.
async fn tally(
    tx: &mut Tx,
    outlet: &Outlet,
    group: &Group,
    ours: &[&(Carried, Decision)],
) -> Result<(), DbError> {
    let Some(provider) = outlet.provider.filter(|_| group.batch.channel == Channel::Email) else {
        return Ok(());
    };
    let mut tallies: BTreeMap<MxGroup, Tally> = BTreeMap::new();
    for (carried, decision) in ours {
        let tally = tallies.entry(MxGroup::of_address(&carried.to)).or_default();
        match decision.verdict {
            Verdict::Accepted => tally.sent += 1,
            Verdict::Deferred => tally.deferred += 1,
            Verdict::Failed if decision.consequence == Consequence::SuppressAddress => tally.bounced += 1,
            _ => {}
        }
    }
    let tallies: Vec<(MxGroup, Tally)> = tallies
        .into_iter()
        .filter(|(_, t)| *t != Tally::default())
        .collect();
    sending_tallies::add(tx, group.batch.org, group.route.domain, Some(provider), &tallies).await
}

/// What follows for addresses, the account and the domain.
async fn follow_up(
    tx: &mut Tx,
    outlet: &Outlet,
    group: &Group,
    ours: &[&(Carried, Decision)],
) -> Result<(), DbError> {
    let org = group.batch.org;
    let with = |consequence| {
        ours.iter()
            .filter(move |(_, d)| d.consequence == consequence)
            .map(|(carried, _)| carried)
    };
    let mut entries: Vec<NewSuppression> = with(Consequence::SuppressAddress)
        .filter_map(|carried| entry(group, carried, SuppressionReason::HardBounce))
        .collect();
    tell_gone_devices(tx, group, with(Consequence::SuppressAddress)).await?;
    let counted: Vec<&Carried> = with(Consequence::CountAgainstAddress).collect();
    if !counted.is_empty() {
        let addresses: Vec<&str> = counted.iter().map(|carried| carried.to.as_str()).collect();
        let exhausted = suppressions::exhausted(tx, org, &addresses).await?;
        let hopeless = counted
            .iter()
            .filter(|c| exhausted.iter().any(|address| address.as_str() == c.to));
        entries.extend(hopeless.filter_map(|carried| entry(group, carried, SuppressionReason::SoftBounces)));
    }
    suppress_addresses(tx, org, &entries).await?;
    if let (Some(carried), Some(provider)) = (with(Consequence::PauseProvider).next(), outlet.provider) {
        providers::pause(tx, org, provider, &shortened(&describe(&carried.conclusion))).await?;
        outlet.close();
    }
    let domain = group
        .route
        .domain
        .filter(|_| group.batch.channel == Channel::Email);
    if let (Some(carried), Some(domain)) = (with(Consequence::PauseDomain).next(), domain) {
        domains::pause(tx, org, domain, &shortened(&describe(&carried.conclusion))).await?;
        outlet.close();
    }
    Ok(())
}

/// A device's token is no address of a person: it is forgotten, not remembered.
async fn tell_gone_devices(
    tx: &mut Tx,
    group: &Group,
    gone: impl Iterator<Item = &Carried>,
) -> Result<(), DbError> {
    let tokens: Vec<DeviceToken> = gone
        .filter_map(|carried| match Address::on(group.batch.channel, &carried.to)? {
            Address::Device(token) => Some(token),
            Address::Email(_) | Address::Phone(_) => None,
        })
        .collect();
    if tokens.is_empty() {
        return Ok(());
    }
    tx.record(group.batch.org, &DeliveryEvent::DevicesGone { tokens })
        .await
}

/// The very address that was written to, and no other of the person.
fn entry(group: &Group, carried: &Carried, reason: SuppressionReason) -> Option<NewSuppression> {
    let address = Address::on(group.batch.channel, &carried.to)?;
    if group.batch.channel == Channel::Push {
        return None;
    }
    Some(NewSuppression {
        address,
        reason,
        note: Some(shortened(&describe(&carried.conclusion))),
        message: Some(carried.id),
        user: None,
    })
}

/// Pauses a batch that does more harm than good.
pub(super) async fn watch_batch(
    running: &Running,
    tx: &mut Tx,
    group: &Group,
    endings: impl Iterator<Item = Ending>,
) -> Result<(), DbError> {
    if group.batch.stream != Stream::Marketing {
        return Ok(());
    }
    let Some(harm) = running.health(group.batch.id, tx.now(), endings) else {
        return Ok(());
    };
    warn!(batch.id = %group.batch.id, reason = harm.as_str(), "paused a batch that does more harm than good");
    batches::set_state(
        tx,
        group.batch.org,
        group.batch.id,
        BatchState::Paused,
        Some(harm.as_str()),
    )
    .await?;
    Ok(())
}

/// Stops an account that does not let us in.
pub(super) async fn pause_provider(running: &Arc<Running>, org: OrgId, provider: ProviderId, said: &str) {
    let pause = || async {
        let mut tx = running.parts.db.system().await?;
        let paused = providers::pause(&mut tx, org, provider, &shortened(said)).await?;
        tx.commit().await?;
        if paused {
            info!(provider.id = %provider, org.id = %org, said, "paused an account that refuses us");
        }
        Ok(())
    };
    running.until_written("a paused account", pause).await;
}

/// Gives claimed messages back untouched.
pub(super) async fn hand_back(running: &Arc<Running>, group: &Group, ids: &[MessageId]) {
    if ids.is_empty() {
        return;
    }
    set_aside(running, group, ids).await;
    running.gave_back();
}

/// The same for messages that would fare no better if they were claimed again at once.
pub(super) async fn set_aside(running: &Running, group: &Group, ids: &[MessageId]) {
    let back = || async {
        let mut tx = running.parts.db.system().await?;
        queue::hand_back(&mut tx, group.batch.org, group.batch.id, group.claim, ids).await?;
        tx.commit().await
    };
    running.until_written("messages handed back", back).await;
}

/// The same for a group that no lane has taken yet.
pub(super) async fn hand_back_group(running: &Arc<Running>, outlet: &Outlet, group: &Group) {
    let ids: Vec<_> = group.rows.iter().map(|row| row.id).collect();
    hand_back(running, group, &ids).await;
    outlet.release(ids.len());
}

/// After attempts may or may not have been written down: nothing was sent, so all go back, and the
/// attempts that are there say so.
pub(super) async fn undo(running: &Arc<Running>, group: &Group, mails: &[Outgoing]) {
    let now = running.parts.clock.now();
    let ids: Vec<MessageId> = mails.iter().map(|mail| mail.id()).collect();
    let ends: Vec<AttemptEnd> = mails
        .iter()
        .map(|mail| {
            let number = row_of(group, mail.id()).map_or(0, |row| row.attempts) + 1;
            let conclusion = Conclusion::NotStarted {
                error: "the attempt could not be written down".to_owned(),
            };
            let decision = decide(&conclusion, group.batch.stream);
            end_of(
                group,
                &Carried {
                    id: mail.id(),
                    to: mail.to().to_owned(),
                    number,
                    conclusion,
                },
                decision,
                now,
            )
        })
        .collect();
    let back = || async {
        let (org, batch) = (group.batch.org, group.batch.id);
        let mut tx = running.parts.db.system().await?;
        queue::hand_back(&mut tx, org, batch, group.claim, &ids).await?;
        outcomes::write(&mut tx, org, batch, group.claim, &ends).await?;
        tx.commit().await
    };
    running.until_written("attempts undone", back).await;
    running.gave_back();
}

fn shortened(text: &str) -> String {
    let cut = (0..=MAX_REPLY.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    text[..cut].to_owned()
}

fn count(outlet: &Outlet, channel: Channel, decision: &Decision) {
    let provider = outlet.label;
    let result = match decision.verdict {
        Verdict::Accepted => "sent",
        Verdict::Failed | Verdict::Held => "failed",
        _ => "deferred",
    };
    metrics::counter!("mauntic_messages_total", "channel" => channel.as_str(), "provider" => provider, "result" => result).increment(1);
    if decision.class == Class::Rate {
        metrics::counter!("mauntic_provider_throttled_total", "provider" => provider).increment(1);
    }
}

/// How long to wait before writing is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(200);
