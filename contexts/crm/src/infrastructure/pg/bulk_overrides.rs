//! crm.bulk_overrides: where people stood whom a change to many put into a segment or took out.

use kernel::{BulkActionId, ContactId, SegmentId};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;

/// Somebody whom an action put in or took out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkOverride {
    pub id: Uuid,
    pub contact: ContactId,
    /// What was said of them before; `None` when the rule decided.
    pub before: Option<bool>,
    /// What is said of them now.
    pub current: Option<bool>,
}

impl CrmTx {
    /// Writes down what is said at present of those of whom something else is to be said. Returns them.
    pub async fn note_overrides(
        &mut self,
        action: BulkActionId,
        segment: SegmentId,
        contacts: &[ContactId],
        included: bool,
    ) -> Result<Vec<ContactId>, DbError> {
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let noted: Vec<Uuid> = sqlx::query_scalar(
            r#"
            INSERT INTO crm.bulk_overrides (org_id, action_id, id, contact_id, included)
            SELECT $1, $2, gen_random_uuid(), c.id, o.included
            FROM crm.contacts AS c
            LEFT JOIN crm.segment_overrides AS o
              ON o.org_id = $1 AND o.segment_id = $3 AND o.contact_id = c.id
            WHERE c.org_id = $1 AND c.id = ANY($4) AND o.included IS DISTINCT FROM $5
            ORDER BY c.id
            RETURNING contact_id
            "#,
        )
        .bind(org)
        .bind(action.uuid())
        .bind(segment.uuid())
        .bind(&ids)
        .bind(included)
        .fetch_all(self.conn())
        .await?;
        Ok(noted.into_iter().map(Into::into).collect())
    }

    /// What an action found, behind one entry.
    pub async fn bulk_overrides(
        &mut self,
        action: BulkActionId,
        segment: SegmentId,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<BulkOverride>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid, Option<bool>, Option<bool>)> = sqlx::query_as(
            r#"
            SELECT b.id, b.contact_id, b.included, o.included
            FROM crm.bulk_overrides AS b
            LEFT JOIN crm.segment_overrides AS o
              ON o.org_id = $1 AND o.segment_id = $3 AND o.contact_id = b.contact_id
            WHERE b.org_id = $1 AND b.action_id = $2 AND ($4::uuid IS NULL OR b.id > $4)
            ORDER BY b.id
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(action.uuid())
        .bind(segment.uuid())
        .bind(after)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, contact, before, current)| BulkOverride {
                id,
                contact: contact.into(),
                before,
                current,
            })
            .collect())
    }
}
