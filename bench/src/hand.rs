//! Segments by hand-written SQL, as the role that the program works as.

use std::time::Instant;

use kernel::SegmentId;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::machine::Machine;

/// A connection, and a table like that of the members.
pub struct Hand(PgConnection);

impl Hand {
    /// Makes the table.
    pub async fn prepare(on: &Machine) -> anyhow::Result<Self> {
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

    /// Seconds to write down who matches: `who` gives `org_id` and `id`.
    pub async fn write(&mut self, who: &str) -> anyhow::Result<f64> {
        self.0.execute("TRUNCATE bench.members").await?;
        let start = Instant::now();
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO bench.members (org_id, segment_id, contact_id, entered_at) \
             SELECT org_id, '00000000-0000-7000-8000-000000000001', id, now() FROM ({who}) AS who"
        )))
        .execute(&mut self.0)
        .await?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Seconds to count who matches, and how many those are.
    pub async fn select(&mut self, who: &str) -> anyhow::Result<(f64, i64)> {
        let start = Instant::now();
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM ({who}) AS who")))
            .fetch_one(&mut self.0)
            .await?;
        anyhow::ensure!(count > 0, "somebody matches {who}");
        Ok((start.elapsed().as_secs_f64(), count))
    }

    /// Members and the seconds of the last whole rebuild, as the rebuild itself noted them, without the
    /// way there and back.
    pub async fn rebuilt(&mut self, id: SegmentId) -> anyhow::Result<(f64, i64)> {
        let (millis, members): (i64, i64) =
            sqlx::query_as("SELECT rebuild_ms, member_count FROM crm.segments WHERE id = $1")
                .bind(id.uuid())
                .fetch_one(&mut self.0)
                .await?;
        Ok((millis.max(1) as f64 / 1000.0, members))
    }

    /// Takes the table away.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.0.execute("RESET ROLE").await?;
        self.0.execute("DROP SCHEMA bench CASCADE").await?;
        self.0.close().await?;
        Ok(())
    }
}
