//! Connections and units of work.
//!
//! Two pools over the same database: `mauntic_app` serves people and sees one organisation at a
//! time by row-level security; `mauntic_worker` runs engines over all of them. Neither owns a table.

use std::{str::FromStr, sync::Arc, time::Duration};

use contracts::PublicEvent;
use kernel::{Clock, JobId, OrgId};
use sqlx::{
    AssertSqlSafe, Executor, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{jobs::NewJob, outbox, wake::Wake};

/// The database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// PostgreSQL or the way to it.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// A stored value that the program can never have written.
    #[error("{table}.{column} of {id} holds what it cannot hold")]
    InconsistentRow {
        /// Where.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// Which row.
        id: String,
    },
    /// A value could not be turned into JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl DbError {
    /// Whether a unique index named `constraint` refused the row.
    #[must_use]
    pub fn violates(&self, constraint: &str) -> bool {
        matches!(self, DbError::Sql(sqlx::Error::Database(e)) if e.constraint() == Some(constraint))
    }
}

impl DbError {
    /// Whether the database did not answer, rather than refuse.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            DbError::Sql(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed) => true,
            // Connection exceptions, too many connections, and a server that stops or starts.
            DbError::Sql(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| ["08", "53", "57"].iter().any(|class| code.starts_with(class))),
            _ => false,
        }
    }

    /// Whether another transaction was in the way: a deadlock, a failed serialisation, or a key that
    /// both wrote. Done again, it may succeed.
    #[must_use]
    pub fn meets_another(&self) -> bool {
        const CODES: [&str; 3] = ["40P01", "40001", "23505"];
        match self {
            DbError::Sql(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| CODES.contains(&code.as_ref()))
            }
            _ => false,
        }
    }
}

impl From<DbError> for contracts::PortError {
    fn from(error: DbError) -> Self {
        contracts::PortError::failed(error)
    }
}

/// The database.
#[derive(Clone, Debug)]
pub struct Db {
    serve: PgPool,
    work: PgPool,
    clock: Arc<dyn Clock>,
    wake: Wake,
}

/// How large the pools are.
#[derive(Clone, Copy, Debug)]
pub struct PoolSizes {
    /// Connections for requests.
    pub serve: u32,
    /// Connections for engines, jobs and subscribers.
    pub work: u32,
}

impl Db {
    /// Makes the pools; connections are opened when they are first needed.
    pub fn connect(url: &str, sizes: PoolSizes, clock: Arc<dyn Clock>, wake: Wake) -> Result<Self, DbError> {
        Ok(Self {
            serve: pool(url, "mauntic_app", sizes.serve)?,
            work: pool(url, "mauntic_worker", sizes.work)?,
            clock,
            wake,
        })
    }

    /// A unit of work for one organisation: only its rows are visible and can be written.
    pub async fn tenant(&self, org: OrgId) -> Result<Tx, DbError> {
        // Both statements go in one round trip. A UUID prints as hex digits and dashes only.
        let begin = format!("BEGIN; SELECT set_config('app.org', '{}', true)", org.uuid());
        Ok(self.tx(begin_on(&self.serve, &begin).await?))
    }

    /// A unit of work over all organisations, for engines, jobs and subscribers. Every statement in
    /// it names the organisation itself.
    pub async fn system(&self) -> Result<Tx, DbError> {
        Ok(self.tx(begin_on(&self.work, "BEGIN").await?))
    }

    /// Connections of the engines' role outside any transaction: single statements and `COPY`.
    #[must_use]
    pub fn work_pool(&self) -> &PgPool {
        &self.work
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.work.execute("SELECT 1").await?;
        Ok(())
    }

    /// Idle and busy connections, for the metrics.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        let idle = self.serve.num_idle() + self.work.num_idle();
        let all = (self.serve.size() + self.work.size()) as usize;
        (idle, all.saturating_sub(idle))
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.serve.close().await;
        self.work.close().await;
    }

    fn tx(&self, inner: Transaction<'static, Postgres>) -> Tx {
        Tx {
            inner,
            clock: self.clock.clone(),
            wake: self.wake.clone(),
            signals: Vec::new(),
        }
    }
}

/// A unit of work: rows, facts and jobs that become true together.
///
/// Dropped without [`Tx::commit`], nothing of it has happened. It is never held over a network call.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    clock: Arc<dyn Clock>,
    wake: Wake,
    signals: Vec<&'static str>,
}

impl Tx {
    /// The connection, for statements.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// The present instant by the program's clock.
    #[must_use]
    pub fn now(&self) -> kernel::Timestamp {
        self.clock.now()
    }

    /// Writes a fact into the outbox.
    pub async fn record<E: PublicEvent>(&mut self, org: OrgId, event: &E) -> Result<(), DbError> {
        self.record_all(org, std::slice::from_ref(event)).await
    }

    /// Writes facts into the outbox with one statement; their topic is signalled on commit.
    pub async fn record_all<E: PublicEvent>(&mut self, org: OrgId, events: &[E]) -> Result<(), DbError> {
        if events.is_empty() {
            return Ok(());
        }
        let now = self.now();
        outbox::insert(&mut self.inner, org, now, events).await?;
        self.signal_on_commit(E::TOPIC);
        Ok(())
    }

    /// Puts a job into the work queue.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<JobId, DbError> {
        let id = crate::jobs::insert(&mut self.inner, job).await?;
        self.signal_on_commit(crate::jobs::CHANNEL);
        Ok(id)
    }

    /// Has a job that was put off start at once.
    pub async fn hasten(&mut self, org: OrgId, job: JobId) -> Result<(), DbError> {
        crate::jobs::hasten(&mut self.inner, org, job).await?;
        self.signal_on_commit(crate::jobs::CHANNEL);
        Ok(())
    }

    /// Signals a channel of [`Wake`] once the work is committed.
    pub fn signal_on_commit(&mut self, channel: &'static str) {
        if !self.signals.contains(&channel) {
            self.signals.push(channel);
        }
    }

    /// Makes it true.
    pub async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await?;
        for channel in self.signals {
            self.wake.signal(channel);
        }
        Ok(())
    }

    /// Makes it untrue.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.inner.rollback().await?;
        Ok(())
    }
}

/// Begins a transaction. A connection that was cut while it was idle shows it at this first statement,
/// which has done nothing yet, so another one is tried: there are at most as many as the pool holds.
async fn begin_on(pool: &PgPool, begin: &str) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    for _ in 0..pool.size() {
        match pool.begin_with(AssertSqlSafe(begin.to_owned())).await {
            Err(error) if was_cut(&error) => {}
            other => return other,
        }
    }
    pool.begin_with(AssertSqlSafe(begin.to_owned())).await
}

fn was_cut(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        // Terminated by an operator, a crash of another backend, or a shutdown (SQLSTATE class 57P).
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

fn pool(url: &str, role: &'static str, size: u32) -> Result<PgPool, DbError> {
    let options = PgConnectOptions::from_str(url)?.application_name("mauntic");
    Ok(PgPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(Duration::from_secs(300))
        // A broken connection shows itself at its first statement; asking first costs a round trip.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection
                    .execute(AssertSqlSafe(format!("SET ROLE {role}")))
                    .await?;
                Ok(())
            })
        })
        .connect_lazy_with(options))
}

/// What `mauntic doctor` wants to know of a database.
#[derive(Debug, sqlx::FromRow)]
pub struct Examination {
    /// As PostgreSQL names itself.
    pub version: String,
    /// For comparisons: 150004.
    pub version_number: i32,
    /// Ours minus the database's.
    #[sqlx(skip)]
    pub clock_skew_seconds: f64,
    /// Whether a commit survives the loss of power.
    pub durable: bool,
    /// Jobs whose time has come.
    pub waiting_jobs: i64,
    /// How long the oldest of them has waited.
    pub oldest_job_seconds: f64,
    /// Facts that a subscriber could not digest.
    pub dead_letters: i64,
    database_now: jiff_sqlx::Timestamp,
}

impl Db {
    /// Looks at the database as an operator would.
    pub async fn examine(&self) -> Result<Examination, DbError> {
        let mut found: Examination = sqlx::query_as(
            r#"
            SELECT current_setting('server_version') AS version,
                   current_setting('server_version_num')::int AS version_number,
                   current_setting('fsync')::bool AND current_setting('synchronous_commit') <> 'off' AS durable,
                   (SELECT count(*) FROM platform.jobs WHERE state = 'queued' AND run_at <= now()) AS waiting_jobs,
                   (SELECT coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8
                    FROM platform.jobs WHERE state = 'queued' AND run_at <= now()) AS oldest_job_seconds,
                   (SELECT count(*) FROM platform.dead_letters) AS dead_letters,
                   clock_timestamp() AS database_now
            "#,
        )
        .fetch_one(&self.work)
        .await?;
        let ours = self.clock.now();
        found.clock_skew_seconds = ours.duration_since(found.database_now.to_jiff()).as_secs_f64();
        Ok(found)
    }
}
