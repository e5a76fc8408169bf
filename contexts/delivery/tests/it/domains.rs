//! Domains to send from, as people and programs set them up.

use contracts::delivery::{
    API_DOMAIN, API_DOMAINS, DOMAIN_DELETION, DOMAIN_KEY, DOMAIN_NEW, DOMAIN_PREFERENCE, DOMAIN_RESUMPTION,
    DOMAINS,
};
use delivery::{application::sealed_settings::open_dkim_key, infrastructure::pg::domains};
use http::Method;
use kernel::{DomainId, Permission, Role};
use serde_json::{Value, json};
use testkit::{Client, TestResponse};

use crate::post_office::PostOffice;

fn form<'a>(domain: &'a str, algorithm: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("domain", domain),
        ("from_local_part", "news"),
        ("from_name", "The Shop"),
        ("reply_to", "help@shop.example"),
        ("algorithm", algorithm),
        ("selector", "mauntic"),
    ]
}

fn with<'a>(fields: &[(&'a str, &'a str)], field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| *name != field).copied();
    kept.chain([(field, value)]).collect()
}

async fn add(ann: &Client, fields: &[(&str, &str)]) -> String {
    ann.post(DOMAINS.url(), fields).await.expect(303).location()
}

fn id_in(url: &str) -> DomainId {
    url.rsplit('/')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a domain's address")
}

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

#[tokio::test]
async fn a_domain_shows_the_record_that_publishes_its_key_and_never_the_key_itself() {
    let office = PostOffice::open().await;
    let (ann, program) = (office.app.person(), office.app.program());
    ann.get(DOMAIN_NEW.url()).await.expect(200);

    let url = add(&ann, &form("shop.example", "rsa-sha256")).await;

    let shown = program.get(API_DOMAIN.url(&id_in(&url))).await.expect(200).json();
    let dkim = &shown["keys"][0];
    assert_eq!(dkim["record_name"], "mauntic._domainkey.shop.example");
    let value = dkim["record_value"].as_str().expect("a text");
    assert!(value.starts_with("v=DKIM1; k=rsa; p=MII"), "{value}");
    let page = ann.get(&url).await.expect(200);
    assert!(page.texts("code").iter().any(|code| code == value));
    assert!(
        page.texts("code")
            .iter()
            .any(|code| code == "mauntic._domainkey.shop.example")
    );
    // The zone file has it in pieces that DNS can carry.
    let zone = page.texts("pre").join("\n");
    assert!(
        zone.contains("mauntic._domainkey.shop.example. 3600 IN TXT ("),
        "{zone}"
    );
    assert_eq!(zone.replace("\" \"", "").matches(value).count(), 1, "{zone}");
    assert!(flat(&page).contains("The Shop <news@shop.example>"));

    let mut tx = office.app.deps.db.tenant(office.app.org).await.unwrap();
    let stored = domains::find(&mut tx, office.app.org, id_in(&url))
        .await
        .unwrap()
        .unwrap();
    let sealed = stored.keys[0].private_key.clone().unwrap();
    // PKCS#8 begins with a version and the algorithm; sealed it does not.
    assert!(
        !sealed
            .windows(9)
            .any(|bytes| bytes == [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01])
    );
    let key = open_dkim_key(&office.app.deps.secrets, &mut tx, &stored, &stored.keys[0])
        .await
        .unwrap();
    assert!(key.is_some(), "the engine can open it");
}

#[tokio::test]
async fn a_domain_may_be_set_up_without_a_key_and_get_one_later() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = add(&ann, &form("shop.example", "none")).await;
    assert!(flat(&ann.get(&url).await.expect(200)).contains("Not signed"));

    let ask = DOMAIN_KEY.url(&id_in(&url));
    let suggested = ann
        .get(&ask)
        .await
        .expect(200)
        .attributes("input[name=selector]", "value")
        .swap_remove(0);
    assert_eq!(suggested, "mauntic");
    let fields = [("algorithm", "ed25519-sha256"), ("selector", suggested.as_str())];
    ann.post(&ask, &fields).await.expect(303);
    let page = flat(&ann.get(&url).await.expect(200));
    assert!(page.contains(&format!("{suggested}._domainkey.shop.example")) && page.contains("k=ed25519"));

    // Another key under the same name would not be found by receivers that remember the first one.
    let refused = ann.post(&ask, &fields).await.expect(422);
    assert!(flat(&refused).contains("Choose another one"));
    let suggested = ann
        .get(&ask)
        .await
        .expect(200)
        .attributes("input[name=selector]", "value")
        .swap_remove(0);
    assert!(suggested.starts_with("mauntic-20"), "{suggested}");
    ann.post(&ask, &[("algorithm", "rsa-sha256"), ("selector", "a b")])
        .await
        .expect(422);
    ann.post(&ask, &[("algorithm", "rot13"), ("selector", "x")])
        .await
        .expect(422);
    assert!(flat(&ann.get(&url).await.expect(200)).contains("k=ed25519"));
    ann.post(&ask, &[("algorithm", "none")]).await.expect(303);
    assert!(flat(&ann.get(&url).await.expect(200)).contains("Not signed"));
}

#[tokio::test]
async fn the_first_domain_is_used_and_another_can_take_its_place() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let first = add(&ann, &form("a.example", "none")).await;
    let second = add(&ann, &form("b.example", "none")).await;
    let rows = |page: TestResponse| page.texts("tbody tr");
    let list = rows(ann.get(DOMAINS.url()).await.expect(200));
    assert!(
        list[0].contains("a.example") && list[0].contains("Mail is sent from it"),
        "{list:?}"
    );

    ann.post(DOMAIN_PREFERENCE.url(&id_in(&second)), &[])
        .await
        .expect(303);
    let list = rows(ann.get(DOMAINS.url()).await.expect(200));
    assert!(
        list[0].contains("b.example") && list[1].contains("Not in use"),
        "{list:?}"
    );
    let third = add(&ann, &with(&form("c.example", "none"), "is_default", "true")).await;
    assert!(flat(&ann.get(&third).await.expect(200)).contains("Mail is sent from it"));

    let ask = ann
        .get(&third)
        .await
        .attributes(".danger-zone a", "href")
        .swap_remove(0);
    let action = ann
        .get(&ask)
        .await
        .expect(200)
        .attributes("main form", "action")
        .swap_remove(0);
    ann.post(&action, &[]).await.expect(303);
    ann.get(&third).await.expect(404);
    assert!(flat(&ann.get(&first).await.expect(200)).contains("Mail is sent from it"));
    let defaults = "SELECT count(*) FROM delivery.domains WHERE is_default";
    assert_eq!(office.value::<i64>(defaults).await, 1);
}

#[tokio::test]
async fn a_sender_can_be_changed_and_its_domain_cannot() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = add(&ann, &form("shop.example", "none")).await;
    let fields = [
        ("domain", "evil.example"),
        ("from_local_part", "hello"),
        ("from_name", "Bücher & Söhne"),
        ("reply_to", ""),
    ];
    ann.post(&url, &fields).await.expect(303);
    let shown = office
        .app
        .program()
        .get(API_DOMAIN.url(&id_in(&url)))
        .await
        .json();
    assert_eq!(
        (
            &shown["domain"],
            &shown["from_local_part"],
            &shown["from_name"],
            &shown["reply_to"]
        ),
        (
            &json!("shop.example"),
            &json!("hello"),
            &json!("Bücher & Söhne"),
            &Value::Null
        )
    );
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_what_was_typed_and_stores_nothing() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let right = form("shop.example", "ed25519-sha256");
    for (field, value) in [
        ("domain", ""),
        ("domain", "localhost"),
        ("domain", "shop.example\r\nBcc: eve@example.com"),
        ("domain", "bücher.example"),
        ("from_local_part", ""),
        ("from_local_part", "news@evil.example"),
        ("from_name", "a\r\nBcc: eve@example.com"),
        ("from_name", "a\u{2028}b"),
        ("reply_to", "nobody"),
        ("selector", "a b"),
        ("selector", "x;p="),
    ] {
        let refused = ann
            .post(DOMAINS.url(), &with(&right, field, value))
            .await
            .expect(422);
        let other = if field == "domain" {
            "from_local_part"
        } else {
            "domain"
        };
        let typed = right
            .iter()
            .find(|(name, _)| *name == other)
            .expect("it is there")
            .1;
        assert_eq!(
            refused.attributes(&format!("input[name={other}]"), "value"),
            [typed],
            "{field} {value:?}"
        );
    }
    ann.post(DOMAINS.url(), &with(&right, "from_name", &"x".repeat(101)))
        .await
        .expect(422);
    ann.clone()
        .without("x-csrf-token")
        .post(DOMAINS.url(), &right)
        .await
        .expect(403);
    assert_eq!(
        office.value::<i64>("SELECT count(*) FROM delivery.domains").await,
        0
    );

    let url = add(&ann, &right).await;
    let again = ann.post(DOMAINS.url(), &right).await.expect(422);
    assert!(flat(&again).contains("set up already"));
    let refused = ann
        .post(&url, &with(&right, "reply_to", "nobody"))
        .await
        .expect(422);
    assert_eq!(refused.attributes("input[name=reply_to]", "value"), ["nobody"]);
}

#[tokio::test]
async fn names_of_senders_are_shown_as_text() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = add(
        &ann,
        &with(
            &form("shop.example", "none"),
            "from_name",
            "<script>alert(1)</script>",
        ),
    )
    .await;
    for page in [DOMAINS.url(), url] {
        let page = ann.get(&page).await.expect(200);
        assert!(!page.text().contains("<script>alert") && flat(&page).contains("<script>alert(1)</script>"));
    }
}

#[tokio::test]
async fn a_domain_that_receivers_refused_says_why_and_can_be_resumed() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = add(&ann, &form("shop.example", "none")).await;
    let mut tx = office.app.deps.db.tenant(office.app.org).await.unwrap();
    domains::pause(
        &mut tx,
        office.app.org,
        id_in(&url),
        "550 5.7.26 <b>unauthenticated</b>",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let page = ann.get(&url).await.expect(200);
    assert!(flat(&page).contains("550 5.7.26 <b>unauthenticated</b>") && !page.text().contains("<b>unauth"));
    ann.post(DOMAIN_RESUMPTION.url(&id_in(&url)), &[])
        .await
        .expect(303);
    assert!(!flat(&ann.get(&url).await.expect(200)).contains("unauthenticated"));
}

#[tokio::test]
async fn members_and_viewers_have_no_business_with_domains() {
    let office = PostOffice::open().await;
    let url = add(&office.app.person(), &form("shop.example", "none")).await;
    for role in [Role::Viewer, Role::Member] {
        let max = office.app.person_as(office.app.org, role);
        max.get(DOMAINS.url()).await.expect(403);
        max.get(&url).await.expect(403);
        max.post(DOMAINS.url(), &form("other.example", "none"))
            .await
            .expect(403);
        max.post(DOMAIN_KEY.url(&id_in(&url)), &[]).await.expect(403);
        max.post(DOMAIN_DELETION.url(&id_in(&url)), &[]).await.expect(403);
    }
}

#[tokio::test]
async fn a_domain_of_another_organisation_does_not_exist() {
    let office = PostOffice::open().await;
    let url = add(&office.app.person(), &form("shop.example", "none")).await;
    let id = id_in(&url);
    let other = office.app.organizations.add("Other Ltd");
    let eve = office.app.person_as(other, Role::Owner);
    eve.get(&url).await.expect(404);
    eve.get(DOMAIN_KEY.url(&id)).await.expect(404);
    eve.get(DOMAIN_DELETION.url(&id)).await.expect(404);
    eve.post(&url, &form("shop.example", "none")).await.expect(404);
    for (action, fields) in [
        (DOMAIN_KEY.url(&id), vec![("algorithm", "none")]),
        (
            DOMAIN_KEY.url(&id),
            vec![("algorithm", "ed25519-sha256"), ("selector", "eve")],
        ),
        (DOMAIN_PREFERENCE.url(&id), vec![]),
        (DOMAIN_RESUMPTION.url(&id), vec![]),
        (DOMAIN_DELETION.url(&id), vec![]),
    ] {
        eve.post(&action, &fields).await.expect(404);
    }
    // The same domain can be hers as well, and stays apart.
    let hers = add(&eve, &form("shop.example", "none")).await;
    assert_ne!(hers, url);
    eve.post(DOMAIN_PREFERENCE.url(&id), &[]).await.expect(404);
    assert!(flat(&eve.get(&hers).await.expect(200)).contains("Mail is sent from it"));
    let program = office.app.program_with(other, Permission::ALL);
    program.get(API_DOMAIN.url(&id)).await.expect(404);
    program
        .json(Method::PATCH, API_DOMAIN.url(&id), &json!({ "from_name": "x" }))
        .await
        .expect(404);
    program
        .send(Method::DELETE, &API_DOMAIN.url(&id), None, "".into())
        .await
        .expect(404);
    assert!(flat(&office.app.person().get(&url).await.expect(200)).contains("The Shop"));
}

#[tokio::test]
async fn programs_set_domains_up_change_and_delete_them() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let new = json!({
        "domain": "shop.example",
        "from_local_part": "news",
        "from_name": "The Shop",
        "keys": [{ "algorithm": "ed25519-sha256" }],
    });
    let made = program
        .json(Method::POST, API_DOMAINS.url(), &new)
        .await
        .expect(201);
    let url = made.location();
    assert_eq!(made.json()["is_default"], true);
    assert_eq!(made.json()["keys"][0]["selector"], "mauntic-ed");
    let taken = program
        .json(Method::POST, API_DOMAINS.url(), &new)
        .await
        .expect(409);
    assert_eq!(taken.json()["code"], "domain_taken");

    let patch = json!({ "reply_to": "help@shop.example" });
    let changed = program.json(Method::PATCH, &url, &patch).await.expect(200).json();
    assert_eq!(
        (&changed["reply_to"], &changed["from_name"]),
        (&json!("help@shop.example"), &json!("The Shop"))
    );
    assert_eq!(
        changed["keys"][0]["record_name"],
        "mauntic-ed._domainkey.shop.example"
    );
    let bare = program
        .json(Method::PATCH, &url, &json!({ "keys": [], "reply_to": null }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&bare["keys"][0]["state"], &bare["reply_to"]),
        (&json!("retiring"), &Value::Null)
    );

    for wrong in [
        json!({ "from_local_part": "a b" }),
        json!({ "is_default": false }),
        json!({ "state": "paused" }),
        json!({ "keys": [{ "algorithm": "rot13" }] }),
        json!({ "keys": [{ "algorithm": "rsa-sha256" }] }),
        json!({ "domain": "evil.example" }),
    ] {
        program.json(Method::PATCH, &url, &wrong).await.expect(422);
    }
    assert_eq!(
        program.get(API_DOMAINS.url()).await.json()["data"][0]["from_local_part"],
        "news"
    );
    program
        .send(Method::DELETE, &url, None, "".into())
        .await
        .expect(204);
    program.get(&url).await.expect(404);
}
