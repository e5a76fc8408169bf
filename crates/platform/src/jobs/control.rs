//! Jobs as people see them: how one is doing, and asking it to stop.

use contracts::platform::{Job, JobProgress, JobState};
use kernel::{JobId, OrgId};
use uuid::Uuid;

use crate::db::{DbError, Tx};

#[derive(sqlx::FromRow)]
struct JobRow {
    id: Uuid,
    kind: String,
    state: String,
    done: i64,
    total: Option<i64>,
    error: Option<String>,
    created_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

/// One job of the organisation that `tx` sees.
pub async fn find(tx: &mut Tx, org: OrgId, id: JobId) -> Result<Option<Job>, DbError> {
    let row: Option<JobRow> = sqlx::query_as(
        r#"
        SELECT id, kind, state, done, total, error, created_at, finished_at
        FROM platform.jobs
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Job {
        id: row.id.into(),
        kind: row.kind,
        state: match row.state.as_str() {
            "running" => JobState::Running,
            "succeeded" => JobState::Succeeded,
            "failed" => JobState::Failed,
            "cancelled" => JobState::Cancelled,
            _ => JobState::Queued,
        },
        progress: JobProgress {
            done: row.done,
            total: row.total,
        },
        error: row.error,
        created_at: row.created_at.to_jiff(),
        finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// Asks a job to stop: a queued one ends at once, a running one at its next step. Returns whether
/// the job exists.
pub async fn cancel(tx: &mut Tx, org: OrgId, id: JobId) -> Result<bool, DbError> {
    let changed = sqlx::query(
        r#"
        UPDATE platform.jobs
        SET cancel_requested = true,
            state = CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END,
            finished_at = CASE WHEN state = 'queued' THEN now() ELSE finished_at END
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() > 0)
}
