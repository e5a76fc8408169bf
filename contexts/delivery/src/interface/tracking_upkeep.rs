use std::time::Duration;

use async_trait::async_trait;
use platform::{Db, Tick};

use crate::infrastructure::pg;

/// Makes the partitions for the opens and clicks of the coming months.
pub struct TrackingUpkeep(pub Db);

#[async_trait]
impl Tick for TrackingUpkeep {
    fn name(&self) -> &'static str {
        "delivery.tracking_upkeep"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(6 * 60 * 60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        let mut tx = self.0.system().await?;
        pg::tracking::ensure_partitions(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
