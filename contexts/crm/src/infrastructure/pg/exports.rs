//! crm.exports.

use jiff_sqlx::ToSqlx;
use kernel::{ExportId, OrgId};
use platform::{DbError, Tx, objects::ObjectKey};
use serde_json::Value;
use uuid::Uuid;

use super::{CrmTx, imports::read};
use crate::domain::export::{DAYS_KEPT, Export, ExportFormat, ExportState};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    format: String,
    selection: Value,
    sentence: String,
    columns: Vec<String>,
    state: String,
    job_id: Option<Uuid>,
    rows: i64,
    size_bytes: i64,
    created_by: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

macro_rules! export_columns {
    () => {
        "id, format, selection, sentence, columns, state, job_id, rows, size_bytes, created_by, created_at, \
         finished_at"
    };
}

impl TryFrom<Row> for Export {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ExportId::from_uuid(row.id);
        let inconsistent = |column| DbError::InconsistentRow {
            table: "crm.exports",
            column,
            id: id.to_string(),
        };
        Ok(Export {
            id,
            format: ExportFormat::parse(&row.format).ok_or_else(|| inconsistent("format"))?,
            selection: serde_json::from_value(row.selection)?,
            sentence: row.sentence,
            columns: row.columns,
            state: ExportState::parse(&row.state).ok_or_else(|| inconsistent("state"))?,
            job: row.job_id.map(Into::into),
            rows: row.rows,
            size_bytes: row.size_bytes,
            created_by: row.created_by.map(Into::into),
            created_at: row.created_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

impl CrmTx {
    /// Writes down an export that begins.
    pub async fn insert_export(&mut self, export: &Export) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.exports
                (org_id, id, format, selection, sentence, columns, state, job_id, created_by, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            "#,
        )
        .bind(org)
        .bind(export.id.uuid())
        .bind(export.format.as_str())
        .bind(serde_json::to_value(&export.selection)?)
        .bind(&export.sentence)
        .bind(&export.columns)
        .bind(export.state.as_str())
        .bind(export.job.map(|job| job.uuid()))
        .bind(export.created_by.map(|user| user.uuid()))
        .bind(export.created_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// One.
    pub async fn export(&mut self, id: ExportId) -> Result<Option<Export>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            export_columns!(),
            " FROM crm.exports WHERE org_id = $1 AND id = $2"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Export::try_from).transpose()
    }

    /// Exports, the newest first.
    pub async fn exports(&mut self, before: Option<ExportId>, limit: i64) -> Result<Vec<Export>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            export_columns!(),
            " FROM crm.exports WHERE org_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
        ))
        .bind(org)
        .bind(before.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Export::try_from).collect()
    }

    /// Where the file of a finished export lies.
    pub async fn export_file(&mut self, id: ExportId) -> Result<Option<ObjectKey>, DbError> {
        let org = self.org.uuid();
        let key: Option<Option<Value>> =
            sqlx::query_scalar("SELECT object_key FROM crm.exports WHERE org_id = $1 AND id = $2")
                .bind(org)
                .bind(id.uuid())
                .fetch_optional(self.conn())
                .await?;
        read(key.flatten())
    }

    /// Notes how many contacts are in the file so far. False when it is no longer wanted.
    pub async fn note_exported(&mut self, id: ExportId, rows: i64) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let noted = sqlx::query(
            "UPDATE crm.exports SET rows = $3 WHERE org_id = $1 AND id = $2 AND state = 'running'",
        )
        .bind(org)
        .bind(id.uuid())
        .bind(rows)
        .execute(self.conn())
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Ends an export that runs. False when it ran no longer.
    pub async fn end_export(
        &mut self,
        id: ExportId,
        state: ExportState,
        file: Option<(ObjectKey, i64)>,
    ) -> Result<bool, DbError> {
        let (org, now) = (self.org.uuid(), self.now().to_sqlx());
        let key = file.map(|(key, _)| serde_json::to_value(key)).transpose()?;
        let ended = sqlx::query(
            r#"
            UPDATE crm.exports
            SET state = $3, object_key = $4, size_bytes = $5, finished_at = $6
            WHERE org_id = $1 AND id = $2 AND state = 'running'
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(state.as_str())
        .bind(key)
        .bind(file.map_or(0, |(_, size)| size))
        .bind(now)
        .execute(self.conn())
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Forgets the file of an export.
    pub async fn expire_export(&mut self, id: ExportId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            "UPDATE crm.exports SET state = 'expired', object_key = NULL WHERE org_id = $1 AND id = $2",
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// Exports, of all organisations, whose files have been kept for long enough.
pub async fn expired_exports(tx: &mut Tx) -> Result<Vec<(OrgId, ExportId, Option<ObjectKey>)>, DbError> {
    let rows: Vec<(Uuid, Uuid, Option<Value>)> = sqlx::query_as(
        r#"
        SELECT org_id, id, object_key
        FROM crm.exports
        WHERE state = 'finished' AND finished_at < $1 - make_interval(days => $2::int)
        LIMIT 100
        "#,
    )
    .bind(tx.now().to_sqlx())
    .bind(DAYS_KEPT)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(org, id, key)| Ok((org.into(), id.into(), read(key)?)))
        .collect()
}
