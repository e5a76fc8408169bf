//! Schedules of identity.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use platform::Tick;

use crate::application::{IdentityDeps, expire_sessions::expire_sessions};

/// Forgets sessions and counts of attempts that can never matter again.
pub struct ExpireSessions(pub Arc<IdentityDeps>);

#[async_trait]
impl Tick for ExpireSessions {
    fn name(&self) -> &'static str {
        "identity.expire_sessions"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        Ok(expire_sessions(&self.0).await?)
    }
}
