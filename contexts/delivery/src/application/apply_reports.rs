//! What others say has become of messages, however it reached us.
//!
//! Reports come late, twice and in any order, also before we have written down ourselves that a message
//! was accepted. So they are stored first, each once; what they say is merged under a lock on the
//! message, by a rule that does not care about the order; and those whose message has no outcome yet
//! wait for it.
//!
//! A report is believed only if it is about the one who got the message. Whoever may sign reports of an
//! account could otherwise take anybody's address off everybody's lists.

mod facts;
mod follow_up;
mod harm;
mod told;

use std::sync::Arc;

use contracts::crm::consent::{Consents, Withdrawal};
use kernel::{MessageId, OrgId, ProviderId, Timestamp};
use platform::{Db, DbError, Tx};
use tracing::warn;

use self::{
    facts::{facts, left},
    follow_up::follow_up,
    told::{OTHER, Sorted, Told},
};
pub use crate::domain::report::ReportSource;
use crate::{
    domain::{
        report::{Merged, Said, Standing},
        webhook::EventKind,
    },
    infrastructure::pg::{
        report_writes,
        reports::{self, NewReport},
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
    let mut tries = Tries::default();
    let (applied, wishes) = loop {
        match apply_once(deps, org, given).await {
            Err(error) if tries.again(&error) => {}
            done => break done?,
        }
    };
    take_down(deps, org, &wishes).await;
    Ok(applied)
}

async fn apply_once(
    deps: &ReportDeps,
    org: OrgId,
    given: &[Report],
) -> Result<(Applied, Vec<Withdrawal>), DbError> {
    let mut tx = deps.db.system().await?;
    let done = apply_in(&mut tx, org, given).await?;
    tx.commit().await?;
    Ok(done)
}

/// The same within a transaction of the caller's. What people wish is returned, and to be taken down once
/// that is committed.
pub(super) async fn apply_in(
    tx: &mut Tx,
    org: OrgId,
    given: &[Report],
) -> Result<(Applied, Vec<Withdrawal>), DbError> {
    let rows: Vec<NewReport<'_>> = given.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Ok((Applied::default(), Vec::new()));
    }
    let new = reports::insert(tx, org, &rows).await?;
    let (applied, wishes) = settle(tx, org, &new).await?;
    let applied = Applied {
        new: new.len(),
        repeated: rows.len() - new.len(),
        ..applied
    };
    metrics::counter!("mauntic_reports_repeated_total").increment(applied.repeated as u64);
    Ok((applied, wishes))
}

/// Looks again at reports that wait. Returns how many there were.
pub async fn look_again(deps: &ReportDeps) -> Result<usize, DbError> {
    let mut tx = deps.db.system().await?;
    let due = reports::due(&mut tx, LOOKS).await?;
    tx.commit().await?;
    let mut looked = 0;
    for (org, ids) in due {
        let mut tries = Tries::default();
        let wishes = loop {
            match settle_once(deps, org, &ids).await {
                Err(error) if tries.again(&error) => {}
                done => break done?,
            }
        };
        take_down(deps, org, &wishes).await;
        looked += ids.len();
    }
    Ok(looked)
}

async fn settle_once(deps: &ReportDeps, org: OrgId, ids: &[i64]) -> Result<Vec<Withdrawal>, DbError> {
    let mut tx = deps.db.system().await?;
    let (_, wishes) = settle(&mut tx, org, ids).await?;
    tx.commit().await?;
    Ok(wishes)
}

/// Counts how often a transaction was done again. Engines lock the same messages in another order, and
/// may be in the way.
#[derive(Default)]
pub(super) struct Tries(usize);

impl Tries {
    pub(super) fn again(&mut self, error: &DbError) -> bool {
        self.0 += 1;
        self.0 < TRIES && error.meets_another()
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
    harm::count(tx, org, &facts, &believed).await?;
    count(tx, org, &sorted, &ended, unknown).await?;
    let applied = Applied {
        applied: believed.iter().map(|told| told.reports.len()).sum(),
        other_recipient: ended.iter().filter(|(_, result)| *result == OTHER).count(),
        ..Applied::default()
    };
    let wishes = wishes.iter().map(|told| withdrawal(told)).collect();
    Ok((applied, wishes))
}

fn moved(believed: &[Told<'_>]) -> Vec<(MessageId, Standing)> {
    let to = |told: &Told<'_>| match told.merged {
        Merged::Becomes(standing) => Some((told.message, standing)),
        Merged::Stays | Merged::Waits => None,
    };
    believed.iter().filter_map(to).collect()
}

fn withdrawal(told: &Told<'_>) -> Withdrawal {
    Withdrawal {
        contact: told.addressee.0,
        topic: None,
        channel: told.channel,
        source: "provider_report",
        message: Some(told.message),
        ip: String::new(),
    }
}

/// Tells the ledger of consent, which is another context's. Nothing is sent in any case: the address is
/// on the list.
pub(super) async fn take_down(deps: &ReportDeps, org: OrgId, wishes: &[Withdrawal]) {
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
