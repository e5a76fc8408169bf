//! Opens and clicks beside a bare server that answers with the same picture.

use std::process::Stdio;

use anyhow::Context;
use axum::{Router, http::header, routing::get};
use tokio::{net::TcpListener, process::Command};

use crate::{
    machine::Machine,
    plan::Plan,
    table::{Pair, Table},
};

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

/// The limit: no token, no event, no database.
pub async fn bare_server() -> anyhow::Result<()> {
    let router = Router::new().route(
        "/{token}",
        get(|| async { ([(header::CONTENT_TYPE, "image/gif")], GIF) }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?.port());
    axum::serve(listener, router).await?;
    Ok(())
}

/// Uses the links of a mail that a campaign sent.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan, mail: &str) -> anyhow::Result<()> {
    let open = link(mail, "/t/o/").context("the mail has no pixel")?;
    let click = link(mail, "/t/c/").context("the mail has no tracked link")?;
    let mut bare = Command::new(std::env::current_exe()?)
        .arg("bare-server")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let token = format!("http://127.0.0.1:{}/token", first_line(&mut bare).await?);
    let (mut opens, mut clicks) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        for (path, pairs) in [(&open, &mut opens), (&click, &mut clicks)] {
            // What was counted before is being written and added up.
            on.settle().await?;
            let limit = load(&token, plan.load_seconds).await?;
            let ours = load(&format!("{}{path}", on.program.base), plan.load_seconds).await?;
            pairs.push(Pair { ours, limit });
        }
    }
    bare.kill().await?;
    for (what, pairs) in [
        ("open pixel, event durable", &opens),
        ("click redirect, event durable", &clicks),
    ] {
        table.rate(what, "/s", pairs, "bare axum GIF", ">= 0.50");
    }
    Ok(())
}

/// Requests a second by `wrk`.
async fn load(url: &str, seconds: usize) -> anyhow::Result<f64> {
    let output = Command::new("wrk")
        .args(["-t2", "-c64", &format!("-d{seconds}s"), url])
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout);
    if text.contains("Non-2xx") && !url.contains("/t/c/") {
        anyhow::bail!("{url} was not answered well:\n{text}");
    }
    let line = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|value| value.trim().parse().ok())
        .with_context(|| format!("wrk said: {text}"))
}

/// The first line that a program writes.
pub async fn first_line(child: &mut tokio::process::Child) -> anyhow::Result<String> {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let stdout = child.stdout.as_mut().context("it has an output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await?;
    Ok(line.trim().to_owned())
}

/// The path of the first link of a kind.
fn link(html: &str, kind: &str) -> Option<String> {
    let rest = &html[html.find(kind)?..];
    Some(
        rest.chars()
            .take_while(|c| !"\"'<> \r\n)".contains(*c))
            .collect::<String>()
            .replace("&amp;", "&"),
    )
}
