//! A file of a million contacts, beside the same rows by `COPY` into a staging table and one
//! `INSERT … ON CONFLICT` into a table with the same columns and indexes.

use std::time::Instant;

use sqlx::{Connection, Executor, PgConnection};
use testkit::scenario::contacts_csv;

use crate::{machine::Machine, table::Table};

/// Always imports, since later measurements want the contacts; measures the limit when asked.
pub async fn measure(on: &mut Machine, table: &mut Table, count: usize, wanted: bool) -> anyhow::Result<()> {
    on.program.define_fields().await?;
    let seconds = on.program.import(contacts_csv(count)).await?;
    if wanted {
        let limit = bare_copy(on, &contacts_csv(count)).await?;
        let (ours, limit) = (count as f64 / seconds, count as f64 / limit);
        table.rate(
            "CSV import, validated and deduplicated",
            "rows/s",
            ours,
            ("COPY + upsert", limit),
            ">= 0.70",
        );
    }
    Ok(())
}

/// Two connections would share the cores with PostgreSQL anyway, so one does it.
async fn bare_copy(on: &Machine, csv: &[u8]) -> anyhow::Result<f64> {
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
    let start = Instant::now();
    let mut copy = connection
        .copy_in_raw("COPY bench.staging FROM STDIN (FORMAT csv, HEADER)")
        .await?;
    for chunk in csv.chunks(1024 * 1024) {
        copy.send(chunk).await?;
    }
    copy.finish().await?;
    connection
        .execute(
            r#"
            INSERT INTO bench.contacts AS c (org_id, id, email, first_name, last_name, company, city, country,
                                             attributes, source, created_at, updated_at)
            SELECT '00000000-0000-7000-8000-000000000001', gen_random_uuid(), email, first_name, last_name, company,
                   city, country, jsonb_build_object('plan', plan, 'seats', seats), 'import', now(), now()
            FROM bench.staging
            ON CONFLICT (org_id, email) DO UPDATE
            SET first_name = excluded.first_name, last_name = excluded.last_name, company = excluded.company,
                city = excluded.city, country = excluded.country, attributes = c.attributes || excluded.attributes,
                updated_at = excluded.updated_at
            "#,
        )
        .await?;
    let seconds = start.elapsed().as_secs_f64();
    connection.execute("DROP SCHEMA bench CASCADE").await?;
    connection.close().await?;
    Ok(seconds)
}
