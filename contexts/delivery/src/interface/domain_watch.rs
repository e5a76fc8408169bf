//! Looks after domains: asks DNS again, and lets old keys go.

use std::time::Duration;

use async_trait::async_trait;
use platform::Tick;

use crate::application::{check_domain::check_due_domains, settings_deps::SettingsDeps};

/// Checks the domains whose time has come.
pub struct WatchDomains(pub SettingsDeps);

#[async_trait]
impl Tick for WatchDomains {
    fn name(&self) -> &'static str {
        "delivery.watch_domains"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        check_due_domains(&self.0).await?;
        Ok(())
    }
}
