//! What has to be done again and again beside sending.

use std::time::Duration;

use async_trait::async_trait;
use platform::{Db, Tick};

use crate::infrastructure::pg::{attachments, caught, partitions, sending_tallies, tallies};

/// So many messages stay in the built-in inbox of an organisation.
const INBOX_KEEPS: i64 = 10_000;

/// Makes partitions ahead of time, adds tallies up, trims the built-in inbox and forgets files that were sent.
pub struct Upkeep(pub Db);

#[async_trait]
impl Tick for Upkeep {
    fn name(&self) -> &'static str {
        "delivery.upkeep"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        let mut tx = self.0.system().await?;
        partitions::ensure(&mut tx).await?;
        tallies::compact(&mut tx).await?;
        tx.commit().await?;
        let mut tx = self.0.system().await?;
        caught::trim(&mut tx, INBOX_KEEPS).await?;
        sending_tallies::compact(&mut tx).await?;
        let now = tx.now();
        attachments::forget_old(&mut tx, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
