//! Imports that nobody looks after, of all organisations.

use jiff_sqlx::ToSqlx;
use kernel::{ImportId, OrgId};
use platform::{DbError, Tx, objects::ObjectKey};
use serde_json::Value;
use uuid::Uuid;

use super::{CrmTx, imports::read};

/// Imports, of all organisations, whose job ended without having ended the import: it failed too
/// often, or its process never came back.
pub async fn stranded_imports(tx: &mut Tx) -> Result<Vec<(OrgId, ImportId)>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        SELECT i.org_id, i.id
        FROM crm.imports AS i
        JOIN platform.jobs AS j ON j.org_id = i.org_id AND j.id = i.job_id
        WHERE i.state IN ('checking', 'importing', 'undoing') AND j.state IN ('failed', 'succeeded', 'cancelled')
        LIMIT 100
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect())
}

/// An import whose file is no longer needed.
#[derive(Debug)]
pub struct Expired {
    pub org: OrgId,
    pub id: ImportId,
    pub file: Option<ObjectKey>,
}

/// Imports whose files may go: ended a month ago, abandoned before they were started, or never
/// uploaded whole.
pub async fn expired_imports(tx: &mut Tx) -> Result<Vec<Expired>, DbError> {
    let now = tx.now().to_sqlx();
    let rows: Vec<(Uuid, Uuid, Option<Value>)> = sqlx::query_as(
        r#"
        SELECT org_id, id, object_key
        FROM crm.imports AS i
        -- Also when its file is gone, because somebody who stood in it was erased.
        WHERE (
            object_key IS NOT NULL
            OR EXISTS (SELECT 1 FROM crm.import_rejects AS r WHERE r.org_id = i.org_id AND r.import_id = i.id)
            OR EXISTS (SELECT 1 FROM crm.import_records AS t WHERE t.org_id = i.org_id AND t.import_id = i.id)
          )
          AND (
            (state = 'uploading' AND created_at < $1 - interval '1 day')
            OR (state IN ('mapping', 'checked') AND created_at < $1 - interval '30 days')
            OR (state IN ('finished', 'cancelled', 'failed', 'undone') AND finished_at < $1 - interval '30 days')
          )
        LIMIT 100
        "#,
    )
    .bind(now)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(org, id, key)| {
            Ok(Expired {
                org: org.into(),
                id: id.into(),
                file: read(key)?,
            })
        })
        .collect()
}

impl CrmTx {
    /// Forgets the file and the rejected rows of an import; one that never ran goes altogether.
    pub async fn expire_import(&mut self, id: ImportId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH rows AS (
                DELETE FROM crm.import_rejects WHERE org_id = $1 AND import_id = $2
            ), traces AS (
                DELETE FROM crm.import_records WHERE org_id = $1 AND import_id = $2
            ), never_ran AS (
                DELETE FROM crm.imports
                WHERE org_id = $1 AND id = $2 AND state IN ('uploading', 'mapping', 'checked')
            )
            UPDATE crm.imports SET object_key = NULL
            WHERE org_id = $1 AND id = $2 AND state IN ('finished', 'cancelled', 'failed', 'undone')
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }
}
