//! The suppression list.

use contracts::delivery::Address;
use kernel::OrgId;
use platform::{Db, DbError};

use crate::infrastructure::pg::{suppression_log, suppressions};

pub use crate::infrastructure::pg::{
    suppression_log::{LogAction, LogEntry},
    suppressions::{Filter, Position, Suppression},
};

/// So much of an address's log is shown.
const LOG: i64 = 100;

/// One page, the newest first.
pub async fn list_suppressions(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Suppression>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = suppressions::list(&mut tx, org, filter, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// Where an address stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The address.
    pub address: Address,
    /// Each reason for which it is on the list; none when it is not.
    pub reasons: Vec<Suppression>,
    /// What happened to it, the newest first.
    pub log: Vec<LogEntry>,
}

/// Whether one address is on the list, why, and what happened to it.
pub async fn address_standing(db: &Db, org: OrgId, address: Address) -> Result<Standing, DbError> {
    let mut tx = db.tenant(org).await?;
    let reasons = suppressions::find(&mut tx, org, &address).await?;
    let log = suppression_log::of_address(&mut tx, org, &address, LOG).await?;
    tx.commit().await?;
    Ok(Standing {
        address,
        reasons,
        log,
    })
}
