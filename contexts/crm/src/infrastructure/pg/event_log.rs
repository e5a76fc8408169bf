//! crm.event_log: the last events as they came, for the debugger.

use kernel::{ContactId, EventId, SourceId, Timestamp};
use platform::{Db, DbError};
use uuid::Uuid;

use super::CrmTx;

/// So many of an organisation are kept.
pub const KEPT: i64 = 500;
/// And none longer than so many days.
const KEPT_DAYS: i32 = 7;

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    pub id: EventId,
    pub source: Option<SourceId>,
    pub received_at: Timestamp,
    pub kind: String,
    pub name: String,
    /// `accepted`, `repeated`, `rejected`.
    pub outcome: &'static str,
    pub reasons: Vec<String>,
    pub contact: Option<ContactId>,
    pub bot: bool,
    pub raw: String,
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    pub source: Option<SourceId>,
    pub kind: Option<String>,
    pub name: Option<String>,
    pub outcome: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    source_id: Option<Uuid>,
    received_at: jiff_sqlx::Timestamp,
    r#type: String,
    name: String,
    outcome: String,
    reasons: Vec<String>,
    contact_id: Option<Uuid>,
    bot: bool,
    raw: String,
}

impl From<Row> for Logged {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            source: row.source_id.map(Into::into),
            received_at: row.received_at.to_jiff(),
            kind: row.r#type,
            name: row.name,
            outcome: match row.outcome.as_str() {
                "accepted" => "accepted",
                "repeated" => "repeated",
                _ => "rejected",
            },
            reasons: row.reasons,
            contact: row.contact_id.map(Into::into),
            bot: row.bot,
            raw: row.raw,
        }
    }
}

impl CrmTx {
    /// Writes lines.
    pub async fn log_events(&mut self, lines: &[Logged]) -> Result<(), DbError> {
        if lines.is_empty() {
            return Ok(());
        }
        let rows: Vec<serde_json::Value> = lines
            .iter()
            .map(|line| {
                serde_json::json!({
                    "id": line.id.uuid(), "source_id": line.source.map(SourceId::uuid),
                    "received_at": line.received_at, "type": line.kind, "name": line.name,
                    "outcome": line.outcome, "reasons": line.reasons,
                    "contact_id": line.contact.map(ContactId::uuid), "bot": line.bot, "raw": line.raw,
                })
            })
            .collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.event_log
                (org_id, id, source_id, received_at, type, name, outcome, reasons, contact_id, bot, raw)
            SELECT $1, l.id, l.source_id, l.received_at, l.type, l.name, l.outcome, l.reasons, l.contact_id, l.bot,
                   l.raw
            FROM jsonb_to_recordset($2) AS l (
                id uuid, source_id uuid, received_at timestamptz, type text, name text, outcome text,
                reasons text[], contact_id uuid, bot boolean, raw text
            )
            "#,
        )
        .bind(org)
        .bind(serde_json::Value::Array(rows))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The last lines that pass a filter, the newest first.
    pub async fn event_log(&mut self, filter: &LogFilter, limit: i64) -> Result<Vec<Logged>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, source_id, received_at, type, name, outcome, reasons, contact_id, bot, raw
            FROM (SELECT * FROM crm.event_log WHERE org_id = $1 ORDER BY id DESC LIMIT $7) AS l
            WHERE ($2::uuid IS NULL OR source_id = $2)
              AND ($3::text IS NULL OR type = $3)
              AND ($4::text IS NULL OR name = $4)
              AND ($5::text IS NULL OR outcome = $5)
            ORDER BY id DESC
            LIMIT $6
            "#,
        )
        .bind(org)
        .bind(filter.source.map(SourceId::uuid))
        .bind(filter.kind.as_deref())
        .bind(filter.name.as_deref())
        .bind(filter.outcome.as_deref())
        .bind(limit)
        .bind(KEPT)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Logged::from).collect())
    }

    /// One line.
    pub async fn logged_event(&mut self, id: EventId) -> Result<Option<Logged>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(
            r#"
            SELECT id, source_id, received_at, type, name, outcome, reasons, contact_id, bot, raw
            FROM crm.event_log
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Logged::from))
    }
}

/// Deletes what is beyond the last lines of each organisation, and what is old.
pub async fn trim(db: &Db) -> Result<(), DbError> {
    sqlx::query(
        r#"
        DELETE FROM crm.event_log AS l
        USING (
            SELECT o.org_id, COALESCE(
                (SELECT e.id FROM crm.event_log AS e WHERE e.org_id = o.org_id ORDER BY e.id DESC OFFSET $1 LIMIT 1),
                '00000000-0000-0000-0000-000000000000'
            ) AS last
            FROM (SELECT DISTINCT org_id FROM crm.event_log) AS o
        ) AS edge
        WHERE l.org_id = edge.org_id
          AND (l.id <= edge.last OR l.received_at < now() - make_interval(days => $2))
        "#,
    )
    .bind(KEPT)
    .bind(KEPT_DAYS)
    .execute(db.work_pool())
    .await?;
    Ok(())
}
