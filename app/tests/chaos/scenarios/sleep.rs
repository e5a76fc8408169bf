//! A process falls asleep with a message on the wire, sleeps through its lease, and wakes up when another
//! one has taken over.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::smtp_sink::SinkOptions;

use super::{ALL_RULES, Report};
use crate::{
    evidence::{Account, Evidence},
    plan::Order,
    stage::{GROUP, LEASE, Stage, how},
    table::Line,
    world::World,
};

const RECIPIENTS: usize = 300;
/// Messages a second of both together.
const PACE: usize = 100;

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let world = World::copy(&stage, how(1), SinkOptions::default()).await?;
    let mut sleepy = how(1);
    sleepy.env.push((
        "MAUNTIC_FAILPOINTS".to_owned(),
        "delivery.smtp.after_dot=stop@20".to_owned(),
    ));
    sleepy.log = Some(world.log.clone());
    let mut sleeper = world.program.node_beside(sleepy).await?;

    // Both take part: each is an engine before the first message is due, and neither can send all alone
    // before the other one looks.
    wait_for_engine(&world, sleeper.pid()).await?;
    world.change_account(json!({"messages_per_second": PACE})).await?;
    world.open_the_gate().await?;
    world
        .until("sleep", Duration::from_secs(30), async |_| Ok(sleeper.sleeps()))
        .await?;
    let asleep = Instant::now();
    world.settle(Duration::from_secs(60)).await?;
    tokio::time::sleep((3 * LEASE).saturating_sub(asleep.elapsed())).await;
    let slept = asleep.elapsed();
    let before = world.evidence(Account::default()).await?;

    sleeper.signal("CONT").await?;
    // It has understood once it has entered as a new engine.
    let awake = wait_for_engine(&world, sleeper.pid()).await?;
    let account = Account {
        kills: 1,
        window: GROUP,
        ..Account::default()
    };
    let (after, mut violations) = world.judge(account).await?;
    violations.extend(changes(&before, &after));
    if after.count("held") == 0 {
        violations.push("nothing was on the wire when it fell asleep, so nothing was tried".to_owned());
    }
    let line = Line {
        what: format!(
            "one of two processes is sent SIGSTOP behind its 20th final dot and SIGCONT after {} s, at a lease of {} s",
            slept.as_secs(),
            LEASE.as_secs()
        ),
        asserted: format!("fenced: 0 rows written and 0 mails begun after the lease was lost; {ALL_RULES}"),
        figures: format!(
            "{}; works again {:.1} s after it woke up",
            after.figures(),
            awake.as_secs_f64()
        ),
        violations,
        ..Line::default()
    };
    sleeper.kill().await?;
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}

/// Until a process holds a lease.
async fn wait_for_engine(world: &World, pid: u32) -> anyhow::Result<Duration> {
    let name = format!("process {pid}");
    world
        .until("a lease", Duration::from_secs(60), async |world| {
            let mut owner = world.owner().await?;
            let sql =
                "SELECT EXISTS (SELECT 1 FROM delivery.engines WHERE name = $1 AND lease_until > now())";
            Ok(sqlx::query_scalar(sql).bind(&name).fetch_one(&mut owner).await?)
        })
        .await
}

/// What the sleeper did after it had woken up.
fn changes(before: &Evidence, after: &Evidence) -> Vec<String> {
    let mut changes = Vec::new();
    if before.attempts != after.attempts {
        changes.push("attempts were written after the lease was lost".to_owned());
    }
    let states = |e: &Evidence| e.messages.iter().map(|m| m.state.clone()).collect::<Vec<_>>();
    if states(before) != states(after) {
        changes.push("messages were written after the lease was lost".to_owned());
    }
    let sent = after.ledger.len() - before.ledger.len();
    if sent > 0 {
        changes.push(format!("{sent} mails were sent after the lease was lost"));
    }
    changes
}
