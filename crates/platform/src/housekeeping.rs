//! What the platform does for itself again and again.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Executor;

use crate::{Db, Tick};

/// Makes the outbox's next partitions, drops those that everybody has read long ago, and forgets old
/// idempotency keys and jobs.
pub(crate) struct KeepHouse {
    pub(crate) db: Db,
}

#[async_trait]
impl Tick for KeepHouse {
    fn name(&self) -> &'static str {
        "platform.keep_house"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn run(&self) -> anyhow::Result<()> {
        let pool = self.db.work_pool();
        pool.execute("SELECT platform.ensure_partitions('platform.outbox', 'day', 3, 7)")
            .await?;
        pool.execute("DELETE FROM platform.idempotency_keys WHERE created_at < now() - interval '24 hours'")
            .await?;
        pool.execute("DELETE FROM platform.jobs WHERE finished_at < now() - interval '90 days'")
            .await?;
        pool.execute("DELETE FROM platform.heartbeats WHERE at < now() - interval '1 day'")
            .await?;
        Ok(())
    }
}
