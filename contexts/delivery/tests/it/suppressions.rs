//! The suppression list, as people and programs see it.

use contracts::delivery::{
    API_SUPPRESSION, API_SUPPRESSIONS, DeliveryEvent, MESSAGES, SUPPRESSION, SUPPRESSION_NEW,
    SUPPRESSION_REMOVAL, SUPPRESSIONS,
};
use http::Method;
use kernel::{Permission, Role};
use serde_json::json;
use testkit::{Client, TestResponse, smtp_sink::SmtpSink};

use crate::post_office::PostOffice;

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

fn rows(page: &TestResponse) -> Vec<String> {
    page.texts("tbody tr")
}

async fn suppress(ann: &Client, addresses: &str, reason: &str) {
    ann.post(
        SUPPRESSIONS.url(),
        &[("addresses", addresses), ("reason", reason)],
    )
    .await
    .expect(303);
}

fn page_of(address: &str) -> String {
    SUPPRESSION.url(&address.to_owned())
}

#[tokio::test]
async fn an_address_that_is_added_gets_no_mail_and_the_message_says_why() {
    let sink = SmtpSink::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let ann = office.app.person();
    ann.get(SUPPRESSION_NEW.url()).await.expect(200);
    suppress(&ann, "P0@example.com\np1@example.com, p0@example.com", "manual").await;
    suppress(&ann, "p0@example.com", "manual").await;

    let batch = office.campaign(3).await;
    office.send().await;

    assert_eq!(sink.recipients(), ["p2@example.com"]);
    assert_eq!(office.progress(batch).await.suppressed, 2);
    let list = ann
        .get(MESSAGES.with(&[("to", "p0@example.com")]))
        .await
        .expect(200);
    let message = list.attributes("tbody th a", "href").swap_remove(0);
    let page = ann.get(&message).await.expect(200);
    assert!(
        flat(&page).contains("on the suppression list: Added by hand"),
        "{}",
        flat(&page)
    );
    let told: Vec<usize> = office
        .facts()
        .await
        .iter()
        .filter_map(|fact| match fact {
            DeliveryEvent::AddressesSuppressed { addresses } => Some(addresses.len()),
            _ => None,
        })
        .collect();
    // Adding what is there already tells nobody anything.
    assert_eq!(told, [2]);
}

#[tokio::test]
async fn one_wrong_address_refuses_them_all_and_is_named_with_its_line() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let typed = "ann@example.com\n<script>alert(1)</script>\nbob@example.com; nobody";
    let refused = ann
        .post(
            SUPPRESSIONS.url(),
            &[
                ("addresses", typed),
                ("reason", "complaint"),
                ("note", "they wrote"),
            ],
        )
        .await
        .expect(422);
    let page = flat(&refused);
    assert!(
        page.contains("“<script>alert(1)</script>” in line 2") && page.contains("“nobody” in line 3"),
        "{page}"
    );
    assert!(!refused.text().contains("<script>alert"));
    assert_eq!(refused.texts("textarea")[0].split_whitespace().count(), 4);
    assert_eq!(refused.attributes("input[name=note]", "value"), ["they wrote"]);
    assert_eq!(refused.attributes("option[selected]", "value"), ["complaint"]);
    for wrong in [
        vec![("addresses", "")],
        vec![("addresses", "ann@example.com"), ("note", "x")],
        vec![("addresses", "ann@example.com"), ("reason", "dislike")],
    ] {
        ann.post(SUPPRESSIONS.url(), &wrong).await.expect(422);
    }
    let many = "a@example.com\n".repeat(10_001);
    ann.post(SUPPRESSIONS.url(), &[("addresses", many.as_str())])
        .await
        .expect(422);
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        0
    );
}

#[tokio::test]
async fn thousands_of_addresses_are_added_at_once() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let list: String = (0..10_000).map(|n| format!("p{n}@example.com\n")).collect();
    suppress(&ann, &list, "unsubscribed").await;
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        10_000
    );
    let sizes: Vec<usize> = office
        .facts()
        .await
        .iter()
        .map(|fact| match fact {
            DeliveryEvent::AddressesSuppressed { addresses } => addresses.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [1000; 10]);
}

#[tokio::test]
async fn taking_an_address_off_the_list_needs_a_reason_that_stays_in_the_log() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    suppress(&ann, "ann@example.com", "unsubscribed").await;
    let page = ann.get(page_of("ann@example.com")).await.expect(200);
    assert!(flat(&page).contains("This is the person’s own wish"));

    let refused = ann
        .post(
            SUPPRESSION_REMOVAL.url(),
            &[("address", "ann@example.com"), ("why", "x")],
        )
        .await
        .expect(422);
    assert_eq!(refused.attributes("input[name=why]", "value"), ["x"]);
    assert!(flat(&ann.get(page_of("ann@example.com")).await.expect(200)).contains("Take off the list"));

    let fields = [
        ("address", "Ann@Example.com"),
        ("why", "She <b>called</b> and asked"),
    ];
    ann.post(SUPPRESSION_REMOVAL.url(), &fields).await.expect(303);
    let page = ann.get(page_of("ann@example.com")).await.expect(200);
    let log = page.texts("main li").join(" ");
    assert!(
        log.contains("She <b>called</b> and asked") && log.contains("By you"),
        "{log}"
    );
    assert!(!page.text().contains("<b>called"));
    assert!(flat(&page).contains("Not suppressed"));
    ann.post(SUPPRESSION_REMOVAL.url(), &fields).await.expect(404);
    let released = office.facts().await.iter().any(
        |fact| matches!(fact, DeliveryEvent::AddressesReleased { addresses } if addresses[0].as_str() == "ann@example.com"),
    );
    assert!(released);
}

#[tokio::test]
async fn an_address_stays_on_the_list_while_one_reason_is_left() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    suppress(&ann, "ann@example.com", "unsubscribed").await;
    suppress(&ann, "ann@example.com", "hard_bounce").await;
    assert_eq!(rows(&ann.get(SUPPRESSIONS.url()).await.expect(200)).len(), 2);

    let fields = [
        ("address", "ann@example.com"),
        ("reason", "hard_bounce"),
        ("why", "the mailbox is back"),
    ];
    ann.post(SUPPRESSION_REMOVAL.url(), &fields).await.expect(303);

    let page = ann.get(page_of("ann@example.com")).await.expect(200);
    assert_eq!(rows(&page).len(), 1);
    assert!(rows(&page)[0].contains("Unsubscribed"));
    assert!(
        !office
            .facts()
            .await
            .iter()
            .any(|fact| matches!(fact, DeliveryEvent::AddressesReleased { .. }))
    );
}

#[tokio::test]
async fn the_list_is_searched_filtered_and_paged() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    assert!(flat(&ann.get(SUPPRESSIONS.url()).await.expect(200)).contains("No address is suppressed"));
    let many: String = (0..55).map(|n| format!("p{n:02}@example.com\n")).collect();
    suppress(&ann, &many, "manual").await;
    suppress(&ann, "a_b@example.com, axb@example.com", "complaint").await;

    let mut seen = Vec::new();
    let mut url = Some(SUPPRESSIONS.url());
    while let Some(at) = url {
        let page = ann.get(&at).await.expect(200);
        seen.extend(page.texts("tbody th"));
        url = page.attributes("a[rel=next]", "href").pop();
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 57);
    let found = async |query: &[(&str, &str)]| {
        ann.get(SUPPRESSIONS.with(query))
            .await
            .expect(200)
            .texts("tbody th")
    };
    assert_eq!(found(&[("q", "P01")]).await, ["p01@example.com"]);
    // What has a meaning in patterns is searched for as it is.
    assert_eq!(found(&[("q", "a_b")]).await, ["a_b@example.com"]);
    assert_eq!(found(&[("q", "%")]).await, Vec::<String>::new());
    assert_eq!(found(&[("reason", "complaint")]).await.len(), 2);
    assert_eq!(
        found(&[("q", "a"), ("reason", "manual")]).await,
        Vec::<String>::new()
    );
    ann.get(SUPPRESSIONS.with(&[("reason", "dislike")]))
        .await
        .expect(422);
    ann.get(SUPPRESSIONS.with(&[("cursor", "forged")]))
        .await
        .expect(422);
    let part = ann
        .clone()
        .htmx()
        .get(SUPPRESSIONS.with(&[("q", "p01")]))
        .await
        .expect(200);
    assert!(part.text().starts_with("<div id=\"suppression-list\""));
}

#[tokio::test]
async fn viewers_see_the_list_and_change_nothing() {
    let office = PostOffice::open().await;
    suppress(&office.app.person(), "ann@example.com", "manual").await;
    let max = office.app.person_as(office.app.org, Role::Viewer);
    let list = max.get(SUPPRESSIONS.url()).await.expect(200);
    assert_eq!(rows(&list).len(), 1);
    assert!(!flat(&list).contains("Add addresses"));
    let page = max.get(page_of("ann@example.com")).await.expect(200);
    assert_eq!(
        page.attributes(".content-in form", "action"),
        Vec::<String>::new()
    );
    max.get(SUPPRESSION_NEW.url()).await.expect(403);
    max.post(SUPPRESSIONS.url(), &[("addresses", "bob@example.com")])
        .await
        .expect(403);
    let fields = [("address", "ann@example.com"), ("why", "because I can")];
    max.post(SUPPRESSION_REMOVAL.url(), &fields).await.expect(403);
    office
        .app
        .person()
        .without("x-csrf-token")
        .post(SUPPRESSION_REMOVAL.url(), &fields)
        .await
        .expect(403);
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        1
    );
}

#[tokio::test]
async fn lists_of_organisations_are_apart() {
    let office = PostOffice::open().await;
    suppress(&office.app.person(), "ann@example.com", "manual").await;
    let other = office.app.organizations.add("Other Ltd");
    let eve = office.app.person_as(other, Role::Owner);
    assert!(flat(&eve.get(SUPPRESSIONS.url()).await.expect(200)).contains("No address is suppressed"));
    let page = eve.get(page_of("ann@example.com")).await.expect(200);
    assert!(flat(&page).contains("Not suppressed") && flat(&page).contains("Nothing yet"));
    let fields = [("address", "ann@example.com"), ("why", "because I can")];
    eve.post(SUPPRESSION_REMOVAL.url(), &fields).await.expect(404);
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        1
    );
    eve.get(page_of("no address")).await.expect(404);
}

#[tokio::test]
async fn programs_add_look_up_list_and_remove() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let new = json!({ "addresses": ["Ann@example.com", "bob@example.com"], "reason": "unsubscribed", "note": "from the old tool" });
    let receipt = program
        .json(Method::POST, API_SUPPRESSIONS.url(), &new)
        .await
        .expect(201);
    assert_eq!(receipt.json(), json!({ "added": 2, "already": 0 }));
    let again = program
        .json(Method::POST, API_SUPPRESSIONS.url(), &new)
        .await
        .expect(201);
    assert_eq!(again.json(), json!({ "added": 0, "already": 2 }));

    let page = program
        .get(API_SUPPRESSIONS.with(&[("limit", "1")]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (page["data"].as_array().map(Vec::len), &page["has_more"]),
        (Some(1), &json!(true))
    );
    let cursor = page["next_cursor"].as_str().expect("there is more");
    let rest = program
        .get(API_SUPPRESSIONS.with(&[("limit", "1"), ("cursor", cursor)]))
        .await
        .expect(200)
        .json();
    assert_eq!(rest["has_more"], false);
    assert_ne!(rest["data"][0]["address"], page["data"][0]["address"]);
    let found = program
        .get(API_SUPPRESSIONS.with(&[("q", "ann"), ("reason", "unsubscribed")]))
        .await
        .expect(200);
    assert_eq!(found.json()["data"][0]["note"], "from the old tool");

    let ann = API_SUPPRESSION.url(&"ann@example.com".to_owned());
    let standing = program.get(&ann).await.expect(200).json();
    assert_eq!(
        (&standing["suppressed"], &standing["log"][0]["action"]),
        (&json!(true), &json!("added"))
    );
    let delete = async |query: &str| {
        program
            .send(Method::DELETE, &format!("{ann}{query}"), None, "".into())
            .await
    };
    delete("").await.expect(422);
    delete("?why=x").await.expect(422);
    delete("?why=she%20asked&reason=complaint").await.expect(404);
    delete("?why=she%20asked").await.expect(204);
    delete("?why=she%20asked").await.expect(404);
    assert_eq!(program.get(&ann).await.expect(200).json()["suppressed"], false);

    for wrong in [
        json!({ "addresses": [] }),
        json!({ "addresses": ["nobody"] }),
        json!({ "addresses": ["ann@example.com"], "reason": "dislike" }),
        json!({ "addresses": ["ann@example.com"], "note": "\u{1}\u{1}\u{1}" }),
        json!({ "addresses": "ann@example.com" }),
    ] {
        let refused = program
            .json(Method::POST, API_SUPPRESSIONS.url(), &wrong)
            .await
            .expect(422);
        assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    }
    program
        .get(API_SUPPRESSION.url(&"nobody".to_owned()))
        .await
        .expect(404);
    let reader = office
        .app
        .program_with(office.app.org, &[Permission::SuppressionsRead]);
    reader.get(&ann).await.expect(200);
    reader
        .json(Method::POST, API_SUPPRESSIONS.url(), &new)
        .await
        .expect(403);
}
