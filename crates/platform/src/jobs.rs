//! The work queue: jobs are leased, fenced, and go on from their checkpoint after a crash.

mod control;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use kernel::{JobId, OrgId, UserId};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use crate::{
    db::{Db, DbError, Tx},
    wake::Wake,
};

pub use control::{ShownJob, cancel, find, others_wait, recent, unfinished};

/// Signalled when jobs were committed.
pub const CHANNEL: &str = "jobs";
/// A worker that has not renewed its lease for this long has lost the job.
const LEASE_SECONDS: i32 = 30;
const POLL: Duration = Duration::from_secs(1);
/// How long until an ending that the database did not take is tried again.
const RETRY: Duration = Duration::from_millis(200);

/// A job to be put into the queue.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler: `crm.import_contacts`.
    pub kind: &'static str,
    /// Whose.
    pub org: OrgId,
    /// What the handler needs.
    pub payload: Value,
    /// Seconds from now, by the database's clock.
    pub delay: Duration,
    /// What people are told of it. Upkeep has none and is shown to nobody.
    pub task: Option<Task>,
}

/// What people are told of a job that one of them asked for.
#[derive(Debug, Clone, Default)]
pub struct Task {
    /// What it is about: the name of a file, of a segment. What is done is said by the message
    /// `job-<kind>`, with `-` for every `.` and `_`.
    pub label: String,
    /// The page of what it works on.
    pub link: String,
    /// Where the API shows the items that it could not do.
    pub errors_url: Option<String>,
    /// Who asked for it: a person and their name then. Programs have none.
    pub started_by: Option<(UserId, String)>,
}

impl NewJob {
    /// A job that may start at once.
    pub fn new(kind: &'static str, org: OrgId, payload: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self {
            kind,
            org,
            payload: serde_json::to_value(payload)?,
            delay: Duration::ZERO,
            task: None,
        })
    }

    /// Shown to people as theirs.
    #[must_use]
    pub fn shown_as(mut self, task: Task) -> Self {
        self.task = Some(task);
        self
    }

    /// Not before so much time has gone by.
    #[must_use]
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// Why a job did not end well.
#[derive(Debug)]
pub enum JobError {
    /// Try again later.
    Retry(anyhow::Error),
    /// Trying again is of no use.
    Fail(anyhow::Error),
    /// A person asked for it to stop.
    Cancelled,
    /// It has come far enough for now and lets others of its kind go first; it goes on from its
    /// checkpoint.
    Yield,
    /// Another worker has the job now; nothing more may be written for it.
    LeaseLost,
}

impl JobError {
    /// Try again later.
    pub fn retry(error: impl Into<anyhow::Error>) -> Self {
        Self::Retry(error.into())
    }
    /// Trying again is of no use.
    pub fn fail(error: impl Into<anyhow::Error>) -> Self {
        Self::Fail(error.into())
    }
}

impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        Self::retry(error)
    }
}

/// Does one kind of job.
#[async_trait]
pub trait JobHandler: Send + Sync + 'static {
    /// `crm.import_contacts`.
    fn kind(&self) -> &'static str;
    /// Does it, or goes on with it from its checkpoint. May be called again after any crash.
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError>;
    /// How many of this kind one process runs at once.
    fn concurrency(&self) -> usize {
        1
    }
}

/// A job that this process holds.
#[derive(Debug)]
pub struct RunningJob {
    /// `job_…`
    pub id: JobId,
    /// Whose.
    pub org: OrgId,
    /// First try is 1.
    pub attempt: i32,
    payload: Value,
    checkpoint: Option<Value>,
    fence: i64,
    cancelled: CancellationToken,
}

impl RunningJob {
    /// What it was enqueued with.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T, JobError> {
        serde_json::from_value(self.payload.clone()).map_err(JobError::fail)
    }

    /// Where an earlier try got to.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, JobError> {
        self.checkpoint
            .clone()
            .map(serde_json::from_value)
            .transpose()
            .map_err(JobError::fail)
    }

    /// Whether to stop: a person cancelled it, the process is ending, or the lease was lost.
    #[must_use]
    pub fn should_stop(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Writes how far it is in the transaction of the work itself, and renews the lease. Fails when
    /// the job is no longer ours or was cancelled; then the transaction must not be committed.
    pub async fn save(
        &mut self,
        tx: &mut Tx,
        checkpoint: &impl Serialize,
        done: i64,
        total: Option<i64>,
    ) -> Result<(), JobError> {
        let value = serde_json::to_value(checkpoint).map_err(JobError::fail)?;
        let cancel: Option<bool> = sqlx::query_scalar(
            r#"
            UPDATE platform.jobs
            SET checkpoint = $4, done = $5, total = coalesce($6, total),
                lease_until = now() + $7 * interval '1 second',
                -- Tries are counted since the last progress: a long job may outlive many crashes.
                attempts = 0
            WHERE org_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
            RETURNING cancel_requested
            "#,
        )
        .bind(self.org.uuid())
        .bind(self.id.uuid())
        .bind(self.fence)
        .bind(&value)
        .bind(done)
        .bind(total)
        .bind(LEASE_SECONDS)
        .fetch_optional(tx.conn())
        .await
        .map_err(|e| JobError::retry(DbError::from(e)))?;
        self.checkpoint = Some(value);
        match cancel {
            None => Err(JobError::LeaseLost),
            Some(true) => Err(JobError::Cancelled),
            Some(false) => Ok(()),
        }
    }
}

pub(crate) async fn insert(connection: &mut PgConnection, job: NewJob) -> Result<JobId, DbError> {
    let id = JobId::generate();
    let task = job.task.as_ref();
    let started_by = task.and_then(|task| task.started_by.as_ref());
    sqlx::query(
        r#"
        INSERT INTO platform.jobs
            (org_id, id, kind, payload, run_at, label, link, errors_url, started_by, started_by_name)
        VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second', $6, $7, $8, $9, $10)
        "#,
    )
    .bind(job.org.uuid())
    .bind(id.uuid())
    .bind(job.kind)
    .bind(&job.payload)
    .bind(job.delay.as_secs_f64())
    .bind(task.map(|task| task.label.as_str()))
    .bind(task.map(|task| task.link.as_str()))
    .bind(task.and_then(|task| task.errors_url.as_deref()))
    .bind(started_by.map(|(user, _)| user.uuid()))
    .bind(started_by.map(|(_, name)| name.as_str()))
    .execute(connection)
    .await?;
    Ok(id)
}

/// Has a job that was put off start at once. One that has started goes on as it is.
pub(crate) async fn hasten(connection: &mut PgConnection, org: OrgId, id: JobId) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE platform.jobs SET run_at = now() WHERE org_id = $1 AND id = $2 AND state = 'queued' AND run_at > now()",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(connection)
    .await?;
    Ok(())
}

/// Runs the jobs of one kind until told to stop.
pub(crate) async fn run(handler: Arc<dyn JobHandler>, db: Db, wake: Wake, stop: CancellationToken) {
    let mut listener = wake.listen(CHANNEL);
    while !stop.is_cancelled() {
        let pause = match step(&*handler, &db, &stop, Due::Now).await {
            Ok(true) => continue,
            Ok(false) => POLL,
            Err(error) => {
                warn!(job.kind = handler.kind(), %error, "the work queue could not be read");
                POLL
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            _signalled = listener.wait(pause) => {}
        }
    }
}

/// Which jobs a step may take.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Those whose time has come.
    Now,
    /// Those that wait for their next try as well: for tests, whose clock does not move the database's.
    Ever,
}

/// Claims and runs one job. Returns whether there was one.
pub(crate) async fn step(
    handler: &dyn JobHandler,
    db: &Db,
    stop: &CancellationToken,
    due: Due,
) -> Result<bool, DbError> {
    let Some(claimed) = claim(handler.kind(), db, due).await? else {
        return Ok(false);
    };
    let cancelled = stop.child_token();
    let mut job = RunningJob {
        id: claimed.id.into(),
        org: claimed.org_id.into(),
        attempt: claimed.attempts,
        payload: claimed.payload,
        checkpoint: claimed.checkpoint,
        fence: claimed.fence,
        cancelled: cancelled.clone(),
    };
    let hold = Hold {
        org: claimed.org_id,
        id: claimed.id,
        fence: claimed.fence,
    };
    let result = if claimed.attempts > claimed.max_attempts {
        Err(JobError::fail(anyhow::anyhow!(
            "the process ended {} times while it ran",
            claimed.max_attempts
        )))
    } else {
        let renewal = tokio::spawn(keep_lease(db.clone(), hold, cancelled));
        let result = handler.run(&mut job).await;
        renewal.abort();
        result
    };
    finish(db, handler.kind(), hold, result, stop.is_cancelled()).await?;
    Ok(true)
}

#[derive(sqlx::FromRow)]
struct Claimed {
    org_id: Uuid,
    id: Uuid,
    payload: Value,
    checkpoint: Option<Value>,
    attempts: i32,
    max_attempts: i32,
    fence: i64,
}

async fn claim(kind: &str, db: &Db, due: Due) -> Result<Option<Claimed>, DbError> {
    Ok(sqlx::query_as(
        r#"
        UPDATE platform.jobs
        SET state = 'running', attempts = attempts + 1, fence = fence + 1,
            lease_until = now() + $2 * interval '1 second'
        WHERE (org_id, id) = (
            SELECT org_id, id FROM platform.jobs
            WHERE kind = $1
              AND ((state = 'queued' AND (run_at <= now() OR $3)) OR (state = 'running' AND lease_until < now()))
            ORDER BY run_at
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        )
        RETURNING org_id, id, payload, checkpoint, attempts, max_attempts, fence
        "#,
    )
    .bind(kind)
    .bind(LEASE_SECONDS)
    .bind(due == Due::Ever)
    .fetch_optional(db.work_pool())
    .await?)
}

#[derive(Clone, Copy)]
struct Hold {
    org: Uuid,
    id: Uuid,
    fence: i64,
}

/// Renews the lease until it is aborted; trips the token when the job is lost or cancelled.
async fn keep_lease(db: Db, hold: Hold, cancelled: CancellationToken) {
    let mut interval = tokio::time::interval(Duration::from_secs(LEASE_SECONDS as u64 / 6));
    loop {
        interval.tick().await;
        let renewed: Result<Option<bool>, _> = sqlx::query_scalar(
            r#"
            UPDATE platform.jobs SET lease_until = now() + $4 * interval '1 second'
            WHERE org_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
            RETURNING cancel_requested
            "#,
        )
        .bind(hold.org)
        .bind(hold.id)
        .bind(hold.fence)
        .bind(LEASE_SECONDS)
        .fetch_optional(db.work_pool())
        .await;
        match renewed {
            Ok(Some(false)) => {}
            Ok(None | Some(true)) => return cancelled.cancel(),
            Err(error) => warn!(%error, "a job's lease could not be renewed"),
        }
    }
}

async fn finish(
    db: &Db,
    kind: &str,
    hold: Hold,
    result: Result<(), JobError>,
    stopping: bool,
) -> Result<(), DbError> {
    let id = JobId::from_uuid(hold.id);
    let yields = matches!(result, Err(JobError::Yield));
    let (state, error, retry) = match result {
        Ok(()) => ("succeeded", None, false),
        Err(JobError::LeaseLost) => {
            warn!(job.id = %id, "{kind} lost its lease and left the job to another worker");
            return Ok(());
        }
        // A process that is ending hands the job back for another one.
        Err(_) if stopping => ("queued", None, false),
        Err(JobError::Yield) => ("queued", None, false),
        Err(JobError::Cancelled) => ("cancelled", None, false),
        Err(JobError::Fail(e)) => ("failed", Some(format!("{e:#}")), false),
        Err(JobError::Retry(e)) => ("queued", Some(format!("{e:#}")), true),
    };
    if let Some(text) = &error {
        error!(job.id = %id, job.kind = kind, error = text, retry, "{kind} did not end well");
    } else {
        info!(job.id = %id, job.kind = kind, state, "{kind} is {state}");
    }
    let ending = Ending {
        state,
        error,
        retry,
        yields,
    };
    let start = Instant::now();
    // While the database is away, the job would seem to run on until its lease ends.
    while let Err(error) = ending.write(db, hold).await {
        if start.elapsed() > Duration::from_secs(LEASE_SECONDS.unsigned_abs().into()) {
            return Err(error);
        }
        warn!(job.id = %id, %error, "the end of a job could not be written down");
        tokio::time::sleep(RETRY).await;
    }
    Ok(())
}

/// How a try ended.
struct Ending {
    state: &'static str,
    error: Option<String>,
    retry: bool,
    /// Others come first.
    yields: bool,
}

impl Ending {
    async fn write(&self, db: &Db, hold: Hold) -> Result<(), DbError> {
        sqlx::query(
            r#"
            UPDATE platform.jobs
            SET state = CASE WHEN $4 = 'queued' AND cancel_requested THEN 'cancelled'
                             WHEN $6 AND attempts >= max_attempts THEN 'failed' ELSE $4 END,
                error = $5,
                run_at = CASE WHEN $6 THEN now() + least(300, power(2, attempts)) * interval '1 second'
                              -- Behind those that wait already.
                              WHEN $7 THEN now() ELSE run_at END,
                attempts = CASE WHEN $4 = 'queued' AND NOT $6 THEN attempts - 1 ELSE attempts END,
                lease_until = NULL,
                finished_at = CASE WHEN $4 = 'queued' THEN NULL ELSE now() END
            WHERE org_id = $1 AND id = $2 AND fence = $3 AND state = 'running'
            "#,
        )
        .bind(hold.org)
        .bind(hold.id)
        .bind(hold.fence)
        .bind(self.state)
        .bind(&self.error)
        .bind(self.retry)
        .bind(self.yields)
        .execute(db.work_pool())
        .await?;
        Ok(())
    }
}
