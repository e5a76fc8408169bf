//! New keys in place of old ones.

use contracts::delivery::{
    API_DOMAIN, DOMAIN,
    domains::{
        API_DOMAIN_ACTIVATION, API_DOMAIN_ROTATIONS, DOMAIN_ACTIVATION, DOMAIN_DISCARD, DOMAIN_ROTATIONS,
    },
};
use http::Method;
use kernel::Role;
use serde_json::{Value, json};

use crate::domain_office::DomainOffice;

fn with_state(states: &[(String, String)], state: &str) -> Vec<String> {
    let found = states.iter().filter(|(_, s)| s == state);
    found.map(|(selector, _)| selector.clone()).collect()
}

async fn published() -> (DomainOffice, kernel::DomainId) {
    let office = DomainOffice::open().await;
    let id = office.add_domain().await;
    office.publish(id).await;
    office.check(id).await;
    (office, id)
}

#[tokio::test]
async fn new_keys_wait_until_dns_shows_them_and_the_old_ones_stay_for_a_week() {
    let (office, id) = published().await;

    office.rotate(id).await;

    let states = office.states(id).await;
    let pending = with_state(&states, "pending");
    assert_eq!(pending.len(), 2);
    assert!(
        pending.iter().all(|selector| selector.contains("-20")),
        "{pending:?}"
    );
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
    office.wait(1).await;
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);

    office.publish_keys(id, &["pending"]).await;
    office.wait(1).await;

    let signed = office.signatures().await;
    assert!(
        signed.len() == 2 && signed.iter().all(|selector| pending.contains(selector)),
        "{signed:?}"
    );
    assert_eq!(
        with_state(&office.states(id).await, "retiring"),
        ["mauntic", "mauntic-ed"]
    );
    let page = office.office.app.person().get(DOMAIN.url(&id)).await.expect(200);
    assert!(
        page.texts("main")
            .join(" ")
            .contains("Leave its record in place until")
    );
    office.wait(6 * 24).await;
    assert_eq!(with_state(&office.states(id).await, "retiring").len(), 2);
    let kept = "SELECT count(*) FROM delivery.domain_keys WHERE private_key IS NOT NULL";
    assert_eq!(office.office.value::<i64>(kept).await, 4);

    office.wait(24).await;

    assert_eq!(
        with_state(&office.states(id).await, "retired"),
        ["mauntic", "mauntic-ed"]
    );
    assert_eq!(office.office.value::<i64>(kept).await, 2);
    // Its record is not asked for any more, so that removing it alarms nobody.
    office.dns.remove("mauntic._domainkey.shop.example");
    office.wait(25).await;
    assert!(office.attention().await.is_empty());
}

#[tokio::test]
async fn one_kind_of_key_can_change_before_the_other() {
    let (office, id) = published().await;
    let domain = office.rotate(id).await;
    let keys = domain["keys"].as_array().unwrap();
    let new = keys
        .iter()
        .find(|key| key["state"] == "pending" && key["algorithm"] == "ed25519-sha256")
        .unwrap();
    office.dns.txt(
        new["record_name"].as_str().unwrap(),
        new["record_value"].as_str().unwrap(),
    );

    office.check(id).await;

    assert_eq!(
        office.signatures().await,
        ["mauntic", new["selector"].as_str().unwrap()]
    );
    assert_eq!(with_state(&office.states(id).await, "pending").len(), 1);
}

#[tokio::test]
async fn keys_can_be_made_to_sign_before_dns_shows_them_after_a_warning() {
    let (office, id) = published().await;
    office.rotate(id).await;
    let pending = with_state(&office.states(id).await, "pending");
    let ann = office.office.app.person();

    let ask = ann.get(DOMAIN_ACTIVATION.url(&id)).await.expect(200);
    assert!(ask.texts("main").join(" ").contains("cannot verify"));
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
    ann.post(DOMAIN_ACTIVATION.url(&id), &[]).await.expect(303);

    let signed = office.signatures().await;
    assert!(
        signed.len() == 2 && signed.iter().all(|selector| pending.contains(selector)),
        "{signed:?}"
    );
}

#[tokio::test]
async fn keys_that_wait_can_be_discarded_and_no_others_are_made_meanwhile() {
    let (office, id) = published().await;
    office.rotate(id).await;
    let program = office.office.app.program();
    let refused = program
        .json(Method::POST, API_DOMAIN_ROTATIONS.url(&id), &json!({}))
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "rotation_under_way");
    let ann = office.office.app.person();
    ann.post(DOMAIN_ROTATIONS.url(&id), &[]).await.expect(303);
    assert_eq!(office.states(id).await.len(), 4);

    ann.post(DOMAIN_DISCARD.url(&id), &[]).await.expect(303);

    assert_eq!(with_state(&office.states(id).await, "retired").len(), 2);
    // Selectors are never used again, not even on the same day.
    let domain = office.rotate(id).await;
    let keys = domain["keys"].as_array().unwrap();
    let selectors: std::collections::HashSet<&str> =
        keys.iter().map(|key| key["selector"].as_str().unwrap()).collect();
    assert_eq!((keys.len(), selectors.len()), (6, 6));
    assert_eq!(office.signatures().await, ["mauntic", "mauntic-ed"]);
}

#[tokio::test]
async fn old_keys_are_mentioned_for_a_week_of_each_month() {
    let (office, id) = published().await;
    office.wait(182 * 24).await;
    assert!(office.attention().await.is_empty());

    office.wait(24 + 1).await;

    let attention = office.attention().await;
    let told: Vec<&str> = attention.iter().map(|item| item.text_key).collect();
    assert_eq!(told, ["delivery-attention-old-key"]);
    office.wait(8 * 24).await;
    assert!(office.attention().await.is_empty());
    office.wait(22 * 24).await;
    assert_eq!(office.attention().await.len(), 1);

    office.rotate(id).await;
    office.publish(id).await;
    office.check(id).await;
    assert!(
        office
            .attention()
            .await
            .iter()
            .all(|item| item.text_key != "delivery-attention-old-key")
    );
}

#[tokio::test]
async fn signing_can_be_ended_and_begun_again() {
    let (office, id) = published().await;
    let program = office.office.app.program();
    let patch = async |value: Value| program.json(Method::PATCH, API_DOMAIN.url(&id), &value).await;
    patch(json!({ "keys": [] })).await.expect(200);
    assert!(office.signatures().await.is_empty());
    assert_eq!(with_state(&office.states(id).await, "retiring").len(), 2);
    patch(json!({ "keys": [{ "algorithm": "rsa-sha256" }] }))
        .await
        .expect(422);

    // With nothing to sign with until then, the new keys do so at once.
    office.rotate(id).await;
    assert_eq!(office.signatures().await.len(), 2);
}

#[tokio::test]
async fn programs_choose_kinds_and_selectors() {
    let (office, id) = published().await;
    let program = office.office.app.program();
    let url = API_DOMAIN_ROTATIONS.url(&id);
    for (wrong, code) in [
        (json!({ "keys": [] }), "required"),
        (
            json!({ "keys": [{ "algorithm": "rsa-sha256" }, { "algorithm": "rsa-sha256" }] }),
            "one_of_each_kind",
        ),
        (
            json!({ "keys": [{ "algorithm": "rsa-sha256", "selector": "mauntic" }] }),
            "selector_taken",
        ),
        (
            json!({ "keys": [{ "algorithm": "rsa-sha256", "selector": "a b" }] }),
            "invalid_selector",
        ),
    ] {
        let refused = program.json(Method::POST, &url, &wrong).await.expect(422);
        assert!(refused.text().contains(code), "{code}: {}", refused.text());
    }
    program
        .json(
            Method::POST,
            &url,
            &json!({ "keys": [{ "algorithm": "ed25519-sha256", "selector": "s2" }] }),
        )
        .await
        .expect(201);
    program
        .json(Method::POST, API_DOMAIN_ACTIVATION.url(&id), &json!({}))
        .await
        .expect(200);
    // Nobody could verify the new one yet, and the other one is fine.
    assert_eq!(office.signatures().await, ["mauntic"]);
    office.publish_keys(id, &["active"]).await;
    office.check(id).await;
    assert_eq!(office.signatures().await, ["mauntic", "s2"]);
}

#[tokio::test]
async fn nobody_else_touches_the_keys() {
    let (office, id) = published().await;
    let app = &office.office.app;
    let other = app.organizations.add("Other Ltd");
    let (eve, max) = (
        app.person_as(other, Role::Owner),
        app.person_as(app.org, Role::Member),
    );
    for url in [
        DOMAIN_ROTATIONS.url(&id),
        DOMAIN_ACTIVATION.url(&id),
        DOMAIN_DISCARD.url(&id),
    ] {
        eve.post(&url, &[]).await.expect(404);
        max.post(&url, &[]).await.expect(403);
    }
    let program = app.program_with(other, kernel::Permission::ALL);
    program
        .json(Method::POST, API_DOMAIN_ROTATIONS.url(&id), &json!({}))
        .await
        .expect(404);
    assert_eq!(office.states(id).await.len(), 2);
}
