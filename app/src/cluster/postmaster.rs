//! The server's process: started, found again after the program was killed, and ended.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    process::Child,
    time::{Instant, sleep, timeout},
};
use tracing::{info, warn};

use super::{account::Account, binaries::Binaries, home::Home};

/// How long a start may take. Recovery after a power cut replays up to `max_wal_size` of changes.
const START_LIMIT: Duration = Duration::from_secs(300);
/// After this long a server that was asked to stop is cut off; it recovers at the next start.
const STOP_LIMIT: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(15);
/// A log that grew larger than this is put aside at the next start.
const LARGEST_LOG: u64 = 16 * 1024 * 1024;

/// All that is needed to start the server of one cluster.
#[derive(Debug)]
pub(super) struct Server {
    home: Home,
    binaries: Binaries,
    account: Account,
}

/// A server that runs.
#[derive(Debug)]
pub(super) enum Postmaster {
    /// Started by this process.
    Ours(Child),
    /// Left running by an earlier process, or started by an operator's `pg_ctl`.
    Adopted(Pid),
}

impl Server {
    pub(super) fn new(home: &Home, binaries: Binaries, account: Account) -> Self {
        Self {
            home: home.clone(),
            binaries,
            account,
        }
    }

    /// Adopts the server that runs on the cluster, or starts one; returns when it takes connections.
    pub(super) async fn ensure_running(&self) -> Result<Postmaster> {
        let deadline = Instant::now() + START_LIMIT;
        if let Some(found) = self.adoptable().await? {
            return self.ready(Postmaster::Adopted(found), deadline).await;
        }
        self.clear_remains(deadline).await?;
        let log_start = std::fs::metadata(self.home.log()).map_or(0, |log| log.len());
        let postmaster = self.spawn()?;
        self.ready(postmaster, deadline).await.with_context(|| {
            format!(
                "{} says:\n{}",
                self.home.log().display(),
                self.log_since(log_start)
            )
        })
    }

    pub(super) async fn stop(&self, postmaster: Postmaster) -> Result<()> {
        postmaster.stop().await?;
        self.home.remove_socket_dir();
        Ok(())
    }

    /// Ends a server that nobody holds a handle of, after a start that was given up half-way.
    pub(super) async fn stop_any(&self) -> Result<()> {
        match PidFile::read(&self.home.pgdata)? {
            Some(found) if found.is_of_server_in(&self.home.pgdata) => {
                self.stop(Postmaster::Adopted(found.pid)).await
            }
            _ => Ok(()),
        }
    }

    /// The server that already runs, if its socket is where we look for it; one that is on its way out
    /// or listens elsewhere is ended first.
    async fn adoptable(&self) -> Result<Option<Pid>> {
        let Some(found) = PidFile::read(&self.home.pgdata)? else {
            return Ok(None);
        };
        if !found.is_of_server_in(&self.home.pgdata) {
            return Ok(None);
        }
        if found.status != Status::Stopping && found.socket_dir == self.home.socket_dir() {
            info!("adopting the PostgreSQL that an earlier mauntic left running");
            return Ok(Some(found.pid));
        }
        Postmaster::Adopted(found.pid).stop().await?;
        Ok(None)
    }

    /// After a kill -9 of the server: lets its last workers go, then removes its lock files, whose number
    /// may by now be another process's (or its own, not collected), which PostgreSQL would take for a
    /// server. Where workers cannot be seen, PostgreSQL's own checks have to do.
    async fn clear_remains(&self, deadline: Instant) -> Result<()> {
        if !cfg!(target_os = "linux") || PidFile::read(&self.home.pgdata)?.is_none() {
            return Ok(());
        }
        while Instant::now() < deadline {
            if !anyone_works_in(&self.home.pgdata)? {
                // The pid file last: it is what brings the next start here, should this one be cut short.
                for remains in [self.home.socket_lock(), PidFile::path(&self.home.pgdata)] {
                    remove_if_there(&remains)?;
                }
                return Ok(());
            }
            sleep(LOOK_AGAIN).await;
        }
        bail!(
            "processes of an earlier PostgreSQL still work in {}",
            self.home.pgdata.display()
        )
    }

    fn spawn(&self) -> Result<Postmaster> {
        self.home.prepare_socket_dir(&self.account)?;
        let log = self.open_log()?;
        let mut command = self.account.command(&self.binaries.program("postgres"));
        command
            .arg("-D")
            .arg(&self.home.pgdata)
            .arg("-k")
            .arg(self.home.socket_dir())
            // No port: the socket's folder says who may connect.
            .args(["-h", "", "-p", "5432"])
            .args(["-c", "unix_socket_permissions=0700"])
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            // A group of its own, so that Ctrl-C reaches us alone and the server ends after our work.
            .process_group(0);
        Ok(Postmaster::Ours(
            command.spawn().context("could not start PostgreSQL")?,
        ))
    }

    fn open_log(&self) -> Result<File> {
        let path = self.home.log();
        if std::fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST_LOG) {
            std::fs::rename(&path, path.with_extension("log.1"))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))
    }

    /// Waits until the server says in its pid file that it takes connections.
    async fn ready(&self, mut postmaster: Postmaster, deadline: Instant) -> Result<Postmaster> {
        while Instant::now() < deadline {
            if let Some(found) = PidFile::read(&self.home.pgdata)?
                && found.status == Status::Ready
                && Some(found.pid) == postmaster.pid()
            {
                return Ok(postmaster);
            }
            if postmaster.has_ended(&self.home.pgdata)? {
                bail!("PostgreSQL did not start");
            }
            sleep(LOOK_AGAIN).await;
        }
        bail!("PostgreSQL was not ready after {} s", START_LIMIT.as_secs())
    }

    fn log_since(&self, start: u64) -> String {
        let log = std::fs::read(self.home.log()).unwrap_or_default();
        let start = usize::try_from(start).unwrap_or(0).min(log.len());
        String::from_utf8_lossy(&log[start..]).trim().to_owned()
    }

    pub(super) fn pgdata(&self) -> &Path {
        &self.home.pgdata
    }
}

impl Postmaster {
    pub(super) fn pid(&self) -> Option<Pid> {
        match self {
            Self::Ours(child) => child
                .id()
                .and_then(|id| i32::try_from(id).ok())
                .map(Pid::from_raw),
            Self::Adopted(pid) => Some(*pid),
        }
    }

    /// Waits for its end, however it comes.
    pub(super) async fn ended(&mut self) {
        match self {
            Self::Ours(child) => {
                if let Err(e) = child.wait().await {
                    warn!("could not wait for PostgreSQL: {e}");
                }
            }
            Self::Adopted(pid) => {
                while is_alive(*pid) {
                    sleep(LOOK_AGAIN * 20).await;
                }
            }
        }
    }

    fn has_ended(&mut self, pgdata: &Path) -> Result<bool> {
        match self {
            Self::Ours(child) => Ok(child.try_wait()?.is_some()),
            Self::Adopted(pid) => Ok(!is_alive(*pid) || PidFile::read(pgdata)?.is_none()),
        }
    }

    /// Fast shutdown: connections are cut, a checkpoint is written, the process ends.
    async fn stop(mut self) -> Result<()> {
        self.signal(Signal::SIGINT);
        if timeout(STOP_LIMIT, self.ended()).await.is_ok() {
            return Ok(());
        }
        warn!(
            "PostgreSQL did not stop in {} s; cutting it off",
            STOP_LIMIT.as_secs()
        );
        self.signal(Signal::SIGQUIT);
        timeout(STOP_LIMIT, self.ended())
            .await
            .context("PostgreSQL does not stop")
    }

    fn signal(&self, signal: Signal) {
        // It may have ended a moment ago, which is what is wanted.
        if let Some(pid) = self.pid()
            && let Err(e) = kill(pid, signal)
            && e != Errno::ESRCH
        {
            warn!("could not send {signal} to PostgreSQL (process {pid}): {e}");
        }
    }
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH) && !is_zombie(pid)
}

/// Ended, but not yet collected by its parent, which in a container may never happen.
fn is_zombie(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program stands before the state and may hold anything but ends with the last `)`.
    stat.rsplit_once(") ")
        .is_some_and(|(_, state)| state.starts_with('Z'))
}

#[derive(Debug, PartialEq, Eq)]
enum Status {
    Starting,
    Ready,
    Stopping,
}

fn remove_if_there(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(e).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Whether a process has `folder` as its own, as all processes of a server have the cluster.
fn anyone_works_in(folder: &Path) -> Result<bool> {
    let processes = std::fs::read_dir("/proc")?.flatten();
    Ok(processes
        .filter_map(|process| std::fs::read_link(process.path().join("cwd")).ok())
        .any(|cwd| cwd == folder))
}

/// What a server writes about itself into `postmaster.pid`.
#[derive(Debug, PartialEq, Eq)]
struct PidFile {
    pid: Pid,
    socket_dir: PathBuf,
    status: Status,
}

impl PidFile {
    fn path(pgdata: &Path) -> PathBuf {
        pgdata.join("postmaster.pid")
    }

    fn read(pgdata: &Path) -> Result<Option<Self>> {
        match std::fs::read_to_string(Self::path(pgdata)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("could not read {}", Self::path(pgdata).display())),
        }
    }

    /// Absent when the server has only begun to write it.
    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let pid = Pid::from_raw(lines.first()?.trim().parse().ok()?);
        let status = match lines.get(7).map(|status| status.trim()) {
            Some("ready") => Status::Ready,
            Some("stopping") => Status::Stopping,
            _ => Status::Starting,
        };
        Some(Self {
            pid,
            socket_dir: PathBuf::from(lines.get(4)?.trim()),
            status,
        })
    }

    /// Whether the number is still the server's: it works in its cluster. Without /proc the number's
    /// being in use has to do.
    fn is_of_server_in(&self, pgdata: &Path) -> bool {
        if cfg!(target_os = "linux") {
            return std::fs::read_link(format!("/proc/{}/cwd", self.pid))
                .is_ok_and(|folder| folder == pgdata);
        }
        is_alive(self.pid)
    }
}

/// For a process beside the one that runs the server: where it is, once it takes connections.
pub(super) async fn wait_for_the_other_process(data_dir: &Path) -> Result<Home> {
    let deadline = Instant::now() + START_LIMIT;
    while Instant::now() < deadline {
        let home = Home::locate(data_dir)?;
        if home.exists() && PidFile::read(&home.pgdata)?.is_some_and(|found| found.status == Status::Ready) {
            return Ok(home);
        }
        sleep(LOOK_AGAIN).await;
    }
    bail!(
        "the mauntic that runs on {} has no database ready",
        data_dir.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUNNING: &str =
        "4711\n/srv/data/postgres\n1763859000\n5432\n/srv/data/postgres\n\n  5432001     65541\nready   \n";

    #[test]
    fn the_pid_file_tells_process_socket_and_state() {
        let expected = PidFile {
            pid: Pid::from_raw(4711),
            socket_dir: PathBuf::from("/srv/data/postgres"),
            status: Status::Ready,
        };
        assert_eq!(PidFile::parse(RUNNING), Some(expected));
    }

    #[test]
    fn a_half_written_pid_file_is_not_a_server_yet() {
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("4711\n/srv/data/postgres\n"), None);
        let starting = RUNNING.replace("ready   ", "starting");
        assert_eq!(
            PidFile::parse(&starting).map(|found| found.status),
            Some(Status::Starting)
        );
    }

    #[test]
    fn a_process_that_took_over_the_number_is_not_taken_for_the_server() {
        let me = PidFile {
            pid: Pid::this(),
            socket_dir: PathBuf::from("/nowhere"),
            status: Status::Ready,
        };
        assert!(!me.is_of_server_in(Path::new("/nowhere")));
    }
}
