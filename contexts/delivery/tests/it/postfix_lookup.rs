//! Messages whose fate is unknown are looked for in the log of the Postfix server that they were handed to.

use std::path::PathBuf;

use contracts::delivery::{DeliveryEvent, MESSAGE};
use delivery::{application::look_up_in_log::look_up_in_logs, domain::provider::PostfixConfig};
use jiff::SignedDuration;
use kernel::{MessageId, Timestamp};
use testkit::smtp_sink::{SmtpSink, Stage};

use crate::post_office::{PostOffice, TestBatch, config};

/// A Postfix server whose log the test writes.
struct Server {
    office: PostOffice,
    sink: SmtpSink,
    batch: TestBatch,
    message: MessageId,
    log: PathBuf,
    begun_at: Timestamp,
}

impl Server {
    /// One message was handed over, and the connection broke before the answer.
    async fn in_doubt() -> Self {
        let sink = SmtpSink::start().await;
        let (office, provider) = PostOffice::live(&sink).await;
        office.sql("DELETE FROM delivery.providers").await;
        let log = std::env::temp_dir().join(format!("mauntic-{provider}.log"));
        let postfix = PostfixConfig {
            server: config(&sink),
            log_path: log.to_str().unwrap().to_owned(),
        };
        office
            .add_provider(office.app.org, "Postfix", postfix, None)
            .await;
        sink.when(Stage::EndOfData).times(1).disconnect();
        let begun_at = office.app.deps.clock.now();
        let batch = office.campaign(1).await;
        office.send().await;
        assert_eq!(office.progress(batch).await.held, 1);
        let id: uuid::Uuid = office.value("SELECT message_id FROM delivery.recipients").await;
        Self {
            office,
            sink,
            batch,
            message: id.into(),
            log,
            begun_at,
        }
    }

    /// Lines of the log: seconds after the handover, program, text.
    fn write(&self, lines: &[(i64, &str, &str)]) {
        let mut text = String::new();
        for (seconds, program, said) in lines {
            let at = self.begun_at + SignedDuration::from_secs(*seconds);
            text.push_str(&format!("{at} mx postfix/{program}[7]: {said}\n"));
        }
        std::fs::write(&self.log, text).unwrap();
    }

    fn message_id_line(&self) -> String {
        format!("4XyZ12abCDz1: message-id=<{}@shop.example>", self.message)
    }

    async fn look(&self) -> usize {
        look_up_in_logs(&self.office.app.deps.db).await.unwrap()
    }

    async fn resolution(&self) -> Option<String> {
        self.office
            .value("SELECT resolution FROM delivery.attempts ORDER BY number LIMIT 1")
            .await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.log);
    }
}

#[tokio::test]
async fn a_message_that_the_log_shows_counts_as_sent() {
    let server = Server::in_doubt().await;
    let cleanup = server.message_id_line();
    server.write(&[
        (-5, "anvil", "statistics: max connection rate 1/60s"),
        (1, "cleanup", &cleanup),
        (
            1,
            "qmgr",
            "4XyZ12abCDz1: from=<news@shop.example>, size=4120, nrcpt=1 (queue active)",
        ),
        (
            2,
            "smtp",
            "4XyZ12abCDz1: to=<p0@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.9, dsn=2.0.0, status=sent (250 2.0.0 OK a1b2)",
        ),
    ]);

    assert_eq!(server.look().await, 1);

    let progress = server.office.progress(server.batch).await;
    assert_eq!((progress.accepted, progress.held), (1, 0));
    server.office.assert_conserved(server.batch).await;
    assert_eq!(server.resolution().await.as_deref(), Some("found_in_log"));
    let ann = server.office.app.person();
    let page = ann.get(MESSAGE.url(&server.message)).await.expect(200);
    let text = page.texts("main").join(" ");
    assert!(text.contains("status=sent (250 2.0.0 OK a1b2)"), "{text}");
    assert!(text.contains("Found in the log"), "{text}");
    let facts = server.office.facts().await;
    let told = facts.iter().any(|fact| {
        matches!(fact, DeliveryEvent::MessagesSent { messages, .. } if messages[0].message == server.message)
    });
    assert!(told, "{facts:?}");
    assert_eq!(server.look().await, 0, "it is settled once");
}

#[tokio::test]
async fn a_message_that_the_log_would_show_is_sent_again() {
    let server = Server::in_doubt().await;
    server.write(&[
        (-5, "anvil", "statistics: max connection rate 1/60s"),
        (640, "anvil", "statistics: max connection rate 1/60s"),
    ]);

    assert_eq!(server.look().await, 1);
    assert_eq!(server.resolution().await.as_deref(), Some("absent_from_log"));
    server.office.send().await;

    assert_eq!(server.sink.recipients(), ["p0@example.com"]);
    let progress = server.office.progress(server.batch).await;
    assert_eq!((progress.accepted, progress.held), (1, 0));
    server.office.assert_conserved(server.batch).await;
}

#[tokio::test]
async fn what_proves_nothing_leaves_the_message_held() {
    let server = Server::in_doubt().await;
    let cleanup = server.message_id_line();
    let before = (-5, "anvil", "statistics: max connection rate 1/60s");
    let logs: [&[(i64, &str, &str)]; 4] = [
        // Too early, too late, and a message that came in and perhaps no further.
        &[before, (500, "anvil", "statistics: x")],
        &[(60, "anvil", "statistics: x"), (700, "anvil", "statistics: x")],
        &[before, (1, "cleanup", &cleanup), (700, "anvil", "statistics: x")],
        &[],
    ];
    for log in logs {
        server.write(log);
        assert_eq!(server.look().await, 0, "{log:?}");
        assert_eq!(server.office.progress(server.batch).await.held, 1, "{log:?}");
    }
    std::fs::remove_file(&server.log).unwrap();
    assert_eq!(
        server.look().await,
        0,
        "a log that is not there is no reason to fail"
    );
    assert_eq!(server.resolution().await.as_deref(), Some("held"));
}

#[tokio::test]
async fn accounts_of_other_kinds_are_not_looked_up() {
    let server = Server::in_doubt().await;
    server
        .office
        .sql("UPDATE delivery.providers SET kind = 'smtp'")
        .await;
    server.write(&[(-5, "anvil", "statistics: x"), (700, "anvil", "statistics: x")]);
    assert_eq!(server.look().await, 0);
    assert_eq!(server.office.progress(server.batch).await.held, 1);
}
