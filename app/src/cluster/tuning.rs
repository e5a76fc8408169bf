//! Settings of the server for the machine it runs on. The program shares the machine, so it takes a
//! quarter of the memory for PostgreSQL's own buffers and leaves the rest to the system's cache.

use anyhow::Result;

use super::{
    account::Account,
    home::{Home, write_private},
};

const MIB: u64 = 1024 * 1024;
const MAX_CONNECTIONS: u64 = 120;

/// What the settings depend on.
#[derive(Debug, Clone, Copy)]
struct Machine {
    memory: u64,
    cores: u64,
    free_disk: u64,
}

/// Writes the settings file of a cluster.
pub(super) fn write(home: &Home, account: &Account) -> Result<()> {
    let machine = Machine {
        memory: memory(),
        cores: cores(),
        free_disk: free_disk(home),
    };
    let path = home.pgdata.join("mauntic.conf");
    write_private(&path, &render(&settings(machine)))?;
    account.give(&path)
}

fn render(settings: &[(&str, String)]) -> String {
    let mut text = String::from(
        "# Written by mauntic at each start for the machine it runs on; changes are lost.\n\
         # Put your own settings into local.conf beside this file: it is read after it.\n",
    );
    for (name, value) in settings {
        text.push_str(&format!("{name} = '{value}'\n"));
    }
    text
}

fn settings(machine: Machine) -> Vec<(&'static str, String)> {
    let mut all = memory_settings(machine);
    all.extend(disk_settings(machine));
    all.extend(fixed_settings());
    all
}

fn memory_settings(machine: Machine) -> Vec<(&'static str, String)> {
    let share =
        |part: u64, least: u64, most: u64| format!("{}MB", (machine.memory / part / MIB).clamp(least, most));
    let parallel = (machine.cores / 2).clamp(0, 4).to_string();
    vec![
        ("max_connections", MAX_CONNECTIONS.to_string()),
        ("shared_buffers", share(4, 64, 4096)),
        ("effective_cache_size", share(2, 256, 1024 * 1024)),
        ("maintenance_work_mem", share(16, 32, 1024)),
        ("work_mem", share(MAX_CONNECTIONS * 4, 4, 64)),
        ("max_parallel_workers_per_gather", parallel.clone()),
        ("max_parallel_maintenance_workers", parallel),
    ]
}

/// A long way between checkpoints makes bulk writes cheaper, for disk space and time of recovery.
fn disk_settings(machine: Machine) -> Vec<(&'static str, String)> {
    let most_wal = (machine.free_disk / 10 / MIB).clamp(256, 4096);
    vec![
        ("max_wal_size", format!("{most_wal}MB")),
        ("min_wal_size", "128MB".to_owned()),
        ("checkpoint_timeout", "15min".to_owned()),
        ("checkpoint_completion_target", "0.9".to_owned()),
    ]
}

fn fixed_settings() -> Vec<(&'static str, String)> {
    let mut fixed = vec![
        // What was acknowledged survives a power cut: mail must not be sent twice.
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        // Solid-state disks: a random page costs little more than the next one.
        ("random_page_cost", "1.1"),
        // Statements here are short, and compiling them costs more than it gains.
        ("jit", "off"),
        // Queues are updated all the time; waiting for a fifth of a table to be dead is too late.
        ("autovacuum_naptime", "20s"),
        ("autovacuum_vacuum_scale_factor", "0.05"),
        ("autovacuum_vacuum_insert_scale_factor", "0.1"),
        ("autovacuum_analyze_scale_factor", "0.02"),
        ("autovacuum_vacuum_cost_limit", "1000"),
        // A transaction left open holds back vacuum and locks; none of ours waits this long.
        ("idle_in_transaction_session_timeout", "10min"),
        ("log_checkpoints", "off"),
        ("log_lock_waits", "on"),
        ("log_line_prefix", "%m [%p] "),
        ("log_timezone", "UTC"),
        ("timezone", "UTC"),
    ];
    if cfg!(target_os = "linux") {
        // Other systems cannot read ahead this way and refuse the setting.
        fixed.push(("effective_io_concurrency", "200"));
    }
    fixed
        .into_iter()
        .map(|(name, value)| (name, value.to_owned()))
        .collect()
}

/// The machine's memory, or the container's where that is less.
fn memory() -> u64 {
    /// Assumed where the system does not tell.
    const MODEST: u64 = 2048 * MIB;
    let machine = std::fs::read_to_string("/proc/meminfo")
        .ok()
        .and_then(|text| total_in_meminfo(&text));
    let container = std::fs::read_to_string("/sys/fs/cgroup/memory.max")
        .ok()
        .and_then(|text| text.trim().parse().ok());
    [machine, container].into_iter().flatten().min().unwrap_or(MODEST)
}

fn total_in_meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

fn free_disk(home: &Home) -> u64 {
    #[allow(clippy::unnecessary_cast, reason = "the types are narrower on other systems")]
    nix::sys::statvfs::statvfs(&home.pgdata).map_or(0, |disk| {
        disk.blocks_available() as u64 * disk.fragment_size() as u64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(machine: Machine, name: &str) -> String {
        let found = settings(machine)
            .into_iter()
            .find(|(setting, _)| *setting == name);
        found.map(|(_, value)| value).unwrap_or_default()
    }

    #[test]
    fn a_small_machine_gets_small_buffers() {
        let small = Machine {
            memory: 1024 * MIB,
            cores: 1,
            free_disk: 5000 * MIB,
        };
        assert_eq!(value(small, "shared_buffers"), "256MB");
        assert_eq!(value(small, "work_mem"), "4MB");
        assert_eq!(value(small, "max_parallel_workers_per_gather"), "0");
        assert_eq!(value(small, "max_wal_size"), "500MB");
    }

    #[test]
    fn a_large_machine_is_not_taken_whole() {
        let large = Machine {
            memory: 256 * 1024 * MIB,
            cores: 64,
            free_disk: u64::MAX,
        };
        assert_eq!(value(large, "shared_buffers"), "4096MB");
        assert_eq!(value(large, "work_mem"), "64MB");
        assert_eq!(value(large, "max_parallel_workers_per_gather"), "4");
        assert_eq!(value(large, "max_wal_size"), "4096MB");
    }

    #[test]
    fn what_was_committed_survives_a_power_cut() {
        let machine = Machine {
            memory: 2048 * MIB,
            cores: 2,
            free_disk: 0,
        };
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            assert_eq!(value(machine, setting), "on", "{setting}");
        }
    }

    #[test]
    fn memory_is_read_from_what_linux_tells() {
        assert_eq!(
            total_in_meminfo("MemTotal:       24646456 kB\nMemFree: 1 kB\n"),
            Some(24_646_456 * 1024)
        );
        assert_eq!(total_in_meminfo("nothing"), None);
    }
}
