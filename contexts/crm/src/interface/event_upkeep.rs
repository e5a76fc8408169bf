//! What is done again and again for the event stream.

use std::time::Duration;

use async_trait::async_trait;
use platform::{Deps, Tick};

use crate::infrastructure::pg::{event_catalogue, event_keys, event_log};

/// Adds up which events there are.
pub struct AddUpEvents(pub Deps);

#[async_trait]
impl Tick for AddUpEvents {
    fn name(&self) -> &'static str {
        "crm.add_up_events"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(2)
    }
    async fn run(&self) -> anyhow::Result<()> {
        while event_catalogue::add_up(&self.0.db).await? > 0 {}
        Ok(())
    }
}

/// Keeps the debugger's log short.
pub struct TrimEventLog(pub Deps);

#[async_trait]
impl Tick for TrimEventLog {
    fn name(&self) -> &'static str {
        "crm.trim_event_log"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(event_log::trim(&self.0.db).await?)
    }
}

/// Makes the partitions of message keys of the coming days and drops the old ones.
pub struct KeepEventKeys(pub Deps);

#[async_trait]
impl Tick for KeepEventKeys {
    fn name(&self) -> &'static str {
        "crm.keep_event_keys"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(6 * 60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(event_keys::keep_partitions(&self.0.db).await?)
    }
}
