//! crm.contact_views.

use jiff_sqlx::ToSqlx;
use kernel::{Timestamp, ViewId};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::contact_view::ContactView;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    query: String,
    owner_id: Uuid,
    shared: bool,
}

impl From<Row> for ContactView {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            name: row.name,
            query: row.query,
            owner: row.owner_id.into(),
            shared: row.shared,
        }
    }
}

impl CrmTx {
    /// One, kept from others until the end of the transaction.
    pub async fn lock_contact_view(&mut self, id: ViewId) -> Result<Option<ContactView>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, name, query, owner_id, shared
            FROM crm.contact_views
            WHERE org_id = $1 AND id = $2
            FOR UPDATE
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(ContactView::from))
    }

    /// Writes a view, new or changed.
    pub async fn save_contact_view(&mut self, view: &ContactView, now: Timestamp) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.contact_views (org_id, id, name, query, owner_id, shared, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (org_id, id) DO UPDATE
            SET name = excluded.name, query = excluded.query, shared = excluded.shared,
                updated_at = excluded.updated_at
            "#,
        )
        .bind(org)
        .bind(view.id.uuid())
        .bind(&view.name)
        .bind(&view.query)
        .bind(view.owner.uuid())
        .bind(view.shared)
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes a view.
    pub async fn delete_contact_view(&mut self, id: ViewId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.contact_views WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}
