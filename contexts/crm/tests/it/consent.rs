//! Topics, consent and its ledger, do-not-contact.

use std::sync::Arc;

use contracts::{
    crm::{
        CrmEvent,
        consent::{
            API_CONTACT_CONSENTS, API_CONTACT_SUBSCRIPTIONS, API_DO_NOT_CONTACT, API_DO_NOT_CONTACTS,
            API_TOPIC, API_TOPICS, CONTACT_CONSENT, CONTACT_DO_NOT_CONTACT, CONTACT_SUBSCRIPTION, Channel,
            Consents, TOPIC_DELETION, TOPIC_NEW, TOPIC_POSITION, TOPICS, Withdrawal,
        },
    },
    identity::Organizations,
};
use crm::Crm;
use http::Method;
use kernel::{ContactId, TopicId};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::crm;

struct Scene {
    app: TestApp,
    consents: Arc<dyn Consents>,
}

impl Scene {
    async fn start() -> Self {
        let mut consents = None;
        let app = TestApp::start(&["crm"], |deps, organizations| {
            let organizations: Arc<dyn Organizations> = organizations.clone();
            let crm = Crm::new(deps, organizations);
            consents = Some(crm.consents());
            vec![crm.module()]
        })
        .await;
        Self {
            app,
            consents: consents.expect("the module was made"),
        }
    }

    async fn topic(&self, body: Value) -> TopicId {
        let made = self
            .app
            .program()
            .json(Method::POST, API_TOPICS.url(), &body)
            .await
            .expect(201);
        made.json()["id"].as_str().unwrap().parse().unwrap()
    }

    async fn contact(&self, name: &str) -> ContactId {
        let body = json!({"email": format!("{name}@example.com"), "phone": "+49 30 1234567"});
        let made = self
            .app
            .program()
            .json(Method::POST, "/api/v1/contacts", &body)
            .await
            .expect(201);
        made.json()["id"].as_str().unwrap().parse().unwrap()
    }

    async fn say(&self, contact: ContactId, statement: Value) -> testkit::TestResponse {
        let body = json!({"subscriptions": [statement]});
        self.app
            .program()
            .json(Method::POST, API_CONTACT_SUBSCRIPTIONS.url(&contact), &body)
            .await
    }

    async fn ledger(&self, contact: ContactId) -> Vec<Value> {
        let page = self
            .app
            .program()
            .get(API_CONTACT_CONSENTS.url(&contact))
            .await
            .expect(200)
            .json();
        page["data"].as_array().unwrap().clone()
    }

    async fn refused(&self, topic: Option<TopicId>, contacts: &[ContactId]) -> Vec<ContactId> {
        let mut refused = self
            .consents
            .wishes(self.app.org, Channel::Email, topic, contacts)
            .await
            .unwrap()
            .refused;
        refused.sort();
        refused
    }

    async fn facts(&self) -> Vec<CrmEvent> {
        let mut owner = self.app.database.owner().await;
        let payloads: Vec<Value> =
            sqlx::query_scalar("SELECT payload FROM platform.outbox WHERE topic = 'crm' ORDER BY xid, seq")
                .fetch_all(&mut owner)
                .await
                .unwrap();
        payloads
            .into_iter()
            .map(|p| serde_json::from_value(p).unwrap())
            .collect()
    }
}

fn opt_in(name: &str) -> Value {
    json!({"name": name, "initial": "unsubscribed", "consent_text": "Yes, write to me about it."})
}

#[tokio::test]
async fn what_a_contact_said_is_kept_with_its_proof_and_never_changed() {
    let scene = Scene::start().await;
    let topic = scene.topic(opt_in("Product news")).await;
    let ann = scene.contact("ann").await;

    let yes = json!({"topic": "product_news", "state": "subscribed", "basis": "consent", "ip": "203.0.113.77",
        "at": "2026-01-02T10:00:00Z"});
    let now = scene.say(ann, yes).await.expect(200).json();
    assert_eq!(
        (now["data"][0]["state"].as_str(), now["data"][0]["at"].as_str()),
        (Some("subscribed"), Some("2026-01-02T10:00:00Z"))
    );
    scene
        .say(ann, json!({"topic": topic.to_string(), "state": "unsubscribed"}))
        .await
        .expect(200);

    let ledger = scene.ledger(ann).await;
    assert_eq!(ledger.len(), 2, "{ledger:?}");
    assert_eq!(ledger[0]["action"], "withdrawn");
    let proof = &ledger[1];
    assert_eq!(
        (proof["action"].as_str(), proof["basis"].as_str()),
        (Some("granted"), Some("consent"))
    );
    assert_eq!(proof["text"], "Yes, write to me about it.");
    assert_eq!(
        (proof["text_version"].as_str(), proof["purpose"].as_str()),
        (Some("1"), Some("Product news"))
    );
    assert_eq!(
        (proof["ip"].as_str(), proof["actor"].as_str()),
        (Some("203.0.113.0"), Some("api_key"))
    );
    let told = scene.facts().await;
    assert!(
        told.iter().any(
            |fact| matches!(fact, CrmEvent::ConsentsRecorded { action, contacts, .. }
            if action == "granted" && contacts == &[ann])
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn of_two_statements_the_later_one_holds_in_whatever_order_they_arrive() {
    let scene = Scene::start().await;
    scene.topic(opt_in("News")).await;
    let ann = scene.contact("ann").await;
    scene
        .say(
            ann,
            json!({"topic": "news", "state": "unsubscribed", "at": "2026-03-01T00:00:00Z"}),
        )
        .await
        .expect(200);
    let now = scene
        .say(
            ann,
            json!({"topic": "news", "state": "subscribed", "at": "2026-02-01T00:00:00Z"}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(now["data"][0]["state"], "unsubscribed");
    assert_eq!(scene.ledger(ann).await.len(), 2);
}

#[tokio::test]
async fn who_may_be_written_to_follows_topic_consent_pause_and_do_not_contact() {
    let scene = Scene::start().await;
    let (news, offers) = (
        scene.topic(opt_in("News")).await,
        scene
            .topic(json!({"name": "Offers", "initial": "subscribed"}))
            .await,
    );
    let (ann, bob, cleo) = (
        scene.contact("ann").await,
        scene.contact("bob").await,
        scene.contact("cleo").await,
    );
    let all = [ann, bob, cleo];
    scene
        .say(ann, json!({"topic": "news", "state": "subscribed"}))
        .await
        .expect(200);
    scene
        .say(ann, json!({"topic": "offers", "state": "unsubscribed"}))
        .await
        .expect(200);
    let mut but_ann = vec![bob, cleo];
    but_ann.sort();
    assert_eq!(scene.refused(Some(news), &all).await, but_ann);
    assert_eq!(scene.refused(Some(offers), &all).await, [ann]);
    assert_eq!(scene.refused(None, &all).await, []);

    let bobs = API_DO_NOT_CONTACT.url(&bob, &"email".to_owned());
    scene
        .app
        .program()
        .json(Method::PUT, &bobs, &json!({"note": "asked by phone"}))
        .await
        .expect(200);
    assert_eq!(scene.refused(None, &all).await, [bob]);

    let stranger = ContactId::generate();
    assert_eq!(
        scene.refused(None, &[stranger]).await,
        [stranger],
        "who is gone is not written to"
    );
    assert_eq!(
        scene.refused(Some(TopicId::generate()), &[ann]).await,
        [ann],
        "nor about what is gone"
    );
}

#[tokio::test]
async fn do_not_contact_is_set_and_lifted_with_a_log_and_told_to_delivery() {
    let scene = Scene::start().await;
    let ann = scene.contact("ann").await;
    let person = scene.app.person();
    let url = CONTACT_DO_NOT_CONTACT.url(&ann);
    let set = [
        ("channel", "email"),
        ("wish", "set"),
        ("reason", "manual"),
        ("note", "called us"),
    ];
    person.post(&url, &set).await.expect(303);
    person
        .post(
            &url,
            &[("channel", "sms"), ("wish", "set"), ("reason", "unsubscribed")],
        )
        .await
        .expect(303);
    let found = scene
        .app
        .program()
        .get(API_DO_NOT_CONTACTS.url(&ann))
        .await
        .expect(200)
        .json();
    let told: Vec<_> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["channel"].as_str().unwrap(), one["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("email", "manual"), ("sms", "unsubscribed")]);
    // Without a reason nothing is lifted.
    person
        .post(&url, &[("channel", "email"), ("wish", "lift"), ("note", " ")])
        .await
        .expect(303);
    assert_eq!(scene.refused(None, &[ann]).await, [ann]);

    person
        .post(
            &url,
            &[
                ("channel", "email"),
                ("wish", "lift"),
                ("note", "wants mail again"),
            ],
        )
        .await
        .expect(303);

    assert_eq!(scene.refused(None, &[ann]).await, []);
    let page = person.get(CONTACT_CONSENT.url(&ann)).await.expect(200);
    assert!(page.text().contains("wants mail again") && page.text().contains("called us"));
    let facts = scene.facts().await;
    let emails = |fact: &CrmEvent| match fact {
        CrmEvent::DoNotContactSet {
            reason, addresses, ..
        } if !addresses.is_empty() => Some(format!("set {reason}")),
        CrmEvent::DoNotContactLifted { addresses, .. } if !addresses.is_empty() => Some("lifted".to_owned()),
        _ => None,
    };
    let told: Vec<String> = facts.iter().filter_map(emails).collect();
    // The number is told as well: it stands on delivery's list like an address.
    assert_eq!(told, ["set manual", "set unsubscribed", "lifted"]);
}

#[tokio::test]
async fn an_operator_takes_down_what_somebody_said_and_must_say_by_what_right() {
    let scene = Scene::start().await;
    let topic = scene.topic(opt_in("News")).await.to_string();
    let ann = scene.contact("ann").await;
    let person = scene.app.person();
    let url = CONTACT_SUBSCRIPTION.url(&ann);
    let form = |basis: &'static str| {
        [
            ("topic", topic.clone()),
            ("channel", "email".to_owned()),
            ("state", "subscribed".to_owned()),
            ("basis", basis.to_owned()),
            ("text", "On paper at the fair".to_owned()),
        ]
    };
    let send = |fields: [(&'static str, String); 5]| {
        let (person, url) = (person.clone(), url.clone());
        async move {
            let fields: Vec<(&str, &str)> = fields
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            person.post(&url, &fields).await
        }
    };
    let page = send(form("")).await.expect(422);
    assert!(
        page.texts("textarea[name=text]")[0].contains("On paper"),
        "what was typed stays"
    );
    assert!(scene.ledger(ann).await.is_empty());

    send(form("legitimate_interest")).await.expect(303);

    let ledger = scene.ledger(ann).await;
    assert_eq!(
        (
            ledger[0]["basis"].as_str(),
            ledger[0]["source"].as_str(),
            ledger[0]["text"].as_str()
        ),
        (
            Some("legitimate_interest"),
            Some("user"),
            Some("On paper at the fair")
        )
    );
    let card = person
        .get(format!("/app/contacts/{ann}"))
        .await
        .expect(200)
        .text();
    assert!(
        card.contains("News") && card.contains("Contact page"),
        "the contact's page shows where they stand"
    );
}

#[tokio::test]
async fn topics_are_made_ordered_changed_and_deleted() {
    let app = crm().await;
    let person = app.person();
    let empty = person.get(TOPICS.url()).await.expect(200);
    assert_eq!(empty.texts(".empty-title"), ["No topics yet"]);
    for name in ["News", "Offers", "Events"] {
        let form = [
            ("name", name),
            ("channels", "email"),
            ("initial", "unsubscribed"),
            ("public", "true"),
        ];
        person.post(TOPIC_NEW.url(), &form).await.expect(303);
    }
    let refused = person
        .post(
            TOPIC_NEW.url(),
            &[("name", "News"), ("channels", "email"), ("initial", "subscribed")],
        )
        .await;
    assert_eq!(
        refused.expect(422).attributes("[aria-invalid=true]", "name"),
        ["key"]
    );
    let bad = person
        .post(TOPIC_NEW.url(), &[("name", ""), ("initial", "subscribed")])
        .await
        .expect(422);
    assert!(
        bad.attributes("[aria-invalid=true]", "name")
            .contains(&"name".to_owned())
    );

    let list = app.program().get(API_TOPICS.url()).await.expect(200).json();
    let ids: Vec<TopicId> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["id"].as_str().unwrap().parse().unwrap())
        .collect();
    person
        .post(TOPIC_POSITION.url(&ids[2]), &[("to", "up")])
        .await
        .expect(303);
    assert_eq!(names(&app).await, ["News", "Events", "Offers"]);

    let patched = app
        .program()
        .json(
            Method::PATCH,
            API_TOPIC.url(&ids[0]),
            &json!({"consent_text": "Other words", "position": 2}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (patched["text_version"].as_i64(), patched["position"].as_i64()),
        (Some(2), Some(2))
    );

    let asked = person.get(TOPIC_DELETION.url(&ids[0])).await.expect(200);
    assert!(
        asked.text().contains("people are subscribed"),
        "the consequences are shown first"
    );
    assert_eq!(names(&app).await.len(), 3);
    person.post(TOPIC_DELETION.url(&ids[0]), &[]).await.expect(303);
    assert_eq!(names(&app).await, ["Events", "Offers"]);
    app.program().get(API_TOPIC.url(&ids[0])).await.expect(404);
}

async fn names(app: &TestApp) -> Vec<String> {
    let list = app.program().get(API_TOPICS.url()).await.expect(200).json();
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn statements_that_cannot_be_are_refused_and_change_nothing() {
    let scene = Scene::start().await;
    scene.topic(opt_in("News")).await;
    let ann = scene.contact("ann").await;
    for (bad, pointer) in [
        (json!({"topic": "nope", "state": "subscribed"}), "topic"),
        (json!({"topic": "news", "state": "pending"}), "state"),
        (
            json!({"topic": "news", "state": "subscribed", "channel": "sms"}),
            "channel",
        ),
        (
            json!({"topic": "news", "state": "subscribed", "basis": "because"}),
            "basis",
        ),
        (
            json!({"topic": "news", "state": "subscribed", "ip": "here"}),
            "ip",
        ),
        (
            json!({"topic": "news", "state": "subscribed", "at": "2999-01-01T00:00:00Z"}),
            "at",
        ),
    ] {
        let answer = scene.say(ann, bad).await.expect(422).text();
        assert!(answer.contains(&format!("subscriptions/0/{pointer}")), "{answer}");
    }
    assert!(scene.ledger(ann).await.is_empty());
    scene
        .say(
            ContactId::generate(),
            json!({"topic": "news", "state": "subscribed"}),
        )
        .await
        .expect(404);
    let unknown = API_DO_NOT_CONTACT.url(&ann, &"pigeon".to_owned());
    scene
        .app
        .program()
        .json(Method::PUT, &unknown, &json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn another_organisation_sees_nothing_of_it() {
    let scene = Scene::start().await;
    let topic = scene.topic(opt_in("News")).await;
    let ann = scene.contact("ann").await;
    scene
        .say(ann, json!({"topic": "news", "state": "subscribed"}))
        .await
        .expect(200);
    let other = scene.app.organizations.add("Other Ltd");
    let program = scene.app.program_with(other, kernel::Permission::ALL);
    program.get(API_TOPIC.url(&topic)).await.expect(404);
    program.get(API_CONTACT_CONSENTS.url(&ann)).await.expect(404);
    program.get(API_CONTACT_SUBSCRIPTIONS.url(&ann)).await.expect(404);
    let refused = scene
        .consents
        .wishes(other, Channel::Email, None, &[ann])
        .await
        .unwrap()
        .refused;
    assert_eq!(refused, [ann]);
}

#[tokio::test]
async fn a_link_leaves_one_topic_or_everything_and_takes_it_back() {
    let scene = Scene::start().await;
    let topic = scene
        .topic(json!({"name": "News", "initial": "subscribed"}))
        .await;
    let ann = scene.contact("ann").await;
    let said = |topic| Withdrawal {
        contact: ann,
        topic,
        channel: Channel::Email,
        source: "unsubscribe_link",
        message: None,
        ip: "203.0.113.0".to_owned(),
    };
    let org = scene.app.org;
    scene.consents.withdraw(org, &[said(Some(topic))]).await.unwrap();
    assert_eq!(scene.refused(Some(topic), &[ann]).await, [ann]);
    assert_eq!(scene.refused(None, &[ann]).await, []);
    scene.consents.withdraw(org, &[said(None)]).await.unwrap();
    assert_eq!(scene.refused(None, &[ann]).await, [ann]);
    scene.consents.grant_again(org, &[said(None)]).await.unwrap();
    assert_eq!(scene.refused(None, &[ann]).await, []);
    let ledger = scene.ledger(ann).await;
    let told: Vec<_> = ledger
        .iter()
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("granted", "unsubscribe_link"),
            ("withdrawn", "unsubscribe_link"),
            ("withdrawn", "unsubscribe_link")
        ]
    );
}

#[tokio::test]
async fn a_contact_comes_with_its_topics_when_asked_for() {
    let scene = Scene::start().await;
    scene.topic(opt_in("News")).await;
    let ann = scene.contact("ann").await;
    scene
        .say(ann, json!({"topic": "news", "state": "subscribed"}))
        .await
        .expect(200);
    let program = scene.app.program();
    let one = program
        .get(format!("/api/v1/contacts/{ann}?include=topics"))
        .await
        .expect(200)
        .json();
    assert_eq!(one["topics"][0]["state"], "subscribed");
    let list = program
        .get("/api/v1/contacts?include=topics")
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"][0]["topics"][0]["topic"], "news");
    let plain = program
        .get(format!("/api/v1/contacts/{ann}"))
        .await
        .expect(200)
        .json();
    assert!(plain.get("topics").is_none());
}
