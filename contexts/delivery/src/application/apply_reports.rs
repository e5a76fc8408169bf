//! What others say has become of messages, however it reached us.
//!
//! Reports come late, twice and in any order, also before we have written down ourselves that a message
//! was accepted. So they are stored first, each once; what they say is merged under a lock on the
//! message, by a rule that does not care about the order; and those whose message has no outcome yet
//! wait for it.
//!
//! A report is believed only if it is about the one who got the message. Whoever may sign reports of an
//! account could otherwise take anybody's address off everybody's lists.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use contracts::{
    crm::consent::{Channel, Consents, Withdrawal},
    delivery::{DeliveryEvent, MessageFailure, MessageRef, MessageSource},
    event::MAX_ITEMS,
};
use futures::future::BoxFuture;
use kernel::{ContactId, EmailAddress, MessageId, OrgId, ProviderId, Timestamp};
use platform::{Db, DbError, Tx};
use tracing::warn;

pub use crate::domain::report::ReportSource;
use crate::{
    application::suppress_addresses::suppress_addresses,
    domain::{
        message_state::MessageState,
        report::{ForAddress, Merged, ReportKind, Said, Standing, is_recipient, merge},
        suppression::SuppressionReason,
        webhook::EventKind,
    },
    infrastructure::pg::{
        report_writes,
        reports::{self, NewReport, Waiting},
        suppressions::{self, NewSuppression},
    },
};

/// How often a transaction that met another one is done again.
const TRIES: usize = 4;
/// How many reports that wait are looked at in one turn.
const LOOKS: i64 = 1_000;

/// What applying reports works with.
#[derive(Clone)]
pub struct ReportDeps {
    /// The database.
    pub db: Db,
    /// Where wishes are taken down.
    pub consents: Arc<dyn Consents>,
}

/// What somebody says has become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The message, by our own identifier.
    pub message: Option<MessageId>,
    /// Whose account reports it; `None` of a mail.
    pub provider: Option<ProviderId>,
    /// The message, by the identifier that the provider gave it.
    pub provider_message_id: Option<String>,
    /// Whom it is about: an address, or a telephone number with `+` and country code.
    pub recipient: String,
    /// What happened. Messages to us are no reports, and passed over.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// The same whenever it is repeated, and distinct within the account, or within the mailbox.
    pub event_id: String,
    /// For people: what the other side said.
    pub detail: String,
    /// How it reached us.
    pub source: ReportSource,
}

/// What came of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Stored for the first time.
    pub new: usize,
    /// Seen before.
    pub repeated: usize,
    /// Believed, whether or not anything was left to change. May be more than were given: others of the
    /// same messages may have waited.
    pub applied: usize,
    /// Not believed: about somebody else than the one who got the message.
    pub other_recipient: usize,
}

/// Stores reports of one organisation and does what follows from them, in one transaction.
pub async fn apply_reports(deps: &ReportDeps, org: OrgId, given: &[Report]) -> Result<Applied, DbError> {
    let rows: Vec<NewReport<'_>> = given.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Ok(Applied::default());
    }
    let (applied, wishes) = again_if_met(|| {
        Box::pin(async {
            let mut tx = deps.db.system().await?;
            let new = reports::insert(&mut tx, org, &rows).await?;
            let (mut applied, wishes) = settle(&mut tx, org, &new).await?;
            applied.new = new.len();
            applied.repeated = rows.len() - new.len();
            tx.commit().await?;
            Ok((applied, wishes))
        })
    })
    .await?;
    metrics::counter!("mauntic_reports_repeated_total").increment(applied.repeated as u64);
    take_down(deps, org, &wishes).await;
    Ok(applied)
}

/// Looks again at reports that wait. Returns how many there were.
pub async fn look_again(deps: &ReportDeps) -> Result<usize, DbError> {
    let mut tx = deps.db.system().await?;
    let due = reports::due(&mut tx, LOOKS).await?;
    tx.commit().await?;
    let mut looked = 0;
    for (org, ids) in due {
        let (_, wishes) = again_if_met(|| {
            Box::pin(async {
                let mut tx = deps.db.system().await?;
                let settled = settle(&mut tx, org, &ids).await?;
                tx.commit().await?;
                Ok(settled)
            })
        })
        .await?;
        take_down(deps, org, &wishes).await;
        looked += ids.len();
    }
    Ok(looked)
}

/// Engines lock the same messages in another order, and may be in the way. The work is boxed, since of an
/// asynchronous closure the compiler cannot tell that it may move between threads.
async fn again_if_met<'w, T>(work: impl Fn() -> BoxFuture<'w, Result<T, DbError>>) -> Result<T, DbError> {
    let mut tries = 1;
    loop {
        match work().await {
            Err(error) if error.meets_another() && tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

fn row(report: &Report) -> Option<NewReport<'_>> {
    Some(NewReport {
        source: report.source,
        provider: report.provider,
        event_id: &report.event_id,
        message: report.message,
        provider_message_id: report.provider_message_id.as_deref(),
        recipient: report.recipient.trim().to_lowercase(),
        said: Said::of(&report.kind)?,
        detail: &report.detail,
        at: report.at,
    })
}

/// Does what follows from reports that wait, as far as their messages have an outcome. What people wish
/// is returned: that is told to another context, once this is committed.
async fn settle(tx: &mut Tx, org: OrgId, ids: &[i64]) -> Result<(Applied, Vec<Withdrawal>), DbError> {
    if ids.is_empty() {
        return Ok((Applied::default(), Vec::new()));
    }
    reports::join(tx, org, ids).await?;
    let waiting = reports::lock(tx, org, ids).await?;
    let sorted = Sorted::of(waiting);
    let resolved = report_writes::resolve_doubt(tx, org, &sorted.doubtful()).await?;
    let believed = sorted.believed(&resolved);
    let messages: Vec<MessageId> = believed.iter().map(|told| told.message).collect();
    let before = reports::heard_before(tx, org, &messages).await?;
    report_writes::set_standings(tx, org, &moved(&believed)).await?;
    let ended = sorted.ended(&believed);
    reports::finish(tx, org, &ended).await?;
    let unknown = reports::put_off(tx, org, ids).await?;
    let wishes = follow_up(tx, org, &believed).await?;
    let mut facts = facts(&believed, &resolved, &before, tx.now());
    facts.extend(left(&believed, &wishes, tx.now()));
    tx.record_all(org, &facts).await?;
    count(tx, org, &sorted, &ended, unknown).await?;
    let applied = Applied {
        applied: believed.iter().map(|told| told.reports.len()).sum(),
        other_recipient: ended.iter().filter(|(_, result)| *result == OTHER).count(),
        ..Applied::default()
    };
    let wishes = wishes.iter().map(|told| withdrawal(told)).collect();
    Ok((applied, wishes))
}

/// The words of results.
const APPLIED: &str = "applied";
const OTHER: &str = "other_recipient";
const ERASED: &str = "erased";

/// Reports, message by message.
struct Sorted {
    by_message: BTreeMap<uuid::Uuid, Vec<Waiting>>,
    others: Vec<(i64, &'static str)>,
    providers: HashMap<i64, (Option<ProviderId>, ReportKind)>,
}

impl Sorted {
    fn of(waiting: Vec<Waiting>) -> Self {
        let mut sorted = Self {
            by_message: BTreeMap::new(),
            others: Vec::new(),
            providers: HashMap::new(),
        };
        for report in waiting {
            sorted
                .providers
                .insert(report.id, (report.provider, report.said.kind));
            match &report.addressee {
                None => sorted.others.push((report.id, ERASED)),
                Some((_, address)) if !is_recipient(&report.recipient, address) => {
                    sorted.others.push((report.id, OTHER));
                }
                Some(_) => {
                    let reports = sorted.by_message.entry(report.message.uuid()).or_default();
                    reports.push(report);
                }
            }
        }
        sorted
    }

    /// Messages of which it is unknown whether they were accepted, and which somebody reports of.
    fn doubtful(&self) -> Vec<MessageId> {
        let found = self.by_message.values().filter_map(|reports| {
            let first = reports.first()?;
            let held = first.standing.state == MessageState::Held;
            let proven = matches!(merged(first, reports), Merged::Becomes(_));
            ((held || first.in_doubt) && proven).then_some(first.message)
        });
        found.collect()
    }

    /// Reports of messages whose outcome is known.
    fn believed(&self, resolved: &[MessageId]) -> Vec<Told<'_>> {
        let told = self.by_message.values().filter_map(|reports| {
            let first = reports.first()?;
            let mut standing = first.standing;
            if resolved.contains(&first.message) {
                standing = Standing {
                    state: MessageState::Accepted,
                    reason: None,
                };
            } else if standing.state.is_live() {
                // An engine has just taken it, or it was never in doubt.
                return None;
            }
            let said: Vec<Said> = reports.iter().map(|report| report.said).collect();
            Some(Told {
                message: first.message,
                source: first.source,
                addressee: first.addressee.as_ref()?,
                merged: merge(standing, false, &said),
                standing,
                reports,
            })
        });
        told.collect()
    }

    fn ended(&self, believed: &[Told<'_>]) -> Vec<(i64, &'static str)> {
        let applied = believed.iter().flat_map(|told| told.reports);
        let applied = applied.map(|report| (report.id, APPLIED));
        self.others.iter().copied().chain(applied).collect()
    }
}

fn merged(first: &Waiting, reports: &[Waiting]) -> Merged {
    let said: Vec<Said> = reports.iter().map(|report| report.said).collect();
    merge(first.standing, first.in_doubt, &said)
}

/// What is said of one message.
struct Told<'w> {
    message: MessageId,
    source: MessageSource,
    addressee: &'w (ContactId, String),
    /// Where it stood.
    standing: Standing,
    merged: Merged,
    reports: &'w [Waiting],
}

impl Told<'_> {
    fn first(&self, kinds: &[ReportKind]) -> Option<&Waiting> {
        let mut found = self.reports.iter();
        found.find(|report| kinds.contains(&report.said.kind))
    }

    /// Whether it was ever handed over. Of what was not, nothing is counted, whatever anybody says.
    fn was_sent(&self) -> bool {
        matches!(
            self.standing.state,
            MessageState::Accepted
                | MessageState::Delivered
                | MessageState::Bounced
                | MessageState::Complained
        )
    }

    fn reference(&self, at: Timestamp) -> MessageRef {
        MessageRef {
            message: self.message,
            contact: self.addressee.0,
            at,
        }
    }
}

fn moved(believed: &[Told<'_>]) -> Vec<(MessageId, Standing)> {
    let to = |told: &Told<'_>| match told.merged {
        Merged::Becomes(standing) => Some((told.message, standing)),
        Merged::Stays | Merged::Waits => None,
    };
    believed.iter().filter_map(to).collect()
}

/// Puts addresses on the list. Returns where somebody's wish to hear no more was news.
async fn follow_up<'b, 'w>(
    tx: &mut Tx,
    org: OrgId,
    believed: &'b [Told<'w>],
) -> Result<Vec<&'b Told<'w>>, DbError> {
    let mut entries = Vec::new();
    let mut counted = Vec::new();
    for told in believed {
        // A telephone number is no address; those who carry text messages keep it from being used.
        let Ok(address) = EmailAddress::parse(&told.addressee.1) else {
            continue;
        };
        for report in told.reports {
            match report.said.consequence() {
                ForAddress::Nothing => {}
                // Whoever tries a template out has not left anything.
                ForAddress::Suppress(SuppressionReason::Unsubscribed)
                    if told.source == MessageSource::Test => {}
                ForAddress::Suppress(reason) => entries.push(entry(&address, reason, told, report)),
                ForAddress::Count => {
                    let reason = SuppressionReason::SoftBounces;
                    counted.push(entry(&address, reason, told, report));
                }
            }
        }
    }
    if !counted.is_empty() {
        let addresses: Vec<&str> = counted.iter().map(|entry| entry.address.as_str()).collect();
        let exhausted = suppressions::exhausted(tx, org, &addresses).await?;
        entries.extend(
            counted
                .into_iter()
                .filter(|entry| exhausted.contains(&entry.address)),
        );
    }
    let added = suppress_addresses(tx, org, &entries).await?;
    let left: HashSet<&str> = added
        .iter()
        .filter(|(_, reason)| *reason == SuppressionReason::Unsubscribed)
        .map(|(address, _)| address.as_str())
        .collect();
    let wishes = believed.iter().filter(|told| {
        told.first(&[ReportKind::Unsubscribed]).is_some() && left.contains(told.addressee.1.as_str())
    });
    Ok(wishes.collect())
}

fn entry(
    address: &EmailAddress,
    reason: SuppressionReason,
    told: &Told<'_>,
    report: &Waiting,
) -> NewSuppression {
    NewSuppression {
        address: address.clone(),
        reason,
        note: (!report.detail.is_empty()).then(|| report.detail.clone()),
        message: Some(told.message),
        user: None,
    }
}

/// What the others are told: of each message each thing once, whoever says it again and whatever was
/// said before, so that what they count does not depend on the order either.
fn facts(
    believed: &[Told<'_>],
    resolved: &[MessageId],
    before: &HashMap<MessageId, Vec<String>>,
    now: Timestamp,
) -> Vec<DeliveryEvent> {
    let news = |told: &Told<'_>, kinds: &[ReportKind]| {
        let report = told.first(kinds).filter(|_| told.was_sent())?;
        let known = before.get(&told.message);
        let heard = kinds
            .iter()
            .any(|kind| known.is_some_and(|words| words.iter().any(|word| word == kind.as_str())));
        // Their clock may be ahead of ours.
        (!heard).then(|| told.reference(report.at.min(now)))
    };
    let sent = by_source(believed, |told| {
        resolved.contains(&told.message).then(|| told.reference(now))
    });
    let delivered = by_source(believed, |told| news(told, &[ReportKind::Delivered]));
    let complained = by_source(believed, |told| news(told, &[ReportKind::Complained]));
    let came_back = [ReportKind::Bounced, ReportKind::Failed];
    let bounced = by_source(believed, |told| {
        let message = news(told, &came_back)?;
        let class = told.first(&came_back)?.said.class?;
        let reason = class.as_str().to_owned();
        Some(MessageFailure { message, reason })
    });
    let sent = sent.map(|(source, messages)| DeliveryEvent::MessagesSent { source, messages });
    let delivered = delivered.map(|(source, messages)| DeliveryEvent::MessagesDelivered { source, messages });
    let bounced = bounced.map(|(source, messages)| DeliveryEvent::MessagesBounced { source, messages });
    let complained =
        complained.map(|(source, messages)| DeliveryEvent::MessagesComplained { source, messages });
    sent.chain(delivered).chain(bounced).chain(complained).collect()
}

fn left(believed: &[Told<'_>], wishes: &[&Told<'_>], now: Timestamp) -> Vec<DeliveryEvent> {
    let left = by_source(believed, |told| {
        let is_news = wishes.iter().any(|wish| wish.message == told.message);
        is_news.then(|| told.reference(now))
    });
    left.map(|(source, messages)| DeliveryEvent::ContactsUnsubscribed { source, messages })
        .collect()
}

/// Pieces for one event each: of one source, and not too many.
fn by_source<T: Clone>(
    believed: &[Told<'_>],
    item: impl Fn(&Told<'_>) -> Option<T>,
) -> impl Iterator<Item = (MessageSource, Vec<T>)> {
    let mut found: HashMap<MessageSource, Vec<T>> = HashMap::new();
    for told in believed {
        if let Some(item) = item(told) {
            found.entry(told.source).or_default().push(item);
        }
    }
    found.into_iter().flat_map(|(source, items)| {
        let pieces: Vec<Vec<T>> = items.chunks(MAX_ITEMS).map(<[T]>::to_vec).collect();
        pieces.into_iter().map(move |piece| (source, piece))
    })
}

fn withdrawal(told: &Told<'_>) -> Withdrawal {
    Withdrawal {
        contact: told.addressee.0,
        topic: None,
        channel: Channel::Email,
        source: "provider_report",
        message: Some(told.message),
        ip: String::new(),
    }
}

/// Tells the ledger of consent, which is another context's. Nothing is sent in any case: the address is
/// on the list.
async fn take_down(deps: &ReportDeps, org: OrgId, wishes: &[Withdrawal]) {
    if wishes.is_empty() {
        return;
    }
    if let Err(error) = deps.consents.withdraw(org, wishes).await {
        warn!(%error, org.id = %org, wishes = wishes.len(), "wishes to hear no more are on the suppression list only");
    }
}

async fn count(
    tx: &mut Tx,
    org: OrgId,
    sorted: &Sorted,
    ended: &[(i64, &'static str)],
    unknown: u64,
) -> Result<(), DbError> {
    metrics::counter!("mauntic_reports_unknown_total").increment(unknown);
    if ended.is_empty() {
        return Ok(());
    }
    let kinds = reports::provider_kinds(tx, org).await?;
    for (id, result) in ended {
        let Some((provider, kind)) = sorted.providers.get(id) else {
            continue;
        };
        let provider = match provider {
            None => "mailbox".to_owned(),
            // It was deleted.
            Some(id) => kinds.get(id).cloned().unwrap_or_else(|| "gone".to_owned()),
        };
        metrics::counter!(
            "mauntic_reports_total", "provider" => provider, "kind" => kind.as_str(), "result" => *result
        )
        .increment(1);
    }
    Ok(())
}
