//! A unit of work in which the organisation has its companies.
//!
//! They come when identity tells of a new organisation. One that is older than the companies gets them
//! when somebody first looks.

use kernel::OrgId;
use platform::{Db, DbError};

use crate::{
    domain::object::COMPANIES,
    infrastructure::pg::{CrmTx, objects::welcome},
};

/// On behalf of somebody who sees only their organisation's rows.
pub async fn open(db: &Db, org: OrgId) -> Result<CrmTx, DbError> {
    let mut tx = CrmTx::tenant(db, org).await?;
    if tx.object_by_key(COMPANIES).await?.is_some() {
        return Ok(tx);
    }
    let now = tx.now();
    welcome(tx.platform(), &[org], now).await?;
    tx.commit().await?;
    CrmTx::tenant(db, org).await
}
