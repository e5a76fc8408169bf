//! Keeps the server running while the program runs: one that ends by itself (killed for memory,
//! restarted by an operator) is started again, and the program's pools reconnect.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::postmaster::{Postmaster, Server};

/// Long enough for an operator's `pg_ctl restart` to be the one that starts it.
const PAUSE_BEFORE_RESTART: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The task that watches the server.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: CancellationToken,
    task: Option<JoinHandle<Result<()>>>,
    /// The server's process, 0 while there is none.
    pid: Arc<AtomicI32>,
}

impl Keeper {
    pub(super) async fn start(server: Server) -> Result<Self> {
        let postmaster = server.ensure_running().await?;
        let stop = CancellationToken::new();
        let pid = Arc::new(AtomicI32::new(0));
        note(&pid, &postmaster);
        let task = tokio::spawn(keep(server, postmaster, stop.clone(), Arc::clone(&pid)));
        Ok(Self {
            stop,
            task: Some(task),
            pid,
        })
    }

    pub(super) async fn stop(mut self) -> Result<()> {
        self.stop.cancel();
        let task = self.task.take().expect("a keeper is stopped once");
        let stopped = task
            .await
            .context("the task that watches PostgreSQL ended early")?;
        self.pid.store(0, Ordering::Release);
        stopped
    }
}

impl Drop for Keeper {
    /// The program ends without having stopped the server, after an error or a panic: ask at least.
    fn drop(&mut self) {
        let pid = self.pid.load(Ordering::Acquire);
        if let Some(task) = self.task.take() {
            task.abort();
            if pid != 0 {
                let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
            }
        }
    }
}

async fn keep(
    server: Server,
    mut postmaster: Postmaster,
    stop: CancellationToken,
    pid: Arc<AtomicI32>,
) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return server.stop(postmaster).await,
            () = postmaster.ended() => pid.store(0, Ordering::Release),
        }
        warn!(
            "PostgreSQL on {} ended by itself; starting it again",
            server.pgdata().display()
        );
        tokio::select! {
            () = stop.cancelled() => return server.stop_any().await,
            again = start_again(&server) => postmaster = again,
        }
        note(&pid, &postmaster);
    }
}

/// Tries until it succeeds: the program can do nothing without its database, and a full disk may be
/// cleared meanwhile.
async fn start_again(server: &Server) -> Postmaster {
    let mut pause = PAUSE_BEFORE_RESTART;
    loop {
        sleep(pause).await;
        match server.ensure_running().await {
            Ok(postmaster) => return postmaster,
            Err(e) => error!("{e:#}"),
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn note(pid: &AtomicI32, postmaster: &Postmaster) {
    pid.store(postmaster.pid().map_or(0, Pid::as_raw), Ordering::Release);
}
