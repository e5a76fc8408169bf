//! Campaigns of text messages and push notifications.

use contracts::{campaign::CAMPAIGN, crm::consent::Channel, delivery::Address};
use serde_json::json;

use crate::story::Story;

/// A story whose template is of another channel than mail.
async fn story_of(channel: Channel) -> Story {
    let story = Story::begin().await;
    story.world.change_template(story.template, |template| {
        template.channel = channel;
        template.subject = String::new();
    });
    story
}

#[tokio::test]
async fn a_campaign_of_texts_reaches_those_with_a_number_and_consent_only() {
    let story = story_of(Channel::Sms).await;
    let (world, segment) = (&story.world, story.segment);
    let ann = world.contact("ann@example.com", &[segment]);
    world.phone(ann, "+49 30 12345678");
    // Without a country nobody knows whose number it is.
    let bob = world.contact("bob@example.com", &[segment]);
    world.phone(bob, "030 12345679");
    world.contact("cid@example.com", &[segment]);
    let dan = world.contact("", &[segment]);
    world.phone(dan, "+493012345680");
    world.suppress(dan);
    let id = story.draft().await;

    let draft = story.campaign(id).await;
    assert_eq!(draft["channel"], "sms");
    story.launch(id).await.expect(202);
    story.run_to_the_end().await;

    assert_eq!(world.received(), ["+493012345678"]);
    let counts = &story.campaign(id).await["launch"]["audience"];
    assert_eq!(
        *counts,
        json!({ "matching": 4, "reachable": 2, "will_receive": 1 })
    );
    let (spec, _) = world.batches().remove(0);
    assert_eq!(spec.channel, Channel::Sms);
}

#[tokio::test]
async fn a_notification_goes_to_each_device_and_each_is_accounted_for() {
    let story = story_of(Channel::Push).await;
    let (world, segment) = (&story.world, story.segment);
    let ann = world.contact("ann@example.com", &[segment]);
    world.device(ann, "phone:APA91b");
    world.device(ann, "tablet:APA91b");
    world.contact("bob@example.com", &[segment]);
    let id = story.draft().await;
    story.launch(id).await.expect(202);
    story.run_to_the_end().await;

    assert_eq!(world.received(), ["phone:APA91b", "tablet:APA91b"]);
    assert!(
        world
            .received()
            .iter()
            .all(|to| Address::on(Channel::Push, to).is_some())
    );
    let report = story
        .program
        .get(contracts::campaign::API_CAMPAIGN_REPORT.url(&id))
        .await
        .expect(200)
        .json();
    let sum = &report["reconciliation"];
    assert_eq!(
        (&sum["audience"], &sum["accepted"], &sum["without_address"]),
        (&json!(3), &json!(2), &json!(1)),
        "two devices, and somebody without one"
    );
}

#[tokio::test]
async fn a_text_without_a_way_to_leave_is_warned_of_and_its_cost_is_shown() {
    let story = story_of(Channel::Sms).await;
    let ann = story.world.contact("ann@example.com", &[story.segment]);
    story.world.phone(ann, "+493012345678");
    story
        .world
        .change_template(story.template, |template| template.has_unsubscribe_link = false);
    let id = story.draft().await;

    let page = story.person.get(CAMPAIGN.url(&id)).await.expect(200);
    let text = page.text();
    assert!(
        text.contains("The text does not say how to get no more of them"),
        "{text}"
    );
    assert!(
        text.contains("It travels in 2 parts. For 1 people that is 2 parts"),
        "{text}"
    );
    assert!(text.contains("people who have a phone number"), "{text}");
    assert!(!text.contains("unsubscribe link"), "{text}");
    assert_eq!(page.texts("iframe"), Vec::<String>::new());
    assert_eq!(page.texts(".phone-bubble").len(), 1);

    // It is a warning, and no more.
    story.launch(id).await.expect(202);
}

#[tokio::test]
async fn another_template_makes_it_a_campaign_of_another_channel() {
    let story = Story::with_people(1).await;
    let text = story.world.template("Text");
    story
        .world
        .change_template(text, |template| template.channel = Channel::Sms);
    let id = story.draft().await;
    assert_eq!(story.campaign(id).await["channel"], "email");

    let url = contracts::campaign::API_CAMPAIGN.url(&id);
    let patch = json!({ "template_id": text });
    story
        .program
        .json(http::Method::PATCH, url, &patch)
        .await
        .expect(200);

    assert_eq!(story.campaign(id).await["channel"], "sms");
    // Nobody has a number.
    story.launch(id).await.expect(422);
}
