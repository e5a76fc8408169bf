//! crm.import_rejects: the rows that were not imported.

use kernel::ImportId;
use platform::DbError;
use serde_json::{Value, json};

use super::CrmTx;
use crate::domain::import::reject::Reject;

impl CrmTx {
    /// Keeps rejected rows for the report.
    pub async fn insert_rejects(&mut self, id: ImportId, rejects: &[Reject]) -> Result<(), DbError> {
        if rejects.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = rejects
            .iter()
            .map(|r| json!({"n": r.row, "line": r.line, "reason": r.reason.as_str(), "column": r.column, "cells": r.cells}))
            .collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.import_rejects (org_id, import_id, row_number, line, reason, column_name, cells)
            SELECT $1, $2, r.n, r.line, r.reason, r."column", r.cells
            FROM jsonb_to_recordset($3) AS r (n bigint, line bigint, reason text, "column" text, cells text[])
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(Value::Array(rows))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Rejected rows behind a row number, in the order of the file.
    pub async fn rejects(
        &mut self,
        id: ImportId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredReject>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_as(
            r#"
            SELECT row_number, line, reason, column_name, cells
            FROM crm.import_rejects
            WHERE org_id = $1 AND import_id = $2 AND row_number > $3
            ORDER BY row_number
            LIMIT $4
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(after)
        .bind(limit)
        .fetch_all(self.conn())
        .await?)
    }
}

/// A rejected row as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredReject {
    pub row_number: i64,
    pub line: i64,
    pub reason: String,
    pub column_name: String,
    pub cells: Vec<String>,
}
