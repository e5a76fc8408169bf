//! Messages, and what happened to each.

use contracts::delivery::Address;
use kernel::{MessageId, OrgId};
use platform::{Db, DbError};

use crate::infrastructure::pg::{message_reads, report_reads, suppressions};

pub use crate::infrastructure::pg::{
    message_reads::{AttemptRow, Filter, FoundMessage, MessageRow, Recipient},
    report_reads::ReportRow,
    suppressions::Suppression,
};

/// One page, the newest first.
pub async fn list_messages(
    db: &Db,
    org: OrgId,
    filter: &Filter,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageRow>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = message_reads::list(&mut tx, org, filter, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// A message with all that happened to it.
#[derive(Clone, Debug)]
pub struct MessageStory {
    /// The message and what is around it.
    pub message: FoundMessage,
    /// Each try, in order.
    pub attempts: Vec<AttemptRow>,
    /// What others said became of it, in order.
    pub reports: Vec<ReportRow>,
    /// Why its address may not be written to now.
    pub suppressed: Vec<Suppression>,
}

/// One message.
pub async fn message_story(db: &Db, org: OrgId, id: MessageId) -> Result<Option<MessageStory>, DbError> {
    let mut tx = db.tenant(org).await?;
    let Some(message) = message_reads::find(&mut tx, org, id).await? else {
        return Ok(None);
    };
    let attempts = message_reads::attempts(&mut tx, org, id).await?;
    let reports = report_reads::of_message(&mut tx, org, id).await?;
    let recipient = message.row.recipient.as_ref();
    let suppressed = match recipient.and_then(|r| Address::parse(&r.address)) {
        Some(address) => suppressions::find(&mut tx, org, &address).await?,
        None => Vec::new(),
    };
    tx.commit().await?;
    Ok(Some(MessageStory {
        message,
        attempts,
        reports,
        suppressed,
    }))
}
