//! Segments through the API and the engine: who is in them, and when they notice.

use contracts::crm::consent::Channel;
use contracts::{
    crm::{API_CONTACT_SEARCH, API_SEGMENT, API_SEGMENT_MEMBERS, API_SEGMENT_REBUILDS, API_SEGMENTS},
    event::MAX_ITEMS,
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Clock, ContactId, Permission, SegmentId};
use serde_json::json;

use crate::segment_support::{Segmented, city, in_segment, tagged};

#[tokio::test]
async fn a_new_segment_has_its_members_at_once() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").create().await;
    here.contact("bob").city("Berlin").create().await;
    let bonn = here.segment("In Bonn", city("bonn")).await;
    assert_eq!(here.members(bonn).await, ["ann"]);

    let shown = here
        .app
        .program()
        .get(API_SEGMENT.url(&bonn))
        .await
        .expect(200)
        .json();
    assert_eq!(shown["member_count"], 1);
    assert_eq!(shown["up_to_date"], true);
    assert_eq!(shown["sentence"], "Contacts where city is “bonn”.");
}

#[tokio::test]
async fn a_changed_contact_enters_and_leaves_without_anybody_asking() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bob = here.contact("bob").city("Berlin").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    here.set_city(ann, "Berlin").await;
    here.set_city(bob, "Bonn").await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(bonn).await, ["bob"]);
    assert_eq!(
        here.told(bonn).await,
        [(vec![ann], vec![]), (vec![bob], vec![]), (vec![], vec![ann])]
    );
}

#[tokio::test]
async fn new_and_deleted_contacts_are_noticed() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    here.contact("cleo").city("Bonn").create().await;
    here.delete_contact(ann).await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(bonn).await, ["cleo"]);
    let shown = here.app.program().get(API_SEGMENT.url(&bonn)).await.json();
    assert_eq!(shown["member_count"], 1);
    assert_eq!(shown["up_to_date"], true);
}

#[tokio::test]
async fn a_rebuild_that_finds_nothing_new_tells_nothing() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let before = here.told(bonn).await;
    let answer = here
        .app
        .program()
        .json(Method::POST, API_SEGMENT_REBUILDS.url(&bonn), &json!({}))
        .await;
    let job = answer.expect(202).location();
    here.app.run_until_idle().await;
    assert_eq!(
        here.app.program().get(job).await.expect(200).json()["state"],
        "succeeded"
    );
    assert_eq!(here.told(bonn).await, before);
    assert_eq!(here.members(bonn).await, ["ann"]);
}

#[tokio::test]
async fn many_who_enter_are_told_in_events_of_a_thousand() {
    let here = Segmented::start().await;
    sqlx::query(
        r#"
        INSERT INTO crm.contacts (org_id, id, email, source, created_at, updated_at)
        SELECT $1, gen_random_uuid(), 'p' || n || '@example.com', 'import', now(), now()
        FROM generate_series(1, 2500) AS n
        "#,
    )
    .bind(here.app.org.uuid())
    .execute(here.app.deps.db.work_pool())
    .await
    .unwrap();
    let all = here.segment("All", json!({"all": []})).await;
    let sizes: Vec<usize> = here
        .told(all)
        .await
        .iter()
        .map(|(entered, _)| entered.len())
        .collect();
    assert_eq!(sizes, [MAX_ITEMS, MAX_ITEMS, 500]);
    let page = here
        .app
        .person()
        .get(contracts::crm::SEGMENT.url(&all))
        .await
        .expect(200);
    assert!(
        page.texts(".stat").iter().any(|text| text.contains("2,500")),
        "{:?}",
        page.texts(".stat")
    );
}

#[tokio::test]
async fn a_segment_that_looks_at_another_follows_it() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").tags(&["vip"]).create().await;
    here.contact("bob").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let both = here
        .segment(
            "Important in Bonn",
            json!({"all": [in_segment(bonn), tagged("vip")]}),
        )
        .await;
    assert_eq!(here.members(both).await, ["ann"]);
    here.set_city(ann, "Rome").await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(both).await, Vec::<String>::new());
}

#[tokio::test]
async fn segments_cannot_go_round_in_circles() {
    let here = Segmented::start().await;
    let first = here.segment("First", city("Bonn")).await;
    let second = here.segment("Second", in_segment(first)).await;
    for (id, uses) in [(first, second), (first, first)] {
        let body = json!({"rule": {"all": [in_segment(uses)]}});
        let problem = here
            .app
            .program()
            .json(Method::PATCH, API_SEGMENT.url(&id), &body)
            .await
            .expect(422)
            .json();
        assert_eq!(problem["errors"][0]["pointer"], "#/rule/all/0/value");
        assert_eq!(problem["errors"][0]["code"], "unusable_segment");
    }
    assert_eq!(
        here.app.program().get(API_SEGMENT.url(&first)).await.json()["version"],
        1
    );
}

#[tokio::test]
async fn a_segment_that_another_uses_cannot_be_deleted() {
    let here = Segmented::start().await;
    let first = here.segment("First", city("Bonn")).await;
    let second = here.segment("Second", in_segment(first)).await;
    let program = here.app.program();
    let problem = program
        .json(Method::DELETE, API_SEGMENT.url(&first), &json!({}))
        .await
        .expect(409)
        .json();
    assert_eq!(problem["code"], "in_use");
    assert!(problem["detail"].as_str().unwrap().contains("Second"));
    program
        .json(Method::DELETE, API_SEGMENT.url(&second), &json!({}))
        .await
        .expect(204);
    program
        .json(Method::DELETE, API_SEGMENT.url(&first), &json!({}))
        .await
        .expect(204);
    program.get(API_SEGMENT.url(&first)).await.expect(404);
    program.get(API_SEGMENT_MEMBERS.url(&first)).await.expect(404);
}

#[tokio::test]
async fn a_rule_that_counts_from_now_is_looked_at_again_as_time_passes() {
    let here = Segmented::start().await;
    here.contact("ann").create().await;
    let span = json!({"amount": 7, "unit": "days"});
    let fresh = json!({"field": "created_at", "operator": "in_the_last", "value": span});
    let new = here.segment("New", fresh).await;
    assert_eq!(here.members(new).await, ["ann"]);
    here.app.clock.advance(SignedDuration::from_hours(6 * 24));
    here.app.run_until_idle().await;
    assert_eq!(here.members(new).await, ["ann"]);
    here.app.clock.advance(SignedDuration::from_hours(25));
    here.app.run_until_idle().await;
    assert_eq!(here.members(new).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_happens_to_mail_moves_people() {
    use contracts::delivery::{DeliveryEvent, Engagement, MessageRef, MessageSource};
    let here = Segmented::start().await;
    let ann = here.contact("ann").create().await;
    here.contact("bob").create().await;
    let campaign = kernel::CampaignId::generate();
    let rule = json!({"field": "mail.opened", "operator": "at_least", "value": 2, "campaign": campaign,
        "within": {"amount": 30, "unit": "days"}});
    let openers = here.segment("Openers", rule).await;
    let now = here.app.clock.now();
    here.happened(
        ann,
        "email_opened",
        now - SignedDuration::from_hours(24),
        Some(campaign),
    )
    .await;
    let message = MessageRef {
        message: kernel::MessageId::generate(),
        contact: ann,
        at: now,
    };
    let opened = Engagement {
        message,
        first: true,
        first_for_message: true,
        url: None,
    };
    let mut tx = here.app.deps.db.system().await.unwrap();
    let fact = DeliveryEvent::MessagesOpened {
        channel: Channel::Email,
        source: MessageSource::Campaign(campaign),
        engagements: vec![opened],
    };
    tx.record(here.app.org, &fact).await.unwrap();
    tx.commit().await.unwrap();
    here.app.run_until_idle().await;
    assert_eq!(here.members(openers).await, ["ann"]);
}

#[tokio::test]
async fn a_suppressed_address_leaves_the_subscribed() {
    use contracts::delivery::DeliveryEvent;
    let here = Segmented::start().await;
    here.contact("ann").create().await;
    here.contact("bob").create().await;
    let rule = json!({"field": "subscription", "operator": "is", "value": "subscribed"});
    let subscribed = here.segment("Subscribed", rule).await;
    assert_eq!(here.members(subscribed).await, ["ann", "bob"]);
    let address = kernel::EmailAddress::parse("ann@example.com").unwrap();
    let mut tx = here.app.deps.db.system().await.unwrap();
    let fact = DeliveryEvent::AddressesSuppressed {
        addresses: vec![(address.into(), "unsubscribed".to_owned())],
    };
    tx.record(here.app.org, &fact).await.unwrap();
    tx.commit().await.unwrap();
    here.app.run_until_idle().await;
    assert_eq!(here.members(subscribed).await, ["bob"]);
}

#[tokio::test]
async fn a_rule_whose_field_is_gone_says_so_and_keeps_its_members() {
    let here = Segmented::start().await;
    let (org, pool) = (here.app.org.uuid(), here.app.deps.db.work_pool().clone());
    sqlx::query(
        "INSERT INTO crm.fields (org_id, id, key, label, type, created_at, updated_at) \
         VALUES ($1, gen_random_uuid(), 'plan', 'Plan', 'text', now(), now())",
    )
    .bind(org)
    .execute(&pool)
    .await
    .unwrap();
    here.contact("ann")
        .attributes(json!({"plan": "pro"}))
        .create()
        .await;
    let rule = json!({"field": "attributes.plan", "operator": "is", "value": "PRO"});
    let pro = here.segment("Pro", rule).await;
    assert_eq!(here.members(pro).await, ["ann"]);
    sqlx::query("DELETE FROM crm.fields")
        .execute(&pool)
        .await
        .unwrap();
    here.contact("bob")
        .attributes(json!({"plan": "pro"}))
        .create()
        .await;
    here.app.run_until_idle().await;
    let shown = here.app.program().get(API_SEGMENT.url(&pro)).await.json();
    assert_eq!(
        (&shown["problem"], &shown["up_to_date"]),
        (&json!("rule"), &json!(false))
    );
    assert_eq!(here.members(pro).await, ["ann"]);
    let page = here
        .app
        .person()
        .get(contracts::crm::SEGMENT.url(&pro))
        .await
        .expect(200);
    assert!(
        page.texts(".alert-title")
            .contains(&"The rule no longer fits".to_owned())
    );
}

#[tokio::test]
async fn two_rebuilds_at_once_write_everybody_once() {
    let here = Segmented::start().await;
    for name in ["ann", "bob", "cleo"] {
        here.contact(name).city("Bonn").create().await;
    }
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let program = here.app.program();
    sqlx::query("DELETE FROM crm.segment_members")
        .execute(here.app.deps.db.work_pool())
        .await
        .unwrap();
    let person = here.app.person();
    let url = contracts::crm::SEGMENT_REBUILD.url(&bonn);
    let (a, b, c) = tokio::join!(
        person.post(&url, &[]),
        person.post(&url, &[]),
        person.post(&url, &[])
    );
    for answer in [a, b, c] {
        answer.expect(303);
    }
    here.app.run_until_idle().await;
    assert_eq!(here.members(bonn).await, ["ann", "bob", "cleo"]);
    let entered: Vec<ContactId> = here
        .told(bonn)
        .await
        .into_iter()
        .flat_map(|(entered, _)| entered)
        .collect();
    assert_eq!(
        entered.len(),
        6,
        "three at the beginning, three again after the members were lost"
    );
    assert_eq!(
        program.get(API_SEGMENT.url(&bonn)).await.json()["member_count"],
        3
    );
}

#[tokio::test]
async fn bad_rules_are_refused_with_the_place_of_each_mistake() {
    let here = Segmented::start().await;
    let body = json!({"name": " ", "rule": {"all": [
        {"field": "password", "operator": "is", "value": "x"},
        {"any": [{"field": "email", "operator": "at_least", "value": 1}]},
    ]}});
    let problem = here
        .app
        .program()
        .json(Method::POST, API_SEGMENTS.url(), &body)
        .await
        .expect(422)
        .json();
    let errors: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (&e["pointer"], &e["code"]))
        .collect();
    assert!(
        errors.contains(&(&json!("#/name"), &json!("missing"))),
        "{errors:?}"
    );
    assert!(
        errors.contains(&(&json!("#/rule/all/0/field"), &json!("unknown_field"))),
        "{errors:?}"
    );
    assert!(
        errors.contains(&(&json!("#/rule/all/1/any/0/operator"), &json!("unknown_operator"))),
        "{errors:?}"
    );
    let list = here
        .app
        .program()
        .get(API_SEGMENTS.url())
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn an_edit_meant_for_another_version_changes_nothing() {
    let here = Segmented::start().await;
    let id = here.segment("First", city("Bonn")).await;
    let program = here.app.program();
    let url = API_SEGMENT.url(&id);
    program
        .json(Method::PATCH, &url, &json!({"name": "Second", "version": 1}))
        .await
        .expect(200);
    let problem = program
        .json(Method::PATCH, &url, &json!({"name": "Third", "version": 1}))
        .await
        .expect(409)
        .json();
    assert_eq!(problem["code"], "changed");
    assert_eq!(program.get(&url).await.json()["name"], "Second");
}

#[tokio::test]
async fn names_are_unique_whatever_their_case() {
    let here = Segmented::start().await;
    here.segment("Leads", city("Bonn")).await;
    let body = json!({"name": "LEADS", "rule": {"all": []}});
    let problem = here
        .app
        .program()
        .json(Method::POST, API_SEGMENTS.url(), &body)
        .await
        .expect(409)
        .json();
    assert_eq!(problem["code"], "name_taken");
}

#[tokio::test]
async fn lists_are_paged_by_cursor() {
    let here = Segmented::start().await;
    for name in ["Alpha", "beta", "Gamma"] {
        here.segment(name, json!({"all": []})).await;
    }
    for name in ["ann", "bob", "cleo"] {
        here.contact(name).create().await;
    }
    here.app.run_until_idle().await;
    let program = here.app.program();
    let first = program
        .get(API_SEGMENTS.with(&[("limit", "2")]))
        .await
        .expect(200)
        .json();
    let names = |page: &serde_json::Value| -> Vec<String> {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        (names(&first), &first["has_more"]),
        (vec!["Alpha".to_owned(), "beta".to_owned()], &json!(true))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = program
        .get(API_SEGMENTS.with(&[("limit", "2"), ("cursor", cursor)]))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (names(&second), &second["has_more"]),
        (vec!["Gamma".to_owned()], &json!(false))
    );

    let id: SegmentId = first["data"][0]["id"].as_str().unwrap().parse().unwrap();
    let members = program
        .get(API_SEGMENT_MEMBERS.with(&id, &[("limit", "2")]))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&members), ["cleo", "bob"]);
    let cursor = members["next_cursor"].as_str().unwrap();
    let rest = program
        .get(API_SEGMENT_MEMBERS.with(&id, &[("cursor", cursor)]))
        .await
        .expect(200)
        .json();
    assert_eq!(names(&rest), ["ann"]);
    program
        .get(API_SEGMENTS.with(&[("cursor", cursor)]))
        .await
        .expect(422);
}

#[tokio::test]
async fn segments_of_others_do_not_exist() {
    let here = Segmented::start().await;
    let id = here.segment("Mine", json!({"all": []})).await;
    let other = here.app.organizations.add("Other Ltd");
    let them = here.app.program_with(other, Permission::ALL);
    them.get(API_SEGMENT.url(&id)).await.expect(404);
    them.get(API_SEGMENT_MEMBERS.url(&id)).await.expect(404);
    them.json(Method::PATCH, API_SEGMENT.url(&id), &json!({"name": "Theirs"}))
        .await
        .expect(404);
    them.json(Method::DELETE, API_SEGMENT.url(&id), &json!({}))
        .await
        .expect(404);
    them.json(Method::POST, API_SEGMENT_REBUILDS.url(&id), &json!({}))
        .await
        .expect(404);
    let body = json!({"name": "Theirs", "rule": in_segment(id)});
    them.json(Method::POST, API_SEGMENTS.url(), &body)
        .await
        .expect(422);
    here.contact("eve").in_organization(other).create().await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(id).await, Vec::<String>::new());
}

#[tokio::test]
async fn contacts_are_found_by_a_rule_without_a_segment() {
    let here = Segmented::start().await;
    for (name, town) in [
        ("ann", "Bonn"),
        ("bob", "Rome"),
        ("cleo", "Bonn"),
        ("dan", "Bonn"),
    ] {
        here.contact(name).city(town).create().await;
    }
    let program = here.app.program();
    let rule =
        json!({"all": [city("Bonn"), {"none": [{"field": "first_name", "operator": "is", "value": "Dan"}]}]});
    let first = program
        .json(Method::POST, API_CONTACT_SEARCH.with(&[("limit", "1")]), &rule)
        .await
        .expect(200);
    assert!(
        first
            .header("link")
            .is_some_and(|link| link.contains("rel=\"next\""))
    );
    let first = first.json();
    assert_eq!(
        (&first["data"][0]["first_name"], &first["has_more"]),
        (&json!("cleo"), &json!(true))
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = program
        .json(
            Method::POST,
            API_CONTACT_SEARCH.with(&[("limit", "1"), ("cursor", cursor)]),
            &rule,
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&second["data"][0]["email"], &second["has_more"]),
        (&json!("ann@example.com"), &json!(false))
    );

    let bad = json!({"any": [{"field": "city", "operator": "is"}]});
    let problem = program
        .json(Method::POST, API_CONTACT_SEARCH.url(), &bad)
        .await
        .expect(422)
        .json();
    assert_eq!(problem["errors"][0]["pointer"], "#/any/0/value");
}
