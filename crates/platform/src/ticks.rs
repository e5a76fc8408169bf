//! Schedules: what is done again and again, by one process at a time.

use std::{convert::Infallible, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    db::{Db, DbError},
    wake::Wake,
};

/// Something done again and again. It must be harmless to do it once too often.
#[async_trait]
pub trait Tick: Send + Sync + 'static {
    /// Unique: `crm.rebuild_segments`.
    fn name(&self) -> &'static str;
    /// How often.
    fn every(&self) -> Duration;
    /// A channel of [`Wake`](crate::Wake) whose signals have it done at once, beside every so often.
    fn woken_by(&self) -> Option<&'static str> {
        None
    }
    /// Does it.
    async fn run(&self) -> anyhow::Result<()>;
}

/// A process that has not renewed its hold for this long has lost it: another one takes the schedule.
const LEASE: Duration = Duration::from_secs(20);
/// How long until something that the database did not take is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// The shortest time between two runs.
const CALM: Duration = Duration::from_millis(50);

pub(crate) async fn run(tick: Arc<dyn Tick>, db: Db, wake: Wake, stop: CancellationToken) {
    // Looking twice a period, and at least each 30 s, keeps the lateness below half a period.
    let look = (tick.every() / 2).clamp(Duration::from_millis(250), Duration::from_secs(30));
    let mut signals = tick.woken_by().map(|channel| wake.listen(channel));
    let mut when = When::Due;
    loop {
        match claim(&*tick, when, &db).await {
            Ok(true) => run_held(&*tick, &db).await,
            Ok(false) => {}
            Err(error) => warn!(tick = tick.name(), %error, "a schedule could not be read"),
        }
        let waiting = async {
            match &mut signals {
                // However often it is signalled, the database is not asked all the time.
                Some(signals) => {
                    tokio::time::sleep(CALM).await;
                    signals.wait(look).await
                }
                None => {
                    tokio::time::sleep(look).await;
                    false
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => break,
            signalled = waiting => when = if signalled { When::Now } else { When::Due },
        }
    }
}

/// Whether a schedule may be taken before its time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Due,
    Now,
}

/// Runs it while the hold is renewed, however long that takes.
async fn run_held(tick: &dyn Tick, db: &Db) {
    let ran = tokio::select! {
        ran = tick.run() => ran,
        never = renew(tick.name(), db) => match never {},
    };
    if let Err(error) = ran {
        warn!(
            tick = tick.name(),
            error = format!("{error:#}"),
            "{} failed",
            tick.name()
        );
    }
    // A database that went away in the meantime must not hold the schedule up: tried until the hold
    // has ended anyway.
    let start = tokio::time::Instant::now();
    while let Err(error) = release(tick.name(), db).await {
        warn!(tick = tick.name(), %error, "a schedule could not be released");
        if start.elapsed() > LEASE {
            break;
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn renew(name: &str, db: &Db) -> Infallible {
    loop {
        tokio::time::sleep(LEASE / 4).await;
        if let Err(error) = set_lease(name, LEASE, db).await {
            warn!(tick = name, %error, "the hold on a schedule could not be renewed");
        }
    }
}

/// Takes the schedule when it is due and nobody has it. The lease ends a crashed process's hold.
async fn claim(tick: &dyn Tick, when: When, db: &Db) -> Result<bool, DbError> {
    let claimed: Option<i32> = sqlx::query_scalar(
        r#"
        INSERT INTO platform.ticks AS t (name, next_at, lease_until)
        VALUES ($1, now() + $2 * interval '1 second', now() + $3 * interval '1 second')
        ON CONFLICT (name) DO UPDATE
        SET next_at = excluded.next_at, lease_until = excluded.lease_until
        WHERE (t.next_at <= now() OR $4) AND t.lease_until <= now()
        RETURNING 1
        "#,
    )
    .bind(tick.name())
    .bind(tick.every().as_secs_f64())
    .bind(LEASE.as_secs_f64())
    .bind(when == When::Now)
    .fetch_optional(db.work_pool())
    .await?;
    Ok(claimed.is_some())
}

async fn release(name: &str, db: &Db) -> Result<(), DbError> {
    set_lease(name, Duration::ZERO, db).await
}

async fn set_lease(name: &str, length: Duration, db: &Db) -> Result<(), DbError> {
    sqlx::query("UPDATE platform.ticks SET lease_until = now() + $2 * interval '1 second' WHERE name = $1")
        .bind(name)
        .bind(length.as_secs_f64())
        .execute(db.work_pool())
        .await?;
    Ok(())
}
