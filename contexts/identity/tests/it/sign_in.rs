use contracts::identity::{ACCOUNT, LOGIN, LOGOUT};
use jiff::SignedDuration;

use crate::installation::{Installation, OWNER, PASSWORD};

#[tokio::test]
async fn signing_in_leads_to_where_somebody_wanted_to_go() {
    let installation = Installation::ready().await;
    let stranger = installation.app.stranger();
    let asked = stranger
        .get(format!("{}?tab=a", ACCOUNT.url()))
        .await
        .expect(303)
        .location();
    let form = stranger.get(&asked).await.expect(200);
    let next = form.attributes("input[name=next]", "value").swap_remove(0);
    let fields = [("email", OWNER), ("password", PASSWORD), ("next", next.as_str())];
    let response = stranger.post(LOGIN.url(), &fields).await.expect(303);
    assert_eq!(response.location(), "/app/account?tab=a");
    installation
        .browser(&response)
        .await
        .get(ACCOUNT.url())
        .await
        .expect(200);
}

#[tokio::test]
async fn signing_in_never_leads_to_another_server() {
    let installation = Installation::ready().await;
    for elsewhere in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "javascript:x",
    ] {
        let fields = [("email", OWNER), ("password", PASSWORD), ("next", elsewhere)];
        let response = installation
            .app
            .stranger()
            .post(LOGIN.url(), &fields)
            .await
            .expect(303);
        assert_eq!(response.location(), "/app", "{elsewhere}");
        let page = installation
            .app
            .stranger()
            .get(LOGIN.with(&[("next", elsewhere)]))
            .await
            .expect(200);
        assert_eq!(
            page.attributes("input[name=next]", "value"),
            ["/app"],
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn whoever_is_signed_in_is_not_asked_again() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    assert_eq!(
        ann.get(LOGIN.with(&[("next", "/app/account")]))
            .await
            .expect(303)
            .location(),
        "/app/account"
    );
}

#[tokio::test]
async fn an_unknown_account_is_answered_as_a_wrong_password_is() {
    let installation = Installation::ready().await;
    let known = installation
        .sign_in(OWNER, "wrong horse battery")
        .await
        .expect(422);
    let unknown = installation
        .sign_in("eve@example.com", "wrong horse battery")
        .await
        .expect(422);
    let not_an_address = installation
        .sign_in("eve", "wrong horse battery")
        .await
        .expect(422);
    assert_eq!(
        known.texts(".alert-title"),
        ["The e-mail address or the password is wrong"]
    );
    assert_eq!(
        known.text().replace(OWNER, "X"),
        unknown.text().replace("eve@example.com", "X")
    );
    assert_eq!(known.texts(".alert-title"), not_an_address.texts(".alert-title"));
    assert!(known.header("set-cookie").is_none());
}

#[tokio::test]
async fn the_address_may_be_typed_in_any_case() {
    let installation = Installation::ready().await;
    installation
        .sign_in(" Ann@EXAMPLE.com ", PASSWORD)
        .await
        .expect(303);
}

#[tokio::test]
async fn after_five_attempts_at_an_account_everybody_has_to_wait() {
    let installation = Installation::ready().await;
    for _ in 0..5 {
        installation
            .sign_in(OWNER, "wrong horse battery")
            .await
            .expect(422);
    }
    // Even with the right password: otherwise the answer would still tell which guess was right.
    let refused = installation.sign_in(OWNER, PASSWORD).await.expect(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
    assert_eq!(refused.texts(".alert-body p")[1], "Try again in 1 min.");
    installation.app.clock.advance(SignedDuration::from_secs(60));
    installation.sign_in(OWNER, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn an_unknown_account_has_to_wait_as_long() {
    let installation = Installation::ready().await;
    for _ in 0..5 {
        installation
            .sign_in("eve@example.com", "wrong horse battery")
            .await
            .expect(422);
    }
    let refused = installation
        .sign_in("eve@example.com", "wrong horse battery")
        .await
        .expect(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn attempts_that_arrive_at_once_are_all_counted() {
    let installation = Installation::ready().await;
    let attempts = (0..12).map(|_| installation.sign_in(OWNER, "wrong horse battery"));
    let answers = futures::future::join_all(attempts).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 422).count(), 5);
    assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 7);
}

#[tokio::test]
async fn after_twenty_attempts_from_an_address_it_has_to_wait() {
    let installation = Installation::ready().await;
    let attacker = installation.app.stranger().coming_from("203.0.113.9");
    for n in 0..20 {
        let email = format!("somebody{n}@example.com");
        attacker
            .post(
                LOGIN.url(),
                &[("email", &email), ("password", "wrong horse battery")],
            )
            .await
            .expect(422);
    }
    let fields = [("email", OWNER), ("password", PASSWORD)];
    attacker.post(LOGIN.url(), &fields).await.expect(429);
    installation
        .app
        .stranger()
        .coming_from("203.0.113.10")
        .post(LOGIN.url(), &fields)
        .await
        .expect(303);
}

#[tokio::test]
async fn signing_in_clears_the_count_of_the_account() {
    let installation = Installation::ready().await;
    for _ in 0..3 {
        for _ in 0..4 {
            installation
                .sign_in(OWNER, "wrong horse battery")
                .await
                .expect(422);
        }
        installation.sign_in(OWNER, PASSWORD).await.expect(303);
    }
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let installation = Installation::ready().await;
    let response = installation.sign_in(OWNER, PASSWORD).await.expect(303);
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.starts_with("sid="), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn over_https_the_session_cookie_is_bound_to_the_host() {
    let installation =
        Installation::configured(|config| config.base_url = Some("https://mauntic.example.com".to_owned()))
            .await;
    installation
        .identity
        .set_up(&crate::installation::request())
        .await
        .unwrap();
    let response = installation.sign_in(OWNER, PASSWORD).await.expect(303);
    let cookie = response.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-sid="), "{cookie}");
    assert!(
        cookie.contains("Secure") && !cookie.contains("Domain"),
        "{cookie}"
    );
}

#[tokio::test]
async fn every_sign_in_starts_a_session_of_its_own_and_stores_no_token() {
    let installation = Installation::ready().await;
    let first = installation.sign_in(OWNER, PASSWORD).await.expect(303);
    let second = installation.sign_in(OWNER, PASSWORD).await.expect(303);
    assert_ne!(first.header("set-cookie"), second.header("set-cookie"));
    let token = first.header("set-cookie").unwrap()["sid=".len()..]
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(token.len(), 43);
    let rows: Vec<String> = sqlx::query_scalar("SELECT s::text FROM identity.sessions AS s")
        .fetch_all(&mut installation.sql().await)
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| !row.contains(&token)));
}

#[tokio::test]
async fn signing_out_ends_the_session_and_not_only_the_cookie() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let response = ann.post(LOGOUT.url(), &[]).await.expect(303);
    assert_eq!(response.location(), "/login");
    assert!(response.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(
        ann.get(ACCOUNT.url()).await.expect(303).location(),
        "/login?next=%2Fapp%2Faccount"
    );
}

#[tokio::test]
async fn nobody_can_be_signed_out_or_in_by_another_site() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    ann.clone()
        .without("x-csrf-token")
        .post(LOGOUT.url(), &[])
        .await
        .expect(403);
    ann.clone()
        .with("sec-fetch-site", "cross-site")
        .post(LOGOUT.url(), &[])
        .await
        .expect(403);
    ann.get(ACCOUNT.url()).await.expect(200);
    let lured = installation.app.stranger().with("origin", "https://evil.example");
    let response = lured
        .post(LOGIN.url(), &[("email", OWNER), ("password", PASSWORD)])
        .await
        .expect(403);
    assert!(response.header("set-cookie").is_none());
}

#[tokio::test]
async fn an_unused_session_ends_after_twelve_hours() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    installation.app.clock.advance(SignedDuration::from_hours(11));
    ann.get(ACCOUNT.url()).await.expect(200);
    installation.app.clock.advance(SignedDuration::from_hours(11));
    ann.get(ACCOUNT.url()).await.expect(200);
    installation.app.clock.advance(SignedDuration::from_hours(12));
    ann.get(ACCOUNT.url()).await.expect(303);
}

#[tokio::test]
async fn a_session_in_constant_use_ends_after_a_fortnight() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    for _ in 0..33 {
        installation.app.clock.advance(SignedDuration::from_hours(10));
        ann.get(ACCOUNT.url()).await.expect(200);
    }
    installation.app.clock.advance(SignedDuration::from_hours(6));
    ann.get(ACCOUNT.url()).await.expect(303);
}

#[tokio::test]
async fn what_can_never_be_used_again_is_forgotten() {
    let installation = Installation::ready().await;
    installation.owner().await;
    installation
        .sign_in("eve@example.com", "wrong horse battery")
        .await
        .expect(422);
    installation.app.run_until_idle().await;
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.sessions").await,
        1
    );
    assert_eq!(
        installation
            .count("SELECT count(*) FROM identity.login_throttles")
            .await,
        1
    );
    installation
        .app
        .clock
        .advance(SignedDuration::from_hours(15 * 24));
    installation.app.run_until_idle().await;
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.sessions").await,
        0
    );
    assert_eq!(
        installation
            .count("SELECT count(*) FROM identity.login_throttles")
            .await,
        0
    );
}
