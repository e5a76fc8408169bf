//! Push notifications, from the template to the device, which in tests is the built-in inbox.

use contracts::{
    crm::consent::{Channel, Frequency},
    delivery::DeliveryEvent,
};
use http::Method;
use kernel::{Permission, TemplateVersionId};
use serde_json::json;

use crate::{
    post_office::PostOffice,
    sms::{add, batch, caught, template},
};

async fn notification(office: &PostOffice) -> TemplateVersionId {
    let new = json!({
        "name": format!("Push {}", TemplateVersionId::generate()),
        "channel": "push",
        "subject": "Hi {{ contact.first_name }}",
        "body": "{{ campaign.name }} is here",
        "url": "shop://spring/{{ contact.first_name }}",
        "data": [{"key": "who", "value": "{{ contact.first_name }}"}],
    });
    template(office, &new).await
}

#[tokio::test]
async fn each_device_of_a_person_gets_the_notification() {
    let office = PostOffice::open().await;
    let version = notification(&office).await;
    let batch = batch(&office, Channel::Push, version).await;
    for token in ["phone:APA91b", "tablet:APA91b"] {
        add(&office, batch, "ann", token).await;
    }
    office.send().await;

    let mut found = caught(&office).await;
    found.sort();
    let push = |to: &str| ("push".to_owned(), to.to_owned(), "Spring is here".to_owned());
    assert_eq!(found, [push("phone:APA91b"), push("tablet:APA91b")]);

    let program = office.app.program_with(office.app.org, Permission::ALL);
    let list = program.get("/api/v1/inbox?channel=push").await.expect(200).json();
    let id = list["data"][0]["id"].as_str().expect("an id").to_owned();
    let whole = program
        .get(format!("/api/v1/inbox/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(whole["subject"], "Hi ann");
    assert_eq!(whole["url"], "shop://spring/ann");
    assert_eq!(whole["data"], json!([{"key": "who", "value": "ann"}]));
}

#[tokio::test]
async fn a_token_that_is_gone_is_told_and_stands_on_no_list() {
    let office = PostOffice::open().await;
    let version = notification(&office).await;
    let batch = batch(&office, Channel::Push, version).await;
    add(&office, batch, "ann", "sandbox-bounced").await;
    office.send().await;

    assert_eq!(office.count(batch, "failed").await, 1);
    let facts = office.facts().await;
    let gone = facts.iter().find_map(|fact| match fact {
        DeliveryEvent::DevicesGone { tokens } => Some(tokens.clone()),
        _ => None,
    });
    let gone: Vec<String> = gone
        .expect("it is told")
        .iter()
        .map(|token| token.as_str().to_owned())
        .collect();
    assert_eq!(gone, ["sandbox-bounced"]);
    let listed: i64 = office.value("SELECT count(*) FROM delivery.suppressions").await;
    assert_eq!(listed, 0);
    assert!(
        facts
            .iter()
            .all(|fact| !matches!(fact, DeliveryEvent::AddressesSuppressed { .. }))
    );
}

#[tokio::test]
async fn devices_of_one_person_do_not_use_up_what_the_person_wants() {
    let office = PostOffice::open().await;
    let version = notification(&office).await;
    let once = Frequency { most: 1, days: 7 };
    let first = batch(&office, Channel::Push, version).await;
    let ann = add(&office, first, "ann", "phone:APA91b").await;
    let mut tablet = ann.clone();
    tablet.dedupe_key.push_str(":tablet");
    tablet.to = contracts::delivery::Address::parse("tablet:APA91b").expect("a token");
    office
        .intake()
        .add(first.org, first.id, &[tablet])
        .await
        .expect("taken in");
    office.consents.limit(ann.contact.id, once);
    office.send().await;
    assert_eq!(office.progress(first).await.accepted, 2);

    // The next campaign is one too many, on every device.
    let second = batch(&office, Channel::Push, version).await;
    let mut again = ann.clone();
    again.dedupe_key.push_str(":second");
    office
        .intake()
        .add(second.org, second.id, &[again])
        .await
        .expect("taken in");
    office.send().await;
    assert_eq!(office.progress(second).await.suppressed, 1);
}

#[tokio::test]
async fn what_cannot_be_a_notification_is_refused_with_the_field() {
    let office = PostOffice::open().await;
    let program = office.app.program_with(office.app.org, Permission::ALL);
    for (new, field) in [
        (json!({"name": "A", "channel": "push", "body": ""}), "#/body"),
        (
            json!({"name": "B", "channel": "push", "body": "x", "url": "javascript:alert(1)"}),
            "#/url",
        ),
        (
            json!({"name": "C", "channel": "push", "body": "x", "subject": "a\nb"}),
            "#/subject",
        ),
        (
            json!({"name": "D", "channel": "push", "body": "x", "data": [{"key": "aps", "value": ""}]}),
            "#/data",
        ),
    ] {
        let url = contracts::delivery::API_TEMPLATES.url();
        let refused = program.json(Method::POST, url, &new).await.expect(422).json();
        assert_eq!(refused["errors"][0]["pointer"], field, "{refused}");
    }
}

#[tokio::test]
async fn the_editor_keeps_every_part_and_shows_a_lock_screen() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let made = ann
        .post("/app/templates", &[("name", "News"), ("starter", "push-news")])
        .await
        .expect(303);
    let url = made.location().to_owned();
    let form = [
        ("name", "News"),
        ("kind", "push"),
        ("subject", "Hi {{ contact.first_name }}"),
        ("body", "Look <here>"),
        ("url", "shop://news"),
        ("data", "id = 7\r\nwho = {{ contact.first_name }}"),
    ];
    ann.post(&url, &form).await.expect(303);
    let editor = ann.get(&url).await.expect(200);
    assert_eq!(
        editor.attributes("input[name=subject]", "value"),
        ["Hi {{ contact.first_name }}"]
    );
    assert_eq!(editor.attributes("input[name=url]", "value"), ["shop://news"]);
    assert!(editor.texts("textarea[name=data]")[0].contains("who = {{ contact.first_name }}"));
    let screen = editor.texts(".phone-notification").remove(0);
    assert!(
        screen.contains("Hi Alex") && screen.contains("Look <here>"),
        "{screen}"
    );
}
