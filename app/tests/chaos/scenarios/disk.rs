//! The disk under PostgreSQL, its log of transactions and the program's own files is full for a while.
//!
//! A disk that can be filled without harm is a file system of its own in memory, which takes the right to
//! mount one. Limits of a process (RLIMIT_FSIZE) were not chosen: they hit the size of one file, and with a
//! signal, which is not what a full disk does.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use contracts::crm::events::{API_SOURCES, INGEST};
use reqwest::Method;
use serde_json::json;
use testkit::{
    RunningProgram,
    smtp_sink::{SinkOptions, Stage as Moment},
};

use super::{ALL_RULES, Report};
use crate::{
    evidence::Account,
    nemesis::Postgres,
    plan::Order,
    stage::{GROUP, binary, how, prepare},
    table::Line,
    world::{Folder, World},
};

const RECIPIENTS: usize = 3_000;
const FULL: Duration = Duration::from_secs(20);

pub async fn run(_: Order) -> Report {
    let what = format!(
        "the disk of the database and of the program is full for {} s",
        FULL.as_secs()
    );
    let disk = match Disk::mount() {
        Ok(disk) => disk,
        Err(error) => {
            return Ok(vec![Line {
                what,
                not_done: Some(format!("no file system can be mounted here ({error:#})")),
                ..Line::default()
            }]);
        }
    };
    let folder = Folder::new()?;
    let mut how = how(1);
    how.log = Some(folder.path().join("log"));
    how.parent = Some(disk.path.clone());
    let program = RunningProgram::start_as(binary(), None, how).await?;
    let postgres = Postgres::of(&program).await?;
    let ready = prepare(&program, &postgres.owner_url, RECIPIENTS).await?;
    let owner_url = postgres.owner_url.clone();
    let world = World::around(program, ready, owner_url, None, folder, SinkOptions::default()).await?;
    let source = json!({"name": "Chaos", "kind": "server"});
    let source = world
        .program
        .json(Method::POST, API_SOURCES.template(), Some(&source))
        .await?;
    let key = source["write_key"]
        .as_str()
        .context("a source has a key")?
        .to_owned();
    world.sink.when(Moment::EndOfData).delay(Duration::from_millis(5));
    world.open_the_gate().await?;
    world.until_taken(100, Duration::from_secs(60)).await?;

    let ballast = disk.fill()?;
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut last_mail = (world.sink.accepted(), Instant::now());
    while start.elapsed() < FULL {
        tally.add(send_event(&world, &key, tally.sent).await);
        let taken = world.sink.accepted();
        if taken != last_mail.0 {
            last_mail = (taken, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let quiet = last_mail.1.elapsed();
    let filled = disk.is_full()?;
    std::fs::remove_file(ballast)?;
    let resumed = world
        .until_taken(world.sink.accepted() + 1, Duration::from_secs(60))
        .await;
    for _ in 0..10 {
        tally.add(send_event(&world, &key, tally.sent).await);
    }
    world.settle(Duration::from_secs(180)).await?;
    world
        .until("the events", Duration::from_secs(30), async |world| {
            Ok(stored(world).await? >= tally.accepted as i64)
        })
        .await
        .ok();

    let account = Account {
        window: GROUP,
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    let kept = stored(&world).await?;
    if kept < tally.accepted as i64 {
        violations.push(format!(
            "{} events were accepted, {kept} are there",
            tally.accepted
        ));
    }
    if !filled || tally.refused == 0 {
        violations.push("the disk did not run full, so nothing was tried".to_owned());
    }
    if tally.unpolite > 0 {
        violations.push(format!(
            "{} refusals were no 503 with Retry-After",
            tally.unpolite
        ));
    }
    // What had been written down as begun may still arrive.
    if quiet < FULL / 4 {
        violations.push("mails were begun to the end while nothing could be written".to_owned());
    }
    if let Err(error) = &resumed {
        violations.push(format!("{error:#}"));
    }
    let line = Line {
        what,
        asserted: format!(
            "events: 503 with Retry-After, 0 accepted and lost; claims stop, and go on within 60 s; {ALL_RULES}"
        ),
        figures: format!(
            "{}; events: {} accepted, {} refused, {kept} stored; no mail for the last {:.1} s; went on after {:.1} s",
            evidence.figures(),
            tally.accepted,
            tally.refused,
            quiet.as_secs_f64(),
            resumed.map_or(f64::NAN, |took| took.as_secs_f64())
        ),
        violations,
        ..Line::default()
    };
    world.end().await?;
    drop(postgres);
    Ok(vec![line])
}

#[derive(Default)]
struct Tally {
    sent: usize,
    accepted: usize,
    refused: usize,
    /// Refused otherwise than by 503 with a time to come back at.
    unpolite: usize,
}

impl Tally {
    fn add(&mut self, answer: Option<(u16, bool)>) {
        self.sent += 1;
        match answer {
            Some((200..=299, _)) => self.accepted += 1,
            Some((503, true)) => self.refused += 1,
            // The connection broke, or another status.
            _ => {
                self.refused += 1;
                self.unpolite += 1;
            }
        }
    }
}

/// Status, and whether a `Retry-After` came with it.
async fn send_event(world: &World, key: &str, number: usize) -> Option<(u16, bool)> {
    let event = json!({
        "type": "track", "event": "Chaos", "messageId": format!("chaos-{number}"), "userId": "chaos",
    });
    let url = format!("{}{}", world.program.base, INGEST.url(&"track".to_owned()));
    let request = world
        .program
        .client
        .post(url)
        .basic_auth(key, Some(""))
        .json(&event);
    let answer = request.timeout(Duration::from_secs(10)).send().await.ok()?;
    let asks = answer.headers().contains_key("retry-after");
    Some((answer.status().as_u16(), asks))
}

async fn stored(world: &World) -> anyhow::Result<i64> {
    world
        .count("SELECT count(*) FROM crm.events WHERE name = 'Chaos'")
        .await
}

/// A file system in memory. It is gone with the value.
struct Disk {
    path: PathBuf,
}

impl Disk {
    fn mount() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("mauntic-disk-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path)?;
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1g,mode=0755", "tmpfs"])
            .arg(&path)
            .output();
        let disk = Self { path };
        let mounted = mounted.context("there is no mount")?;
        let said = String::from_utf8_lossy(&mounted.stderr).trim().to_owned();
        ensure!(mounted.status.success(), "{said}");
        Ok(disk)
    }

    /// Leaves no byte free. Returns what takes them all.
    fn fill(&self) -> anyhow::Result<PathBuf> {
        let ballast = self.path.join("ballast");
        let mut file = std::fs::File::create(&ballast)?;
        let piece = vec![0_u8; 1 << 16];
        while std::io::Write::write_all(&mut file, &piece).is_ok() {}
        // The last odd bytes.
        while std::io::Write::write_all(&mut file, b"x").is_ok() {}
        Ok(ballast)
    }

    fn is_full(&self) -> anyhow::Result<bool> {
        let probe = self.path.join("probe");
        let written = std::fs::write(&probe, vec![0_u8; 1 << 16]);
        std::fs::remove_file(&probe).ok();
        Ok(written.is_err())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.path);
    }
}

fn unmount(path: &Path) {
    let _ended = Command::new("umount").arg("-l").arg(path).output();
    let _gone = std::fs::remove_dir(path);
}
