//! Files of addresses that are to be suppressed.

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{JobId, OrgId, SuppressionImportId, Timestamp, UserId};
use platform::{DbError, Tx, objects::ObjectKey};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::{suppression::SuppressionReason, suppression_file::FileShape};

/// Files are kept for so long.
pub const DAYS_KEPT: i64 = 7;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    Uploaded,
    Running,
    Done,
    Failed,
}

impl ImportState {
    const ALL: [ImportState; 4] = [
        ImportState::Uploaded,
        ImportState::Running,
        ImportState::Done,
        ImportState::Failed,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ImportState::Uploaded => "uploaded",
            ImportState::Running => "running",
            ImportState::Done => "done",
            ImportState::Failed => "failed",
        }
    }
}

/// A file.
#[derive(Clone, Debug)]
pub struct SuppressionImport {
    pub org: OrgId,
    pub id: SuppressionImportId,
    pub file_name: String,
    /// `None` once it was deleted.
    pub file: Option<ObjectKey>,
    pub size_bytes: i64,
    pub shape: FileShape,
    /// For rows that say nothing else.
    pub reason: SuppressionReason,
    /// For rows that say nothing else.
    pub note: Option<String>,
    pub state: ImportState,
    pub job: Option<JobId>,
    pub bytes_read: i64,
    pub counts: ImportCounts,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// What became of its rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct ImportCounts {
    pub rows: i64,
    pub added: i64,
    pub already: i64,
    pub rejected: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    file_name: String,
    file: Option<Value>,
    size_bytes: i64,
    shape: Json<FileShape>,
    reason: String,
    note: Option<String>,
    state: String,
    job_id: Option<Uuid>,
    bytes_read: i64,
    #[sqlx(flatten)]
    counts: ImportCounts,
    created_by: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for SuppressionImport {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.suppression_imports",
            column,
            id: row.id.to_string(),
        };
        let state = ImportState::ALL.into_iter().find(|s| s.as_str() == row.state);
        Ok(Self {
            org: row.org_id.into(),
            id: row.id.into(),
            file: row.file.clone().map(serde_json::from_value).transpose()?,
            reason: row.reason.parse().map_err(|()| odd("reason"))?,
            state: state.ok_or_else(|| odd("state"))?,
            file_name: row.file_name,
            size_bytes: row.size_bytes,
            shape: row.shape.0,
            note: row.note,
            job: row.job_id.map(JobId::from_uuid),
            bytes_read: row.bytes_read,
            counts: row.counts,
            created_by: row.created_by.map(UserId::from_uuid),
            created_at: row.created_at.to_jiff(),
            finished_at: row.finished_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
    }
}

/// Enters a file before its first byte comes, so that one that a crash leaves behind can be found.
pub async fn insert(tx: &mut Tx, import: &SuppressionImport) -> Result<(), DbError> {
    let file = serde_json::to_value(import.file)?;
    sqlx::query(
        r#"
        INSERT INTO delivery.suppression_imports
            (org_id, id, file_name, file, shape, reason, note, state, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
    )
    .bind(import.org.uuid())
    .bind(import.id.uuid())
    .bind(&import.file_name)
    .bind(file)
    .bind(Json(&import.shape))
    .bind(import.reason.as_str())
    .bind(&import.note)
    .bind(import.state.as_str())
    .bind(import.created_by.map(UserId::uuid))
    .bind(import.created_at.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes down how a file is read, as long as it has not been started. Returns whether it has not.
pub async fn save(tx: &mut Tx, import: &SuppressionImport) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.suppression_imports
        SET size_bytes = $3, shape = $4, reason = $5, note = $6
        WHERE org_id = $1 AND id = $2 AND state = 'uploaded'
        "#,
    )
    .bind(import.org.uuid())
    .bind(import.id.uuid())
    .bind(import.size_bytes)
    .bind(Json(&import.shape))
    .bind(import.reason.as_str())
    .bind(&import.note)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes the job that takes a file over. Returns whether it could still be started.
pub async fn start(tx: &mut Tx, org: OrgId, id: SuppressionImportId, job: JobId) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.suppression_imports SET state = 'running', job_id = $3
        WHERE org_id = $1 AND id = $2 AND state = 'uploaded' AND file IS NOT NULL
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(job.uuid())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Writes down what became of rows up to a place.
pub async fn progress(
    tx: &mut Tx,
    org: OrgId,
    id: SuppressionImportId,
    bytes_read: u64,
    counts: ImportCounts,
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        UPDATE delivery.suppression_imports
        SET bytes_read = $3, rows = rows + $4, added = added + $5, already = already + $6,
            rejected = rejected + $7
        WHERE org_id = $1 AND id = $2 AND state = 'running'
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(i64::try_from(bytes_read).unwrap_or(i64::MAX))
    .bind(counts.rows)
    .bind(counts.added)
    .bind(counts.already)
    .bind(counts.rejected)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends it.
pub async fn finish(
    tx: &mut Tx,
    org: OrgId,
    id: SuppressionImportId,
    state: ImportState,
) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.suppression_imports SET state = $3, finished_at = $4
        WHERE org_id = $1 AND id = $2 AND state = 'running'
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(state.as_str())
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One file.
pub async fn find(
    tx: &mut Tx,
    org: OrgId,
    id: SuppressionImportId,
) -> Result<Option<SuppressionImport>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, file_name, file, size_bytes, shape, reason, note, state, job_id, bytes_read,
               rows, added, already, rejected, created_by, created_at, finished_at
        FROM delivery.suppression_imports
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    row.map(SuppressionImport::try_from).transpose()
}

/// The newest files that came in whole.
pub async fn newest(tx: &mut Tx, org: OrgId, limit: i64) -> Result<Vec<SuppressionImport>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, file_name, file, size_bytes, shape, reason, note, state, job_id, bytes_read,
               rows, added, already, rejected, created_by, created_at, finished_at
        FROM delivery.suppression_imports
        WHERE org_id = $1 AND size_bytes > 0
        ORDER BY id DESC
        LIMIT $2
        "#,
    )
    .bind(org.uuid())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(SuppressionImport::try_from).collect()
}

/// Ends those, of all organisations, whose job ended without having ended them: it failed too often, or
/// somebody stopped it.
pub async fn end_stranded(tx: &mut Tx) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.suppression_imports i SET state = 'failed', finished_at = $1
        FROM platform.jobs j
        WHERE i.state = 'running'
          AND j.org_id = i.org_id AND j.id = i.job_id AND j.state IN ('failed', 'succeeded', 'cancelled')
        "#,
    )
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Files, of all organisations, that are not needed any more, and none that is being read.
pub async fn expired(tx: &mut Tx) -> Result<Vec<(OrgId, SuppressionImportId, ObjectKey)>, DbError> {
    let before = tx.now() - SignedDuration::from_hours(DAYS_KEPT * 24);
    let rows: Vec<(Uuid, Uuid, Value)> = sqlx::query_as(
        r#"
        SELECT org_id, id, file
        FROM delivery.suppression_imports
        WHERE file IS NOT NULL AND (created_at < $1 OR forget_file) AND state <> 'running'
        LIMIT 100
        "#,
    )
    .bind(before.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(org, id, file)| Ok((org.into(), id.into(), serde_json::from_value(file)?)))
        .collect()
}

/// Notes that a file was deleted.
pub async fn forget_file(tx: &mut Tx, org: OrgId, id: SuppressionImportId) -> Result<(), DbError> {
    sqlx::query("UPDATE delivery.suppression_imports SET file = NULL WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}
