//! Rebuilding segments, beside the same difference by hand-written SQL.

use std::time::Instant;

use kernel::SegmentId;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, median},
};

/// The same people as the rule.
const WHO: &str = r#"
    SELECT org_id, id FROM crm.contacts
    WHERE org_id = (SELECT org_id FROM crm.contacts LIMIT 1)
      AND attributes ->> 'plan' = 'team'
      AND (attributes ->> 'seats')::numeric > 10
      AND created_at > now() - interval '90 days'
"#;

/// A rule over two attributes and a date, as people make them.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let mut hand = Hand::prepare(on).await?;
    let (mut all_new, mut unchanged) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let limit = hand.write().await?;
        let id = made(on, round).await?;
        let ours = hand.rebuild_seconds(id).await?;
        all_new.push(Pair { ours, limit });
        // It takes milliseconds, so several are taken.
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            limit.push(hand.select().await?);
            on.program.rebuild(id).await?;
            ours.push(hand.rebuild_seconds(id).await?);
        }
        unchanged.push(Pair {
            ours: median(ours),
            limit: median(limit),
        });
    }
    hand.end().await?;
    table.time(
        "segment rebuild, all members new",
        &all_new,
        "the same SQL by hand",
        "<= 1.3",
    );
    table.time(
        "segment rebuild, nothing changed",
        &unchanged,
        "its SELECT by hand",
        "<= 1.5",
    );
    Ok(())
}

/// A segment that was just made and built.
async fn made(on: &Machine, round: usize) -> anyhow::Result<SegmentId> {
    let rule = json!({"all": [
        {"field": "attributes.plan", "operator": "is", "value": "team"},
        {"field": "attributes.seats", "operator": "more_than", "value": 10},
        {"field": "created_at", "operator": "in_the_last", "value": {"amount": 90, "unit": "days"}}
    ]});
    on.program.segment(&format!("Measured {round}"), rule).await
}

/// The same work by hand, as the role that the program works as.
struct Hand(PgConnection);

impl Hand {
    async fn prepare(on: &Machine) -> anyhow::Result<Self> {
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
        Ok(Self(connection))
    }

    async fn write(&mut self) -> anyhow::Result<f64> {
        self.0.execute("TRUNCATE bench.members").await?;
        let start = Instant::now();
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO bench.members (org_id, segment_id, contact_id, entered_at) \
             SELECT org_id, '00000000-0000-7000-8000-000000000001', id, now() FROM ({WHO}) AS who"
        )))
        .execute(&mut self.0)
        .await?;
        Ok(start.elapsed().as_secs_f64())
    }

    async fn select(&mut self) -> anyhow::Result<f64> {
        let start = Instant::now();
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM ({WHO}) AS who")))
            .fetch_one(&mut self.0)
            .await?;
        anyhow::ensure!(count > 0, "somebody matches");
        Ok(start.elapsed().as_secs_f64())
    }

    /// As the rebuild itself noted it, without the way there and back.
    async fn rebuild_seconds(&mut self, id: SegmentId) -> anyhow::Result<f64> {
        let millis: i64 = sqlx::query_scalar("SELECT rebuild_ms::bigint FROM crm.segments WHERE id = $1")
            .bind(id.uuid())
            .fetch_one(&mut self.0)
            .await?;
        Ok(millis as f64 / 1000.0)
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.0.execute("RESET ROLE").await?;
        self.0.execute("DROP SCHEMA bench CASCADE").await?;
        self.0.close().await?;
        Ok(())
    }
}
