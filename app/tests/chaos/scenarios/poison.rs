//! One recipient whose message kills every process that prepares it, and one whose message panics.

use std::time::Duration;

use testkit::smtp_sink::SinkOptions;

use super::{ALL_RULES, Report};
use crate::{
    evidence::Account,
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::{World, address},
};

const RECIPIENTS: usize = 12;
/// Whose.
const POISON: usize = 5;
/// The program finds it after six claims.
const MOST_DEATHS: usize = 8;

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(RECIPIENTS).await?;
    let lines = vec![panics(&stage).await?, kills(&stage).await?];
    stage.strike().await?;
    Ok(lines)
}

async fn panics(stage: &Stage) -> anyhow::Result<Line> {
    let world = poisoned(stage, "panic").await?;
    world.settle(Duration::from_secs(60)).await?;
    let line = judge(&world, "panics", 0).await?;
    world.end().await?;
    Ok(line)
}

async fn kills(stage: &Stage) -> anyhow::Result<Line> {
    let mut world = poisoned(stage, "kill").await?;
    let mut deaths = 0;
    // It dies soon after it has waited for the leases of those before it; or it lives.
    while world
        .program
        .wait_for_death(Duration::from_secs(30))
        .await
        .is_ok()
    {
        deaths += 1;
        anyhow::ensure!(deaths <= MOST_DEATHS, "{deaths} processes died of one message");
        world.program.revive().await?;
    }
    world.settle(Duration::from_secs(60)).await?;
    let line = judge(&world, "kills its process", deaths).await?;
    world.end().await?;
    Ok(line)
}

async fn poisoned(stage: &Stage, act: &str) -> anyhow::Result<World> {
    let mut how = how(1);
    let armed = format!("delivery.render={act}@on:{}", address(POISON));
    how.env.push(("MAUNTIC_FAILPOINTS".to_owned(), armed));
    let world = World::copy(stage, how, SinkOptions::default()).await?;
    let _answered = world.open_the_gate().await;
    Ok(world)
}

async fn judge(world: &World, does: &str, deaths: usize) -> anyhow::Result<Line> {
    let account = Account {
        kills: deaths,
        window: GROUP,
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    let (poison, _, taken) = evidence.of(&address(POISON))?;
    if poison.state != "failed" || taken != 0 {
        violations.push(format!("the message is {}, taken {taken} times", poison.state));
    }
    let reason = poison.reason.clone().unwrap_or_default();
    let well = evidence.count("accepted");
    if well != RECIPIENTS - 1 {
        let affected = RECIPIENTS - 1 - well;
        violations.push(format!(
            "{affected} of {} neighbours were affected",
            RECIPIENTS - 1
        ));
    }
    Ok(Line {
        what: format!("one message of {RECIPIENTS} {does} whenever it is prepared"),
        asserted: format!("it alone fails, its neighbours get theirs once; {ALL_RULES}"),
        figures: format!(
            "{}; {deaths} processes died; set aside as `{reason}`",
            evidence.figures()
        ),
        violations,
        ..Line::default()
    })
}
