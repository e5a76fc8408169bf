//! The private cluster, with the real programs of PostgreSQL. As root these tests also show the change
//! to an unprivileged user, since that is how the server runs then.

use std::{
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use mauntic::cluster::Cluster;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection, PgConnection};

use crate::server::{Cleanup, pg_ctl, postmaster_pid};

/// A data folder that every user can pass through; its server is ended and its files are gone after
/// the test, also when that failed.
struct DataFolder(Cleanup);

impl DataFolder {
    fn new() -> Self {
        Self::below(&std::env::temp_dir(), 0o711)
    }

    fn below(parent: &Path, mode: u32) -> Self {
        let folder = parent.join(format!("mauntic-cluster-{}", uuid::Uuid::new_v4().simple()));
        std::fs::DirBuilder::new().mode(mode).create(&folder).unwrap();
        Self(Cleanup(folder))
    }

    fn path(&self) -> &Path {
        &self.0.0
    }

    fn pgdata(&self) -> PathBuf {
        self.path().join("postgres").canonicalize().unwrap()
    }

    fn postmaster_pid(&self) -> Option<Pid> {
        postmaster_pid(&self.path().join("postgres"))
    }
}

async fn connect(cluster: &Cluster) -> PgConnection {
    PgConnection::connect(cluster.url()).await.unwrap()
}

/// One value that must outlive what the test does to the server.
async fn remember(cluster: &Cluster) {
    let mut connection = connect(cluster).await;
    sqlx::query("CREATE TABLE kept AS SELECT 42 AS answer")
        .execute(&mut connection)
        .await
        .unwrap();
}

async fn recall(cluster: &Cluster) -> i32 {
    let mut connection = connect(cluster).await;
    sqlx::query_scalar("SELECT answer FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)")
        .bind(name)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// Starts the folder's server the way a killed program leaves it behind: nobody's child.
fn leave_running(folder: &DataFolder) {
    let pgdata = folder.pgdata();
    let mut command = pg_ctl(&pgdata);
    command
        .arg("-o")
        .arg(format!("-h '' -k '{}'", pgdata.display()))
        .arg("start");
    assert!(command.status().unwrap().success());
}

async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    while tokio::time::Instant::now() < deadline {
        if let Some(found) = probe().await {
            return found;
        }
        tokio::task::yield_now().await;
    }
    panic!("{what} did not happen")
}

#[tokio::test]
async fn a_first_start_makes_a_cluster_behind_a_socket_that_keeps_what_is_committed() {
    let folder = DataFolder::new();

    let cluster = Cluster::start(folder.path()).await.unwrap();
    let mut connection = connect(&cluster).await;

    assert_eq!(setting(&mut connection, "listen_addresses").await, "");
    assert_eq!(setting(&mut connection, "server_encoding").await, "UTF8");
    assert_eq!(
        setting(&mut connection, "password_encryption").await,
        "scram-sha-256"
    );
    assert_eq!(setting(&mut connection, "fsync").await, "on");
    assert_eq!(setting(&mut connection, "synchronous_commit").await, "on");
    assert_eq!(setting(&mut connection, "jit").await, "off");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn the_program_is_no_superuser_and_an_operator_can_be() {
    let folder = DataFolder::new();

    let cluster = Cluster::start(folder.path()).await.unwrap();

    let is_superuser = "SELECT usesuper FROM pg_user WHERE usename = current_user";
    let program: bool = sqlx::query_scalar(is_superuser)
        .fetch_one(&mut connect(&cluster).await)
        .await
        .unwrap();
    let mut admin = PgConnection::connect(cluster.admin_url()).await.unwrap();
    let operator: bool = sqlx::query_scalar(is_superuser)
        .fetch_one(&mut admin)
        .await
        .unwrap();
    assert!(!program);
    assert!(operator);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_does_not_get_in() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    let password = std::fs::read_to_string(folder.path().join("postgres.password")).unwrap();

    let wrong = cluster.url().replace(password.trim(), "guessed");
    let error = PgConnection::connect(&wrong).await.unwrap_err();

    assert!(
        error.to_string().contains("password authentication failed"),
        "{error}"
    );
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn only_the_owner_can_read_the_password_and_the_log() {
    use std::os::unix::fs::PermissionsExt;
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();

    for file in ["postgres.password", "postgres.log"] {
        let mode = std::fs::metadata(folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_stopped_cluster_starts_again_with_its_data() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;
    cluster.stop().await.unwrap();
    assert_eq!(folder.postmaster_pid(), None);

    let again = Cluster::start(folder.path()).await.unwrap();

    assert_eq!(recall(&again).await, 42);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_a_killed_program_left_running_is_adopted_and_stopped_later() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;
    cluster.stop().await.unwrap();
    leave_running(&folder);
    let orphan = folder.postmaster_pid();

    let again = Cluster::start(folder.path()).await.unwrap();

    assert!(orphan.is_some());
    assert_eq!(folder.postmaster_pid(), orphan);
    assert_eq!(recall(&again).await, 42);
    again.stop().await.unwrap();
    assert_eq!(folder.postmaster_pid(), None);
}

#[tokio::test]
async fn a_server_that_was_killed_with_everything_else_recovers_at_the_next_start() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;
    cluster.stop().await.unwrap();
    leave_running(&folder);
    let orphan = folder.postmaster_pid().unwrap();
    kill(orphan, Signal::SIGKILL).unwrap();
    until("the end of the server", async || {
        std::fs::read_link(format!("/proc/{orphan}/cwd"))
            .is_err()
            .then_some(())
    })
    .await;
    assert_eq!(folder.postmaster_pid(), Some(orphan), "the pid file is stale");

    let again = Cluster::start(folder.path()).await.unwrap();

    assert_eq!(recall(&again).await, 42);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_process_number_that_another_program_got_since_does_not_hinder_a_start() {
    let folder = DataFolder::new();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    let mut stranger = Command::new("tail").args(["-f", "/dev/null"]).spawn().unwrap();
    let pgdata = folder.pgdata();
    let stale = format!(
        "{}\n{pgdata}\n1\n5432\n{pgdata}\n\n 1 1\nready\n",
        stranger.id(),
        pgdata = pgdata.display()
    );
    std::fs::write(pgdata.join("postmaster.pid"), stale).unwrap();

    let cluster = Cluster::start(folder.path()).await.unwrap();

    connect(&cluster).await;
    cluster.stop().await.unwrap();
    assert_eq!(
        stranger.try_wait().unwrap(),
        None,
        "the other program was left alone"
    );
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}

#[tokio::test]
async fn a_server_that_ends_in_the_middle_is_started_again() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;
    let first = folder.postmaster_pid().unwrap();

    kill(first, Signal::SIGKILL).unwrap();

    let url = cluster.url().to_owned();
    until("a new server", async || {
        let pid = folder.postmaster_pid().filter(|pid| *pid != first);
        PgConnection::connect(&url).await.ok().and(pid)
    })
    .await;
    assert_eq!(recall(&cluster).await, 42);
    cluster.stop().await.unwrap();
    assert_eq!(folder.postmaster_pid(), None);
}

#[tokio::test]
async fn a_second_program_on_the_same_folder_is_refused_and_a_command_beside_it_joins() {
    let folder = DataFolder::new();
    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;

    let refused = Cluster::start(folder.path()).await.unwrap_err().to_string();
    let guest = Cluster::join_or_start(folder.path()).await.unwrap();

    assert!(refused.contains("already runs on the data folder"), "{refused}");
    assert!(refused.contains(&std::process::id().to_string()), "{refused}");
    assert_eq!(recall(&guest).await, 42);
    guest.stop().await.unwrap();
    assert_eq!(recall(&cluster).await, 42, "a guest does not stop the server");
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn two_clusters_on_one_machine_do_not_meet() {
    let (one, other) = (DataFolder::new(), DataFolder::new());

    let (first, second) = tokio::join!(Cluster::start(one.path()), Cluster::start(other.path()));
    let (first, second) = (first.unwrap(), second.unwrap());
    remember(&first).await;

    let found: Option<String> = sqlx::query_scalar("SELECT to_regclass('kept')::text")
        .fetch_one(&mut connect(&second).await)
        .await
        .unwrap();
    assert_eq!(found, None);
    first.stop().await.unwrap();
    second.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_whose_path_is_too_long_for_a_socket_works_too() {
    let parent = DataFolder::new();
    let folder = DataFolder::below(&make(parent.path(), &"long".repeat(25)), 0o711);

    let cluster = Cluster::start(folder.path()).await.unwrap();

    remember(&cluster).await;
    assert_eq!(recall(&cluster).await, 42);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_closed_to_other_users_works_too() {
    let closed = DataFolder::below(&std::env::temp_dir(), 0o700);
    let folder = DataFolder::below(closed.path(), 0o711);

    let cluster = Cluster::start(folder.path()).await.unwrap();
    remember(&cluster).await;
    cluster.stop().await.unwrap();

    let again = Cluster::start(folder.path()).await.unwrap();
    assert_eq!(recall(&again).await, 42);
    again.stop().await.unwrap();
}

#[tokio::test]
async fn a_first_start_that_was_cut_short_is_begun_anew() {
    let folder = DataFolder::new();
    std::fs::create_dir(folder.path().join("postgres.new")).unwrap();
    std::fs::write(folder.path().join("postgres.new/PG_VERSION"), "15").unwrap();

    let cluster = Cluster::start(folder.path()).await.unwrap();

    connect(&cluster).await;
    assert!(!folder.path().join("postgres.new").exists());
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_of_another_release_is_left_alone_with_a_word_on_what_to_do() {
    let folder = DataFolder::new();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    std::fs::write(folder.pgdata().join("PG_VERSION"), "11\n").unwrap();

    let error = Cluster::start(folder.path()).await.unwrap_err().to_string();

    assert!(error.contains("was made by PostgreSQL 11"), "{error}");
    assert!(error.contains("pg_upgrade"), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_start_says_why() {
    let folder = DataFolder::new();
    Cluster::start(folder.path()).await.unwrap().stop().await.unwrap();
    std::fs::write(folder.pgdata().join("local.conf"), "shared_buffers = 'plenty'\n").unwrap();

    let error = format!("{:#}", Cluster::start(folder.path()).await.unwrap_err());

    assert!(error.contains("shared_buffers"), "{error}");
}

fn make(parent: &Path, name: &str) -> PathBuf {
    let folder = parent.join(name);
    std::fs::DirBuilder::new().mode(0o711).create(&folder).unwrap();
    folder
}
