//! How much marketing people were sent lately.

use contracts::crm::consent::Frequency;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, ContactId, MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

/// What somebody wants at most, and the message whose turn it is.
#[derive(Clone, Copy, Debug)]
pub struct FrequencyLimit {
    pub contact: ContactId,
    pub message: MessageId,
    pub frequency: Frequency,
}

/// Who has been sent as much as they want. What may have arrived counts as sent. Of two messages
/// whose attempts are both under way, the elder goes: each is seen by the other, because attempts
/// are committed before anybody counts.
///
/// A campaign counts once, on however many devices of a person it appears, and never against itself.
pub async fn reached(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    limits: &[FrequencyLimit],
) -> Result<Vec<ContactId>, DbError> {
    let now = tx.now();
    let since: Vec<jiff_sqlx::Timestamp> = limits
        .iter()
        .map(|limit| (now - SignedDuration::from_hours(24 * i64::from(limit.frequency.days))).to_sqlx())
        .collect();
    let rows: Vec<Uuid> = sqlx::query_scalar(
        r#"
        SELECT l.contact_id
        FROM UNNEST($2::uuid[], $3::uuid[], $4::int2[], $5::timestamptz[]) AS l (contact_id, message_id, most, since)
        WHERE l.most <= (
            SELECT count(DISTINCT m.batch_id)
            FROM delivery.recipients AS r
            JOIN delivery.messages AS m ON m.org_id = $1 AND m.id = r.message_id
            JOIN delivery.batches AS b ON b.org_id = $1 AND b.id = m.batch_id
            WHERE r.org_id = $1
              AND r.contact_id = l.contact_id
              AND m.batch_id <> $6
              AND b.stream = 'marketing'
              AND b.source_kind = 'campaign'
              AND EXISTS (
                SELECT 1 FROM delivery.attempts AS a
                WHERE a.org_id = $1
                  AND a.message_id = r.message_id
                  AND a.started_at > l.since
                  AND (a.outcome IN ('accepted', 'unknown') OR (a.outcome IS NULL AND a.message_id < l.message_id)))
        )
        "#,
    )
    .bind(org.uuid())
    .bind(limits.iter().map(|limit| limit.contact.uuid()).collect::<Vec<Uuid>>())
    .bind(limits.iter().map(|limit| limit.message.uuid()).collect::<Vec<Uuid>>())
    .bind(limits.iter().map(|limit| limit.frequency.most).collect::<Vec<i16>>())
    .bind(since)
    .bind(batch.uuid())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}
