//! A campaign over real SMTP that something is done to while it runs, and what must hold whatever it
//! was. The sink's ledger, written to disk before each reply, is the witness.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

use kernel::CampaignId;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::{
    RunningProgram,
    scenario::contacts_csv,
    smtp_sink::{SinkOptions, SmtpSink},
};

/// The program, live, with contacts and a sink that keeps a ledger.
pub struct Fight {
    pub program: RunningProgram,
    recipients: usize,
    ledger: PathBuf,
    _sink: SmtpSink,
}

/// How it went, beyond what must hold always.
#[derive(Debug)]
pub struct Outcome {
    /// Mails that arrived once or more often.
    pub accepted: usize,
    /// Messages that wait for a person, since nobody knows whether they arrived.
    pub held: usize,
    /// Mails that arrived although they had arrived before.
    pub doubles: usize,
    /// Attempts of which nobody knew whether they had arrived, resolved since or not.
    pub unknown: usize,
}

impl Fight {
    pub async fn begin(program: RunningProgram, recipients: usize) -> Self {
        let ledger = program.data_dir().join("ledger");
        let options = SinkOptions {
            ledger: Some(ledger.clone()),
            keep: false,
            ..SinkOptions::default()
        };
        let sink = SmtpSink::start_with(options).await;
        program.define_fields().await.unwrap();
        program.import(contacts_csv(recipients)).await.unwrap();
        program.send_through(sink.port()).await.unwrap();
        Self {
            program,
            recipients,
            ledger,
            _sink: sink,
        }
    }

    pub async fn launch(&self) -> CampaignId {
        let everybody = json!({"all": [{"field": "email", "operator": "is_not_empty"}]});
        let segment = self.program.segment("Everybody", everybody).await.unwrap();
        let template = self.program.template(2_000).await.unwrap();
        self.program.launch(&[segment], &template).await.unwrap()
    }

    /// Waits until so many mails have arrived. Returns whether they have; those that are held never do.
    pub async fn until(&self, count: usize, limit: Duration) -> bool {
        let start = Instant::now();
        while self.arrived() < count {
            if start.elapsed() > limit {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        true
    }

    pub fn arrived(&self) -> usize {
        std::fs::read_to_string(&self.ledger).map_or(0, |text| text.lines().count())
    }

    /// Waits for the end and checks what must hold however it went. `database_url` is of somebody whom
    /// no policy holds back.
    pub async fn judge(&self, campaign: CampaignId, database_url: &str) -> Outcome {
        let progress = self.settle(campaign).await["progress"].take();
        let count = |name: &str| {
            let found = progress[name].as_u64();
            usize::try_from(found.unwrap_or_else(|| panic!("{name}: {progress}"))).unwrap()
        };
        let ledger = std::fs::read_to_string(&self.ledger).unwrap();
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for line in ledger.lines() {
            let recipient = line.split('\t').nth(1).expect("a line names the recipient");
            *copies.entry(recipient).or_default() += 1;
        }
        let outcome = Outcome {
            accepted: copies.len(),
            held: count("held"),
            doubles: copies.values().map(|n| n - 1).sum(),
            unknown: unknown_outcomes(database_url).await,
        };

        // Everybody is accounted for, to the row.
        assert_eq!(count("pending"), 0, "{progress}");
        assert_eq!(count("accepted") + outcome.held, self.recipients, "{progress}");
        // Nothing is lost: what the program calls accepted was accepted, and whoever is missing in the
        // ledger is held as unknown, by name.
        assert!(
            outcome.accepted + outcome.held >= self.recipients,
            "{outcome:?}, {progress}"
        );
        assert!(outcome.accepted >= count("accepted"), "{outcome:?}, {progress}");
        // Doubles only among what is on record as unknown.
        assert!(outcome.doubles <= outcome.unknown, "{outcome:?}");
        outcome
    }

    /// The report of a campaign that has ended.
    async fn settle(&self, campaign: CampaignId) -> Value {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let report = self.program.report(campaign).await;
            match report {
                Ok(report) if report["state"] == "completed" => return report,
                // It may still be finding its way back.
                other => assert!(Instant::now() < deadline, "the campaign did not end: {other:?}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

async fn unknown_outcomes(database_url: &str) -> usize {
    let mut owner = PgConnection::connect(database_url).await.unwrap();
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM delivery.attempts WHERE outcome = 'unknown'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    owner.close().await.unwrap();
    usize::try_from(count).unwrap()
}
