//! What the links in a message lead to: who got it, what for, and what it was rendered from.

use contracts::{
    crm::ContactSnapshot,
    delivery::{Address, MessageSource},
};
use kernel::{ContactId, MessageId, OrgId, TemplateVersionId};
use platform::{DbError, Tx};
use sqlx::types::Json;
use uuid::Uuid;

use super::batches;

/// A message as the holder of one of its links may deal with it.
#[derive(Clone, Debug)]
pub struct LinkTarget {
    pub address: Address,
    pub contact: ContactId,
    pub source: MessageSource,
    /// What the batch is called: the campaign's name.
    pub batch_name: String,
    pub template_version: TemplateVersionId,
    /// What the message was rendered from.
    pub snapshot: ContactSnapshot,
}

#[derive(sqlx::FromRow)]
struct Row {
    address: String,
    contact_id: Uuid,
    contact: Json<ContactSnapshot>,
    source_kind: String,
    source_id: Option<Uuid>,
    batch_name: String,
    template_version_id: Uuid,
}

/// The message, while it is kept.
pub async fn find(tx: &mut Tx, org: OrgId, message: MessageId) -> Result<Option<LinkTarget>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT r.address, r.contact_id, r.contact, b.source_kind, b.source_id, b.name AS batch_name,
               b.template_version_id
        FROM delivery.recipients r
        JOIN delivery.messages m ON m.org_id = r.org_id AND m.id = r.message_id
        JOIN delivery.batches b ON b.org_id = m.org_id AND b.id = m.batch_id
        WHERE r.org_id = $1 AND r.message_id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(message.uuid())
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let address = Address::parse(&row.address).ok_or_else(|| DbError::InconsistentRow {
            table: "delivery.recipients",
            column: "address",
            id: message.to_string(),
        })?;
        Ok(LinkTarget {
            address,
            contact: row.contact_id.into(),
            source: batches::source(&row.source_kind, row.source_id).ok_or_else(|| {
                DbError::InconsistentRow {
                    table: "delivery.batches",
                    column: "source_kind",
                    id: message.to_string(),
                }
            })?,
            batch_name: row.batch_name,
            template_version: row.template_version_id.into(),
            snapshot: row.contact.0,
        })
    })
    .transpose()
}
