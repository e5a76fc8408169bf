//! Messages as people and programs see them, and decisions about those whose fate is unknown.

use contracts::{
    campaign::CAMPAIGN,
    delivery::{
        API_MESSAGE, API_MESSAGE_RESOLUTIONS, API_MESSAGES, BatchState, DeliveryEvent, MESSAGE,
        MESSAGE_RESOLUTIONS, MESSAGES,
    },
};
use http::Method;
use jiff::SignedDuration;
use kernel::{MessageId, Permission, ProviderId, Role};
use serde_json::json;
use testkit::{
    TestResponse,
    smtp_sink::{SmtpSink, Stage},
};

use crate::post_office::{PostOffice, TestBatch};

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

/// The message to an address.
async fn message_to(office: &PostOffice, address: &str) -> MessageId {
    let page = office
        .app
        .program()
        .get(API_MESSAGES.with(&[("to", address)]))
        .await
        .expect(200)
        .json();
    page["data"][0]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .unwrap_or_else(|| panic!("no message to {address}"))
}

/// A campaign to so many people, of whom nobody knows whether they got it.
async fn held(people: usize) -> (PostOffice, SmtpSink, ProviderId, TestBatch) {
    let sink = SmtpSink::start().await;
    let (office, provider) = PostOffice::live(&sink).await;
    sink.when(Stage::EndOfData).keep_and_disconnect();
    let batch = office.campaign(people).await;
    // After some failures an account is left alone for a moment; each engine begins with patience.
    while office.progress(batch).await.pending > 0 {
        office.send().await;
    }
    sink.behave();
    assert_eq!(office.progress(batch).await.held, i64::try_from(people).unwrap());
    (office, sink, provider, batch)
}

#[tokio::test]
async fn a_message_tells_what_happened_and_why() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("p0@")
        .reply("550 5.1.1 <script>alert(1)</script> no such user");
    sink.when(Stage::RcptTo)
        .containing("p1@")
        .times(1)
        .reply("450 4.2.0 come back later");
    let batch = office.campaign(3).await;
    office.send().await;
    let ann = office.app.person();
    let page = async |address: &str| {
        let id = message_to(&office, address).await;
        ann.get(MESSAGE.url(&id)).await.expect(200)
    };

    let bounced = page("p0@example.com").await;
    assert!(
        flat(&bounced).contains("There is no such mailbox: 550 5.1.1"),
        "{}",
        flat(&bounced)
    );
    assert!(
        flat(&bounced).contains("<script>alert(1)</script>") && !bounced.text().contains("<script>alert")
    );
    assert!(flat(&bounced).contains("Attempt 1: sink refused it"));
    let deferred = page("p1@example.com").await;
    assert!(
        flat(&deferred).contains("asked to come back later: 450 4.2.0"),
        "{}",
        flat(&deferred)
    );
    let sent = page("p2@example.com").await;
    assert!(
        flat(&sent).contains("The mail server took it over: 250"),
        "{}",
        flat(&sent)
    );
    assert!(
        sent.attributes("main a", "href")
            .contains(&CAMPAIGN.url(&batch.campaign))
    );

    office.app.clock.advance(SignedDuration::from_hours(1));
    office.send().await;
    let later = page("p1@example.com").await;
    assert!(
        flat(&later).contains("Attempt 2: sink took it over"),
        "{}",
        flat(&later)
    );
}

#[tokio::test]
async fn a_message_in_test_mode_leads_to_the_inbox_that_caught_it() {
    let office = PostOffice::open().await;
    office.campaign(1).await;
    office.send().await;
    let id = message_to(&office, "p0@example.com").await;
    let ann = office.app.person();
    let page = ann.get(MESSAGE.url(&id)).await.expect(200);
    assert!(
        flat(&page).contains("the built-in inbox caught it"),
        "{}",
        flat(&page)
    );
    let mail = page
        .attributes(".content-in a", "href")
        .into_iter()
        .find(|href| href.contains("/inbox/"))
        .expect("a link");
    assert_eq!(ann.get(&mail).await.expect(200).texts("h1"), ["Hello p0"]);
}

#[tokio::test]
async fn the_list_is_filtered_and_paged_by_its_address() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let ann = office.app.person();
    assert!(flat(&ann.get(MESSAGES.url()).await.expect(200)).contains("No messages yet"));
    sink.when(Stage::RcptTo)
        .containing("p1@")
        .reply("550 5.1.1 no such user");
    let batch = office.campaign(55).await;
    office.send().await;
    let waiting = office.campaign(2).await;
    office.set_state(waiting, BatchState::Paused).await;

    let mut seen = Vec::new();
    let mut url = Some(MESSAGES.with(&[("campaign", batch.campaign.to_string())]));
    while let Some(at) = url {
        let page = ann.get(&at).await.expect(200);
        seen.extend(page.attributes("tbody th a", "href"));
        url = page.attributes("a[rel=next]", "href").pop();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 55);
    let count = async |query: &[(&str, &str)]| {
        ann.get(MESSAGES.with(query))
            .await
            .expect(200)
            .texts("tbody tr")
            .len()
    };
    let campaign = batch.campaign.to_string();
    assert_eq!(count(&[("state", "failed"), ("campaign", &campaign)]).await, 1);
    assert_eq!(count(&[("state", "queued")]).await, 2);
    assert_eq!(count(&[("state", "queued"), ("campaign", &campaign)]).await, 0);
    assert_eq!(count(&[("to", "p54@example.com")]).await, 1);
    assert_eq!(count(&[("to", "P5")]).await, 6);
    assert_eq!(count(&[("to", "p%")]).await, 0);
    assert_eq!(count(&[("state", "held")]).await, 0);
    for wrong in [("state", "lost"), ("campaign", "cmp_1"), ("cursor", "forged")] {
        ann.get(MESSAGES.with(&[wrong])).await.expect(422);
    }
    let part = ann
        .clone()
        .htmx()
        .get(MESSAGES.with(&[("state", "queued")]))
        .await
        .expect(200);
    assert!(part.text().starts_with("<div id=\"message-list\""));
    let paused = message_to(&office, "p1@example.com").await;
    assert!(flat(&ann.get(MESSAGE.url(&paused)).await.expect(200)).contains("Its campaign is paused"));
}

#[tokio::test]
async fn a_held_message_is_sent_again_when_a_person_says_so() {
    let (office, sink, _, batch) = held(1).await;
    let ann = office.app.person();
    let id = message_to(&office, "p0@example.com").await;
    let page = ann.get(MESSAGE.url(&id)).await.expect(200);
    assert!(
        flat(&page).contains("Nobody knows whether it arrived"),
        "{}",
        flat(&page)
    );
    assert_eq!(sink.accepted(), 1);

    let fields = [("id", id.to_string()), ("decision", "send_again".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (*k, v.as_str())).collect();
    ann.post(MESSAGE_RESOLUTIONS.url(), &fields).await.expect(303);
    assert_eq!(
        (
            office.progress(batch).await.held,
            office.progress(batch).await.pending
        ),
        (0, 1)
    );
    office.send().await;

    assert_eq!(sink.accepted(), 2);
    let received = sink.received();
    assert_eq!(
        received[0].source, received[1].source,
        "the retry is equal to the first try"
    );
    office.assert_conserved(batch).await;
    let text = |word: &str| Some(word.to_owned());
    assert_eq!(
        office.attempts("p0@example.com").await,
        [(text("unknown"), text("resent")), (text("accepted"), None)]
    );
    let page = flat(&ann.get(MESSAGE.url(&id)).await.expect(200));
    assert!(
        page.contains("Attempt 2: sink took it over") && page.contains("Sent again"),
        "{page}"
    );
    // Too late to change one's mind.
    ann.post(MESSAGE_RESOLUTIONS.url(), &fields).await.expect(303);
    office.send().await;
    assert_eq!(sink.accepted(), 2);
}

#[tokio::test]
async fn a_held_message_can_count_as_sent_or_be_given_up() {
    let (office, sink, _, batch) = held(2).await;
    let ann = office.app.person();
    let (first, second) = (
        message_to(&office, "p0@example.com").await,
        message_to(&office, "p1@example.com").await,
    );
    let decide = async |id: MessageId, decision: &str| {
        let id = id.to_string();
        ann.post(
            MESSAGE_RESOLUTIONS.url(),
            &[("id", id.as_str()), ("decision", decision)],
        )
        .await
        .expect(303);
    };
    decide(first, "mark_sent").await;
    decide(second, "give_up").await;
    decide(second, "mark_sent").await;
    decide(second, "send_again").await;
    office.send().await;

    assert_eq!(sink.accepted(), 2, "nothing was sent again");
    let progress = office.progress(batch).await;
    assert_eq!(
        (
            progress.held,
            progress.accepted,
            progress.cancelled,
            progress.pending
        ),
        (0, 1, 1, 0)
    );
    office.assert_conserved(batch).await;
    let page = |id| ann.get(MESSAGE.url(&id));
    assert!(flat(&page(first).await.expect(200)).contains("decided that it counts as sent"));
    assert!(flat(&page(second).await.expect(200)).contains("decided not to send it again"));
    let facts = office.facts().await;
    let sent = facts.iter().any(
        |fact| matches!(fact, DeliveryEvent::MessagesSent { messages, .. } if messages[0].message == first),
    );
    let failed = facts.iter().any(|fact| {
        matches!(fact, DeliveryEvent::MessagesFailed { messages, .. }
            if messages[0].message.message == second && messages[0].reason == "given_up")
    });
    assert!(sent && failed, "{facts:?}");
}

#[tokio::test]
async fn many_held_messages_are_decided_about_at_once() {
    let (office, sink, _, batch) = held(3).await;
    let ann = office.app.person();
    let list = ann.get(MESSAGES.with(&[("state", "held")])).await.expect(200);
    let ids = list.attributes("input[name=id]", "value");
    assert_eq!(ids.len(), 3);
    let action = list.attributes("form#held-messages", "action").swap_remove(0);
    let mut fields: Vec<(&str, &str)> = ids.iter().map(|id| ("id", id.as_str())).collect();
    fields.push(("decision", "send_again"));
    ann.post(&action, &fields).await.expect(303);
    office.send().await;
    assert_eq!(sink.accepted(), 6);
    office.assert_conserved(batch).await;
    ann.post(&action, &[("decision", "send_again")]).await.expect(303);
    ann.post(&action, &[("id", ids[0].as_str()), ("decision", "forget")])
        .await
        .expect(422);
    ann.post(&action, &[("id", "msg_1"), ("decision", "give_up")])
        .await
        .expect(422);
}

#[tokio::test]
async fn what_is_over_is_not_sent_again() {
    let (office, sink, _, batch) = held(1).await;
    let ann = office.app.person();
    let id = message_to(&office, "p0@example.com").await.to_string();
    office.set_state(batch, BatchState::Cancelled).await;
    let page = ann.get(MESSAGE.url(&id.parse().unwrap())).await.expect(200);
    assert!(flat(&page).contains("It cannot be sent again"));
    assert!(
        !page
            .attributes("main form input[name=decision]", "value")
            .contains(&"send_again".to_owned())
    );
    ann.post(
        MESSAGE_RESOLUTIONS.url(),
        &[("id", id.as_str()), ("decision", "send_again")],
    )
    .await
    .expect(303);
    let refused = office
        .app
        .program()
        .json(
            Method::POST,
            API_MESSAGE_RESOLUTIONS.url(&id.parse().unwrap()),
            &json!({ "action": "send_again" }),
        )
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "not_held");
    office.send().await;
    assert_eq!((sink.accepted(), office.progress(batch).await.held), (1, 1));
}

#[tokio::test]
async fn other_contexts_ask_what_became_of_many_messages_at_once() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::RcptTo)
        .containing("p0@")
        .reply("550 5.1.1 no such user");
    office.campaign(2).await;
    office.send().await;
    let bounced = message_to(&office, "p0@example.com").await;
    let sent = message_to(&office, "p1@example.com").await;

    let port = office.delivery.traces();
    let asked = [bounced, sent, MessageId::generate()];
    let traces = port.traces(office.app.org, &asked).await.unwrap();

    assert_eq!(traces.len(), 2, "those that exist");
    let of = |id: MessageId| traces.iter().find(|trace| trace.message == id).unwrap();
    assert_eq!(of(sent).state, "accepted");
    assert_eq!(of(sent).attempts[0].outcome.as_deref(), Some("accepted"));
    assert_eq!(of(bounced).attempts[0].outcome.as_deref(), Some("rejected"));
    assert!(
        of(bounced).attempts[0]
            .reply
            .as_deref()
            .unwrap()
            .contains("no such user")
    );
    assert!(of(bounced).reason.is_some());
    let other = office.app.organizations.add("Other Ltd");
    assert!(port.traces(other, &asked).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_address_that_was_suppressed_meanwhile_is_not_sent_to_again() {
    let (office, sink, _, batch) = held(1).await;
    let ann = office.app.person();
    let id = message_to(&office, "p0@example.com").await.to_string();
    let add = [("addresses", "p0@example.com"), ("reason", "complaint")];
    ann.post(contracts::delivery::SUPPRESSIONS.url(), &add)
        .await
        .expect(303);
    ann.post(
        MESSAGE_RESOLUTIONS.url(),
        &[("id", id.as_str()), ("decision", "send_again")],
    )
    .await
    .expect(303);
    office.send().await;
    assert_eq!((sink.accepted(), office.progress(batch).await.suppressed), (1, 1));
    office.assert_conserved(batch).await;
}

#[tokio::test]
async fn viewers_see_messages_and_decide_nothing() {
    let (office, _, _, batch) = held(1).await;
    let max = office.app.person_as(office.app.org, Role::Viewer);
    let id = message_to(&office, "p0@example.com").await;
    let page = max.get(MESSAGE.url(&id)).await.expect(200);
    assert_eq!(
        page.attributes(".content-in form", "action"),
        Vec::<String>::new()
    );
    let list = max.get(MESSAGES.with(&[("state", "held")])).await.expect(200);
    assert_eq!(list.attributes("input[name=id]", "value"), Vec::<String>::new());
    let id = id.to_string();
    let fields = [("id", id.as_str()), ("decision", "give_up")];
    max.post(MESSAGE_RESOLUTIONS.url(), &fields).await.expect(403);
    office
        .app
        .person()
        .without("x-csrf-token")
        .post(MESSAGE_RESOLUTIONS.url(), &fields)
        .await
        .expect(403);
    assert_eq!(office.progress(batch).await.held, 1);
}

#[tokio::test]
async fn a_message_of_another_organisation_does_not_exist() {
    let (office, _, _, batch) = held(1).await;
    let id = message_to(&office, "p0@example.com").await;
    let other = office.app.organizations.add("Other Ltd");
    let eve = office.app.person_as(other, Role::Owner);
    eve.get(MESSAGE.url(&id)).await.expect(404);
    let text = id.to_string();
    eve.post(
        MESSAGE_RESOLUTIONS.url(),
        &[("id", text.as_str()), ("decision", "give_up")],
    )
    .await
    .expect(404);
    let both = MessageId::generate().to_string();
    let fields = [
        ("id", text.as_str()),
        ("id", both.as_str()),
        ("decision", "give_up"),
    ];
    eve.post(MESSAGE_RESOLUTIONS.url(), &fields).await.expect(303);
    assert!(flat(&eve.get(MESSAGES.url()).await.expect(200)).contains("No messages yet"));
    let program = office.app.program_with(other, Permission::ALL);
    program.get(API_MESSAGE.url(&id)).await.expect(404);
    program
        .json(
            Method::POST,
            API_MESSAGE_RESOLUTIONS.url(&id),
            &json!({ "action": "give_up" }),
        )
        .await
        .expect(404);
    assert_eq!(program.get(API_MESSAGES.url()).await.json()["data"], json!([]));
    assert_eq!(office.progress(batch).await.held, 1);
}

#[tokio::test]
async fn of_an_erased_person_only_the_state_is_left() {
    let (office, _, _, batch) = held(1).await;
    let id = message_to(&office, "p0@example.com").await;
    office.sql("DELETE FROM delivery.recipients").await;
    let ann = office.app.person();
    let page = ann.get(MESSAGE.url(&id)).await.expect(200);
    assert_eq!(page.texts("h1"), ["A deleted person"]);
    let text = id.to_string();
    ann.post(
        MESSAGE_RESOLUTIONS.url(),
        &[("id", text.as_str()), ("decision", "send_again")],
    )
    .await
    .expect(303);
    assert_eq!(
        office.progress(batch).await.held,
        1,
        "there is nobody to send it to"
    );
    ann.post(
        MESSAGE_RESOLUTIONS.url(),
        &[("id", text.as_str()), ("decision", "give_up")],
    )
    .await
    .expect(303);
    assert_eq!(office.progress(batch).await.cancelled, 1);
}

#[tokio::test]
async fn programs_read_messages_and_decide_about_held_ones() {
    let (office, sink, provider, batch) = held(2).await;
    let program = office.app.program();
    let page = program
        .get(API_MESSAGES.with(&[("state", "held"), ("limit", "1")]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&page["data"][0]["to"], &page["has_more"]),
        (&json!("p1@example.com"), &json!(true))
    );
    assert_eq!(page["data"][0]["campaign_id"], batch.campaign.to_string());
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let rest = program
        .get(API_MESSAGES.with(&[("state", "held"), ("cursor", cursor)]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&rest["data"][0]["to"], &rest["has_more"]),
        (&json!("p0@example.com"), &json!(false))
    );

    let id: MessageId = rest["data"][0]["id"]
        .as_str()
        .and_then(|id| id.parse().ok())
        .expect("an id");
    let shown = program.get(API_MESSAGE.url(&id)).await.expect(200).json();
    assert_eq!(
        (&shown["state"], &shown["stream"]),
        (&json!("held"), &json!("marketing"))
    );
    let attempt = &shown["attempts"][0];
    assert_eq!(
        (&attempt["outcome"], &attempt["phase"]),
        (&json!("unknown"), &json!("acceptance"))
    );
    assert_eq!(attempt["provider_id"], provider.to_string());
    let url = API_MESSAGE_RESOLUTIONS.url(&id);
    program
        .json(Method::POST, &url, &json!({ "action": "forget" }))
        .await
        .expect(422);
    let resolved = program
        .json(Method::POST, &url, &json!({ "action": "send_again" }))
        .await
        .expect(200)
        .json();
    assert_eq!(resolved["state"], "queued");
    program
        .json(Method::POST, &url, &json!({ "action": "give_up" }))
        .await
        .expect(409);
    office.send().await;
    assert_eq!(
        program.get(API_MESSAGE.url(&id)).await.json()["state"],
        "accepted"
    );
    assert_eq!(sink.accepted(), 3);

    program
        .get(API_MESSAGES.with(&[("state", "lost")]))
        .await
        .expect(422);
    program
        .get(API_MESSAGES.with(&[("campaign", "cmp_1")]))
        .await
        .expect(422);
    let reader = office
        .app
        .program_with(office.app.org, &[Permission::MessagesRead]);
    reader
        .json(Method::POST, &url, &json!({ "action": "give_up" }))
        .await
        .expect(403);
}
