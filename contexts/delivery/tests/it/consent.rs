//! Consent at the attempt, and leaving one topic by the link in its mail.

use contracts::{
    crm::consent::Frequency,
    delivery::{DeliveryEvent, Stream},
};
use http::Method;
use jiff::SignedDuration;
use kernel::{ContactId, TopicId};
use platform::Worker;
use serde_json::json;

use crate::{
    authoring_app::{AuthoringApp, Sent, path},
    post_office::{PostOffice, intent},
};

#[tokio::test]
async fn whoever_leaves_a_topic_after_the_launch_gets_nothing_of_it() {
    let office = PostOffice::open().await;
    let topic = office.consents.topic("News");
    let batch = office.batch_about(topic).await;
    office.add(batch, 3).await;
    let leaver = office.contact("p1@example.com").await;
    office.consents.leave(leaver, Some(topic));

    office.send().await;

    assert_eq!(
        office.attempts("p1@example.com").await,
        [(Some("not_sent".to_owned()), None)]
    );
    assert_eq!(
        (
            office.count(batch, "accepted").await,
            office.count(batch, "suppressed").await
        ),
        (2, 1)
    );
    office.assert_conserved(batch).await;
    let inbox = office.app.program().get("/api/v1/inbox").await.expect(200).json();
    let to: Vec<&str> = inbox["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| mail["to"].as_str().unwrap())
        .collect();
    assert!(to.len() == 2 && !to.contains(&"p1@example.com"), "{to:?}");
}

#[tokio::test]
async fn leaving_one_topic_does_not_stop_another() {
    let office = PostOffice::open().await;
    let (news, offers) = (office.consents.topic("News"), office.consents.topic("Offers"));
    let batch = office.batch_about(news).await;
    office.add(batch, 1).await;
    let reader = office.contact("p0@example.com").await;
    office.consents.leave(reader, Some(offers));

    office.send().await;

    assert_eq!(office.count(batch, "accepted").await, 1);
}

#[tokio::test]
async fn whoever_wants_one_mail_a_week_gets_one_of_two_that_are_sent_in_the_same_instant() {
    let office = PostOffice::open().await;
    let reader = ContactId::generate();
    let once_a_week = Frequency { most: 1, days: 7 };
    office.consents.limit(reader, once_a_week);
    let mut batches = Vec::new();
    for _ in 0..2 {
        let batch = office.batch(Stream::Marketing).await;
        let mut intent = intent(batch, "ann@example.com");
        intent.contact.id = reader;
        office.intake().add(batch.org, batch.id, &[intent]).await.unwrap();
        office.add(batch, 1).await;
        batches.push(batch);
    }

    let (one, two) = (office.engine(), office.engine());
    let (a, b) = tokio::join!(one.drain(), two.drain());
    a.expect("it works");
    b.expect("it works");

    let mut ends = Vec::new();
    for batch in &batches {
        office.assert_conserved(*batch).await;
        ends.push((
            office.count(*batch, "accepted").await,
            office.count(*batch, "suppressed").await,
        ));
    }
    ends.sort();
    assert_eq!(ends, [(1, 1), (2, 0)], "everybody else gets both");
    let reasons: Vec<String> =
        sqlx::query_scalar("SELECT reason FROM delivery.messages WHERE state = 'suppressed'")
            .fetch_all(&mut office.app.database.owner().await)
            .await
            .unwrap();
    assert_eq!(reasons, ["frequency"]);

    // A receipt is no marketing, and a week later there is room again.
    for (stream, days) in [(Stream::Transactional, 0), (Stream::Marketing, 8)] {
        office.app.clock.advance(SignedDuration::from_hours(24 * days));
        let batch = office.batch(stream).await;
        let mut intent = intent(batch, "ann@example.com");
        intent.contact.id = reader;
        office.intake().add(batch.org, batch.id, &[intent]).await.unwrap();
        office.send().await;
        assert_eq!(office.count(batch, "accepted").await, 1, "{stream:?}");
    }
}

#[tokio::test]
async fn a_receipt_needs_no_consent() {
    let office = PostOffice::open().await;
    let batch = office.batch(Stream::Transactional).await;
    office.add(batch, 1).await;
    let reader = office.contact("p0@example.com").await;
    office.consents.leave(reader, None);

    office.send().await;

    assert_eq!(office.count(batch, "accepted").await, 1);
}

#[tokio::test]
async fn while_nobody_can_say_who_may_be_written_to_nothing_is_sent_and_nothing_is_lost() {
    let office = PostOffice::open().await;
    let batch = office.campaign(3).await;
    office.consents.fail(true);
    let engine = office.engine();
    let trying = tokio::spawn(async move { platform::Worker::drain(&engine).await });
    office.consents.could_not_say().await;
    assert_eq!(office.count(batch, "accepted").await, 0);

    office.consents.fail(false);

    trying.await.unwrap().expect("the engine works");
    office.send().await;
    assert_eq!(office.count(batch, "accepted").await, 3);
    office.assert_conserved(batch).await;
}

/// A mail about a topic, and the link in it.
struct Letter {
    app: AuthoringApp,
    topic: TopicId,
    sent: Sent,
    contact: contracts::crm::ContactSnapshot,
}

impl Letter {
    async fn arrive() -> Self {
        let app = AuthoringApp::start().await;
        let topic = app.consents.topic("Product news");
        *app.topic.lock().unwrap() = Some(topic);
        let new = json!({ "name": "News", "kind": "html", "subject": "S",
            "body": "<a href=\"{{ unsubscribe_url }}\">No more</a> <a href=\"{{ preferences_url }}\">Choose</a>" });
        let made = app
            .app
            .program()
            .json(Method::POST, "/api/v1/templates", &new)
            .await
            .expect(201)
            .json();
        let version = made["version_id"].as_str().unwrap().parse().unwrap();
        let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
        let sent = app.sent_message(version, &contact).await;
        Self {
            app,
            topic,
            sent,
            contact,
        }
    }

    fn url(&self) -> String {
        let org = self.app.app.org;
        let signer = &self.app.signer;
        path(&signer.unsubscribe_url(org, self.sent.message, self.contact.id, Some(self.topic)))
    }

    async fn suppressed(&self) -> Vec<String> {
        let mut owner = self.app.app.database.owner().await;
        sqlx::query_scalar("SELECT reason FROM delivery.suppressions")
            .fetch_all(&mut owner)
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_mail_carries_the_link_of_its_topic_and_of_the_preference_centre() {
    let letter = Letter::arrive().await;
    letter.app.app.run_until_idle().await;
    let id = letter.sent.message;
    let mail = letter
        .app
        .app
        .program()
        .get(format!("/api/v1/inbox/{id}"))
        .await
        .expect(200)
        .json();
    let shown = mail.to_string();
    assert!(shown.contains(&letter.url()), "{shown}");
    let preferences = letter
        .app
        .signer
        .preferences_url(letter.app.app.org, letter.contact.id);
    assert!(shown.contains(&preferences), "{shown}");
}

#[tokio::test]
async fn one_click_leaves_the_topic_of_the_mail_and_nothing_else() {
    let letter = Letter::arrive().await;
    let reader = letter.app.app.stranger();
    let page = reader.get(letter.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["No more of “Product news”?"]);
    assert!(
        !letter.app.consents.has_left(letter.contact.id, letter.topic),
        "looking changes nothing"
    );

    for _ in 0..2 {
        reader
            .post(letter.url(), &[("List-Unsubscribe", "One-Click")])
            .await
            .expect(200);
    }

    assert!(letter.app.consents.has_left(letter.contact.id, letter.topic));
    assert!(letter.suppressed().await.is_empty());
    let told = letter.app.facts().await;
    assert!(
        matches!(told.as_slice(), [DeliveryEvent::ContactsUnsubscribed { messages, .. }]
            if messages[0].contact == letter.contact.id),
        "{told:?}"
    );
    let page = reader.get(letter.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["You are unsubscribed from “Product news”"]);

    reader
        .post(letter.url(), &[("wish", "resubscribe")])
        .await
        .expect(303);
    assert!(!letter.app.consents.has_left(letter.contact.id, letter.topic));
}

#[tokio::test]
async fn from_the_page_of_a_topic_everything_can_be_left() {
    let letter = Letter::arrive().await;
    let reader = letter.app.app.stranger();
    reader
        .post(letter.url(), &[("wish", "everything")])
        .await
        .expect(303);
    assert_eq!(letter.suppressed().await, ["unsubscribed"]);
    let page = reader.get(letter.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["You are unsubscribed"]);
}
