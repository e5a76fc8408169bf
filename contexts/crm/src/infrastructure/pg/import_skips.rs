//! crm.import_skips: subscriptions that imports did not make.

use kernel::{ImportId, TopicId};
use platform::DbError;
use serde_json::{Value, json};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::import::wishes::Skip;

/// The most that are kept of one import.
const MOST: i64 = 1_000;

/// One as it is kept.
#[derive(Clone, Debug)]
pub struct StoredSkip {
    pub row: i64,
    pub line: i64,
    pub topic: TopicId,
    pub reason: String,
}

impl CrmTx {
    /// Keeps some for the report, as long as there is room.
    pub async fn insert_skips(&mut self, import: ImportId, skips: &[Skip]) -> Result<(), DbError> {
        if skips.is_empty() {
            return Ok(());
        }
        let rows: Vec<Value> = skips
            .iter()
            .take(MOST as usize)
            .map(
                |s| json!({"n": s.row, "line": s.line, "topic": s.topic.uuid(), "reason": s.reason.as_str()}),
            )
            .collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.import_skips (org_id, import_id, row_number, line, topic_id, reason)
            SELECT $1, $2, s.n, s.line, s.topic, s.reason
            FROM jsonb_to_recordset($3) AS s (n bigint, line bigint, topic uuid, reason text)
            WHERE (SELECT count(*) FROM crm.import_skips WHERE org_id = $1 AND import_id = $2) < $4
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(import.uuid())
        .bind(Value::Array(rows))
        .bind(MOST)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The first ones of an import, in the order of the file.
    pub async fn import_skips(&mut self, import: ImportId, limit: i64) -> Result<Vec<StoredSkip>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(i64, i64, Uuid, String)> = sqlx::query_as(
            r#"
            SELECT row_number, line, topic_id, reason
            FROM crm.import_skips
            WHERE org_id = $1 AND import_id = $2
            ORDER BY row_number, topic_id
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(import.uuid())
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(row, line, topic, reason)| StoredSkip {
                row,
                line,
                topic: topic.into(),
                reason,
            })
            .collect())
    }

    /// Adds what a chunk did.
    pub async fn count_subscriptions(
        &mut self,
        import: ImportId,
        subscribed: i64,
        skipped: i64,
    ) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            "UPDATE crm.imports SET subscribed = subscribed + $3, skipped = skipped + $4 WHERE org_id = $1 AND id = $2",
        )
        .bind(org)
        .bind(import.uuid())
        .bind(subscribed)
        .bind(skipped)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}
