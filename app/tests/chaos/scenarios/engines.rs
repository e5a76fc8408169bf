//! Two processes send from one queue over one account that has a limit.

use std::time::Duration;

use serde_json::json;
use testkit::smtp_sink::SinkOptions;

use super::{ALL_RULES, Report};
use crate::{
    evidence::Account,
    oracle::most_within,
    plan::Order,
    stage::{GROUP, Stage, how},
    table::Line,
    world::World,
};

pub async fn run(order: Order) -> Report {
    let (recipients, cap) = (order.choose(300, 10_000), order.choose(50, 300));
    let stage = Stage::set(recipients).await?;
    let world = World::copy(&stage, how(1), SinkOptions::default()).await?;
    let mut beside = how(1);
    beside.log = Some(world.log.clone());
    let mut other = world.program.node_beside(beside).await?;
    world.change_account(json!({"messages_per_second": cap})).await?;
    world.open_the_gate().await?;
    world
        .settle(Duration::from_secs(120 + (recipients / cap) as u64))
        .await?;

    let account = Account {
        window: GROUP,
        cap: Some(cap),
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    if evidence.count("accepted") != recipients || evidence.ledger.len() != recipients {
        violations.push("not everybody got it exactly once".to_owned());
    }
    // Each process has one connection.
    if world.sink.connections() < 2 {
        violations.push("only one of the two sent, so nothing was tried".to_owned());
    }
    let times: Vec<i64> = evidence.ledger.iter().map(|line| line.at).collect();
    let line = Line {
        what: format!("two processes send {recipients} mails over an account that may take {cap} a second"),
        asserted: format!("each exactly once, never more than the limit and one burst; {ALL_RULES}"),
        figures: format!(
            "{}; at most {} within a second",
            evidence.figures(),
            most_within(&times, 1_000_000)
        ),
        violations,
        ..Line::default()
    };
    other.stop().await?;
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}
