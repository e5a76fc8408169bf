//! What people answered to text messages.

use kernel::OrgId;
use platform::{Db, DbError};
use uuid::Uuid;

use crate::infrastructure::pg::replies;

pub use crate::infrastructure::pg::replies::{Filter, Reply};

/// One page, the newest first.
pub async fn list_replies(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Reply>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = replies::list(&mut tx, org, filter, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}
