//! PostgreSQL goes away in the middle of a campaign, again and again, in all ways in which it does:
//! cut off and started again by us, restarted by an operator, and every connection cut while it runs.
//! The program lives through it, so nothing may be in doubt at all, let alone lost.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use mauntic::cluster::Cluster;
use sqlx::{Connection, PgConnection};
use testkit::RunningProgram;

use crate::{
    fight::Fight,
    server::{Cleanup, pg_ctl, postmaster_pid},
};

const RECIPIENTS: usize = 4_000;
/// The longest until mails arrive again after the server is back.
const RESUMED: Duration = Duration::from_secs(30);

/// The program's private server.
struct Server {
    pgdata: PathBuf,
    /// Of the superuser, in the program's database.
    admin_url: String,
}

impl Server {
    async fn of(program: &RunningProgram) -> Self {
        let cluster = Cluster::join_or_start(&program.data_dir()).await.unwrap();
        Self {
            pgdata: program.data_dir().join("postgres").canonicalize().unwrap(),
            admin_url: cluster.admin_url().replace("/postgres?", "/mauntic?"),
        }
    }

    /// Cuts it off as a crash would; the program starts it again.
    async fn crash(&self) {
        self.renewed_after("stop").await;
    }

    /// Restarts it as an impatient operator would. On a busy machine the program may be faster.
    async fn restart(&self) {
        self.renewed_after("restart").await;
    }

    /// Returns when another server takes connections, whoever started it.
    async fn renewed_after(&self, command: &str) {
        let before = postmaster_pid(&self.pgdata);
        let mut control = pg_ctl(&self.pgdata);
        control.args([command, "-m", "immediate"]).stderr(Stdio::null());
        let ended = tokio::task::spawn_blocking(move || control.status()).await;
        ended.unwrap().expect("pg_ctl can be run");
        for _ in 0..3000 {
            let now = postmaster_pid(&self.pgdata);
            if now.is_some() && now != before && self.admin().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{command}: nobody started the server again");
    }

    /// Cuts every connection but its own.
    async fn cut_connections(&self) {
        let mut admin = self.admin().await.unwrap();
        let cut: i64 = sqlx::query_scalar(
            r#"
            SELECT count(*) FILTER (WHERE pg_terminate_backend(pid))
            FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
            "#,
        )
        .fetch_one(&mut admin)
        .await
        .unwrap();
        assert!(cut > 0, "there were connections to cut");
    }

    async fn admin(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect(&self.admin_url).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_cut_off_in_mid_campaign_again_and_again_leaves_nothing_lost_doubled_or_in_doubt() {
    let program = RunningProgram::start(Path::new(env!("CARGO_BIN_EXE_mauntic")), None)
        .await
        .unwrap();
    let _cleanup = Cleanup(program.data_dir());
    let server = Server::of(&program).await;
    let mut fight = Fight::begin(program, RECIPIENTS).await;
    let campaign = fight.launch().await;

    // While recipients are still being handed over.
    server.restart().await;
    for round in 1..=6 {
        let resumed = fight.until(round * RECIPIENTS / 8, RESUMED).await;
        assert!(resumed, "only {} mails after {round} outages", fight.arrived());
        match round % 3 {
            0 => server.cut_connections().await,
            1 => server.crash().await,
            _ => server.restart().await,
        }
    }

    let outcome = fight.judge(campaign, &server.admin_url).await;
    assert_eq!(
        (outcome.accepted, outcome.held, outcome.doubles, outcome.unknown),
        (RECIPIENTS, 0, 0, 0)
    );
    fight.program.stop().await.unwrap();
}
