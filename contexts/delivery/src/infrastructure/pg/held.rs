//! Decisions about held messages. Each statement begins with the state: a message that somebody else
//! has decided about meanwhile is left alone.

use contracts::{crm::consent::Channel, delivery::MessageSource};
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::batches;
use crate::domain::held::HeldDecision;

/// A message that a decision reached.
#[derive(Clone, Copy, Debug)]
pub struct Decided {
    pub id: MessageId,
    /// `None` when the person was erased.
    pub contact: Option<ContactId>,
    pub source: MessageSource,
    pub channel: Channel,
}

type Row = (Uuid, Option<Uuid>, String, Option<Uuid>, String);

/// Puts held messages back into the queue: those of batches that still send. No engine holds the
/// rows, and fences are never used twice, so whoever held the messages before can write nothing.
pub async fn send_again(tx: &mut Tx, org: OrgId, messages: &[MessageId]) -> Result<Vec<Decided>, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let now = tx.now();
    // First of all, and locked until the end: a batch that is just found to be empty must not come
    // to rest while messages are added to it, nor be cancelled.
    sqlx::query(
        r#"
        UPDATE delivery.batches SET live = true
        WHERE org_id = $1
          AND id IN (SELECT batch_id FROM delivery.messages WHERE org_id = $1 AND id = ANY($2) AND state = 'held')
          AND state <> 'cancelled'
          AND expires_at > $3
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        WITH decided AS (
            UPDATE delivery.messages m
            SET state = 'queued', reason = NULL, state_at = $3
            FROM delivery.batches b, delivery.recipients r
            WHERE m.org_id = $1
              AND m.id = ANY($2)
              AND m.state = 'held'
              AND b.org_id = $1 AND b.id = m.batch_id
              AND b.state <> 'cancelled'
              AND b.expires_at > $3
              AND r.org_id = $1 AND r.message_id = m.id
            RETURNING m.id, m.batch_id, r.contact_id, b.source_kind, b.source_id, b.channel
        ), tried AS (
            SELECT d.*, coalesce((
                SELECT max(a.number) FROM delivery.attempts a
                WHERE a.org_id = $1 AND a.message_id = d.id), 0) AS attempts
            FROM decided d
        ), queued AS (
            INSERT INTO delivery.queue (org_id, batch_id, message_id, due_at, attempts)
            SELECT $1, batch_id, id, $3, attempts FROM tried
        ), resolved AS (
            UPDATE delivery.attempts a SET resolution = $4
            FROM tried
            WHERE a.org_id = $1 AND a.message_id = tried.id AND a.number = tried.attempts
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, held)
            SELECT $1, batch_id, $3, -count(*) FROM decided GROUP BY batch_id
        )
        SELECT id, contact_id, source_kind, source_id, channel FROM decided
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(now.to_sqlx())
    .bind(HeldDecision::SendAgain.resolution())
    .fetch_all(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    decided(rows)
}

/// Ends held messages: as sent, or as never to be sent.
pub async fn settle(
    tx: &mut Tx,
    org: OrgId,
    messages: &[MessageId],
    decision: HeldDecision,
) -> Result<Vec<Decided>, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let now = tx.now();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        WITH decided AS (
            UPDATE delivery.messages
            SET state = $4, reason = $5, state_at = $3
            WHERE org_id = $1 AND id = ANY($2) AND state = 'held'
            RETURNING id, batch_id
        ), resolved AS (
            UPDATE delivery.attempts a SET resolution = $6
            FROM (
                SELECT d.id, max(n.number) AS number
                FROM decided d
                JOIN delivery.attempts n ON n.org_id = $1 AND n.message_id = d.id
                GROUP BY d.id
            ) last
            WHERE a.org_id = $1 AND a.message_id = last.id AND a.number = last.number
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, held, accepted, cancelled)
            SELECT $1, batch_id, $3, -count(*),
                   CASE $4 WHEN 'accepted' THEN count(*) ELSE 0 END,
                   CASE $4 WHEN 'cancelled' THEN count(*) ELSE 0 END
            FROM decided
            GROUP BY batch_id
        )
        SELECT d.id, r.contact_id, b.source_kind, b.source_id, b.channel
        FROM decided d
        JOIN delivery.batches b ON b.org_id = $1 AND b.id = d.batch_id
        LEFT JOIN delivery.recipients r ON r.org_id = $1 AND r.message_id = d.id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(now.to_sqlx())
    .bind(decision.state().as_str())
    .bind(decision.reason())
    .bind(decision.resolution())
    .fetch_all(tx.conn())
    .await?;
    decided(rows)
}

fn decided(rows: Vec<Row>) -> Result<Vec<Decided>, DbError> {
    rows.into_iter()
        .map(|(id, contact, kind, source, channel)| {
            let source = batches::source(&kind, source).ok_or(DbError::InconsistentRow {
                table: "delivery.batches",
                column: "source_kind",
                id: id.to_string(),
            })?;
            Ok(Decided {
                id: id.into(),
                contact: contact.map(ContactId::from_uuid),
                source,
                channel: Channel::parse(&channel).ok_or(DbError::InconsistentRow {
                    table: "delivery.batches",
                    column: "channel",
                    id: id.to_string(),
                })?,
            })
        })
        .collect()
}
