//! The built-in inbox: pages and the API.

use contracts::delivery::DeliveryEvent;
use http::Method;
use kernel::{MessageId, Role};
use serde_json::json;

use crate::authoring_app::{AuthoringApp, path};

impl AuthoringApp {
    /// Puts a message into the inbox, as the built-in provider does.
    async fn caught(&self, to: &str, subject: &str, source: &str) -> MessageId {
        let id = MessageId::generate();
        let mut owner = self.app.database.owner().await;
        sqlx::query(
            r#"
            INSERT INTO delivery.inbox_messages
                (org_id, id, from_address, to_address, subject, size, received_at, source)
            VALUES ($1, $2, 'shop@example.com', $3, $4, length($5), now(), convert_to($5, 'UTF8'))
            "#,
        )
        .bind(self.app.org.uuid())
        .bind(id.uuid())
        .bind(to)
        .bind(subject)
        .bind(source)
        .execute(&mut owner)
        .await
        .expect("it is caught");
        id
    }

    fn mail(&self, message: MessageId) -> String {
        let click = self
            .signer
            .click_url(self.app.org, message, 0, "https://shop.example/?a=1&b=2");
        format!(
            "From: Shop <shop@example.com>\r\nTo: zoe@example.com\r\nSubject: Hello\r\nList-Unsubscribe: <https://x>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
             Plain words\r\n--b\r\nContent-Type: text/html\r\n\r\n<p onclick=\"a()\">Rich words</p><script>alert(1)</script>\
             <a href=\"{click}\">Shop</a><a href=\"mailto:a@b.example\">Write</a>\r\n--b--\r\n"
        )
    }
}

#[tokio::test]
async fn caught_mail_is_listed_searched_and_thrown_away() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    assert!(
        ann.get("/app/inbox")
            .await
            .expect(200)
            .text()
            .contains("Nothing was caught yet")
    );
    app.caught("zoe@example.com", "First", "x").await;
    app.caught("bob@example.com", "Second", "x").await;
    app.caught("bob@example.com", "", "x").await;
    assert_eq!(
        ann.get("/app/inbox").await.texts("tbody th a"),
        ["No subject", "Second", "First"]
    );
    assert_eq!(
        ann.clone()
            .htmx()
            .get("/app/inbox?q=BOB")
            .await
            .texts("tbody th a"),
        ["No subject", "Second"]
    );
    assert_eq!(ann.get("/app/inbox?q=first").await.texts("tbody th a"), ["First"]);
    let viewer = app.app.person_as(app.app.org, Role::Viewer);
    assert_eq!(viewer.post("/app/inbox/emptying", &[]).await.status, 403);
    ann.post("/app/inbox/emptying", &[]).await.expect(303);
    assert!(ann.get("/app/inbox").await.texts("tbody tr").is_empty());
}

#[tokio::test]
async fn a_message_shows_its_html_in_a_sandbox_its_text_headers_and_links() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let id = app
        .caught("zoe@example.com", "Hello", &app.mail(MessageId::generate()))
        .await;
    let page = ann.get(format!("/app/inbox/{id}")).await.expect(200);
    assert_eq!(
        page.attributes("iframe", "sandbox"),
        ["allow-popups allow-popups-to-escape-sandbox"]
    );
    assert!(
        !page.text().contains("Rich words"),
        "the mail stands in the frame only"
    );
    let frame = ann
        .get(page.attributes("iframe", "src").remove(0))
        .await
        .expect(200);
    assert!(frame.text().contains("Rich words"));
    assert_eq!(
        frame.attributes("a", "target"),
        ["_blank", "_blank"],
        "links open windows"
    );
    let policy = frame.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'")
            && policy.contains("sandbox allow-popups")
            && !policy.contains("allow-scripts"),
        "{policy}"
    );
    assert_eq!(
        ann.get(format!("/app/inbox/{id}?view=text")).await.texts("pre"),
        ["Plain words"]
    );
    let headers = ann.get(format!("/app/inbox/{id}?view=headers")).await.expect(200);
    let at = headers
        .texts("tbody th")
        .iter()
        .position(|name| name == "List-Unsubscribe")
        .expect("it is listed");
    assert_eq!(headers.texts("tbody td")[at], "<https://x>");
    let links = ann.get(format!("/app/inbox/{id}?view=links")).await.expect(200);
    assert_eq!(
        links.texts("tbody td:nth-of-type(1)"),
        ["https://shop.example/?a=1&b=2", "mailto:a@b.example"]
    );
    let opens = links.attributes("tbody a[target=_blank]", "href");
    assert_eq!(opens.len(), 1);
    assert!(opens[0].starts_with("http://localhost:8080/t/c/"), "{opens:?}");
    let source = ann.get(format!("/app/inbox/{id}/source.eml")).await.expect(200);
    assert_eq!(source.header("content-type"), Some("message/rfc822"));
    assert!(
        source
            .header("content-disposition")
            .is_some_and(|v| v.starts_with("attachment"))
    );
    assert!(source.text().starts_with("From: Shop"));
    assert_eq!(
        ann.get(format!("/app/inbox/{id}?view=nonsense")).await.status,
        422
    );
}

#[tokio::test]
async fn a_message_without_parts_is_shown_all_the_same() {
    let app = AuthoringApp::start().await;
    let ann = app.app.person();
    let id = app
        .caught(
            "zoe@example.com",
            "\"><script>alert(1)</script>",
            "Subject: x\r\n\r\nonly text",
        )
        .await;
    let page = ann.get(format!("/app/inbox/{id}")).await.expect(200);
    assert!(page.attributes("iframe", "src").is_empty());
    assert!(page.text().contains("&lt;script&gt;") && !page.text().contains("<script>alert"));
    assert_eq!(ann.get(format!("/app/inbox/{id}/html")).await.status, 404);
    let nonsense = app.caught("zoe@example.com", "x", "").await;
    for view in ["html", "text", "headers", "links"] {
        ann.get(format!("/app/inbox/{nonsense}?view={view}"))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_test_can_read_the_mail_it_caused_by_the_api() {
    let app = AuthoringApp::start().await;
    let program = app.app.program();
    let id = app
        .caught("zoe@example.com", "Hello", &app.mail(MessageId::generate()))
        .await;
    app.caught("bob@example.com", "Other", "x").await;
    let list = program.get("/api/v1/inbox?q=zoe").await.expect(200).json();
    assert_eq!(list["data"][0]["id"], id.to_string());
    assert_eq!(
        (list["data"].as_array().map(Vec::len), list["has_more"].as_bool()),
        (Some(1), Some(false))
    );
    let page = program.get("/api/v1/inbox?limit=1").await.expect(200).json();
    let next = format!(
        "/api/v1/inbox?limit=1&cursor={}",
        page["next_cursor"].as_str().expect("a cursor")
    );
    assert_eq!(
        program.get(next).await.expect(200).json()["data"][0]["id"],
        id.to_string()
    );
    let mail = program
        .get(format!("/api/v1/inbox/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(mail["text"].as_str().map(str::trim), Some("Plain words"));
    assert!(
        mail["html"]
            .as_str()
            .is_some_and(|html| html.contains("Rich words"))
    );
    assert_eq!(mail["links"][0]["destination"], "https://shop.example/?a=1&b=2");
    assert_eq!(mail["links"][1]["destination"], json!(null));
    assert_eq!(
        mail["headers"][0],
        json!({ "name": "From", "value": "Shop <shop@example.com>" })
    );
    program
        .json(Method::DELETE, "/api/v1/inbox", &json!({}))
        .await
        .expect(204);
    assert_eq!(program.get(format!("/api/v1/inbox/{id}")).await.status, 404);
}

#[tokio::test]
async fn one_organisation_does_not_see_anothers_mail() {
    let app = AuthoringApp::start().await;
    let id = app.caught("zoe@example.com", "Secret", "x").await;
    let eve = app
        .app
        .person_as(app.app.organizations.add("Other Ltd"), Role::Owner);
    for path in [
        format!("/app/inbox/{id}"),
        format!("/app/inbox/{id}/html"),
        format!("/app/inbox/{id}/source.eml"),
    ] {
        assert_eq!(eve.get(path).await.status, 404);
    }
    eve.post("/app/inbox/emptying", &[]).await.expect(303);
    app.app.person().get(format!("/app/inbox/{id}")).await.expect(200);
}

#[tokio::test]
async fn a_campaigns_mail_can_be_read_and_its_links_followed_through_the_counter() {
    let app = AuthoringApp::start().await;
    let body = "<p>Dear {{ contact.first_name }}, {{ campaign.name }}</p><a href=\"https://shop.example/\">Shop</a>\
        <a href=\"{{ unsubscribe_url }}\">No more</a>";
    let new =
        json!({ "name": "News", "kind": "html", "subject": "For {{ contact.first_name }}", "body": body });
    let made = app
        .app
        .program()
        .json(Method::POST, "/api/v1/templates", &new)
        .await
        .expect(201)
        .json();
    let version = made["version_id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an id");
    let contact = app.contacts.add(app.app.org, "Zoë", "zoe@example.com");
    let sent = app.sent_message(version, &contact).await;
    assert_eq!(
        app.inbox().await,
        [("zoe@example.com".to_owned(), "For Zoë".to_owned())]
    );
    let mail = app
        .app
        .program()
        .get(format!("/api/v1/inbox/{}", sent.message))
        .await
        .expect(200)
        .json();
    assert_eq!(mail["links"][0]["destination"], "https://shop.example/");
    let click = path(mail["links"][0]["url"].as_str().expect("a link"));
    assert_eq!(
        app.app.stranger().get(click).await.expect(302).location(),
        "https://shop.example/"
    );
    let html = mail["html"].as_str().expect("HTML");
    assert!(html.contains("Dear Zoë, Spring sale"), "{html}");
    let pixel = html
        .split("src=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .expect("a pixel");
    app.app.stranger().get(path(pixel)).await.expect(200);
    app.app.run_until_idle().await;
    let facts = app.facts().await;
    assert!(
        matches!(
            &facts[..],
            [
                DeliveryEvent::MessagesClicked { .. },
                DeliveryEvent::MessagesOpened { .. }
            ]
        ),
        "{facts:?}"
    );
}
