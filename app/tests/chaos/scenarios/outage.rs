//! PostgreSQL goes away in the middle of a campaign, in all ways in which it does. The program lives
//! through it, so nothing may be in doubt at all.

use std::time::Duration;

use testkit::{RunningProgram, smtp_sink::SinkOptions};

use super::{ALL_RULES, Report};
use crate::{
    chance::Chance,
    evidence::Account,
    nemesis::Postgres,
    plan::{Order, Size},
    stage::{GROUP, binary, how, prepare},
    table::Line,
    world::{Folder, World},
};

/// The longest until mails arrive again.
const RESUMED: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug)]
enum Blow {
    Crash,
    Restart,
    Cut,
}

pub async fn run(order: Order) -> Report {
    let (rounds, recipients) = (order.choose(1, 20), order.choose(400, 8_000));
    let mut chance = Chance::of(order.seed, "outage");
    let folder = Folder::new()?;
    let mut how = how(2);
    how.log = Some(folder.path().join("log"));
    let program = RunningProgram::start_as(binary(), None, how).await?;
    let postgres = Postgres::of(&program).await?;
    let ready = prepare(&program, &postgres.owner_url, recipients).await?;
    let owner_url = postgres.owner_url.clone();
    let world = World::around(program, ready, owner_url, None, folder, SinkOptions::default()).await?;

    world.open_the_gate().await?;
    let mut violations = Vec::new();
    let (mut slowest, mut blows) = (Duration::ZERO, [0; 3]);
    for round in 1..=rounds {
        let share = recipients / (rounds + 2);
        let before = share * round + chance.between(0, share / 2);
        world.until_taken(before, RESUMED).await?;
        let blow = match order.size {
            Size::Short => Blow::Restart,
            Size::Long => *chance.pick(&[Blow::Crash, Blow::Restart, Blow::Cut]),
        };
        match blow {
            Blow::Crash => postgres.crash().await?,
            Blow::Restart => postgres.restart().await?,
            Blow::Cut => postgres.cut_connections().await?,
        }
        blows[blow as usize] += 1;
        let left = world.sink.accepted();
        match world.until_taken((left + 1).min(recipients), RESUMED).await {
            Ok(took) => slowest = slowest.max(took),
            Err(error) => violations.push(format!("after {blow:?}: {error:#}")),
        }
    }
    world.settle(Duration::from_secs(120)).await?;
    let account = Account {
        window: 2 * GROUP,
        ..Account::default()
    };
    let (evidence, judged) = world.judge(account).await?;
    violations.extend(judged);
    if (evidence.count("accepted"), evidence.attempts_that("unknown")) != (recipients, 0) {
        violations.push("a process that lived on is in doubt about something".to_owned());
    }
    let [crashes, restarts, cuts] = blows;
    let line = Line {
        what: format!(
            "PostgreSQL: {crashes} x `pg_ctl stop -m immediate`, {restarts} x `restart -m immediate`, {cuts} x all \
             backends terminated, in a campaign of {recipients}"
        ),
        asserted: format!(
            "resumes within {} s, nothing in doubt; {ALL_RULES}",
            RESUMED.as_secs()
        ),
        figures: format!(
            "{}; slowest resumption {:.1} s",
            evidence.figures(),
            slowest.as_secs_f64()
        ),
        violations,
        ..Line::default()
    };
    world.end().await?;
    Ok(vec![line])
}
