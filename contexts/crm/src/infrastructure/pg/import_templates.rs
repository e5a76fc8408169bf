//! crm.import_templates.

use jiff_sqlx::ToSqlx;
use kernel::{ImportTemplateId, Timestamp};
use platform::DbError;
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::import::template::ImportTemplate;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    object: String,
    columns: Vec<String>,
    mapping: Value,
    created_by: Option<Uuid>,
}

impl CrmTx {
    /// The templates of what files become, those that were used or made last first.
    pub async fn import_templates(&mut self, object: &str) -> Result<Vec<ImportTemplate>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, name, object, columns, mapping, created_by
            FROM crm.import_templates
            WHERE org_id = $1 AND object = $2
            ORDER BY updated_at DESC, id
            LIMIT 200
            "#,
        )
        .bind(org)
        .bind(object)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ImportTemplate {
                    id: row.id.into(),
                    name: row.name,
                    object: row.object,
                    columns: row.columns,
                    mapping: serde_json::from_value(row.mapping)?,
                    created_by: row.created_by.map(Into::into),
                })
            })
            .collect()
    }

    /// Keeps a template. One of the same name, whatever the case of its letters, becomes this one.
    pub async fn save_import_template(
        &mut self,
        template: &ImportTemplate,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.import_templates (org_id, id, name, columns, mapping, created_by, created_at, updated_at, object)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
            ON CONFLICT (org_id, object, lower(name)) DO UPDATE
            SET name = excluded.name, columns = excluded.columns, mapping = excluded.mapping,
                updated_at = excluded.updated_at
            "#,
        )
        .bind(org)
        .bind(template.id.uuid())
        .bind(&template.name)
        .bind(&template.columns)
        .bind(serde_json::to_value(&template.mapping)?)
        .bind(template.created_by.map(|user| user.uuid()))
        .bind(now.to_sqlx())
        .bind(&template.object)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes one. False when it was not there.
    pub async fn delete_import_template(&mut self, id: ImportTemplateId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let gone = sqlx::query("DELETE FROM crm.import_templates WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(gone.rows_affected() == 1)
    }
}
