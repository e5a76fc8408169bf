//! The private PostgreSQL as an operator, or an accident, lays hands on it.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, Uid, User},
};

/// `pg_ctl` on a cluster, as the user that the cluster belongs to.
pub fn pg_ctl(pgdata: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let bin = Command::new("pg_config").arg("--bindir").output().unwrap();
    let program = Path::new(String::from_utf8(bin.stdout).unwrap().trim()).join("pg_ctl");
    let mut command = Command::new(program);
    command
        .current_dir("/")
        .stdout(Stdio::null())
        .arg("-D")
        .arg(pgdata)
        .args(["-w", "-s", "-l", "/dev/null"]);
    if Uid::effective().is_root() {
        let user = User::from_name("postgres")
            .unwrap()
            .expect("the server's package makes this user");
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// The process of the server on a cluster, by its pid file.
pub fn postmaster_pid(pgdata: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(pgdata.join("postmaster.pid")).ok()?;
    text.lines().next()?.parse().ok().map(Pid::from_raw)
}

/// Ends the server of a data folder and deletes its files with the value, also when the test failed.
pub struct Cleanup(pub PathBuf);

impl Drop for Cleanup {
    fn drop(&mut self) {
        let pgdata = self.0.join("postgres");
        if let Some(pid) = postmaster_pid(&pgdata) {
            let _ = kill(pid, Signal::SIGQUIT);
        }
        if let Ok(elsewhere) = pgdata.read_link() {
            let _ = std::fs::remove_dir_all(elsewhere);
        }
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
