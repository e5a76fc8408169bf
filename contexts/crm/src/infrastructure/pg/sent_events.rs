//! crm.events, as far as other software sent them.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, EventId, SourceId, Timestamp};
use platform::DbError;
use serde_json::{Map, Value};
use sqlx::types::Json;
use uuid::Uuid;

use super::CrmTx;

/// An event on its way into the stream.
#[derive(Clone, Copy, Debug)]
pub struct SentEvent<'a> {
    pub id: EventId,
    pub contact: ContactId,
    pub name: &'a str,
    pub at: Timestamp,
    pub source: Option<SourceId>,
    pub properties: &'a Map<String, Value>,
    pub context: Option<&'a Value>,
}

impl CrmTx {
    /// Writes events of contacts that exist. Returns whether all of them were written: when not, a
    /// contact has gone since it was found, and who is who has to be found out again.
    pub async fn insert_sent_events(&mut self, events: &[SentEvent<'_>]) -> Result<bool, DbError> {
        if events.is_empty() {
            return Ok(true);
        }
        let ids: Vec<Uuid> = events.iter().map(|e| e.id.uuid()).collect();
        let contacts: Vec<Uuid> = events.iter().map(|e| e.contact.uuid()).collect();
        let names: Vec<&str> = events.iter().map(|e| e.name).collect();
        let times: Vec<_> = events.iter().map(|e| e.at.to_sqlx()).collect();
        let sources: Vec<Option<Uuid>> = events.iter().map(|e| e.source.map(SourceId::uuid)).collect();
        let properties: Vec<Json<&Map<String, Value>>> = events.iter().map(|e| Json(e.properties)).collect();
        let contexts: Vec<Option<Json<&Value>>> = events.iter().map(|e| e.context.map(Json)).collect();
        let mut distinct = contacts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let org = self.org.uuid();
        let written = sqlx::query(
            r#"
            -- Holds the contacts until the end, so that none is merged or deleted under its events; in the
            -- order of their keys, as everybody else does.
            WITH held AS MATERIALIZED (
                SELECT c.id FROM crm.contacts AS c
                WHERE c.org_id = $1 AND c.id = ANY($9)
                ORDER BY c.id
                FOR KEY SHARE
            )
            INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, source_id, properties, context)
            SELECT $1, t.contact_id, t.occurred_at, t.id, t.name, t.source_id, t.properties, t.context
            FROM UNNEST(
                $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[], $7::jsonb[], $8::jsonb[]
            ) AS t (id, contact_id, occurred_at, name, source_id, properties, context)
            JOIN held ON held.id = t.contact_id
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&contacts)
        .bind(&times)
        .bind(&names)
        .bind(&sources)
        .bind(&properties)
        .bind(&contexts)
        .bind(&distinct)
        .execute(self.conn())
        .await?;
        Ok(written.rows_affected() == events.len() as u64)
    }

    /// Notes when contacts were last active.
    pub async fn touch_activity(&mut self, active: &[(ContactId, Timestamp)]) -> Result<(), DbError> {
        if active.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = active.iter().map(|(id, _)| id.uuid()).collect();
        let times: Vec<_> = active.iter().map(|(_, at)| at.to_sqlx()).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH due AS MATERIALIZED (
                SELECT c.id, t.at
                FROM UNNEST($2::uuid[], $3::timestamptz[]) AS t (id, at)
                JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = t.id
                WHERE c.last_active_at IS NULL OR c.last_active_at < t.at
                ORDER BY c.id
                FOR NO KEY UPDATE OF c
            )
            UPDATE crm.contacts AS c SET last_active_at = due.at
            FROM due
            WHERE c.org_id = $1 AND c.id = due.id
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&times)
        .execute(self.conn())
        .await?;
        Ok(())
    }
}
