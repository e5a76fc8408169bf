//! The contact list, its search, and the page of a contact with what happened to them, as a browser asks,
//! beside the bare queries. Each page is asked for right behind its query, so that both meet the same
//! machine.

use std::time::Instant;

use contracts::crm::{CONTACT, CONTACTS};
use kernel::ContactId;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, quantile},
};

/// Pages of one round.
const PAGES: usize = 200;

/// Median times over one connection each.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let mut bare = Bare::prepare(on).await?;
    let contacts = bare.some_contacts().await?;
    let mut measured = Measured::default();
    for round in 0..=plan.rounds {
        let mut times = Times::default();
        for (n, contact) in contacts.iter().enumerate() {
            times.bare.push(bare.keyset().await?);
            times.list.push(page(on, &CONTACTS.url()).await?);
            let words = format!("first{}", n * 37 % 1000);
            times
                .search
                .push(page(on, &CONTACTS.with(&[("q", &words)])).await?);
            times.bare_contact.push(bare.contact(*contact).await?);
            times.contact.push(page(on, &CONTACT.url(contact)).await?);
        }
        // The first round is for the caches.
        if round > 0 {
            measured.add(&times);
        }
    }
    let (list, contact) = ("keyset SELECT of 50", "its row and 50 events");
    table.time("contact list page, p50", &measured.list, list, "<= 8");
    table.time("contact list page, p95", &measured.list_slow, list, "");
    table.time("contact search page, p50", &measured.search, list, "<= 20 ms");
    table.time("contact search page, p95", &measured.search_slow, list, "");
    table.time("page of a contact, p50", &measured.contact, contact, "");
    table.time("page of a contact, p95", &measured.contact_slow, contact, "");
    Ok(())
}

/// A pair for each round.
#[derive(Default)]
struct Measured {
    list: Vec<Pair>,
    list_slow: Vec<Pair>,
    search: Vec<Pair>,
    search_slow: Vec<Pair>,
    contact: Vec<Pair>,
    contact_slow: Vec<Pair>,
}

impl Measured {
    fn add(&mut self, times: &Times) {
        let at = |values: &[f64], part| quantile(values.iter().copied(), part);
        let pair = |ours: &[f64], limit: &[f64], part| Pair {
            ours: at(ours, part),
            limit: at(limit, part),
        };
        self.list.push(pair(&times.list, &times.bare, 0.5));
        self.list_slow.push(pair(&times.list, &times.bare, 0.95));
        self.search.push(pair(&times.search, &times.bare, 0.5));
        self.search_slow.push(pair(&times.search, &times.bare, 0.95));
        self.contact.push(pair(&times.contact, &times.bare_contact, 0.5));
        self.contact_slow
            .push(pair(&times.contact, &times.bare_contact, 0.95));
    }
}

#[derive(Default)]
struct Times {
    bare: Vec<f64>,
    list: Vec<f64>,
    search: Vec<f64>,
    bare_contact: Vec<f64>,
    contact: Vec<f64>,
}

async fn page(on: &Machine, path: &str) -> anyhow::Result<f64> {
    let start = Instant::now();
    on.program.page(path).await?;
    Ok(start.elapsed().as_secs_f64())
}

/// The queries that the pages cannot do without.
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

    async fn contact(&mut self, id: ContactId) -> anyhow::Result<f64> {
        let start = Instant::now();
        sqlx::query("SELECT * FROM crm.contacts WHERE org_id = $1 AND id = $2")
            .bind(self.org)
            .bind(id.uuid())
            .fetch_one(&mut self.connection)
            .await?;
        sqlx::query(
            r#"
            SELECT id, name, occurred_at, properties
            FROM crm.events
            WHERE org_id = $1 AND contact_id = $2
            ORDER BY occurred_at DESC, id DESC
            LIMIT 50
            "#,
        )
        .bind(self.org)
        .bind(id.uuid())
        .fetch_all(&mut self.connection)
        .await?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// From all over the table.
    async fn some_contacts(&mut self) -> anyhow::Result<Vec<ContactId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM crm.contacts WHERE org_id = $1 ORDER BY hashtext(id::text) LIMIT $2",
        )
        .bind(self.org)
        .bind(i64::try_from(PAGES)?)
        .fetch_all(&mut self.connection)
        .await?;
        anyhow::ensure!(ids.len() == PAGES, "there are contacts");
        Ok(ids.into_iter().map(ContactId::from_uuid).collect())
    }
}
