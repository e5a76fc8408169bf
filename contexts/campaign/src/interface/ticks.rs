//! Schedules.

use std::time::Duration;

use async_trait::async_trait;
use contracts::delivery::SETTLED_CHANNEL;
use platform::Tick;

use crate::application::{
    Campaigns, finish_campaigns::finish_campaigns, launch_due_campaigns::launch_due_campaigns,
    recover_campaigns::recover_campaigns,
};

/// Launches scheduled campaigns when their time has come.
pub struct LaunchDue(pub Campaigns);
/// Completes campaigns of which everything was sent.
pub struct Finish(pub Campaigns);
/// Makes good what a crash left undone.
pub struct Recover(pub Campaigns);

#[async_trait]
impl Tick for LaunchDue {
    fn name(&self) -> &'static str {
        "campaign.launch_due"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(launch_due_campaigns(&self.0).await?)
    }
}

#[async_trait]
impl Tick for Finish {
    fn name(&self) -> &'static str {
        "campaign.finish"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }
    fn woken_by(&self) -> Option<&'static str> {
        Some(SETTLED_CHANNEL)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(finish_campaigns(&self.0).await?)
    }
}

#[async_trait]
impl Tick for Recover {
    fn name(&self) -> &'static str {
        "campaign.recover"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(10)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(recover_campaigns(&self.0).await?)
    }
}
