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
    sqlx::query(
        r#"
        INSERT INTO platform.outbox (org_id, id, topic, payload, at)
        SELECT $1, id, $2, payload, $3
        FROM UNNEST($4::uuid[], $5::jsonb[]) AS t (id, payload)
        "#,
    )
    .bind(org.uuid())
    .bind(E::TOPIC)
    .bind(at.to_sqlx())
    .bind(&ids)
    .bind(&payloads)
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
    payload: Value,
    at: jiff_sqlx::Timestamp,
}

impl From<Row> for Envelope {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            org: row.org_id.into(),
            at: row.at.to_jiff(),
            topic: row.topic,
            payload: row.payload,
            position: (row.xid, row.seq),
        }
    }
}

/// The next facts of a topic behind a position, in the order of their transactions.
pub(crate) async fn read(
    connection: &mut PgConnection,
    topic: &str,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<Envelope>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, xid::text::bigint AS xid, seq, topic, payload, at
        FROM platform.outbox
        WHERE topic = $1
          AND (xid, seq) > ($2::text::xid8, $3)
          -- Only transactions older than every running one: a later commit cannot fall behind.
          AND xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid, seq
        LIMIT $4
        "#,
    )
    .bind(topic)
    .bind(after.0.to_string())
    .bind(after.1)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Envelope::from).collect())
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
