//! Campaigns that wait for their time.

use contracts::campaign::{API_CAMPAIGN_LAUNCHES, CAMPAIGN, CAMPAIGN_UNSCHEDULING};
use http::Method;
use jiff::SignedDuration;
use kernel::{CampaignId, Clock, Timestamp};
use serde_json::json;

use crate::story::Story;

impl Story {
    fn in_hours(&self, hours: i64) -> Timestamp {
        self.app.clock.now() + SignedDuration::from_hours(hours)
    }

    async fn scheduled(&self, hours: i64) -> CampaignId {
        let id = self
            .draft_with(&json!({ "scheduled_at": self.in_hours(hours) }))
            .await;
        self.launch(id).await.expect(202);
        assert_eq!(self.state(id).await, "scheduled");
        id
    }
}

#[tokio::test]
async fn a_scheduled_campaign_starts_by_itself_and_not_before_its_time() {
    let story = Story::with_people(2).await;
    let id = story.scheduled(3).await;

    story.app.clock.advance(SignedDuration::from_mins(179));
    story.run_to_the_end().await;
    assert_eq!(story.state(id).await, "scheduled");

    story.app.clock.advance(SignedDuration::from_mins(2));
    story.run_to_the_end().await;
    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.world.received().len(), 2);
}

#[tokio::test]
async fn whoever_is_in_the_segment_when_it_starts_gets_it() {
    let story = Story::with_people(1).await;
    story.scheduled(3).await;
    story.world.contact("late@example.com", &[story.segment]);

    story.app.clock.advance(SignedDuration::from_hours(4));
    story.run_to_the_end().await;

    assert_eq!(
        story.world.received(),
        ["late@example.com", "person0@example.com"]
    );
}

#[tokio::test]
async fn a_schedule_that_is_a_day_late_asks_instead_of_firing() {
    let story = Story::with_people(2).await;
    let id = story.scheduled(3).await;

    // The program was not running in the meantime.
    story.app.clock.advance(SignedDuration::from_hours(28));
    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "scheduled");
    assert!(story.world.received().is_empty());
    let page = story.page(id).await;
    assert!(page.text().contains("was not running then"), "{}", page.text());
    assert!(page.texts(".badge").contains(&"Overdue".to_owned()));

    story.press_launch(id).await.expect(303);
    story.run_to_the_end().await;
    assert_eq!(story.world.received().len(), 2);
}

#[tokio::test]
async fn a_scheduled_campaign_can_be_taken_back_and_sent_at_once() {
    let story = Story::with_people(1).await;
    let first = story.scheduled(3).await;
    let answer = story
        .person
        .post(CAMPAIGN_UNSCHEDULING.url(&first), &[])
        .await
        .expect(303);
    assert_eq!(answer.location(), CAMPAIGN.url(&first));
    assert_eq!(story.state(first).await, "draft");
    story.app.clock.advance(SignedDuration::from_hours(4));
    story.run_to_the_end().await;
    assert!(story.world.received().is_empty());

    let second = story.scheduled(3).await;
    story.launch(second).await.expect(202);
    story.run_to_the_end().await;
    assert_eq!(story.world.received().len(), 1);
}

#[tokio::test]
async fn taking_it_back_by_the_api_makes_it_a_draft() {
    let story = Story::with_people(1).await;
    let id = story.scheduled(3).await;
    let draft = story
        .program
        .json(Method::DELETE, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(200);
    assert_eq!(draft.json()["state"], "draft");
}

#[tokio::test]
async fn a_check_that_fails_at_its_time_is_shown_and_left_to_a_person() {
    let story = Story::with_people(1).await;
    let id = story.scheduled(3).await;
    story.world.delete_template(story.template);

    story.app.clock.advance(SignedDuration::from_hours(4));
    story.run_to_the_end().await;

    assert_eq!(story.campaign(id).await["refused_by"], "template_usable");
    let page = story.page(id).await;
    assert!(
        page.text().contains("The chosen template cannot be sent"),
        "{}",
        page.text()
    );
    story.run_to_the_end().await;
    assert!(story.world.batches().is_empty());

    story
        .person
        .post(CAMPAIGN_UNSCHEDULING.url(&id), &[])
        .await
        .expect(303);
    assert_eq!(story.campaign(id).await["refused_by"], json!(null));
}

#[tokio::test]
async fn a_time_that_has_gone_by_is_refused() {
    let story = Story::with_people(1).await;
    let id = story
        .draft_with(&json!({ "scheduled_at": story.in_hours(1) }))
        .await;
    story.app.clock.advance(SignedDuration::from_hours(2));

    let refused = story.launch(id).await.expect(422).json();

    assert_eq!(refused["errors"][0]["code"], "time_ahead");
    assert_eq!(refused["errors"][0]["pointer"], "#/scheduled_at");
}

#[tokio::test]
async fn what_waits_for_a_person_is_on_the_dashboards_list() {
    let story = Story::with_people(1).await;
    let stale = story.scheduled(1).await;
    let module = campaign::module(
        &story.app.deps,
        crate::world::needs(&story.world, &story.app.organizations),
    );
    let attention = module.attention.expect("campaigns have something to say");
    assert!(attention.attention(story.app.org).await.unwrap().is_empty());

    story.app.clock.advance(SignedDuration::from_hours(26));
    let items = attention.attention(story.app.org).await.unwrap();

    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].text_key, items[0].count),
        ("campaign-attention-stale", 1)
    );
    assert_eq!(
        (items[0].name.as_str(), items[0].href.clone()),
        ("Spring sale", CAMPAIGN.url(&stale))
    );
}
