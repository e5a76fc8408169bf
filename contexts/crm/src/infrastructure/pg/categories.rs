//! crm.categories of segments.

use jiff_sqlx::ToSqlx;
use kernel::{CategoryId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;

/// A category, and how many segments are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
    pub segments: i64,
    pub created_at: Timestamp,
}

/// Why a category was not written.
#[derive(Debug, thiserror::Error)]
pub enum CategoryWriteError {
    #[error("another category has this name")]
    NameTaken,
    #[error("there is no such category")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for CategoryWriteError {
    fn from(error: sqlx::Error) -> Self {
        match DbError::from(error) {
            error if error.violates("categories_name") => CategoryWriteError::NameTaken,
            error => CategoryWriteError::Db(error),
        }
    }
}

impl CrmTx {
    /// All categories by name.
    pub async fn categories(&mut self) -> Result<Vec<Category>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, String, i64, jiff_sqlx::Timestamp)> = sqlx::query_as(
            r#"
            SELECT c.id, c.name, count(s.id), c.created_at
            FROM crm.categories AS c
            LEFT JOIN crm.segments AS s ON s.org_id = $1 AND s.category_id = c.id
            WHERE c.org_id = $1
            GROUP BY c.id, c.name, c.created_at
            ORDER BY lower(c.name)
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, segments, at)| Category {
                id: id.into(),
                name,
                segments,
                created_at: at.to_jiff(),
            })
            .collect())
    }

    /// Writes a new one.
    pub async fn insert_category(&mut self, id: CategoryId, name: &str) -> Result<(), CategoryWriteError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query("INSERT INTO crm.categories (org_id, id, name, created_at) VALUES ($1, $2, $3, $4)")
            .bind(org)
            .bind(id.uuid())
            .bind(name)
            .bind(now.to_sqlx())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Gives one another name.
    pub async fn rename_category(&mut self, id: CategoryId, name: &str) -> Result<(), CategoryWriteError> {
        let org = self.org.uuid();
        let renamed = sqlx::query("UPDATE crm.categories SET name = $3 WHERE org_id = $1 AND id = $2")
            .bind(org)
            .bind(id.uuid())
            .bind(name)
            .execute(self.conn())
            .await?;
        if renamed.rows_affected() == 1 {
            Ok(())
        } else {
            Err(CategoryWriteError::NotFound)
        }
    }

    /// Deletes one; its segments stay, in no category. Returns whether it existed.
    pub async fn delete_category(&mut self, id: CategoryId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let deleted: i64 = sqlx::query_scalar(
            r#"
            WITH freed AS (
                UPDATE crm.segments SET category_id = NULL WHERE org_id = $1 AND category_id = $2
            ), gone AS (
                DELETE FROM crm.categories WHERE org_id = $1 AND id = $2 RETURNING id
            )
            SELECT count(*) FROM gone
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_one(self.conn())
        .await?;
        Ok(deleted == 1)
    }
}
