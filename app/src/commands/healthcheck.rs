use std::{process::ExitCode, time::Duration};

use anyhow::Context;
use platform::Config;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Asks the program that listens where the configuration says. Plain HTTP over loopback, so that an
/// image needs no curl.
pub async fn run(config: &Config, ready: bool) -> anyhow::Result<ExitCode> {
    let path = if ready { "/readyz" } else { "/healthz" };
    let host = if config.web.host.is_unspecified() {
        "127.0.0.1".to_owned()
    } else {
        config.web.host.to_string()
    };
    let status = timeout(Duration::from_secs(5), ask(&host, config.web.port, path))
        .await
        .context("no answer in time")??;
    println!("{path}: {status}");
    Ok(if status == 200 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn ask(host: &str, port: u16, path: &str) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect((host, port))
        .await
        .with_context(|| format!("nothing listens on {host}:{port}"))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    status.context("the answer is not HTTP")
}
