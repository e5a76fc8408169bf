//! All SQL of analytics. Writers work in the transaction of their subscriber; readers in one of the
//! organisation that asks.

mod read;
mod write;

use kernel::OrgId;
use platform::{Db, DbError, Tx};

pub use read::{CampaignRow, GrowthRow, Reader};
pub use write::{add_contacts, add_links, add_to_campaigns, add_to_hours, change_campaigns};

/// Where units of work come from.
#[derive(Clone, Debug)]
pub struct AnalyticsDb(Db);

impl AnalyticsDb {
    /// Over this database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self(db)
    }

    /// Reads what belongs to one organisation.
    pub async fn reader(&self, org: OrgId) -> Result<Reader, DbError> {
        let tx: Tx = self.0.tenant(org).await?;
        Ok(Reader::new(tx, org))
    }
}
