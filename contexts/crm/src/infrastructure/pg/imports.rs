//! crm.imports.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, ImportId, JobId};
use platform::{DbError, objects::ObjectKey};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::import::{
    chunk::Checkpoint,
    plan::Counts,
    reject::Reject,
    state::{Import, ImportState},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    object: String,
    file_name: String,
    size_bytes: i64,
    state: String,
    dialect: Option<Value>,
    columns: Vec<String>,
    mapping: Option<Value>,
    job_id: Option<Uuid>,
    dry_run: Option<Value>,
    bytes_read: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    rejected: i64,
    reasons: Value,
    problem: Option<String>,
    created_by: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    started_at: Option<jiff_sqlx::Timestamp>,
    finished_at: Option<jiff_sqlx::Timestamp>,
    template: Option<String>,
    removed: i64,
    restored: i64,
    subscribed: i64,
    skipped: i64,
}

macro_rules! import_columns {
    () => {
        "id, object, file_name, size_bytes, state, dialect, columns, mapping, job_id, dry_run, bytes_read, created, \
         updated, unchanged, rejected, reasons, problem, created_by, created_at, started_at, finished_at, \
         template, removed, restored, subscribed, skipped"
    };
}

impl TryFrom<Row> for Import {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = ImportId::from_uuid(row.id);
        let inconsistent = |column| DbError::InconsistentRow {
            table: "crm.imports",
            column,
            id: id.to_string(),
        };
        Ok(Import {
            id,
            object: row.object,
            file_name: row.file_name,
            size_bytes: row.size_bytes,
            state: ImportState::parse(&row.state).ok_or_else(|| inconsistent("state"))?,
            dialect: read(row.dialect)?,
            columns: row.columns,
            mapping: read(row.mapping)?,
            job: row.job_id.map(Into::into),
            dry_run: read(row.dry_run)?,
            bytes_read: row.bytes_read,
            counts: Counts {
                created: row.created,
                updated: row.updated,
                unchanged: row.unchanged,
                rejected: row.rejected,
            },
            reasons: serde_json::from_value(row.reasons)?,
            problem: row.problem,
            created_by: row.created_by.map(Into::into),
            created_at: row.created_at.to_jiff(),
            started_at: row.started_at.map(jiff_sqlx::Timestamp::to_jiff),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
            template: row.template,
            removed: row.removed,
            restored: row.restored,
            subscribed: row.subscribed,
            skipped: row.skipped,
        })
    }
}

pub(super) fn read<T: DeserializeOwned>(value: Option<Value>) -> Result<Option<T>, DbError> {
    Ok(value.map(serde_json::from_value).transpose()?)
}

impl CrmTx {
    /// Writes down an import whose file is about to come, so that a file that never came whole can
    /// be found.
    pub async fn insert_import(&mut self, import: &Import, object: ObjectKey) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.imports (org_id, id, file_name, object_key, state, created_by, created_at, object)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
        )
        .bind(org)
        .bind(import.id.uuid())
        .bind(&import.file_name)
        .bind(serde_json::to_value(object)?)
        .bind(import.state.as_str())
        .bind(import.created_by.map(|user| user.uuid()))
        .bind(import.created_at.to_sqlx())
        .bind(&import.object)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// One import. Whoever reads it to change it holds it until the end of the transaction.
    pub async fn import(&mut self, id: ImportId) -> Result<Option<Import>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            import_columns!(),
            " FROM crm.imports WHERE org_id = $1 AND id = $2"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Import::try_from).transpose()
    }

    /// The same, kept from others until the end of the transaction.
    pub async fn lock_import(&mut self, id: ImportId) -> Result<Option<Import>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            import_columns!(),
            " FROM crm.imports WHERE org_id = $1 AND id = $2 FOR UPDATE"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Import::try_from).transpose()
    }

    /// Imports, the newest first.
    pub async fn imports(&mut self, before: Option<ImportId>, limit: i64) -> Result<Vec<Import>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            import_columns!(),
            " FROM crm.imports WHERE org_id = $1 AND ($2::uuid IS NULL OR id < $2) AND state <> 'uploading' \
             ORDER BY id DESC LIMIT $3"
        ))
        .bind(org)
        .bind(before.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Import::try_from).collect()
    }

    /// Where the file of an import lies, unless it is gone.
    pub async fn import_file(&mut self, id: ImportId) -> Result<Option<ObjectKey>, DbError> {
        let org = self.org.uuid();
        let key: Option<Option<Value>> =
            sqlx::query_scalar("SELECT object_key FROM crm.imports WHERE org_id = $1 AND id = $2")
                .bind(org)
                .bind(id.uuid())
                .fetch_optional(self.conn())
                .await?;
        read(key.flatten())
    }

    /// Writes what people decide about an import: everything but what the job writes.
    pub async fn save_import(&mut self, import: &Import) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.imports
            SET size_bytes = $3, state = $4, dialect = $5, columns = $6, mapping = $7, job_id = $8,
                dry_run = $9, bytes_read = $10, problem = $11, started_at = $12, finished_at = $13,
                template = $14
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(import.id.uuid())
        .bind(import.size_bytes)
        .bind(import.state.as_str())
        .bind(import.dialect.map(serde_json::to_value).transpose()?)
        .bind(&import.columns)
        .bind(import.mapping.as_ref().map(serde_json::to_value).transpose()?)
        .bind(import.job.map(|job| job.uuid()))
        .bind(import.dry_run.as_ref().map(serde_json::to_value).transpose()?)
        .bind(import.bytes_read)
        .bind(&import.problem)
        .bind(import.started_at.map(|at| at.to_sqlx()))
        .bind(import.finished_at.map(|at| at.to_sqlx()))
        .bind(&import.template)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Adds what a chunk did. Returns false when the import no longer runs: then the chunk must not
    /// be committed.
    pub async fn count_chunk(
        &mut self,
        id: ImportId,
        end: Checkpoint,
        counts: Counts,
        rejects: &[Reject],
    ) -> Result<bool, DbError> {
        let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
        for reject in rejects {
            *reasons.entry(reject.reason.as_str()).or_default() += 1;
        }
        let org = self.org.uuid();
        let counted = sqlx::query(
            r#"
            UPDATE crm.imports
            SET bytes_read = $3, created = created + $4, updated = updated + $5,
                unchanged = unchanged + $6, rejected = rejected + $7,
                reasons = reasons || (
                    SELECT COALESCE(jsonb_object_agg(key, value::bigint + COALESCE((reasons ->> key)::bigint, 0)), '{}')
                    FROM jsonb_each_text($8)
                )
            WHERE org_id = $1 AND id = $2 AND state = 'importing'
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(i64::try_from(end.position.offset).unwrap_or(i64::MAX))
        .bind(counts.created)
        .bind(counts.updated)
        .bind(counts.unchanged)
        .bind(counts.rejected)
        .bind(serde_json::to_value(reasons)?)
        .execute(self.conn())
        .await?;
        Ok(counted.rows_affected() == 1)
    }

    /// Notes how far a dry run has read. Returns false when it is no longer wanted.
    pub async fn note_checked(&mut self, id: ImportId, end: Checkpoint) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let noted = sqlx::query(
            "UPDATE crm.imports SET bytes_read = $3 WHERE org_id = $1 AND id = $2 AND state = 'checking'",
        )
        .bind(org)
        .bind(id.uuid())
        .bind(i64::try_from(end.position.offset).unwrap_or(i64::MAX))
        .execute(self.conn())
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Some of the contacts that an import created, behind one of them, and whether nobody and nothing
    /// has touched each since.
    pub async fn created_by_import(
        &mut self,
        id: ImportId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<(ContactId, bool)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, bool)> = sqlx::query_as(
            r#"
            SELECT c.id,
                NOT EXISTS (
                    SELECT 1 FROM crm.contact_changes AS h
                    WHERE h.org_id = c.org_id AND h.contact_id = c.id AND h.cause_id IS DISTINCT FROM $2
                )
                AND NOT EXISTS (SELECT 1 FROM crm.events AS e WHERE e.org_id = c.org_id AND e.contact_id = c.id)
                AND NOT EXISTS (SELECT 1 FROM crm.notes AS n WHERE n.org_id = c.org_id AND n.contact_id = c.id)
                AND NOT EXISTS (
                    SELECT 1 FROM crm.consents AS s
                    WHERE s.org_id = c.org_id AND s.contact_id = c.id AND s.source_id IS DISTINCT FROM $2
                )
            FROM crm.contacts AS c
            WHERE c.org_id = $1 AND c.import_id = $2 AND ($3::uuid IS NULL OR c.id > $3)
            ORDER BY c.id
            LIMIT $4
            -- Whoever changes one of them now is waited for, and then it counts as touched.
            FOR UPDATE OF c
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(after.map(|id| id.uuid()))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, untouched)| (id.into(), untouched))
            .collect())
    }

    /// Adds what a page of taking an import back did. False when it is not being taken back.
    pub async fn count_undone(&mut self, id: ImportId, removed: i64, restored: i64) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let counted = sqlx::query(
            r#"
            UPDATE crm.imports SET removed = removed + $3, restored = restored + $4
            WHERE org_id = $1 AND id = $2 AND state = 'undoing'
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(removed)
        .bind(restored)
        .execute(self.conn())
        .await?;
        Ok(counted.rows_affected() == 1)
    }

    /// The job of an import, to be cancelled.
    pub async fn cancel_job(&mut self, job: JobId) -> Result<(), DbError> {
        let org = self.org;
        platform::jobs::cancel(&mut self.inner, org, job).await?;
        Ok(())
    }
}
