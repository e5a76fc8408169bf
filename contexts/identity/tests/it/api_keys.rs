use contracts::identity::{API_KEY_NEW, API_KEY_REVOCATION, API_KEYS, API_ORGANIZATION};
use jiff::SignedDuration;
use kernel::{ApiKeyId, Role};

use crate::installation::{Installation, token_on};

fn form<'a>(scopes: &[&'a str]) -> Vec<(&'static str, &'a str)> {
    let mut fields = vec![("name", "Zapier"), ("mode", "live"), ("expiry", "days30")];
    fields.extend(scopes.iter().map(|scope| ("scopes", *scope)));
    fields
}

#[tokio::test]
async fn a_key_is_shown_once_and_stored_nowhere() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    ann.get(API_KEY_NEW.url()).await.expect(200);
    let created = ann
        .post(API_KEYS.url(), &form(&["organization:read"]))
        .await
        .expect(200);
    assert_eq!(created.header("cache-control"), Some("no-store"));
    let token = token_on(&created);
    assert!(token.starts_with("mk_live_") && token.len() == 57, "{token}");

    let list = ann.get(API_KEYS.url()).await.expect(200);
    assert!(!list.text().contains(&token));
    assert!(list.text().contains(&token[..14]));
    let rows: Vec<String> = sqlx::query_scalar("SELECT k::text FROM identity.api_keys AS k")
        .fetch_all(&mut installation.sql().await)
        .await
        .unwrap();
    let log = format!(
        "{:?}{:?}{rows:?}",
        installation.audit_log().await,
        installation.facts().await
    );
    assert!(!log.contains(&token[14..]));
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let installation = Installation::ready().await;
    let reader = installation
        .program("test", &["organization:read", "contacts:read"])
        .await;
    reader.get(API_ORGANIZATION.url()).await.expect(200);
    let refused = crate::installation::patch(&reader, &serde_json::json!({ "name": "Evil Ltd" }))
        .await
        .expect(403);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let other = installation.program("test", &["contacts:read"]).await;
    other.get(API_ORGANIZATION.url()).await.expect(403);
}

#[tokio::test]
async fn what_is_no_good_key_is_unauthorised() {
    let installation = Installation::ready().await;
    let token = installation.key("live", &["organization:read"]).await;
    let ask = async |authorization: &str| {
        installation
            .app
            .stranger()
            .with("authorization", authorization)
            .get(API_ORGANIZATION.url())
            .await
    };
    ask(&format!("Bearer {token}")).await.expect(200);
    let mut altered = token.clone();
    altered.replace_range(20..21, if &token[20..21] == "a" { "b" } else { "a" });
    for wrong in [
        format!("Bearer {altered}"),
        format!("Basic {token}"),
        "Bearer ".to_owned(),
        "Bearer mk_live_".to_owned(),
    ] {
        let refused = ask(&wrong).await.expect(401);
        assert_eq!(
            refused.header("www-authenticate"),
            Some("Bearer error=\"invalid_token\""),
            "{wrong}"
        );
    }
    installation
        .app
        .stranger()
        .get(format!("{}?token={token}", API_ORGANIZATION.url()))
        .await
        .expect(401);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let program = installation.program("live", &["organization:read"]).await;
    program.get(API_ORGANIZATION.url()).await.expect(200);
    let action = ann
        .get(API_KEYS.url())
        .await
        .attributes("table form", "action")
        .swap_remove(0);
    ann.clone()
        .without("x-csrf-token")
        .post(&action, &[])
        .await
        .expect(403);
    program.get(API_ORGANIZATION.url()).await.expect(200);
    ann.post(&action, &[]).await.expect(303);
    program.get(API_ORGANIZATION.url()).await.expect(401);
    ann.post(&action, &[]).await.expect(404);
    let list = ann.get(API_KEYS.url()).await.expect(200);
    assert!(list.texts("table tbody tr")[0].contains("Revoked"));
    assert!(list.attributes("table form", "action").is_empty());
}

#[tokio::test]
async fn a_key_that_another_process_revokes_is_refused_within_a_second() {
    let installation = Installation::ready().await;
    let program = installation.program("live", &["organization:read"]).await;
    program.get(API_ORGANIZATION.url()).await.expect(200);
    sqlx::query("UPDATE identity.api_keys SET revoked_at = now()")
        .execute(&mut installation.sql().await)
        .await
        .unwrap();
    installation.app.clock.advance(SignedDuration::from_millis(999));
    program.get(API_ORGANIZATION.url()).await.expect(401);
}

#[tokio::test]
async fn a_key_expires_when_it_was_said_to() {
    let installation = Installation::ready().await;
    let program = installation.program("live", &["organization:read"]).await;
    installation
        .app
        .clock
        .advance(SignedDuration::from_hours(24 * 90) - SignedDuration::from_secs(1));
    program.get(API_ORGANIZATION.url()).await.expect(200);
    installation.app.clock.advance(SignedDuration::from_secs(1));
    program.get(API_ORGANIZATION.url()).await.expect(401);
    let list = installation.owner().await.get(API_KEYS.url()).await.expect(200);
    assert!(list.texts("table tbody tr")[0].contains("Expired"));
}

#[tokio::test]
async fn the_list_says_when_a_key_was_last_used() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let program = installation.program("live", &["organization:read"]).await;
    let never = ann
        .get(API_KEYS.url())
        .await
        .texts("table tbody tr")
        .swap_remove(0);
    assert!(!never.contains("just now"), "{never}");
    program.get(API_ORGANIZATION.url()).await.expect(200);
    installation.app.clock.advance(SignedDuration::from_mins(5));
    let used = ann
        .get(API_KEYS.url())
        .await
        .texts("table tbody tr")
        .swap_remove(0);
    assert!(used.contains("5 min"), "{used}");
}

#[tokio::test]
async fn nobody_gives_a_key_more_than_they_may_do_themselves() {
    let installation = Installation::ready().await;
    let max = installation.member(Role::Admin).await;
    let page = max.get(API_KEY_NEW.url()).await.expect(200);
    let offered = page.attributes("input[name=scopes]", "value");
    assert!(offered.contains(&"contacts:write".to_owned()));
    assert!(!offered.contains(&"organization:go_live".to_owned()));
    let page = max
        .post(API_KEYS.url(), &form(&["organization:go_live"]))
        .await
        .expect(422);
    assert_eq!(page.attributes("input[name=name]", "value"), ["Zapier"]);
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.api_keys").await,
        0
    );
}

#[tokio::test]
async fn a_wrong_form_makes_no_key() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    for fields in [
        form(&[]),
        form(&["contacts:everything"]),
        vec![("name", ""), ("scopes", "contacts:read")],
        vec![
            ("name", "x"),
            ("scopes", "contacts:read"),
            ("expiry", "yesterday"),
        ],
    ] {
        ann.post(API_KEYS.url(), &fields).await.expect(422);
    }
    ann.clone()
        .without("x-csrf-token")
        .post(API_KEYS.url(), &form(&["contacts:read"]))
        .await
        .expect(403);
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.api_keys").await,
        0
    );
}

#[tokio::test]
async fn members_and_viewers_have_no_business_with_keys() {
    let installation = Installation::ready().await;
    for role in [Role::Viewer, Role::Member] {
        let max = installation.member(role).await;
        max.get(API_KEYS.url()).await.expect(403);
        max.get(API_KEY_NEW.url()).await.expect(403);
        max.post(API_KEYS.url(), &form(&["contacts:read"]))
            .await
            .expect(403);
        max.post(API_KEY_REVOCATION.url(&ApiKeyId::generate()), &[])
            .await
            .expect(403);
    }
}

#[tokio::test]
async fn a_long_list_has_pages() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    sqlx::query(
        r#"
        INSERT INTO identity.api_keys (org_id, id, name, prefix, token_hash, mode, scopes, created_at)
        SELECT org.id, gen_random_uuid(), 'key ' || n, 'mk_test_abcdef', sha256(n::text::bytea), 'test', '{contacts:read}', now()
        FROM identity.organizations AS org, generate_series(1, 51) AS n
        "#,
    )
    .execute(&mut installation.sql().await)
    .await
    .unwrap();
    let first = ann.get(API_KEYS.url()).await.expect(200);
    assert_eq!(first.texts("table tbody tr").len(), 50);
    let next = first.attributes("a[rel=next]", "href").swap_remove(0);
    assert_eq!(ann.get(&next).await.expect(200).texts("table tbody tr").len(), 1);
    ann.get(API_KEYS.with(&[("cursor", "forged")])).await.expect(422);
}
