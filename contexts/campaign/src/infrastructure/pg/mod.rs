//! All SQL of campaigns, as methods of one unit of work.
//!
//! A unit of work is of one organisation ([`CampaignDb::tenant`], behind row-level security) when a
//! person or a program acts, and over all of them ([`CampaignDb::system`]) for schedules and jobs.

mod campaigns;
mod launches;
mod work;

use contracts::campaign::CampaignEvent;
use kernel::{JobId, OrgId};
use platform::{Db, DbError, NewJob, Tx};

pub use work::{Finished, UnderWay};

/// Where units of work come from.
#[derive(Clone, Debug)]
pub struct CampaignDb(Db);

/// Rows, facts and jobs of campaigns that become true together.
#[derive(Debug)]
pub struct CampaignTx(Tx);

impl CampaignDb {
    /// Over this database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self(db)
    }

    /// A unit of work that sees one organisation only.
    pub async fn tenant(&self, org: OrgId) -> Result<CampaignTx, DbError> {
        self.0.tenant(org).await.map(CampaignTx)
    }

    /// A unit of work over all organisations.
    pub async fn system(&self) -> Result<CampaignTx, DbError> {
        self.0.system().await.map(CampaignTx)
    }
}

impl CampaignTx {
    /// Tells the other contexts.
    pub async fn publish(&mut self, org: OrgId, event: &CampaignEvent) -> Result<(), DbError> {
        self.0.record(org, event).await
    }

    /// Puts a job into the queue.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<JobId, DbError> {
        self.0.enqueue(job).await
    }

    /// For a job that saves its checkpoint along with what it did.
    pub fn inner(&mut self) -> &mut Tx {
        &mut self.0
    }

    /// Makes it true.
    pub async fn commit(self) -> Result<(), DbError> {
        self.0.commit().await
    }
}

/// A stored value that the program can never have written.
fn inconsistent(column: &'static str, id: kernel::CampaignId) -> DbError {
    DbError::InconsistentRow {
        table: "campaign.campaigns",
        column,
        id: id.to_string(),
    }
}
