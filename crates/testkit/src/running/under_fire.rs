//! What tests do to running processes, and what keeps many of them cheap: copies of a prepared
//! installation, and further processes on the same database.

use std::{
    os::unix::process::ExitStatusExt,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use tokio::process::{Child, Command};

use super::{How, RunningProgram, free_port, new_folder, spawn, wait_for};

impl RunningProgram {
    /// How its processes are started from now on.
    pub fn how(&mut self) -> &mut How {
        &mut self.how
    }

    /// Starts a copy of a prepared installation: the same organisation, session and key on a copy of its
    /// folder and of its database. The original is stopped first, see [`RunningProgram::rest`].
    pub async fn start_copy(&self, database_url: &str, how: How) -> anyhow::Result<Self> {
        let folder = new_folder(&how)?;
        copy_folder(&self.folder, &folder).await?;
        let port = free_port()?;
        let program = Self {
            child: spawn(&self.binary, &folder.join("data"), port, Some(database_url), &how)?,
            binary: self.binary.clone(),
            folder,
            database_url: Some(database_url.to_owned()),
            how,
            port,
            base: format!("http://127.0.0.1:{port}"),
            client: self.client.clone(),
            cookie: self.cookie.clone(),
            key: self.key.clone(),
        };
        program.wait_until_ready().await?;
        Ok(program)
    }

    /// Ends it and keeps its folder.
    pub async fn rest(&mut self) -> anyhow::Result<()> {
        self.end().await
    }

    /// What lets it in: for looking whether it is told to anybody.
    #[must_use]
    pub fn secrets(&self) -> [&str; 2] {
        [&self.key, &self.cookie]
    }

    /// Another process of the same installation, with the same folder, that does all that this one does.
    pub async fn node_beside(&self, how: How) -> anyhow::Result<Node> {
        let url = self.database_url.as_deref();
        let port = free_port()?;
        let child = spawn(&self.binary, &self.data_dir(), port, url, &how)?;
        wait_for(&self.client, &format!("http://127.0.0.1:{port}/readyz")).await?;
        Ok(Node {
            child,
            base: format!("http://127.0.0.1:{port}"),
        })
    }

    /// Waits until it has died of a signal, which it was told to send itself.
    pub async fn wait_for_death(&mut self, limit: Duration) -> anyhow::Result<()> {
        died(&mut self.child, limit).await
    }

    /// Starts it again after its death.
    pub async fn revive(&mut self) -> anyhow::Result<()> {
        let (data, url) = (self.data_dir(), self.database_url.as_deref());
        self.child = spawn(&self.binary, &data, self.port, url, &self.how)?;
        self.wait_until_ready().await
    }
}

/// A further process of an installation. It is killed when this is dropped.
#[derive(Debug)]
pub struct Node {
    child: Child,
    base: String,
}

impl Node {
    /// The process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// Base of all its addresses.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Kills it as the power would.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }

    /// Tells it to end, and waits for that.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        signal(self.pid(), "TERM").await?;
        self.child.wait().await?;
        Ok(())
    }

    /// Sends it to sleep or wakes it up: `STOP`, `CONT`.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        signal(self.pid(), name).await
    }

    /// Whether it sleeps, having been sent SIGSTOP.
    #[must_use]
    pub fn sleeps(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()));
        status.is_ok_and(|text| text.lines().any(|line| line.starts_with("State:\tT")))
    }

    /// Waits until it has died of a signal.
    pub async fn wait_for_death(&mut self, limit: Duration) -> anyhow::Result<()> {
        died(&mut self.child, limit).await
    }
}

async fn died(child: &mut Child, limit: Duration) -> anyhow::Result<()> {
    let start = Instant::now();
    let status = tokio::time::timeout(limit, child.wait())
        .await
        .with_context(|| format!("nothing killed the process within {} s", limit.as_secs()))??;
    ensure!(
        status.signal() == Some(9),
        "the process ended by itself after {:?}: {status}",
        start.elapsed()
    );
    Ok(())
}

async fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    let status = Command::new("kill")
        .args([&format!("-{name}"), &pid.to_string()])
        .status()
        .await?;
    ensure!(status.success(), "process {pid} cannot be sent SIG{name}");
    Ok(())
}

async fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status()
        .await?;
    ensure!(status.success(), "{} cannot be copied", from.display());
    Ok(())
}
