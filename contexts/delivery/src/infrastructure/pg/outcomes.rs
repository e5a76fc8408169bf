//! What became of attempts. Every statement names the fence: whoever lost a row writes nothing.

use jiff_sqlx::ToSqlx;
use kernel::{BatchId, ContactId, MessageId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{look_up_by_key, queue::Claim};
use crate::domain::{answer::Phase, http_answer::queued_as, message_state::MessageState, outcome::Class};

/// How an attempt ended, as it is kept.
#[derive(Clone, Debug)]
pub struct AttemptRecord {
    pub number: i16,
    /// `accepted`, `deferred`, `rejected`, `not_sent`, `unknown`.
    pub outcome: &'static str,
    pub class: Class,
    pub phase: Option<Phase>,
    pub code: Option<i16>,
    pub enhanced_code: Option<String>,
    pub reply: String,
    /// By which rule an unknown outcome was resolved.
    pub resolution: Option<&'static str>,
}

/// Where a message goes after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Out of the queue.
    Settled {
        state: MessageState,
        reason: Option<&'static str>,
    },
    /// Back into it.
    Requeued { state: MessageState, due_at: Timestamp },
}

/// The end of one attempt.
#[derive(Clone, Debug)]
pub struct AttemptEnd {
    pub id: MessageId,
    pub record: AttemptRecord,
    pub next: Next,
}

/// A message that left the queue.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    pub id: MessageId,
    pub contact: ContactId,
}

/// Writes the ends of attempts of one batch. Returns which messages were still ours.
pub async fn write(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    ends: &[AttemptEnd],
) -> Result<Vec<MessageId>, DbError> {
    look_up_by_key(tx).await?;
    let mut written = settle_attempts(tx, org, batch, claim, ends).await?;
    written.extend(requeue_attempts(tx, org, batch, claim, ends).await?);
    Ok(written)
}

/// The columns of an attempt, as arrays.
#[derive(Default)]
struct Columns {
    ids: Vec<Uuid>,
    numbers: Vec<i16>,
    outcomes: Vec<&'static str>,
    classes: Vec<&'static str>,
    phases: Vec<Option<&'static str>>,
    codes: Vec<Option<i16>>,
    enhanced: Vec<Option<String>>,
    replies: Vec<String>,
    provider_ids: Vec<Option<String>>,
    resolutions: Vec<Option<&'static str>>,
    states: Vec<&'static str>,
    reasons: Vec<Option<&'static str>>,
    due: Vec<Option<jiff_sqlx::Timestamp>>,
}

impl Columns {
    fn push(&mut self, end: &AttemptEnd) {
        let record = &end.record;
        self.ids.push(end.id.uuid());
        self.numbers.push(record.number);
        self.outcomes.push(record.outcome);
        self.classes.push(record.class.as_str());
        self.phases.push(record.phase.map(Phase::as_str));
        self.codes.push(record.code);
        self.enhanced.push(record.enhanced_code.clone());
        self.replies.push(record.reply.clone());
        let taken = record.outcome == "accepted";
        let id = taken.then(|| queued_as(&record.reply)).flatten();
        self.provider_ids.push(id.map(str::to_owned));
        self.resolutions.push(record.resolution);
        let (state, reason, due) = match end.next {
            Next::Settled { state, reason } => (state, reason, None),
            Next::Requeued { state, due_at } => (state, None, Some(due_at.to_sqlx())),
        };
        self.states.push(state.as_str());
        self.reasons.push(reason);
        self.due.push(due);
    }

    fn of<'e>(ends: impl Iterator<Item = &'e AttemptEnd>) -> Self {
        let mut columns = Self::default();
        ends.for_each(|end| columns.push(end));
        columns
    }
}

async fn settle_attempts(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    ends: &[AttemptEnd],
) -> Result<Vec<MessageId>, DbError> {
    let c = Columns::of(ends.iter().filter(|end| matches!(end.next, Next::Settled { .. })));
    if c.ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let ids: Vec<Uuid> = sqlx::query_scalar(
        r#"
        WITH ended AS (
            SELECT * FROM UNNEST(
                $5::uuid[], $6::smallint[], $7::text[], $8::text[], $9::text[], $10::smallint[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $17::text[])
                AS t (id, number, outcome, class, phase, code, enhanced_code, reply, resolution, state, reason,
                      provider_message_id)
        ), found AS MATERIALIZED (
            SELECT ended.*, q.place, a.place AS attempt, m.place AS message
            FROM ended
            -- By key, as when they are claimed; what changes them goes to the places that were found. Joined
            -- to the tables, PostgreSQL would rather read all that there is of the organisation, as long
            -- as it does not know how much that is.
            CROSS JOIN LATERAL (
                SELECT ctid AS place FROM delivery.queue
                WHERE org_id = $1 AND batch_id = $2 AND message_id = ended.id
                OFFSET 0
            ) q
            LEFT JOIN LATERAL (
                SELECT ctid AS place FROM delivery.attempts
                WHERE org_id = $1 AND message_id = ended.id AND number = ended.number
                OFFSET 0
            ) a ON true
            CROSS JOIN LATERAL (
                SELECT ctid AS place FROM delivery.messages
                WHERE org_id = $1 AND id = ended.id
                OFFSET 0
            ) m
        ), deleted AS (
            DELETE FROM delivery.queue q
            WHERE q.ctid = ANY(ARRAY(SELECT place FROM found))
              AND q.state = 'sending'
              AND q.engine_id = $3
              AND q.fence = $4
            RETURNING q.message_id
        ), gone AS MATERIALIZED (
            SELECT found.* FROM found JOIN deleted ON deleted.message_id = found.id
        ), attempted AS (
            UPDATE delivery.attempts a
            SET finished_at = $16, outcome = gone.outcome, class = gone.class, phase = gone.phase,
                code = gone.code, enhanced_code = gone.enhanced_code, reply = gone.reply,
                resolution = gone.resolution, provider_message_id = gone.provider_message_id
            FROM gone
            -- Partitions have the same places, so it says which one is meant as well.
            WHERE a.ctid = gone.attempt
              AND a.message_id = gone.id
              AND a.number = gone.number
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, accepted, suppressed, failed, held)
            SELECT $1, $2, $16,
                   count(*) FILTER (WHERE state = 'accepted'),
                   count(*) FILTER (WHERE state = 'suppressed'),
                   count(*) FILTER (WHERE state = 'failed'),
                   count(*) FILTER (WHERE state = 'held')
            FROM gone
            HAVING count(*) > 0
        )
        UPDATE delivery.messages m
        SET state = gone.state, reason = gone.reason, state_at = $16
        FROM gone
        WHERE m.ctid = gone.message AND m.id = gone.id
        RETURNING m.id
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(claim.engine)
    .bind(claim.fence)
    .bind(&c.ids)
    .bind(&c.numbers)
    .bind(&c.outcomes)
    .bind(&c.classes)
    .bind(&c.phases)
    .bind(&c.codes)
    .bind(&c.enhanced)
    .bind(&c.replies)
    .bind(&c.resolutions)
    .bind(&c.states)
    .bind(&c.reasons)
    .bind(now.to_sqlx())
    .bind(&c.provider_ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(MessageId::from_uuid).collect())
}

async fn requeue_attempts(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    claim: Claim,
    ends: &[AttemptEnd],
) -> Result<Vec<MessageId>, DbError> {
    let c = Columns::of(
        ends.iter()
            .filter(|end| matches!(end.next, Next::Requeued { .. })),
    );
    if c.ids.is_empty() {
        return Ok(Vec::new());
    }
    let now = tx.now();
    let ids: Vec<Uuid> = sqlx::query_scalar(
        r#"
        WITH ended AS (
            SELECT * FROM UNNEST(
                $5::uuid[], $6::smallint[], $7::text[], $8::text[], $9::text[], $10::smallint[],
                $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[])
                AS t (id, number, outcome, class, phase, code, enhanced_code, reply, resolution, state, due_at)
        ), back AS (
            UPDATE delivery.queue q
            SET state = ended.state, due_at = ended.due_at, engine_id = NULL, crashes = 0,
                deferrals = q.deferrals + (ended.state = 'deferred')::int
            FROM ended
            WHERE q.org_id = $1
              AND q.batch_id = $2
              AND q.message_id = ended.id
              AND q.state = 'sending'
              AND q.engine_id = $3
              AND q.fence = $4
            RETURNING ended.*
        )
        UPDATE delivery.attempts a
        SET finished_at = $16, outcome = back.outcome, class = back.class, phase = back.phase,
            code = back.code, enhanced_code = back.enhanced_code, reply = back.reply,
            resolution = back.resolution
        FROM back
        WHERE a.org_id = $1 AND a.message_id = back.id AND a.number = back.number
        RETURNING a.message_id
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(claim.engine)
    .bind(claim.fence)
    .bind(&c.ids)
    .bind(&c.numbers)
    .bind(&c.outcomes)
    .bind(&c.classes)
    .bind(&c.phases)
    .bind(&c.codes)
    .bind(&c.enhanced)
    .bind(&c.replies)
    .bind(&c.resolutions)
    .bind(&c.states)
    .bind(&c.due)
    .bind(now.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(MessageId::from_uuid).collect())
}

/// Settles messages without an attempt: those given, which the caller holds.
pub async fn settle_unsent(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    messages: &[MessageId],
    state: MessageState,
    reason: &str,
) -> Result<(), DbError> {
    if messages.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let now = tx.now();
    sqlx::query(
        r#"
        WITH gone AS (
            DELETE FROM delivery.queue
            WHERE org_id = $1 AND batch_id = $2 AND message_id = ANY($3)
            RETURNING message_id
        ), counted AS (
            INSERT INTO delivery.batch_tallies
                (org_id, batch_id, at, suppressed, failed, held, expired, cancelled)
            SELECT $1, $2, $6,
                   CASE $4 WHEN 'suppressed' THEN count(*) ELSE 0 END,
                   CASE $4 WHEN 'failed' THEN count(*) ELSE 0 END,
                   CASE $4 WHEN 'held' THEN count(*) ELSE 0 END,
                   CASE $4 WHEN 'expired' THEN count(*) ELSE 0 END,
                   CASE $4 WHEN 'cancelled' THEN count(*) ELSE 0 END
            FROM gone
            HAVING count(*) > 0
        )
        UPDATE delivery.messages m
        SET state = $4, reason = $5, state_at = $6
        FROM gone
        WHERE m.org_id = $1 AND m.id = gone.message_id
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(state.as_str())
    .bind(reason)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Messages of a batch that wait in the queue, locked until the transaction ends.
pub async fn waiting(tx: &mut Tx, org: OrgId, batch: BatchId, limit: i64) -> Result<Vec<Settled>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        WITH waiting AS MATERIALIZED (
            SELECT message_id
            FROM delivery.queue
            WHERE org_id = $1 AND batch_id = $2 AND state IN ('queued', 'deferred')
            ORDER BY message_id
            LIMIT $3
            FOR UPDATE SKIP LOCKED
        )
        SELECT w.message_id, r.contact_id
        FROM waiting w
        -- By key, as when they are claimed.
        CROSS JOIN LATERAL (
            SELECT contact_id FROM delivery.recipients WHERE org_id = $1 AND message_id = w.message_id OFFSET 0
        ) r
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, contact)| Settled {
            id: id.into(),
            contact: contact.into(),
        })
        .collect())
}
