//! What has to be done about reports again and again.

use std::time::Duration;

use async_trait::async_trait;
use contracts::delivery::SETTLED_CHANNEL;
use platform::{Db, Tick};

use crate::{
    application::apply_reports::{ReportDeps, look_again},
    infrastructure::pg::{reports, webhook_accounts},
};

/// Applies reports that came before the outcome of their message, as soon as engines have written
/// outcomes, and every ten seconds.
pub struct JoinReports(pub ReportDeps);

#[async_trait]
impl Tick for JoinReports {
    fn name(&self) -> &'static str {
        "delivery.join_reports"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(10)
    }

    fn woken_by(&self) -> Option<&'static str> {
        Some(SETTLED_CHANNEL)
    }

    async fn run(&self) -> anyhow::Result<()> {
        look_again(&self.0).await?;
        Ok(())
    }
}

/// Deletes reports, and what protects from repeated calls, after 90 days.
pub struct PruneReports(pub Db);

#[async_trait]
impl Tick for PruneReports {
    fn name(&self) -> &'static str {
        "delivery.prune_reports"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        loop {
            let mut tx = self.0.system().await?;
            let gone = reports::prune(&mut tx).await?;
            tx.commit().await?;
            if gone == 0 {
                break;
            }
        }
        let mut tx = self.0.system().await?;
        webhook_accounts::prune(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
