//! A campaign of personalised, tracked mails of 10 kB over SMTP into `smtp-sink`, beside
//! `smtp-source`, which sends the same number of the same size and keeps no books.

use std::{
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use contracts::delivery::{API_INBOX, API_INBOX_MESSAGE};
use kernel::{MessageId, SegmentId};
use reqwest::Method;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table},
};

const SIZE: usize = 10_000;

/// Sends it in each round, the limit right before. Returns the HTML of one tracked mail, for its links.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<String> {
    let mail = catch_one_mail(on).await?;
    let (port, mut sink) = sink().await?;
    on.program.send_through(port).await?;
    let rule = json!({"all": [{"field": "email", "operator": "is_not_empty"}]});
    let segment = pick(on, rule, plan.mails).await?;
    let template = on.program.template(SIZE).await?;
    let (mut pairs, mut steady) = (Vec::new(), Vec::new());
    let mut sent = 0;
    // Whoever wants only links to click on gets one campaign.
    let rounds = if plan.wants("campaign") { plan.rounds } else { 1 };
    for _ in 0..rounds {
        on.settle().await?;
        let limit = source(port, plan.mails).await?;
        let run = send(on, segment, &template).await?;
        sent = run.sent;
        pairs.push(Pair {
            ours: run.sent as f64 / run.seconds,
            limit,
        });
        steady.push(Pair {
            ours: run.steady,
            limit,
        });
    }
    sink.kill().await?;
    if plan.wants("campaign") {
        table.rate(
            &format!("campaign of {sent} mails, launch to done"),
            "mails/s",
            &pairs,
            "smtp-source",
            ">= 0.60",
        );
        table.rate(
            "the same, its fastest second",
            "mails/s",
            &steady,
            "smtp-source",
            "",
        );
    }
    Ok(mail)
}

struct Run {
    sent: i64,
    seconds: f64,
    /// Mails in the second in which most were sent.
    steady: f64,
}

async fn send(on: &Machine, segment: SegmentId, template: &str) -> anyhow::Result<Run> {
    let start = Instant::now();
    let id = on.program.launch(&[segment], template).await?;
    let (mut marks, mut steady): (Vec<(f64, i64)>, f64) = (Vec::new(), 0.0);
    loop {
        let report = on.program.report(id).await?;
        let (at, sent) = (
            start.elapsed().as_secs_f64(),
            report["progress"]["accepted"]
                .as_i64()
                .context("the report counts")?,
        );
        if report["state"] == "completed" {
            return Ok(Run {
                sent,
                seconds: at,
                // A short one is over within the second.
                steady: steady.max(sent as f64 / at),
            });
        }
        marks.push((at, sent));
        if let Some((then, before)) = marks.iter().rev().find(|(then, _)| at - then >= 1.0) {
            steady = steady.max((sent - before) as f64 / (at - then));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A segment of about so many people: the file spreads them evenly over 300 cities.
async fn pick(on: &Machine, everybody: serde_json::Value, mails: usize) -> anyhow::Result<SegmentId> {
    let count: i64 = {
        use sqlx::Connection;
        let mut connection = sqlx::PgConnection::connect(&on.database_url).await?;
        sqlx::query("SET ROLE mauntic_worker")
            .execute(&mut connection)
            .await?;
        sqlx::query_scalar("SELECT count(*) FROM crm.contacts")
            .fetch_one(&mut connection)
            .await?
    };
    let cities = 300 * mails / usize::try_from(count)?.max(1);
    if cities >= 300 {
        return on.program.segment("Everybody", everybody).await;
    }
    let names: Vec<String> = (0..cities).map(|n| format!("City {n}")).collect();
    on.program
        .segment(
            "Some cities",
            json!({"all": [{"field": "city", "operator": "is_any_of", "value": names}]}),
        )
        .await
}

/// While the organisation is in test mode, a campaign to one person leaves a mail in the built-in
/// inbox that looks as those that go out.
async fn catch_one_mail(on: &Machine) -> anyhow::Result<String> {
    let rule = json!({"all": [{"field": "email", "operator": "is", "value": "person0@example0.com"}]});
    let segment = on.program.segment("One person", rule).await?;
    let template = on.program.template(SIZE).await?;
    let id = on.program.launch(&[segment], &template).await?;
    on.program.wait_until_completed(id).await?;
    let list = on.program.json(Method::GET, API_INBOX.template(), None).await?;
    let id: MessageId = serde_json::from_value(list["data"][0]["id"].clone())?;
    let mail = on
        .program
        .json(Method::GET, &API_INBOX_MESSAGE.url(&id), None)
        .await?;
    Ok(mail["html"]
        .as_str()
        .context("the mail has an HTML part")?
        .to_owned())
}

async fn sink() -> anyhow::Result<(u16, Child)> {
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let child = Command::new("smtp-sink")
        .args(["-u", "postfix", "-c", &format!("127.0.0.1:{port}"), "1000"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("smtp-sink (Debian's package postfix)")?;
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return Ok((port, child));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("smtp-sink did not start")
}

async fn source(port: u16, mails: usize) -> anyhow::Result<f64> {
    let start = Instant::now();
    let status = Command::new("smtp-source")
        .args([
            "-s",
            "10",
            "-d",
            "-l",
            &SIZE.to_string(),
            "-m",
            &mails.to_string(),
        ])
        .args([
            "-f",
            "news@example.com",
            "-t",
            "person@example.com",
            &format!("127.0.0.1:{port}"),
        ])
        .status()
        .await?;
    anyhow::ensure!(status.success(), "smtp-source failed");
    Ok(mails as f64 / start.elapsed().as_secs_f64())
}
