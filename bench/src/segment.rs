//! Rebuilding segments of a million contacts, beside the same difference by hand-written SQL.

use std::time::Instant;

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::{machine::Machine, table::Table};

/// A rule over two attributes and a date, as people make them.
pub async fn measure(on: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let rule = json!({"all": [
        {"field": "attributes.plan", "operator": "is", "value": "team"},
        {"field": "attributes.seats", "operator": "more_than", "value": 10},
        {"field": "created_at", "operator": "in_the_last", "value": {"amount": 90, "unit": "days"}}
    ]});
    let made = on
        .program
        .json(
            reqwest::Method::POST,
            contracts::crm::API_SEGMENTS.template(),
            Some(&json!({"name": "Measured", "rule": rule})),
        )
        .await?;
    let id: kernel::SegmentId = serde_json::from_value(made["id"].clone())?;
    on.program.rebuild(id).await?;
    let first = rebuild_seconds(on, id).await?;
    on.program.rebuild(id).await?;
    let again = rebuild_seconds(on, id).await?;
    let (write, select) = by_hand(on).await?;
    table.time(
        "segment rebuild, all members new",
        first.unwrap_or(f64::NAN),
        ("the same SQL by hand", write),
        "<= 1.3",
    );
    table.time(
        "segment rebuild, nothing changed",
        again.unwrap_or(f64::NAN),
        ("its SELECT by hand", select),
        "<= 1.5",
    );
    Ok(())
}

/// As the rebuild itself noted it, without the way there and back.
async fn rebuild_seconds(on: &Machine, id: kernel::SegmentId) -> anyhow::Result<Option<f64>> {
    let mut connection = PgConnection::connect(&on.database_url).await?;
    connection.execute("SET ROLE mauntic_worker").await?;
    let millis: Option<i64> = sqlx::query_scalar("SELECT rebuild_ms::bigint FROM crm.segments WHERE id = $1")
        .bind(id.uuid())
        .fetch_one(&mut connection)
        .await?;
    Ok(millis.map(|ms| ms as f64 / 1000.0))
}

async fn by_hand(on: &Machine) -> anyhow::Result<(f64, f64)> {
    const WHO: &str = r#"
        SELECT org_id, id FROM crm.contacts
        WHERE org_id = (SELECT org_id FROM crm.contacts LIMIT 1)
          AND attributes ->> 'plan' = 'team'
          AND (attributes ->> 'seats')::numeric > 10
          AND created_at > now() - interval '90 days'
    "#;
    let mut connection = PgConnection::connect(&on.database_url).await?;
    connection
        .execute("CREATE SCHEMA bench; GRANT ALL ON SCHEMA bench TO mauntic_worker")
        .await?;
    connection
        .execute("CREATE TABLE bench.members (LIKE crm.segment_members INCLUDING ALL)")
        .await?;
    connection
        .execute("GRANT ALL ON bench.members TO mauntic_worker")
        .await?;
    connection.execute("SET ROLE mauntic_worker").await?;
    let start = Instant::now();
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "INSERT INTO bench.members (org_id, segment_id, contact_id, entered_at) \
         SELECT org_id, '00000000-0000-7000-8000-000000000001', id, now() FROM ({WHO}) AS who"
    )))
    .execute(&mut connection)
    .await?;
    let write = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT count(*) FROM ({WHO}) AS who"
    )))
    .fetch_one(&mut connection)
    .await?;
    let select = start.elapsed().as_secs_f64();
    anyhow::ensure!(count > 0, "somebody matches");
    connection.execute("RESET ROLE").await?;
    connection.execute("DROP SCHEMA bench CASCADE").await?;
    Ok((write, select))
}
