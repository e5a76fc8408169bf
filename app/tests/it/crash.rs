//! The promise under fire: the real program is killed again and again in the middle of a campaign.

use std::{path::Path, time::Duration};

use testkit::{RunningProgram, TestDatabase};

use crate::fight::Fight;

const RECIPIENTS: usize = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_in_mid_campaign_lose_nothing_and_every_possible_double_is_on_record() {
    let database = TestDatabase::create(&[]).await;
    let program = RunningProgram::start(Path::new(env!("CARGO_BIN_EXE_mauntic")), Some(&database.url))
        .await
        .unwrap();
    let mut fight = Fight::begin(program, RECIPIENTS).await;
    let campaign = fight.launch().await;

    for _ in 0..22 {
        // So many more, that sending is under way again. With what is held of each kill this stays below
        // the whole, so that every kill comes in mid campaign.
        let enough = fight.arrived() + RECIPIENTS / 40;
        fight.until(enough, Duration::from_secs(12)).await;
        fight.program.kill_and_restart().await.unwrap();
    }

    let outcome = fight.judge(campaign, &database.url).await;
    println!("22 kills: {outcome:?}");
    fight.program.stop().await.unwrap();
}
