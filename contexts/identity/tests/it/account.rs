use contracts::identity::{ACCOUNT, ACCOUNT_PASSWORD, ACCOUNT_SESSION, SHORTCUTS, THEME};
use jiff::SignedDuration;
use kernel::{Role, SessionId};

use crate::installation::{Installation, OWNER, PASSWORD};

const NEW: &str = "a staple for the battery";

fn passwords<'a>(present: &'a str, new: &'a str) -> [(&'static str, &'a str); 2] {
    [("present_password", present), ("new_password", new)]
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let installation = Installation::ready().await;
    let (here, there) = (installation.owner().await, installation.owner().await);
    here.post(ACCOUNT_PASSWORD.url(), &passwords(PASSWORD, NEW))
        .await
        .expect(303);
    here.get(ACCOUNT.url()).await.expect(200);
    there.get(ACCOUNT.url()).await.expect(303);
    installation.sign_in(OWNER, PASSWORD).await.expect(422);
    installation.sign_in(OWNER, NEW).await.expect(303);
}

#[tokio::test]
async fn a_password_is_changed_only_by_somebody_who_knows_it() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let page = ann
        .post(ACCOUNT_PASSWORD.url(), &passwords("wrong horse battery", NEW))
        .await
        .expect(422);
    assert_eq!(page.texts(".field-error"), ["This is not your present password."]);
    let page = ann
        .post(ACCOUNT_PASSWORD.url(), &passwords(PASSWORD, "short"))
        .await
        .expect(422);
    assert_eq!(page.texts(".field-error").len(), 1);
    ann.clone()
        .without("x-csrf-token")
        .post(ACCOUNT_PASSWORD.url(), &passwords(PASSWORD, NEW))
        .await
        .expect(403);
    installation.sign_in(OWNER, PASSWORD).await.expect(303);
}

#[tokio::test]
async fn an_open_session_is_no_way_to_guess_the_password() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    for _ in 0..5 {
        ann.post(ACCOUNT_PASSWORD.url(), &passwords("wrong horse battery", NEW))
            .await
            .expect(422);
    }
    let refused = ann
        .post(ACCOUNT_PASSWORD.url(), &passwords(PASSWORD, NEW))
        .await
        .expect(429);
    assert_eq!(refused.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn a_person_sees_where_they_are_signed_in_and_ends_what_they_do_not_know() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let firefox = installation
        .app
        .stranger()
        .with(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        )
        .coming_from("203.0.113.9");
    let fields = [("email", OWNER), ("password", PASSWORD)];
    let elsewhere = firefox
        .post(contracts::identity::LOGIN.url(), &fields)
        .await
        .expect(303);
    let elsewhere = installation.browser(&elsewhere).await;

    let page = ann.get(ACCOUNT.url()).await.expect(200);
    let rows = page.texts("table tbody tr");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(
        rows.iter()
            .any(|row| row.contains("Firefox on Linux") && row.contains("203.0.113.9")),
        "{rows:?}"
    );
    assert_eq!(
        rows.iter().filter(|row| row.contains("This session")).count(),
        1,
        "{rows:?}"
    );

    let action = page.attributes("table form", "action").swap_remove(0);
    ann.post(&action, &[]).await.expect(303);
    elsewhere.get(ACCOUNT.url()).await.expect(303);
    ann.get(ACCOUNT.url()).await.expect(200);
    ann.post(&action, &[]).await.expect(404);
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let max = installation.member(Role::Admin).await;
    let (_, user) = installation.first_ids().await;
    let id: uuid::Uuid = sqlx::query_scalar("SELECT id FROM identity.sessions WHERE user_id = $1")
        .bind(user.uuid())
        .fetch_one(&mut installation.sql().await)
        .await
        .unwrap();
    max.post(ACCOUNT_SESSION.url(&SessionId::from_uuid(id)), &[])
        .await
        .expect(404);
    ann.get(ACCOUNT.url()).await.expect(200);
}

#[tokio::test]
async fn a_session_that_another_process_ends_is_refused_within_a_second() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    sqlx::query("UPDATE identity.sessions SET revoked_at = now()")
        .execute(&mut installation.sql().await)
        .await
        .unwrap();
    installation.app.clock.advance(SignedDuration::from_millis(999));
    ann.get(ACCOUNT.url()).await.expect(303);
}

#[tokio::test]
async fn somebody_who_is_no_longer_a_member_is_out_within_a_second() {
    let installation = Installation::ready().await;
    let max = installation.member(Role::Member).await;
    sqlx::query("DELETE FROM identity.org_members WHERE role = 'member'")
        .execute(&mut installation.sql().await)
        .await
        .unwrap();
    installation.app.clock.advance(SignedDuration::from_millis(999));
    max.get(ACCOUNT.url()).await.expect(303);
    installation
        .sign_in("member@example.com", PASSWORD)
        .await
        .expect(422);
}

#[tokio::test]
async fn use_of_a_session_is_written_down_once_a_minute() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let seen = "SELECT (extract(epoch FROM last_seen_at) * 1000)::bigint FROM identity.sessions";
    let start = installation.count(seen).await;
    installation.app.clock.advance(SignedDuration::from_secs(59));
    ann.get(ACCOUNT.url()).await.expect(200);
    assert_eq!(installation.count(seen).await, start);
    installation.app.clock.advance(SignedDuration::from_secs(1));
    ann.get(ACCOUNT.url()).await.expect(200);
    assert_eq!(installation.count(seen).await, start + 60_000);
}

#[tokio::test]
async fn a_person_changes_their_name() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    ann.post(ACCOUNT.url(), &[("name", " Ann O'Neil ")])
        .await
        .expect(303);
    let page = ann.get(ACCOUNT.url()).await.expect(200);
    assert_eq!(page.attributes("input[name=name]", "value"), ["Ann O'Neil"]);
    let page = ann.post(ACCOUNT.url(), &[("name", "  ")]).await.expect(422);
    assert_eq!(page.texts(".field-error"), ["Enter a name."]);
    assert_eq!(
        ann.get(ACCOUNT.url())
            .await
            .attributes("input[name=name]", "value"),
        ["Ann O'Neil"]
    );
}

#[tokio::test]
async fn shortcuts_of_a_single_key_can_be_switched_off_and_on_again() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let on = ann.get(ACCOUNT.url()).await.expect(200);
    assert_eq!(on.attributes("body", "data-shortcuts").len(), 1);
    let response = ann
        .post(SHORTCUTS.url(), &[("shortcuts", "off")])
        .await
        .expect(303);
    assert!(
        response
            .header("set-cookie")
            .unwrap()
            .starts_with("shortcuts=off;")
    );
    let without = ann.clone().also_cookie("shortcuts=off");
    let off = without.get(ACCOUNT.url()).await.expect(200);
    assert!(off.attributes("body", "data-shortcuts").is_empty());
    let again = without
        .post(SHORTCUTS.url(), &[("shortcuts", "on")])
        .await
        .expect(303);
    assert!(again.header("set-cookie").unwrap().starts_with("shortcuts=on;"));
}

#[tokio::test]
async fn the_theme_is_kept_in_the_browser_and_holds_without_a_script() {
    let installation = Installation::ready().await;
    let ann = installation
        .owner()
        .await
        .with("referer", "http://localhost:8080/app/settings/organization?a=b");
    let response = ann.post(THEME.url(), &[("theme", "dark")]).await.expect(303);
    assert_eq!(response.location(), "/app/settings/organization?a=b");
    let cookie = response
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert_eq!(cookie, "theme=dark");
    let page = ann
        .clone()
        .also_cookie(&cookie)
        .get(ACCOUNT.url())
        .await
        .expect(200);
    assert_eq!(page.attributes("html", "data-theme"), ["dark"]);
    let odd = ann
        .with("referer", "javascript:alert(1)")
        .post(THEME.url(), &[("theme", "<x>")])
        .await
        .expect(303);
    assert_eq!(odd.location(), "/app/account");
    assert!(odd.header("set-cookie").unwrap().starts_with("theme=system"));
}
