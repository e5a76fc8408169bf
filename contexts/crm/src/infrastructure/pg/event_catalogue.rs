//! crm.event_names and crm.event_name_days: which events there are, kept by adding up what batches
//! noted in crm.event_tallies.

use std::collections::BTreeMap;

use jiff_sqlx::ToSqlx;
use kernel::Timestamp;
use platform::{Db, DbError};
use serde_json::{Value, json};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::ingest::shape::Tally;

/// A name of events.
#[derive(Clone, Debug)]
pub struct EventNameRow {
    pub name: String,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
    /// Types of values by the names of properties.
    pub properties: BTreeMap<String, Vec<String>>,
    /// In the last 30 days.
    pub count: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    first_seen_at: jiff_sqlx::Timestamp,
    last_seen_at: jiff_sqlx::Timestamp,
    properties: Value,
    count: i64,
}

/// The most names that are listed.
pub const MOST_NAMES: i64 = 1_000;

impl CrmTx {
    /// Notes what a batch adds.
    pub async fn tally_events(
        &mut self,
        tallies: &BTreeMap<&str, Tally>,
        at: Timestamp,
    ) -> Result<(), DbError> {
        if tallies.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = tallies.iter().map(|_| Uuid::now_v7()).collect();
        let names: Vec<&str> = tallies.keys().copied().collect();
        let counts: Vec<i64> = tallies.values().map(|tally| tally.count).collect();
        let shapes: Vec<Value> = tallies.values().map(|tally| json!(tally.shape)).collect();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.event_tallies (org_id, id, name, at, count, properties)
            SELECT $1, t.id, t.name, $6, t.count, t.properties
            FROM UNNEST($2::uuid[], $3::text[], $4::bigint[], $5::jsonb[]) AS t (id, name, count, properties)
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(&names)
        .bind(&counts)
        .bind(&shapes)
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Names of events, those that occur most first.
    pub async fn event_names(&mut self) -> Result<Vec<EventNameRow>, DbError> {
        let org = self.org.uuid();
        let since = (self.now() - jiff::SignedDuration::from_hours(24 * 30)).to_sqlx();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT n.name, n.first_seen_at, n.last_seen_at, n.properties, COALESCE(d.count, 0)::bigint AS count
            FROM crm.event_names AS n
            LEFT JOIN (
                SELECT name, sum(count) AS count
                FROM crm.event_name_days
                WHERE org_id = $1 AND day > ($2::timestamptz AT TIME ZONE 'UTC')::date
                GROUP BY name
            ) AS d ON d.name = n.name
            WHERE n.org_id = $1
            ORDER BY count DESC, n.name
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(since)
        .bind(MOST_NAMES)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(EventNameRow::from).collect())
    }
}

impl From<Row> for EventNameRow {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            first_seen_at: row.first_seen_at.to_jiff(),
            last_seen_at: row.last_seen_at.to_jiff(),
            properties: serde_json::from_value(row.properties).unwrap_or_default(),
            count: row.count,
        }
    }
}

/// Tallies added up at a time.
const AT_ONCE: i64 = 5_000;

/// Adds up what has been noted, of all organisations. Returns how many tallies that were.
pub async fn add_up(db: &Db) -> Result<i64, DbError> {
    let mut tx = db.system().await?;
    let done: i64 = sqlx::query_scalar(
        r#"
        WITH taken AS (
            DELETE FROM crm.event_tallies AS t
            USING (
                SELECT org_id, id FROM crm.event_tallies ORDER BY org_id, id LIMIT $1 FOR UPDATE SKIP LOCKED
            ) AS w
            WHERE t.org_id = w.org_id AND t.id = w.id
            RETURNING t.org_id, t.name, t.at, t.count, t.properties
        ), days AS (
            INSERT INTO crm.event_name_days AS d (org_id, name, day, count)
            SELECT org_id, name, (at AT TIME ZONE 'UTC')::date, sum(count)
            FROM taken
            GROUP BY 1, 2, 3
            ORDER BY 1, 2, 3
            ON CONFLICT (org_id, name, day) DO UPDATE SET count = d.count + excluded.count
        ), types AS (
            SELECT org_id, name, key, type FROM (
                SELECT t.org_id, t.name, p.key, v.type
                FROM taken AS t
                CROSS JOIN LATERAL jsonb_each(t.properties) AS p (key, types)
                CROSS JOIN LATERAL jsonb_array_elements_text(p.types) AS v (type)
                UNION
                SELECT n.org_id, n.name, p.key, v.type
                FROM (SELECT DISTINCT org_id, name FROM taken) AS t
                JOIN crm.event_names AS n ON n.org_id = t.org_id AND n.name = t.name
                CROSS JOIN LATERAL jsonb_each(n.properties) AS p (key, types)
                CROSS JOIN LATERAL jsonb_array_elements_text(p.types) AS v (type)
            ) AS all_types
        ), shapes AS (
            SELECT org_id, name, jsonb_object_agg(key, types) AS properties
            FROM (
                SELECT org_id, name, key, jsonb_agg(type ORDER BY type) AS types
                FROM types
                GROUP BY org_id, name, key
                ORDER BY org_id, name, key
            ) AS keys
            GROUP BY org_id, name
        ), names AS (
            INSERT INTO crm.event_names AS n (org_id, name, first_seen_at, last_seen_at, properties)
            SELECT t.org_id, t.name, t.first_seen_at, t.last_seen_at, COALESCE(s.properties, '{}')
            FROM (
                SELECT org_id, name, min(at) AS first_seen_at, max(at) AS last_seen_at
                FROM taken
                GROUP BY org_id, name
            ) AS t
            LEFT JOIN shapes AS s ON s.org_id = t.org_id AND s.name = t.name
            ORDER BY t.org_id, t.name
            ON CONFLICT (org_id, name) DO UPDATE
            SET last_seen_at = GREATEST(n.last_seen_at, excluded.last_seen_at), properties = excluded.properties
        )
        SELECT count(*) FROM taken
        "#,
    )
    .bind(AT_ONCE)
    .fetch_one(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(done)
}
