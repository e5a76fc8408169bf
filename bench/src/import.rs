//! A file of contacts, beside the same rows by `COPY` into a staging table and one
//! `INSERT … ON CONFLICT` into a table with the same columns and indexes.
//!
//! The file comes in as many parts as there are rounds, each beside its limit, so that a machine that is
//! busy for a while does not spoil the comparison; both tables grow alike.

use std::{ops::Range, time::Instant};

use sqlx::{Connection, Executor, PgConnection};
use testkit::scenario::contacts_csv_of;

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table},
};

/// Always imports, since later measurements want the contacts; measures the limit when asked.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    on.program.define_fields().await?;
    if !plan.wants("import") {
        on.program.import(contacts_csv_of(0..plan.contacts)).await?;
        return on.settle().await;
    }
    let mut bare = Bare::prepare(on).await?;
    let mut pairs = Vec::new();
    for part in parts(plan) {
        let rows = part.len() as f64;
        let limit = rows / bare.upsert(&contacts_csv_of(part.clone())).await?;
        let ours = rows / on.program.import(contacts_csv_of(part)).await?;
        pairs.push(Pair { ours, limit });
        on.settle().await?;
    }
    bare.end().await?;
    table.rate(
        "CSV import, validated and deduplicated",
        "rows/s",
        &pairs,
        "COPY + upsert",
        ">= 0.70",
    );
    Ok(())
}

fn parts(plan: &Plan) -> impl Iterator<Item = Range<usize>> {
    let size = plan.contacts.div_ceil(plan.rounds).max(1);
    (0..plan.contacts)
        .step_by(size)
        .map(move |from| from..(from + size).min(plan.contacts))
}

/// The same without us. Two connections would share the cores with PostgreSQL anyway, so one does it.
struct Bare(PgConnection);

impl Bare {
    async fn prepare(on: &Machine) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(&on.database_url).await?;
        connection.execute("CREATE SCHEMA bench").await?;
        connection
            .execute("CREATE TABLE bench.contacts (LIKE crm.contacts INCLUDING ALL)")
            .await?;
        connection
            .execute(
                "CREATE UNLOGGED TABLE bench.staging (email text, first_name text, last_name text, company text, \
                 city text, country text, plan text, seats numeric)",
            )
            .await?;
        Ok(Self(connection))
    }

    /// Seconds for a part of the file.
    async fn upsert(&mut self, csv: &[u8]) -> anyhow::Result<f64> {
        let start = Instant::now();
        let mut copy = self
            .0
            .copy_in_raw("COPY bench.staging FROM STDIN (FORMAT csv, HEADER)")
            .await?;
        for chunk in csv.chunks(1024 * 1024) {
            copy.send(chunk).await?;
        }
        copy.finish().await?;
        self.0
            .execute(
                r#"
                INSERT INTO bench.contacts AS c (org_id, id, email, first_name, last_name, company, city, country,
                                                 attributes, source, created_at, updated_at)
                SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), email, first_name, last_name,
                       company, city, country, jsonb_build_object('plan', plan, 'seats', seats), 'import', now(), now()
                FROM bench.staging
                ON CONFLICT (org_id, email) DO UPDATE
                SET first_name = excluded.first_name, last_name = excluded.last_name, company = excluded.company,
                    city = excluded.city, country = excluded.country,
                    attributes = c.attributes || excluded.attributes, updated_at = excluded.updated_at
                "#,
            )
            .await?;
        let seconds = start.elapsed().as_secs_f64();
        self.0.execute("TRUNCATE bench.staging").await?;
        Ok(seconds)
    }

    async fn end(mut self) -> anyhow::Result<()> {
        self.0.execute("DROP SCHEMA bench CASCADE").await?;
        self.0.close().await?;
        Ok(())
    }
}
