//! The contact list and its search, as a browser asks, beside the bare keyset query. Each page is asked
//! for right behind its query, so that both meet the same machine.

use std::time::Instant;

use contracts::crm::CONTACTS;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, median, quantile},
};

/// Pages of one round.
const PAGES: usize = 200;

/// Median times over one connection each.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let mut bare = Bare::prepare(on).await?;
    let (mut list, mut search, mut slow) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=plan.rounds {
        let mut times = Times::default();
        for n in 0..PAGES {
            times.bare.push(bare.keyset().await?);
            times.list.push(page(on, &CONTACTS.url()).await?);
            let words = format!("first{}", n * 37 % 1000);
            times
                .search
                .push(page(on, &CONTACTS.with(&[("q", &words)])).await?);
        }
        // The first round is for the caches.
        if round > 0 {
            let limit = median(times.bare);
            let beside = |ours| Pair { ours, limit };
            list.push(beside(median(times.list)));
            search.push(beside(median(times.search.iter().copied())));
            slow.push(beside(quantile(times.search, 0.95)));
        }
    }
    let limit = "keyset SELECT of 50";
    table.time("contact list page, p50", &list, limit, "<= 8");
    table.time("contact search page, p50", &search, limit, "<= 20 ms");
    table.time("contact search page, p95", &slow, limit, "");
    Ok(())
}

#[derive(Default)]
struct Times {
    bare: Vec<f64>,
    list: Vec<f64>,
    search: Vec<f64>,
}

async fn page(on: &Machine, path: &str) -> anyhow::Result<f64> {
    let start = Instant::now();
    on.program.page(path).await?;
    Ok(start.elapsed().as_secs_f64())
}

/// The query that a list of contacts cannot do without.
struct Bare {
    connection: PgConnection,
    org: Uuid,
}

impl Bare {
    async fn prepare(on: &Machine) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(&on.database_url).await?;
        sqlx::query("SET ROLE mauntic_worker")
            .execute(&mut connection)
            .await?;
        let org = sqlx::query_scalar("SELECT org_id FROM crm.contacts LIMIT 1")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self { connection, org })
    }

    async fn keyset(&mut self) -> anyhow::Result<f64> {
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
        .bind(self.org)
        .fetch_all(&mut self.connection)
        .await?;
        let seconds = start.elapsed().as_secs_f64();
        anyhow::ensure!(rows.len() == 50, "there are contacts");
        Ok(seconds)
    }
}
