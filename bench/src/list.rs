//! The contact list and its search, as a browser asks, beside the bare keyset query.

use std::time::Instant;

use contracts::crm::CONTACTS;
use sqlx::{Connection, PgConnection};

use crate::{machine::Machine, table::Table};

const ROUNDS: usize = 200;

/// Median times over one connection each.
pub async fn measure(on: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let limit = bare_keyset(on).await?;
    let list = pages(on, |_| CONTACTS.url()).await?;
    table.time(
        "contact list page, p50",
        list.p50,
        ("keyset SELECT of 50", limit),
        "<= 8",
    );
    let search = pages(on, |n| CONTACTS.with(&[("q", format!("first{}", n * 37 % 1000))])).await?;
    table.time(
        "contact search page, p50",
        search.p50,
        ("keyset SELECT of 50", limit),
        "<= 20 ms",
    );
    table.time(
        "contact search page, p95",
        search.p95,
        ("keyset SELECT of 50", limit),
        "",
    );
    Ok(())
}

struct Times {
    p50: f64,
    p95: f64,
}

async fn pages(on: &Machine, path: impl Fn(usize) -> String) -> anyhow::Result<Times> {
    for n in 0..20 {
        on.program.page(&path(n)).await?;
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for n in 0..ROUNDS {
        let start = Instant::now();
        on.program.page(&path(n)).await?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(Times {
        p50: times[ROUNDS / 2],
        p95: times[ROUNDS * 95 / 100],
    })
}

async fn bare_keyset(on: &Machine) -> anyhow::Result<f64> {
    let mut connection = PgConnection::connect(&on.database_url).await?;
    sqlx::query("SET ROLE mauntic_worker")
        .execute(&mut connection)
        .await?;
    let org: uuid::Uuid = sqlx::query_scalar("SELECT org_id FROM crm.contacts LIMIT 1")
        .fetch_one(&mut connection)
        .await?;
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let rows = sqlx::query(
            r#"
            SELECT id, email, first_name, last_name, company, tags, created_at
            FROM crm.contacts
            WHERE org_id = $1
            ORDER BY id DESC
            LIMIT 50
            "#,
        )
        .bind(org)
        .fetch_all(&mut connection)
        .await?;
        anyhow::ensure!(rows.len() == 50, "there are contacts");
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times[ROUNDS / 2])
}
