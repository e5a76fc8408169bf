//! Schedules: what is done again and again, by one process at a time.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::db::{Db, DbError};

/// Something done again and again. It must be harmless to do it once too often.
#[async_trait]
pub trait Tick: Send + Sync + 'static {
    /// Unique: `crm.rebuild_segments`.
    fn name(&self) -> &'static str;
    /// How often.
    fn every(&self) -> Duration;
    /// Does it.
    async fn run(&self) -> anyhow::Result<()>;
}

pub(crate) async fn run(tick: Arc<dyn Tick>, db: Db, stop: CancellationToken) {
    // Looking twice a period, and at least each 30 s, keeps the lateness below half a period.
    let look = (tick.every() / 2).clamp(Duration::from_millis(250), Duration::from_secs(30));
    loop {
        match claim(&*tick, &db).await {
            Ok(true) => {
                if let Err(error) = tick.run().await {
                    warn!(
                        tick = tick.name(),
                        error = format!("{error:#}"),
                        "{} failed",
                        tick.name()
                    );
                }
                if let Err(error) = release(tick.name(), &db).await {
                    warn!(tick = tick.name(), %error, "a schedule could not be released");
                }
            }
            Ok(false) => {}
            Err(error) => warn!(tick = tick.name(), %error, "a schedule could not be read"),
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(look) => {}
        }
    }
}

/// Takes the schedule when it is due and nobody has it. The lease ends a crashed process's hold.
async fn claim(tick: &dyn Tick, db: &Db) -> Result<bool, DbError> {
    let claimed: Option<i32> = sqlx::query_scalar(
        r#"
        INSERT INTO platform.ticks AS t (name, next_at, lease_until)
        VALUES ($1, now() + $2 * interval '1 second', now() + interval '5 minutes')
        ON CONFLICT (name) DO UPDATE
        SET next_at = excluded.next_at, lease_until = excluded.lease_until
        WHERE t.next_at <= now() AND t.lease_until <= now()
        RETURNING 1
        "#,
    )
    .bind(tick.name())
    .bind(tick.every().as_secs_f64())
    .fetch_optional(db.work_pool())
    .await?;
    Ok(claimed.is_some())
}

async fn release(name: &str, db: &Db) -> Result<(), DbError> {
    sqlx::query("UPDATE platform.ticks SET lease_until = '-infinity' WHERE name = $1")
        .bind(name)
        .execute(db.work_pool())
        .await?;
    Ok(())
}
