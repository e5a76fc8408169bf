use contracts::identity::{ACCOUNT, API_KEYS, GO_LIVE, LOGIN, ORGANIZATION, SETUP};
use http::Method;
use testkit::TestResponse;

use crate::installation::{Installation, OWNER, PASSWORD};

const PAYLOAD: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// The page shows the payload as text: the parser finds no element that it brought.
#[track_caller]
fn shows_it_as_text(page: &TestResponse) {
    assert!(page.text().contains("&lt;script&gt;"), "{}", page.text());
    assert!(
        page.attributes("script", "src")
            .iter()
            .all(|src| src.starts_with("/static/"))
    );
    assert!(page.texts("script").iter().all(String::is_empty));
    assert!(page.attributes("[onerror]", "onerror").is_empty());
}

#[tokio::test]
async fn what_people_type_is_shown_as_text_everywhere() {
    let installation = Installation::untouched().await;
    let request = identity::SetUpRequest {
        organization: PAYLOAD.to_owned(),
        name: PAYLOAD.to_owned(),
        ..crate::installation::request()
    };
    installation.identity.set_up(&request).await.unwrap();
    let browser = installation.app.stranger().with("user-agent", PAYLOAD);
    let response = browser
        .post(LOGIN.url(), &[("email", OWNER), ("password", PASSWORD)])
        .await
        .expect(303);
    let ann = installation.browser(&response).await;
    let settings = [
        ("name", PAYLOAD),
        ("timezone", "UTC"),
        ("postal_address", PAYLOAD),
    ];
    ann.post(ORGANIZATION.url(), &settings).await.expect(303);
    installation
        .provider_is_ready
        .store(true, std::sync::atomic::Ordering::SeqCst);
    let key = [("name", PAYLOAD), ("scopes", "contacts:read")];
    shows_it_as_text(&ann.post(API_KEYS.url(), &key).await.expect(200));
    for page in [ACCOUNT.url(), ORGANIZATION.url(), GO_LIVE.url(), API_KEYS.url()] {
        shows_it_as_text(&ann.get(page).await.expect(200));
    }
    let wrong = [("name", "x"), ("timezone", PAYLOAD), ("postal_address", PAYLOAD)];
    shows_it_as_text(&ann.post(ORGANIZATION.url(), &wrong).await.expect(422));
    shows_it_as_text(
        &installation
            .sign_in(PAYLOAD, "wrong horse battery")
            .await
            .expect(422),
    );
}

#[tokio::test]
async fn forms_that_are_no_forms_are_refused_and_change_nothing() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let pages = [
        LOGIN.url(),
        ACCOUNT.url(),
        ORGANIZATION.url(),
        GO_LIVE.url(),
        API_KEYS.url(),
    ];
    let facts = installation.facts().await.len();
    for page in pages {
        let client = if page == LOGIN.url() {
            installation.app.stranger()
        } else {
            ann.clone()
        };
        let form = Some("application/x-www-form-urlencoded");
        let empty = client.send(Method::POST, &page, form, "".into()).await;
        assert_eq!(empty.status, 422, "{page}");
        let garbage = client
            .send(Method::POST, &page, form, "%ff%00=%&&&=name".into())
            .await;
        assert_eq!(garbage.status, 422, "{page}");
        let json = client
            .send(Method::POST, &page, Some("application/json"), "{}".into())
            .await;
        assert_eq!(json.status, 415, "{page}");
        let twice = client
            .send(
                Method::POST,
                &page,
                form,
                "name=a&name=b&email=a&email=b&mode=test&mode=live".into(),
            )
            .await;
        assert_eq!(twice.status, 422, "{page}");
        let huge = format!("name={}", "x".repeat(3 * 1024 * 1024));
        assert_eq!(
            client.send(Method::POST, &page, form, huge.into()).await.status,
            413,
            "{page}"
        );
        assert_eq!(
            client.send(Method::DELETE, &page, None, "".into()).await.status,
            405,
            "{page}"
        );
    }
    assert_eq!(installation.facts().await.len(), facts);
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.api_keys").await,
        0
    );
}

#[tokio::test]
async fn characters_that_no_column_holds_are_refused_in_words() {
    let installation = Installation::untouched().await;
    let browser = installation.app.stranger().coming_from("127.0.0.1");
    let nul = "a\u{0}b";
    let fields = [
        ("organization", nul),
        ("timezone", nul),
        ("name", nul),
        ("email", nul),
        ("password", "p\u{0}ssword phrase"),
        ("token", nul),
    ];
    let page = browser.post(SETUP.url(), &fields).await.expect(422);
    assert_eq!(page.texts(".field-error").len(), 4, "{}", page.text());
    installation
        .identity
        .set_up(&crate::installation::request())
        .await
        .unwrap();
    installation.sign_in(nul, nul).await.expect(422);
}
