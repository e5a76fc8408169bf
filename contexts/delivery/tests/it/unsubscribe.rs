//! Unsubscribing: the page, one click, changing one's mind, and the message in a browser.

use bytes::Bytes;
use contracts::{crm::ContactSnapshot, delivery::DeliveryEvent};
use http::Method;
use kernel::{MessageId, TemplateVersionId};
use serde_json::json;
use testkit::Client;

use crate::authoring_app::{AuthoringApp, Sent, path};

struct Scene {
    app: AuthoringApp,
    contact: ContactSnapshot,
    version: TemplateVersionId,
    sent: Sent,
    reader: Client,
}

impl Scene {
    async fn new() -> Self {
        let app = AuthoringApp::start().await;
        let body = "<p>Dear {{ contact.first_name }}, {{ campaign.name }}</p><a href=\"https://shop.example/\">Shop</a>\
            <a href=\"{{ unsubscribe_url }}\">No more</a><script>alert(1)</script>";
        let new = json!({ "name": "News", "kind": "html", "subject": "S", "body": body });
        let made = app
            .app
            .program()
            .json(Method::POST, "/api/v1/templates", &new)
            .await
            .expect(201)
            .json();
        let version: TemplateVersionId = made["version_id"]
            .as_str()
            .expect("an id")
            .parse()
            .expect("an id");
        let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
        let sent = app.sent_message(version, &contact).await;
        let reader = app.app.stranger();
        Self {
            app,
            contact,
            version,
            sent,
            reader,
        }
    }

    fn url(&self) -> String {
        path(
            &self
                .app
                .signer
                .unsubscribe_url(self.app.app.org, self.sent.message, self.contact.id, None),
        )
    }

    async fn suppressed(&self) -> Vec<(String, String)> {
        let mut owner = self.app.app.database.owner().await;
        sqlx::query_as("SELECT address, reason FROM delivery.suppressions")
            .fetch_all(&mut owner)
            .await
            .expect("the list can be read")
    }

    fn unsubscribed(&self) -> Vec<(String, String)> {
        vec![("zoe@example.com".to_owned(), "unsubscribed".to_owned())]
    }
}

#[tokio::test]
async fn looking_at_the_page_changes_nothing() {
    let scene = Scene::new().await;
    for method in [Method::GET, Method::HEAD] {
        let answer = scene
            .reader
            .send(method, &scene.url(), None, Bytes::new())
            .await
            .expect(200);
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
    }
    let page = scene.reader.get(scene.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["Get no more mail from Example Ltd?"]);
    assert!(
        page.text().contains("z…@example.com") && !page.text().contains("zoe@"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("1 Example Street"));
    assert!(scene.suppressed().await.is_empty());
    assert!(scene.app.facts().await.is_empty());
}

#[tokio::test]
async fn one_click_of_a_mail_program_unsubscribes_without_cookie_or_redirect() {
    let scene = Scene::new().await;
    // As mail programs do it: from their own site, with no session and no token of ours.
    let program = scene
        .reader
        .clone()
        .with("origin", "https://mail.example")
        .with("sec-fetch-site", "cross-site");
    for _ in 0..2 {
        let answer = program
            .post(scene.url(), &[("List-Unsubscribe", "One-Click")])
            .await
            .expect(200);
        assert_eq!(
            (answer.header("set-cookie"), answer.header("location")),
            (None, None)
        );
    }
    assert_eq!(scene.suppressed().await, scene.unsubscribed());
    let facts = scene.app.facts().await;
    let [
        DeliveryEvent::AddressesSuppressed { addresses },
        DeliveryEvent::ContactsUnsubscribed { source, messages, .. },
    ] = &facts[..]
    else {
        panic!("told once and in full: {facts:?}")
    };
    assert_eq!(
        (addresses[0].0.as_str(), addresses[0].1.as_str()),
        ("zoe@example.com", "unsubscribed")
    );
    assert_eq!(
        (*source, messages[0].message, messages[0].contact),
        (scene.sent.source, scene.sent.message, scene.contact.id)
    );
}

#[tokio::test]
async fn one_click_may_come_as_multipart() {
    let scene = Scene::new().await;
    let body =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let kind = Some("multipart/form-data; boundary=b");
    scene
        .reader
        .send(Method::POST, &scene.url(), kind, body.into())
        .await
        .expect(200);
    assert_eq!(scene.suppressed().await, scene.unsubscribed());
}

#[tokio::test]
async fn the_button_of_the_page_unsubscribes_and_can_be_taken_back() {
    let scene = Scene::new().await;
    let page = scene.reader.get(scene.url()).await.expect(200);
    assert_eq!(page.attributes("main form, form", "action"), [scene.url()]);
    let done = scene
        .reader
        .post(scene.url(), &[("wish", "unsubscribe")])
        .await
        .expect(303);
    let page = scene.reader.get(done.location()).await.expect(200);
    assert_eq!(page.texts("h1"), ["You are unsubscribed"]);
    assert_eq!(scene.suppressed().await, scene.unsubscribed());
    scene
        .reader
        .post(scene.url(), &[("wish", "resubscribe")])
        .await
        .expect(303);
    assert!(scene.suppressed().await.is_empty());
    let facts = scene.app.facts().await;
    assert!(
        matches!(&facts[2], DeliveryEvent::AddressesReleased { addresses } if addresses[0].as_str() == "zoe@example.com"),
        "{facts:?}"
    );
}

#[tokio::test]
async fn an_address_that_came_back_cannot_be_released_by_its_link() {
    let scene = Scene::new().await;
    let mut owner = scene.app.app.database.owner().await;
    sqlx::query("INSERT INTO delivery.suppressions (org_id, address, reason, created_at) VALUES ($1, 'zoe@example.com', 'hard_bounce', now())")
        .bind(scene.app.app.org.uuid())
        .execute(&mut owner)
        .await
        .expect("it is suppressed");
    let page = scene.reader.get(scene.url()).await.expect(200);
    assert!(
        page.texts("button").iter().all(|text| !text.contains("ubscribe")),
        "{:?}",
        page.texts("button")
    );
    scene
        .reader
        .post(scene.url(), &[("wish", "resubscribe")])
        .await
        .expect(303);
    assert_eq!(
        scene.suppressed().await,
        [("zoe@example.com".to_owned(), "hard_bounce".to_owned())]
    );
}

#[tokio::test]
async fn links_that_are_not_ours_and_wishes_that_are_none_are_refused() {
    let scene = Scene::new().await;
    let mut changed = scene.url();
    let last = if changed.ends_with('A') { 'B' } else { 'A' };
    changed.pop();
    changed.push(last);
    let open = path(&scene.app.signer.open_url(scene.app.app.org, scene.sent.message))
        .replace("/t/o/", "/unsubscribe/");
    for url in [changed, open, "/unsubscribe/nonsense".to_owned()] {
        assert_eq!(scene.reader.get(&url).await.status, 404, "{url}");
        assert_eq!(
            scene
                .reader
                .post(&url, &[("List-Unsubscribe", "One-Click")])
                .await
                .status,
            404,
            "{url}"
        );
    }
    assert_eq!(scene.reader.post(scene.url(), &[]).await.status, 400);
    assert_eq!(
        scene
            .reader
            .post(scene.url(), &[("List-Unsubscribe", "Two-Clicks")])
            .await
            .status,
        400
    );
    let large = "List-Unsubscribe=One-Click&".to_owned() + &"x".repeat(70 * 1024);
    let answer = scene
        .reader
        .send(
            Method::POST,
            &scene.url(),
            Some("application/x-www-form-urlencoded"),
            large.into(),
        )
        .await;
    assert_eq!(answer.status, 413);
    assert!(scene.suppressed().await.is_empty());
}

#[tokio::test]
async fn the_link_works_years_later_when_the_message_is_gone() {
    let scene = Scene::new().await;
    let org = scene.app.app.org;
    scene
        .app
        .app
        .clock
        .advance(jiff::SignedDuration::from_hours(3 * 365 * 24));
    let old = path(
        &scene
            .app
            .signer
            .unsubscribe_url(org, MessageId::generate(), scene.contact.id, None),
    );
    scene
        .reader
        .post(old, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    assert_eq!(scene.suppressed().await, scene.unsubscribed());
    // Whose contact is gone too gets no mail anyway.
    let unknown = path(&scene.app.signer.unsubscribe_url(
        org,
        MessageId::generate(),
        kernel::ContactId::generate(),
        None,
    ));
    scene
        .reader
        .post(&unknown, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    assert_eq!(
        scene.reader.get(&unknown).await.expect(200).texts("h1"),
        ["You get no mail from Example Ltd"]
    );
}

#[tokio::test]
async fn the_link_of_a_test_unsubscribes_nobody() {
    let scene = Scene::new().await;
    let test = scene.app.test_message(scene.version, &scene.contact).await;
    let url = path(&scene.app.signer.unsubscribe_url(
        scene.app.app.org,
        test.message,
        scene.contact.id,
        None,
    ));
    assert_eq!(
        scene.reader.get(&url).await.expect(200).texts("h1"),
        ["This link belongs to a test"]
    );
    scene
        .reader
        .post(&url, &[("List-Unsubscribe", "One-Click")])
        .await
        .expect(200);
    assert!(scene.suppressed().await.is_empty());
}

#[tokio::test]
async fn the_message_can_be_read_in_a_browser_where_it_runs_nothing_and_counts_nothing() {
    let scene = Scene::new().await;
    let url = path(
        &scene
            .app
            .signer
            .web_view_url(scene.app.app.org, scene.sent.message),
    );
    let page = scene.reader.get(&url).await.expect(200);
    let html = page.text();
    assert!(
        html.contains("Dear Zoë, Spring sale") && html.contains("href=\"https://shop.example/\""),
        "{html}"
    );
    assert!(
        html.contains(&scene.url()) && !html.contains("/t/o/") && !html.contains("<script"),
        "{html}"
    );
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("sandbox allow-popups")
            && !policy.contains("allow-scripts")
    );
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));
    let unknown = path(
        &scene
            .app
            .signer
            .web_view_url(scene.app.app.org, MessageId::generate()),
    );
    assert_eq!(scene.reader.get(unknown).await.status, 404);
    assert_eq!(
        scene.reader.get(url.replace("/view/", "/view/A")).await.status,
        404
    );
}
