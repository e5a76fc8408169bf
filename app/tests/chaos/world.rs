//! One installation under fire, with a mail server that keeps a ledger, and what is to be known of it
//! afterwards.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use contracts::delivery::API_PROVIDER;
use kernel::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::{
    How, RunningProgram, TestDatabase,
    smtp_sink::{SinkOptions, SmtpSink},
};

use crate::{
    evidence::{Account, Evidence},
    oracle,
    stage::{Ready, Stage},
};

pub struct World {
    pub program: RunningProgram,
    pub ready: Ready,
    pub sink: SmtpSink,
    /// Of somebody whom no policy holds back.
    pub owner_url: String,
    pub ledger: PathBuf,
    pub log: PathBuf,
    folder: Folder,
    /// Dropped last, when nobody is connected any more.
    _database: Option<TestDatabase>,
}

/// Where ledger and log are; gone with the value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("mauntic-chaos-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl World {
    /// A copy of a stage. Nothing is sent before [`World::open_the_gate`].
    pub async fn copy(stage: &Stage, how: How, sink: SinkOptions) -> anyhow::Result<Self> {
        let folder = Folder::new()?;
        let database = stage.database.copy().await;
        let how = How {
            log: Some(folder.path().join("log")),
            ..how
        };
        let program = stage.program.start_copy(&database.url, how).await?;
        let owner_url = database.url.clone();
        Self::around(program, stage.ready, owner_url, Some(database), folder, sink).await
    }

    /// Around a program that is ready to send.
    pub async fn around(
        program: RunningProgram,
        ready: Ready,
        owner_url: String,
        database: Option<TestDatabase>,
        folder: Folder,
        sink: SinkOptions,
    ) -> anyhow::Result<Self> {
        let (ledger, log) = (folder.path().join("ledger"), folder.path().join("log"));
        let options = SinkOptions {
            ledger: Some(ledger.clone()),
            keep: false,
            ..sink
        };
        Ok(Self {
            program,
            ready,
            sink: SmtpSink::start_with(options).await,
            owner_url,
            ledger,
            log,
            folder,
            _database: database,
        })
    }

    /// Where files of the scenario may be put.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Lets the account send through the sink.
    pub async fn open_the_gate(&self) -> anyhow::Result<()> {
        self.change_account(json!({"port": self.sink.port(), "state": "active"}))
            .await
    }

    /// Changes the account.
    pub async fn change_account(&self, patch: Value) -> anyhow::Result<()> {
        let path = API_PROVIDER.url(&self.ready.provider);
        self.program.json(Method::PATCH, &path, Some(&patch)).await?;
        Ok(())
    }

    /// A connection of somebody whom no policy holds back.
    pub async fn owner(&self) -> anyhow::Result<PgConnection> {
        Ok(PgConnection::connect(&self.owner_url).await?)
    }

    /// One value.
    pub async fn count(&self, sql: &'static str) -> anyhow::Result<i64> {
        let mut owner = self.owner().await?;
        let value = sqlx::query_scalar(sql).fetch_one(&mut owner).await?;
        owner.close().await?;
        Ok(value)
    }

    /// Waits until something is so.
    pub async fn until(
        &self,
        what: &str,
        limit: Duration,
        mut is_so: impl AsyncFnMut(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<Duration> {
        let start = Instant::now();
        loop {
            // While something is down, nobody answers; that it comes back is what is waited for.
            let answer = is_so(self).await;
            if matches!(answer, Ok(true)) {
                return Ok(start.elapsed());
            }
            ensure!(
                start.elapsed() < limit,
                "{what} did not come about within {} s: {answer:?}",
                limit.as_secs()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the sink has taken so many.
    pub async fn until_taken(&self, count: usize, limit: Duration) -> anyhow::Result<Duration> {
        let what = format!("{count} mails");
        self.until(&what, limit, async |world| Ok(world.sink.accepted() >= count))
            .await
    }

    /// Waits until nothing of the campaign is under way.
    pub async fn settle(&self, limit: Duration) -> anyhow::Result<()> {
        let settled = self
            .until("the end of the campaign", limit, async |world| {
                let progress = world.progress().await?;
                let queued = world.count("SELECT count(*) FROM delivery.queue").await?;
                Ok(progress.get("pending") == Some(&0) && queued == 0)
            })
            .await;
        match settled {
            Ok(_) => Ok(()),
            Err(error) => Err(error.context(format!("left: {}", self.left().await?))),
        }
    }

    /// What is in the queue, and who holds it.
    async fn left(&self) -> anyhow::Result<String> {
        let mut owner = self.owner().await?;
        let left: Vec<String> = sqlx::query_scalar(
            r#"
            SELECT count(*) || ' ' || q.state || ' by ' ||
                   CASE WHEN q.engine_id IS NULL THEN 'nobody'
                        WHEN e.lease_until > now() THEN 'a living engine'
                        ELSE 'a dead engine' END
            FROM delivery.queue q LEFT JOIN delivery.engines e ON e.id = q.engine_id
            GROUP BY q.state, q.engine_id, e.lease_until
            "#,
        )
        .fetch_all(&mut owner)
        .await?;
        Ok(left.join(", "))
    }

    /// What the report of the campaign says.
    pub async fn progress(&self) -> anyhow::Result<BTreeMap<String, i64>> {
        let report = self.program.report(self.ready.campaign).await?;
        let progress = report["progress"]
            .as_object()
            .context("a report tells the progress")?;
        let counts = progress
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_i64()?)));
        Ok(counts.collect())
    }

    /// Everything there is to know, with what the scenario knows itself.
    pub async fn evidence(&self, account: Account) -> anyhow::Result<Evidence> {
        let account = Account {
            audience: self.ready.recipients,
            progress: self.progress().await?,
            secrets: self.program.secrets().map(str::to_owned).to_vec(),
            ..account
        };
        let mut owner = self.owner().await?;
        let evidence = Evidence::read(&mut owner, &self.ledger, &self.log, account).await?;
        owner.close().await?;
        Ok(evidence)
    }

    /// The evidence at the end, and what of it does not hold.
    pub async fn judge(&self, account: Account) -> anyhow::Result<(Evidence, Vec<String>)> {
        let evidence = self.evidence(account).await?;
        let violations = oracle::judge(&evidence);
        Ok((evidence, violations))
    }

    /// Ends it.
    pub async fn end(mut self) -> anyhow::Result<()> {
        self.program.stop().await
    }
}

/// The address of a contact.
pub fn address(number: usize) -> String {
    format!("person{number}@example{}.com", number % 97)
}

/// Now, in microseconds since 1970, as the ledger counts.
pub fn now() -> i64 {
    SystemClock.now().as_microsecond()
}
