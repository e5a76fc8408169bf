//! People in and out of segments by hand, who was in when, categories, and trying rules.

use contracts::crm::{
    API_SEGMENT, API_SEGMENT_MEMBERS, API_SEGMENTS, SEGMENT, SEGMENTS,
    segments::{
        API_SEGMENT_CATEGORIES, API_SEGMENT_CATEGORY, API_SEGMENT_HISTORY, API_SEGMENT_OVERRIDE,
        API_SEGMENT_OVERRIDES, API_SEGMENT_PREVIEWS, API_SEGMENT_TESTS, SEGMENT_CATEGORIES, SEGMENT_HISTORY,
        SEGMENT_OVERRIDES,
    },
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Clock, ContactId};
use serde_json::{Value, json};

use crate::segment_support::{Segmented, city, in_segment, tagged};

fn no_message_is_missing(page: &testkit::TestResponse) {
    assert!(!page.text().contains("[crm-"), "{}", page.text());
}

#[tokio::test]
async fn whom_somebody_put_in_stays_in_and_whom_they_took_out_stays_out() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    let bob = here.contact("bob").city("Rome").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let looks = here.segment("Looks at it", in_segment(bonn)).await;
    let program = here.app.program();
    for (contact, included) in [(ann, false), (bob, true)] {
        program
            .json(
                Method::PUT,
                API_SEGMENT_OVERRIDE.url(&bonn, &contact),
                &json!({"included": included}),
            )
            .await
            .expect(204);
    }
    assert_eq!(here.members(bonn).await, ["bob"]);
    here.app.run_until_idle().await;
    assert_eq!(
        here.members(looks).await,
        ["bob"],
        "who looks at it sees what was decided"
    );

    here.set_city(bob, "Paris").await;
    here.set_city(ann, "Bonn").await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(bonn).await, ["bob"], "changes change nothing");
    here.app
        .person()
        .post(contracts::crm::SEGMENT_REBUILD.url(&bonn), &[])
        .await
        .expect(303);
    assert_eq!(
        here.members(bonn).await,
        ["bob"],
        "a rebuild changes nothing either"
    );

    let list = program
        .get(API_SEGMENT_OVERRIDES.url(&bonn))
        .await
        .expect(200)
        .json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(2));
    program
        .json(Method::DELETE, API_SEGMENT_OVERRIDE.url(&bonn, &ann), &json!({}))
        .await
        .expect(204);
    assert_eq!(
        here.members(bonn).await,
        ["ann", "bob"],
        "the rule decides about Ann again"
    );
    program
        .json(Method::DELETE, API_SEGMENT_OVERRIDE.url(&bonn, &ann), &json!({}))
        .await
        .expect(404);
    let nobody = ContactId::generate();
    program
        .json(
            Method::PUT,
            API_SEGMENT_OVERRIDE.url(&bonn, &nobody),
            &json!({"included": true}),
        )
        .await
        .expect(404);
    let many = json!({"include": [ann, nobody], "exclude": [bob]});
    let done = program
        .json(Method::POST, API_SEGMENT_OVERRIDES.url(&bonn), &many)
        .await
        .expect(200)
        .json();
    assert_eq!((&done["included"], &done["excluded"]), (&json!(1), &json!(1)));
    assert_eq!(here.members(bonn).await, ["ann"]);
}

#[tokio::test]
async fn a_page_puts_people_in_and_leaves_them_to_the_rule() {
    let here = Segmented::start().await;
    let bob = here.contact("bob").city("Rome").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let person = here.app.person();
    let put = [("who", "bob@example.com"), ("what", "in")];
    person.post(SEGMENT_OVERRIDES.url(&bonn), &put).await.expect(303);
    assert_eq!(here.members(bonn).await, ["bob"]);
    let page = person.get(SEGMENT.url(&bonn)).await.expect(200);
    no_message_is_missing(&page);
    assert!(page.text().contains("always in"), "{}", page.text());
    let id = bob.to_string();
    let back = [("who", id.as_str()), ("what", "rule")];
    person.post(SEGMENT_OVERRIDES.url(&bonn), &back).await.expect(303);
    assert_eq!(here.members(bonn).await, Vec::<String>::new());
    person
        .post(
            SEGMENT_OVERRIDES.url(&bonn),
            &[("who", "nobody@example.com"), ("what", "in")],
        )
        .await
        .expect(303);
    assert_eq!(here.members(bonn).await, Vec::<String>::new());
    person
        .post(
            SEGMENT_OVERRIDES.url(&bonn),
            &[("who", "bob@example.com"), ("what", "x")],
        )
        .await
        .expect(422);
}

#[tokio::test]
async fn who_was_in_on_a_day_that_is_past_can_be_told() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").city("Bonn").create().await;
    here.contact("bob").city("Bonn").create().await;
    let bonn = here.segment("In Bonn", city("Bonn")).await;
    let day = here
        .app
        .clock
        .now()
        .to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap())
        .date();
    here.app.clock.advance(SignedDuration::from_hours(48));
    here.set_city(ann, "Rome").await;
    here.contact("cleo").city("Bonn").create().await;
    here.app.run_until_idle().await;
    assert_eq!(here.members(bonn).await, ["bob", "cleo"]);

    let program = here.app.program();
    let on = |day: jiff::civil::Date| API_SEGMENT_MEMBERS.with(&bonn, &[("on", day.to_string())]);
    let names = |page: Value| -> Vec<String> {
        let mut names: Vec<String> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| member["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(program.get(on(day)).await.expect(200).json()),
        ["ann", "bob"]
    );
    let before = program.get(on(day.yesterday().unwrap())).await.expect(200).json();
    assert_eq!(
        names(before),
        Vec::<String>::new(),
        "before there was a segment, nobody was in it"
    );
    let history = program
        .get(API_SEGMENT_HISTORY.with(&bonn, &[("days", "3")]))
        .await
        .expect(200)
        .json();
    let members: Vec<i64> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["members"].as_i64().unwrap())
        .collect();
    assert_eq!(members, [2, 2, 2]);
    let last = &history["data"][2];
    assert_eq!((&last["entered"], &last["left"]), (&json!(1), &json!(1)));

    let page = here
        .app
        .person()
        .get(SEGMENT_HISTORY.with(&bonn, &[("on", day.to_string())]))
        .await
        .expect(200);
    no_message_is_missing(&page);
    assert!(page.texts("#segment-day tbody").concat().contains("ann"));
    assert!(!page.texts("#segment-day tbody").concat().contains("cleo"));
}

#[tokio::test]
async fn segments_are_kept_in_categories() {
    let here = Segmented::start().await;
    let (program, person) = (here.app.program(), here.app.person());
    let made = program
        .json(
            Method::POST,
            API_SEGMENT_CATEGORIES.url(),
            &json!({"name": " Sales "}),
        )
        .await
        .expect(201)
        .json();
    let category = made["id"].as_str().unwrap().to_owned();
    program
        .json(
            Method::POST,
            API_SEGMENT_CATEGORIES.url(),
            &json!({"name": "SALES"}),
        )
        .await
        .expect(409);
    program
        .json(Method::POST, API_SEGMENT_CATEGORIES.url(), &json!({"name": " "}))
        .await
        .expect(422);
    let body = json!({"name": "Leads", "rule": {"all": []}, "category": category});
    let leads = program
        .json(Method::POST, API_SEGMENTS.url(), &body)
        .await
        .expect(201)
        .json();
    here.segment("Others", json!({"all": []})).await;
    let page = person
        .get(SEGMENTS.with(&[("category", &category)]))
        .await
        .expect(200);
    no_message_is_missing(&page);
    assert_eq!(page.texts("tbody tr a"), ["Leads"]);
    let stranger = json!({"name": "X", "rule": {"all": []}, "category": kernel::CategoryId::generate()});
    program
        .json(Method::POST, API_SEGMENTS.url(), &stranger)
        .await
        .expect(422);

    let page = person.get(SEGMENT_CATEGORIES.url()).await.expect(200);
    no_message_is_missing(&page);
    assert!(page.text().contains("Sales"));
    person
        .post(SEGMENT_CATEGORIES.url(), &[("name", "sales")])
        .await
        .expect(422);
    program
        .json(
            Method::DELETE,
            API_SEGMENT_CATEGORY.url(&category.parse().unwrap()),
            &json!({}),
        )
        .await
        .expect(204);
    let id = leads["id"].as_str().unwrap().parse().unwrap();
    let shown = program.get(API_SEGMENT.url(&id)).await.expect(200).json();
    assert_eq!(shown["category"], Value::Null, "its segments stay");
}

#[tokio::test]
async fn a_rule_is_tried_before_it_is_kept() {
    let here = Segmented::start().await;
    here.contact("ann").city("Bonn").tags(&["vip"]).create().await;
    here.contact("bob").city("Rome").create().await;
    let program = here.app.program();
    let rule = json!({"any": [city("Bonn"), tagged("gold")]});
    let found = program
        .json(Method::POST, API_SEGMENT_PREVIEWS.url(), &json!({"rule": rule}))
        .await
        .expect(200)
        .json();
    assert_eq!((&found["count"], &found["margin"]), (&json!(1), &Value::Null));
    assert_eq!(found["sample"][0]["reasons"], "city is “Bonn”");
    let tried = program
        .json(
            Method::POST,
            API_SEGMENT_TESTS.url(),
            &json!({"rule": rule, "contact": "ann@example.com"}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(tried["matches"], true);
    let holds: Vec<&Value> = tried["conditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["holds"])
        .collect();
    assert_eq!(holds, [&json!(true), &json!(false)]);
    program
        .json(
            Method::POST,
            API_SEGMENT_TESTS.url(),
            &json!({"rule": rule, "contact": "nobody"}),
        )
        .await
        .expect(422);
    let bad = json!({"rule": {"any": [{"field": "x", "operator": "is"}]}});
    let problem = program
        .json(Method::POST, API_SEGMENT_PREVIEWS.url(), &bad)
        .await
        .expect(422)
        .json();
    assert_eq!(problem["errors"][0]["pointer"], "#/rule/any/0/field");

    let browser = here.app.person().htmx().with("hx-target", "segment-preview");
    let fields = [
        ("r:match", "all"),
        ("r.0:field", "city"),
        ("r.0:operator", "is"),
        ("r.0:value", "Bonn"),
        ("probe", "bob@example.com"),
    ];
    let part = browser
        .post(contracts::crm::SEGMENT_PREVIEW.url(), &fields)
        .await
        .expect(200);
    no_message_is_missing(&part);
    assert!(
        part.text().contains("bob does not belong to it"),
        "{}",
        part.text()
    );
    assert!(part.text().contains("does not hold"));
}

#[tokio::test]
async fn another_version_than_the_one_that_is_known_is_not_changed() {
    let here = Segmented::start().await;
    let id = here.segment("First", city("Bonn")).await;
    let program = here.app.program();
    let tag = program
        .get(API_SEGMENT.url(&id))
        .await
        .expect(200)
        .header("etag")
        .unwrap()
        .to_owned();
    let rename = json!({"name": "Second"});
    let known = program.clone().with("if-match", &tag);
    known
        .json(Method::PATCH, API_SEGMENT.url(&id), &rename)
        .await
        .expect(200);
    known
        .json(Method::PATCH, API_SEGMENT.url(&id), &rename)
        .await
        .expect(412);
    known
        .json(Method::DELETE, API_SEGMENT.url(&id), &json!({}))
        .await
        .expect(412);
}

#[tokio::test]
async fn things_that_happen_and_records_move_people() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").create().await;
    here.contact("bob").create().await;
    let program = here.app.program();
    let pages = json!({"field": "page", "operator": "at_least", "value": 1, "where":
        {"all": [{"field": "properties.url", "operator": "contains", "value": "/pricing"}]}});
    let now = here.app.clock.now();
    sqlx::query(
        "INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, properties) \
         VALUES ($1, $2, $3, gen_random_uuid(), 'page', $4)",
    )
    .bind(here.app.org.uuid())
    .bind(ann.uuid())
    .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
    .bind(json!({"url": "https://shop.example/Pricing"}))
    .execute(here.app.deps.db.work_pool())
    .await
    .unwrap();
    let visitors = here.segment("Visitors", pages).await;
    assert_eq!(here.members(visitors).await, ["ann"]);
    let shown = program.get(API_SEGMENT.url(&visitors)).await.expect(200).json();
    assert_eq!(
        shown["sentence"],
        "Contacts where a page was visited at least once where url contains “/pricing”."
    );
    let page = here
        .app
        .person()
        .get(contracts::crm::SEGMENT_EDIT.url(&visitors))
        .await
        .expect(200);
    no_message_is_missing(&page);
    assert_eq!(page.attributes("[name='r.0.0:property']", "value"), ["url"]);
}

#[tokio::test]
async fn a_changed_product_moves_the_people_behind_its_orders() {
    let here = Segmented::start().await;
    let ann = here.contact("ann").create().await;
    here.contact("bob").create().await;
    let (org, pool) = (here.app.org.uuid(), here.app.deps.db.work_pool().clone());
    let [orders, products, has, order, product] = [(); 5].map(|()| uuid::Uuid::now_v7());
    for (id, key) in [(orders, "orders"), (products, "products")] {
        sqlx::query(
            "INSERT INTO crm.objects (org_id, id, key, singular, plural, kind, created_at, updated_at) \
             VALUES ($1, $2, $3, $3, $3, 'records', now(), now())",
        )
        .bind(org)
        .bind(id)
        .bind(key)
        .execute(&pool)
        .await
        .unwrap();
    }
    sqlx::query(
        "INSERT INTO crm.relations (org_id, id, from_object, to_object, key, inverse_key, label, created_at) \
         VALUES ($1, $2, $3, $4, 'products', 'orders', 'has', now())",
    )
    .bind(org)
    .bind(has)
    .bind(orders)
    .bind(products)
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO crm.fields (org_id, id, object, key, label, type, created_at, updated_at) \
         VALUES ($1, gen_random_uuid(), 'products', 'price', 'Price', 'number', now(), now())",
    )
    .bind(org)
    .execute(&pool)
    .await
    .unwrap();
    for (id, object, attributes) in [
        (order, orders, json!({})),
        (product, products, json!({"price": 50})),
    ] {
        sqlx::query(
            "INSERT INTO crm.records (org_id, id, object_id, attributes, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, now(), now())",
        )
        .bind(org)
        .bind(id)
        .bind(object)
        .bind(attributes)
        .execute(&pool)
        .await
        .unwrap();
    }
    sqlx::query("INSERT INTO crm.record_contacts (org_id, contact_id, object_id, record_id, linked_at) VALUES ($1, $2, $3, $4, now())")
        .bind(org)
        .bind(ann.uuid())
        .bind(orders)
        .bind(order)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("INSERT INTO crm.record_links (org_id, relation_id, from_record, to_record, linked_at) VALUES ($1, $2, $3, $4, now())")
        .bind(org)
        .bind(has)
        .bind(order)
        .bind(product)
        .execute(&pool)
        .await
        .unwrap();
    let dear = json!({"all": [{"field": "attributes.price", "operator": "more_than", "value": 100}]});
    let rule = json!({"field": "objects.orders", "operator": "at_least", "value": 1, "where": {"all": [
        {"field": "relations.products", "operator": "at_least", "value": 1, "where": dear}]}});
    let buyers = here.segment("Buyers of dear things", rule).await;
    assert_eq!(here.members(buyers).await, Vec::<String>::new());

    let mut tx = here.app.deps.db.system().await.unwrap();
    sqlx::query("UPDATE crm.records SET attributes = '{\"price\": 150}' WHERE id = $1")
        .bind(product)
        .execute(tx.conn())
        .await
        .unwrap();
    let fact = contracts::crm::CrmEvent::RecordsChanged {
        object: "products".to_owned(),
        records: vec![product.into()],
        contacts: Vec::new(),
        changed: vec!["attributes.price".to_owned()],
    };
    tx.record(here.app.org, &fact).await.unwrap();
    tx.commit().await.unwrap();
    here.app.run_until_idle().await;
    assert_eq!(here.members(buyers).await, ["ann"]);
}
