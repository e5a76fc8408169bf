//! crm.fields.

use jiff_sqlx::ToSqlx;
use kernel::FieldId;
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::field::{Field, FieldType};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    label: String,
    r#type: String,
    options: Vec<String>,
    filterable: bool,
    indexed: bool,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Field {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = FieldId::from_uuid(row.id);
        let kind = FieldType::parse(&row.r#type);
        Ok(Field {
            id,
            key: row.key,
            label: row.label,
            kind: kind.ok_or_else(|| DbError::InconsistentRow {
                table: "crm.fields",
                column: "type",
                id: id.to_string(),
            })?,
            options: row.options,
            filterable: row.filterable,
            indexed: row.indexed,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

fn to_json(field: &Field) -> serde_json::Value {
    serde_json::json!({
        "id": field.id.uuid(),
        "key": field.key,
        "label": field.label,
        "type": field.kind.as_str(),
        "options": field.options,
        "filterable": field.filterable,
        "created_at": field.created_at,
    })
}

impl CrmTx {
    /// All fields, by label.
    pub async fn fields(&mut self) -> Result<Vec<Field>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, key, label, type, options, filterable, indexed, created_at, updated_at
            FROM crm.fields
            WHERE org_id = $1 AND NOT deleting
            ORDER BY lower(label), key
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Field::try_from).collect()
    }

    /// The fields of companies.
    pub async fn company_fields(&mut self) -> Result<Vec<Field>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, key, label, type, options, filterable, indexed, created_at, updated_at
            FROM crm.fields
            WHERE org_id = $1 AND object = 'companies' AND NOT deleting
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Field::try_from).collect()
    }

    /// Writes new fields. Returns false when one of the keys is taken, also by a field that is still
    /// being deleted; then nothing else may be done with this transaction.
    pub async fn insert_fields(&mut self, fields: &[Field]) -> Result<bool, DbError> {
        let rows: Vec<_> = fields.iter().map(to_json).collect();
        let org = self.org.uuid();
        let inserted = sqlx::query(
            r#"
            INSERT INTO crm.fields (org_id, id, key, label, type, options, filterable, created_at, updated_at)
            SELECT $1, f.id, f.key, f.label, f.type, f.options, f.filterable, f.created_at, f.created_at
            FROM jsonb_to_recordset($2) AS f (
                id uuid, key text, label text, type text, options text[], filterable boolean,
                created_at timestamptz
            )
            ORDER BY f.key
            ON CONFLICT (org_id, object, key) DO NOTHING
            "#,
        )
        .bind(org)
        .bind(serde_json::Value::Array(rows))
        .execute(self.conn())
        .await?;
        Ok(inserted.rows_affected() == fields.len() as u64)
    }

    /// Writes what can change of a field. Returns whether it exists.
    pub async fn update_field(&mut self, field: &Field) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let updated = sqlx::query(
            r#"
            UPDATE crm.fields
            SET label = $3, options = $4, filterable = $5, updated_at = $6
            WHERE org_id = $1 AND id = $2 AND NOT deleting
            "#,
        )
        .bind(org)
        .bind(field.id.uuid())
        .bind(&field.label)
        .bind(&field.options)
        .bind(field.filterable)
        .bind(field.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Hides a field until its values are gone. Returns its key, if it exists.
    pub async fn begin_deleting_field(&mut self, id: FieldId) -> Result<Option<String>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            UPDATE crm.fields SET deleting = true, filterable = false
            WHERE org_id = $1 AND id = $2 AND NOT deleting
            RETURNING key
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?)
    }

    /// Takes the values of a key from the contacts after `after`, at most `limit` contacts looked
    /// at. Returns the last one looked at, or nothing at the end.
    pub async fn forget_values(
        &mut self,
        key: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Option<Uuid>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            WITH page AS (
                SELECT id FROM crm.contacts
                WHERE org_id = $1 AND id > COALESCE($3, '00000000-0000-0000-0000-000000000000')
                ORDER BY id
                LIMIT $4
            ), forgotten AS (
                UPDATE crm.contacts AS c
                SET attributes = c.attributes - $2
                FROM page
                WHERE c.org_id = $1 AND c.id = page.id AND c.attributes ? $2
            )
            SELECT id FROM page ORDER BY id DESC LIMIT 1
            "#,
        )
        .bind(org)
        .bind(key)
        .bind(after)
        .bind(limit)
        .fetch_optional(self.conn())
        .await?)
    }

    /// Ends what [`CrmTx::begin_deleting_field`] began.
    pub async fn finish_deleting_field(&mut self, id: FieldId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.fields WHERE org_id = $1 AND id = $2 AND deleting")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
