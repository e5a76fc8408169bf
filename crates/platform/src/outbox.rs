//! Facts on their way to other contexts.

use contracts::PublicEvent;
use jiff_sqlx::ToSqlx;
use kernel::{EventId, OrgId, Timestamp};
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::db::DbError;

/// A fact as a subscriber gets it.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Unique; what an effect is idempotent by.
    pub id: EventId,
    /// Whose.
    pub org: OrgId,
    /// When it became true.
    pub at: Timestamp,
    /// Which context told it.
    pub topic: String,
    /// The event as JSON.
    pub payload: Value,
    pub(crate) position: (i64, i64),
}

impl Envelope {
    /// The event, when it is one of `E`'s. A kind that this version does not know is an error, which
    /// holds the subscriber until the operator upgrades, rather than losing a fact.
    pub fn decode<E: PublicEvent>(&self) -> Result<E, serde_json::Error> {
        E::deserialize(&self.payload)
    }
}

pub(crate) async fn insert<E: PublicEvent>(
    connection: &mut PgConnection,
    org: OrgId,
    at: Timestamp,
    events: &[E],
) -> Result<(), DbError> {
    let ids: Vec<Uuid> = events.iter().map(|_| EventId::generate().uuid()).collect();
    let payloads = events
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<Vec<_>, _>>()?;
    let kinds: Vec<&str> = payloads
        .iter()
        .map(|payload| payload["type"].as_str().unwrap_or_default())
        .collect();
    sqlx::query(
        r#"
        INSERT INTO platform.outbox (org_id, id, topic, kind, payload, at)
        SELECT $1, id, $2, kind, payload, $3
        FROM UNNEST($4::uuid[], $5::jsonb[], $6::text[]) AS t (id, payload, kind)
        "#,
    )
    .bind(org.uuid())
    .bind(E::TOPIC)
    .bind(at.to_sqlx())
    .bind(&ids)
    .bind(&payloads)
    .bind(&kinds)
    .execute(connection)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    xid: i64,
    seq: i64,
    topic: String,
    /// None when nobody wants it.
    payload: Option<Value>,
    at: jiff_sqlx::Timestamp,
}

impl Row {
    fn envelope(self) -> Option<Envelope> {
        Some(Envelope {
            id: self.id.into(),
            org: self.org_id.into(),
            at: self.at.to_jiff(),
            topic: self.topic,
            payload: self.payload?,
            position: (self.xid, self.seq),
        })
    }
}

/// Some of the facts of a topic.
#[derive(Debug)]
pub(crate) struct Page {
    /// Those that are wanted.
    pub events: Vec<Envelope>,
    /// How many it went through.
    pub seen: usize,
    /// Behind the last of them; none when there was nothing.
    pub end: Option<(i64, i64)>,
}

/// Facts of one page are not larger than this together, as they are stored, but for the last.
const MOST_BYTES: i64 = 1024 * 1024;

/// The next facts of a topic behind a position, in the order of their transactions. Of kinds other
/// than `kinds`, if there are any, only the position is read.
pub(crate) async fn read(
    connection: &mut PgConnection,
    topic: &str,
    kinds: &[&str],
    after: (i64, i64),
    limit: i64,
) -> Result<Page, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, xid::text::bigint AS xid, seq, topic, payload, at
        FROM (
            SELECT *, sum(size) OVER (ORDER BY xid, seq) - size AS before
            FROM (
                -- The size of a large one is known without reading it.
                SELECT *, COALESCE(pg_column_size(payload), 0) AS size
                FROM (
                    SELECT org_id, id, xid, seq, topic, at,
                           CASE WHEN cardinality($5::text[]) = 0 OR kind = '' OR kind = ANY ($5) THEN payload END
                               AS payload
                    FROM platform.outbox
                    WHERE topic = $1
                      AND (xid, seq) > ($2::text::xid8, $3)
                      -- Only transactions older than every running one: a later commit cannot fall behind.
                      AND xid < pg_snapshot_xmin(pg_current_snapshot())
                    ORDER BY xid, seq
                    LIMIT $4
                ) AS next
            ) AS sized
        ) AS summed
        WHERE before < $6
        ORDER BY summed.xid, summed.seq
        "#,
    )
    .bind(topic)
    .bind(after.0.to_string())
    .bind(after.1)
    .bind(limit)
    .bind(kinds)
    .bind(MOST_BYTES)
    .fetch_all(connection)
    .await?;
    Ok(Page {
        seen: rows.len(),
        end: rows.last().map(|row| (row.xid, row.seq)),
        events: rows.into_iter().filter_map(Row::envelope).collect(),
    })
}

/// Whether committed facts lie behind a position, readable yet or not.
pub(crate) async fn has_more(
    connection: &mut PgConnection,
    topic: &str,
    after: (i64, i64),
) -> Result<bool, DbError> {
    Ok(sqlx::query_scalar(
        r#"
        SELECT EXISTS (
            SELECT 1 FROM platform.outbox
            WHERE topic = $1 AND (xid, seq) > ($2::text::xid8, $3)
        )
        "#,
    )
    .bind(topic)
    .bind(after.0.to_string())
    .bind(after.1)
    .fetch_one(connection)
    .await?)
}
