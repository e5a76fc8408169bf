//! What is done to PostgreSQL.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use mauntic::cluster::Cluster;
use sqlx::{Connection, PgConnection};
use testkit::RunningProgram;

use crate::server::{Cleanup, pg_ctl, postmaster_pid};

/// The private server of a program. It ends, and its files are gone, with the value.
pub struct Postgres {
    pgdata: PathBuf,
    /// Of the superuser, in the program's database.
    pub owner_url: String,
    _cleanup: Cleanup,
}

impl Postgres {
    pub async fn of(program: &RunningProgram) -> anyhow::Result<Self> {
        let cleanup = Cleanup(program.data_dir());
        let cluster = Cluster::join_or_start(&program.data_dir()).await?;
        Ok(Self {
            pgdata: program.data_dir().join("postgres").canonicalize()?,
            owner_url: cluster.admin_url().replace("/postgres?", "/mauntic?"),
            _cleanup: cleanup,
        })
    }

    /// Cuts it off as a crash would; the program starts it again.
    pub async fn crash(&self) -> anyhow::Result<()> {
        self.renewed_after("stop").await
    }

    /// Restarts it as an impatient operator would. On a busy machine the program may be faster.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.renewed_after("restart").await
    }

    /// Cuts every connection but its own.
    pub async fn cut_connections(&self) -> anyhow::Result<()> {
        let mut owner = PgConnection::connect(&self.owner_url).await?;
        let cut: i64 = sqlx::query_scalar(
            r#"
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            "#,
        )
        .fetch_one(&mut owner)
        .await?;
        ensure!(cut > 0, "there were no connections to cut");
        Ok(())
    }

    /// Returns when another server takes connections, whoever started it.
    async fn renewed_after(&self, command: &str) -> anyhow::Result<()> {
        let before = postmaster_pid(&self.pgdata);
        let mut control = pg_ctl(&self.pgdata);
        control.args([command, "-m", "immediate"]).stderr(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || control.status()).await?;
        ended.context("pg_ctl cannot be run")?;
        for _ in 0..3000 {
            let now = postmaster_pid(&self.pgdata);
            let is_new = now.is_some() && now != before;
            if is_new && PgConnection::connect(&self.owner_url).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("after {command} nobody started the server again")
    }
}
