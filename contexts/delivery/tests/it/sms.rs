//! Text messages, from the template to the phone, which in tests is the built-in inbox.

use contracts::{
    crm::consent::Channel,
    delivery::{Address, BatchSpec, DeliveryEvent, MessageIntent, MessageSource, Stream},
    identity::SendingMode,
};
use http::Method;
use jiff::SignedDuration;
use kernel::{BatchId, CampaignId, Permission, TemplateVersionId};
use serde_json::{Value, json};
use testkit::FakeConsents;

use crate::post_office::{PostOffice, TestBatch, intent};

/// Makes a template by the API, as programs do.
pub async fn template(office: &PostOffice, new: &Value) -> TemplateVersionId {
    let program = office.app.program_with(office.app.org, Permission::ALL);
    let made = program
        .json(Method::POST, contracts::delivery::API_TEMPLATES.url(), new)
        .await
        .expect(201)
        .json();
    made["version_id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a version's id")
}

/// A marketing batch of another channel than mail.
pub async fn batch(office: &PostOffice, channel: Channel, template: TemplateVersionId) -> TestBatch {
    let batch = TestBatch {
        org: office.app.org,
        id: BatchId::generate(),
        campaign: CampaignId::generate(),
    };
    let spec = BatchSpec {
        id: batch.id,
        source: MessageSource::Campaign(batch.campaign),
        channel,
        name: "Spring".to_owned(),
        template_version: template,
        stream: Stream::Marketing,
        expires_at: office.app.deps.clock.now() + SignedDuration::from_hours(48),
        topic: None,
    };
    office
        .intake()
        .open_batch(batch.org, &spec)
        .await
        .expect("it is opened");
    batch
}

/// Adds somebody, who is called by the first part of `who`, at an address of the batch's channel.
pub async fn add(office: &PostOffice, batch: TestBatch, who: &str, to: &str) -> MessageIntent {
    let mut message = intent(batch, &format!("{who}@example.com"));
    message.dedupe_key = format!("campaign:{}:{who}:{to}", batch.campaign);
    message.to = Address::parse(to).expect("an address");
    let added = office
        .intake()
        .add(batch.org, batch.id, std::slice::from_ref(&message))
        .await;
    assert_eq!(added.expect("it is taken in"), 1);
    message
}

/// What the built-in inbox has: channel, to whom, and what it says; the oldest first.
pub async fn caught(office: &PostOffice) -> Vec<(String, String, String)> {
    let program = office.app.program_with(office.app.org, Permission::ALL);
    let list = program.get("/api/v1/inbox").await.expect(200).json();
    let mut found = Vec::new();
    for item in list["data"].as_array().expect("items").iter().rev() {
        let id = item["id"].as_str().expect("an id");
        let whole = program
            .get(format!("/api/v1/inbox/{id}"))
            .await
            .expect(200)
            .json();
        let text = |field: &str| whole[field].as_str().unwrap_or_default().to_owned();
        found.push((text("channel"), text("to"), text("text")));
    }
    found
}

async fn text(office: &PostOffice, body: &str) -> TemplateVersionId {
    let name = format!("Text {}", TemplateVersionId::generate());
    template(office, &json!({"name": name, "channel": "sms", "body": body})).await
}

#[tokio::test]
async fn everybody_gets_their_own_text_at_their_number() {
    let office = PostOffice::open().await;
    let version = text(
        &office,
        "Hi {{ contact.first_name }}, 5 € off. Reply STOP to opt out",
    )
    .await;
    let batch = batch(&office, Channel::Sms, version).await;
    add(&office, batch, "ann", "+49 30 12345678").await;
    add(&office, batch, "bob", "+14155552671").await;

    office.send().await;

    let mut found = caught(&office).await;
    found.sort();
    let sms = |to: &str, name: &str| {
        let text = format!("Hi {name}, 5 € off. Reply STOP to opt out");
        ("sms".to_owned(), to.to_owned(), text)
    };
    assert_eq!(found, [sms("+14155552671", "bob"), sms("+493012345678", "ann")]);
    assert_eq!(office.progress(batch).await.accepted, 2);
    let facts = office.facts().await;
    assert!(
        facts.iter().any(|fact| matches!(
            fact,
            DeliveryEvent::MessagesSent {
                channel: Channel::Sms,
                ..
            }
        )),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_number_that_does_not_exist_is_suppressed_and_the_persons_address_is_not() {
    let office = PostOffice::open().await;
    let version = text(&office, "Hi. Reply STOP to opt out").await;
    let first = batch(&office, Channel::Sms, version).await;
    add(&office, first, "ann", "+15005550001").await;
    office.send().await;

    assert_eq!(office.count(first, "failed").await, 1);
    let facts = office.facts().await;
    let told: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            DeliveryEvent::AddressesSuppressed { addresses } => Some(addresses.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let number = Address::parse("+15005550001").expect("a number");
    assert_eq!(told, [(number, "hard_bounce".to_owned())]);

    // By mail the same person is reached as before, and by text not again.
    let mail = office.batch(Stream::Marketing).await;
    office.add_people(mail, &["ann@example.com".to_owned()]).await;
    let second = batch(&office, Channel::Sms, version).await;
    add(&office, second, "ann", "+15005550001").await;
    office.send().await;
    assert_eq!(office.progress(mail).await.accepted, 1);
    assert_eq!(office.progress(second).await.suppressed, 1);
}

#[tokio::test]
async fn a_number_that_answered_stop_gets_nothing_not_even_what_was_on_its_way() {
    let office = PostOffice::open().await;
    let version = text(&office, "Hi. Reply STOP to opt out").await;
    let batch = batch(&office, Channel::Sms, version).await;
    add(&office, batch, "ann", "+493012345678").await;
    add(&office, batch, "bob", "+493012345679").await;

    // Between the launch and the attempt.
    let program = office.app.program_with(office.app.org, Permission::ALL);
    program
        .json(
            Method::POST,
            contracts::delivery::API_SUPPRESSIONS.url(),
            &json!({"addresses": ["+49 30 12345678"], "reason": "unsubscribed"}),
        )
        .await
        .expect(201);
    office.send().await;

    let got: Vec<String> = caught(&office).await.into_iter().map(|(_, to, _)| to).collect();
    assert_eq!(got, ["+493012345679"]);
    assert_eq!(office.progress(batch).await.suppressed, 1);
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn having_unsubscribed_from_mail_does_not_stop_texts() {
    let office = PostOffice::open().await;
    let version = text(&office, "Hi. Reply STOP to opt out").await;
    office
        .sql(
            "INSERT INTO delivery.suppressions (org_id, address, reason, created_at) \
             SELECT org_id, 'ann@example.com', 'unsubscribed', now() FROM delivery.templates LIMIT 1",
        )
        .await;
    let batch = batch(&office, Channel::Sms, version).await;
    add(&office, batch, "ann", "+493012345678").await;
    office.send().await;
    assert_eq!(office.progress(batch).await.accepted, 1);
}

#[tokio::test]
async fn consent_is_asked_for_the_channel_of_the_message() {
    let office = PostOffice::open().await;
    let version = text(&office, "Hi. Reply STOP to opt out").await;
    let batch = batch(&office, Channel::Sms, version).await;
    let ann = add(&office, batch, "ann", "+493012345678").await;
    let bob = add(&office, batch, "bob", "+493012345679").await;
    let consents: &FakeConsents = &office.consents;
    consents.leave_channel(ann.contact.id, Channel::Sms);
    consents.leave_channel(bob.contact.id, Channel::Email);

    office.send().await;

    let got: Vec<String> = caught(&office).await.into_iter().map(|(_, to, _)| to).collect();
    assert_eq!(got, ["+493012345679"]);
}

#[tokio::test]
async fn texts_wait_for_an_account_of_their_own_and_no_mail_server_gets_them() {
    let sink = testkit::smtp_sink::SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let version = text(&office, "Hi. Reply STOP to opt out").await;
    let batch = batch(&office, Channel::Sms, version).await;
    add(&office, batch, "ann", "+493012345678").await;

    office.send().await;
    assert_eq!(office.count(batch, "queued").await, 1);

    // Back in test mode the inbox takes them.
    office
        .app
        .organizations
        .change(office.app.org, |profile| profile.mode = SendingMode::Test);
    office.send().await;
    assert_eq!(office.progress(batch).await.accepted, 1);
}

#[tokio::test]
async fn an_address_of_another_channel_is_not_taken_in() {
    let office = PostOffice::open().await;
    let version = text(&office, "Hi").await;
    let batch = batch(&office, Channel::Sms, version).await;
    let message = intent(batch, "ann@example.com");
    let refused = office.intake().add(batch.org, batch.id, &[message]).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn a_link_in_a_text_is_counted() {
    let office = PostOffice::open().await;
    let version = text(
        &office,
        "See https://shop.example/sale now. Reply STOP to opt out",
    )
    .await;
    let batch = batch(&office, Channel::Sms, version).await;
    add(&office, batch, "ann", "+493012345678").await;
    office.send().await;

    let said = caught(&office).await.remove(0).2;
    let path = said
        .split_whitespace()
        .find_map(|word| word.find("/t/c/").map(|at| word[at..].to_owned()))
        .expect("a counted link");
    let answer = office.app.stranger().get(path).await;
    assert_eq!(answer.location(), "https://shop.example/sale");
    office.app.run_until_idle().await;
    let facts = office.facts().await;
    assert!(
        facts.iter().any(|fact| matches!(
            fact,
            DeliveryEvent::MessagesClicked {
                channel: Channel::Sms,
                ..
            }
        )),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_rendering_says_what_a_text_costs() {
    let office = PostOffice::open().await;
    let program = office.app.program_with(office.app.org, Permission::ALL);
    let made = program
        .json(
            Method::POST,
            contracts::delivery::API_TEMPLATES.url(),
            &json!({"name": "Sale", "channel": "sms", "body": "“Sale” {{ contact.first_name }}"}),
        )
        .await
        .expect(201)
        .json();
    assert_eq!((&made["channel"], &made["kind"]), (&json!("sms"), &json!("sms")));
    let id = made["id"].as_str().expect("an id");
    let url = format!("/api/v1/templates/{id}/renderings");
    let rendering = program
        .json(Method::POST, url, &json!({}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        rendering["size"],
        json!({"encoding": "ucs2", "characters": 11, "segments": 1, "forces_unicode": "“”"})
    );
    let codes: Vec<_> = rendering["checks"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| finding["code"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(codes, ["no-opt-out", "unicode"]);
}

#[tokio::test]
async fn a_template_keeps_its_channel_and_lists_are_filtered_by_it() {
    let office = PostOffice::open().await;
    let program = office.app.program_with(office.app.org, Permission::ALL);
    let url = contracts::delivery::API_TEMPLATES.url();
    let made = program
        .json(
            Method::POST,
            url.clone(),
            &json!({"name": "Sale", "channel": "sms", "body": "Hi"}),
        )
        .await
        .expect(201)
        .json();
    let own = format!("{url}/{}", made["id"].as_str().expect("an id"));
    for other in [json!({"channel": "push"}), json!({"kind": "html"})] {
        program.json(Method::PATCH, own.clone(), &other).await.expect(422);
    }
    program
        .json(
            Method::PATCH,
            own.clone(),
            &json!({"channel": "sms", "body": "Ho"}),
        )
        .await
        .expect(200);
    for (channel, names) in [("sms", 1), ("push", 0)] {
        let list = program
            .get(format!("{url}?channel={channel}"))
            .await
            .expect(200)
            .json();
        assert_eq!(list["data"].as_array().map(Vec::len), Some(names), "{channel}");
    }
    for bad in [
        json!({"name": "A", "channel": "sms", "kind": "mjml", "body": "x"}),
        json!({"name": "B", "body": "x"}),
        json!({"name": "C", "channel": "sms", "body": " "}),
        json!({"name": "D", "channel": "sms", "body": "{{ x | shout }}"}),
    ] {
        program.json(Method::POST, url.clone(), &bad).await.expect(422);
    }
}

#[tokio::test]
async fn the_editor_counts_a_text_and_shows_it_on_a_phone() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let made = ann
        .post("/app/templates", &[("name", "Sale"), ("starter", "sms-offer")])
        .await
        .expect(303);
    let editor = ann.get(made.location()).await.expect(200);
    assert_eq!(
        editor.attributes("textarea[name=body]", "form"),
        ["template-form"]
    );
    assert!(editor.texts(".phone-bubble")[0].contains("Alex, your code SPRING"));
    assert!(
        editor.text().contains("1 part, with room for"),
        "{}",
        editor.text()
    );
    assert_eq!(editor.texts("iframe"), Vec::<String>::new());

    let id = made.location().rsplit('/').next().expect("an id").to_owned();
    let form = [
        ("id", id.as_str()),
        ("name", "Sale"),
        ("kind", "sms"),
        ("body", "Sale 😀 [now]"),
    ];
    let preview = ann
        .post("/ui/delivery/templates/preview", &form)
        .await
        .expect(200);
    assert!(
        preview.text().contains("Unicode: 70 characters"),
        "{}",
        preview.text()
    );
    assert!(preview.text().contains("does not have 😀"), "{}", preview.text());
}

#[tokio::test]
async fn a_test_goes_to_numbers_and_the_inbox_shows_it() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let made = ann
        .post("/app/templates", &[("name", "Sale"), ("starter", "sms-reminder")])
        .await
        .expect(303);
    let tests = format!("{}/tests", made.location());
    let refused = ann.post(&tests, &[("to", "ann@example.com")]).await.expect(422);
    assert!(
        refused.text().contains("is not a number with + and country code"),
        "{}",
        refused.text()
    );
    ann.post(&tests, &[("to", "+49 30 12345678")]).await.expect(303);
    office.send().await;

    let inbox = ann.get("/app/inbox?channel=sms").await.expect(200);
    assert_eq!(inbox.texts("tbody tr").len(), 1);
    let href = inbox.attributes("tbody th a", "href").remove(0);
    let page = ann.get(href).await.expect(200);
    assert!(page.texts(".phone-bubble")[0].contains("we look forward to seeing you"));
    let push = ann.get("/app/inbox?channel=push").await.expect(200);
    assert_eq!(push.texts("tbody tr th").len(), 0);
}
