//! What becomes of messages when nothing crashes.

use contracts::delivery::{BatchState, DeliveryEvent, MessageSource, Stream};
use contracts::identity::SendingMode;
use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, SystemClock};
use platform::Worker;
use testkit::smtp_sink::{SinkOptions, SmtpSink, Stage};

use crate::post_office::{PostOffice, config};

#[tokio::test]
async fn a_campaign_reaches_everybody_once_with_their_own_words() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(230).await;

    office.send().await;

    let mut recipients = sink.recipients();
    recipients.sort();
    recipients.dedup();
    assert_eq!((recipients.len(), sink.accepted()), (230, 230));
    let to_p7 = sink
        .received()
        .into_iter()
        .find(|m| m.to == ["p7@example.com"])
        .expect("it came");
    assert_eq!(to_p7.header("subject").as_deref(), Some("Hello p7"));
    assert_eq!(to_p7.from, "news@shop.example");
    let progress = office.progress(batch).await;
    assert_eq!(
        (progress.total, progress.accepted, progress.pending),
        (230, 230, 0)
    );
    assert_eq!(office.counted(batch).await, [("accepted".to_owned(), 230)]);
    assert!(sink.connections() <= 4, "{} connections", sink.connections());
    let sent: usize = office
        .facts()
        .await
        .iter()
        .map(|fact| match fact {
            DeliveryEvent::MessagesSent { source, messages, .. } => {
                assert_eq!(*source, MessageSource::Campaign(batch.campaign));
                messages.len()
            }
            other => panic!("{other:?}"),
        })
        .sum();
    assert_eq!(sent, 230);
}

#[tokio::test]
async fn marketing_mail_carries_what_receivers_demand_and_receipts_do_not() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(1).await;
    let receipts = office.batch(Stream::Transactional).await;
    office
        .add_people(receipts, &["buyer@example.com".to_owned()])
        .await;

    office.send().await;

    let received = sink.received();
    let to = |address: &str| received.iter().find(|m| m.to == [address]).expect("it came");
    let (news, receipt) = (to("p0@example.com"), to("buyer@example.com"));
    let unsubscribe = news.header("list-unsubscribe").expect("there is one");
    assert!(
        unsubscribe.starts_with("<http://localhost:8080/unsubscribe/"),
        "{unsubscribe}"
    );
    assert_eq!(
        news.header("list-unsubscribe-post").as_deref(),
        Some("List-Unsubscribe=One-Click")
    );
    assert!(news.header("list-id").is_some() && news.header("feedback-id").is_some());
    assert!(receipt.header("list-unsubscribe").is_none());
}

#[tokio::test]
async fn mail_in_test_mode_never_leaves_the_machine() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office
        .app
        .organizations
        .change(office.app.org, |profile| profile.mode = SendingMode::Test);
    let batch = office.campaign(60).await;

    office.send().await;

    assert_eq!(sink.connections(), 0);
    assert_eq!(office.progress(batch).await.accepted, 60);
    let caught: i64 = office.value("SELECT count(*) FROM delivery.inbox_messages").await;
    assert_eq!(caught, 60);
}

#[tokio::test]
async fn addresses_of_the_sandbox_bounce_and_wait_in_test_mode() {
    let office = PostOffice::open().await;
    let batch = office.batch(Stream::Marketing).await;
    let people = [
        "delivered@sandbox.test",
        "bounced@sandbox.test",
        "delayed@sandbox.test",
    ];
    office.add_people(batch, &people.map(str::to_owned)).await;

    office.send().await;

    let progress = office.progress(batch).await;
    assert_eq!((progress.accepted, progress.failed, progress.pending), (1, 1, 1));
}

#[tokio::test]
async fn asking_twice_sends_once() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(20).await;

    assert_eq!(office.add(batch, 25).await, 5);
    office.send().await;
    assert_eq!(office.add(batch, 25).await, 0);
    office.send().await;

    assert_eq!(sink.accepted(), 25);
    assert_eq!(office.progress(batch).await.total, 25);
}

#[tokio::test]
async fn the_same_key_twice_in_one_call_counts_once() {
    let office = PostOffice::open().await;
    let batch = office.batch(Stream::Marketing).await;
    let people = ["a@example.com", "a@example.com", "b@example.com"].map(str::to_owned);
    assert_eq!(office.add_people(batch, &people).await, 2);
    assert_eq!(office.progress(batch).await.total, 2);
}

#[tokio::test]
async fn a_suppressed_address_gets_nothing_even_when_it_was_suppressed_after_intake() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(10).await;
    office
        .sql("INSERT INTO delivery.suppressions (org_id, address, reason, created_at) SELECT org_id, 'p3@example.com', 'unsubscribed', now() FROM delivery.batches")
        .await;

    office.send().await;

    assert!(!sink.recipients().contains(&"p3@example.com".to_owned()));
    let progress = office.progress(batch).await;
    assert_eq!(
        (progress.accepted, progress.suppressed, progress.pending),
        (9, 1, 0)
    );
    let told = office.facts().await.into_iter().any(|fact| {
        matches!(fact, DeliveryEvent::MessagesFailed { messages, .. } if messages.len() == 1 && messages[0].reason == "suppressed")
    });
    assert!(told);
}

#[tokio::test]
async fn whoever_unsubscribed_still_gets_receipts() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.batch(Stream::Transactional).await;
    office.add(batch, 2).await;
    office
        .sql("INSERT INTO delivery.suppressions (org_id, address, reason, created_at) SELECT org_id, a, r, now() FROM delivery.batches, (VALUES ('p0@example.com', 'unsubscribed'), ('p1@example.com', 'hard_bounce')) AS t (a, r)")
        .await;

    office.send().await;

    assert_eq!(sink.recipients(), ["p0@example.com"]);
    assert_eq!(office.progress(batch).await.suppressed, 1);
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_suppressed_at_once() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("p1@")
        .reply("550 5.1.1 no such user");
    let batch = office.campaign(3).await;
    office.send().await;

    let progress = office.progress(batch).await;
    assert_eq!((progress.accepted, progress.failed), (2, 1));
    let facts = office.facts().await;
    let suppressed = facts.iter().any(|fact| match fact {
        DeliveryEvent::AddressesSuppressed { addresses } => addresses
            .iter()
            .any(|(address, why)| address.as_str() == "p1@example.com" && why == "hard_bounce"),
        _ => false,
    });
    assert!(suppressed, "{facts:?}");
    let next = office.campaign(3).await;
    office.send().await;
    assert_eq!(office.progress(next).await.suppressed, 1);
}

#[tokio::test]
async fn a_full_mailbox_is_suppressed_after_three_messages_in_two_weeks() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("p0@")
        .reply("552 5.2.2 over quota");
    for (round, suppressed) in [(1, 0), (2, 0), (3, 1)] {
        office.campaign(1).await;
        office.send().await;
        let listed: i64 = office
            .value("SELECT count(*) FROM delivery.suppressions WHERE reason = 'soft_bounces'")
            .await;
        assert_eq!(listed, suppressed, "after {round}");
    }
}

#[tokio::test]
async fn a_deferred_message_is_tried_again_when_its_time_has_come() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("p1@")
        .times(2)
        .reply("451 4.2.0 greylisted");
    let batch = office.campaign(3).await;

    office.send().await;
    assert_eq!(office.count(batch, "deferred").await, 1);
    office.send().await;
    assert_eq!(sink.accepted(), 2, "nothing is tried before its time");
    office.app.clock.advance(SignedDuration::from_mins(6));
    office.send().await;
    assert_eq!(
        office.count(batch, "deferred").await,
        1,
        "the second wait is longer"
    );
    office.app.clock.advance(SignedDuration::from_mins(6));
    office.send().await;
    assert_eq!(office.count(batch, "deferred").await, 1);
    office.app.clock.advance(SignedDuration::from_mins(12));
    office.send().await;

    assert_eq!(office.progress(batch).await.accepted, 3);
    let outcomes: Vec<_> = office
        .attempts("p1@example.com")
        .await
        .into_iter()
        .filter_map(|(o, _)| o)
        .collect();
    assert_eq!(outcomes, ["deferred", "deferred", "accepted"]);
}

#[tokio::test]
async fn a_retry_is_equal_to_the_first_try_to_the_last_byte() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::EndOfData)
        .times(1)
        .keep_and_reply("451 4.3.0 try again");
    office.campaign(1).await;
    office.send().await;
    office.app.clock.advance(SignedDuration::from_mins(7));
    office.send().await;

    let received = sink.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].source, received[1].source);
}

#[tokio::test]
async fn messages_that_were_not_accepted_in_time_expire() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo).reply("451 4.3.0 later");
    let batch = office.campaign(4).await;
    office.send().await;
    office.app.clock.advance(SignedDuration::from_hours(49));
    office.send().await;

    let progress = office.progress(batch).await;
    assert_eq!((progress.expired, progress.pending), (4, 0));
    assert_eq!(sink.accepted(), 0);
}

#[tokio::test]
async fn a_paused_batch_sends_nothing_until_it_is_resumed() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(30).await;
    office.set_state(batch, BatchState::Paused).await;
    office.send().await;
    assert_eq!((sink.accepted(), office.progress(batch).await.pending), (0, 30));

    office.set_state(batch, BatchState::Running).await;
    office.send().await;
    assert_eq!(sink.accepted(), 30);
}

#[tokio::test]
async fn pausing_in_mid_run_lets_only_what_is_on_the_wire_end() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let gate = sink.when(Stage::EndOfData).hold();
    let batch = office.campaign(1000).await;
    let engine = office.engine();
    let running = tokio::spawn(async move { engine.drain().await });
    gate.reached_by(4).await;

    office.set_state(batch, BatchState::Paused).await;
    let on_the_wire = office.count(batch, "sending").await;
    gate.open();
    running.await.expect("no panic").expect("it works");

    assert!(on_the_wire <= 4 * 50, "{on_the_wire}");
    assert_eq!(i64::try_from(sink.accepted()).expect("few"), on_the_wire);
    assert_eq!(office.progress(batch).await.pending, 1000 - on_the_wire);
}

#[tokio::test]
async fn a_cancelled_batch_is_over_for_good() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(2500).await;
    office.set_state(batch, BatchState::Cancelled).await;
    let progress = office.progress(batch).await;
    assert_eq!(
        (progress.cancelled, progress.pending),
        (2500, 0),
        "even before it is swept"
    );
    office.send().await;

    assert_eq!(sink.accepted(), 0);
    assert_eq!(office.counted(batch).await, [("cancelled".to_owned(), 2500)]);
    let resumed = office
        .intake()
        .set_state(batch.org, batch.id, BatchState::Running)
        .await;
    assert!(resumed.is_err());
    // Whoever was still adding may go on; nothing of it is sent.
    office.add(batch, 2600).await;
    office.send().await;
    assert_eq!(office.counted(batch).await, [("cancelled".to_owned(), 2600)]);
    assert_eq!(sink.accepted(), 0);
}

#[tokio::test]
async fn an_account_that_lets_us_in_no_more_is_paused_and_nobody_suffers() {
    let account = ("ann".to_owned(), "right".to_owned());
    let sink = SmtpSink::start_with(SinkOptions {
        account: Some(account),
        ..SinkOptions::default()
    })
    .await;
    let (office, _) = PostOffice::live(&sink).await;
    office.sql("DELETE FROM delivery.providers").await;
    let signed_in = delivery::domain::provider::SmtpConfig {
        username: "ann".to_owned(),
        ..config(&sink)
    };
    office
        .add_provider(office.app.org, "wrong password", signed_in.clone(), Some("wrong"))
        .await;
    let batch = office.campaign(20).await;
    office.send().await;

    let paused: String = office
        .value("SELECT pause_reason FROM delivery.providers WHERE state = 'paused'")
        .await;
    assert!(paused.starts_with("535 5.7.8"), "{paused}");
    assert_eq!(office.count(batch, "queued").await, 20);
    let traces: i64 = office
        .value(
            "SELECT (SELECT count(*) FROM delivery.attempts) + (SELECT count(*) FROM delivery.suppressions)",
        )
        .await;
    assert_eq!(traces, 0, "no attempt is counted and no address suppressed");

    office
        .add_provider(office.app.org, "right password", signed_in, Some("right"))
        .await;
    office.send().await;
    assert_eq!(sink.accepted(), 20);
}

#[tokio::test]
async fn a_domain_that_receivers_do_not_trust_is_paused_and_its_mail_waits() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::EndOfData)
        .reply("550 5.7.26 this mail is unauthenticated");
    let batch = office.campaign(10).await;
    office.send().await;

    let paused: i64 = office
        .value("SELECT count(*) FROM delivery.domains WHERE state = 'paused'")
        .await;
    let suppressed: i64 = office.value("SELECT count(*) FROM delivery.suppressions").await;
    assert_eq!((paused, suppressed), (1, 0));
    let progress = office.progress(batch).await;
    assert_eq!((progress.pending, progress.failed), (10, 0));
}

#[tokio::test]
async fn when_one_account_cannot_be_reached_the_next_one_stands_in() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.sql("DELETE FROM delivery.providers").await;
    let gone = delivery::domain::provider::SmtpConfig {
        port: 1,
        ..config(&sink)
    };
    office.add_provider(office.app.org, "gone", gone, None).await;
    office
        .add_provider(office.app.org, "there", config(&sink), None)
        .await;
    let batch = office.campaign(300).await;
    office.send().await;

    assert_eq!(sink.accepted(), 300);
    assert_eq!(office.progress(batch).await.accepted, 300);
}

#[tokio::test]
async fn a_campaign_whose_template_fails_for_many_is_paused() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let subject = "{% if '5' in contact.first_name %}{{ 1 / 0 }}{% endif %}x";
    let broken = crate::post_office::add_template(&office.app, office.app.org, subject).await;
    let batch = office.batch_of(office.app.org, broken, Stream::Marketing).await;
    office.add(batch, 1500).await;
    office.send().await;

    let progress = office.progress(batch).await;
    assert!(progress.failed >= 10, "{progress:?}");
    assert!(progress.pending > 0, "the rest waits: {progress:?}");
    let reason: String = office
        .value("SELECT pause_reason FROM delivery.batches WHERE state = 'paused'")
        .await;
    assert_eq!(reason, "content");
}

#[tokio::test]
async fn mail_of_a_domain_with_a_key_is_signed() {
    for algorithm in delivery::domain::dkim::DkimAlgorithm::ALL {
        let sink = SmtpSink::start().await;
        let office = PostOffice::open().await;
        office
            .add_domain(office.app.org, Some(algorithm))
            .await
            .expect("there is a record to publish");
        office
            .app
            .organizations
            .change(office.app.org, |profile| profile.mode = SendingMode::Live);
        office
            .add_provider(office.app.org, "sink", config(&sink), None)
            .await;
        office.campaign(3).await;
        office.send().await;

        for message in sink.received() {
            let signature = message.header("dkim-signature").expect("it is signed");
            assert!(signature.contains("d=shop.example; s=m1;"), "{signature}");
            assert!(signature.contains("list-unsubscribe-post"), "{signature}");
        }
        assert_eq!(sink.accepted(), 3);
    }
}

#[tokio::test]
async fn an_account_is_never_used_faster_than_it_allows() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office
        .sql("UPDATE delivery.providers SET config = config || '{\"messages_per_second\": 20}'")
        .await;
    office.campaign(65).await;
    let start = SystemClock.now();
    // Four engines share the limit, from the account's first use on.
    let engines = [office.engine(), office.engine(), office.engine(), office.engine()];
    for done in futures::future::join_all(engines.iter().map(|engine| engine.drain())).await {
        done.expect("it works");
    }

    let mut times: Vec<Timestamp> = sink.received().iter().map(|mail| mail.at).collect();
    times.sort();
    assert_eq!(times.len(), 65);
    for (before, at) in times.iter().enumerate() {
        // Seconds of the database begin anywhere: n whole seconds meet at most n + 2 of them. A mail
        // may be late and meet the next one, but none is early.
        let seconds = usize::try_from(at.duration_since(start).as_secs()).unwrap();
        assert!(before < 20 * (seconds + 2), "{before} mails after {seconds} s");
    }
}
