//! Size, memory and start, without PostgreSQL.

use std::{fs, time::Duration};

use crate::{
    machine::{Machine, binary, status_kib},
    table::{Table, duration, median},
};

/// How often the program is started.
const STARTS: usize = 5;

/// Before anything was done.
pub async fn measure_idle(on: &Machine, table: &mut Table) -> anyhow::Result<()> {
    let size = fs::metadata(binary())?.len();
    table.figure("binary", format!("{:.1} MB", size as f64 / 1e6), "<= 40 MB");
    tokio::time::sleep(Duration::from_secs(3)).await;
    if let Some(kib) = status_kib(on.program.pid(), "VmRSS") {
        table.figure(
            "idle memory (RSS)",
            format!("{:.1} MB", kib as f64 / 1e3),
            "<= 40 MB",
        );
    }
    Ok(())
}

/// After everything else.
pub fn measure_peak(on: &Machine, table: &mut Table) -> anyhow::Result<()> {
    if let Some(kib) = status_kib(on.program.pid(), "VmHWM") {
        table.figure(
            "peak memory over the whole run",
            format!("{:.1} MB", kib as f64 / 1e3),
            "<= 100 MB",
        );
    }
    Ok(())
}

/// Starts on an existing folder, until a page is served: the median of several.
pub async fn measure_restart(on: &mut Machine, table: &mut Table) -> anyhow::Result<()> {
    let (mut whole, mut own) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        whole.push(on.program.restart().await?);
        own.push(on.program.start_beside(&on.database_url).await?);
    }
    table.figure(
        "start with the private PostgreSQL",
        duration(median(whole)),
        "< 2 s",
    );
    table.figure(
        "start against a running PostgreSQL",
        duration(median(own)),
        "<= 150 ms",
    );
    Ok(())
}
