//! `mauntic up` as an operator starts, stops and kills it: its private server comes and goes with it.

use std::{
    net::TcpListener,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A data folder on which the program is started again and again.
struct Folder {
    path: PathBuf,
    port: u16,
}

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("mauntic-up-{}", uuid::Uuid::new_v4().simple()));
        std::fs::DirBuilder::new().mode(0o711).create(&path).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self { path, port }
    }

    fn up(&self) -> Child {
        Command::new(env!("CARGO_BIN_EXE_mauntic"))
            .args(["up", "--port", &self.port.to_string(), "--data-dir"])
            .arg(&self.path)
            .args(["--set", "metrics.listen=127.0.0.1:0"])
            .env_remove("DATABASE_URL")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Starts the program and returns at its first answer that it is ready.
    async fn ready(&self) -> Child {
        let mut program = self.up();
        let url = format!("http://127.0.0.1:{}/readyz", self.port);
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        while !reqwest::get(&url)
            .await
            .is_ok_and(|answer| answer.status() == 200)
        {
            assert_eq!(program.try_wait().unwrap(), None, "it ended");
            assert!(tokio::time::Instant::now() < deadline, "it is not ready");
            tokio::task::yield_now().await;
        }
        program
    }

    fn server(&self) -> Option<Pid> {
        let text = std::fs::read_to_string(self.path.join("postgres/postmaster.pid")).ok()?;
        text.lines().next()?.parse().ok().map(Pid::from_raw)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(server) = self.server() {
            let _ = kill(server, Signal::SIGQUIT);
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn end(mut program: Child, signal: Signal) -> ExitStatus {
    kill(Pid::from_raw(i32::try_from(program.id()).unwrap()), signal).unwrap();
    program.wait().unwrap()
}

#[tokio::test]
async fn a_signal_at_the_first_moment_of_being_ready_stops_the_program_and_its_server() {
    let folder = Folder::new();

    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let program = folder.ready().await;
        assert!(folder.server().is_some());

        let status = end(program, signal);

        assert!(status.success(), "{signal}: {status}");
        assert_eq!(folder.server(), None, "{signal}");
    }
}

#[tokio::test]
async fn a_killed_program_leaves_a_server_that_the_next_one_adopts_and_stops() {
    let folder = Folder::new();
    let killed = folder.ready().await;
    let server = folder.server();
    end(killed, Signal::SIGKILL);

    let next = folder.ready().await;

    assert!(server.is_some());
    assert_eq!(folder.server(), server);
    assert!(end(next, Signal::SIGTERM).success());
    assert_eq!(folder.server(), None);
}
