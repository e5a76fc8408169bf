//! Opens and clicks: the answers, and what is kept of them.

use bytes::Bytes;
use contracts::{crm::ContactSnapshot, delivery::DeliveryEvent};
use delivery::domain::tracking::LinkSigner;
use http::Method;
use kernel::MessageId;
use serde_json::json;
use testkit::Client;
use uuid::Uuid;

use crate::authoring_app::{AuthoringApp, Sent, path};

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

struct Scene {
    app: AuthoringApp,
    contact: ContactSnapshot,
    sent: Sent,
    reader: Client,
}

impl Scene {
    /// A message of a campaign with two links, and its reader.
    async fn new() -> Self {
        let app = AuthoringApp::start().await;
        let body =
            "<a href=\"https://one.example/?c={{ contact.id }}\">1</a><a href=\"https://two.example/\">2</a>";
        let new = json!({ "name": "News", "kind": "html", "subject": "S", "body": body });
        let made = app
            .app
            .program()
            .json(Method::POST, "/api/v1/templates", &new)
            .await
            .expect(201)
            .json();
        let version: kernel::TemplateVersionId = made["version_id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("an id");
        let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
        let sent = app.sent_message(version, &contact).await;
        let reader = app.app.stranger().with("user-agent", BROWSER);
        Self {
            app,
            contact,
            sent,
            reader,
        }
    }

    fn open(&self) -> String {
        path(&self.app.signer.open_url(self.app.app.org, self.sent.message))
    }

    fn click(&self, link: u16) -> String {
        let destination = ["https://one.example/?c=con_1", "https://two.example/"][usize::from(link)];
        path(
            &self
                .app
                .signer
                .click_url(self.app.app.org, self.sent.message, link, destination),
        )
    }

    async fn events(&self) -> Vec<(String, bool, String)> {
        self.app.app.run_until_idle().await;
        let mut owner = self.app.app.database.owner().await;
        sqlx::query_as("SELECT kind, counted, agent FROM delivery.tracking_events ORDER BY id")
            .fetch_all(&mut owner)
            .await
            .expect("events can be read")
    }
}

#[tokio::test]
async fn the_pixel_is_a_gif_that_nobody_keeps_and_counts_an_open_once_as_the_first() {
    let scene = Scene::new().await;
    for _ in 0..2 {
        let pixel = scene.reader.get(scene.open()).await.expect(200);
        assert_eq!(pixel.header("content-type"), Some("image/gif"));
        assert_eq!(pixel.header("cache-control"), Some("no-store"));
        assert_eq!(pixel.header("x-robots-tag"), Some("noindex"));
        assert_eq!(pixel.header("set-cookie"), None);
        assert_eq!(pixel.body.len(), 43);
        scene.app.app.run_until_idle().await;
    }
    let facts = scene.app.facts().await;
    let firsts: Vec<_> = facts
        .iter()
        .map(|fact| match fact {
            DeliveryEvent::MessagesOpened {
                source, engagements, ..
            } => {
                assert_eq!(*source, scene.sent.source);
                assert_eq!(engagements[0].message.contact, scene.contact.id);
                (
                    engagements.len(),
                    engagements[0].first,
                    engagements[0].first_for_message,
                )
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(firsts, [(1, true, true), (1, false, false)]);
}

#[tokio::test]
async fn a_click_leads_on_and_is_counted_per_link_and_per_message() {
    let scene = Scene::new().await;
    let answer = scene.reader.get(scene.click(0)).await.expect(302);
    assert_eq!(answer.location(), "https://one.example/?c=con_1");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
    scene.reader.get(scene.click(1)).await.expect(302);
    scene.reader.get(scene.click(0)).await.expect(302);
    scene.app.app.run_until_idle().await;
    let facts = scene.app.facts().await;
    let [DeliveryEvent::MessagesClicked { engagements, .. }] = &facts[..] else {
        panic!("{facts:?}")
    };
    let seen: Vec<_> = engagements
        .iter()
        .map(|e| (e.url.as_deref().unwrap_or_default(), e.first, e.first_for_message))
        .collect();
    // The link as it was written, so that it is one link for all contacts.
    assert_eq!(
        seen,
        [
            ("https://one.example/?c={{ contact.id }}", true, true),
            ("https://two.example/", true, false),
            ("https://one.example/?c={{ contact.id }}", false, false),
        ]
    );
}

#[tokio::test]
async fn what_only_looks_ahead_is_kept_but_not_counted() {
    let scene = Scene::new().await;
    let head = scene
        .reader
        .send(Method::HEAD, &scene.click(0), None, Bytes::new())
        .await;
    assert_eq!(
        (head.status.as_u16(), head.location()),
        (302, "https://one.example/?c=con_1".to_owned())
    );
    scene
        .reader
        .send(Method::HEAD, &scene.open(), None, Bytes::new())
        .await
        .expect(200);
    scene
        .reader
        .clone()
        .with("sec-purpose", "prefetch")
        .get(scene.click(1))
        .await
        .expect(302);
    scene
        .reader
        .clone()
        .with("user-agent", "curl/8.5.0")
        .get(scene.open())
        .await
        .expect(200);
    let kept = |kind: &str, counted: bool, agent: &str| (kind.to_owned(), counted, agent.to_owned());
    assert_eq!(
        scene.events().await,
        [
            kept("click", false, "person"),
            kept("open", false, "person"),
            kept("click", false, "person"),
            kept("open", true, "program"),
        ]
    );
    let facts = scene.app.facts().await;
    assert!(
        matches!(&facts[..], [DeliveryEvent::MessagesOpened { .. }]),
        "{facts:?}"
    );
}

#[tokio::test]
async fn a_link_that_is_not_ours_whole_and_unchanged_leads_nowhere() {
    let scene = Scene::new().await;
    let org = scene.app.app.org;
    let stranger = LinkSigner::new(&[9; 32], "http://localhost:8080");
    let mut changed = scene.click(0);
    let last = if changed.ends_with('A') { 'B' } else { 'A' };
    changed.pop();
    changed.push(last);
    let bad_scheme = path(
        &scene
            .app
            .signer
            .click_url(org, scene.sent.message, 0, "javascript:alert(1)"),
    );
    for url in [
        changed,
        path(&stranger.click_url(org, scene.sent.message, 0, "https://evil.example/")),
        scene.open().replace("/t/o/", "/t/c/"),
        bad_scheme,
        "/t/c/".to_owned() + &"A".repeat(3000),
        "/t/c/https%3A%2F%2Fevil.example".to_owned(),
        scene.click(0).replace("/t/c/", "/t/o/"),
        "/t/o/nonsense".to_owned(),
    ] {
        let answer = scene.reader.get(&url).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (404, None),
            "{url}"
        );
    }
    assert_eq!(scene.events().await, []);
}

#[tokio::test]
async fn events_of_messages_that_are_gone_are_dropped_quietly() {
    let scene = Scene::new().await;
    let url = path(
        &scene
            .app
            .signer
            .open_url(scene.app.app.org, MessageId::generate()),
    );
    scene.reader.get(url).await.expect(200);
    assert_eq!(scene.events().await, []);
    assert!(scene.app.facts().await.is_empty());
}

#[tokio::test]
async fn thousands_of_opens_become_facts_of_at_most_a_thousand() {
    let scene = Scene::new().await;
    for _ in 0..2500 {
        scene.reader.get(scene.open()).await.expect(200);
    }
    assert_eq!(scene.events().await.len(), 2500);
    let facts = scene.app.facts().await;
    let sizes: Vec<_> = facts
        .iter()
        .map(|fact| match fact {
            DeliveryEvent::MessagesOpened { engagements, .. } => engagements.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [1000, 1000, 500]);
    let firsts = facts.iter().map(|fact| match fact {
        DeliveryEvent::MessagesOpened { engagements, .. } => engagements.iter().filter(|e| e.first).count(),
        _ => 0,
    });
    assert_eq!(firsts.sum::<usize>(), 1);
}

#[tokio::test]
async fn while_the_database_is_away_events_wait_in_files_and_count_once_afterwards() {
    use delivery::{
        application::commit_tracking::tracking_queue,
        domain::tracking::{Tracked, TrackingEvent},
        infrastructure::tracking_spill::TrackingSpill,
    };
    use platform::{Db, Wake, Worker, db::PoolSizes};
    use tokio_util::sync::CancellationToken;

    let scene = Scene::new().await;
    let deps = &scene.app.app.deps;
    let folder = deps.config.data_dir.join("spill");
    let nowhere = Db::connect(
        "postgres://postgres@127.0.0.1:9/none",
        PoolSizes { serve: 1, work: 1 },
        deps.clock.clone(),
        Wake::default(),
    )
    .expect("a valid URL");
    let (queue, committer) = tracking_queue(nowhere, TrackingSpill::new(folder.clone()));
    let event = TrackingEvent {
        id: Uuid::now_v7(),
        org: scene.app.app.org,
        message: scene.sent.message,
        what: Tracked::Open,
        counted: true,
        user_agent: BROWSER.to_owned(),
        at: deps.clock.now(),
    };
    queue.hand_over(event.clone());
    let stop = CancellationToken::new();
    stop.cancel();
    committer.run(stop).await.expect("it stops");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 1);

    // The database is back; and the event comes a second time, as after a crash between its commit
    // and the removal of its file.
    let (queue, committer) = tracking_queue(deps.db.clone(), TrackingSpill::new(folder.clone()));
    queue.hand_over(event);
    committer.drain().await.expect("it is stored");
    assert_eq!(std::fs::read_dir(&folder).expect("the folder").count(), 0);
    assert_eq!(scene.events().await.len(), 1);
    assert_eq!(scene.app.facts().await.len(), 1);
}

#[tokio::test]
async fn a_hostile_user_agent_is_kept_short_and_does_no_harm() {
    let scene = Scene::new().await;
    let long = format!("<script>{}", "x".repeat(2000));
    scene
        .reader
        .clone()
        .with("user-agent", &long)
        .get(scene.open())
        .await
        .expect(200);
    assert_eq!(scene.events().await.len(), 1);
    let mut owner = scene.app.app.database.owner().await;
    let kept: String = sqlx::query_scalar("SELECT user_agent FROM delivery.tracking_events")
        .fetch_one(&mut owner)
        .await
        .expect("it was kept");
    assert_eq!(kept.len(), 300);
}

#[tokio::test]
async fn while_the_program_runs_an_event_is_stored_within_a_second() {
    use std::time::{Duration, Instant};

    use contracts::PublicEvent;
    use delivery::{
        application::commit_tracking::tracking_queue,
        domain::tracking::{Tracked, TrackingEvent},
        infrastructure::tracking_spill::TrackingSpill,
    };
    use platform::Worker;
    use tokio_util::sync::CancellationToken;

    let scene = Scene::new().await;
    let deps = &scene.app.app.deps;
    let (queue, committer) = tracking_queue(
        deps.db.clone(),
        TrackingSpill::new(deps.config.data_dir.join("spill")),
    );
    let stop = CancellationToken::new();
    let running = tokio::spawn({
        let stop = stop.clone();
        async move { committer.run(stop).await }
    });
    // Whoever reads the outbox is woken by the commit.
    let mut stored = deps.wake.listen(DeliveryEvent::TOPIC);
    let begin = Instant::now();
    queue.hand_over(TrackingEvent {
        id: Uuid::now_v7(),
        org: scene.app.app.org,
        message: scene.sent.message,
        what: Tracked::Open,
        counted: true,
        user_agent: BROWSER.to_owned(),
        at: deps.clock.now(),
    });
    stored.wait(Duration::from_secs(10)).await;
    let took = begin.elapsed();
    assert_eq!(scene.app.facts().await.len(), 1);
    assert!(took < Duration::from_secs(1), "{took:?}");
    stop.cancel();
    running.await.expect("it does not panic").expect("it stops");
}
