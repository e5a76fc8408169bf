//! The process is killed exactly at each named point, and what follows is the same each time.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use testkit::smtp_sink::SinkOptions;

use super::{ALL_RULES, Report, webhooks};
use crate::{
    evidence::Account,
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::World,
};

/// All of them are one group, over one connection.
const RECIPIENTS: usize = 12;
/// Copies that run at the same time: they wait for leases most of the time.
const AT_ONCE: usize = 6;

/// Where a process is killed, and what has come of it once another one has taken over.
struct Point {
    name: &'static str,
    /// At which hit.
    hit: usize,
    /// What the next process is told, if it is to die as well.
    then: Option<&'static str>,
    what: &'static str,
    accepted: usize,
    held: usize,
    /// Lines of the ledger.
    taken: usize,
}

const fn point(
    name: &'static str,
    hit: usize,
    what: &'static str,
    [accepted, held, taken]: [usize; 3],
) -> Point {
    Point {
        name,
        hit,
        then: None,
        what,
        accepted,
        held,
        taken,
    }
}

/// Before the attempts are written down nothing is in doubt; after it all of the group is, since nobody
/// can say of a dead process how far it came. Marketing mail in doubt is held.
const POINTS: [Point; 11] = [
    point("delivery.after_claim", 1, "after the claim", [12, 0, 12]),
    point(
        "delivery.smtp.after_ehlo",
        1,
        "after EHLO, before any attempt",
        [12, 0, 12],
    ),
    point(
        "delivery.after_attempt",
        1,
        "after the attempts were written",
        [0, 12, 0],
    ),
    point(
        "delivery.smtp.after_mail",
        3,
        "after MAIL of the third",
        [0, 12, 2],
    ),
    point(
        "delivery.smtp.after_rcpt",
        3,
        "after RCPT of the third",
        [0, 12, 2],
    ),
    point(
        "delivery.smtp.after_data",
        3,
        "after DATA of the third",
        [0, 12, 2],
    ),
    point(
        "delivery.smtp.mid_body",
        3,
        "with half of the third's body sent",
        [0, 12, 2],
    ),
    point(
        "delivery.smtp.after_dot",
        3,
        "after the third's final dot, before the 250",
        [0, 12, 3],
    ),
    point(
        "delivery.before_outcome",
        1,
        "after all 250s, before their commit",
        [0, 12, 12],
    ),
    point(
        "delivery.after_outcome",
        1,
        "after the commit, before anybody heard of it",
        [12, 0, 12],
    ),
    Point {
        name: "delivery.smtp.after_dot",
        hit: 3,
        then: Some("delivery.in_recovery=kill@1"),
        what: "after the third's final dot, and the next process while it takes over",
        accepted: 0,
        held: 12,
        taken: 3,
    },
];

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let mut lines: Vec<Line> = stream::iter(&POINTS)
        .map(|point| die_at(&stage, point))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    lines.push(webhooks::die_in_the_handler(&stage).await?);
    stage.strike().await?;
    Ok(lines)
}

async fn die_at(stage: &Stage, point: &Point) -> anyhow::Result<Line> {
    let mut how = how(1);
    let armed = format!("{}=kill@{}", point.name, point.hit);
    how.env.push(("MAUNTIC_FAILPOINTS".to_owned(), armed.clone()));
    let mut world = World::copy(stage, how, SinkOptions::default()).await?;
    // It may die before it has answered.
    let _answered = world.open_the_gate().await;
    world.program.wait_for_death(Duration::from_secs(30)).await?;
    let mut deaths = 1;
    world.program.how().env.clear();
    if let Some(then) = point.then {
        world
            .program
            .how()
            .env
            .push(("MAUNTIC_FAILPOINTS".to_owned(), then.to_owned()));
        world.program.revive().await?;
        world.program.wait_for_death(Duration::from_secs(60)).await?;
        deaths += 1;
        world.program.how().env.clear();
    }
    world.program.revive().await?;
    world.settle(Duration::from_secs(90)).await?;

    let account = Account {
        kills: deaths,
        window: GROUP,
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    let found = [
        ("accepted", evidence.count("accepted"), point.accepted),
        ("held", evidence.count("held"), point.held),
        ("lines of the ledger", evidence.ledger.len(), point.taken),
        ("attempts", evidence.attempts.len(), RECIPIENTS),
        ("unknown outcomes", evidence.attempts_that("unknown"), point.held),
        ("doubles", evidence.doubles(), 0),
    ];
    let differs = found.iter().filter(|(_, is, was_to_be)| is != was_to_be);
    violations.extend(differs.map(|(what, is, was_to_be)| format!("{is} {what}, not {was_to_be}")));
    let line = Line {
        what: format!("SIGKILL {} (`{armed}`)", point.what),
        asserted: format!(
            "{} accepted, {} held, {} in the ledger, one attempt each; {ALL_RULES}",
            point.accepted, point.held, point.taken
        ),
        figures: evidence.figures(),
        violations,
        ..Line::default()
    };
    world.end().await?;
    Ok(line)
}
