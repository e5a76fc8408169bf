//! Messages from other contexts on their way into the queue.

use contracts::{
    PortResult,
    crm::{ContactSnapshots, consent::Channel},
    delivery::{BatchSpec, MessageIntent},
    event::MAX_ITEMS,
};
use kernel::{BatchId, OrgId, TemplateVersionId};
use platform::{Db, DbError};

use super::merge_records::add_records;
use crate::{
    domain::template::{CompiledTemplate, record_words},
    infrastructure::pg::{batches, intake},
};

/// Opens a batch. Opening the same one again changes nothing.
pub async fn open_batch(db: &Db, org: OrgId, batch: &BatchSpec) -> Result<(), DbError> {
    let mut tx = db.system().await?;
    batches::open(&mut tx, org, batch).await?;
    tx.commit().await
}

/// The version that a batch's messages are made from and what they travel by, if there is such a batch.
pub async fn template_of_batch(
    db: &Db,
    org: OrgId,
    batch: BatchId,
) -> Result<Option<(TemplateVersionId, Channel)>, DbError> {
    let mut tx = db.system().await?;
    let found = batches::find(&mut tx, org, batch).await?;
    Ok(found.map(|batch| (batch.template_version, batch.channel)))
}

/// The messages with the records that the template reaches for: what people see is what was true
/// when the message was handed over, as it is of all else that is known of them. Nothing when it
/// reaches for none.
pub async fn with_records(
    contacts: &dyn ContactSnapshots,
    org: OrgId,
    template: &CompiledTemplate,
    messages: &[MessageIntent],
) -> PortResult<Option<Vec<MessageIntent>>> {
    if record_words(&template.artefacts().variables).is_empty() {
        return Ok(None);
    }
    let mut messages = messages.to_vec();
    let snapshots = messages.iter_mut().map(|message| &mut message.contact);
    add_records(contacts, org, template, snapshots).await?;
    Ok(Some(messages))
}

/// Adds messages, all or none of them; those whose key was seen before are passed over. Returns how
/// many were new; `None` when there is no such batch.
pub async fn take_in_messages(
    db: &Db,
    org: OrgId,
    batch: BatchId,
    messages: &[MessageIntent],
) -> Result<Option<u64>, DbError> {
    let mut tx = db.system().await?;
    let mut added = 0;
    for some in messages.chunks(MAX_ITEMS) {
        match intake::add(&mut tx, org, batch, some).await? {
            Some(new) => added += new,
            None => return Ok(None),
        }
    }
    tx.commit().await?;
    Ok(Some(added))
}
