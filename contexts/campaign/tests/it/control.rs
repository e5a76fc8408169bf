//! Pausing, resuming, cancelling.

use contracts::campaign::{
    API_CAMPAIGN_CANCELLATION, API_CAMPAIGN_PAUSE, CAMPAIGN, CAMPAIGN_CANCELLATION, CAMPAIGN_PAUSE,
    CAMPAIGN_RESUME, CampaignEvent,
};
use contracts::delivery::BatchState;
use http::Method;
use kernel::CampaignId;
use serde_json::json;

use crate::{story::Story, world::Fault};

impl Story {
    async fn running(people: usize) -> (Self, CampaignId) {
        let story = Self::with_people(people).await;
        let id = story.draft().await;
        story.launch(id).await.expect(202);
        story.app.run_until_idle().await;
        (story, id)
    }

    /// What was told to the other contexts, oldest first.
    async fn told(&self) -> Vec<CampaignEvent> {
        let mut owner = self.app.database.owner().await;
        let rows: Vec<(serde_json::Value,)> =
            sqlx::query_as("SELECT payload FROM platform.outbox WHERE topic = 'campaign' ORDER BY seq")
                .fetch_all(&mut owner)
                .await
                .unwrap();
        rows.into_iter()
            .map(|(payload,)| serde_json::from_value(payload).unwrap())
            .collect()
    }
}

#[tokio::test]
async fn a_paused_campaign_sends_nothing_until_it_is_resumed() {
    let (story, id) = Story::running(4).await;
    story.world.send_at_most(1);

    story.person.post(CAMPAIGN_PAUSE.url(&id), &[]).await.expect(303);
    story.world.send();
    assert_eq!(story.world.received().len(), 1);
    assert_eq!(story.state(id).await, "paused");
    assert!(story.page(id).await.text().contains("Sending is paused"));

    story.person.post(CAMPAIGN_RESUME.url(&id), &[]).await.expect(303);
    story.run_to_the_end().await;
    assert_eq!(story.world.received().len(), 4);
    assert_eq!(story.state(id).await, "completed");
}

#[tokio::test]
async fn cancel_is_final() {
    let (story, id) = Story::running(4).await;
    story.world.send_at_most(1);

    story
        .person
        .post(CAMPAIGN_CANCELLATION.url(&id), &[])
        .await
        .expect(303);
    story.run_to_the_end().await;
    story
        .program
        .json(Method::DELETE, API_CAMPAIGN_PAUSE.url(&id), &json!({}))
        .await
        .expect(409);
    story.launch(id).await.expect(409);
    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "cancelled");
    assert_eq!(story.world.received().len(), 1);
    let sum = story.report(id).await["reconciliation"].clone();
    assert_eq!(
        (&sum["accepted"], &sum["cancelled"], &sum["pending"]),
        (&json!(1), &json!(3), &json!(0))
    );
}

#[tokio::test]
async fn cancelling_while_people_are_being_handed_over_stops_that_and_accounts_for_them() {
    let story = Story::with_people(9_000).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.world.fault(Fault::HangBeforeTaking, 1);
    tokio::select! {
        () = story.app.run_until_idle() => panic!("the second page hangs"),
        () = story.world.hanging.notified() => {}
    }

    story
        .program
        .json(Method::POST, API_CAMPAIGN_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(200);
    story.forget_leases().await;
    story.run_to_the_end().await;

    assert_eq!(story.world.taken(), 2_000);
    assert!(story.world.received().is_empty());
    assert_eq!(story.report(id).await["reconciliation"]["cancelled"], 9_000);
}

#[tokio::test]
async fn a_campaign_cancelled_before_its_batch_was_open_sends_nothing() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    assert_eq!(story.state(id).await, "launching");

    story
        .program
        .json(Method::POST, API_CAMPAIGN_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(200);
    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "cancelled");
    assert!(story.world.received().is_empty());
    assert!(
        story
            .world
            .batches()
            .iter()
            .all(|(_, state)| *state == BatchState::Cancelled)
    );
}

#[tokio::test]
async fn the_page_that_asks_says_how_many_have_it_and_how_many_will_not_get_it() {
    let (story, id) = Story::running(3).await;
    story.world.send_at_most(1);

    let page = story.person.get(CAMPAIGN_CANCELLATION.url(&id)).await.expect(200);

    assert!(
        page.text().contains("1 person has got it already."),
        "{}",
        page.text()
    );
    assert!(
        page.text().contains("2 people will not get it."),
        "{}",
        page.text()
    );
    assert_eq!(story.state(id).await, "running");
}

#[tokio::test]
async fn what_does_not_fit_the_state_is_refused_and_changes_nothing() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let refused = story
        .program
        .json(Method::POST, API_CAMPAIGN_PAUSE.url(&id), &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(refused["code"], "wrong_state");
    story
        .program
        .json(Method::POST, API_CAMPAIGN_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(409);

    let answer = story.person.post(CAMPAIGN_PAUSE.url(&id), &[]).await.expect(303);
    assert_eq!(answer.location(), CAMPAIGN.url(&id));
    assert_eq!(story.state(id).await, "draft");
}

#[tokio::test]
async fn the_other_contexts_are_told_what_happened_in_order() {
    let (story, id) = Story::running(2).await;
    story.person.post(CAMPAIGN_PAUSE.url(&id), &[]).await.expect(303);
    story.person.post(CAMPAIGN_RESUME.url(&id), &[]).await.expect(303);
    story
        .person
        .post(
            contracts::campaign::CAMPAIGN_NAME.url(&id),
            &[("name", "Summer sale")],
        )
        .await
        .expect(303);
    story.run_to_the_end().await;

    let told = story.told().await;
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(
        matches!(&told[0], CampaignEvent::CampaignLaunched { campaign, audience, .. }
        if *campaign == id && audience.will_receive == 2)
    );
    assert!(matches!(&told[1], CampaignEvent::CampaignPaused { campaign } if *campaign == id));
    assert!(matches!(&told[2], CampaignEvent::CampaignResumed { campaign } if *campaign == id));
    assert!(matches!(&told[3], CampaignEvent::CampaignRenamed { name, .. } if name == "Summer sale"));
    assert!(
        matches!(&told[4], CampaignEvent::CampaignFinished { name, outcome, .. }
        if name == "Summer sale" && outcome == "completed")
    );
}
