//! The promise under fire: the real program is killed again and again in the middle of a campaign over
//! real SMTP, and PostgreSQL with it. The sink's ledger, written to disk before each reply, is the
//! witness.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use kernel::CampaignId;
use serde_json::{Value, json};
use sqlx::PgConnection;
use testkit::{
    RunningProgram, TestDatabase,
    scenario::contacts_csv,
    smtp_sink::{SinkOptions, SmtpSink},
};

const RECIPIENTS: usize = 20_000;

/// The program on a database of its own, live, with a sink that keeps a ledger.
struct Fight {
    program: RunningProgram,
    database: TestDatabase,
    ledger: PathBuf,
    _sink: SmtpSink,
}

impl Fight {
    async fn begin() -> Self {
        let database = TestDatabase::create(&[]).await;
        let program = RunningProgram::start(Path::new(env!("CARGO_BIN_EXE_mauntic")), Some(&database.url))
            .await
            .unwrap();
        let ledger = program.data_dir().join("ledger");
        let options = SinkOptions {
            ledger: Some(ledger.clone()),
            keep: false,
            ..SinkOptions::default()
        };
        let sink = SmtpSink::start_with(options).await;
        program.define_fields().await.unwrap();
        program.import(contacts_csv(RECIPIENTS)).await.unwrap();
        program.send_through(sink.address().port()).await.unwrap();
        Self {
            program,
            database,
            ledger,
            _sink: sink,
        }
    }

    async fn launch(&self) -> CampaignId {
        let everybody = json!({"all": [{"field": "email", "operator": "is_not_empty"}]});
        let segment = self.program.segment("Everybody", everybody).await.unwrap();
        let template = self.program.template(2_000).await.unwrap();
        self.program.launch(&[segment], &template).await.unwrap()
    }

    fn accepted_by_sink(&self) -> usize {
        std::fs::read_to_string(&self.ledger).map_or(0, |text| text.lines().count())
    }

    /// Lets about so many more mails through, or fewer when the campaign ends.
    async fn until(&self, count: usize) {
        for _ in 0..600 {
            if self.accepted_by_sink() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What must hold however it went.
    async fn judge(mut self, campaign: CampaignId, kills: usize) {
        let report = self.settle(campaign).await;
        let ledger = std::fs::read_to_string(&self.ledger).unwrap();
        let mut accepted: BTreeMap<&str, usize> = BTreeMap::new();
        for line in ledger.lines() {
            let recipient = line
                .split('\t')
                .nth(1)
                .or_else(|| line.split(' ').nth(1))
                .expect("a line names the recipient");
            *accepted.entry(recipient).or_default() += 1;
        }
        let mut owner = self.database.owner().await;
        let progress = &report["progress"];
        let count = |name: &str| {
            progress[name]
                .as_i64()
                .unwrap_or_else(|| panic!("{name}: {progress}"))
        };
        let ended = count("accepted")
            + count("suppressed")
            + count("failed")
            + count("held")
            + count("expired")
            + count("cancelled");
        assert_eq!(
            ended, RECIPIENTS as i64,
            "every recipient is accounted for: {progress}"
        );
        assert_eq!(count("pending"), 0);
        assert_eq!(
            count("failed") + count("suppressed") + count("expired") + count("cancelled"),
            0,
            "{progress}"
        );

        // Nothing lost: what the program calls accepted was accepted, and whoever is missing in the
        // ledger is held as unknown, by name.
        let unknown = unknown_outcomes(&mut owner).await;
        let held = count("held") as usize;
        assert!(
            accepted.len() + held >= RECIPIENTS,
            "{} + {held} held",
            accepted.len()
        );
        assert!(
            accepted.len() >= count("accepted") as usize,
            "an accepted mail is not in the ledger"
        );

        // Doubles only among what is on record as unknown.
        let doubles: usize = accepted.values().map(|n| n - 1).sum();
        assert!(
            doubles as i64 <= unknown,
            "{doubles} doubles, {unknown} attempts with an unknown outcome"
        );
        println!(
            "{kills} kills: {} accepted, {held} held, {doubles} doubles, {unknown} unknown outcomes on record",
            accepted.len()
        );
        self.program.stop().await.unwrap();
    }

    async fn settle(&self, campaign: CampaignId) -> Value {
        for _ in 0..1200 {
            let report = self.program.report(campaign).await.unwrap();
            if report["state"] == "completed" {
                return report;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!(
            "the campaign did not end: {}",
            self.program.report(campaign).await.unwrap()
        );
    }
}

/// Attempts of which nobody knows whether they arrived, resolved since or not.
async fn unknown_outcomes(owner: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM delivery.attempts WHERE outcome = 'unknown'")
        .fetch_one(owner)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_in_mid_campaign_lose_nothing_and_every_possible_double_is_on_record() {
    let mut fight = Fight::begin().await;
    let campaign = fight.launch().await;
    let mut kills = 0;
    for round in 1..=22 {
        fight.until(round * RECIPIENTS / 26).await;
        fight.program.kill_and_restart().await.unwrap();
        kills += 1;
    }
    assert!(kills >= 20);
    fight.judge(campaign, kills).await;
}
