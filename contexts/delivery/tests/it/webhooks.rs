//! What providers report by calling us, from the call to what people see.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use contracts::{
    crm::consent::DataSubject,
    delivery::{
        API_MESSAGE, API_PROVIDER, API_SUPPRESSIONS, DeliveryEvent, MESSAGE, PROVIDER, Stream,
        replies::{API_INBOUND_MESSAGES, REPLIES},
        webhooks::{PROVIDER_WEBHOOK, WEBHOOK},
    },
};
use delivery::{
    application::{
        apply_reports::{Report, ReportDeps, ReportSource, apply_reports},
        receive_webhook::{Call, NotReceived, Refusals, WebhookDeps, receive_webhook},
        take_in_replies::take_in_replies,
    },
    domain::{
        outcome::Class,
        provider::{MailgunConfig, MailgunRegion, ProviderConfig, SendGridConfig, SendGridRegion, SesConfig},
        webhook::{EventKind, Keyword, ProviderEvent, Request},
    },
    infrastructure::sns_door::{NotFetched, SnsDoor},
};
use http::Method;
use jiff::SignedDuration;
use kernel::{MessageId, OrgId, ProviderId, Timestamp};
use serde_json::{Value, json};
use testkit::{
    TestResponse,
    smtp_sink::{SmtpSink, Stage},
};
use uuid::Uuid;

use crate::{
    post_office::{PostOffice, address},
    webhook_calls::{
        CERTIFICATE_URL, SUBSCRIBE_URL, SendGridSigner, Signed, SnsSigner, TOPIC, mailgun_bounce,
        mailgun_call, sendgrid_event,
    },
};

fn sendgrid() -> ProviderConfig {
    SendGridConfig {
        region: SendGridRegion::Global,
        base_url: String::new(),
        max_connections: 4,
        messages_per_second: None,
    }
    .into()
}

fn mailgun() -> ProviderConfig {
    MailgunConfig {
        domain: "mg.example.com".to_owned(),
        region: MailgunRegion::Us,
        base_url: String::new(),
        max_connections: 4,
        messages_per_second: None,
    }
    .into()
}

fn ses() -> ProviderConfig {
    SesConfig {
        region: "eu-west-1".to_owned(),
        access_key_id: "AKIDEXAMPLE".to_owned(),
        configuration_set: String::new(),
        base_url: String::new(),
        max_connections: 4,
        messages_per_second: None,
    }
    .into()
}

/// An organisation that has sent one message to each of `p0@example.com`…, and an account at SendGrid
/// that reports. Mail goes out over the mail server.
struct Story {
    office: PostOffice,
    _sink: SmtpSink,
    signer: SendGridSigner,
    account: ProviderId,
}

impl Story {
    async fn of(people: usize) -> Self {
        let sink = SmtpSink::start().await;
        let (office, _) = PostOffice::live(&sink).await;
        office.campaign(people).await;
        office.send().await;
        Self::around(office, sink).await
    }

    async fn around(office: PostOffice, sink: SmtpSink) -> Self {
        let signer = SendGridSigner::generate();
        let account = account(&office, office.app.org, sendgrid(), "webhook_key", &signer.key()).await;
        Self {
            office,
            _sink: sink,
            signer,
            account,
        }
    }

    fn now(&self) -> Timestamp {
        self.office.app.deps.clock.now()
    }

    async fn event(&self, id: &str, event: &str, email: &str) -> Value {
        let message = message_to(&self.office, email).await.to_string();
        sendgrid_event(id, event, email, &message, self.now())
    }

    async fn report(&self, events: &[Value]) -> TestResponse {
        call(&self.office, self.account, &self.signer.sign(events, self.now())).await
    }

    async fn state(&self, email: &str) -> (String, Option<String>) {
        state(&self.office, message_to(&self.office, email).await).await
    }
}

/// An account whose calls are verified with a key, entered by the API.
async fn account(
    office: &PostOffice,
    org: OrgId,
    config: ProviderConfig,
    field: &str,
    key: &str,
) -> ProviderId {
    let name = format!("reports {}", ProviderId::generate());
    let id = office.add_provider(org, &name, config, Some("secret")).await;
    office
        .app
        .program_with(org, kernel::Permission::ALL)
        .json(Method::PATCH, API_PROVIDER.url(&id), &json!({ field: key }))
        .await
        .expect(200);
    id
}

async fn call(office: &PostOffice, account: ProviderId, signed: &Signed) -> TestResponse {
    let mut stranger = office.app.stranger();
    for (name, value) in &signed.headers {
        stranger = stranger.with(name, value);
    }
    let body = Bytes::from(signed.body.clone());
    stranger
        .send(
            Method::POST,
            &WEBHOOK.url(&account),
            Some("application/json"),
            body,
        )
        .await
}

async fn message_to(office: &PostOffice, email: &str) -> MessageId {
    let mut owner = office.app.database.owner().await;
    let id: Uuid = sqlx::query_scalar("SELECT message_id FROM delivery.recipients WHERE address = $1")
        .bind(email)
        .fetch_one(&mut owner)
        .await
        .unwrap();
    id.into()
}

async fn state(office: &PostOffice, message: MessageId) -> (String, Option<String>) {
    let mut owner = office.app.database.owner().await;
    sqlx::query_as("SELECT state, reason FROM delivery.messages WHERE id = $1")
        .bind(message.uuid())
        .fetch_one(&mut owner)
        .await
        .unwrap()
}

/// Addresses on the list, each with its reason.
async fn suppressed(office: &PostOffice, org: OrgId) -> Vec<(String, String)> {
    let program = office.app.program_with(org, kernel::Permission::ALL);
    let list = program.get(API_SUPPRESSIONS.url()).await.expect(200).json();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let entries = list["data"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<_> = entries
        .iter()
        .map(|entry| (text(entry, "address"), text(entry, "reason")))
        .collect();
    found.sort();
    found
}

fn one(email: &str, reason: &str) -> Vec<(String, String)> {
    vec![(email.to_owned(), reason.to_owned())]
}

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

async fn stored(office: &PostOffice) -> i64 {
    office.value("SELECT count(*) FROM delivery.reports").await
}

#[tokio::test]
async fn a_bounce_at_sendgrid_suppresses_the_address_and_shows_on_the_message() {
    let story = Story::of(1).await;
    let mut bounce = story.event("b1", "bounce", "p0@example.com").await;
    bounce["email"] = json!("P0@Example.COM");

    story.report(&[bounce]).await.expect(200);

    assert_bounced(&story.office, "p0@example.com").await;
}

#[tokio::test]
async fn a_bounce_at_mailgun_suppresses_the_address_and_shows_on_the_message() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(1).await;
    office.send().await;
    let account = account(
        &office,
        office.app.org,
        mailgun(),
        "webhook_secret",
        "signing-key",
    )
    .await;
    let message = message_to(&office, "p0@example.com").await.to_string();
    let now = office.app.deps.clock.now();
    let bounce = mailgun_bounce("m1", "p0@example.com", &message, now);

    let signed = mailgun_call("signing-key", "token-1", bounce, now);
    call(&office, account, &signed).await.expect(200);

    assert_bounced(&office, "p0@example.com").await;
}

#[tokio::test]
async fn a_bounce_at_ses_suppresses_the_address_and_shows_on_the_message() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(1).await;
    office.send().await;
    let account = account(&office, office.app.org, ses(), "webhook_key", TOPIC).await;
    let message = message_to(&office, "p0@example.com").await.to_string();
    let amazon = Amazon::new();
    let now = office.app.deps.clock.now();
    let bounce = json!({
        "eventType": "Bounce",
        "mail": { "messageId": "ses-1", "destination": ["p0@example.com"], "tags": { "mauntic_message": [message] } },
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{
                "emailAddress": "p0@example.com", "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 no such user",
            }],
        },
    });

    let body = amazon.signer.notification("n1", &bounce, now);
    amazon.call(&office, account, &body).await.unwrap();

    assert_bounced(&office, "p0@example.com").await;
    let again = amazon.signer.notification("n2", &bounce, now);
    amazon.call(&office, account, &again).await.unwrap();
    assert_eq!(amazon.door.fetched(), [CERTIFICATE_URL, CERTIFICATE_URL]);
}

#[tokio::test]
async fn only_the_topic_that_was_entered_is_subscribed_and_read() {
    let office = PostOffice::open().await;
    let other = "arn:aws:sns:eu-west-1:123456789012:somebody-elses";
    let wrong = account(&office, office.app.org, ses(), "webhook_key", other).await;
    let right = account(&office, office.app.org, ses(), "webhook_key", TOPIC).await;
    let amazon = Amazon::new();
    let body = amazon.signer.subscription(office.app.deps.clock.now());

    let refused = amazon.call(&office, wrong, &body).await;

    assert!(matches!(refused, Err(NotReceived::NotBelieved)), "{refused:?}");
    assert!(
        amazon.door.fetched().is_empty(),
        "nothing is fetched for another topic"
    );
    amazon.call(&office, right, &body).await.unwrap();
    assert_eq!(amazon.door.fetched(), [CERTIFICATE_URL, SUBSCRIBE_URL]);
    let refused: String = office
        .value("SELECT last_refusal FROM delivery.providers WHERE last_refusal IS NOT NULL")
        .await;
    assert_eq!(refused, "bad_signature");
}

/// Amazon, as far as a test has it.
struct Amazon {
    signer: SnsSigner,
    door: Arc<Door>,
}

struct Door {
    certificate: String,
    fetched: Mutex<Vec<String>>,
}

impl Door {
    fn fetched(&self) -> Vec<String> {
        self.fetched.lock().unwrap().clone()
    }
}

#[async_trait]
impl SnsDoor for Door {
    async fn certificate(&self, url: &str) -> Result<Bytes, NotFetched> {
        self.fetched.lock().unwrap().push(url.to_owned());
        Ok(self.certificate.clone().into())
    }
    async fn confirm(&self, url: &str) -> Result<(), NotFetched> {
        self.fetched.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

impl Amazon {
    fn new() -> Self {
        let signer = SnsSigner::generate();
        let door = Door {
            certificate: signer.certificate.clone(),
            fetched: Mutex::default(),
        };
        Self {
            signer,
            door: Arc::new(door),
        }
    }

    async fn call(&self, office: &PostOffice, account: ProviderId, body: &[u8]) -> Result<(), NotReceived> {
        let deps = WebhookDeps {
            reports: reports(office),
            secrets: office.app.deps.secrets.clone(),
            clock: office.app.deps.clock.clone(),
            sns: self.door.clone(),
            base_url: "https://app.example".to_owned(),
            refusals: Refusals::default(),
        };
        let call = Call {
            account: Some(account),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            request: Request {
                url: "https://app.example/webhooks/delivery/x",
                headers: &[],
                body,
            },
        };
        receive_webhook(&deps, &call).await
    }
}

fn reports(office: &PostOffice) -> ReportDeps {
    ReportDeps {
        db: office.app.deps.db.clone(),
        consents: office.consents.clone(),
    }
}

async fn assert_bounced(office: &PostOffice, email: &str) {
    let message = message_to(office, email).await;
    assert_eq!(
        state(office, message).await,
        ("bounced".to_owned(), Some("hard_bounce".to_owned()))
    );
    assert_eq!(
        suppressed(office, office.app.org).await,
        one(email, "hard_bounce")
    );
    let shown = office
        .app
        .program()
        .get(API_MESSAGE.url(&message))
        .await
        .expect(200)
        .json();
    assert_eq!(shown["state"], "bounced");
    let report = &shown["reports"][0];
    assert_eq!(
        (
            &report["source"],
            &report["kind"],
            &report["class"],
            &report["result"]
        ),
        (
            &json!("webhook"),
            &json!("bounced"),
            &json!("hard_bounce"),
            &json!("applied")
        )
    );
    let page = office.app.person().get(MESSAGE.url(&message)).await.expect(200);
    let text = flat(&page);
    assert!(
        text.contains("Came back") && text.contains("no such user"),
        "{text}"
    );
    let told = office.facts().await.into_iter().any(|fact| {
        matches!(fact, DeliveryEvent::MessagesBounced { messages, .. } if messages[0].reason == "hard_bounce")
    });
    assert!(told, "the others hear of it");
}

#[tokio::test]
async fn a_call_that_is_signed_wrongly_is_refused_and_nothing_is_stored() {
    let story = Story::of(1).await;
    let bounce = story.event("b1", "bounce", "p0@example.com").await;
    let mut spoilt = story.signer.sign(std::slice::from_ref(&bounce), story.now());
    spoilt.body.push(b' ');
    let foreign = SendGridSigner::generate().sign(&[bounce], story.now());

    for signed in [spoilt, foreign] {
        call(&story.office, story.account, &signed).await.expect(401);
    }

    assert_eq!(stored(&story.office).await, 0);
    assert_eq!(story.state("p0@example.com").await.0, "accepted");
    let page = story
        .office
        .app
        .person()
        .get(PROVIDER.url(&story.account))
        .await
        .expect(200);
    assert!(flat(&page).contains("made with another key"), "{}", flat(&page));
}

#[tokio::test]
async fn an_unknown_account_and_one_that_does_not_report_are_answered_like_a_wrong_signature() {
    let sink = SmtpSink::start().await;
    let (office, mail_server) = PostOffice::live(&sink).await;
    let signer = SendGridSigner::generate();
    let without_key = office
        .add_provider(office.app.org, "no key", sendgrid(), Some("secret"))
        .await;
    let with_key = account(&office, office.app.org, sendgrid(), "webhook_key", &signer.key()).await;
    let signed = SendGridSigner::generate().sign(&[], office.app.deps.clock.now());
    let right = call(&office, with_key, &signed).await.expect(401);

    for other in [ProviderId::generate(), mail_server, without_key] {
        let answer = call(&office, other, &signed).await.expect(401);
        assert_eq!(
            (answer.text(), answer.headers.len()),
            (right.text(), right.headers.len())
        );
    }
    let nonsense = office
        .app
        .stranger()
        .send(
            Method::POST,
            "/webhooks/delivery/nonsense",
            Some("application/json"),
            Bytes::from_static(b"[]"),
        )
        .await;
    nonsense.expect(401);
}

#[tokio::test]
async fn a_call_that_is_too_large_is_refused_and_one_that_is_just_small_enough_is_read() {
    let story = Story::of(1).await;
    let bounce = story.event("b1", "bounce", "p0@example.com").await;
    let fitting = |size: usize| {
        let mut body = serde_json::to_vec(&[&bounce]).unwrap();
        body.resize(size, b' ');
        story.signer.sign_body(body, story.now())
    };
    call(&story.office, story.account, &fitting(1024 * 1024 + 1))
        .await
        .expect(413);
    assert_eq!(stored(&story.office).await, 0);
    call(&story.office, story.account, &fitting(1024 * 1024))
        .await
        .expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "bounced");
}

#[tokio::test]
async fn a_call_that_is_signed_and_makes_no_sense_is_a_bad_request() {
    let story = Story::of(1).await;
    let signed = story
        .signer
        .sign_body(b"{\"not\": \"a list\"}".to_vec(), story.now());
    call(&story.office, story.account, &signed).await.expect(400);
}

#[tokio::test]
async fn reports_in_any_order_and_any_number_come_to_the_same() {
    let kinds = ["processed", "delivered", "bounce", "spamreport"];
    let orders = permutations(kinds.len());
    let story = Story::of(orders.len()).await;
    for (n, order) in orders.iter().enumerate() {
        let email = format!("p{n}@example.com");
        let mut events = Vec::new();
        for kind in order.iter().map(|place| kinds[*place]) {
            events.push(story.event(&format!("{n}-{kind}"), kind, &email).await);
        }
        // Each in a call of its own, and then all of them nine times more, in other orders.
        for event in &events {
            story.report(std::slice::from_ref(event)).await.expect(200);
        }
        let mut again = Vec::new();
        for round in 0..9 {
            events.rotate_left(round % kinds.len());
            again.extend(events.iter().rev().cloned());
        }
        story.report(&again).await.expect(200);
        assert_eq!(
            story.state(&email).await,
            ("complained".to_owned(), None),
            "{order:?}"
        );
    }
    assert_eq!(stored(&story.office).await, (orders.len() * kinds.len()) as i64);
    for (told, n) in [
        ("delivered", orders.len()),
        ("bounced", orders.len()),
        ("complained", orders.len()),
    ] {
        assert_eq!(told_of(&story.office, told).await, n, "{told}");
    }
    let reasons: Vec<(String, String)> = suppressed(&story.office, story.office.app.org).await;
    let first: Vec<&str> = reasons
        .iter()
        .filter(|(address, _)| address == "p0@example.com")
        .map(|(_, reason)| reason.as_str())
        .collect();
    assert_eq!(first, ["complaint", "hard_bounce"]);
}

/// How many messages were told of, with repetitions.
async fn told_of(office: &PostOffice, what: &str) -> usize {
    let facts = office.facts().await;
    let counts = facts.iter().map(|fact| match (what, fact) {
        ("delivered", DeliveryEvent::MessagesDelivered { messages, .. }) => messages.len(),
        ("complained", DeliveryEvent::MessagesComplained { messages, .. }) => messages.len(),
        ("bounced", DeliveryEvent::MessagesBounced { messages, .. }) => messages.len(),
        ("sent", DeliveryEvent::MessagesSent { messages, .. }) => messages.len(),
        _ => 0,
    });
    counts.sum()
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    permutations(n - 1)
        .into_iter()
        .flat_map(|shorter| {
            (0..n).map(move |at| {
                let mut longer = shorter.clone();
                longer.insert(at, n - 1);
                longer
            })
        })
        .collect()
}

#[tokio::test]
async fn a_report_that_comes_before_our_own_outcome_takes_effect_once_that_is_written() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(1).await;
    let story = Story::around(office, sink).await;
    let delivered = story.event("d1", "delivered", "p0@example.com").await;

    story.report(&[delivered]).await.expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "queued");
    story.office.send().await;
    story.office.app.run_until_idle().await;

    assert_eq!(story.state("p0@example.com").await.0, "delivered");
    assert_eq!(told_of(&story.office, "delivered").await, 1);
}

#[tokio::test]
async fn a_report_that_knows_only_the_providers_own_id_finds_its_message_once_there_is_one() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(1).await;
    office.send().await;
    let story = Story::around(office, sink).await;
    let mut delivered = story.event("d1", "delivered", "p0@example.com").await;
    delivered["sg_message_id"] = json!("abc123.filter0001.1.2.0");
    delivered.as_object_mut().unwrap().remove("mauntic_message");

    story.report(&[delivered]).await.expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "accepted");
    story
        .office
        .sql("UPDATE delivery.attempts SET provider_message_id = 'abc123'")
        .await;
    story.office.app.clock.advance(SignedDuration::from_mins(2));
    story.office.app.run_until_idle().await;

    assert_eq!(story.state("p0@example.com").await.0, "delivered");
}

#[tokio::test]
async fn a_complaint_suppresses_the_address_and_marks_the_message() {
    let story = Story::of(1).await;
    let complaint = story.event("c1", "spamreport", "p0@example.com").await;
    story.report(&[complaint]).await.expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "complained");
    assert_eq!(
        suppressed(&story.office, story.office.app.org).await,
        one("p0@example.com", "complaint")
    );
}

#[tokio::test]
async fn a_wish_to_hear_no_more_that_the_provider_heard_is_kept_by_us() {
    let story = Story::of(1).await;
    let wish = story.event("u1", "unsubscribe", "p0@example.com").await;
    story.report(&[wish]).await.expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "accepted");
    assert_eq!(
        suppressed(&story.office, story.office.app.org).await,
        one("p0@example.com", "unsubscribed")
    );
}

#[tokio::test]
async fn opens_and_clicks_that_the_provider_saw_are_shown_and_not_counted() {
    let story = Story::of(1).await;
    let open = story.event("o1", "open", "p0@example.com").await;
    story.report(&[open]).await.expect(200);
    let message = message_to(&story.office, "p0@example.com").await;
    let shown = story
        .office
        .app
        .program()
        .get(API_MESSAGE.url(&message))
        .await
        .expect(200)
        .json();
    assert_eq!(shown["reports"][0]["kind"], "opened");
    assert_eq!(
        (&shown["state"], &shown["opened_at"]),
        (&json!("accepted"), &Value::Null)
    );
}

#[tokio::test]
async fn three_full_mailboxes_within_two_weeks_suppress_the_address() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let (reports, org) = (reports(&office), office.app.org);
    for n in 0..3 {
        assert!(suppressed(&office, org).await.is_empty(), "after {n}");
        let batch = office.batch(Stream::Marketing).await;
        office.add(batch, 1).await;
        office.send().await;
        let id: Uuid = office
            .value("SELECT message_id FROM delivery.recipients ORDER BY message_id DESC LIMIT 1")
            .await;
        let report = Report {
            message: Some(id.into()),
            provider: None,
            provider_message_id: None,
            recipient: "p0@example.com".to_owned(),
            kind: EventKind::Bounced {
                class: Class::InactiveRecipient,
            },
            at: office.app.deps.clock.now(),
            event_id: format!("full-{n}"),
            detail: "552 5.2.2 mailbox full".to_owned(),
            source: ReportSource::Mailbox,
        };
        apply_reports(&reports, org, &[report]).await.unwrap();
    }
    assert_eq!(
        suppressed(&office, org).await,
        one("p0@example.com", "soft_bounces")
    );
}

#[tokio::test]
async fn a_report_about_somebody_else_than_the_recipient_changes_nothing_and_says_so() {
    let story = Story::of(2).await;
    let message = message_to(&story.office, "p0@example.com").await.to_string();
    let forged = sendgrid_event("x1", "bounce", "p1@example.com", &message, story.now());
    story.report(&[forged]).await.expect(200);
    assert_eq!(story.state("p0@example.com").await.0, "accepted");
    assert_eq!(story.state("p1@example.com").await.0, "accepted");
    assert!(suppressed(&story.office, story.office.app.org).await.is_empty());
    let result: String = story.office.value("SELECT result FROM delivery.reports").await;
    assert_eq!(result, "other_recipient");
}

#[tokio::test]
async fn a_signed_report_about_another_organisations_message_changes_nothing_there() {
    let story = Story::of(1).await;
    let (signer, office) = (SendGridSigner::generate(), &story.office);
    let theirs = office.app.organizations.add("Other Ltd");
    let foreign = account(office, theirs, sendgrid(), "webhook_key", &signer.key()).await;
    let bounce = story.event("b1", "bounce", "p0@example.com").await;

    let signed = signer.sign(&[bounce], story.now());
    call(office, foreign, &signed).await.expect(200);
    office.app.clock.advance(SignedDuration::from_hours(2));
    office.app.run_until_idle().await;

    assert_eq!(story.state("p0@example.com").await.0, "accepted");
    assert!(suppressed(office, office.app.org).await.is_empty());
    assert!(suppressed(office, theirs).await.is_empty());
    let joined: i64 = office
        .value("SELECT count(*) FROM delivery.reports WHERE message_id IS NOT NULL")
        .await;
    assert_eq!(joined, 0);
}

#[tokio::test]
async fn a_copied_call_is_refused_after_its_time_and_without_effect_within_it() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    office.campaign(2).await;
    office.send().await;
    let account = account(
        &office,
        office.app.org,
        mailgun(),
        "webhook_secret",
        "signing-key",
    )
    .await;
    let now = office.app.deps.clock.now();
    let first = message_to(&office, "p0@example.com").await;
    let second = message_to(&office, "p1@example.com").await;
    let bounce = |id: &str, email: &str, message: MessageId| {
        let event = mailgun_bounce(id, email, &message.to_string(), now);
        mailgun_call("signing-key", "token-1", event, now)
    };
    let call_of = bounce("m1", "p0@example.com", first);
    call(&office, account, &call_of).await.expect(200);

    // The signature does not cover the event, so a copy can say anything.
    let changed = bounce("m2", "p1@example.com", second);
    call(&office, account, &changed).await.expect(200);
    assert_eq!(state(&office, second).await.0, "accepted");
    office.app.clock.advance(SignedDuration::from_hours(8 * 24));
    call(&office, account, &changed).await.expect(401);
    call(&office, account, &call_of).await.expect(401);
    assert_eq!(stored(&office).await, 1);
}

#[tokio::test]
async fn a_held_message_that_somebody_reports_of_was_accepted() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    sink.when(Stage::EndOfData).keep_and_disconnect();
    let batch = office.campaign(1).await;
    while office.progress(batch).await.pending > 0 {
        office.send().await;
    }
    assert_eq!(office.progress(batch).await.held, 1);
    let story = Story::around(office, sink).await;
    let delivered = story.event("d1", "delivered", "p0@example.com").await;

    story.report(&[delivered]).await.expect(200);

    assert_eq!(
        story.state("p0@example.com").await,
        ("delivered".to_owned(), None)
    );
    let progress = story.office.progress(batch).await;
    assert_eq!((progress.held, progress.accepted, progress.total), (0, 1, 1));
    let attempts = story.office.attempts("p0@example.com").await;
    assert_eq!(attempts.last().unwrap().1.as_deref(), Some("reported"));
    assert_eq!(told_of(&story.office, "sent").await, 1);
}

#[tokio::test]
async fn whoever_guesses_signatures_is_not_listened_to_for_a_while() {
    let story = Story::of(1).await;
    let bounce = story.event("b1", "bounce", "p0@example.com").await;
    let wrong = SendGridSigner::generate().sign(std::slice::from_ref(&bounce), story.now());
    for _ in 0..30 {
        call(&story.office, story.account, &wrong).await.expect(401);
    }
    call(&story.office, story.account, &wrong).await.expect(429);
    story.office.app.clock.advance(SignedDuration::from_mins(1));
    story.report(&[bounce]).await.expect(200);
}

#[tokio::test]
async fn keys_are_entered_on_the_accounts_page_and_a_secret_is_never_shown_again() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let id = office
        .add_provider(office.app.org, "Mailgun", mailgun(), Some("secret"))
        .await;
    let page = ann.get(PROVIDER.url(&id)).await.expect(200);
    assert!(flat(&page).contains(&WEBHOOK.url(&id)), "{}", flat(&page));
    assert!(flat(&page).contains("Reports are refused until the key is entered"));

    let refused = ann
        .post(PROVIDER_WEBHOOK.url(&id), &[("webhook_secret", "two words")])
        .await
        .expect(422);
    assert!(flat(&refused).contains("without spaces"), "{}", flat(&refused));
    ann.post(PROVIDER_WEBHOOK.url(&id), &[("webhook_secret", "a-signing-key")])
        .await
        .expect(303);

    let page = ann.get(PROVIDER.url(&id)).await.expect(200);
    let shown = office.app.program().get(API_PROVIDER.url(&id)).await.expect(200);
    assert!(flat(&page).contains("A key is stored"), "{}", flat(&page));
    assert_eq!(shown.json()["has_webhook_secret"], true);
    let row: String = office
        .value("SELECT p::text || encode(webhook_secret, 'escape') FROM delivery.providers p")
        .await;
    for text in [page.text(), shown.text(), row] {
        assert!(!text.contains("a-signing-key"), "{text}");
    }
    office
        .app
        .program()
        .json(
            Method::PATCH,
            API_PROVIDER.url(&id),
            &json!({ "webhook_key": "x" }),
        )
        .await
        .expect(422);
}

fn inbound(id: &str, text: &str, keyword: Option<Keyword>, at: Timestamp) -> ProviderEvent {
    ProviderEvent {
        provider_message_id: Some(id.to_owned()),
        our_message_id: None,
        recipient: "+447700900000".to_owned(),
        kind: EventKind::Inbound {
            from: "+447700900000".to_owned(),
            to: "+447700900999".to_owned(),
            text: text.to_owned(),
            keyword,
        },
        at,
        event_id: id.to_owned(),
        detail: String::new(),
    }
}

async fn numbers_on_the_list(office: &PostOffice) -> Vec<(String, String)> {
    let mut owner = office.app.database.owner().await;
    sqlx::query_as(
        "SELECT address, reason FROM delivery.suppressions WHERE address LIKE '+%' ORDER BY reason",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn stop_and_start_take_effect_and_every_reply_is_listed_once() {
    let office = PostOffice::open().await;
    let (org, now) = (office.app.org, office.app.deps.clock.now());
    let account = office
        .add_provider(org, "Texts", sendgrid(), Some("secret"))
        .await;
    let take_in = async |events: &[ProviderEvent]| {
        let mut tx = office.app.deps.db.system().await.unwrap();
        take_in_replies(&mut tx, org, account, events).await.unwrap();
        tx.commit().await.unwrap();
    };
    let stop = inbound("s1", "Stop!", Some(Keyword::Stop), now);
    take_in(std::slice::from_ref(&stop)).await;
    take_in(std::slice::from_ref(&stop)).await;
    assert_eq!(
        numbers_on_the_list(&office).await,
        one("+447700900000", "unsubscribed")
    );

    office
        .sql(
            "INSERT INTO delivery.suppressions (org_id, address, reason, created_at)
              SELECT org_id, address, 'manual', created_at FROM delivery.suppressions",
        )
        .await;
    take_in(&[inbound("s2", "START", Some(Keyword::Start), now)]).await;
    assert_eq!(numbers_on_the_list(&office).await, one("+447700900000", "manual"));
    take_in(&[inbound("s3", "When do you open?", None, now)]).await;

    let list = office
        .app
        .program()
        .get(API_INBOUND_MESSAGES.url())
        .await
        .expect(200)
        .json();
    let texts: Vec<&str> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reply| reply["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["When do you open?", "START", "Stop!"]);
    let page = office
        .app
        .person()
        .get(REPLIES.with(&[("keyword", "stop")]))
        .await
        .expect(200);
    assert!(flat(&page).contains("Stop!") && !flat(&page).contains("When do you open?"));
    office
        .app
        .person()
        .get(REPLIES.with(&[("keyword", "x")]))
        .await
        .expect(422);
    let told = office
        .facts()
        .await
        .into_iter()
        .filter(|fact| matches!(fact, DeliveryEvent::RepliesReceived { .. }))
        .count();
    assert_eq!(told, 3);
}

#[tokio::test]
async fn reports_are_kept_for_ninety_days() {
    let story = Story::of(1).await;
    let delivered = story.event("d1", "delivered", "p0@example.com").await;
    story.report(&[delivered]).await.expect(200);
    story
        .office
        .app
        .clock
        .advance(SignedDuration::from_hours(89 * 24));
    story.office.app.run_until_idle().await;
    assert_eq!(stored(&story.office).await, 1);
    story.office.app.clock.advance(SignedDuration::from_hours(2 * 24));
    story.office.app.run_until_idle().await;
    assert_eq!(stored(&story.office).await, 0);
}

#[tokio::test]
async fn whoever_is_erased_leaves_neither_reports_nor_replies() {
    let story = Story::of(2).await;
    let (office, org) = (&story.office, story.office.app.org);
    let bounce = story.event("b1", "bounce", "p0@example.com").await;
    let others = message_to(office, "p1@example.com").await.to_string();
    let about_them = sendgrid_event("x1", "bounce", "p0@example.com", &others, story.now());
    story.report(&[bounce.clone(), about_them]).await.expect(200);
    let contact = office.contact("p0@example.com").await;
    let message = message_to(office, "p0@example.com").await;
    let person = DataSubject {
        contact,
        addresses: vec![address("p0@example.com")],
        pseudonyms: vec![address("gone@erased.invalid")],
        numbers: Vec::new(),
    };

    office
        .delivery
        .personal_data()
        .erase(org, &[person])
        .await
        .unwrap();
    // What comes afterwards is not kept either.
    let late = sendgrid_event(
        "b2",
        "bounce",
        "p0@example.com",
        &message.to_string(),
        story.now(),
    );
    story.report(&[late]).await.expect(200);

    let left: i64 = office
        .value("SELECT count(*) FROM delivery.reports r WHERE r::text LIKE '%p0@%'")
        .await;
    assert_eq!(left, 0);
    let results: i64 = office
        .value("SELECT count(*) FROM delivery.reports WHERE result = 'erased' AND recipient IS NULL AND detail = ''")
        .await;
    assert_eq!(results, 1);
}
