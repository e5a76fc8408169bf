//! The clock of one of two nodes jumps: by an hour, by a day, both ways. Nothing may be sent early, nothing
//! may expire, and no lease may be taken from who holds it.

use std::time::Duration;

use testkit::smtp_sink::{SinkOptions, Stage as Moment};

use super::{ALL_RULES, Report};
use crate::{
    evidence::Account,
    plan::Order,
    stage::{GROUP, LEASE, Stage, how},
    table::Line,
    world::{World, address},
};

const RECIPIENTS: usize = 40;
/// Of them, so many are told to come back in five minutes.
const DEFERRED: usize = 10;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let mut lines = Vec::new();
    for (what, seconds) in [
        ("1 h ahead", HOUR),
        ("1 h behind", -HOUR),
        ("1 d ahead", DAY),
        ("1 d behind", -DAY),
    ] {
        lines.push(jump(&stage, what, seconds, true).await?);
    }
    lines.push(alone(&stage).await?);
    stage.strike().await?;
    Ok(lines)
}

/// The same with a node that the database does not tell the time: what is looked for can be found.
async fn alone(stage: &Stage) -> anyhow::Result<Line> {
    let line = jump(stage, "1 h ahead", HOUR, false).await?;
    let early = line
        .violations
        .iter()
        .any(|violation| violation.contains("were sent early"));
    Ok(Line {
        what: "the same, on a node that is never told the time by the database".to_owned(),
        asserted: "mails are sent early: the rows above can fail".to_owned(),
        figures: line.violations.join("; "),
        violations: match early {
            true => Vec::new(),
            false => vec!["a node by a wrong clock was not noticed".to_owned()],
        },
        ..Line::default()
    })
}

async fn jump(stage: &Stage, what: &str, seconds: i64, is_told: bool) -> anyhow::Result<Line> {
    let world = World::copy(stage, how(1), SinkOptions::default()).await?;
    for number in 0..DEFERRED {
        let to = address(number);
        world
            .sink
            .when(Moment::RcptTo)
            .containing(&to)
            .times(1)
            .reply("450 4.2.0 not now");
    }
    let file = world.folder().join("clock");
    std::fs::write(&file, "0")?;
    let mut wrong = how(1);
    wrong.log = Some(world.log.clone());
    let file_name = file.to_string_lossy().into_owned();
    wrong.env.push(("MAUNTIC_CLOCK_OFFSET".to_owned(), file_name));
    if !is_told {
        let deaf = "platform.clock.ask=delay:0@every".to_owned();
        wrong.env.push(("MAUNTIC_FAILPOINTS".to_owned(), deaf));
    }
    let mut other = world.program.node_beside(wrong).await?;
    world.open_the_gate().await?;
    let waiting = "SELECT count(*) FROM delivery.queue WHERE state = 'deferred'";
    world
        .until("the deferrals", Duration::from_secs(60), async |world| {
            Ok(world.count(waiting).await? == DEFERRED as i64)
        })
        .await?;
    let engines = "SELECT coalesce(min(id), 0) + count(*) FROM delivery.engines WHERE lease_until > now()";
    let before = world.count(engines).await?;

    std::fs::write(&file, seconds.to_string())?;
    // Twice as long as anybody waits before taking over, and many times as long as the queue is left alone.
    tokio::time::sleep(4 * LEASE).await;

    let mut violations = Vec::new();
    if world.count(waiting).await? != DEFERRED as i64 || world.sink.accepted() != RECIPIENTS - DEFERRED {
        let early = world.sink.accepted().saturating_sub(RECIPIENTS - DEFERRED);
        let expired = "SELECT count(*) FROM delivery.messages WHERE state = 'expired'";
        let expired = world.count(expired).await?;
        violations.push(format!(
            "{early} of {DEFERRED} were sent early, {expired} expired"
        ));
    }
    if world.count(engines).await? != before {
        violations.push("a lease was taken from who held it".to_owned());
    }
    let mut owner = world.owner().await?;
    sqlx::query("UPDATE delivery.queue SET due_at = now() - interval '2 days'")
        .execute(&mut owner)
        .await?;
    world.settle(Duration::from_secs(60)).await?;
    let account = Account {
        window: GROUP,
        ..Account::default()
    };
    let (evidence, judged) = world.judge(account).await?;
    violations.extend(judged);
    if evidence.count("accepted") != RECIPIENTS || evidence.attempts_that("unknown") != 0 {
        violations.push("not everybody got it in the end".to_owned());
    }
    let line = Line {
        what: format!("the clock of one of two nodes jumps: {what}"),
        asserted: format!(
            "0 of {DEFERRED} deferred mails sent early, 0 expired, 0 leases taken, within {} s; {ALL_RULES}",
            (4 * LEASE).as_secs()
        ),
        figures: evidence.figures(),
        violations,
        ..Line::default()
    };
    other.kill().await?;
    world.end().await?;
    Ok(line)
}
