//! Addresses are put on the suppression list, again and again, while a campaign to them is being sent.

use std::time::Duration;

use contracts::delivery::API_SUPPRESSIONS;
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
    world::{World, address, now},
};

const RECIPIENTS: usize = 2_000;
const ROUNDS: usize = 60;

pub async fn run(order: Order) -> Report {
    let mut chance = Chance::of(order.seed, "suppression");
    let stage = Stage::set(RECIPIENTS).await?;
    let world = World::copy(&stage, how(2), SinkOptions::default()).await?;
    // Slow enough that there is somebody left to suppress.
    world
        .sink
        .when(Moment::EndOfData)
        .delay(Duration::from_millis(10));
    world.open_the_gate().await?;
    let mut suppressed = Vec::new();
    for _ in 0..ROUNDS {
        let addresses: Vec<String> = (0..5)
            .map(|_| address(chance.between(0, RECIPIENTS - 1)))
            .collect();
        let body = json!({"addresses": addresses});
        world
            .program
            .json(Method::POST, API_SUPPRESSIONS.template(), Some(&body))
            .await?;
        // The transaction was committed before the answer left.
        let confirmed_at = now();
        suppressed.extend(addresses.into_iter().map(|address| (address, confirmed_at)));
        tokio::time::sleep(Duration::from_millis(chance.between(0, 100) as u64)).await;
    }
    world.settle(Duration::from_secs(120)).await?;
    let account = Account {
        window: 2 * GROUP,
        suppressed: suppressed.clone(),
        ..Account::default()
    };
    let (evidence, mut violations) = world.judge(account).await?;
    let stopped = evidence.count("suppressed");
    if stopped == 0 {
        violations.push("nobody was suppressed in time, so nothing was tried".to_owned());
    }
    let line = Line {
        what: format!(
            "{} addresses are suppressed in {ROUNDS} calls at random moments of a campaign of {RECIPIENTS}",
            suppressed.len()
        ),
        asserted: format!("no attempt began after the call had answered; {ALL_RULES}"),
        figures: format!("{}; {stopped} stopped in time", evidence.figures()),
        violations,
        ..Line::default()
    };
    world.end().await?;
    stage.strike().await?;
    Ok(vec![line])
}
