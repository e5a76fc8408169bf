use std::time::Duration;

use async_trait::async_trait;
use platform::{Db, Tick};

use crate::application::watch_harm::watch_harm;

/// Brakes mail that does a domain's name more harm than good.
pub struct HarmWatch(pub Db);

#[async_trait]
impl Tick for HarmWatch {
    fn name(&self) -> &'static str {
        "delivery.harm_watch"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn run(&self) -> anyhow::Result<()> {
        watch_harm(&self.0).await?;
        Ok(())
    }
}
