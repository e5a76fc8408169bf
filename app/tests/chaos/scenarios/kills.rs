//! A large campaign, two processes, and one of them killed at random again and again.

use std::time::Duration;

use testkit::smtp_sink::SinkOptions;

use super::{ALL_RULES, Report};
use crate::{
    chance::Chance,
    evidence::Account,
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::World,
};

const SESSIONS: usize = 2;
/// What a process may have on the wire.
const WINDOW: usize = SESSIONS * GROUP;

pub async fn run(order: Order) -> Report {
    let recipients = order.recipients;
    // With all that each kill leaves in doubt, every one of them comes in mid-campaign.
    let kills = (recipients / 1_000).clamp(1, 100);
    let between = recipients * 8 / 10 / kills - WINDOW;
    let mut chance = Chance::of(order.seed, "kills");
    let stage = Stage::set(recipients).await?;
    let mut world = World::copy(&stage, how(SESSIONS), SinkOptions::default()).await?;
    let mut beside = how(SESSIONS);
    beside.log = Some(world.log.clone());
    let mut other = world.program.node_beside(beside.clone()).await?;
    world.open_the_gate().await?;

    let (mut first, mut second) = (0, 0);
    for _ in 0..kills {
        let enough = world.sink.accepted() + chance.between(between / 4, between);
        // Most of what is left may be with who was killed before: then it is killed while it waits.
        let _arrived = world.until_taken(enough, Duration::from_secs(20)).await;
        if *chance.pick(&[true, false]) {
            world.program.kill_and_restart().await?;
            first += 1;
        } else {
            other.kill().await?;
            other = world.program.node_beside(beside.clone()).await?;
            second += 1;
        }
    }
    world
        .settle(Duration::from_secs(300 + (recipients / 50) as u64))
        .await?;
    let account = Account {
        kills,
        window: WINDOW,
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    let lost = recipients - evidence.count("accepted") - evidence.count("held");
    if lost > 0 {
        violations.push(format!("{lost} messages are neither accepted nor held"));
    }
    let line = Line {
        what: format!(
            "SIGKILL of a random one of two processes, {kills} times ({first} and {second}), in a campaign of {recipients}"
        ),
        asserted: format!(
            "lost 0; doubles at most {WINDOW} a kill, and none of marketing mail without a record; {ALL_RULES}"
        ),
        figures: format!("{}; lost {lost}", evidence.figures()),
        violations,
        ..Line::default()
    };
    other.stop().await?;
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}
