//! A prepared installation: an organisation with contacts, and a campaign that was launched and waits,
//! since the one account is paused. Scenarios run on copies of it, so that preparing is paid for once.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use contracts::delivery::{API_PROVIDER, API_PROVIDERS};
use kernel::{CampaignId, ProviderId};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use testkit::{How, RunningProgram, TestDatabase, scenario::contacts_csv};

/// Seconds; the shortest that the program takes.
pub const LEASE: Duration = Duration::from_secs(5);
/// Seconds that the program waits for the reply to the final dot, or for a provider.
pub const REPLY: Duration = Duration::from_secs(3);
/// Messages that are written down as begun together; see the engine.
pub const GROUP: usize = 50;
/// Nobody listens there (RFC 6335: discard).
const NOBODY: u16 = 9;

/// The program as the suite starts it: impatient, and talkative enough to give something away.
pub fn how(sessions: usize) -> How {
    How {
        settings: vec![
            format!("delivery.lease_seconds={}", LEASE.as_secs()),
            format!("delivery.final_reply_seconds={}", REPLY.as_secs()),
            format!("delivery.sessions={sessions}"),
            "log.level=info".to_owned(),
        ],
        ..How::default()
    }
}

/// The program that is tested.
pub fn binary() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_mauntic"))
}

/// A campaign that only waits for its account.
#[derive(Clone, Copy, Debug)]
pub struct Ready {
    pub campaign: CampaignId,
    pub provider: ProviderId,
    pub recipients: usize,
}

/// Brings in contacts, launches a campaign to all of them, and returns when everybody has a message in
/// the queue. `owner_url` is of somebody whom no policy holds back.
pub async fn prepare(program: &RunningProgram, owner_url: &str, recipients: usize) -> anyhow::Result<Ready> {
    program.define_fields().await?;
    program.import(contacts_csv(recipients)).await?;
    program.send_through(NOBODY).await?;
    let providers = program.json(Method::GET, API_PROVIDERS.template(), None).await?;
    let provider: ProviderId = serde_json::from_value(providers["data"][0]["id"].clone())?;
    let paused = json!({"state": "paused"});
    program
        .json(Method::PATCH, &API_PROVIDER.url(&provider), Some(&paused))
        .await?;
    let everybody = json!({"all": [{"field": "email", "operator": "is_not_empty"}]});
    let segment = program.segment("Everybody", everybody).await?;
    let template = program.template(2_000).await?;
    let campaign = program.launch(&[segment], &template).await?;
    wait_until_handed_over(owner_url, recipients).await?;
    Ok(Ready {
        campaign,
        provider,
        recipients,
    })
}

/// Until all messages are in the queue, and no job is left that a killed process would hold for long.
async fn wait_until_handed_over(owner_url: &str, recipients: usize) -> anyhow::Result<()> {
    let mut owner = PgConnection::connect(owner_url).await?;
    let start = Instant::now();
    let limit = Duration::from_secs(120 + recipients as u64 / 100);
    loop {
        let (queued, jobs): (i64, i64) = sqlx::query_as(
            r#"
            SELECT (SELECT count(*) FROM delivery.queue),
                   (SELECT count(*) FROM platform.jobs
                    WHERE state = 'running' OR (state = 'queued' AND run_at <= now()))
            "#,
        )
        .fetch_one(&mut owner)
        .await?;
        if usize::try_from(queued) == Ok(recipients) && jobs == 0 {
            return Ok(());
        }
        ensure!(
            start.elapsed() < limit,
            "only {queued} of {recipients} messages were handed over, and {jobs} jobs are open"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A prepared installation on the tests' PostgreSQL. At rest, so that it can be copied.
pub struct Stage {
    pub program: RunningProgram,
    pub database: TestDatabase,
    pub ready: Ready,
}

impl Stage {
    pub async fn set(recipients: usize) -> anyhow::Result<Self> {
        let database = TestDatabase::create(&[]).await;
        let mut quiet = how(1);
        quiet.settings.push("log.level=error".to_owned());
        let mut program = RunningProgram::start_as(binary(), Some(&database.url), quiet).await?;
        let ready = prepare(&program, &database.url, recipients)
            .await
            .context("the stage could not be set")?;
        program.rest().await?;
        Ok(Self {
            program,
            database,
            ready,
        })
    }

    /// Deletes it.
    pub async fn strike(mut self) -> anyhow::Result<()> {
        self.program.stop().await
    }
}
