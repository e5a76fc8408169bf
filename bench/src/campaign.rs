//! A campaign of personalised, tracked mails of 10 kB over SMTP into `smtp-sink`, beside
//! `smtp-source`, which sends the same number of the same size and keeps no books.

use std::{
    net::TcpListener,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use contracts::delivery::{API_INBOX, API_INBOX_MESSAGE};
use kernel::MessageId;
use reqwest::Method;
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{machine::Machine, table::Table};

const SIZE: usize = 10_000;

/// Sends it, and measures the limit. Returns the HTML of one tracked mail, for its links.
pub async fn measure(on: &Machine, table: &mut Table, mails: usize) -> anyhow::Result<String> {
    let mail = catch_one_mail(on).await?;
    let (port, mut sink) = sink().await?;
    let limit = source(port, mails).await?;
    on.program.send_through(port).await?;
    // A tenth of the contacts, so that a campaign of 100,000 is drawn from a million.
    let rule = json!({"all": [{"field": "email", "operator": "is_not_empty"}]});
    let segment = pick(on, rule, mails).await?;
    let template = on.program.template(SIZE).await?;
    let start = Instant::now();
    let id = on.program.launch(&[segment], &template).await?;
    let report = on.program.wait_until_completed(id).await?;
    let seconds = start.elapsed().as_secs_f64();
    sink.kill().await?;
    let sent = report["progress"]["accepted"]
        .as_i64()
        .context("the report counts")?;
    let ours = sent as f64 / seconds;
    table.rate(
        &format!("campaign of {sent} mails, launch to done"),
        "mails/s",
        ours,
        ("smtp-source", limit),
        ">= 0.60",
    );
    Ok(mail)
}

/// The first so many people of the file stand in companies 0 to n.
async fn pick(on: &Machine, everybody: serde_json::Value, mails: usize) -> anyhow::Result<kernel::SegmentId> {
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
