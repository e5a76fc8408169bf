//! crm.fields.

use jiff_sqlx::ToSqlx;
use kernel::FieldId;
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::field::{CONTACTS, Field, FieldFlags, FieldType};

macro_rules! columns {
    () => {
        "id, object, key, label, type, options, required, visible, listable, publicly_updatable, \
         unique_identifier, max_length, default_value, field_group, position, filterable, indexed, created_at, \
         updated_at"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    object: String,
    key: String,
    label: String,
    r#type: String,
    options: Vec<String>,
    required: bool,
    visible: bool,
    listable: bool,
    publicly_updatable: bool,
    unique_identifier: bool,
    max_length: Option<i32>,
    default_value: Option<serde_json::Value>,
    field_group: String,
    position: i32,
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
            object: row.object,
            key: row.key,
            label: row.label,
            kind: kind.ok_or_else(|| DbError::InconsistentRow {
                table: "crm.fields",
                column: "type",
                id: id.to_string(),
            })?,
            options: row.options,
            flags: FieldFlags {
                required: row.required,
                visible: row.visible,
                listable: row.listable,
                publicly_updatable: row.publicly_updatable,
                unique_identifier: row.unique_identifier,
            },
            max_length: row.max_length.and_then(|most| usize::try_from(most).ok()),
            default_value: row.default_value,
            group: row.field_group,
            position: row.position,
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
        "object": field.object,
        "key": field.key,
        "label": field.label,
        "type": field.kind.as_str(),
        "options": field.options,
        "required": field.flags.required,
        "visible": field.flags.visible,
        "listable": field.flags.listable,
        "publicly_updatable": field.flags.publicly_updatable,
        "unique_identifier": field.flags.unique_identifier,
        "max_length": field.max_length,
        "default_value": field.default_value,
        "field_group": field.group,
        "position": field.position,
        "filterable": field.filterable,
        "created_at": field.created_at,
    })
}

impl CrmTx {
    /// The fields of contacts, in the order in which they are shown: by their place, then by label.
    pub async fn fields(&mut self) -> Result<Vec<Field>, DbError> {
        self.fields_of(&[CONTACTS]).await
    }

    /// The fields of some objects, in the same order.
    pub async fn fields_of(&mut self, objects: &[&str]) -> Result<Vec<Field>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM crm.fields WHERE org_id = $1 AND object = ANY($2) AND NOT deleting \
              ORDER BY position, lower(label), key"
        ))
        .bind(org)
        .bind(objects)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Field::try_from).collect()
    }

    /// The fields of companies.
    pub async fn company_fields(&mut self) -> Result<Vec<Field>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM crm.fields WHERE org_id = $1 AND object = 'companies' AND NOT deleting"
        ))
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Field::try_from).collect()
    }

    /// One field, whatever it is of.
    pub async fn field(&mut self, id: FieldId) -> Result<Option<Field>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM crm.fields WHERE org_id = $1 AND id = $2 AND NOT deleting"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Field::try_from).transpose()
    }

    /// Gives fields their places, in the order of the ids.
    pub async fn place_fields(&mut self, ids: &[FieldId]) -> Result<(), DbError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.fields AS f
            SET position = placed.position
            FROM UNNEST($2::uuid[]) WITH ORDINALITY AS placed (id, position)
            WHERE f.org_id = $1 AND f.id = placed.id
            "#,
        )
        .bind(org)
        .bind(&ids)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Writes new fields. Returns false when one of the keys is taken, also by a field that is still
    /// being deleted; then nothing else may be done with this transaction.
    pub async fn insert_fields(&mut self, fields: &[Field]) -> Result<bool, DbError> {
        let rows: Vec<_> = fields.iter().map(to_json).collect();
        let org = self.org.uuid();
        let inserted = sqlx::query(
            r#"
            INSERT INTO crm.fields (org_id, id, object, key, label, type, options, required, visible, listable,
                                    publicly_updatable, unique_identifier, max_length, default_value,
                                    field_group, position, filterable, created_at, updated_at)
            SELECT $1, f.id, f.object, f.key, f.label, f.type, f.options, f.required, f.visible, f.listable,
                   f.publicly_updatable, f.unique_identifier, f.max_length, NULLIF(f.default_value, 'null'),
                   f.field_group, f.position, f.filterable, f.created_at, f.created_at
            FROM jsonb_to_recordset($2) AS f (
                id uuid, object text, key text, label text, type text, options text[], required boolean,
                visible boolean, listable boolean, publicly_updatable boolean, unique_identifier boolean,
                max_length int, default_value jsonb, field_group text, position int, filterable boolean,
                created_at timestamptz
            )
            ORDER BY f.object, f.key
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
            SET label = $3, options = $4, filterable = $5, updated_at = $6, required = $7, visible = $8,
                listable = $9, publicly_updatable = $10, unique_identifier = $11, max_length = $12,
                default_value = $13, field_group = $14, position = $15
            WHERE org_id = $1 AND id = $2 AND NOT deleting
            "#,
        )
        .bind(org)
        .bind(field.id.uuid())
        .bind(&field.label)
        .bind(&field.options)
        .bind(field.filterable)
        .bind(field.updated_at.to_sqlx())
        .bind(field.flags.required)
        .bind(field.flags.visible)
        .bind(field.flags.listable)
        .bind(field.flags.publicly_updatable)
        .bind(field.flags.unique_identifier)
        .bind(field.max_length.and_then(|most| i32::try_from(most).ok()))
        .bind(&field.default_value)
        .bind(&field.group)
        .bind(field.position)
        .execute(self.conn())
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Hides a field until its values are gone. Returns its object and key, if it exists.
    pub async fn begin_deleting_field(&mut self, id: FieldId) -> Result<Option<(String, String)>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_as(
            r#"
            UPDATE crm.fields SET deleting = true, filterable = false, unique_identifier = false
            WHERE org_id = $1 AND id = $2 AND NOT deleting
            RETURNING object, key
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

    /// The same for the records of an object.
    pub async fn forget_record_values(
        &mut self,
        object: &str,
        key: &str,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Option<Uuid>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            WITH page AS (
                SELECT id, object_id FROM crm.records
                WHERE org_id = $1 AND id > COALESCE($3, '00000000-0000-0000-0000-000000000000')
                ORDER BY id
                LIMIT $4
            ), forgotten AS (
                UPDATE crm.records AS r
                SET attributes = r.attributes - $2
                FROM page, crm.objects AS o
                WHERE r.org_id = $1 AND r.id = page.id AND r.attributes ? $2
                  AND o.org_id = $1 AND o.id = page.object_id AND o.key = $5
            )
            SELECT id FROM page ORDER BY id DESC LIMIT 1
            "#,
        )
        .bind(org)
        .bind(key)
        .bind(after)
        .bind(limit)
        .bind(object)
        .fetch_optional(self.conn())
        .await?)
    }

    /// Ends what [`CrmTx::begin_deleting_field`] began.
    pub async fn finish_deleting_field(&mut self, id: FieldId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.unique_values WHERE org_id = $1 AND field_id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        sqlx::query("DELETE FROM crm.fields WHERE org_id = $1 AND id = $2 AND deleting")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
