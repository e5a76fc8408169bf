//! A crash at any instant loses nobody and writes to nobody twice.

use contracts::campaign::API_CAMPAIGN_CANCELLATION;
use contracts::delivery::BatchState;
use http::Method;
use jiff::SignedDuration;
use serde_json::json;

use crate::{story::Story, world::Fault};

/// More than two pages.
const PEOPLE: usize = 9_000;

/// Runs until the fault makes an answer not come, and kills the worker there.
async fn killed_by(story: &Story, fault: Fault, after: usize) {
    story.world.fault(fault, after);
    tokio::select! {
        () = story.app.run_until_idle() => panic!("{fault:?} did not strike"),
        () = story.world.hanging.notified() => {}
    }
    story.forget_leases().await;
}

async fn everybody_gets_it_once(story: &Story) {
    story.run_to_the_end().await;
    let mut received = story.world.received();
    assert_eq!(received.len(), PEOPLE);
    received.dedup();
    assert_eq!(received.len(), PEOPLE);
}

#[tokio::test]
async fn a_crash_between_pages_resumes_behind_the_last_page() {
    let story = Story::with_people(PEOPLE).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);

    killed_by(&story, Fault::HangBeforeTaking, 1).await;
    assert_eq!(story.world.taken(), 2_000);

    everybody_gets_it_once(&story).await;
    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.report(id).await["reconciliation"]["accepted"], PEOPLE);
}

#[tokio::test]
async fn a_crash_after_a_page_was_taken_and_before_that_was_written_down_doubles_nobody() {
    let story = Story::with_people(PEOPLE).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);

    killed_by(&story, Fault::HangAfterTaking, 1).await;
    assert_eq!(story.world.taken(), 4_000);
    story.world.send();

    everybody_gets_it_once(&story).await;
    assert_eq!(story.state(id).await, "completed");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let story = Story::with_people(PEOPLE).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);

    story.world.fault(Fault::FailAfterTaking, 0);

    everybody_gets_it_once(&story).await;
    assert_eq!(story.state(id).await, "completed");
}

#[tokio::test]
async fn a_launch_of_which_the_audience_could_not_be_frozen_at_once_is_made_good() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;
    // Once for whoever launches, once for the job.
    story.world.fault(Fault::Freeze, 0);
    story.world.fault(Fault::Freeze, 0);

    story.launch(id).await.expect(202);
    assert_eq!(story.state(id).await, "launching");
    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.world.received().len(), 3);
}

#[tokio::test]
async fn work_that_no_job_does_any_more_is_given_to_another_one() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    let mut owner = story.app.database.owner().await;
    sqlx::query("UPDATE platform.jobs SET state = 'failed'")
        .execute(&mut owner)
        .await
        .unwrap();

    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.world.received().len(), 3);
}

#[tokio::test]
async fn a_crash_before_delivery_was_told_to_stop_is_made_good() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.app.run_until_idle().await;

    story.world.fault(Fault::SetState, 0);
    story
        .program
        .json(Method::POST, API_CAMPAIGN_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(200);
    assert_eq!(story.world.batches()[0].1, BatchState::Running);
    story.app.clock.advance(SignedDuration::from_secs(11));
    story.app.run_until_idle().await;

    assert_eq!(story.world.batches()[0].1, BatchState::Cancelled);
    story.world.send();
    assert!(story.world.received().is_empty());
}
