//! Watching a campaign while it is sent.

use contracts::campaign::{CAMPAIGN, CAMPAIGN_PROGRESS};
use http::Method;
use serde_json::json;

use crate::story::Story;

#[tokio::test]
async fn the_page_shows_how_far_it_is_with_or_without_a_script() {
    let story = Story::with_people(4).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    assert!(story.page(id).await.text().contains("Writing down who gets it"));
    story.app.run_until_idle().await;
    story.world.send_at_most(1);

    let page = story.page(id).await;

    assert_eq!(
        page.attributes("[role=progressbar]", "aria-valuetext"),
        ["1 of 4"]
    );
    assert_eq!(page.attributes("[role=progressbar]", "aria-valuenow"), ["25"]);
    assert!(
        page.texts(".progress-notes")[0].contains("10 per second"),
        "{}",
        page.text()
    );
    assert_eq!(
        page.attributes("[data-sse]", "data-sse"),
        [CAMPAIGN_PROGRESS.url(&id)]
    );
    assert_eq!(
        page.attributes("[data-sse]", "data-sse-then"),
        [CAMPAIGN.url(&id)]
    );
}

#[tokio::test]
async fn the_stream_tells_figures_and_ends_when_the_campaign_has() {
    let story = Story::with_people(4).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.app.run_until_idle().await;

    let (stream, ()) = tokio::join!(
        story.person.get(CAMPAIGN_PROGRESS.url(&id)),
        story.run_to_the_end()
    );
    let stream = stream.expect(200);

    assert_eq!(stream.header("content-type"), Some("text/event-stream"));
    let text = stream.text();
    for part in [
        "event: report-progress",
        "event: report-figures",
        "event: report-whereabouts",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(text.matches("event: done").count(), 1, "{text}");
    assert!(text.trim_end().ends_with("data: completed"), "{text}");
}

#[tokio::test]
async fn the_stream_of_what_is_not_being_sent_ends_at_once() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let stream = story.person.get(CAMPAIGN_PROGRESS.url(&id)).await.expect(200);
    assert_eq!(stream.text().matches("event: done").count(), 1);
}

#[tokio::test]
async fn every_route_says_who_may_call_it_and_every_operation_is_described() {
    let story = Story::begin().await;
    let api: Vec<_> = story
        .app
        .routes
        .iter()
        .filter(|(_, route)| route.path.starts_with("/api/v1/campaigns"))
        .collect();
    assert_eq!(api.len(), 11);
    assert!(api.iter().all(|(_, route)| route.op.is_some()));
    let document = story
        .program
        .get(contracts::platform::OPENAPI.url())
        .await
        .expect(200)
        .json();
    let launch = &document["paths"]["/api/v1/campaigns/{id}/launches"]["post"];
    assert_eq!(
        (&launch["operationId"], &launch["x-scope"]),
        (&json!("launch_campaign"), &json!("campaigns:send"))
    );
    assert!(document["components"]["schemas"]["Campaign"].is_object());
    story
        .app
        .stranger()
        .json(Method::POST, "/api/v1/campaigns", &json!({}))
        .await
        .expect(401);
}
