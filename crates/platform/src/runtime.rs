//! Runs what modules consist of: subscribers, jobs, schedules and engines.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::{
    Deps, JobHandler, Subscriber, Tick, Worker,
    jobs::{self, Due},
    subscriber::{self, Step},
    ticks,
};

/// What one process runs beside serving requests.
#[derive(Default, Clone)]
pub struct Background {
    /// Readers of the outbox.
    pub subscribers: Vec<Arc<dyn Subscriber>>,
    /// Kinds of jobs.
    pub jobs: Vec<Arc<dyn JobHandler>>,
    /// Schedules.
    pub ticks: Vec<Arc<dyn Tick>>,
    /// Engines.
    pub workers: Vec<Arc<dyn Worker>>,
}

impl Background {
    /// Starts everything. The set ends when `stop` is tripped and all has wound down.
    #[must_use]
    pub fn start(&self, deps: &Deps, stop: &CancellationToken) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for subscriber in self.subscribers.iter().cloned() {
            tasks.spawn(subscriber::run(
                subscriber,
                deps.db.clone(),
                deps.wake.clone(),
                stop.clone(),
            ));
        }
        for handler in &self.jobs {
            for _ in 0..handler.concurrency() {
                tasks.spawn(jobs::run(
                    handler.clone(),
                    deps.db.clone(),
                    deps.wake.clone(),
                    stop.clone(),
                ));
            }
        }
        for tick in self.ticks.iter().cloned() {
            tasks.spawn(ticks::run(tick, deps.db.clone(), deps.wake.clone(), stop.clone()));
        }
        for worker in self.workers.iter().cloned() {
            tasks.spawn(keep_running(worker, stop.clone()));
        }
        tasks
    }

    /// Does all there is to do now, until nothing is left: for tests, which start nothing. Jobs that
    /// wait for their next try run at once.
    ///
    /// # Errors
    /// The first error of the database, an engine or a schedule.
    pub async fn drain(&self, deps: &Deps) -> anyhow::Result<()> {
        let stop = CancellationToken::new();
        for tick in &self.ticks {
            tick.run().await?;
        }
        loop {
            let mut did = 0;
            let mut blocked = false;
            for worker in &self.workers {
                did += worker.drain().await?;
            }
            for handler in &self.jobs {
                while jobs::step(&**handler, &deps.db, &stop, Due::Ever).await? {
                    did += 1;
                }
            }
            for subscriber in &self.subscribers {
                loop {
                    match subscriber::step(&**subscriber, &deps.db).await? {
                        Step::Did(n) => did += n,
                        Step::Blocked => {
                            blocked = true;
                            break;
                        }
                        Step::Idle => break,
                        Step::Failed(error) => anyhow::bail!("{} failed: {error}", subscriber.name()),
                    }
                }
            }
            if blocked {
                // Another transaction of the cluster is still open; its end makes the facts readable.
                tokio::time::sleep(Duration::from_millis(2)).await;
            } else if did == 0 {
                return Ok(());
            }
        }
    }
}

/// An engine that fails is started again, so that a database that was away stops nothing for good.
async fn keep_running(worker: Arc<dyn Worker>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match worker.run(stop.clone()).await {
            Ok(()) if stop.is_cancelled() => info!(worker = worker.name(), "{} stopped", worker.name()),
            Ok(()) => error!(
                worker = worker.name(),
                "{} ended by itself and is started again",
                worker.name()
            ),
            Err(error) => {
                error!(
                    worker = worker.name(),
                    error = format!("{error:#}"),
                    "{} failed and is started again",
                    worker.name()
                );
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

/// Measures the work queue and the subscribers' lag.
pub async fn measure_queues(db: &crate::Db) {
    let rows: Result<Vec<(String, String, i64, f64)>, _> = sqlx::query_as(
        r#"
        SELECT kind, state, count(*), coalesce(extract(epoch FROM now() - min(run_at)), 0)::float8
        FROM platform.jobs
        WHERE state IN ('queued', 'running')
        GROUP BY kind, state
        "#,
    )
    .fetch_all(db.work_pool())
    .await;
    for (kind, state, count, age) in rows.unwrap_or_default() {
        metrics::gauge!("mauntic_queue_jobs", "queue" => kind.clone(), "state" => state).set(count as f64);
        metrics::gauge!("mauntic_queue_oldest_job_age_seconds", "queue" => kind).set(age.max(0.0));
    }
}
