//! crm.notes.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, NoteId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::note::{Note, NoteKind};

#[derive(sqlx::FromRow)]
struct Row {
    contact_id: Uuid,
    id: Uuid,
    kind: String,
    text: String,
    occurred_at: jiff_sqlx::Timestamp,
    created_by: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Note {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = NoteId::from_uuid(row.id);
        let kind = NoteKind::parse(&row.kind).ok_or_else(|| DbError::InconsistentRow {
            table: "crm.notes",
            column: "kind",
            id: id.to_string(),
        })?;
        Ok(Note {
            id,
            contact: row.contact_id.into(),
            kind,
            text: row.text,
            occurred_at: row.occurred_at.to_jiff(),
            created_by: row.created_by.map(Into::into),
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// Where a page of notes ended: when what the last one tells of took place, and which it is.
pub type NotePosition = (Timestamp, NoteId);

impl CrmTx {
    /// The notes about a contact, the latest first, after a position. There are dozens of them at most,
    /// so they are sorted as they are read.
    pub async fn notes(
        &mut self,
        contact: ContactId,
        after: Option<NotePosition>,
        limit: i64,
    ) -> Result<Vec<Note>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT contact_id, id, kind, text, occurred_at, created_by, created_at, updated_at
            FROM crm.notes
            WHERE org_id = $1
              AND contact_id = $2
              AND ($3::timestamptz IS NULL OR (occurred_at, id) < ($3, $4))
            ORDER BY occurred_at DESC, id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id.map(NoteId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Note::try_from).collect()
    }

    /// One note about a contact, kept from others until the end of the transaction.
    pub async fn lock_note(&mut self, contact: ContactId, id: NoteId) -> Result<Option<Note>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT contact_id, id, kind, text, occurred_at, created_by, created_at, updated_at
            FROM crm.notes
            WHERE org_id = $1 AND contact_id = $2 AND id = $3
            FOR UPDATE
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Note::try_from).transpose()
    }

    /// Writes a note, new or changed.
    pub async fn save_note(&mut self, note: &Note) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.notes (org_id, contact_id, id, kind, text, occurred_at, created_by, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT (org_id, contact_id, id) DO UPDATE
            SET kind = EXCLUDED.kind, text = EXCLUDED.text, occurred_at = EXCLUDED.occurred_at,
                updated_at = EXCLUDED.updated_at
            "#,
        )
        .bind(org)
        .bind(note.contact.uuid())
        .bind(note.id.uuid())
        .bind(note.kind.as_str())
        .bind(&note.text)
        .bind(note.occurred_at.to_sqlx())
        .bind(note.created_by.map(|user| user.uuid()))
        .bind(note.created_at.to_sqlx())
        .bind(note.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes a note.
    pub async fn delete_note(&mut self, contact: ContactId, id: NoteId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.notes WHERE org_id = $1 AND contact_id = $2 AND id = $3")
            .bind(org)
            .bind(contact.uuid())
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
