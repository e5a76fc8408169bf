use contracts::identity::{ORGANIZATION, SendingMode};
use jiff::SignedDuration;
use kernel::{OrgId, Role};

use crate::installation::Installation;

const FIELDS: [(&str, &str); 3] = [
    ("name", "Acme GmbH"),
    ("timezone", "America/New_York"),
    ("postal_address", "Acme GmbH\r\n1 Main Street\r\nBerlin"),
];

#[tokio::test]
async fn an_admin_changes_the_settings_and_everybody_learns_of_it() {
    let installation = Installation::ready().await;
    let max = installation.member(Role::Admin).await;
    max.post(ORGANIZATION.url(), &FIELDS).await.expect(303);
    let page = max.get(ORGANIZATION.url()).await.expect(200);
    assert_eq!(page.attributes("input[name=name]", "value"), ["Acme GmbH"]);
    assert_eq!(page.attributes("option[selected]", "value"), ["America/New_York"]);
    assert_eq!(page.texts("textarea"), ["Acme GmbH 1 Main Street Berlin"]);
    let fact = installation.facts().await.pop().unwrap();
    assert_eq!(fact["type"], "organization_changed");
    assert_eq!(
        fact["profile"]["postal_address"],
        "Acme GmbH\n1 Main Street\nBerlin"
    );
}

#[tokio::test]
async fn saving_what_is_there_already_is_no_news() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    ann.post(ORGANIZATION.url(), &FIELDS).await.expect(303);
    let (facts, entries) = (
        installation.facts().await.len(),
        installation.audited_actions().await.len(),
    );
    ann.post(ORGANIZATION.url(), &FIELDS).await.expect(303);
    assert_eq!(installation.facts().await.len(), facts);
    assert_eq!(installation.audited_actions().await.len(), entries);
}

#[tokio::test]
async fn a_viewer_and_a_member_see_the_settings_and_cannot_change_them() {
    let installation = Installation::ready().await;
    for role in [Role::Viewer, Role::Member] {
        let max = installation.member(role).await;
        let page = max.get(ORGANIZATION.url()).await.expect(200);
        assert_eq!(page.attributes("input[name=name]", "disabled").len(), 1);
        assert!(
            page.attributes("form", "action")
                .iter()
                .all(|action| *action != ORGANIZATION.url())
        );
        max.post(ORGANIZATION.url(), &FIELDS).await.expect(403);
    }
    let ann = installation.owner().await;
    assert_eq!(
        ann.get(ORGANIZATION.url())
            .await
            .attributes("input[name=name]", "value"),
        ["Acme Ltd"]
    );
}

#[tokio::test]
async fn wrong_settings_come_back_as_they_were_typed() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let long = "x".repeat(501);
    let fields = [
        ("name", "a\u{202e}b"),
        ("timezone", "Mars/Olympus"),
        ("postal_address", long.as_str()),
    ];
    let page = ann.post(ORGANIZATION.url(), &fields).await.expect(422);
    assert_eq!(page.texts(".field-error").len(), 3, "{}", page.text());
    assert_eq!(page.texts("textarea"), [long]);
    assert_eq!(page.attributes("option[selected]", "value"), ["Mars/Olympus"]);
    assert_eq!(installation.facts().await.len(), 1);
}

#[tokio::test]
async fn settings_are_not_changed_from_another_site() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    ann.clone()
        .without("x-csrf-token")
        .post(ORGANIZATION.url(), &FIELDS)
        .await
        .expect(403);
    ann.clone()
        .with("sec-fetch-site", "cross-site")
        .post(ORGANIZATION.url(), &FIELDS)
        .await
        .expect(403);
    assert_eq!(
        ann.get(ORGANIZATION.url())
            .await
            .attributes("input[name=name]", "value"),
        ["Acme Ltd"]
    );
}

#[tokio::test]
async fn other_contexts_read_a_change_at_once_here_and_within_a_second_elsewhere() {
    let installation = Installation::ready().await;
    let (org, _) = installation.first_ids().await;
    let port = installation.identity.organizations();
    let read = async || port.profiles(&[org, OrgId::generate()]).await.unwrap();
    assert_eq!(read().await.len(), 1);
    assert_eq!(read().await[0].name, "Acme Ltd");

    installation
        .owner()
        .await
        .post(ORGANIZATION.url(), &FIELDS)
        .await
        .expect(303);
    assert_eq!(read().await[0].name, "Acme GmbH");

    sqlx::query("UPDATE identity.organizations SET mode = 'live'")
        .execute(&mut installation.sql().await)
        .await
        .unwrap();
    installation.app.clock.advance(SignedDuration::from_millis(999));
    assert_eq!(read().await[0].mode, SendingMode::Live);
}
