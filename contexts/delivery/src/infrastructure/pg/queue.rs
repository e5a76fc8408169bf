//! The queue: claims, attempts that are about to begin, messages handed back.

use contracts::{
    crm::{ContactSnapshot, consent::Channel},
    delivery::{Address, MessageExtras, Stream},
};
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, ContactId, EmailAddress, MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{batches::stream_word, look_up_by_key};

/// Whose claim it is: engine, and the number under which it holds the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub engine: i64,
    pub fence: i64,
}

/// A claimed message with all that it is made from.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: MessageId,
    pub to: Address,
    pub contact: ContactSnapshot,
    /// What it has beside the template.
    pub extras: Option<Box<MessageExtras>>,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// Attempts so far.
    pub attempts: i16,
    /// Attempts so far after which it was told to wait.
    pub deferrals: i16,
    /// Claims so far, this one among them, that ended neither in an outcome nor by being handed back.
    pub crashes: i16,
}

/// What is claimed, for whom, and how much of it at most.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    pub org: OrgId,
    pub batch: BatchId,
    /// The batch's channel.
    pub channel: Channel,
    /// Only messages behind this one: those before it were claimed a moment ago, and looking at
    /// them again would cost more with each claim.
    pub after: Option<MessageId>,
    pub limit: usize,
    /// How often they were held by engines when these crashed.
    pub suspicion: Suspicion,
}

/// How far a message is suspected of killing engines. Whoever was only beside the one that does is
/// suspected as well, until it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// Not at all.
    None,
    /// They are sent one at a time by each lane.
    Some,
    /// They are sent alone: while nothing else is under way, so that the next death is their own.
    Grave,
}

impl Suspicion {
    /// From so many crashes on, and up to which.
    const fn crashes(self) -> (i16, i16) {
        match self {
            Suspicion::None => (0, SUSPECT),
            Suspicion::Some => (SUSPECT, GRAVE),
            Suspicion::Grave => (GRAVE, i16::MAX),
        }
    }
}

/// From so many crashes on a message is a suspect.
pub const SUSPECT: i16 = 2;
/// From so many on it is sent alone.
const GRAVE: i16 = 4;

#[derive(sqlx::FromRow)]
struct ClaimedRow {
    message_id: Uuid,
    address: String,
    contact: String,
    extras: Option<String>,
    created_at: jiff_sqlx::Timestamp,
    attempts: i16,
    deferrals: i16,
    crashes: i16,
    fence: i64,
}

/// Takes messages that are due, in the order in which they were taken in. Only while the engine
/// holds its lease and the batch is running.
pub async fn claim(
    tx: &mut Tx,
    engine: i64,
    want: Want,
    now: Timestamp,
) -> Result<(Claim, Vec<Claimed>), DbError> {
    look_up_by_key(tx).await?;
    let rows: Vec<ClaimedRow> = sqlx::query_as(
        r#"
        WITH number AS MATERIALIZED (
            SELECT nextval('delivery.fences') AS fence
        ), due AS MATERIALIZED (
            SELECT ctid AS place
            FROM delivery.queue
            WHERE org_id = $1
              AND batch_id = $2
              AND message_id > $3
              AND state IN ('queued', 'deferred')
              AND due_at <= $4
              AND crashes >= $7 AND crashes < $8
              AND EXISTS (SELECT 1 FROM delivery.engines WHERE id = $6 AND lease_until > now())
              AND EXISTS (SELECT 1 FROM delivery.batches WHERE org_id = $1 AND id = $2 AND state = 'running')
            ORDER BY message_id
            LIMIT $5
            FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE delivery.queue q
            SET state = 'claimed', engine_id = $6, fence = number.fence, crashes = q.crashes + 1
            FROM number
            -- They are locked, so that they stay where they are.
            WHERE q.ctid = ANY(ARRAY(SELECT place FROM due))
            RETURNING q.message_id, q.attempts, q.deferrals, q.crashes, q.fence
        )
        SELECT c.message_id, c.attempts, c.deferrals, c.crashes, c.fence,
               r.address, r.contact, r.extras, r.created_at
        FROM claimed c
        -- One look by key for each row. As a join the planner would rather merge, reading everybody
        -- who ever got a mail of the organisation's for every claim.
        CROSS JOIN LATERAL (
            SELECT address, contact::text AS contact, extras::text AS extras, created_at
            FROM delivery.recipients
            WHERE org_id = $1 AND message_id = c.message_id
            OFFSET 0
        ) r
        ORDER BY c.message_id
        "#,
    )
    .bind(want.org.uuid())
    .bind(want.batch.uuid())
    .bind(want.after.map_or(Uuid::nil(), MessageId::uuid))
    .bind(now.to_sqlx())
    .bind(i64::try_from(want.limit).unwrap_or(i64::MAX))
    .bind(engine)
    .bind(want.suspicion.crashes().0)
    .bind(want.suspicion.crashes().1)
    .fetch_all(tx.conn())
    .await?;
    let fence = rows.first().map_or(0, |row| row.fence);
    let claimed = rows
        .into_iter()
        .map(|row| row.claimed(want.channel))
        .collect::<Result<_, _>>()?;
    Ok((Claim { engine, fence }, claimed))
}

impl ClaimedRow {
    fn claimed(self, channel: Channel) -> Result<Claimed, DbError> {
        let row = self;
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.recipients",
            column,
            id: row.message_id.to_string(),
        };
        Ok(Claimed {
            id: row.message_id.into(),
            to: Address::on(channel, &row.address).ok_or_else(|| odd("address"))?,
            contact: serde_json::from_str(&row.contact).map_err(|_| odd("contact"))?,
            extras: row
                .extras
                .as_deref()
                .map(serde_json::from_str)
                .transpose()
                .map_err(|_| odd("extras"))?,
            created_at: row.created_at.to_jiff(),
            attempts: row.attempts,
            deferrals: row.deferrals,
            crashes: row.crashes,
        })
    }
}

/// A message whose attempt has been written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    pub id: MessageId,
    /// Which attempt it is.
    pub number: i16,
}

/// A message that is about to be sent, and to whom.
#[derive(Clone, Debug)]
pub struct Addressed<'a> {
    pub id: MessageId,
    pub address: &'a str,
    /// What stands in place of the address once its owner was erased.
    pub pseudonym: EmailAddress,
}

/// Where an attempt goes to, and under which promise.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub org: OrgId,
    pub batch: BatchId,
    pub stream: Stream,
    pub claim: Claim,
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
}

/// Writes down that these messages are about to be sent, leaving out those that are no longer ours
/// and those whose address has been suppressed meanwhile. Nothing may be sent before the
/// transaction is committed.
pub async fn begin_attempts(
    tx: &mut Tx,
    attempt: &Attempt,
    messages: &[Addressed<'_>],
) -> Result<Vec<Begun>, DbError> {
    let ids: Vec<_> = messages.iter().map(|m| m.id.uuid()).collect();
    let addresses: Vec<_> = messages.iter().map(|m| m.address).collect();
    let pseudonyms: Vec<_> = messages.iter().map(|m| m.pseudonym.as_str()).collect();
    let now = tx.now();
    look_up_by_key(tx).await?;
    let begun: Vec<(Uuid, i16)> = sqlx::query_as(
        r#"
        WITH found AS MATERIALIZED (
            SELECT q.place
            FROM UNNEST($3::uuid[], $4::text[], $10::text[]) AS m (id, address, pseudonym)
            -- By key, as when they are claimed.
            CROSS JOIN LATERAL (
                SELECT ctid AS place FROM delivery.queue
                WHERE org_id = $1 AND batch_id = $2 AND message_id = m.id
                OFFSET 0
            ) q
            WHERE NOT EXISTS (
                  SELECT 1 FROM delivery.suppressions s
                  WHERE s.org_id = $1
                    -- The second is what stays of an address whose owner was erased.
                    AND s.address IN (m.address, m.pseudonym)
                    -- Having unsubscribed does not stop receipts.
                    AND (s.reason <> 'unsubscribed' OR $7 = 'marketing'))
        ), begun AS (
            UPDATE delivery.queue q
            SET state = 'sending', attempts = q.attempts + 1
            -- Who takes one over meanwhile changes its fence, and then it is no longer meant.
            WHERE q.ctid = ANY(ARRAY(SELECT place FROM found))
              AND q.state = 'claimed'
              AND q.engine_id = $5
              AND q.fence = $6
              AND EXISTS (SELECT 1 FROM delivery.engines WHERE id = $5 AND lease_until > now())
            RETURNING q.message_id, q.attempts
        ), written AS (
            INSERT INTO delivery.attempts (org_id, message_id, number, provider_id, started_at)
            SELECT $1, message_id, attempts, $8, $9 FROM begun
        )
        SELECT message_id, attempts FROM begun
        "#,
    )
    .bind(attempt.org.uuid())
    .bind(attempt.batch.uuid())
    .bind(&ids)
    .bind(&addresses)
    .bind(attempt.claim.engine)
    .bind(attempt.claim.fence)
    .bind(stream_word(attempt.stream))
    .bind(attempt.provider.map(ProviderId::uuid))
    .bind(now.to_sqlx())
    .bind(&pseudonyms)
    .fetch_all(tx.conn())
    .await?;
    Ok(begun
        .into_iter()
        .map(|(id, number)| Begun {
            id: id.into(),
            number,
        })
        .collect())
}

/// Which of these claimed messages are still ours; locked until the transaction ends.
pub async fn still_ours(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    messages: &[MessageId],
) -> Result<Vec<(MessageId, ContactId)>, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        SELECT q.message_id, r.contact_id
        FROM delivery.queue q
        JOIN delivery.recipients r ON r.org_id = q.org_id AND r.message_id = q.message_id
        WHERE q.org_id = $1
          AND q.batch_id = $2
          AND q.message_id = ANY($3)
          AND q.state = 'claimed'
          AND q.engine_id = $4
          AND q.fence = $5
        FOR UPDATE OF q
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(claim.engine)
    .bind(claim.fence)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, contact)| (id.into(), contact.into()))
        .collect())
}

/// Gives claimed messages back untouched.
pub async fn hand_back(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    messages: &[MessageId],
) -> Result<u64, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let done = sqlx::query(
        r#"
        UPDATE delivery.queue
        SET state = 'queued', engine_id = NULL, crashes = crashes - 1
        WHERE org_id = $1
          AND batch_id = $2
          AND message_id = ANY($3)
          AND state = 'claimed'
          AND engine_id = $4
          AND fence = $5
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(claim.engine)
    .bind(claim.fence)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Gives claimed messages back untouched, to be looked at again at that time.
pub async fn postpone(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    messages: &[MessageId],
    due_at: Timestamp,
) -> Result<(), DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        r#"
        UPDATE delivery.queue
        SET state = 'queued', engine_id = NULL, crashes = crashes - 1, due_at = $6
        WHERE org_id = $1
          AND batch_id = $2
          AND message_id = ANY($3)
          AND state = 'claimed'
          AND engine_id = $4
          AND fence = $5
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(claim.engine)
    .bind(claim.fence)
    .bind(due_at.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes due what was put off for a limit, since the limits have changed. What a server put off waits as
/// `deferred`, and goes on waiting.
pub async fn recall_postponed(tx: &mut Tx, org: OrgId) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        "UPDATE delivery.queue SET due_at = $2 WHERE org_id = $1 AND state = 'queued' AND due_at > $2",
    )
    .bind(org.uuid())
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(())
}

/// How many messages of a batch wait for a later time; more than ten thousand are not counted.
pub async fn put_off(tx: &mut Tx, org: OrgId, batch: BatchId) -> Result<i64, DbError> {
    let now = tx.now();
    Ok(sqlx::query_scalar(
        r#"
        SELECT count(*) FROM (
            SELECT 1 FROM delivery.queue
            WHERE org_id = $1 AND batch_id = $2 AND state IN ('queued', 'deferred') AND due_at > $3
            LIMIT 10000
        ) AS waiting
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(now.to_sqlx())
    .fetch_one(tx.conn())
    .await?)
}

/// When the next waiting message of a batch is due; `None` when none waits.
pub async fn next_due(tx: &mut Tx, org: OrgId, batch: BatchId) -> Result<Option<Timestamp>, DbError> {
    let due: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
        r#"
        SELECT min(due_at) FROM delivery.queue
        WHERE org_id = $1 AND batch_id = $2 AND state IN ('queued', 'deferred')
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .fetch_one(tx.conn())
    .await?;
    Ok(due.map(|at| at.to_jiff()))
}
