//! A campaign is paused and resumed at random moments, and cancelled in the end.

use std::time::Duration;

use contracts::campaign::{API_CAMPAIGN_CANCELLATION, API_CAMPAIGN_PAUSE};
use reqwest::Method;
use serde_json::json;
use testkit::smtp_sink::{SinkOptions, Stage as Moment};

use super::{ALL_RULES, Report};
use crate::{
    chance::Chance,
    evidence::Account,
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::World,
};

const RECIPIENTS: usize = 10_000;
/// With all that is on the wire at each, there is something left to cancel.
const PAUSES: usize = 60;
const SESSIONS: usize = 2;
/// What may still arrive after the answer: what had been written down as begun.
const WINDOW: usize = SESSIONS * GROUP;
/// Mails that are on the wire come every few milliseconds; when none came for so long, none will.
const QUIET: Duration = Duration::from_millis(600);

pub async fn run(order: Order) -> Report {
    let mut chance = Chance::of(order.seed, "control");
    let stage = Stage::set(RECIPIENTS).await?;
    let world = World::copy(&stage, how(SESSIONS), SinkOptions::default()).await?;
    world.sink.when(Moment::EndOfData).delay(Duration::from_millis(5));
    world.open_the_gate().await?;
    let path = API_CAMPAIGN_PAUSE.url(&world.ready.campaign);
    let empty = json!({});
    let (mut violations, mut most) = (Vec::new(), 0);
    for number in 1..=PAUSES {
        let running = world.sink.accepted() + chance.between(1, 40);
        world.until_taken(running, Duration::from_secs(30)).await?;
        world.program.json(Method::POST, &path, Some(&empty)).await?;
        let after = more_after(&world).await;
        most = most.max(after);
        if after > WINDOW {
            violations.push(format!("{after} mails after pause {number} had been answered"));
        }
        world.program.json(Method::DELETE, &path, None).await?;
    }
    let path = API_CAMPAIGN_CANCELLATION.url(&world.ready.campaign);
    world.program.json(Method::POST, &path, Some(&empty)).await?;
    let after = more_after(&world).await;
    if after > WINDOW {
        violations.push(format!("{after} mails after the cancellation had been answered"));
    }
    world.settle(Duration::from_secs(60)).await?;
    let final_count = world.sink.accepted();
    let resumed = world
        .program
        .json(
            Method::DELETE,
            &API_CAMPAIGN_PAUSE.url(&world.ready.campaign),
            None,
        )
        .await;
    let later = more_after(&world).await;
    if resumed.is_ok() || later > 0 {
        violations.push("a cancelled campaign could be resumed".to_owned());
    }
    let account = Account {
        window: WINDOW,
        ..Account::default()
    };
    let (evidence, judged) = world.judge(account).await?;
    violations.extend(judged);
    if evidence.count("cancelled") == 0 {
        violations.push("nothing was left to cancel, so nothing was tried".to_owned());
    }
    let line = Line {
        what: format!("{PAUSES} pauses at random moments of a campaign of {RECIPIENTS}, and a cancellation"),
        asserted: format!(
            "at most {WINDOW} mails (what was begun) after the answer; a cancellation is final; {ALL_RULES}"
        ),
        figures: format!(
            "{}; at most {most} after a pause, {after} after the cancellation of {}; sent in all {final_count}",
            evidence.figures(),
            evidence.count("cancelled")
        ),
        violations,
        ..Line::default()
    };
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}

/// How many more arrive before it is quiet.
async fn more_after(world: &World) -> usize {
    let before = world.sink.accepted();
    let mut last = before;
    loop {
        tokio::time::sleep(QUIET).await;
        let now = world.sink.accepted();
        if now == last || now - before > WINDOW {
            return now - before;
        }
        last = now;
    }
}
