//! Looking for contacts that may be one person: a job, one statement for each way to be alike.

use kernel::Timestamp;
use platform::{DbError, Deps, JobError, NewJob, RunningJob};
use serde::{Deserialize, Serialize};

use crate::{domain::duplicate::Likeness, infrastructure::pg::CrmTx};

/// The job that looks.
pub const FIND_DUPLICATES: &str = "crm.find_duplicates";

/// What [`FIND_DUPLICATES`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct FindDuplicates {
    /// When it was asked for: tells what this search found from what an earlier one did.
    pub started_at: Timestamp,
}

/// Starts a search, unless one is under way; says whether it did.
pub async fn start_duplicate_search(mut tx: CrmTx, now: Timestamp) -> Result<bool, DbError> {
    if tx.duplicate_search().await?.is_some_and(|search| search.running) {
        return Ok(false);
    }
    let job = NewJob::new(FIND_DUPLICATES, tx.org(), &FindDuplicates { started_at: now })?;
    let job = tx.enqueue(job).await?;
    tx.begin_duplicate_search(job, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Goes on behind the last way that was looked at.
pub async fn find_duplicates(deps: &Deps, job: &mut RunningJob) -> Result<(), JobError> {
    let FindDuplicates { started_at } = job.payload()?;
    let from: usize = job.checkpoint()?.unwrap_or(0);
    for (n, likeness) in Likeness::ALL.into_iter().enumerate().skip(from) {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.find_duplicates(likeness, started_at).await?;
        let (done, all) = (n as i64 + 1, Likeness::ALL.len() as i64);
        job.save(tx.platform(), &(n + 1), done, Some(all)).await?;
        tx.commit().await?;
    }
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    tx.finish_duplicate_search(started_at, deps.clock.now()).await?;
    Ok(tx.commit().await?)
}
