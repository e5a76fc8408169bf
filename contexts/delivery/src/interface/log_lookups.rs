//! Looking for messages in doubt, again and again.

use std::time::Duration;

use async_trait::async_trait;
use platform::{Db, Tick, egress::Reach};

use crate::application::look_up_in_log::look_up_in_logs;

/// Asks the logs of Postfix servers about held messages.
pub struct LogLookups {
    /// The database.
    pub db: Db,
    /// Files are read only where accounts may lead anywhere: the path was typed in by a person.
    pub reach: Reach,
}

#[async_trait]
impl Tick for LogLookups {
    fn name(&self) -> &'static str {
        "delivery.log_lookups"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        if self.reach == Reach::Anywhere {
            look_up_in_logs(&self.db).await?;
        }
        Ok(())
    }
}
