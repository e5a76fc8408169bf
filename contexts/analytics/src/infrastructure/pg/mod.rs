//! All SQL of analytics.

mod reads;
mod rollups;

use kernel::OrgId;
use platform::{Db, DbError, Tx};

pub use reads::{CampaignLine, DayRow, Reads};
pub use rollups::{CampaignDelta, ContactDelta, save_campaigns, save_contacts, save_messages};

/// Where reads come from.
#[derive(Clone, Debug)]
pub struct AnalyticsDb(Db);

impl AnalyticsDb {
    /// Over this database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self(db)
    }

    /// Reads that see one organisation only.
    pub async fn reads(&self, org: OrgId) -> Result<Reads, DbError> {
        let tx: Tx = self.0.tenant(org).await?;
        Ok(Reads::new(tx, org))
    }
}
