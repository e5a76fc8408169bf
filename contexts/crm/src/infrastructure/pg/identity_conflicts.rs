//! crm.identity_conflicts: identified people who are claimed to be one.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{contact, identity::IdentifierKind};

/// A claim that waits for somebody's decision.
#[derive(Clone, Debug)]
pub struct OpenConflict {
    pub id: Uuid,
    pub contact: ContactId,
    pub contact_label: String,
    pub other: ContactId,
    pub other_label: String,
    pub kind: IdentifierKind,
    pub value: String,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contact_id: Uuid,
    contact: Vec<Option<String>>,
    other_contact_id: Uuid,
    other: Vec<Option<String>>,
    kind: String,
    value: String,
    at: jiff_sqlx::Timestamp,
}

fn label(names: &[Option<String>]) -> String {
    let of = |at: usize| names.get(at).and_then(Option::as_deref);
    contact::label(of(0).unwrap_or_default(), of(1).unwrap_or_default(), of(2), of(3))
}

impl CrmTx {
    /// Claims that nobody has decided, the newest first; of one contact or of all.
    pub async fn open_conflicts(
        &mut self,
        contact: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<OpenConflict>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT f.id, f.contact_id, ARRAY[a.first_name, a.last_name, a.email, a.external_id] AS contact,
                   f.other_contact_id, ARRAY[b.first_name, b.last_name, b.email, b.external_id] AS other,
                   f.kind, f.value, f.at
            FROM crm.identity_conflicts AS f
            JOIN crm.contacts AS a ON a.org_id = f.org_id AND a.id = f.contact_id
            JOIN crm.contacts AS b ON b.org_id = f.org_id AND b.id = f.other_contact_id
            WHERE f.org_id = $1 AND f.resolved_at IS NULL
              AND ($2::uuid IS NULL OR f.contact_id = $2 OR f.other_contact_id = $2)
            ORDER BY f.at DESC, f.id
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(contact.map(ContactId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(OpenConflict {
                    id: row.id,
                    contact: row.contact_id.into(),
                    contact_label: label(&row.contact),
                    other: row.other_contact_id.into(),
                    other_label: label(&row.other),
                    kind: IdentifierKind::parse(&row.kind).ok_or_else(|| DbError::InconsistentRow {
                        table: "crm.identity_conflicts",
                        column: "kind",
                        id: row.id.to_string(),
                    })?,
                    value: row.value,
                    at: row.at.to_jiff(),
                })
            })
            .collect()
    }

    /// Notes that somebody has decided: they are two. Returns whether there was such a claim.
    pub async fn dismiss_conflict(&mut self, id: Uuid, at: Timestamp) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let done = sqlx::query(
            r#"
            UPDATE crm.identity_conflicts SET resolved_at = $3
            WHERE org_id = $1 AND id = $2 AND resolved_at IS NULL
            "#,
        )
        .bind(org)
        .bind(id)
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
