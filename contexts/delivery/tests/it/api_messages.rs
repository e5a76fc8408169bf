//! Messages that programs hand over by the API.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contracts::crm::consent::{DataSubject, PersonalData};
use delivery::interface::personal_data::Recipients;
use http::Method;
use kernel::{ContactId, EmailAddress};
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};

use crate::authoring_app::AuthoringApp;

const MESSAGES: &str = "/api/v1/messages";

fn code(to: Value) -> Value {
    json!({
        "content": {
            "subject": "Code {{ data.code }} for {{ contact.first_name|default('you') }}",
            "body": "<p>Your code is <b>{{ data.code }}</b>. <a href=\"https://shop.example/in\">Sign in</a></p>",
        },
        "to": to,
        "data": { "code": "none" },
    })
}

impl AuthoringApp {
    async fn send(&self, body: &Value) -> Vec<Value> {
        let answer = self.app.program().json(Method::POST, MESSAGES, body).await;
        answer.expect(202).json()["data"].as_array().unwrap().clone()
    }

    /// The field and the word of each mistake.
    async fn refused(&self, body: &Value) -> Vec<(String, String)> {
        let answer = self.app.program().json(Method::POST, MESSAGES, body).await;
        let problem = answer.expect(422).json();
        let errors = problem["errors"].as_array().unwrap();
        let text = |error: &Value, field: &str| error[field].as_str().unwrap_or_default().to_owned();
        errors
            .iter()
            .map(|error| (text(error, "pointer"), text(error, "code")))
            .collect()
    }

    async fn source_of(&self, id: &str) -> String {
        let path = format!("/app/inbox/{id}/source.eml");
        self.app.person().get(path).await.expect(200).text()
    }
}

#[tokio::test]
async fn a_message_written_in_the_call_reaches_contacts_and_strangers_with_their_own_data() {
    let app = AuthoringApp::start().await;
    let zoe = app.contacts.add(app.app.org, "Zoe", "zoe@example.com");
    let to = json!([
        { "contact_id": zoe.id, "data": { "code": "111" } },
        { "email": "stranger@example.com", "data": { "code": "222" } },
        { "email": "ZOE@example.com" },
    ]);
    let taken = app.send(&code(to)).await;
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|message| message["repeated"] == false));
    let mut inbox = app.inbox().await;
    inbox.sort();
    assert_eq!(
        inbox,
        [
            ("stranger@example.com".to_owned(), "Code 222 for you".to_owned()),
            ("zoe@example.com".to_owned(), "Code 111 for Zoe".to_owned()),
            ("zoe@example.com".to_owned(), "Code none for Zoe".to_owned()),
        ]
    );
    let id = taken[0]["id"].as_str().unwrap();
    let events = app.app.program().get(format!("{MESSAGES}/{id}/events")).await;
    let events = events.expect(200).json();
    let kinds: Vec<&str> = events["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["taken_in", "attempted", "accepted"]);
}

#[tokio::test]
async fn files_and_header_fields_arrive_as_they_were_sent() {
    let app = AuthoringApp::start().await;
    let bytes: Vec<u8> = (0..=255).collect();
    let mut body = code(json!([{ "email": "ann@example.com" }]));
    body["attachments"] = json!([
        { "filename": "Rechnung Nº 7.pdf", "content_type": "application/pdf", "content": STANDARD.encode(&bytes) },
    ]);
    body["headers"] = json!({ "X-Order": "7" });
    body["reply_to"] = json!("orders@shop.example");
    let taken = app.send(&body).await;
    app.app.run_until_idle().await;
    let source = app.source_of(taken[0]["id"].as_str().unwrap()).await;
    let message = MessageParser::default().parse(source.as_bytes()).unwrap();
    let file = message.attachments().next().expect("it has a file");
    assert_eq!(file.attachment_name(), Some("Rechnung Nº 7.pdf"));
    assert_eq!(file.contents(), bytes);
    assert_eq!(message.header_raw("X-Order").map(str::trim), Some("7"));
    assert_eq!(
        message
            .reply_to()
            .and_then(|to| to.first())
            .and_then(|one| one.address()),
        Some("orders@shop.example")
    );
}

#[tokio::test]
async fn a_key_is_sent_once_for_ever_and_so_is_a_call_with_a_key() {
    let app = AuthoringApp::start().await;
    let to = json!([{ "email": "ann@example.com", "idempotency_key": "order-1" }]);
    let first = app.send(&code(to.clone())).await;
    let second = app.send(&code(to)).await;
    assert_eq!(first[0]["id"], second[0]["id"]);
    assert_eq!(second[0]["repeated"], true);

    let call = app.app.program().with("idempotency-key", "call-1");
    let body = code(json!([{ "email": "bob@example.com" }, { "email": "cid@example.com" }]));
    let one = call.json(Method::POST, MESSAGES, &body).await.expect(202).json();
    // The answer that was kept is lost, as after a crash between taking in and answering.
    let mut owner = app.app.database.owner().await;
    sqlx::query("DELETE FROM platform.idempotency_keys")
        .execute(&mut owner)
        .await
        .unwrap();
    let two = call.json(Method::POST, MESSAGES, &body).await.expect(202).json();
    assert_eq!(one["data"][1]["id"], two["data"][1]["id"]);
    assert_eq!(two["data"][1]["repeated"], true);
    assert_eq!(app.inbox().await.len(), 3);
}

#[tokio::test]
async fn nothing_is_sent_when_anything_is_wrong_and_every_mistake_is_named() {
    let app = AuthoringApp::start().await;
    let file = |name: &str, content: &str| json!({ "filename": name, "content_type": "text/plain", "content": content });
    let mut body = code(json!([
        { "email": "ann@example.com" },
        { "email": "nobody" },
        { "email": "ann@example.com", "contact_id": ContactId::generate() },
        {},
    ]));
    body["headers"] = json!({ "Bcc": "eve@example.com", "X-Fine": "yes" });
    body["attachments"] = json!([file("a.exe", "eA=="), file("b.txt", "***")]);
    body["expires_in"] = json!(5);
    body["reply_to"] = json!("nobody");
    let mut wrong = app.refused(&body).await;
    wrong.sort();
    let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "#/attachments/0",
            "#/attachments/1/content",
            "#/expires_in",
            "#/headers/Bcc",
            "#/reply_to",
            "#/to/1/email",
            "#/to/2",
            "#/to/3",
        ]
    );
    for (change, field) in [
        (json!({ "to": [] }), "#/to"),
        (
            json!({ "to": [{ "contact_id": ContactId::generate() }] }),
            "#/to/0",
        ),
        (
            json!({ "content": { "subject": "a", "body": "{% include 'x' %}" } }),
            "#/body",
        ),
        (
            json!({ "content": { "kind": "sms", "subject": "", "body": "a" } }),
            "#/content/kind",
        ),
        (json!({ "content": null }), "#/template_id"),
        (json!({ "stream": "marketing" }), "#/stream"),
    ] {
        let mut body = code(json!([{ "email": "ann@example.com" }]));
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        let wrong = app.refused(&body).await;
        assert_eq!(
            wrong.first().map(|(field, _)| field.as_str()),
            Some(field),
            "{change}"
        );
    }
    assert_eq!(app.inbox().await, []);
}

#[tokio::test]
async fn a_template_for_text_messages_is_not_sent_as_mail() {
    let app = AuthoringApp::start().await;
    let new = json!({ "name": "Text", "channel": "sms", "body": "Your code is {{ data.code }}" });
    let program = app.app.program();
    let made = program.json(Method::POST, "/api/v1/templates", &new).await;
    let template = made.expect(201).json()["id"].clone();
    let body = json!({ "template_id": template, "to": [{ "email": "ann@example.com" }] });
    assert_eq!(
        app.refused(&body).await,
        [("#/template_id".to_owned(), "not_mail".to_owned())]
    );
    assert_eq!(app.inbox().await, []);
}

#[tokio::test]
async fn who_unsubscribed_gets_receipts_but_no_marketing() {
    let app = AuthoringApp::start().await;
    let list = json!({ "addresses": ["ann@example.com"], "reason": "unsubscribed" });
    let mut owner = app.app.database.owner().await;
    sqlx::query(
        "INSERT INTO delivery.suppressions (org_id, address, reason, created_at) VALUES ($1, $2, 'unsubscribed', now())",
    )
    .bind(app.app.org.uuid())
    .bind(list["addresses"][0].as_str().unwrap())
    .execute(&mut owner)
    .await
    .unwrap();
    let mut marketing = code(json!([{ "email": "ann@example.com" }]));
    marketing["stream"] = json!("marketing");
    marketing["content"]["body"] = json!("<p>News. <a href=\"{{ unsubscribe_url }}\">Unsubscribe</a></p>");
    marketing["content"]["subject"] = json!("News");
    let news = app.send(&marketing).await;
    app.send(&code(json!([{ "email": "ann@example.com" }]))).await;
    assert_eq!(
        app.inbox().await,
        [("ann@example.com".to_owned(), "Code none for you".to_owned())]
    );
    let id = news[0]["id"].as_str().unwrap();
    let message = app
        .app
        .program()
        .get(format!("{MESSAGES}/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(message["state"], "suppressed");
}

#[tokio::test]
async fn a_rendering_shows_the_message_and_sends_nothing() {
    let app = AuthoringApp::start().await;
    let zoe = app.contacts.add(app.app.org, "Zoe", "zoe@example.com");
    let mut body = code(json!({ "contact_id": zoe.id, "data": { "code": "9" } }));
    body.as_object_mut().unwrap().remove("stream");
    let rendered = app
        .app
        .program()
        .json(Method::POST, format!("{MESSAGES}/renderings"), &body)
        .await
        .expect(200)
        .json();
    assert_eq!(rendered["subject"], "Code 9 for Zoe");
    assert!(rendered["html"].as_str().unwrap().contains("<b>9</b>"));
    assert_eq!(app.inbox().await, []);
}

#[tokio::test]
async fn an_expired_code_is_not_sent_late() {
    let app = AuthoringApp::start().await;
    let mut body = code(json!([{ "email": "ann@example.com" }]));
    body["expires_in"] = json!(60);
    let taken = app.send(&body).await;
    app.app.clock.advance(jiff::SignedDuration::from_mins(3));
    assert_eq!(app.inbox().await, []);
    let id = taken[0]["id"].as_str().unwrap();
    let message = app
        .app
        .program()
        .get(format!("{MESSAGES}/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(message["state"], "expired");
}

#[tokio::test]
async fn a_file_for_one_person_goes_with_the_person() {
    let app = AuthoringApp::start().await;
    let mut body = code(json!([{ "email": "ann@example.com" }]));
    body["attachments"] =
        json!([{ "filename": "a.txt", "content_type": "text/plain", "content": STANDARD.encode("secret") }]);
    app.send(&body).await;
    app.app.run_until_idle().await;
    let mut owner = app.app.database.owner().await;
    let address = EmailAddress::parse("ann@example.com").unwrap();
    let person = DataSubject {
        contact: ContactId::generate(),
        addresses: vec![address.clone()],
        pseudonyms: vec![EmailAddress::parse("gone@erased.invalid").unwrap()],
        numbers: Vec::new(),
    };
    Recipients(app.app.deps.db.clone())
        .erase(app.app.org, &[person])
        .await
        .unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM delivery.attachments")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
