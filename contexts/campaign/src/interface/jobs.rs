//! Long work.

use async_trait::async_trait;
use platform::{JobError, JobHandler, RunningJob};

use crate::application::{
    Campaigns,
    materialise_recipients::{KIND, materialise_recipients},
};

/// Hands the recipients of a launched campaign over to delivery.
pub struct MaterialiseRecipients(pub Campaigns);

#[async_trait]
impl JobHandler for MaterialiseRecipients {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        materialise_recipients(&self.0, job).await
    }

    /// So that a campaign to a million people does not hold up the small ones of others.
    fn concurrency(&self) -> usize {
        4
    }
}
