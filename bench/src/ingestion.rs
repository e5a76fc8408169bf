//! Events as tracking libraries send them, each answered after it was committed: beside a bare server
//! that reads the same JSON and answers the same, and beside the same rows by bare SQL.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use axum::{Json, Router, routing::post};
use contracts::crm::events::API_SOURCES;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::{net::TcpListener, process::Command};

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, duration, median},
    tracking::first_line,
};

/// People that events are about.
const PEOPLE: usize = 10_000;
const BATCH: usize = 100;
/// Connections of the load generator: what waits at the same time is stored together.
const CONNECTIONS: usize = 256;

/// The limit: the body is parsed, and nothing is done with it.
pub async fn bare_server() -> anyhow::Result<()> {
    let router = Router::new().route(
        "/v1/{call}",
        post(|Json(body): Json<Value>| async move { Json(json!({"success": body.is_object()})) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    axum::serve(listener, router).await?;
    Ok(())
}

/// Single events and batches, each beside its limit.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let source = json!({"name": "Bench", "kind": "server", "events_per_second": 1_000_000});
    let made = on
        .program
        .json(Method::POST, API_SOURCES.template(), Some(&source))
        .await?;
    let key = made["write_key"].as_str().context("a source has a key")?;
    let folder = on.program.data_dir();
    let (one, many) = (folder.join("one.lua"), folder.join("many.lua"));
    tokio::fs::write(&one, script(key, 1)).await?;
    tokio::fs::write(&many, script(key, BATCH)).await?;
    let (track, batch) = (
        format!("{}/v1/track", on.program.base),
        format!("{}/v1/batch", on.program.base),
    );
    // So that everybody is known before anything is measured.
    load(&batch, &many, 32, plan.load_seconds).await?;

    let mut bare = Command::new(std::env::current_exe()?)
        .arg("bare-json-server")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let bare_track = format!("http://127.0.0.1:{}/v1/track", first_line(&mut bare).await?);
    let (mut rates, mut waits, mut batches, mut batch_waits) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut copies = Vec::new();
    for _ in 0..plan.rounds {
        on.settle().await?;
        let limit = load(&bare_track, &one, CONNECTIONS, plan.load_seconds).await?;
        let ours = load(&track, &one, CONNECTIONS, plan.load_seconds).await?;
        rates.push(Pair {
            ours: ours.per_second,
            limit: limit.per_second,
        });
        waits.push(Pair {
            ours: ours.p99,
            limit: limit.p99,
        });
        on.settle().await?;
        let limit = bare_inserts(on, plan.load_seconds).await?;
        let ours = load(&batch, &many, 32, plan.load_seconds).await?;
        batches.push(Pair {
            ours: ours.per_second * BATCH as f64,
            limit,
        });
        batch_waits.push(ours.p99);
        copies.push(bare_copy(on).await?);
    }
    bare.kill().await?;
    table.rate(
        "events, one a POST, durable",
        "/s",
        &rates,
        "bare axum POST",
        ">= 0.35",
    );
    table.time("the same, p99", &waits, "bare axum POST", "");
    table.rate(
        "events in batches of 100, durable",
        "events/s",
        &batches,
        "100-row INSERT, 2 connections",
        ">= 0.50",
    );
    table.figure("the same, p99 of a batch", duration(median(batch_waits)), "");
    table.figure(
        "the same rows by COPY",
        format!("{:.0} events/s", median(copies)),
        "",
    );
    Ok(())
}

/// What wrk sends: calls with a messageId of their own each, about people in turn.
fn script(key: &str, count: usize) -> String {
    format!(
        r#"
local thread = 0
function setup(t) t:set("id", thread); thread = thread + 1 end
function init() n = 0; prefix = tostring(id) .. "-" .. tostring(os.time()) .. "-" end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local function event()
  n = n + 1
  return '{{"type":"track","messageId":"' .. prefix .. n .. '","userId":"u' .. (n * 7919 + id * 31) % {PEOPLE} ..
    '","event":"Product Viewed","properties":{{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","category":"Games",' ..
    '"name":"Monopoly: 3rd Edition","price":18.99,"quantity":1,"url":"https://www.example.com/product/path"}},' ..
    '"context":{{"library":{{"name":"analytics-node","version":"3.1.0"}}}},"writeKey":"{key}"}}'
end
function request()
  if {count} == 1 then return wrk.format(nil, nil, nil, event()) end
  local events = {{}}
  for i = 1, {count} do events[i] = event() end
  return wrk.format(nil, nil, nil, '{{"writeKey":"{key}","batch":[' .. table.concat(events, ",") .. ']}}')
end
"#
    )
}

struct Load {
    per_second: f64,
    /// In seconds.
    p99: f64,
}

async fn load(
    url: &str,
    script: &std::path::Path,
    connections: usize,
    seconds: usize,
) -> anyhow::Result<Load> {
    let output = Command::new("wrk")
        .args([
            "-t2",
            &format!("-c{connections}"),
            &format!("-d{seconds}s"),
            "--latency",
            "-s",
        ])
        .arg(script)
        .arg(url)
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(!text.contains("Non-2xx"), "{url} was not answered well:\n{text}");
    let after = |word: &str| {
        text.lines()
            .find_map(|line| line.trim().strip_prefix(word).map(str::trim))
    };
    Ok(Load {
        per_second: after("Requests/sec:").context("wrk says how many")?.parse()?,
        p99: after("99%")
            .and_then(seconds_of)
            .with_context(|| format!("wrk said: {text}"))?,
    })
}

/// As wrk writes it: `12.34ms`, `1.20s`, `900.00us`.
fn seconds_of(text: &str) -> Option<f64> {
    let at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let number: f64 = text[..at].parse().ok()?;
    match &text[at..] {
        "us" => Some(number / 1e6),
        "ms" => Some(number / 1e3),
        "s" => Some(number),
        "m" => Some(number * 60.0),
        _ => None,
    }
}

const ROW: &str = "('00000000-0000-7000-8000-000000000001', gen_random_uuid(), now(), gen_random_uuid(), \
    'Product Viewed', '{\"product_id\":\"507f1f77bcf86cd799439011\",\"sku\":\"G-32\",\"category\":\"Games\",\
    \"name\":\"Monopoly: 3rd Edition\",\"price\":18.99,\"quantity\":1,\"url\":\"https://www.example.com/product/path\"}')";

/// Rows a second by two connections that each insert 100 and commit, again and again, into a table
/// with the columns and indexes of the event stream.
async fn bare_inserts(on: &Machine, seconds: usize) -> anyhow::Result<f64> {
    let mut owner = prepared(on).await?;
    let statement = format!(
        "INSERT INTO bench.events (org_id, contact_id, occurred_at, id, name, properties) VALUES {}",
        vec![ROW; BATCH].join(", ")
    );
    let time = Duration::from_secs(seconds as u64);
    let insert = |url: String, statement: String| async move {
        let mut connection = PgConnection::connect(&url).await?;
        let (start, mut rows) = (Instant::now(), 0usize);
        while start.elapsed() < time {
            connection.execute(AssertSqlSafe(statement.as_str())).await?;
            rows += BATCH;
        }
        anyhow::Ok(rows as f64 / start.elapsed().as_secs_f64())
    };
    let (a, b) = tokio::try_join!(
        insert(on.database_url.clone(), statement.clone()),
        insert(on.database_url.clone(), statement)
    )?;
    owner.execute("DROP SCHEMA bench CASCADE").await?;
    Ok(a + b)
}

async fn bare_copy(on: &Machine) -> anyhow::Result<f64> {
    let mut owner = prepared(on).await?;
    let properties = r#"{"product_id":"507f1f77bcf86cd799439011","sku":"G-32","category":"Games","name":"Monopoly: 3rd Edition","price":18.99,"quantity":1,"url":"https://www.example.com/product/path"}"#;
    let mut data = String::new();
    let rows = 100_000usize;
    for _ in 0..rows {
        use std::fmt::Write;
        let (contact, id) = (uuid::Uuid::new_v4(), uuid::Uuid::now_v7());
        writeln!(
            data,
            "00000000-0000-7000-8000-000000000001\t{contact}\t2026-01-01T00:00:00Z\t{id}\tProduct Viewed\t{properties}"
        )?;
    }
    let start = Instant::now();
    let mut copy = owner
        .copy_in_raw("COPY bench.events (org_id, contact_id, occurred_at, id, name, properties) FROM STDIN")
        .await?;
    for chunk in data.as_bytes().chunks(1024 * 1024) {
        copy.send(chunk).await?;
    }
    copy.finish().await?;
    let rate = rows as f64 / start.elapsed().as_secs_f64();
    owner.execute("DROP SCHEMA bench CASCADE").await?;
    Ok(rate)
}

async fn prepared(on: &Machine) -> anyhow::Result<PgConnection> {
    let mut owner = PgConnection::connect(&on.database_url).await?;
    owner.execute("CREATE SCHEMA bench").await?;
    owner
        .execute("CREATE TABLE bench.events (LIKE crm.events INCLUDING ALL)")
        .await?;
    Ok(owner)
}
