use std::sync::atomic::Ordering;

use contracts::identity::{API_ORGANIZATION, GO_LIVE, ORGANIZATION};
use kernel::Role;
use testkit::Client;

use crate::installation::Installation;

const ADDRESS: [(&str, &str); 3] = [
    ("name", "Acme Ltd"),
    ("timezone", "Europe/Berlin"),
    ("postal_address", "1 Road, Town"),
];

async fn make_ready(installation: &Installation, ann: &Client) {
    installation.provider_is_ready.store(true, Ordering::SeqCst);
    ann.post(ORGANIZATION.url(), &ADDRESS).await.expect(303);
}

async fn mode(installation: &Installation) -> String {
    sqlx::query_scalar("SELECT mode FROM identity.organizations")
        .fetch_one(&mut installation.sql().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn going_live_shows_what_is_missing_and_is_refused_until_it_is_there() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let page = ann.get(GO_LIVE.url()).await.expect(200);
    let rows = page.texts("table tbody tr");
    assert!(
        rows[0].contains("Postal address") && rows[0].contains("Missing"),
        "{rows:?}"
    );
    assert!(
        rows[1].contains("test-provider-title") && rows[1].contains("Missing"),
        "{rows:?}"
    );
    assert!(
        rows[2].contains("Public address") && rows[2].contains("Advised"),
        "{rows:?}"
    );
    assert_eq!(
        page.attributes("table tbody a", "href"),
        ["/app/settings/organization", "/app/providers"]
    );
    assert!(page.attributes("input[name=confirmation]", "name").is_empty());

    let live = [("mode", "live"), ("confirmation", "Acme Ltd")];
    ann.post(GO_LIVE.url(), &live).await.expect(422);
    installation.provider_is_ready.store(true, Ordering::SeqCst);
    ann.post(GO_LIVE.url(), &live).await.expect(422);
    assert_eq!(mode(&installation).await, "test");
}

#[tokio::test]
async fn going_live_takes_the_name_typed_as_it_is_written() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    make_ready(&installation, &ann).await;
    for typed in ["", "acme ltd", "Acme"] {
        let page = ann
            .post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", typed)])
            .await
            .expect(422);
        assert_eq!(
            page.texts(".field-error"),
            ["Type the name exactly as it is written."]
        );
    }
    assert_eq!(mode(&installation).await, "test");

    ann.post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", "Acme Ltd")])
        .await
        .expect(303);
    assert_eq!(mode(&installation).await, "live");
    let fact = installation.facts().await.pop().unwrap();
    assert_eq!(
        (&fact["type"], &fact["profile"]["mode"]),
        (&"organization_changed".into(), &"live".into())
    );
}

#[tokio::test]
async fn the_way_back_to_test_mode_is_always_open() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    make_ready(&installation, &ann).await;
    ann.post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", "Acme Ltd")])
        .await
        .expect(303);
    installation.provider_is_ready.store(false, Ordering::SeqCst);
    let page = ann.get(GO_LIVE.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["Live sending"]);
    ann.post(GO_LIVE.url(), &[("mode", "test")]).await.expect(303);
    assert_eq!(mode(&installation).await, "test");
    ann.post(GO_LIVE.url(), &[("mode", "test")]).await.expect(422);
}

#[tokio::test]
async fn only_an_owner_changes_the_mode() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    make_ready(&installation, &ann).await;
    for role in [Role::Viewer, Role::Member, Role::Admin] {
        let max = installation.member(role).await;
        let page = max.get(GO_LIVE.url()).await.expect(200);
        assert!(page.text().contains("Only an owner"));
        max.post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", "Acme Ltd")])
            .await
            .expect(403);
    }
    ann.clone()
        .without("x-csrf-token")
        .post(GO_LIVE.url(), &[("mode", "live")])
        .await
        .expect(403);
    ann.post(GO_LIVE.url(), &[("mode", "sideways")]).await.expect(422);
    assert_eq!(mode(&installation).await, "test");
}

#[tokio::test]
async fn test_keys_stop_working_while_the_organisation_is_live() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let test = installation.program("test", &["organization:read"]).await;
    let live = installation.program("live", &["organization:read"]).await;
    make_ready(&installation, &ann).await;
    let page = ann.get(GO_LIVE.url()).await.expect(200);
    assert!(
        page.texts(".alert-title")
            .contains(&"One test key stops working".to_owned())
    );
    test.get(API_ORGANIZATION.url()).await.expect(200);

    ann.post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", "Acme Ltd")])
        .await
        .expect(303);
    test.get(API_ORGANIZATION.url()).await.expect(401);
    assert_eq!(
        live.get(API_ORGANIZATION.url()).await.expect(200).json()["mode"],
        "live"
    );

    ann.post(GO_LIVE.url(), &[("mode", "test")]).await.expect(303);
    test.get(API_ORGANIZATION.url()).await.expect(200);
}
