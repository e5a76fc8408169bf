//! Putting many into a segment or taking them out, subscribing and unsubscribing many, and the way back.

use contracts::crm::{
    API_SEGMENT_MEMBERS, API_SEGMENTS, CONTACTS,
    consent::{API_CONTACT_CONSENTS, API_CONTACT_SUBSCRIPTIONS, API_DO_NOT_CONTACT, API_TOPICS},
    lists::{API_BULK_ACTION_UNDO, API_CONTACT_BULK, BULK_ACTIONS, BULK_REVIEW},
    segments::API_SEGMENT_OVERRIDES,
};
use http::Method;
use jiff::SignedDuration;
use kernel::{ContactId, SegmentId};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::crm;

struct Scene {
    app: TestApp,
}

impl Scene {
    async fn start() -> Self {
        Self { app: crm().await }
    }

    async fn make(&self, path: String, body: Value) -> Value {
        let made = self.app.program().json(Method::POST, path, &body).await;
        made.expect(201).json()
    }

    async fn contact(&self, name: &str, city: &str) -> ContactId {
        let body = json!({"email": format!("{name}@example.com"), "first_name": name, "city": city});
        let made = self.make("/api/v1/contacts".to_owned(), body).await;
        made["id"].as_str().unwrap().parse().unwrap()
    }

    async fn segment(&self, city: &str) -> SegmentId {
        let rule = json!({"field": "city", "operator": "is", "value": city});
        let made = self
            .make(API_SEGMENTS.url(), json!({"name": city, "rule": rule}))
            .await;
        self.app.run_until_idle().await;
        made["id"].as_str().unwrap().parse().unwrap()
    }

    async fn members(&self, segment: SegmentId) -> Vec<String> {
        let page = self.app.program().get(API_SEGMENT_MEMBERS.url(&segment)).await;
        let page = page.expect(200).json();
        let all = page["data"].as_array().unwrap();
        let mut names: Vec<String> = all
            .iter()
            .map(|m| m["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    async fn topic(&self, body: Value) -> String {
        self.make(API_TOPICS.url(), body).await["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn say(&self, contact: ContactId, topic: &str, state: &str) {
        let body = json!({"subscriptions": [{"topic": topic, "state": state, "basis": "contract",
            "text": "The order form", "confirmed": true}]});
        self.app
            .program()
            .json(Method::POST, API_CONTACT_SUBSCRIPTIONS.url(&contact), &body)
            .await
            .expect(200);
        self.app.clock.advance(SignedDuration::from_secs(1));
    }

    /// What is in the ledger, the newest first: action, basis, source, text.
    async fn ledger(&self, contact: ContactId) -> Vec<[String; 4]> {
        let page = self.app.program().get(API_CONTACT_CONSENTS.url(&contact)).await;
        let page = page.expect(200).json();
        let word = |entry: &Value, member: &str| entry[member].as_str().unwrap().to_owned();
        let all = page["data"].as_array().unwrap().iter();
        all.map(|e| {
            [
                word(e, "action"),
                word(e, "basis"),
                word(e, "source"),
                word(e, "text"),
            ]
        })
        .collect()
    }

    /// Where somebody stands with the only topic, when they said anything.
    async fn state(&self, contact: ContactId) -> Option<String> {
        let page = self
            .app
            .program()
            .get(API_CONTACT_SUBSCRIPTIONS.url(&contact))
            .await;
        let page = page.expect(200).json();
        let one = page["data"].as_array().unwrap().first()?;
        one["at"].as_str()?;
        Some(one["state"].as_str()?.to_owned())
    }

    /// Does it to everybody whom the list finds, as the list does.
    async fn act(&self, fields: &[(&str, &str)]) -> String {
        let fields = [&[("all", "1")], fields].concat();
        let url = self
            .app
            .person()
            .post(BULK_ACTIONS.url(), &fields)
            .await
            .expect(303)
            .location();
        self.app.run_until_idle().await;
        self.app.clock.advance(SignedDuration::from_secs(1));
        url
    }

    async fn figures(&self, url: &str) -> Vec<String> {
        self.app.person().get(url).await.expect(200).texts(".stat-value")
    }

    async fn undo(&self, url: &str) {
        self.app
            .person()
            .post(format!("{url}/undo"), &[])
            .await
            .expect(303);
        self.app.run_until_idle().await;
        self.app.clock.advance(SignedDuration::from_secs(1));
    }
}

fn words(entry: [&str; 4]) -> [String; 4] {
    entry.map(str::to_owned)
}

#[tokio::test]
async fn many_are_put_into_a_segment_and_out_of_it_and_given_back() {
    let scene = Scene::start().await;
    let ann = scene.contact("Ann", "Bonn").await;
    scene.contact("Bob", "Kiel").await;
    scene.contact("Cleo", "Rome").await;
    let bonn = scene.segment("Bonn").await;
    let out = json!({"exclude": [ann]});
    let overridden = scene
        .app
        .program()
        .json(Method::POST, API_SEGMENT_OVERRIDES.url(&bonn), &out)
        .await;
    overridden.expect(200);
    scene.app.run_until_idle().await;
    assert!(scene.members(bonn).await.is_empty());

    let id = bonn.to_string();
    let review = [("action", "add_to_segment"), ("all", "1")];
    let page = scene
        .app
        .person()
        .post(BULK_REVIEW.url(), &review)
        .await
        .expect(200);
    assert_eq!(
        page.attributes("select[name=segment] option", "value"),
        ["", id.as_str()]
    );
    let added = scene.act(&[("action", "add_to_segment"), ("segment", &id)]).await;
    assert_eq!(scene.figures(&added).await, ["3", "3", "0"]);
    assert_eq!(scene.members(bonn).await, ["Ann", "Bob", "Cleo"]);
    let again = scene.act(&[("action", "add_to_segment"), ("segment", &id)]).await;
    assert_eq!(
        scene.figures(&again).await,
        ["3", "0", "3"],
        "they are in already"
    );

    let kiel = "filter%5Bcity%5D=Kiel";
    let removed = scene
        .act(&[
            ("action", "remove_from_segment"),
            ("segment", &id),
            ("query", kiel),
        ])
        .await;
    assert_eq!(scene.members(bonn).await, ["Ann", "Cleo"]);
    scene.undo(&added).await;
    assert!(
        scene.members(bonn).await.is_empty(),
        "Ann is out by hand again, Cleo by the rule"
    );
    scene.undo(&removed).await;
    assert_eq!(
        scene.members(bonn).await,
        ["Bob"],
        "Bob was in by hand before that"
    );

    let page = scene
        .app
        .person()
        .post(BULK_ACTIONS.url(), &[review[0], review[1]])
        .await
        .expect(422);
    assert!(page.text().contains("Choose something here"));
}

#[tokio::test]
async fn many_are_subscribed_with_a_proof_but_for_those_who_said_no() {
    let scene = Scene::start().await;
    let topic = scene
        .topic(json!({"name": "News", "initial": "unsubscribed"}))
        .await;
    let (ann, bob) = (scene.contact("Ann", "").await, scene.contact("Bob", "").await);
    let (cleo, dan) = (scene.contact("Cleo", "").await, scene.contact("Dan", "").await);
    scene.say(bob, "news", "unsubscribed").await;
    scene.say(dan, "news", "subscribed").await;
    let blocked = API_DO_NOT_CONTACT.url(&cleo, &"email".to_owned());
    scene
        .app
        .program()
        .json(Method::PUT, &blocked, &json!({"note": "by phone"}))
        .await
        .expect(200);

    let fields = [("action", "subscribe"), ("all", "1"), ("topic", topic.as_str())];
    let page = scene
        .app
        .person()
        .post(BULK_ACTIONS.url(), &fields)
        .await
        .expect(422);
    assert!(
        page.text().contains("Choose something here"),
        "nothing is assumed of the right"
    );
    let fields = [
        ("action", "subscribe"),
        ("topic", topic.as_str()),
        ("basis", "consent"),
        ("text", "Signed at the fair"),
    ];
    let url = scene.act(&fields).await;
    assert_eq!(scene.figures(&url).await, ["4", "1", "3"]);
    assert_eq!(
        scene.ledger(ann).await,
        [words(["granted", "consent", "bulk", "Signed at the fair"])]
    );
    assert_eq!(scene.state(bob).await.as_deref(), Some("unsubscribed"));
    assert_eq!(scene.state(cleo).await, None);

    scene.undo(&url).await;
    assert_eq!(scene.state(ann).await.as_deref(), Some("unsubscribed"));
    assert_eq!(
        scene.ledger(ann).await[0],
        words(["withdrawn", "unknown", "bulk", ""]),
        "the ledger says that, too"
    );
    assert_eq!(
        scene.state(dan).await.as_deref(),
        Some("subscribed"),
        "that was not by this"
    );
}

#[tokio::test]
async fn many_are_unsubscribed_and_get_back_what_they_had_said() {
    let scene = Scene::start().await;
    let topic = scene
        .topic(json!({"name": "News", "initial": "unsubscribed"}))
        .await;
    let (ann, bob) = (scene.contact("Ann", "").await, scene.contact("Bob", "").await);
    let cleo = scene.contact("Cleo", "").await;
    scene.say(ann, "news", "subscribed").await;
    scene.say(cleo, "news", "subscribed").await;
    let url = scene.act(&[("action", "unsubscribe"), ("topic", &topic)]).await;
    assert_eq!(scene.figures(&url).await, ["3", "2", "1"]);
    assert_eq!(scene.state(ann).await.as_deref(), Some("unsubscribed"));
    assert_eq!(
        scene.state(bob).await,
        None,
        "who never said yes says nothing now"
    );

    scene.say(cleo, "news", "unsubscribed").await;
    scene.undo(&url).await;
    assert_eq!(scene.state(ann).await.as_deref(), Some("subscribed"));
    assert_eq!(
        scene.ledger(ann).await[0],
        words(["granted", "contract", "bulk", "The order form"]),
        "by the right and the words of before"
    );
    assert_eq!(
        scene.state(cleo).await.as_deref(),
        Some("unsubscribed"),
        "she has said no herself since"
    );
}

#[tokio::test]
async fn a_program_does_the_same() {
    let scene = Scene::start().await;
    let topic = scene
        .topic(json!({"name": "News", "initial": "unsubscribed"}))
        .await;
    let ann = scene.contact("Ann", "Bonn").await;
    let kiel = scene.segment("Kiel").await;
    let program = scene.app.program();
    let order = async |action: Value| {
        let body = json!({"action": action, "ids": [ann]});
        let answer = program.json(Method::POST, API_CONTACT_BULK.url(), &body).await;
        scene.app.run_until_idle().await;
        scene.app.clock.advance(SignedDuration::from_secs(1));
        answer
    };
    order(json!({"type": "add_to_segment", "segment": kiel}))
        .await
        .expect(202);
    assert_eq!(scene.members(kiel).await, ["Ann"]);
    let yes = json!({"type": "subscribe", "topic": topic, "basis": "legitimate_interest"});
    let started = order(yes).await.expect(202).json();
    assert_eq!(
        scene.ledger(ann).await[0][..3],
        words(["granted", "legitimate_interest", "bulk", ""])[..3]
    );
    let id = started["id"].as_str().unwrap().parse().unwrap();
    program
        .json(Method::POST, API_BULK_ACTION_UNDO.url(&id), &json!({}))
        .await
        .expect(202);
    scene.app.run_until_idle().await;
    assert_eq!(scene.state(ann).await.as_deref(), Some("unsubscribed"));

    for (action, field) in [
        (
            json!({"type": "add_to_segment", "segment": SegmentId::generate()}),
            "action/segment",
        ),
        (
            json!({"type": "subscribe", "topic": topic, "basis": "because"}),
            "action/basis",
        ),
        (
            json!({"type": "unsubscribe", "topic": topic, "channel": "sms"}),
            "action/channel",
        ),
    ] {
        let problem = order(action).await.expect(422).json();
        assert_eq!(problem["errors"][0]["pointer"], format!("#/{field}"), "{problem}");
    }
    let page = scene.app.person().get(CONTACTS.url()).await.expect(200);
    let offered = page.attributes(".bulk-bar button[name=action]", "value");
    for action in [
        "add_to_segment",
        "remove_from_segment",
        "subscribe",
        "unsubscribe",
    ] {
        assert!(offered.iter().any(|word| word == action), "{offered:?}");
    }
}
