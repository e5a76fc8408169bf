//! What becomes of messages when engines die, sleep, lose the database, or work at the same time.

use contracts::crm::consent::Channel;
use std::{collections::HashMap, time::Duration};

use contracts::delivery::{BatchState, Stream};
use delivery::{
    application::engine::EngineSettings,
    infrastructure::pg::{
        engines,
        queue::{self, Addressed, Attempt, Suspicion, Want},
    },
};
use jiff::SignedDuration;
use platform::Worker;
use testkit::smtp_sink::{SmtpSink, Stage};
use tokio_util::sync::CancellationToken;

use crate::post_office::{Doomed, PostOffice, TestBatch, settings};

fn copies(sink: &SmtpSink) -> HashMap<String, usize> {
    let mut copies = HashMap::new();
    for to in sink.recipients() {
        *copies.entry(to).or_insert(0) += 1;
    }
    copies
}

fn some(outcome: &str, resolution: Option<&str>) -> (Option<String>, Option<String>) {
    (Some(outcome.to_owned()), resolution.map(str::to_owned))
}

/// Claims messages as an engine that dies right after it, and lets its lease end.
async fn claim_and_die(office: &PostOffice, batch: TestBatch, limit: usize, begin: bool) {
    let mut tx = office.app.deps.db.system().await.unwrap();
    let engine = engines::register(&mut tx, "doomed", Duration::from_secs(30))
        .await
        .unwrap();
    let want = Want {
        org: batch.org,
        batch: batch.id,
        channel: Channel::Email,
        after: None,
        limit,
        suspicion: Suspicion::None,
    };
    let now = tx.now();
    let (claim, rows) = queue::claim(&mut tx, engine, want, now).await.unwrap();
    assert_eq!(rows.len(), limit);
    if begin {
        let attempt = Attempt {
            org: batch.org,
            batch: batch.id,
            stream: Stream::Marketing,
            claim,
            provider: None,
        };
        let named: Vec<_> = rows
            .iter()
            .map(|row| Addressed {
                id: row.id,
                address: row.to.as_str(),
                pseudonym: row.to.email().cloned().expect("mail goes to addresses"),
            })
            .collect();
        queue::begin_attempts(&mut tx, &attempt, &named).await.unwrap();
    }
    tx.commit().await.unwrap();
    office.end_leases().await;
}

#[tokio::test]
async fn what_a_dead_engine_had_only_claimed_is_sent_by_another() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(40).await;
    claim_and_die(&office, batch, 30, false).await;

    office.send().await;

    assert_eq!(sink.accepted(), 40);
    assert!(copies(&sink).values().all(|n| *n == 1));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn the_lease_of_a_living_engine_protects_what_it_has_claimed() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(40).await;
    claim_and_die(&office, batch, 30, false).await;
    office
        .sql("UPDATE delivery.engines SET lease_until = now() + interval '1 hour'")
        .await;

    office.send().await;

    assert_eq!(sink.accepted(), 10);
    assert_eq!(office.count(batch, "claimed").await, 30);
}

#[tokio::test]
async fn after_an_outage_engines_get_time_to_come_back_before_others_take_over() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(10).await;
    claim_and_die(&office, batch, 10, false).await;

    let patient = EngineSettings {
        patience: Duration::from_secs(30),
        ..settings()
    };
    office.delivery.engine(patient).drain().await.expect("it works");

    assert_eq!(office.count(batch, "claimed").await, 10);
}

#[tokio::test]
async fn an_engine_killed_while_the_server_had_not_answered_leaves_marketing_held_and_receipts_sent_again() {
    for (stream, held, copies_of_first) in [(Stream::Marketing, true, 1), (Stream::Transactional, false, 2)] {
        let sink = SmtpSink::start().await;
        let (office, _) = PostOffice::live(&sink).await;
        let gate = sink.when(Stage::EndOfData).times(1).hold();
        let batch = office.batch(stream).await;
        office.add(batch, 3).await;
        let doomed = Doomed::start(&office, settings());
        gate.reached_by(1).await;
        doomed.kill();
        // The server had it all the time.
        gate.open();
        sink.wait_for(1).await;
        let first = sink.recipients()[0].clone();
        office.end_leases().await;

        office.send().await;
        office.app.clock.advance(SignedDuration::from_mins(1));
        office.send().await;

        let progress = office.progress(batch).await;
        let in_doubt = progress.held;
        // The three went out in one group: all had an attempt written down, so all are in doubt.
        assert_eq!(
            (in_doubt > 0, in_doubt + progress.accepted),
            (held, 3),
            "{stream:?}"
        );
        assert_eq!(copies(&sink)[&first], copies_of_first, "{stream:?}");
        let resolution = if held { "held" } else { "resent" };
        assert_eq!(
            office.attempts(&first).await[0],
            some("unknown", Some(resolution))
        );
        office.assert_conserved(batch).await;
    }
}

#[tokio::test]
async fn silence_after_the_final_dot_holds_marketing_and_repeats_receipts() {
    for (stream, copies_expected) in [(Stream::Marketing, 1), (Stream::Transactional, 2)] {
        let sink = SmtpSink::start().await;
        let (office, _) = PostOffice::live(&sink).await;
        sink.when(Stage::EndOfData)
            .containing("p1@")
            .times(1)
            .keep_and_disconnect();
        let batch = office.batch(stream).await;
        office.add(batch, 4).await;

        office.send().await;
        office.app.clock.advance(SignedDuration::from_mins(1));
        office.send().await;

        let copies = copies(&sink);
        assert_eq!(copies["p1@example.com"], copies_expected, "{stream:?}");
        assert!(
            copies.iter().all(|(to, n)| *n == 1 || to == "p1@example.com"),
            "{copies:?}"
        );
        assert_eq!(copies.len(), 4, "nobody else is left out");
        let progress = office.progress(batch).await;
        assert_eq!(progress.held, i64::from(stream == Stream::Marketing));
        office.assert_conserved(batch).await;
    }
}

#[tokio::test]
async fn the_built_in_inbox_leaves_nothing_in_doubt() {
    let office = PostOffice::open().await;
    let batch = office.campaign(20).await;
    claim_and_die(&office, batch, 20, true).await;

    office.send().await;

    assert_eq!(office.progress(batch).await.accepted, 20);
    let caught: i64 = office.value("SELECT count(*) FROM delivery.inbox_messages").await;
    assert_eq!(caught, 20);
}

#[tokio::test]
async fn an_engine_that_slept_through_its_lease_begins_nothing_and_writes_nothing() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let gate = sink.when(Stage::EndOfData).times(4).hold();
    let batch = office.campaign(400).await;
    let brief = EngineSettings {
        lease: Duration::from_secs(1),
        ..settings()
    };
    let sleeper = Doomed::start(&office, brief);
    gate.reached_by(4).await;
    let begun = office.count(batch, "sending").await;

    // Others take over while it waits for the server.
    office.end_leases().await;
    let other = office.engine();
    let other = tokio::spawn(async move { other.drain().await });
    sink.wait_for(usize::try_from(400 - begun).expect("few")).await;
    other.await.expect("no panic").expect("it works");
    let progress = office.progress(batch).await;
    assert_eq!((progress.held, progress.accepted), (begun, 400 - begun));
    let before = office.counted(batch).await;
    let sent_before = sink.accepted();

    // Nobody can move the database's clock: the sleeper's second has to pass.
    office.sql("SELECT pg_sleep(1)").await;
    gate.open();
    sink.wait_for(sent_before + 4).await;
    sleeper.kill();

    assert_eq!(
        office.counted(batch).await,
        before,
        "what it learned later changes nothing"
    );
    assert_eq!(
        sink.accepted(),
        sent_before + 4,
        "only what was on the wire ended"
    );
    assert!(copies(&sink).values().all(|n| *n == 1));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn several_engines_send_each_message_once() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let (a, b) = (office.campaign(900).await, office.campaign(700).await);
    let engines = [office.engine(), office.engine(), office.engine()];
    let work = engines
        .into_iter()
        .map(|engine| async move { engine.drain().await });
    for done in futures::future::join_all(work).await {
        done.expect("it works");
    }
    office.send().await;

    assert_eq!(sink.accepted(), 1600);
    for batch in [a, b] {
        office.assert_conserved(batch).await;
        assert_eq!(office.progress(batch).await.pending, 0);
    }
}

#[tokio::test]
async fn engines_killed_again_and_again_lose_nothing_and_double_nothing() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(3000).await;
    let mut seen = 0;
    for _ in 0..6 {
        let doomed = Doomed::start(&office, settings());
        seen = (seen + 120).max(sink.accepted() + 60).min(2900);
        sink.wait_for(seen).await;
        doomed.kill();
        office.end_leases().await;
    }
    office.send().await;
    office.send().await;

    let progress = office.progress(batch).await;
    assert_eq!((progress.pending, progress.accepted + progress.held), (0, 3000));
    let copies = copies(&sink);
    assert!(copies.values().all(|n| *n == 1), "marketing is sent at most once");
    assert!(
        copies.len() as i64 >= progress.accepted,
        "what is called sent has arrived"
    );
    let doubtful: i64 = office
        .value("SELECT count(*) FROM delivery.attempts WHERE outcome = 'unknown'")
        .await;
    assert_eq!(doubtful, progress.held);
    assert!(
        3000 - copies.len() as i64 <= doubtful,
        "nobody is left out without being accounted for"
    );
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn a_message_that_kills_engines_is_set_aside_and_its_neighbours_are_sent() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(20).await;
    // Five were with engines that died twice; one of them was alone with three more of them.
    office
        .sql("UPDATE delivery.queue q SET crashes = CASE WHEN r.address = 'p4@example.com' THEN 5 ELSE 2 END FROM delivery.recipients r WHERE r.message_id = q.message_id AND r.address < 'p13'")
        .await;

    office.send().await;

    let progress = office.progress(batch).await;
    let expected = if office.attempts("p4@example.com").await.is_empty() {
        1
    } else {
        0
    };
    assert_eq!((progress.failed, progress.pending), (expected, 0));
    assert_eq!(progress.accepted, 20 - expected);
    let reasons: i64 = office
        .value("SELECT count(*) FROM delivery.messages WHERE reason = 'crashes'")
        .await;
    assert_eq!(reasons, expected);
}

#[tokio::test]
async fn an_engine_that_stops_finishes_what_is_on_the_wire_and_hands_back_the_rest() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let gate = sink.when(Stage::EndOfData).hold();
    let batch = office.campaign(1000).await;
    let (engine, stop) = (office.engine(), CancellationToken::new());
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { engine.run(stop).await }
    });
    gate.reached_by(4).await;
    stop.cancel();
    gate.open();
    running.await.expect("no panic").expect("it stops well");

    let sent = i64::try_from(sink.accepted()).expect("few");
    assert!((4..=8).contains(&sent), "{sent} were on the wire");
    assert_eq!(
        office.counted(batch).await,
        [("accepted".to_owned(), sent), ("queued".to_owned(), 1000 - sent)]
    );
    let left: i64 = office.value("SELECT count(*) FROM delivery.engines").await;
    assert_eq!(left, 0);
    let blamed: i64 = office
        .value("SELECT count(*) FROM delivery.queue WHERE crashes > 0")
        .await;
    assert_eq!(blamed, 0);

    office.send().await;
    assert!(copies(&sink).values().all(|n| *n == 1));
    assert_eq!(sink.accepted(), 1000);
}

#[tokio::test]
async fn while_an_outcome_cannot_be_written_nothing_more_is_claimed() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let gate = sink.when(Stage::EndOfData).hold();
    let batch = office.campaign(3000).await;
    let engine = office.engine();
    let running = tokio::spawn(async move { engine.drain().await });
    gate.reached_by(4).await;
    office
        .sql("REVOKE UPDATE ON delivery.messages FROM mauntic_worker")
        .await;
    gate.open();
    // What was written down as begun ends on the wire; its outcomes wait, and so does everything else.
    let window = usize::try_from(office.count(batch, "sending").await).expect("few");
    sink.wait_for(window).await;
    office.sql("SELECT pg_sleep(1)").await;
    assert_eq!(sink.accepted(), window);
    assert_eq!(office.progress(batch).await.accepted, 0);

    office
        .sql("GRANT UPDATE ON delivery.messages TO mauntic_worker")
        .await;
    running.await.expect("no panic").expect("it works");
    assert_eq!(sink.accepted(), 3000);
    assert!(copies(&sink).values().all(|n| *n == 1));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn nothing_is_sent_when_attempts_cannot_be_written_down() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(10).await;
    office
        .sql("REVOKE INSERT ON delivery.attempts FROM mauntic_worker")
        .await;
    let engine = office.engine();
    let running = tokio::spawn(async move { engine.drain().await });
    office.sql("SELECT pg_sleep(0.5)").await;
    assert_eq!(sink.accepted(), 0);
    office
        .sql("GRANT INSERT ON delivery.attempts TO mauntic_worker")
        .await;
    running.await.expect("no panic").expect("it works");
    office.send().await;
    assert_eq!(sink.accepted(), 10);
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn tallies_are_added_up_without_changing_what_they_say() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(500).await;
    office.send().await;
    let before = office.progress(batch).await;
    office.app.clock.advance(SignedDuration::from_mins(2));
    office.app.run_until_idle().await;

    let pieces: i64 = office.value("SELECT count(*) FROM delivery.batch_tallies").await;
    assert_eq!(pieces, 1);
    let after = office.progress(batch).await;
    assert_eq!((after.total, after.accepted), (before.total, before.accepted));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn pausing_cancelling_and_resuming_at_random_moments_adds_up() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let batch = office.campaign(2000).await;
    let engine = office.engine();
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { engine.run(stop).await }
    });
    for n in 1..=5 {
        sink.wait_for(n * 100).await;
        office.set_state(batch, BatchState::Paused).await;
        let on_the_wire = usize::try_from(office.count(batch, "sending").await).expect("few");
        let sent = sink.accepted();
        office.set_state(batch, BatchState::Running).await;
        assert!(on_the_wire <= 4 * 50, "{on_the_wire} after {sent}");
    }
    office.set_state(batch, BatchState::Cancelled).await;
    stop.cancel();
    running.await.expect("no panic").expect("it stops well");
    office.send().await;

    let progress = office.progress(batch).await;
    assert_eq!(progress.pending, 0);
    assert_eq!(i64::try_from(sink.accepted()).expect("few"), progress.accepted);
    assert!(progress.cancelled > 0);
    assert!(copies(&sink).values().all(|n| *n == 1));
    office.assert_conserved(batch).await;
}
