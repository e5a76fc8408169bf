//! What the built-in inbox caught.

use contracts::crm::consent::Channel;
use kernel::{MessageId, OrgId};
use platform::{Db, DbError};

use crate::{domain::inbox_mail::InboxMail, infrastructure::pg};

pub use crate::infrastructure::pg::inbox::InboxRow;

/// One page, the newest first.
pub async fn list_inbox(
    db: &Db,
    org: OrgId,
    search: &str,
    channel: Option<Channel>,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<InboxRow>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::inbox::list(&mut tx, org, search, channel, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// A caught message, and what a mail program makes of it.
#[derive(Debug)]
pub struct CaughtMessage {
    /// What the list shows.
    pub row: InboxRow,
    /// Its parts; of what is no mail, the text alone.
    pub mail: InboxMail,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<(String, String)>,
    /// As it was caught.
    pub source: Vec<u8>,
}

/// One caught message.
pub async fn find_in_inbox(db: &Db, org: OrgId, id: MessageId) -> Result<Option<CaughtMessage>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = pg::inbox::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found.map(|(row, kept)| CaughtMessage {
        mail: match row.channel() {
            Channel::Email => InboxMail::parse(&kept.source),
            Channel::Sms | Channel::Push => InboxMail::of_text(&kept.source),
        },
        row,
        url: kept.url,
        data: kept.data,
        source: kept.source,
    }))
}

/// Throws everything away and says how much that was.
pub async fn empty_inbox(db: &Db, org: OrgId) -> Result<u64, DbError> {
    let mut tx = db.tenant(org).await?;
    let gone = pg::inbox::empty(&mut tx, org).await?;
    tx.commit().await?;
    Ok(gone)
}
