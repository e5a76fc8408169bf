//! What the built-in inbox caught.

use kernel::{MessageId, OrgId};
use platform::{Db, DbError};

use crate::{domain::inbox_mail::InboxMail, infrastructure::pg};

pub use crate::infrastructure::pg::inbox::InboxRow;

/// One page, the newest first.
pub async fn list_inbox(
    db: &Db,
    org: OrgId,
    search: &str,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<InboxRow>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::inbox::list(&mut tx, org, search, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// A caught message, and what a mail program makes of it.
#[derive(Debug)]
pub struct CaughtMessage {
    /// What the list shows.
    pub row: InboxRow,
    /// Its parts.
    pub mail: InboxMail,
    /// As it was caught.
    pub source: Vec<u8>,
}

/// One caught message.
pub async fn find_in_inbox(db: &Db, org: OrgId, id: MessageId) -> Result<Option<CaughtMessage>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::inbox::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found.map(|(row, source)| CaughtMessage {
        row,
        mail: InboxMail::parse(&source),
        source,
    }))
}

/// Throws everything away and says how much that was.
pub async fn empty_inbox(db: &Db, org: OrgId) -> Result<u64, DbError> {
    let mut tx = db.tenant(org).await?;
    let gone = pg::inbox::empty(&mut tx, org).await?;
    tx.commit().await?;
    Ok(gone)
}
