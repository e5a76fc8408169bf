//! crm.event_keys: which messages have arrived before.

use std::collections::HashSet;

use platform::{Db, DbError};
use uuid::Uuid;

use super::CrmTx;

impl CrmTx {
    /// Notes messages and returns those that arrive for the first time. They are remembered for the
    /// rest of the day and the whole of the next; the day is the database's, so that all processes
    /// have the same.
    pub async fn claim_event_keys(&mut self, keys: &[Uuid]) -> Result<HashSet<Uuid>, DbError> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let org = self.org.uuid();
        let first: Vec<Uuid> = sqlx::query_scalar(
            r#"
            INSERT INTO crm.event_keys (org_id, key, day)
            SELECT $1, k.key, date_trunc('day', now(), 'UTC')
            FROM UNNEST($2::uuid[]) AS k (key)
            WHERE NOT EXISTS (
                SELECT 1 FROM crm.event_keys AS e
                WHERE e.org_id = $1 AND e.key = k.key
                  AND e.day = date_trunc('day', now(), 'UTC') - interval '1 day'
            )
            -- In one order, so that two who bring the same messages wait for each other in turn.
            ORDER BY k.key
            ON CONFLICT DO NOTHING
            RETURNING key
            "#,
        )
        .bind(org)
        .bind(keys)
        .fetch_all(self.conn())
        .await?;
        Ok(first.into_iter().collect())
    }
}

/// Makes the partitions of the coming days and drops those that are not asked any more.
pub async fn keep_partitions(db: &Db) -> Result<(), DbError> {
    sqlx::query("SELECT platform.ensure_partitions('crm.event_keys', 'day', 3, 2)")
        .execute(db.work_pool())
        .await?;
    Ok(())
}
