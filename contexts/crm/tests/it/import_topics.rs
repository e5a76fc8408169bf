//! Files that say what people want to be written to about, with the proof of it.

use contracts::crm::{
    IMPORT_NEW, IMPORTS,
    consent::{API_CONTACT_CONSENTS, API_CONTACT_SUBSCRIPTIONS, API_DO_NOT_CONTACT, API_TOPICS},
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Clock, ContactId};
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use crate::support::crm;

const PROOF: [(&str, &str); 2] = [
    ("consent_basis", "consent"),
    ("consent_text", "Signed the list at the fair"),
];

struct Scene {
    app: TestApp,
}

impl Scene {
    /// With the topics News and Offers.
    async fn start() -> Self {
        let scene = Self { app: crm().await };
        for name in ["News", "Offers"] {
            let body = json!({"name": name, "initial": "unsubscribed", "consent_text": "Yes."});
            let made = scene
                .app
                .program()
                .json(Method::POST, API_TOPICS.url(), &body)
                .await;
            made.expect(201);
        }
        scene
    }

    async fn send(&self, file: &str, columns: &[&str], fields: &[(&str, &str)]) -> (String, TestResponse) {
        let person = self.app.person();
        let url = person
            .upload(IMPORT_NEW.url(), "file", "people.csv", file.as_bytes())
            .await
            .expect(303)
            .location();
        let names: Vec<String> = (0..columns.len()).map(|n| format!("column_{n}")).collect();
        let mut form: Vec<(&str, &str)> = names
            .iter()
            .map(String::as_str)
            .zip(columns.iter().copied())
            .collect();
        form.extend(fields);
        let answer = person.post(format!("{url}/mapping"), &form).await;
        self.app.run_until_idle().await;
        (url, answer)
    }

    async fn import(&self, file: &str, columns: &[&str], fields: &[(&str, &str)]) -> String {
        let fields = [&PROOF[..], fields, &[("then", "start")]].concat();
        let (url, answer) = self.send(file, columns, &fields).await;
        answer.expect(303);
        self.app.clock.advance(SignedDuration::from_secs(1));
        url
    }

    async fn id(&self, email: &str) -> ContactId {
        let path = format!("/api/v1/contacts?q={email}");
        let found = self.app.program().get(path).await.expect(200).json();
        found["data"][0]["id"].as_str().unwrap().parse().unwrap()
    }

    async fn ledger(&self, email: &str) -> Vec<Value> {
        let url = API_CONTACT_CONSENTS.url(&self.id(email).await);
        let page = self.app.program().get(url).await.expect(200).json();
        page["data"].as_array().unwrap().clone()
    }

    /// Topics and states, by the names of the topics.
    async fn states(&self, email: &str) -> Vec<(String, String)> {
        let url = API_CONTACT_SUBSCRIPTIONS.url(&self.id(email).await);
        let page = self.app.program().get(url).await.expect(200).json();
        let topics = self.app.program().get(API_TOPICS.url()).await.expect(200).json();
        let name = |id: &Value| {
            let topics = topics["data"].as_array().unwrap();
            let topic = topics.iter().find(|topic| topic["id"] == *id).unwrap();
            topic["name"].as_str().unwrap().to_owned()
        };
        let mut states: Vec<(String, String)> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["at"].is_string())
            .map(|one| (name(&one["topic_id"]), one["state"].as_str().unwrap().to_owned()))
            .collect();
        states.sort();
        states
    }

    async fn say(&self, email: &str, topic: &str, state: &str) {
        let body = json!({"subscriptions": [{"topic": topic, "state": state, "basis": "consent"}]});
        let url = API_CONTACT_SUBSCRIPTIONS.url(&self.id(email).await);
        self.app
            .program()
            .json(Method::POST, url, &body)
            .await
            .expect(200);
        self.app.clock.advance(SignedDuration::from_secs(1));
    }

    async fn figures(&self, url: &str) -> Vec<String> {
        self.app.person().get(url).await.expect(200).texts(".stat-value")
    }
}

fn owned(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[tokio::test]
async fn nobody_is_subscribed_by_a_file_without_a_proof() {
    let scene = Scene::start().await;
    let (file, columns) = ("e,n\nann@example.com,yes\n", ["email", "topic:news"]);
    for (proof, said) in [
        (&[][..], "Say by what right you write to the people of this file."),
        (
            &[("consent_basis", "unknown"), ("consent_text", "x")],
            "Say by what right",
        ),
        (
            &[("consent_basis", "consent")],
            "Say what the people of this file agreed to and where",
        ),
    ] {
        let fields = [proof, &[("then", "start")]].concat();
        let (_, answer) = scene.send(file, &columns, &fields).await;
        let page = answer.expect(422);
        assert!(page.text().contains(said), "{}", page.text());
    }
    let found = scene
        .app
        .program()
        .get("/api/v1/contacts")
        .await
        .expect(200)
        .json();
    assert!(
        found["data"].as_array().unwrap().is_empty(),
        "nobody was imported either"
    );

    let gone = scene
        .send(file, &["email", "topic:old"], &PROOF)
        .await
        .1
        .expect(422);
    assert!(gone.text().contains("goes to a topic that does not exist"));
}

#[tokio::test]
async fn each_subscription_of_a_file_stands_in_the_ledger_with_its_proof() {
    let scene = Scene::start().await;
    let columns = ["email", "topic:news", "topics", "consent_at", "consent_ip"];
    let file = "email,news,all,when,ip\n\
        ann@example.com,yes,,2026-01-02 10:00:00,203.0.113.77\n\
        bob@example.com,no,Offers,,\n\
        cleo@example.com,,news|Offers,,\n\
        dan@example.com,perhaps,,,\n\
        eve@example.com,,Sport,,\n\
        fay@example.com,yes,,,somewhere\n";
    let (checked, answer) = scene
        .send(file, &columns, &[&PROOF[..], &[("then", "check")]].concat())
        .await;
    answer.expect(303);
    assert_eq!(
        scene.figures(&checked).await,
        ["3", "0", "0", "3", "4", "0"],
        "the dry run says so"
    );
    let url = scene.import(file, &columns, &[]).await;
    assert_eq!(scene.figures(&url).await, ["3", "0", "0", "3", "4", "0"]);

    let ledger = scene.ledger("ann@example.com").await;
    assert_eq!(ledger.len(), 1);
    for (member, value) in [
        ("action", "granted"),
        ("basis", "consent"),
        ("text", "Signed the list at the fair"),
        ("source", "import"),
        ("at", "2026-01-02T10:00:00Z"),
        ("ip", "203.0.113.0"),
    ] {
        assert_eq!(ledger[0][member], value, "{member}");
    }
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("Offers", "subscribed")])
    );
    assert_eq!(
        scene.states("cleo@example.com").await,
        owned(&[("News", "subscribed"), ("Offers", "subscribed")])
    );
    let report = scene
        .app
        .person()
        .get(format!("{url}/errors.csv"))
        .await
        .expect(200)
        .text();
    for code in ["not_a_boolean", "unknown_topic", "not_an_ip"] {
        assert!(report.contains(&format!("\"{code}\"")), "{report}");
    }
    let mut owner = scene.app.database.owner().await;
    let sources: Vec<Option<uuid::Uuid>> = sqlx::query_scalar("SELECT DISTINCT source_id FROM crm.consents")
        .fetch_all(&mut owner)
        .await
        .unwrap();
    let import: kernel::ImportId = url.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(sources, [Some(import.uuid())]);
}

#[tokio::test]
async fn who_opted_out_is_imported_but_not_subscribed_again() {
    let scene = Scene::start().await;
    let people = "e\nann@example.com\nbob@example.com\ncleo@example.com\ndan@example.com\n";
    scene.import(people, &["email"], &[]).await;
    for email in ["ann@example.com", "bob@example.com"] {
        scene.say(email, "news", "unsubscribed").await;
    }
    let blocked = API_DO_NOT_CONTACT.url(&scene.id("cleo@example.com").await, &"email".to_owned());
    scene
        .app
        .program()
        .json(Method::PUT, &blocked, &json!({"note": "by phone"}))
        .await
        .expect(200);
    scene.app.clock.advance(SignedDuration::from_secs(60));
    let later = scene.app.clock.now().strftime("%Y-%m-%d %H:%M:%S").to_string();
    scene.app.clock.advance(SignedDuration::from_secs(60));

    let file = format!(
        "e,c,n,w,d\nann@example.com,Bonn,yes,2026-01-01 00:00:00,\nbob@example.com,Bonn,yes,{later},\n\
         cleo@example.com,Bonn,yes,{later},\ndan@example.com,Bonn,yes,,\neve@example.com,Bonn,yes,,yes\n"
    );
    let columns = ["email", "city", "topic:news", "consent_at", "do_not_email"];
    let url = scene.import(&file, &columns, &[]).await;
    assert_eq!(scene.figures(&url).await, ["1", "4", "0", "0", "2", "3"]);
    assert_eq!(
        scene.states("ann@example.com").await,
        owned(&[("News", "unsubscribed")])
    );
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("News", "subscribed")]),
        "he agreed since"
    );
    assert_eq!(scene.states("cleo@example.com").await, owned(&[]));
    assert_eq!(
        scene.states("eve@example.com").await,
        owned(&[]),
        "the same row says both"
    );
    let page = scene.app.person().get(&url).await.expect(200);
    let cells = page.texts("tbody td, tbody th");
    assert!(
        cells.iter().any(|cell| cell.starts_with("Unsubscribed, and")),
        "{cells:?}"
    );
    assert_eq!(
        cells
            .iter()
            .filter(|cell| cell.as_str() == "Is not to be contacted.")
            .count(),
        2
    );

    // Without a time nobody knows which came later.
    let (file, columns) = ("e,n\nann@example.com,yes\n", ["email", "topic:news"]);
    let url = scene.import(file, &columns, &[]).await;
    assert_eq!(scene.figures(&url).await, ["0", "0", "1", "0", "0", "1"]);
}

#[tokio::test]
async fn a_topic_with_double_opt_in_asks_unless_people_have_confirmed_already() {
    let scene = Scene::start().await;
    let body = json!({"name": "Tips", "initial": "unsubscribed", "double_opt_in": true});
    scene
        .app
        .program()
        .json(Method::POST, API_TOPICS.url(), &body)
        .await
        .expect(201);
    let columns = ["email", "topics"];
    scene.import("e,t\nann@example.com,Tips\n", &columns, &[]).await;
    assert_eq!(
        scene.states("ann@example.com").await,
        owned(&[("Tips", "pending")])
    );
    scene
        .import(
            "e,t\nann@example.com,Tips\nbob@example.com,tips\n",
            &columns,
            &[("consent_confirmed", "true")],
        )
        .await;
    assert_eq!(
        scene.states("ann@example.com").await,
        owned(&[("Tips", "subscribed")])
    );
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("Tips", "subscribed")])
    );
}

#[tokio::test]
async fn an_import_that_is_taken_back_withdraws_what_it_subscribed() {
    let scene = Scene::start().await;
    scene
        .import("e\nann@example.com\nbob@example.com\n", &["email"], &[])
        .await;
    scene.say("bob@example.com", "news", "subscribed").await;
    let columns = ["email", "topics"];
    let file = "e,t\nann@example.com,News|Offers\nbob@example.com,News\ncleo@example.com,News\n";
    let url = scene.import(file, &columns, &[]).await;
    assert_eq!(scene.figures(&url).await, ["1", "1", "1", "0", "3", "0"]);
    scene
        .app
        .person()
        .post(format!("{url}/undo"), &[])
        .await
        .expect(303);
    scene.app.run_until_idle().await;
    assert_eq!(
        scene.states("ann@example.com").await,
        owned(&[("News", "unsubscribed"), ("Offers", "unsubscribed")])
    );
    let ledger = scene.ledger("ann@example.com").await;
    let said: Vec<(&str, &str)> = ledger
        .iter()
        .map(|entry| {
            (
                entry["action"].as_str().unwrap(),
                entry["source"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("withdrawn", "import"),
            ("withdrawn", "import"),
            ("granted", "import"),
            ("granted", "import")
        ]
    );
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("News", "subscribed")]),
        "he had said so before"
    );
    let gone = scene
        .app
        .program()
        .get("/api/v1/contacts?q=cleo@example.com")
        .await
        .expect(200)
        .json();
    assert!(gone["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn rules_of_columns_hold_for_topics_and_templates_keep_the_proof() {
    let scene = Scene::start().await;
    scene
        .import("e\nann@example.com\nbob@example.com\n", &["email"], &[])
        .await;
    scene.say("bob@example.com", "news", "subscribed").await;
    let columns = ["email", "topic:news"];
    let file = "Mail,Newsletter\nann@example.com,yes\nbob@example.com,no\ncleo@example.com,yes\n";
    let keep = [
        ("rule_1", "fill_empty"),
        ("template_name", "Fair"),
        ("then", "keep_template"),
    ];
    scene
        .send(file, &columns, &[&PROOF[..], &keep].concat())
        .await
        .1
        .expect(303);

    let person = scene.app.person();
    let url = person
        .upload(IMPORT_NEW.url(), "file", "next.csv", file.as_bytes())
        .await
        .expect(303)
        .location();
    let page = person.get(&url).await.expect(200);
    let targets = page.attributes("#mapping select[name^=column_] option[selected]", "value");
    assert_eq!(targets, ["email", "topic:news"]);
    assert_eq!(
        page.attributes("select[name=consent_basis] option[selected]", "value"),
        ["consent"]
    );
    person.post(format!("{url}/start"), &[]).await.expect(303);
    scene.app.run_until_idle().await;
    assert_eq!(
        scene.states("ann@example.com").await,
        owned(&[("News", "subscribed")])
    );
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("News", "subscribed")]),
        "only who said nothing"
    );
    assert_eq!(
        scene.states("cleo@example.com").await,
        owned(&[("News", "subscribed")])
    );
    scene.app.clock.advance(SignedDuration::from_secs(1));
    scene.import("e,n\nbob@example.com,no\n", &columns, &[]).await;
    assert_eq!(
        scene.states("bob@example.com").await,
        owned(&[("News", "unsubscribed")])
    );
}

#[tokio::test]
async fn a_program_needs_a_proof_as_well() {
    let scene = Scene::start().await;
    let file = "a,b\nann@example.com,News\n";
    let send = async |query: &str| {
        let path = format!("/api/v1/imports?columns=email,topics{query}");
        let answer = scene
            .app
            .program()
            .send(Method::POST, &path, Some("text/csv"), file.into())
            .await;
        scene.app.run_until_idle().await;
        answer
    };
    let problem = send("").await.expect(422).json();
    assert_eq!(problem["errors"][0]["code"], "consent_basis_missing", "{problem}");
    let problem = send("&consent_basis=contract").await.expect(422).json();
    assert_eq!(problem["errors"][0]["pointer"], "#/consent_text", "{problem}");
    let started = send("&consent_basis=contract&consent_text=The%20terms")
        .await
        .expect(202)
        .json();
    let path = format!("/api/v1/imports/{}", started["id"].as_str().unwrap());
    let import = scene.app.program().get(path).await.expect(200).json();
    assert_eq!(
        (&import["subscribed"], &import["skipped"]),
        (&json!(1), &json!(0))
    );
    let ledger = scene.ledger("ann@example.com").await;
    assert_eq!(
        (&ledger[0]["basis"], &ledger[0]["text"]),
        (&json!("contract"), &json!("The terms"))
    );
    scene.app.person().get(IMPORTS.url()).await.expect(200);
}
