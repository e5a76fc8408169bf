//! Events come in as Segment's, Parcelvoy's and Mautic's libraries send them, and become people,
//! timelines, companies and devices.

use bytes::Bytes;
use contracts::crm::events::{
    API_EVENTS, API_SOURCES, EVENT_LOG, EVENT_NAMES, IDENTITY_CONFLICTS, SOURCE_NEW,
};
use http::Method;
use kernel::Role;
use serde_json::{Value, json};
use testkit::{Client, TestApp, TestResponse};

use crate::support::{crm, id_of};

/// The program with a source.
struct Story {
    app: TestApp,
    key: String,
    id: String,
}

async fn story() -> Story {
    story_with(json!({"name": "Shop", "kind": "website"})).await
}

async fn story_with(source: Value) -> Story {
    let app = crm().await;
    let made = app
        .program()
        .json(Method::POST, API_SOURCES.url(), &source)
        .await
        .expect(201)
        .json();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Story {
        key: text("write_key"),
        id: text("id"),
        app,
    }
}

impl Story {
    /// A browser without a session.
    fn browser(&self) -> Client {
        self.app.stranger()
    }

    async fn send(&self, path: &str, mut body: Value) -> TestResponse {
        body["writeKey"] = self.key.as_str().into();
        self.browser().json(Method::POST, path, &body).await
    }

    async fn send_strictly(&self, path: &str, mut body: Value) -> TestResponse {
        body["writeKey"] = self.key.as_str().into();
        self.browser()
            .with("x-strict-mode", "1")
            .json(Method::POST, path, &body)
            .await
    }

    async fn contacts(&self) -> Vec<Value> {
        let page = self
            .app
            .program()
            .get("/api/v1/contacts?filter[visitors]=included")
            .await
            .expect(200)
            .json();
        page["data"].as_array().unwrap().clone()
    }

    async fn events(&self) -> Vec<Value> {
        let page = self.app.program().get(API_EVENTS.url()).await.expect(200).json();
        page["data"].as_array().unwrap().clone()
    }

    async fn names(&self) -> Vec<String> {
        self.events()
            .await
            .iter()
            .map(|e| e["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn what_somebody_does_stands_in_their_timeline() {
    let story = story().await;
    story
        .send(
            "/v1/identify",
            json!({"userId": "42", "traits": {"email": "Ann@Example.com", "firstName": "Ann"}}),
        )
        .await
        .expect(200);
    let answer = story
        .send("/v1/track", json!({"userId": "42", "event": "Order Completed", "properties": {"total": 9.5, "items": ["pen"]}}))
        .await
        .expect(200);
    assert_eq!(answer.json(), json!({"success": true}));

    let people = story.contacts().await;
    assert_eq!(people.len(), 1);
    assert_eq!(
        (&people[0]["email"], &people[0]["first_name"]),
        (&json!("ann@example.com"), &json!("Ann"))
    );
    assert_eq!(
        (&people[0]["external_id"], &people[0]["source"]),
        (&json!("42"), &json!("event"))
    );
    let page = story
        .app
        .person()
        .get(format!("/app/contacts/{}", people[0]["id"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(
        page.texts(".moment-line > span:first-child")[0],
        "Order Completed"
    );
    assert!(page.texts(".moment-detail")[0].contains("total: 9.5"));
    let events = story.events().await;
    assert_eq!(events[0]["properties"]["items"][0], "pen");
    assert_eq!(people[0]["last_active_at"], events[0]["occurred_at"]);
}

#[tokio::test]
async fn a_stranger_who_says_who_they_are_keeps_their_history() {
    let story = story().await;
    let known = story.app.program();
    known
        .json(
            Method::POST,
            "/api/v1/contacts",
            &json!({"email": "ann@example.com", "city": "Bonn"}),
        )
        .await
        .expect(201);
    let view = json!({"anonymousId": "browser-1", "name": "Prices", "properties": {"path": "/prices"},
                      "context": {"timezone": "Europe/Berlin", "locale": "de-DE"}});
    story.send("/v1/page", view).await.expect(200);
    assert_eq!(
        story.contacts().await.len(),
        2,
        "the visitor is a contact of their own"
    );
    story
        .send(
            "/v1/identify",
            json!({"anonymousId": "browser-1", "userId": "42", "traits": {"email": "ann@example.com"}}),
        )
        .await
        .expect(200);
    story.app.run_until_idle().await;

    let people = story.contacts().await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(
        (&people[0]["external_id"], &people[0]["city"]),
        (&json!("42"), &json!("Bonn"))
    );
    assert_eq!(
        people[0]["timezone"], "Europe/Berlin",
        "what the visitor told fills gaps"
    );
    let events = story.events().await;
    assert_eq!(
        (&events[0]["name"], &events[0]["contact_id"]),
        (&json!("page_view"), &people[0]["id"])
    );
    // The browser is theirs from now on.
    story
        .send(
            "/v1/track",
            json!({"anonymousId": "browser-1", "event": "Clicked"}),
        )
        .await
        .expect(200);
    assert_eq!(story.contacts().await.len(), 1);
}

#[tokio::test]
async fn two_people_who_are_known_are_never_merged_and_somebody_is_told() {
    let story = story().await;
    for (id, email) in [("1", "ann@example.com"), ("2", "bob@example.com")] {
        let browser = format!("browser-{id}");
        story
            .send(
                "/v1/identify",
                json!({"userId": id, "anonymousId": browser, "traits": {"email": email}}),
            )
            .await
            .expect(200);
    }
    story
        .send(
            "/v1/identify",
            json!({"userId": "1", "anonymousId": "browser-2", "traits": {"email": "bob@example.com"}}),
        )
        .await
        .expect(200);
    let people = story.contacts().await;
    assert_eq!(people.len(), 2);
    let emails: Vec<&str> = people.iter().map(|p| p["email"].as_str().unwrap()).collect();
    assert_eq!(emails, ["bob@example.com", "ann@example.com"]);

    let person = story.app.person();
    let page = person.get(EVENT_LOG.url()).await.expect(200).text();
    assert!(page.contains("identity conflicts wait for you"), "{page}");
    let conflicts = person.get(IDENTITY_CONFLICTS.url()).await.expect(200);
    assert_eq!(conflicts.texts("tbody tr").len(), 2);
    let contact = people[0]["id"].as_str().unwrap();
    let shown = person
        .get(format!("/app/contacts/{contact}"))
        .await
        .expect(200)
        .text();
    assert!(shown.contains("Perhaps the same person"));
    for action in conflicts.attributes("tbody form", "action") {
        person.post(action, &[]).await.expect(303);
    }
    assert!(
        person
            .get(IDENTITY_CONFLICTS.url())
            .await
            .text()
            .contains("No conflict waits")
    );
}

#[tokio::test]
async fn a_message_that_is_sent_again_counts_once() {
    let story = story().await;
    let message = json!({"type": "track", "userId": "42", "event": "Paid", "messageId": "m-1"});
    let batch = json!({"batch": [message, message]});
    story.send("/v1/batch", batch.clone()).await.expect(200);
    story.send("/v1/batch", batch).await.expect(200);
    assert_eq!(story.names().await, ["Paid"]);
    let log = story
        .app
        .person()
        .get(EVENT_LOG.with(&[("outcome", "repeated")]))
        .await
        .expect(200);
    assert_eq!(log.texts("tbody tr").len(), 3);
}

#[tokio::test]
async fn each_path_and_each_way_of_sending_is_understood() {
    let story = story().await;
    for (path, body) in [
        ("/v1/t", json!({"userId": "42", "event": "a"})),
        ("/v1/p", json!({"userId": "42"})),
        ("/v1/s", json!({"userId": "42", "name": "Home"})),
        ("/v1/i", json!({"userId": "42", "traits": {"firstName": "Ann"}})),
        ("/v1/g", json!({"userId": "42", "groupId": "acme"})),
        ("/v1/a", json!({"userId": "43", "previousId": "42"})),
        (
            "/v1/import",
            json!({"batch": [{"type": "track", "userId": "43", "event": "b"}]}),
        ),
    ] {
        story.send(path, body).await.expect(200);
    }
    let browser = story.browser();
    // As a beacon sends it.
    let beacon = json!({"writeKey": story.key, "batch": [{"type": "track", "userId": "42", "event": "c"}]});
    browser
        .send(
            Method::POST,
            "/v1/b",
            Some("text/plain;charset=UTF-8"),
            beacon.to_string().into(),
        )
        .await
        .expect(200);
    // Packed, with the key as the user of Basic.
    let basic = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        format!("{}:", story.key),
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(
        &mut packed,
        br#"{"batch":[{"type":"track","userId":"42","event":"d"}]}"#,
    )
    .unwrap();
    browser
        .clone()
        .with("authorization", &format!("Basic {basic}"))
        .with("content-encoding", "gzip")
        .with("x-strict-mode", "1")
        .send(
            Method::POST,
            "/v1/batch",
            Some("application/json"),
            packed.finish().unwrap().into(),
        )
        .await
        .expect(200);
    browser
        .send(Method::POST, "/v1/m", None, "{}".into())
        .await
        .expect(200);
    browser
        .send(Method::POST, "/v1/x", None, "{}".into())
        .await
        .expect(404);

    let mut names = story.names().await;
    names.sort();
    assert_eq!(names, ["a", "b", "c", "d", "page_view", "screen_view"]);
    let people = story.contacts().await;
    assert_eq!(
        people.len(),
        1,
        "42 is called 43 now, and the old name still leads there"
    );
    assert_eq!(people[0]["external_id"], "43");
}

#[tokio::test]
async fn answers_say_what_is_wrong_only_when_asked() {
    let story = story().await;
    let good = json!({"type": "track", "userId": "42", "event": "Good"});
    let mixed =
        json!({"batch": [good, {"type": "track", "event": "Nobody"}, {"type": "dance", "userId": "42"}]});
    story.send("/v1/batch", mixed.clone()).await.expect(200);
    let strict = story.send_strictly("/v1/batch", mixed).await.expect(400);
    assert_eq!(strict.header("content-type"), Some("application/problem+json"));
    let problem = strict.json();
    assert_eq!(
        (&problem["code"], &problem["accepted"]),
        (&json!("events_rejected"), &json!(1))
    );
    assert_eq!(problem["errors"][0]["pointer"], "#/batch/1");
    assert_eq!(problem["errors"][0]["code"], "missing_identity");
    assert_eq!(problem["errors"][1]["code"], "unknown_type");
    assert!(
        problem["errors"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("userId")
    );
    assert_eq!(story.names().await, ["Good", "Good"], "what was right is stored");

    let browser = story.browser();
    let strict = browser.clone().with("x-strict-mode", "1");
    let unknown = json!({"writeKey": "wk_live_nobody", "userId": "42", "event": "x"});
    browser
        .json(Method::POST, "/v1/track", &unknown)
        .await
        .expect(200);
    let refused = strict.json(Method::POST, "/v1/track", &unknown).await.expect(401);
    assert_eq!(refused.json()["code"], "unknown_write_key");
    for client in [&browser, &strict] {
        client
            .send(Method::POST, "/v1/track", None, Bytes::from_static(b"{"))
            .await
            .expect(400);
    }
    let large = vec![b'x'; 600 * 1024];
    browser
        .send(Method::POST, "/v1/batch", None, large.clone().into())
        .await
        .expect(400);
    strict
        .send(Method::POST, "/v1/batch", None, large.into())
        .await
        .expect(413);
    let bomb = {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packed, &vec![b' '; 20 * 1024 * 1024]).unwrap();
        packed.finish().unwrap()
    };
    let packed = strict.clone().with("content-encoding", "gzip");
    packed
        .send(Method::POST, "/v1/batch", None, bomb.into())
        .await
        .expect(413);
    let long =
        json!({"type": "track", "userId": "42", "event": "x", "properties": {"a": "x".repeat(40_000)}});
    let refused = story
        .send_strictly("/v1/batch", json!({"batch": [long]}))
        .await
        .expect(400)
        .json();
    assert_eq!(refused["errors"][0]["code"], "event_too_large");
}

#[tokio::test]
async fn a_source_that_is_switched_off_or_has_another_key_sends_no_more() {
    let mut story = story().await;
    let person = story.app.person();
    let page = format!("/app/settings/sources/{}", story.id);
    let event = json!({"userId": "42", "event": "x"});
    story.send("/v1/track", event.clone()).await.expect(200);
    person.post(format!("{page}/state"), &[]).await.expect(303);
    story.send_strictly("/v1/track", event.clone()).await.expect(400);
    assert!(
        person
            .get(EVENT_LOG.url())
            .await
            .text()
            .contains("The source is switched off.")
    );
    person
        .post(format!("{page}/state"), &[("enabled", "true")])
        .await
        .expect(303);
    story.send_strictly("/v1/track", event.clone()).await.expect(200);
    person.post(format!("{page}/key"), &[]).await.expect(303);
    story.send_strictly("/v1/track", event.clone()).await.expect(401);
    let shown = person.get(&page).await.expect(200);
    story.key = shown.texts(".copy-value code")[0].clone();
    story.send_strictly("/v1/track", event.clone()).await.expect(200);
    person.post(format!("{page}/deletion"), &[]).await.expect(303);
    story.send_strictly("/v1/track", event).await.expect(401);
    assert_eq!(story.names().await.len(), 3, "what it sent stays");
}

#[tokio::test]
async fn a_source_is_set_up_on_its_page() {
    let app = crm().await;
    let person = app.person();
    let wrong = person
        .post(
            SOURCE_NEW.url(),
            &[
                ("name", ""),
                ("kind", "website"),
                ("allowed_origins", "x"),
                ("events_per_second", "0"),
            ],
        )
        .await
        .expect(422);
    assert!(wrong.text().contains("Enter a name of at most 100 characters."));
    let page = person
        .post(
            SOURCE_NEW.url(),
            &[
                ("name", "Shop"),
                ("kind", "website"),
                ("consent_required", "true"),
                ("events_per_second", "100"),
            ],
        )
        .await
        .expect(303)
        .location();
    let shown = person.get(&page).await.expect(200);
    let key = shown.texts(".copy-value code")[0].clone();
    assert!(key.starts_with("wk_test_"), "{key}");
    let snippets = shown.texts(".code-block code").join("\n");
    assert!(snippets.contains("/mauntic.js") && snippets.contains(&key) && snippets.contains("data-consent"));
    let again = person
        .post(
            SOURCE_NEW.url(),
            &[("name", "shop"), ("kind", "server"), ("events_per_second", "100")],
        )
        .await
        .expect(422);
    assert!(again.text().contains("Another source has this name."));
    app.person_as(app.org, Role::Member).get(&page).await.expect(403);
    let other = app.organizations.add("Other Ltd");
    app.person_as(other, Role::Owner).get(&page).await.expect(404);
    assert_eq!(id_of(&page).len(), 30);
}

#[tokio::test]
async fn a_source_that_sends_too_much_is_told_to_wait() {
    let story = story_with(json!({"name": "Shop", "events_per_second": 1})).await;
    let event = |n: usize| json!({"type": "track", "userId": "42", "event": format!("e{n}")});
    // Ten seconds' worth may come at once, and a batch is never cut in two.
    let events: Vec<Value> = (0..100).map(event).collect();
    story
        .send("/v1/batch", json!({"batch": events}))
        .await
        .expect(200);
    let told = story
        .send("/v1/track", json!({"userId": "42", "event": "x"}))
        .await
        .expect(429);
    let seconds: u64 = told.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=300).contains(&seconds), "{seconds}");
    assert_eq!(story.names().await.len(), 100);
}

#[tokio::test]
async fn pages_of_other_sites_may_send_unless_the_source_names_its_own() {
    let story = story_with(json!({"name": "Shop", "allowed_origins": ["https://shop.example"]})).await;
    let event = json!({"writeKey": story.key, "userId": "42", "event": "x"});
    let from = |origin: &str| story.browser().with("origin", origin);
    let asked = from("https://shop.example")
        .send(Method::OPTIONS, "/v1/t", None, Bytes::new())
        .await
        .expect(204);
    assert_eq!(
        asked.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    let own = from("https://shop.example")
        .json(Method::POST, "/v1/t", &event)
        .await
        .expect(200);
    assert_eq!(
        own.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    from("https://evil.example")
        .json(Method::POST, "/v1/t", &event)
        .await
        .expect(200);
    assert_eq!(story.names().await, ["x"]);
    let log = story.app.person().get(EVENT_LOG.url()).await.text();
    assert!(log.contains("Pages of this origin may not send with this key."));
}

#[tokio::test]
async fn traits_go_to_fields_that_exist_and_make_others_only_where_allowed() {
    let story = story().await;
    let program = story.app.program();
    program
        .json(
            Method::POST,
            "/api/v1/fields",
            &json!({"key": "plan", "label": "Plan", "type": "text"}),
        )
        .await
        .expect(201);
    let traits = json!({"plan": "pro", "seats": 3, "address": {"city": "Bonn"}, "phone": "call me", "name": "Ann Smith"});
    story
        .send("/v1/identify", json!({"userId": "42", "traits": traits}))
        .await
        .expect(200);
    let ann = &story.contacts().await[0];
    assert_eq!(ann["attributes"], json!({"plan": "pro"}));
    assert_eq!(
        (&ann["city"], &ann["phone"], &ann["last_name"]),
        (&json!("Bonn"), &json!(""), &json!("Smith"))
    );
    let log = story.app.person().get(EVENT_LOG.url()).await.expect(200);
    let line = log.attributes("tbody th a", "href")[0].clone();
    let told = story.app.person().get(line).await.expect(200).text();
    assert!(
        told.contains("traits.seats: left out, since no field exists for it"),
        "{told}"
    );
    assert!(told.contains("traits.phone: left out, since it does not fit"));

    program
        .json(
            Method::PATCH,
            format!("/api/v1/sources/{}", story.id),
            &json!({"create_fields": true}),
        )
        .await
        .expect(200);
    story
        .send("/v1/identify", json!({"userId": "42", "traits": {"seats": 3}}))
        .await
        .expect(200);
    assert_eq!(
        story.contacts().await[0]["attributes"],
        json!({"plan": "pro", "seats": 3})
    );
    let fields = program.get("/api/v1/fields").await.json();
    let seats = fields["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["key"] == "seats")
        .unwrap();
    assert_eq!(
        (&seats["type"], &seats["label"]),
        (&json!("number"), &json!("Seats"))
    );
}

#[tokio::test]
async fn a_value_that_is_somebody_elses_holds_nobody_up() {
    let story = story().await;
    let program = story.app.program();
    let number = json!({"key": "member_no", "label": "Number", "type": "text", "unique_identifier": true});
    program
        .json(Method::POST, "/api/v1/fields", &number)
        .await
        .expect(201);
    story.app.run_until_idle().await;
    let ann = json!({"email": "ann@example.com", "attributes": {"member_no": "7"}});
    program
        .json(Method::POST, "/api/v1/contacts", &ann)
        .await
        .expect(201);
    story
        .send(
            "/v1/identify",
            json!({"userId": "42", "traits": {"memberNo": "7", "firstName": "Bob"}}),
        )
        .await
        .expect(200);
    let people = story.contacts().await;
    assert_eq!(people.len(), 2);
    assert_eq!(
        (&people[0]["first_name"], &people[0]["attributes"]),
        (&json!("Bob"), &json!({}))
    );
}

#[tokio::test]
async fn a_group_becomes_a_company_with_its_people() {
    let story = story().await;
    for user in ["1", "2"] {
        story
            .send(
                "/v1/group",
                json!({"userId": user, "groupId": "acme", "traits": {"name": "Acme Ltd"}}),
            )
            .await
            .expect(200);
    }
    story
        .send("/v1/group", json!({"userId": "1", "groupId": "other"}))
        .await
        .expect(200);
    let mut owner = story.app.database.owner().await;
    let told: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT r.name, count(*), count(*) FILTER (WHERE m.is_primary) \
         FROM crm.records AS r JOIN crm.record_contacts AS m ON m.record_id = r.id \
         GROUP BY r.id, r.name ORDER BY r.name DESC",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert_eq!(told, [("Acme Ltd".to_owned(), 2, 2), (String::new(), 1, 0)]);
}

#[tokio::test]
async fn devices_are_met_by_events_and_told_by_apps() {
    let story = story().await;
    let phone = json!({"device": {"id": "d-1", "type": "ios", "model": "iPhone15,2", "token": "push-1"},
                       "os": {"name": "iOS", "version": "17.4"}, "app": {"version": "2.1"}});
    story
        .send(
            "/v1/track",
            json!({"userId": "42", "event": "Opened App", "context": phone}),
        )
        .await
        .expect(200);
    let contact = story.contacts().await[0]["id"].as_str().unwrap().to_owned();
    let program = story.app.program();
    let path = format!("/api/v1/contacts/{contact}/devices");
    let devices = program.get(&path).await.expect(200).json();
    assert_eq!(
        (&devices["data"][0]["platform"], &devices["data"][0]["push_token"]),
        (&json!("ios"), &json!("push-1"))
    );
    let again = json!({"device_id": "d-1", "platform": "ios", "push_token": "push-2", "app_version": "2.2"});
    let device = program.json(Method::POST, &path, &again).await.expect(200).json();
    assert_eq!(
        (&device["push_token"], &device["model"]),
        (&json!("push-2"), &json!("iPhone15,2"))
    );
    program
        .json(
            Method::POST,
            &path,
            &json!({"device_id": "", "platform": "toaster"}),
        )
        .await
        .expect(422);

    let person = story.app.person();
    let page = person
        .get(format!("/app/contacts/{contact}"))
        .await
        .expect(200)
        .text();
    assert!(
        page.contains("iPhone15,2, iOS 17.4") && page.contains("App 2.2"),
        "{page}"
    );
    let id = device["id"].as_str().unwrap();
    let other = story.app.organizations.add("Other Ltd");
    let stranger = story.app.program_with(other, kernel::Permission::ALL);
    stranger
        .json(Method::DELETE, format!("{path}/{id}"), &json!({}))
        .await
        .expect(404);
    person
        .post(format!("/app/contacts/{contact}/devices/{id}/deletion"), &[])
        .await
        .expect(303);
    assert_eq!(program.get(&path).await.json()["data"], json!([]));
}

#[tokio::test]
async fn events_by_the_api_have_an_outcome_each() {
    let story = story().await;
    let program = story.app.program();
    let ann = program
        .json(
            Method::POST,
            "/api/v1/contacts",
            &json!({"email": "ann@example.com"}),
        )
        .await
        .json();
    let id = ann["id"].as_str().unwrap();
    let sent = json!([
        {"name": "By id", "contact_id": id, "message_id": "m"},
        {"name": "By address", "email": "Ann@example.com", "properties": {"n": 1}, "occurred_at": "2026-01-02T03:04:05Z"},
        {"name": "New", "external_id": "77"},
        {"name": "By id", "contact_id": id, "message_id": "m"},
        {"name": "Nobody"},
        {"name": "Gone", "contact_id": "con_01jd7x8n3qf3v8k2m4r6t9w0xz"},
        {"name": "email_opened", "contact_id": id},
    ]);
    let results = program
        .json(Method::POST, API_EVENTS.url(), &sent)
        .await
        .expect(200)
        .json();
    let told: Vec<(&str, Option<&str>)> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["status"].as_str().unwrap(), r["reason"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("accepted", None),
            ("accepted", None),
            ("accepted", None),
            ("repeated", None),
            ("rejected", Some("missing_identity")),
            ("rejected", Some("unknown_contact")),
            ("rejected", Some("reserved_event_name")),
        ]
    );
    let of_ann = program
        .get(API_EVENTS.with(&[("contact_id", id)]))
        .await
        .expect(200)
        .json();
    assert_eq!(of_ann["data"].as_array().unwrap().len(), 2);
    let named = program
        .get(API_EVENTS.with(&[("name", "By address")]))
        .await
        .expect(200)
        .json();
    assert_eq!(named["data"][0]["occurred_at"], "2026-01-02T03:04:05Z");
    let since = program
        .get(API_EVENTS.with(&[("since", "2026-06-01T00:00:00Z")]))
        .await
        .expect(200)
        .json();
    assert_eq!(since["data"].as_array().unwrap().len(), 2);
    let first = program.get(API_EVENTS.with(&[("limit", "2")])).await.json();
    let next = program
        .get(API_EVENTS.with(&[("limit", "2"), ("cursor", first["next_cursor"].as_str().unwrap())]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (next["data"].as_array().unwrap().len(), &next["has_more"]),
        (1, &json!(false))
    );
    program
        .get(API_EVENTS.with(&[("since", "yesterday")]))
        .await
        .expect(422);
    program
        .json(Method::POST, API_EVENTS.url(), &json!({"nam": "x"}))
        .await
        .expect(422);
    let one = program
        .json(
            Method::POST,
            API_EVENTS.url(),
            &json!({"name": "One", "anonymous_id": "b"}),
        )
        .await;
    assert_eq!(one.expect(200).json()["results"][0]["status"], "accepted");
    let reader = story
        .app
        .program_with(story.app.org, &[kernel::Permission::EventsRead]);
    reader
        .json(Method::POST, API_EVENTS.url(), &sent)
        .await
        .expect(403);
    let other = story.app.organizations.add("Other Ltd");
    let stranger = story.app.program_with(other, kernel::Permission::ALL);
    assert_eq!(stranger.get(API_EVENTS.url()).await.json()["data"], json!([]));
}

#[tokio::test]
async fn apps_with_parcelvoys_libraries_go_on_sending() {
    let story = story_with(json!({"name": "App", "kind": "mobile"})).await;
    let app = story
        .browser()
        .with("authorization", &format!("Bearer {}", story.key));
    let post = |call: &str, body: Value| {
        let (app, path) = (app.clone(), format!("/api/client/{call}"));
        async move { app.json(Method::POST, path, &body).await }
    };
    post(
        "events",
        json!([{"name": "opened", "anonymous_id": "a-1", "data": {"n": 1}}]),
    )
    .await
    .expect(204);
    post("alias", json!({"anonymous_id": "a-1", "external_id": "42"}))
        .await
        .expect(204);
    post(
        "identify",
        json!({"external_id": "42", "email": "ann@example.com", "timezone": "Europe/Berlin"}),
    )
    .await
    .expect(204);
    post(
        "devices",
        json!({"external_id": "42", "device_id": "d", "token": "t", "os": "android", "model": "Pixel",
                           "app_build": "1", "app_version": "1.0"}),
    )
    .await
    .expect(204);
    post(
        "segment",
        json!([{"type": "track", "event": "bought", "userId": "42", "anonymousId": "a-1"}]),
    )
    .await
    .expect(204);
    let people = story.contacts().await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(
        (&people[0]["email"], &people[0]["timezone"]),
        (&json!("ann@example.com"), &json!("Europe/Berlin"))
    );
    let mut names = story.names().await;
    names.sort();
    assert_eq!(names, ["bought", "opened"]);
    let path = format!("/api/v1/contacts/{}/devices", people[0]["id"].as_str().unwrap());
    assert_eq!(
        story.app.program().get(path).await.json()["data"][0]["push_token"],
        "t"
    );
    post("identify", json!({"external_id": "42", "surprise": 1}))
        .await
        .expect(422);
    post("events", json!([{"name": "nobody"}])).await.expect(422);
    story
        .browser()
        .json(Method::POST, "/api/client/events", &json!([]))
        .await
        .expect(401);
}

#[tokio::test]
async fn sites_with_mautics_snippet_go_on_sending() {
    let story = story_with(json!({"name": "Old site", "kind": "mautic"})).await;
    let browser = story
        .browser()
        .with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0");
    let seen = browser
        .post(
            "/mtc/event",
            &[
                ("page_url", "https://x.example/a"),
                ("page_title", "A"),
                ("email", "ann@example.com"),
            ],
        )
        .await
        .expect(200);
    let told = seen.json();
    assert_eq!(told["success"], 1);
    let device = told["device_id"].as_str().unwrap().to_owned();
    assert!(
        seen.header("set-cookie")
            .unwrap()
            .starts_with("mautic_device_id=")
    );
    let pixel = browser
        .clone()
        .also_cookie(&format!("mautic_device_id={device}"))
        .get("/mtracking.gif?page_url=https%3A%2F%2Fx.example%2Fb")
        .await
        .expect(200);
    assert_eq!(pixel.header("content-type"), Some("image/gif"));
    let people = story.contacts().await;
    assert_eq!(people.len(), 1, "one browser is one visitor");
    assert_eq!(people[0]["email"], Value::Null, "anybody could say any address");
    let met = browser
        .clone()
        .also_cookie(&format!("mautic_device_id={device}"))
        .get("/mtc")
        .await
        .expect(200)
        .json();
    assert_eq!(met["id"], people[0]["id"]);
    let urls: Vec<Value> = story
        .events()
        .await
        .iter()
        .map(|e| e["properties"]["url"].clone())
        .collect();
    assert_eq!(urls.len(), 2);
    assert!(urls.contains(&json!("https://x.example/b")));
    let program = story.app.program();
    for (key, public) in [("hobby", true), ("secret", false)] {
        let field = json!({"key": key, "label": key, "type": "text", "publicly_updatable": public});
        program
            .json(Method::POST, "/api/v1/fields", &field)
            .await
            .expect(201);
    }
    browser
        .post(
            "/mtc/event",
            &[
                ("mautic_device_id", device.as_str()),
                ("page_url", "https://x.example/c"),
                ("hobby", "chess"),
                ("secret", "x"),
            ],
        )
        .await
        .expect(200);
    assert_eq!(story.contacts().await[0]["attributes"], json!({"hobby": "chess"}));
    let bot = story.browser().with("user-agent", "Googlebot/2.1");
    assert_eq!(
        bot.post("/mtc/event", &[("page_url", "https://x.example")])
            .await
            .expect(200)
            .json(),
        json!({"success": 0})
    );
    let script = browser
        .get(format!("/mtc.js?key={}", story.key))
        .await
        .expect(200)
        .text();
    assert!(script.contains(&story.key) && script.contains("/mtc/event"));
    let hostile = browser.get("/mtc.js?key=';alert(1)//").await.expect(200).text();
    assert!(!hostile.contains("alert"));
}

#[tokio::test]
async fn the_debugger_shows_what_came_as_text() {
    let story = story().await;
    let hostile = "<script>alert(1)</script>";
    story
        .send(
            "/v1/track",
            json!({"userId": hostile, "event": hostile, "properties": {hostile: hostile}}),
        )
        .await
        .expect(200);
    story
        .send("/v1/track", json!({"event": "Nobody's"}))
        .await
        .expect(200);
    let person = story.app.person();
    let page = person.get(EVENT_LOG.url()).await.expect(200);
    assert!(!page.text().contains(hostile));
    assert_eq!(page.texts("tbody tr").len(), 2);
    let live = page.attributes("#event-log", "hx-get")[0].clone();
    assert_eq!(
        person
            .clone()
            .htmx()
            .get(&live)
            .await
            .expect(200)
            .texts("tbody tr")
            .len(),
        2
    );
    let rejected = person
        .get(EVENT_LOG.with(&[("outcome", "rejected")]))
        .await
        .expect(200);
    assert_eq!(rejected.texts("tbody tr").len(), 1);
    assert!(rejected.text().contains("does not say whose it is"));
    let line = page.attributes("tbody th a", "href")[1].clone();
    let raw = person.get(&line).await.expect(200);
    assert!(!raw.text().contains(hostile));
    assert!(raw.texts(".code-block code")[0].contains("alert(1)"));
    let contact = story.contacts().await[0]["id"].as_str().unwrap().to_owned();
    assert!(
        !person
            .get(format!("/app/contacts/{contact}"))
            .await
            .expect(200)
            .text()
            .contains(hostile)
    );
    let other = story.app.organizations.add("Other Ltd");
    story
        .app
        .person_as(other, Role::Owner)
        .get(&line)
        .await
        .expect(404);
}

#[tokio::test]
async fn the_debugger_forgets_what_is_old_and_more_than_500() {
    let story = story().await;
    for round in 0..6 {
        let batch: Vec<Value> = (0..100)
            .map(|n| json!({"type": "track", "event": format!("e{round}-{n}"), "userId": "42"}))
            .collect();
        story.send("/v1/batch", json!({"batch": batch})).await.expect(200);
    }
    story.app.run_until_idle().await;
    let mut owner = story.app.database.owner().await;
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.event_log")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(kept, 500);
}

#[tokio::test]
async fn names_of_events_are_counted_with_what_they_carry() {
    let story = story().await;
    for total in [json!(9.5), json!("9.5")] {
        story
            .send(
                "/v1/track",
                json!({"userId": "42", "event": "Paid", "properties": {"total": total, "cart": {"id": 1}}}),
            )
            .await
            .expect(200);
    }
    story
        .send("/v1/track", json!({"userId": "42", "event": "Left"}))
        .await
        .expect(200);
    story.app.run_until_idle().await;
    let names = story
        .app
        .program()
        .get("/api/v1/event-names")
        .await
        .expect(200)
        .json();
    let paid = &names["data"][0];
    assert_eq!((&paid["name"], &paid["count"]), (&json!("Paid"), &json!(2)));
    assert_eq!(
        paid["properties"],
        json!({"total": ["number", "text"], "cart.id": ["number"]})
    );
    let page = story.app.person().get(EVENT_NAMES.url()).await.expect(200);
    assert_eq!(page.texts("tbody th"), ["Paid", "Left"]);
}

#[tokio::test]
async fn many_at_once_who_mean_the_same_visitor_make_one() {
    let story = story().await;
    let sends = (0..40).map(|n| {
        story.send(
            "/v1/track",
            json!({"anonymousId": "browser-1", "userId": "42", "event": format!("e{n}")}),
        )
    });
    for answer in futures::future::join_all(sends).await {
        answer.expect(200);
    }
    assert_eq!(story.contacts().await.len(), 1);
    assert_eq!(story.names().await.len(), 40);
}

#[tokio::test]
async fn a_program_that_says_it_is_one_makes_no_visitor() {
    let story = story().await;
    let bot = story
        .browser()
        .with("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)");
    let view = json!({"writeKey": story.key, "anonymousId": "b"});
    bot.json(Method::POST, "/v1/page", &view).await.expect(200);
    assert!(story.contacts().await.is_empty());
    let page = story.app.person().get(EVENT_LOG.url()).await.expect(200);
    assert!(page.texts("tbody .badge").contains(&"Bot".to_owned()));
}

#[tokio::test]
async fn while_the_database_is_away_senders_are_told_to_come_again() {
    let story = story().await;
    let event = json!({"userId": "42", "event": "x"});
    story.send("/v1/track", event.clone()).await.expect(200);
    story.app.deps.db.close().await;
    let told = story.send("/v1/track", event).await.expect(503);
    assert_eq!(told.header("retry-after"), Some("5"));
}

#[tokio::test]
async fn segments_library_is_told_where_to_send() {
    let story = story().await;
    let told = story
        .browser()
        .get(format!("/v1/projects/{}/settings", story.key))
        .await
        .expect(200)
        .json();
    assert_eq!(told["integrations"]["Segment.io"]["apiKey"], story.key.as_str());
    assert!(
        told["integrations"]["Segment.io"]["apiHost"]
            .as_str()
            .unwrap()
            .ends_with("/v1")
    );
    story
        .browser()
        .get("/v1/projects/wk_live_nobody/settings")
        .await
        .expect(404);
    let script = story.browser().get("/mauntic.js").await.expect(200);
    assert!(
        script
            .header("content-type")
            .unwrap()
            .starts_with("text/javascript")
    );
    assert!(script.body.len() <= 3072, "{} bytes", script.body.len());
}

#[tokio::test]
async fn a_deleted_contact_leaves_nothing_of_what_was_met() {
    let story = story().await;
    story
        .send(
            "/v1/track",
            json!({"userId": "42", "anonymousId": "b", "event": "Secret",
            "context": {"userAgent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/127.0"}}),
        )
        .await
        .expect(200);
    let contact = story.contacts().await[0]["id"].as_str().unwrap().to_owned();
    story
        .app
        .person()
        .post(format!("/app/contacts/{contact}/deletion"), &[])
        .await
        .expect(303);
    story.app.run_until_idle().await;
    let mut owner = story.app.database.owner().await;
    for table in [
        "events",
        "contact_identifiers",
        "devices",
        "event_log",
        "identity_conflicts",
    ] {
        let left: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM crm.{table}")))
            .fetch_one(&mut owner)
            .await
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
}
