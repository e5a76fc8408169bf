//! What delivery tells becomes the timeline, the last activity and who may be written to.

use contracts::crm::consent::Channel;
use std::sync::Arc;

use contracts::{
    PortResult,
    crm::{CONTACT_NEW, CONTACTS, ContactSnapshots},
    delivery::{
        DeliveryEvent, Engagement, MessageFailure, MessageRef, MessageSource, MessageTrace, MessageTraces,
        TraceAttempt,
    },
    identity::Organizations,
};
use crm::Crm;
use kernel::{CampaignId, ContactId, EmailAddress, MessageId, OrgId};
use testkit::TestApp;

use crate::support::{ann, crm, id_of};

async fn tell(app: &TestApp, org: OrgId, events: &[DeliveryEvent]) {
    let mut tx = app.deps.db.system().await.unwrap();
    tx.record_all(org, events).await.unwrap();
    tx.commit().await.unwrap();
    app.run_until_idle().await;
}

struct Story {
    app: TestApp,
    url: String,
    contact: ContactId,
    source: MessageSource,
}

async fn story() -> Story {
    story_in(crm().await).await
}

async fn story_in(app: TestApp) -> Story {
    let url = app
        .person()
        .post(CONTACT_NEW.url(), &ann())
        .await
        .expect(303)
        .location();
    let contact = id_of(&url).parse().unwrap();
    Story {
        app,
        url,
        contact,
        source: MessageSource::Campaign(CampaignId::generate()),
    }
}

impl Story {
    fn message(&self, seconds: i64) -> MessageRef {
        let at = self.app.clock_now() + jiff::SignedDuration::from_secs(seconds);
        MessageRef {
            message: MessageId::generate(),
            contact: self.contact,
            at,
        }
    }

    fn engagement(&self, seconds: i64, url: Option<&str>) -> Engagement {
        let message = self.message(seconds);
        Engagement {
            message,
            first: true,
            first_for_message: true,
            url: url.map(str::to_owned),
        }
    }
}

/// The test's clock, read.
trait ClockNow {
    fn clock_now(&self) -> kernel::Timestamp;
}
impl ClockNow for TestApp {
    fn clock_now(&self) -> kernel::Timestamp {
        self.deps.clock.now()
    }
}

#[tokio::test]
async fn a_persons_timeline_tells_what_happened_newest_first() {
    let story = story().await;
    let source = story.source;
    tell(
        &story.app,
        story.app.org,
        &[
            DeliveryEvent::MessagesSent {
                channel: Channel::Email,
                source,
                messages: vec![story.message(1)],
            },
            DeliveryEvent::MessagesOpened {
                channel: Channel::Email,
                source,
                engagements: vec![story.engagement(2, None)],
            },
            DeliveryEvent::MessagesClicked {
                channel: Channel::Email,
                source,
                engagements: vec![story.engagement(3, Some("https://x.example/offer"))],
            },
            DeliveryEvent::MessagesSent {
                channel: Channel::Email,
                source: MessageSource::Test,
                messages: vec![story.message(4)],
            },
            DeliveryEvent::MessagesBounced {
                channel: Channel::Email,
                source,
                messages: vec![MessageFailure {
                    message: story.message(5),
                    reason: "hard_bounce".to_owned(),
                }],
            },
        ],
    )
    .await;
    let person = story.app.person();
    let page = person.get(&story.url).await.expect(200);
    let said = page.texts(".moment-line > span:first-child");
    assert_eq!(
        said,
        [
            "Mail came back",
            "Clicked a link",
            "Opened a mail",
            "Mail was sent",
            "Contact was added"
        ]
    );
    assert!(page.texts(".moment-detail")[1].contains("https://x.example/offer"));
    let engaged = person
        .get(format!("{}?show=engaged", story.url))
        .await
        .expect(200);
    assert_eq!(
        engaged.texts(".moment-line > span:first-child"),
        ["Clicked a link", "Opened a mail"]
    );

    let program = story.app.program();
    let events = program
        .get(format!(
            "/api/v1/contacts/{}/events?type=email_clicked",
            story.contact
        ))
        .await
        .expect(200)
        .json();
    assert_eq!(events["data"][0]["properties"]["url"], "https://x.example/offer");
    let contact = program
        .get(format!("/api/v1/contacts/{}", story.contact))
        .await
        .json();
    assert_eq!(contact["last_active_at"], events["data"][0]["occurred_at"]);
}

/// A delivery that knows the fate of every message.
struct Fates;

#[async_trait::async_trait]
impl MessageTraces for Fates {
    async fn traces(&self, _: OrgId, messages: &[MessageId]) -> PortResult<Vec<MessageTrace>> {
        let at = "2026-01-01T10:00:00Z".parse().unwrap();
        let attempt = |number, outcome: &str| TraceAttempt {
            number,
            at,
            provider: Some("Post office".to_owned()),
            outcome: Some(outcome.to_owned()),
            reply: Some("451 come again".to_owned()).filter(|_| outcome == "deferred"),
        };
        let trace = |message: &MessageId| MessageTrace {
            message: *message,
            state: "bounced".to_owned(),
            reason: Some("hard_bounce".to_owned()),
            queued_at: at,
            state_at: at,
            opened_at: None,
            clicked_at: None,
            attempts: vec![attempt(1, "deferred"), attempt(2, "accepted")],
        };
        Ok(messages.iter().map(trace).collect())
    }
}

#[tokio::test]
async fn a_message_says_why_it_was_sent_and_what_became_of_it() {
    let app = TestApp::start(&["crm"], |deps, organizations| {
        let organizations: Arc<dyn Organizations> = organizations.clone();
        vec![
            Crm::new(deps, organizations)
                .with_traces(Arc::new(Fates))
                .module(),
        ]
    })
    .await;
    let story = story_in(app).await;
    let failure = MessageFailure {
        message: story.message(5),
        reason: "hard_bounce".to_owned(),
    };
    let bounced = DeliveryEvent::MessagesBounced {
        channel: Channel::Email,
        source: story.source,
        messages: vec![failure],
    };
    tell(&story.app, story.app.org, &[bounced]).await;
    let page = story.app.person().get(&story.url).await.expect(200);
    assert_eq!(page.texts(".moment-detail details summary"), ["Why?"]);
    let steps = page.texts(".moment-detail details li");
    assert!(steps[0].contains("chose this contact"), "{steps:?}");
    assert!(
        steps[2].contains("Attempt 1 over Post office: put off by the server"),
        "{steps:?}"
    );
    assert!(steps[2].contains("451 come again"), "{steps:?}");
    assert!(steps[3].contains("accepted"), "{steps:?}");
    assert!(steps[4].contains("Came back: (hard bounce)"), "{steps:?}");
}

#[tokio::test]
async fn a_long_timeline_comes_in_pages() {
    let story = story().await;
    let messages: Vec<MessageRef> = (0..70).map(|n| story.message(n)).collect();
    tell(
        &story.app,
        story.app.org,
        &[DeliveryEvent::MessagesSent {
            channel: Channel::Email,
            source: story.source,
            messages,
        }],
    )
    .await;
    let person = story.app.person();
    let first = person.get(&story.url).await.expect(200);
    let mut seen = first.attributes("li.moment[id]", "id");
    assert_eq!(seen.len(), 30);
    let mut more = first.attributes("li.moment[hx-get]", "hx-get").pop();
    let without_script = first.attributes("li.moment[hx-get] a", "href").pop().unwrap();
    assert_eq!(
        person
            .get(&without_script)
            .await
            .expect(200)
            .attributes("li.moment[id]", "id")
            .len(),
        30
    );
    while let Some(path) = more {
        let part = person.clone().htmx().get(&path).await.expect(200);
        seen.extend(part.attributes("li.moment[id]", "id"));
        more = part.attributes("li.moment[hx-get]", "hx-get").pop();
    }
    assert_eq!(seen.len(), 70);
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 70);
}

#[tokio::test]
async fn a_suppressed_address_is_shown_until_it_is_released() {
    let story = story().await;
    let address = EmailAddress::parse("ann@example.com").unwrap();
    let suppressed = DeliveryEvent::AddressesSuppressed {
        addresses: vec![(address.clone().into(), "hard_bounce".to_owned())],
    };
    tell(&story.app, story.app.org, std::slice::from_ref(&suppressed)).await;
    let person = story.app.person();
    assert!(
        person
            .get(&story.url)
            .await
            .text()
            .contains("Not written to: Address bounced")
    );
    assert_eq!(
        person.get(CONTACTS.url()).await.texts("tbody .badge"),
        ["Address bounced"]
    );
    tell(
        &story.app,
        story.app.org,
        &[
            suppressed,
            DeliveryEvent::AddressesReleased {
                addresses: vec![address.into()],
            },
        ],
    )
    .await;
    assert!(person.get(&story.url).await.text().contains("Can be written to"));
}

#[tokio::test]
async fn what_concerns_deleted_or_foreign_contacts_leaves_no_trace() {
    let story = story().await;
    let source = story.source;
    let other = story.app.organizations.add("Other Ltd");
    let sent = DeliveryEvent::MessagesSent {
        channel: Channel::Email,
        source,
        messages: vec![story.message(1)],
    };
    tell(&story.app, other, std::slice::from_ref(&sent)).await;
    story
        .app
        .person()
        .post(format!("{}/deletion", story.url), &[])
        .await
        .expect(303);
    tell(&story.app, story.app.org, &[sent]).await;
    let mut owner = story.app.database.owner().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.events")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn other_contexts_read_contacts_in_batches() {
    let story = story().await;
    let organizations: Arc<dyn Organizations> = story.app.organizations.clone();
    let port: Arc<dyn ContactSnapshots> = Crm::new(&story.app.deps, organizations).snapshots();
    let found = port
        .snapshots(story.app.org, &[story.contact, ContactId::generate()])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].first_name, "Ann");
    assert_eq!(found[0].tags, ["trial", "vip"]);
    assert_eq!(
        port.search(story.app.org, "ann smi", 5).await.unwrap()[0].id,
        story.contact
    );
    let other = story.app.organizations.add("Other Ltd");
    assert!(port.snapshots(other, &[story.contact]).await.unwrap().is_empty());
    assert!(port.search(other, "ann", 5).await.unwrap().is_empty());
}
