//! What is measured, and what it is measured on.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use mauntic::cluster::Cluster;
use testkit::RunningProgram;

/// The program with its private PostgreSQL, and a way round it for the limits.
pub struct Machine {
    /// The program.
    pub program: RunningProgram,
    /// Where its private PostgreSQL is.
    pub database_url: String,
}

impl Machine {
    /// Starts the program on an empty folder.
    pub async fn start() -> anyhow::Result<Self> {
        let program = RunningProgram::start(&binary(), None).await?;
        let database_url = Cluster::join_or_start(&program.data_dir())
            .await?
            .url()
            .to_owned();
        Ok(Self {
            program,
            database_url,
        })
    }
}

impl Machine {
    /// Waits until the program has next to nothing to do, so that what one measurement left behind is
    /// not taken for the cost of the next.
    pub async fn settle(&self) -> anyhow::Result<()> {
        const LOOK: Duration = Duration::from_millis(500);
        let deadline = Instant::now() + Duration::from_secs(120);
        let mut before = cpu_seconds(self.program.pid());
        while Instant::now() < deadline {
            tokio::time::sleep(LOOK).await;
            let now = cpu_seconds(self.program.pid());
            if now - before <= 0.02 {
                break;
            }
            before = now;
        }
        Ok(())
    }
}

/// What a process has computed so far; the system counts in hundredths of a second.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name of the program stands before the rest and may hold spaces, but ends with the last `)`.
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks = rest
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|n| n.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// The release build beside this one.
pub fn binary() -> PathBuf {
    std::env::current_exe()
        .unwrap_or_default()
        .with_file_name("mauntic")
}

/// One line about the machine.
pub fn describe() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown", |l| l.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: u64 = memory
        .lines()
        .find_map(|line| {
            line.strip_prefix("MemTotal:")?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    format!(
        "{model}, {cores} cores, {} GiB, PostgreSQL and everything else on the same cores",
        kib / 1024 / 1024
    )
}

/// A field of `/proc/<pid>/status` in KiB.
pub fn status_kib(pid: u32, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    text.lines().find_map(|line| {
        line.strip_prefix(field)?
            .trim_start_matches(':')
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    })
}
