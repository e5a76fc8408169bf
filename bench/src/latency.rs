//! How long it takes until somebody who has come to match a rule stands in the segment, while a thousand
//! contacts change each second: from before the request that changes them to when others see it.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use contracts::crm::{API_CONTACT_BATCH, API_SEGMENT};
use kernel::SegmentId;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Table, duration, quantile},
};

/// Changes of one request, and how often one is made.
const BATCH: usize = 100;
const EVERY: Duration = Duration::from_millis(100);
/// What is not seen after this time will not be.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the members are looked at.
const LOOK: Duration = Duration::from_millis(10);

/// Changes the plan of many, in batches of a hundred.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let rule = json!({"all": [
        {"field": "attributes.plan", "operator": "is", "value": "changed"},
        {"field": "email", "operator": "is_not_empty"},
    ]});
    let segment = on.program.segment("Changed", rule).await?;
    let seconds = 3 * plan.load_seconds;
    let batches = (seconds * 10).min(plan.contacts / BATCH);
    let emails: Vec<Vec<String>> = (0..batches)
        .map(|batch| {
            let numbers = batch * BATCH..(batch + 1) * BATCH;
            numbers
                .map(|n| format!("person{n}@example{}.com", n % 97))
                .collect()
        })
        .collect();
    let mut watch = Watch::prepare(on, segment).await?;
    on.settle().await?;
    let sent: HashMap<String, Instant> = HashMap::new();
    let sent = std::sync::Arc::new(std::sync::Mutex::new(sent));
    let change = async {
        let (mut due, mut slowest) = (tokio::time::Instant::now(), Duration::ZERO);
        for some in &emails {
            tokio::time::sleep_until(due).await;
            due += EVERY;
            let start = Instant::now();
            let contacts: Vec<Value> = some
                .iter()
                .map(|email| json!({"email": email, "attributes": {"plan": "changed"}}))
                .collect();
            {
                let mut sent = sent.lock().expect("nothing panics while holding it");
                sent.extend(some.iter().map(|email| (email.clone(), start)));
            }
            on.program
                .json(
                    Method::POST,
                    API_CONTACT_BATCH.template(),
                    Some(&json!({"contacts": contacts})),
                )
                .await?;
            slowest = slowest.max(start.elapsed());
        }
        anyhow::Ok(slowest)
    };
    let start = Instant::now();
    let (slowest, seen) = tokio::try_join!(change, watch.until(batches * BATCH))?;
    let whole = start.elapsed().as_secs_f64();
    let sent = sent.lock().expect("nothing panics while holding it").clone();
    let waits: Vec<f64> = seen
        .iter()
        .filter_map(|(email, at)| Some(at.duration_since(*sent.get(email)?).as_secs_f64()))
        .collect();
    anyhow::ensure!(waits.len() == batches * BATCH, "everybody who changed was seen");
    on.program
        .json(Method::DELETE, &API_SEGMENT.url(&segment), None)
        .await?;
    let rate = waits.len() as f64 / whole;
    let what = format!("changed contact is in the segment, {rate:.0} changes/s");
    table.figure(
        &format!("{what}, p50"),
        duration(quantile(waits.iter().copied(), 0.5)),
        "",
    );
    table.figure("the same, p99", duration(quantile(waits, 0.99)), "< 1 s");
    eprintln!(
        "slowest request of 100 changes: {:.0} ms",
        slowest.as_secs_f64() * 1000.0
    );
    Ok(())
}

/// Sees who enters.
struct Watch {
    connection: PgConnection,
    segment: SegmentId,
    /// The addresses of those who may.
    emails: HashMap<Uuid, String>,
}

impl Watch {
    async fn prepare(on: &Machine, segment: SegmentId) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(&on.database_url).await?;
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, email FROM crm.contacts WHERE email IS NOT NULL")
                .fetch_all(&mut connection)
                .await?;
        Ok(Self {
            connection,
            segment,
            emails: rows.into_iter().collect(),
        })
    }

    /// Looks until so many have entered; says when each was seen.
    async fn until(&mut self, wanted: usize) -> anyhow::Result<Vec<(String, Instant)>> {
        let (mut seen, mut rows_seen, mut last) = (Vec::new(), 0i64, Instant::now());
        while seen.len() < wanted {
            anyhow::ensure!(
                last.elapsed() < PATIENCE,
                "only {} of {wanted} have entered",
                seen.len()
            );
            let rows: Vec<(Vec<Uuid>,)> = sqlx::query_as(
                r#"
                SELECT entered FROM crm.segment_changes
                WHERE segment_id = $1
                ORDER BY at, part
                OFFSET $2
                "#,
            )
            .bind(self.segment.uuid())
            .bind(rows_seen)
            .fetch_all(&mut self.connection)
            .await?;
            let now = Instant::now();
            rows_seen += i64::try_from(rows.len())?;
            if !rows.is_empty() {
                last = now;
            }
            let entered = rows.into_iter().flat_map(|(ids,)| ids);
            seen.extend(entered.filter_map(|id| Some((self.emails.get(&id)?.clone(), now))));
            tokio::time::sleep(LOOK).await;
        }
        Ok(seen)
    }
}
