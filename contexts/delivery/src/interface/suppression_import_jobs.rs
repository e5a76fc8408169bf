//! Background work of files of addresses.

use std::time::Duration;

use async_trait::async_trait;
use platform::{JobError, JobHandler, RunningJob, Tick};

use crate::application::import_suppressions::{IMPORT_SUPPRESSIONS, ImportDeps, keep_files, run_import};

/// Takes a file over.
pub struct ImportSuppressions(pub ImportDeps);

#[async_trait]
impl JobHandler for ImportSuppressions {
    fn kind(&self) -> &'static str {
        IMPORT_SUPPRESSIONS
    }

    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        run_import(&self.0, job).await
    }
}

/// Deletes files whose time is over.
pub struct SuppressionFileUpkeep(pub ImportDeps);

#[async_trait]
impl Tick for SuppressionFileUpkeep {
    fn name(&self) -> &'static str {
        "delivery.suppression_files"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn run(&self) -> anyhow::Result<()> {
        keep_files(&self.0).await
    }
}
