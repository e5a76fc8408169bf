//! Who gets a campaign: exactly the recipients at its launch, once.

use contracts::campaign::{API_CAMPAIGN_LAUNCHES, CAMPAIGN, CAMPAIGN_LAUNCH};
use contracts::delivery::{BatchState, MessageSource, Stream, domains::DomainStanding};
use http::Method;
use kernel::Role;
use serde_json::json;

use crate::{story::Story, world::Fault};

#[tokio::test]
async fn a_contact_in_two_segments_gets_one_mail() {
    let story = Story::begin().await;
    let second = story.world.segment("Subscribers");
    story.world.contact("ann@example.com", &[story.segment, second]);
    story.world.contact("bob@example.com", &[second]);
    let id = story
        .draft_with(&json!({ "audience": { "include": [story.segment, second] } }))
        .await;

    story.launch(id).await.expect(202);
    story.run_to_the_end().await;

    assert_eq!(story.world.received(), ["ann@example.com", "bob@example.com"]);
}

#[tokio::test]
async fn a_contact_in_an_excluded_segment_gets_none() {
    let story = Story::begin().await;
    let staff = story.world.segment("Staff");
    story.world.contact("ann@example.com", &[story.segment, staff]);
    story.world.contact("bob@example.com", &[story.segment]);
    let audience = json!({ "include": [story.segment], "exclude": [staff] });
    let id = story.draft_with(&json!({ "audience": audience })).await;

    story.launch(id).await.expect(202);
    story.run_to_the_end().await;

    assert_eq!(story.world.received(), ["bob@example.com"]);
}

#[tokio::test]
async fn whoever_comes_into_the_segment_after_the_launch_gets_nothing() {
    let story = Story::with_people(2).await;
    let id = story.draft().await;

    story.launch(id).await.expect(202);
    story.world.contact("late@example.com", &[story.segment]);
    story.run_to_the_end().await;

    assert_eq!(
        story.world.received(),
        ["person0@example.com", "person1@example.com"]
    );
    assert_eq!(story.campaign(id).await["launch"]["audience"]["matching"], 2);
}

#[tokio::test]
async fn the_version_of_the_template_at_the_launch_is_what_everybody_gets() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    let version = story.campaign(id).await["launch"]["template_version_id"].clone();

    story.world.change_template(story.template, |template| {
        template.version = kernel::TemplateVersionId::generate()
    });
    story.run_to_the_end().await;

    let (spec, _) = story.world.batches().remove(0);
    assert_eq!(json!(spec.template_version), version);
    assert_eq!(
        (spec.stream, spec.source),
        (Stream::Marketing, MessageSource::Campaign(id))
    );
}

#[tokio::test]
async fn everybody_is_accounted_for() {
    let story = Story::with_people(5).await;
    story.world.contact("", &[story.segment]);
    let unsubscribed = story.world.contact("gone@example.com", &[story.segment]);
    let deleted = story.world.contact("deleted@example.com", &[story.segment]);
    story.world.suppress(unsubscribed);
    let id = story.draft().await;

    story.launch(id).await.expect(202);
    story.world.delete_contact(deleted);
    story.run_to_the_end().await;

    let sum = story.report(id).await["reconciliation"].clone();
    let parts = [
        "without_address",
        "accepted",
        "suppressed",
        "failed",
        "held",
        "expired",
        "cancelled",
        "pending",
        "left",
    ];
    let total: i64 = parts.iter().map(|part| sum[part].as_i64().unwrap()).sum();
    assert_eq!((sum["audience"].as_i64(), total), (Some(8), 8), "{sum}");
    assert_eq!((&sum["accepted"], &sum["suppressed"]), (&json!(5), &json!(1)));
    assert_eq!((&sum["without_address"], &sum["left"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn two_concurrent_launches_launch_once() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;

    let (first, second) = tokio::join!(story.launch(id), story.launch(id));
    story.run_to_the_end().await;

    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    assert_eq!(story.world.batches().len(), 1);
    assert_eq!(story.world.received().len(), 3);
}

#[tokio::test]
async fn pressing_the_button_twice_sends_once() {
    let story = Story::with_people(3).await;
    let id = story.draft().await;
    let page = story.person.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(200);
    let version = page.attributes("input[name=version]", "value").remove(0);

    for _ in 0..2 {
        let answer = story
            .person
            .post(CAMPAIGN_LAUNCH.url(&id), &[("version", &version)])
            .await
            .expect(303);
        assert_eq!(answer.location(), CAMPAIGN.url(&id));
    }
    story.run_to_the_end().await;

    assert_eq!(story.world.batches().len(), 1);
    assert_eq!(story.world.received().len(), 3);
}

#[tokio::test]
async fn a_draft_that_changed_after_it_was_read_is_not_sent() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let page = story.person.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(200);
    let version = page.attributes("input[name=version]", "value").remove(0);
    let other = story.world.template("Another mail");
    let patch = json!({ "template_id": other });
    story
        .program
        .json(Method::PATCH, contracts::campaign::API_CAMPAIGN.url(&id), &patch)
        .await
        .expect(200);

    story
        .person
        .post(CAMPAIGN_LAUNCH.url(&id), &[("version", &version)])
        .await
        .expect(303);

    assert_eq!(story.state(id).await, "draft");
    assert!(story.world.batches().is_empty());
}

#[tokio::test]
async fn what_is_missing_keeps_a_campaign_from_being_sent_and_is_named() {
    let story = Story::with_people(1).await;
    let empty = story.world.segment("Nobody");
    let no_link = story.world.template("Without a link");
    story
        .world
        .change_template(no_link, |template| template.has_unsubscribe_link = false);
    let broken = story.world.template("Broken");
    story.world.break_template(broken);
    for (fields, code) in [
        (json!({ "audience": { "include": [] } }), "audience_chosen"),
        (
            json!({ "audience": { "include": [empty] } }),
            "audience_not_empty",
        ),
        (json!({ "template_id": null }), "template_chosen"),
        (json!({ "template_id": no_link }), "unsubscribe_link"),
        (json!({ "template_id": broken }), "renders"),
    ] {
        let id = story.draft_with(&fields).await;
        let refused = story.launch(id).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], code, "{refused}");
        story.press_launch_is_impossible(id).await;
        assert_eq!(story.state(id).await, "draft");
    }
    assert!(story.world.batches().is_empty());
}

impl Story {
    async fn press_launch_is_impossible(&self, id: kernel::CampaignId) {
        let page = self.person.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(200);
        assert!(
            page.attributes("input[name=version]", "value").is_empty(),
            "{}",
            page.text()
        );
        self.person
            .post(CAMPAIGN_LAUNCH.url(&id), &[("version", "1")])
            .await
            .expect(422);
    }
}

#[tokio::test]
async fn live_mail_needs_a_postal_address_and_test_mail_does_not() {
    let story = Story::with_people(1).await;
    story
        .app
        .organizations
        .change(story.app.org, |profile| profile.postal_address.clear());
    let (first, second) = (story.draft().await, story.draft().await);

    story.launch(first).await.expect(202);
    story.app.organizations.change(story.app.org, |profile| {
        profile.mode = contracts::identity::SendingMode::Live;
    });
    let refused = story.launch(second).await.expect(422).json();

    assert_eq!(refused["errors"][0]["code"], "postal_address");
}

#[tokio::test]
async fn a_viewer_may_look_but_not_launch() {
    let story = Story::with_people(1).await;
    let id = story.draft().await;
    let viewer = story.app.person_as(story.app.org, Role::Viewer);

    let page = viewer.get(CAMPAIGN.url(&id)).await.expect(200);
    viewer.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(403);
    viewer
        .post(CAMPAIGN_LAUNCH.url(&id), &[("version", "1")])
        .await
        .expect(403);
    let reader = story
        .app
        .program_with(story.app.org, &[kernel::Permission::CampaignsRead]);
    reader
        .json(Method::POST, API_CAMPAIGN_LAUNCHES.url(&id), &json!({}))
        .await
        .expect(403);

    let ways_to_send = page.attributes(
        "a[href$='/launch'], [value='launch'], form[action$='/launch']",
        "class",
    );
    assert!(ways_to_send.is_empty(), "{}", page.text());
    assert_eq!(story.state(id).await, "draft");
}

#[tokio::test]
async fn a_campaign_to_people_who_all_left_simply_ends() {
    let story = Story::with_people(0).await;
    let only = story.world.contact("ann@example.com", &[story.segment]);
    let id = story.draft().await;

    story.launch(id).await.expect(202);
    story.world.delete_contact(only);
    story.run_to_the_end().await;

    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.report(id).await["reconciliation"]["left"], 1);
}

#[tokio::test]
async fn sending_begins_while_people_are_still_being_handed_over() {
    let story = Story::with_people(5_000).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);

    story.world.fault(Fault::HangBeforeTaking, 1);
    tokio::select! {
        () = story.app.run_until_idle() => panic!("the second page hangs"),
        () = story.world.hanging.notified() => story.world.send(),
    }

    assert_eq!(story.world.received().len(), 2_000);
    assert_eq!(story.state(id).await, "running");
}

#[tokio::test]
async fn the_audience_is_forgotten_when_the_campaign_has_ended() {
    let story = Story::with_people(2).await;
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    assert_eq!(story.world.frozen(), 1);

    story.run_to_the_end().await;
    story.app.run_until_idle().await;

    assert_eq!(story.state(id).await, "completed");
    assert_eq!(story.world.frozen(), 0);
    assert_eq!(story.world.batches()[0].1, BatchState::Running);
}

#[tokio::test]
async fn a_campaign_does_not_leave_from_a_domain_that_nobody_can_verify() {
    let story = Story::with_people(1).await;
    story.app.organizations.change(story.app.org, |profile| {
        profile.mode = contracts::identity::SendingMode::Live;
        profile.postal_address = "1 Example Street".to_owned();
    });
    let domain = kernel::DomainId::generate();
    story
        .world
        .domain_is(DomainStanding::Unverified { domain: Some(domain) });
    let id = story.draft().await;

    let refused = story.launch(id).await.expect(422);

    assert!(refused.text().contains("domain_verified"), "{}", refused.text());
    let page = story.page(id).await.expect(200);
    assert!(
        page.attributes("main a", "href")
            .contains(&contracts::delivery::DOMAIN.url(&domain))
    );
    story.world.domain_is(DomainStanding::Verified);
    story.launch(id).await.expect(202);
}
