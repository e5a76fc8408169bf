//! What an engine left behind when it died.

use contracts::delivery::{MessageSource, Stream};
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, ContactId, MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::batches;
use crate::domain::provider::ProviderKind;

/// A message that was being sent when its engine died: the outcome is unknown.
#[derive(Clone, Debug)]
pub struct InDoubt {
    pub org: OrgId,
    pub batch: BatchId,
    pub source: MessageSource,
    pub stream: Stream,
    pub id: MessageId,
    pub contact: ContactId,
    pub number: i16,
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
    /// Of which kind it is, if it is still there.
    pub kind: Option<ProviderKind>,
}

/// Puts back what the engine had only claimed: no byte of it has left.
pub async fn requeue_claimed(tx: &mut Tx, engine: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.queue
        SET state = 'queued', engine_id = NULL
        WHERE engine_id = $1 AND state = 'claimed'
        "#,
    )
    .bind(engine)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    batch_id: Uuid,
    message_id: Uuid,
    attempts: i16,
    source_kind: String,
    source_id: Option<Uuid>,
    stream: String,
    contact_id: Uuid,
    provider_id: Option<Uuid>,
    provider_kind: Option<String>,
}

/// What the engine was sending; locked until the transaction ends.
pub async fn in_doubt(tx: &mut Tx, engine: i64) -> Result<Vec<InDoubt>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT q.org_id, q.batch_id, q.message_id, q.attempts, b.source_kind, b.source_id, b.stream,
               r.contact_id, a.provider_id, p.kind AS provider_kind
        FROM delivery.queue q
        JOIN delivery.batches b ON b.org_id = q.org_id AND b.id = q.batch_id
        JOIN delivery.recipients r ON r.org_id = q.org_id AND r.message_id = q.message_id
        JOIN delivery.attempts a
          ON a.org_id = q.org_id AND a.message_id = q.message_id AND a.number = q.attempts
        LEFT JOIN delivery.providers p ON p.org_id = q.org_id AND p.id = a.provider_id
        WHERE q.engine_id = $1 AND q.state = 'sending'
        ORDER BY q.org_id, q.batch_id, q.message_id
        FOR UPDATE OF q
        "#,
    )
    .bind(engine)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let odd = |column| DbError::InconsistentRow {
                table: "delivery.batches",
                column,
                id: row.batch_id.to_string(),
            };
            Ok(InDoubt {
                org: row.org_id.into(),
                batch: row.batch_id.into(),
                source: batches::source(&row.source_kind, row.source_id).ok_or_else(|| odd("source_kind"))?,
                stream: batches::stream(&row.stream).ok_or_else(|| odd("stream"))?,
                id: row.message_id.into(),
                contact: row.contact_id.into(),
                number: row.attempts,
                provider: row.provider_id.map(ProviderId::from_uuid),
                kind: row.provider_kind.and_then(|kind| kind.parse().ok()),
            })
        })
        .collect()
}

/// Closes attempts of one batch whose outcome will never be known, by the rule that was applied.
pub async fn close_attempts(
    tx: &mut Tx,
    org: OrgId,
    attempts: &[(MessageId, i16)],
    resolution: &str,
) -> Result<(), DbError> {
    let ids: Vec<_> = attempts.iter().map(|(id, _)| id.uuid()).collect();
    let numbers: Vec<_> = attempts.iter().map(|(_, number)| *number).collect();
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.attempts a
        SET finished_at = $4, outcome = 'unknown', class = 'ambiguous', phase = 'acceptance',
            reply = 'the engine stopped before it learned the outcome', resolution = $5
        FROM UNNEST($2::uuid[], $3::smallint[]) AS t (id, number)
        WHERE a.org_id = $1 AND a.message_id = t.id AND a.number = t.number
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&numbers)
    .bind(now.to_sqlx())
    .bind(resolution)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts messages of one batch that are in doubt back into the queue.
pub async fn resend(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    messages: &[MessageId],
    due_at: Timestamp,
) -> Result<(), DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    sqlx::query(
        r#"
        UPDATE delivery.queue
        SET state = 'queued', engine_id = NULL, due_at = $4
        WHERE org_id = $1 AND batch_id = $2 AND message_id = ANY($3)
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(due_at.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}
