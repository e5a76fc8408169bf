//! Campaigns by the API.

use contracts::campaign::{
    API_CAMPAIGN, API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_PAUSE, API_CAMPAIGN_REPORT, API_CAMPAIGNS,
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Clock, Permission};
use serde_json::json;

use crate::story::{Story, id_of};

#[tokio::test]
async fn a_campaign_is_made_read_changed_and_deleted() {
    let story = Story::with_people(1).await;
    let body = json!({ "name": "Spring sale" });
    let made = story
        .program
        .json(Method::POST, API_CAMPAIGNS.url(), &body)
        .await
        .expect(201);
    let id = id_of(&made.json());
    assert_eq!(made.header("location"), Some(API_CAMPAIGN.url(&id).as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));

    let later = story.app.clock.now() + SignedDuration::from_hours(5);
    let patch = json!({ "audience": { "include": [story.segment] }, "template_id": story.template, "scheduled_at": later });
    let changed = story
        .program
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &patch)
        .await
        .expect(200);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.json()["scheduled_at"], json!(later));
    assert_eq!(changed.json()["name"], "Spring sale");
    let patch = json!({ "scheduled_at": null });
    let changed = story
        .program
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &patch)
        .await
        .expect(200);
    assert_eq!(changed.json()["scheduled_at"], json!(null));
    assert_eq!(changed.json()["template_id"], json!(story.template));

    story
        .program
        .json(Method::DELETE, API_CAMPAIGN.url(&id), &json!({}))
        .await
        .expect(204);
    story.program.get(API_CAMPAIGN.url(&id)).await.expect(404);
}

#[tokio::test]
async fn a_change_of_what_was_read_long_ago_is_refused() {
    let story = Story::begin().await;
    let id = story.draft().await;
    let stale = story.program.clone().with("if-match", "\"7\"");
    stale
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &json!({ "name": "x" }))
        .await
        .expect(412);
    stale
        .json(Method::DELETE, API_CAMPAIGN.url(&id), &json!({}))
        .await
        .expect(412);
    let foreign = story.program.clone().with("if-match", "W/\"abc\"");
    foreign
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &json!({ "name": "x" }))
        .await
        .expect(412);
    let fresh = story.program.clone().with("if-match", "\"1\"");
    fresh
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &json!({ "name": "x" }))
        .await
        .expect(200);
    assert_eq!(story.campaign(id).await["name"], "x");
}

#[tokio::test]
async fn the_list_is_paged_and_can_be_narrowed() {
    let story = Story::with_people(1).await;
    for _ in 0..5 {
        story.draft().await;
    }
    let sent = story.draft().await;
    story.launch(sent).await.expect(202);

    let first = story
        .program
        .get(API_CAMPAIGNS.with(&[("limit", "4")]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (first["data"].as_array().unwrap().len(), &first["has_more"]),
        (4, &json!(true))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = story
        .program
        .get(API_CAMPAIGNS.with(&[("limit", "4"), ("cursor", cursor)]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (rest["data"].as_array().unwrap().len(), &rest["has_more"]),
        (2, &json!(false))
    );
    let drafts = story
        .program
        .get(API_CAMPAIGNS.with(&[("state", "draft")]))
        .await
        .expect(200)
        .json();
    assert_eq!(drafts["data"].as_array().unwrap().len(), 5);
    story
        .program
        .get(API_CAMPAIGNS.with(&[("state", "sent")]))
        .await
        .expect(422);
    story
        .program
        .get(API_CAMPAIGNS.with(&[("cursor", "x")]))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_campaign_is_paused_resumed_and_reported_on() {
    let story = Story::with_people(2).await;
    let id = story.draft().await;
    story.program.get(API_CAMPAIGN_REPORT.url(&id)).await.expect(404);
    story.launch(id).await.expect(202);
    story.app.run_until_idle().await;

    let paused = story
        .program
        .json(Method::POST, API_CAMPAIGN_PAUSE.url(&id), &json!({}))
        .await
        .expect(200);
    assert_eq!(paused.json()["state"], "paused");
    let resumed = story
        .program
        .json(Method::DELETE, API_CAMPAIGN_PAUSE.url(&id), &json!({}))
        .await
        .expect(200);
    assert_eq!(resumed.json()["state"], "running");
    story.run_to_the_end().await;

    let report = story.report(id).await;
    assert_eq!(
        (&report["state"], &report["progress"]["accepted"]),
        (&json!("completed"), &json!(2))
    );
}

#[tokio::test]
async fn a_launch_repeated_with_its_key_is_answered_as_the_first_time() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let keyed = story.program.clone().with("idempotency-key", "launch-1");
    let first = keyed
        .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(202);
    let again = keyed
        .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(202);
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn each_scope_opens_its_own_doors_only() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let writer = story
        .app
        .program_with(story.app.org, &[Permission::CampaignsWrite]);
    writer.get(API_CAMPAIGNS.url()).await.expect(403);
    writer
        .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(403);
    writer
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &json!({ "name": "x" }))
        .await
        .expect(200);
    let sender = story
        .app
        .program_with(story.app.org, &[Permission::CampaignsSend]);
    sender
        .json(Method::PATCH, API_CAMPAIGN.url(&id), &json!({ "name": "y" }))
        .await
        .expect(403);
    sender
        .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(202);
    story.app.stranger().get(API_CAMPAIGNS.url()).await.expect(401);
}
