//! What is known after a scenario: the rows, the ledger, the log, and what the program itself says.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use anyhow::Context;
use kernel::MessageId;
use sqlx::PgConnection;
use uuid::Uuid;

/// A message of a campaign.
#[derive(Clone, Debug)]
pub struct Message {
    pub id: Uuid,
    pub address: String,
    pub state: String,
    pub reason: Option<String>,
}

/// A try to hand one over. Times are microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub message: Uuid,
    pub number: i16,
    pub started_at: i64,
    pub outcome: Option<String>,
    pub resolution: Option<String>,
    pub phase: Option<String>,
}

/// A line of the ledger: somebody took a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub message: Uuid,
    pub recipient: String,
    /// Microseconds since 1970.
    pub at: i64,
    pub phase: String,
}

/// What the scenario knows, and what the program says of itself.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// Everybody who was to get one.
    pub audience: usize,
    /// Processes that were killed, or lost their lease.
    pub kills: usize,
    /// Messages that one process may have on the wire.
    pub window: usize,
    /// Addresses whose suppression the API had confirmed, and when.
    pub suppressed: Vec<(String, i64)>,
    /// Messages per second that the account may take.
    pub cap: Option<usize>,
    /// The figures of the campaign's report.
    pub progress: BTreeMap<String, i64>,
    /// What must not stand in any log.
    pub secrets: Vec<String>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Evidence {
    pub messages: Vec<Message>,
    pub attempts: Vec<Attempt>,
    /// Rows in the queue.
    pub queued: i64,
    /// The sums of the tallies, as far as messages are settled.
    pub tallied: i64,
    pub ledger: Vec<Taken>,
    pub log: String,
    pub account: Account,
}

impl Evidence {
    /// Reads it. The connection is of somebody whom no policy holds back.
    pub async fn read(
        owner: &mut PgConnection,
        ledger: &Path,
        log: &Path,
        account: Account,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            messages: messages(owner).await?,
            attempts: attempts(owner).await?,
            queued: sqlx::query_scalar("SELECT count(*) FROM delivery.queue")
                .fetch_one(&mut *owner)
                .await?,
            tallied: sqlx::query_scalar(
                r#"
                SELECT coalesce(sum(t.accepted + t.suppressed + t.failed + t.held + t.expired + t.cancelled), 0)::bigint
                FROM delivery.batch_tallies t
                JOIN delivery.batches b ON b.org_id = t.org_id AND b.id = t.batch_id
                WHERE b.source_kind = 'campaign'
                "#,
            )
            .fetch_one(&mut *owner)
            .await?,
            ledger: read_ledger(ledger)?,
            log: std::fs::read_to_string(log).unwrap_or_default(),
            account,
        })
    }

    /// Lines of the ledger by message.
    pub fn copies(&self) -> HashMap<Uuid, usize> {
        let mut copies = HashMap::new();
        for line in &self.ledger {
            *copies.entry(line.message).or_default() += 1;
        }
        copies
    }

    /// Messages in a state.
    pub fn count(&self, state: &str) -> usize {
        self.messages.iter().filter(|m| m.state == state).count()
    }

    /// Attempts with an outcome.
    pub fn attempts_that(&self, outcome: &str) -> usize {
        let that = |attempt: &&Attempt| attempt.outcome.as_deref() == Some(outcome);
        self.attempts.iter().filter(that).count()
    }

    /// Lines of the ledger beyond the first of each message.
    pub fn doubles(&self) -> usize {
        self.copies().values().map(|lines| lines - 1).sum()
    }

    /// What there is of a recipient's message.
    pub fn of(&self, address: &str) -> anyhow::Result<(&Message, Vec<&Attempt>, usize)> {
        let message = self.messages.iter().find(|message| message.address == address);
        let message = message.with_context(|| format!("{address} has no message"))?;
        let attempts = self.attempts.iter().filter(|a| a.message == message.id).collect();
        let lines = self.ledger.iter().filter(|line| line.message == message.id);
        Ok((message, attempts, lines.count()))
    }

    /// In short.
    pub fn figures(&self) -> String {
        format!(
            "{} messages: {} accepted, {} held, {} other; ledger {} lines, {} doubles; {} unknown outcomes",
            self.messages.len(),
            self.count("accepted"),
            self.count("held"),
            self.messages.len() - self.count("accepted") - self.count("held"),
            self.ledger.len(),
            self.doubles(),
            self.attempts_that("unknown"),
        )
    }
}

async fn messages(owner: &mut PgConnection) -> anyhow::Result<Vec<Message>> {
    let rows: Vec<(Uuid, String, String, Option<String>)> = sqlx::query_as(
        r#"
        SELECT m.id, r.address, m.state, m.reason
        FROM delivery.messages m
        JOIN delivery.batches b ON b.org_id = m.org_id AND b.id = m.batch_id
        JOIN delivery.recipients r ON r.org_id = m.org_id AND r.message_id = m.id
        WHERE b.source_kind = 'campaign'
        ORDER BY m.id
        "#,
    )
    .fetch_all(owner)
    .await?;
    let message = |(id, address, state, reason)| Message {
        id,
        address,
        state,
        reason,
    };
    Ok(rows.into_iter().map(message).collect())
}

type AttemptRow = (Uuid, i16, i64, Option<String>, Option<String>, Option<String>);

async fn attempts(owner: &mut PgConnection) -> anyhow::Result<Vec<Attempt>> {
    let rows: Vec<AttemptRow> = sqlx::query_as(
        r#"
        SELECT message_id, number, (extract(epoch FROM started_at) * 1000000)::bigint, outcome, resolution, phase
        FROM delivery.attempts
        ORDER BY message_id, number
        "#,
    )
    .fetch_all(owner)
    .await?;
    let attempt = |(message, number, started_at, outcome, resolution, phase)| Attempt {
        message,
        number,
        started_at,
        outcome,
        resolution,
        phase,
    };
    Ok(rows.into_iter().map(attempt).collect())
}

/// A ledger that nobody has written to yet is empty.
pub fn read_ledger(path: &Path) -> anyhow::Result<Vec<Taken>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .map(|line| taken(line).with_context(|| format!("no line of a ledger: {line}")))
        .collect()
}

/// `<id@domain>` of SMTP, or the bare id of an API; recipient; microseconds; what the sender saw.
fn taken(line: &str) -> Option<Taken> {
    let mut fields = line.split('\t');
    let id = fields.next()?.trim_matches(['<', '>']).split('@').next()?;
    Some(Taken {
        message: id.parse::<MessageId>().ok()?.uuid(),
        recipient: fields.next()?.to_owned(),
        at: fields.next()?.parse().ok()?,
        phase: fields.next()?.to_owned(),
    })
}
