//! Every rule of the oracle finds what it is there for: a sound run passes, and the same run with one thing
//! changed does not.

use std::time::Duration;

use testkit::smtp_sink::{SinkOptions, Stage as Moment};

use super::{ALL_RULES, Report};
use crate::{
    doctored,
    evidence::Account,
    plan::Order,
    stage::{Stage, how},
    table::Line,
    world::{World, address},
};

pub async fn run(_: Order) -> Report {
    let stage = Stage::set(12).await?;
    let world = World::copy(&stage, how(1), SinkOptions::default()).await?;
    // One outcome that stays unknown, so that there is one to doctor.
    let doubtful = world
        .sink
        .when(Moment::EndOfData)
        .containing(&address(3))
        .times(1);
    doubtful.keep_and_disconnect();
    world.open_the_gate().await?;
    world.settle(Duration::from_secs(60)).await?;
    let (evidence, mut violations) = world.judge(Account::default()).await?;
    violations.extend(doctored::not_found(&world, &evidence).await?);
    let line = Line {
        what: format!(
            "a sound run of 12 with one unknown outcome; then {} changes to its rows, ledger and log",
            doctored::COUNT
        ),
        asserted: format!("{ALL_RULES} hold; each change is found by its rule, and each rule has one"),
        figures: evidence.figures(),
        violations,
        ..Line::default()
    };
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}
