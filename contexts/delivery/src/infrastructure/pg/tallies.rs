//! How far batches are.

use std::collections::HashMap;

use contracts::delivery::BatchProgress;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Over how long the speed is taken.
const SPEED_WINDOW: SignedDuration = SignedDuration::from_secs(5);
/// Pieces older than this are added up.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    total: i64,
    accepted: i64,
    suppressed: i64,
    failed: i64,
    held: i64,
    expired: i64,
    cancelled: i64,
    recent: i64,
    is_cancelled: bool,
    waiting: i64,
}

/// The progress of batches; of one that is not there nothing.
pub async fn progress(
    tx: &mut Tx,
    org: OrgId,
    batches: &[BatchId],
) -> Result<HashMap<BatchId, BatchProgress>, DbError> {
    let ids: Vec<_> = batches.iter().map(|id| id.uuid()).collect();
    let since = tx.now() - SPEED_WINDOW;
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT b.id,
               coalesce(sum(t.total), 0) AS total,
               coalesce(sum(t.accepted), 0) AS accepted,
               coalesce(sum(t.suppressed), 0) AS suppressed,
               coalesce(sum(t.failed), 0) AS failed,
               coalesce(sum(t.held), 0) AS held,
               coalesce(sum(t.expired), 0) AS expired,
               coalesce(sum(t.cancelled), 0) AS cancelled,
               coalesce(sum(t.accepted) FILTER (WHERE t.at > $3), 0) AS recent,
               b.state = 'cancelled' AS is_cancelled,
               -- Only asked where it matters: what a cancelled batch still has in the queue.
               CASE WHEN b.state = 'cancelled' AND b.live THEN (
                   SELECT count(*) FROM delivery.queue q
                   WHERE q.org_id = $1 AND q.batch_id = b.id AND q.state <> 'sending')
               ELSE 0 END AS waiting
        FROM delivery.batches b
        LEFT JOIN delivery.batch_tallies t ON t.org_id = b.org_id AND t.batch_id = b.id
        WHERE b.org_id = $1 AND b.id = ANY($2)
        GROUP BY b.org_id, b.id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(since.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.into())).collect())
}

impl From<Row> for BatchProgress {
    fn from(row: Row) -> Self {
        // Cancelled is final: what still waits to be swept out of the queue will not be sent.
        let cancelled = row.cancelled + if row.is_cancelled { row.waiting } else { 0 };
        let settled = row.accepted + row.suppressed + row.failed + row.held + row.expired + cancelled;
        Self {
            total: row.total,
            pending: (row.total - settled).max(0),
            accepted: row.accepted,
            suppressed: row.suppressed,
            failed: row.failed,
            held: row.held,
            expired: row.expired,
            cancelled,
            per_second: row.recent as f64 / SPEED_WINDOW.as_secs_f64(),
        }
    }
}

/// Adds up pieces that are no longer needed one by one. Returns how many were added up.
pub async fn compact(tx: &mut Tx) -> Result<i64, DbError> {
    let before = tx.now() - FRESH;
    let compacted = sqlx::query_scalar(
        r#"
        WITH crowded AS (
            SELECT org_id, batch_id FROM delivery.batch_tallies
            WHERE at < $1
            GROUP BY org_id, batch_id
            HAVING count(*) > 1
            LIMIT 1000
        ), gone AS (
            DELETE FROM delivery.batch_tallies t
            USING crowded
            WHERE t.org_id = crowded.org_id AND t.batch_id = crowded.batch_id AND t.at < $1
            RETURNING t.*
        ), summed AS (
            INSERT INTO delivery.batch_tallies
                (org_id, batch_id, at, total, accepted, suppressed, failed, held, expired, cancelled)
            SELECT org_id, batch_id, max(at), sum(total), sum(accepted), sum(suppressed), sum(failed),
                   sum(held), sum(expired), sum(cancelled)
            FROM gone
            GROUP BY org_id, batch_id
        )
        SELECT count(*) FROM gone
        "#,
    )
    .bind(before.to_sqlx())
    .fetch_one(tx.conn())
    .await?;
    Ok(compacted)
}
