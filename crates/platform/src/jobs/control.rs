//! Jobs as people see them: how one is doing, and asking it to stop.

use contracts::platform::{Job, JobProgress, JobState};
use kernel::{JobId, OrgId};
use uuid::Uuid;

use crate::db::{Db, DbError, Tx};

#[derive(sqlx::FromRow)]
struct JobRow {
    id: Uuid,
    kind: String,
    label: Option<String>,
    link: Option<String>,
    state: String,
    done: i64,
    total: Option<i64>,
    error: Option<String>,
    errors_url: Option<String>,
    started_by_name: Option<String>,
    cancel_requested: bool,
    created_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! job_columns {
    () => {
        "id, kind, label, link, state, done, total, error, errors_url, started_by_name, cancel_requested, \
         created_at, finished_at"
    };
}

/// A job on the page of tasks.
#[derive(Debug)]
pub struct ShownJob {
    /// As the API shows it.
    pub job: Job,
    /// The page of what it works on.
    pub link: String,
    /// Whether it was asked to stop.
    pub stopping: bool,
}

impl From<JobRow> for ShownJob {
    fn from(row: JobRow) -> Self {
        let job = Job {
            id: row.id.into(),
            kind: row.kind,
            label: row.label.unwrap_or_default(),
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
            errors_url: row.errors_url,
            started_by: row.started_by_name,
            created_at: row.created_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
        };
        Self {
            job,
            link: row.link.unwrap_or_default(),
            stopping: row.cancel_requested,
        }
    }
}

/// One job of the organisation that `tx` sees.
pub async fn find(tx: &mut Tx, org: OrgId, id: JobId) -> Result<Option<Job>, DbError> {
    let row: Option<JobRow> = sqlx::query_as(concat!(
        "SELECT ",
        job_columns!(),
        " FROM platform.jobs WHERE org_id = $1 AND id = $2"
    ))
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| ShownJob::from(row).job))
}

/// The jobs that somebody asked for, the newest first, behind one of them.
pub async fn recent(
    tx: &mut Tx,
    org: OrgId,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<ShownJob>, DbError> {
    let rows: Vec<JobRow> = sqlx::query_as(concat!(
        "SELECT ",
        job_columns!(),
        " FROM platform.jobs WHERE org_id = $1 AND label IS NOT NULL AND ($2::uuid IS NULL OR id < $2) \
         ORDER BY id DESC LIMIT $3"
    ))
    .bind(org.uuid())
    .bind(before.map(|id| id.uuid()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ShownJob::from).collect())
}

/// How many that somebody asked for wait or run.
pub async fn unfinished(tx: &mut Tx, org: OrgId) -> Result<i64, DbError> {
    Ok(sqlx::query_scalar(
        r#"
        SELECT count(*) FROM platform.jobs
        WHERE org_id = $1 AND label IS NOT NULL AND state IN ('queued', 'running')
        "#,
    )
    .bind(org.uuid())
    .fetch_one(tx.conn())
    .await?)
}

/// Whether others of a kind wait for their turn, of whatever organisation.
pub async fn others_wait(db: &Db, kind: &str) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM platform.jobs WHERE kind = $1 AND state = 'queued' AND run_at <= now())",
    )
    .bind(kind)
    .fetch_one(db.work_pool())
    .await?)
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
