//! Records by the API: companies, and those of other objects.

use contracts::crm::{
    API_CONTACT, API_CONTACTS, API_FIELD,
    objects::{
        API_COMPANIES, API_COMPANY, API_COMPANY_BATCH, API_COMPANY_BY, API_COMPANY_CONTACT,
        API_COMPANY_CONTACTS, API_RECORD_BY, API_RECORD_LINKS, API_RECORDS, API_RELATIONS,
    },
};
use http::Method;
use kernel::{ContactId, FieldId, Permission, RecordId};
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use crate::{
    objects::{define, field},
    support::{call, crm},
};

async fn post(app: &TestApp, url: String, body: Value) -> TestResponse {
    call(&app.program(), Method::POST, url, &body).await
}

async fn company(app: &TestApp, body: Value) -> RecordId {
    post(app, API_COMPANIES.url(), body).await.expect(201).json()["id"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

async fn contact(app: &TestApp, email: &str) -> ContactId {
    let made = post(app, API_CONTACTS.url(), json!({"email": email}))
        .await
        .expect(201)
        .json();
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn company_of(app: &TestApp, contact: ContactId) -> String {
    let found = app
        .program()
        .get(API_CONTACT.url(&contact))
        .await
        .expect(200)
        .json();
    found["company"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_company_is_created_read_changed_and_deleted() {
    let app = crm().await;
    let body = json!({"name": " Acme  Ltd ", "external_id": "a1", "attributes": {
        "country": "de", "number_of_employees": "250", "website": "acme.example", "industry": "technology"}});
    let made = post(&app, API_COMPANIES.url(), body).await.expect(201);
    let id: RecordId = made.json()["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(made.location(), API_COMPANY.url(&id));
    assert_eq!(
        made.json()["attributes"],
        json!({"country": "Germany", "number_of_employees": 250, "website": "https://acme.example",
            "industry": "Technology"})
    );
    let read = app.program().get(API_COMPANY.url(&id)).await.expect(200);
    assert_eq!(read.json()["name"], "Acme Ltd");
    let tag = read.header("etag").unwrap().to_owned();

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let patch = json!({"name": "Acme Group", "attributes": {"industry": null}});
    let changed = call(
        &app.program().with("if-match", &tag),
        Method::PATCH,
        API_COMPANY.url(&id),
        &patch,
    )
    .await
    .expect(200)
    .json();
    assert_eq!(
        (&changed["name"], changed["attributes"].get("industry")),
        (&json!("Acme Group"), None)
    );
    call(
        &app.program().with("if-match", &tag),
        Method::PATCH,
        API_COMPANY.url(&id),
        &patch,
    )
    .await
    .expect(412);
    call(
        &app.program().with("if-match", &tag),
        Method::DELETE,
        API_COMPANY.url(&id),
        &Value::Null,
    )
    .await
    .expect(412);
    call(&app.program(), Method::DELETE, API_COMPANY.url(&id), &Value::Null)
        .await
        .expect(204);
    app.program().get(API_COMPANY.url(&id)).await.expect(404);
}

#[tokio::test]
async fn a_record_that_cannot_be_is_refused_and_nothing_changes() {
    let app = crm().await;
    let acme = company(&app, json!({"name": "Acme", "external_id": "a1"})).await;
    let taken = post(
        &app,
        API_COMPANIES.url(),
        json!({"name": "Other", "external_id": "a1"}),
    )
    .await
    .expect(409)
    .json();
    assert_eq!(taken["existing"], acme.to_string());
    for (body, pointer, code) in [
        (json!({"attributes": {"phone": "12345"}}), "#/name", "nameless"),
        (
            json!({"name": "A", "attributes": {"email": "nope"}}),
            "#/attributes/email",
            "invalid_email",
        ),
        (
            json!({"name": "A", "attributes": {"shoe": 1}}),
            "#/attributes/shoe",
            "unknown_field",
        ),
        (json!({"name": "x".repeat(201)}), "#/name", "too_long"),
        (
            json!({"name": "A", "contacts": [{"email": "no@example.com"}]}),
            "#/contacts/0",
            "unknown_contact",
        ),
        (
            json!({"name": "A", "contacts": [{"role": "x"}]}),
            "#/contacts/0/id",
            "which_contact",
        ),
        (
            json!({"name": "A", "links": {"parts": ["1"]}}),
            "#/links/parts",
            "unknown_relation",
        ),
    ] {
        let refused = post(&app, API_COMPANIES.url(), body).await.expect(422).json();
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    post(&app, API_COMPANIES.url(), json!({"name": "A", "colour": "red"}))
        .await
        .expect(422);
    let all = app.program().get(API_COMPANIES.url()).await.expect(200).json();
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    let nothing = json!({"name": null, "external_id": null});
    let cleared = call(&app.program(), Method::PATCH, API_COMPANY.url(&acme), &nothing)
        .await
        .expect(422);
    assert_eq!(cleared.json()["errors"][0]["code"], "nameless");
}

#[tokio::test]
async fn a_record_is_upserted_by_what_another_system_calls_it() {
    let app = crm().await;
    let url = API_COMPANY_BY.url(&"a/1 x".to_owned());
    let put = |body: Value| {
        let (app, url) = (&app, url.clone());
        async move { call(&app.program(), Method::PUT, url, &body).await }
    };
    let first = put(json!({"name": "Acme"})).await.expect(201).json();
    assert_eq!(first["external_id"], "a/1 x");
    let second = put(json!({"attributes": {"city": "Bonn"}}))
        .await
        .expect(200)
        .json();
    assert_eq!((&second["id"], &second["name"]), (&first["id"], &json!("Acme")));
    let again = put(json!({"attributes": {"city": "Bonn"}}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        again["updated_at"], second["updated_at"],
        "what was so already changes nothing"
    );
    let found = app.program().get(&url).await.expect(200).json();
    assert_eq!(found["id"], first["id"]);
}

#[tokio::test]
async fn a_batch_tells_what_became_of_each() {
    let app = crm().await;
    let ann = contact(&app, "ann@example.com").await;
    company(&app, json!({"name": "Known", "external_id": "k"})).await;
    let records = json!({"records": [
        {"external_id": "k", "attributes": {"city": "Bonn"}},
        {"external_id": "n", "name": "New", "contacts": [{"email": "ANN@example.com", "role": "CEO"}]},
        {"external_id": "n", "attributes": {"city": "Kiel"}},
        {"name": "Bad", "attributes": {"number_of_employees": "many"}},
        {"attributes": {"city": "Ulm"}},
    ]});
    let answer = post(&app, API_COMPANY_BATCH.url(), records.clone())
        .await
        .expect(200)
        .json();
    let states: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["updated", "created", "updated", "rejected", "rejected"]);
    assert_eq!(
        answer["results"][3]["errors"][0]["pointer"],
        "#/records/3/attributes/number_of_employees"
    );
    assert_eq!(company_of(&app, ann).await, "New");
    let again = post(&app, API_COMPANY_BATCH.url(), records)
        .await
        .expect(200)
        .json();
    assert_eq!(again["results"][0]["status"], "unchanged");
    let all = app.program().get(API_COMPANIES.url()).await.expect(200).json();
    assert_eq!(all["data"].as_array().unwrap().len(), 2);

    let many: Vec<Value> = (0..1001).map(|n| json!({"name": n.to_string()})).collect();
    post(&app, API_COMPANY_BATCH.url(), json!({"records": many}))
        .await
        .expect(422);
}

#[tokio::test]
async fn the_text_of_a_persons_company_follows_their_primary_company() {
    let app = crm().await;
    let ann = contact(&app, "ann@example.com").await;
    let acme = company(
        &app,
        json!({"name": "Acme", "contacts": [{"email": "ann@example.com", "role": "Buyer"}]}),
    )
    .await;
    assert_eq!(company_of(&app, ann).await, "Acme");
    let beta = company(&app, json!({"name": "Beta", "contacts": [{"id": ann}]})).await;
    assert_eq!(
        company_of(&app, ann).await,
        "Acme",
        "the first one stays the primary one"
    );

    let link = json!({"id": ann, "role": "Advisor", "primary": true});
    post(&app, API_COMPANY_CONTACTS.url(&beta), link)
        .await
        .expect(204);
    assert_eq!(company_of(&app, ann).await, "Beta");
    let people = app
        .program()
        .get(API_COMPANY_CONTACTS.url(&beta))
        .await
        .expect(200)
        .json();
    assert_eq!(people["data"][0]["role"], "Advisor");
    assert_eq!(people["data"][0]["primary"], true);

    let renamed = json!({"name": "Beta Group"});
    call(&app.program(), Method::PATCH, API_COMPANY.url(&beta), &renamed)
        .await
        .expect(200);
    assert_eq!(company_of(&app, ann).await, "Beta Group");

    call(
        &app.program(),
        Method::DELETE,
        API_COMPANY_CONTACT.url(&beta, &ann),
        &Value::Null,
    )
    .await
    .expect(204);
    assert_eq!(
        company_of(&app, ann).await,
        "Acme",
        "the next one takes its place"
    );
    call(
        &app.program(),
        Method::DELETE,
        API_COMPANY.url(&acme),
        &Value::Null,
    )
    .await
    .expect(204);
    assert_eq!(company_of(&app, ann).await, "");
    call(
        &app.program(),
        Method::DELETE,
        API_COMPANY_CONTACT.url(&beta, &ann),
        &Value::Null,
    )
    .await
    .expect(404);
}

#[tokio::test]
async fn a_deleted_contact_leaves_its_companies() {
    let app = crm().await;
    let ann = contact(&app, "ann@example.com").await;
    let acme = company(&app, json!({"name": "Acme", "contacts": [{"id": ann}]})).await;
    call(
        &app.program(),
        Method::DELETE,
        API_CONTACT.url(&ann),
        &Value::Null,
    )
    .await
    .expect(204);
    let people = app
        .program()
        .get(API_COMPANY_CONTACTS.url(&acme))
        .await
        .expect(200)
        .json();
    assert!(people["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn records_of_an_own_object_are_linked_with_people_and_with_each_other() {
    let app = crm().await;
    define(&app, "orders", "Order", "Orders", "records").await;
    define(&app, "products", "Product", "Products", "catalogue").await;
    field(&app, "orders", "amount", "number").await;
    field(&app, "products", "price", "number").await;
    let (orders, products) = ("orders".to_owned(), "products".to_owned());
    post(
        &app,
        API_RELATIONS.url(&orders),
        json!({"to": "products", "key": "items"}),
    )
    .await
    .expect(201);
    let gift = json!({"to": "products", "key": "gift", "inverse_key": "gift_of", "single": true});
    post(&app, API_RELATIONS.url(&orders), gift).await.expect(201);
    contact(&app, "ann@example.com").await;
    for (sku, price) in [("s1", 5), ("s2", 7)] {
        let body = json!({"name": sku, "attributes": {"price": price}});
        let url = API_RECORD_BY.url(&products, &sku.to_owned());
        call(&app.program(), Method::PUT, url, &body).await.expect(201);
    }
    let body = json!({"external_id": "o1", "attributes": {"amount": 120.5},
        "contacts": [{"email": "ann@example.com", "role": "buyer"}], "links": {"items": ["s1", "s2"], "gift": ["s1"]}});
    let order = post(&app, API_RECORDS.url(&orders), body)
        .await
        .expect(201)
        .json();
    let id: RecordId = order["id"].as_str().unwrap().parse().unwrap();

    let links = async || {
        app.program()
            .get(API_RECORD_LINKS.url(&orders, &id))
            .await
            .expect(200)
            .json()
    };
    let found = links().await;
    let told: Vec<_> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| {
            (
                link["relation"].as_str().unwrap(),
                link["external_id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told.len(), 3);
    for link in [("items", "s1"), ("items", "s2"), ("gift", "s1")] {
        assert!(told.contains(&link), "{link:?}");
    }

    post(
        &app,
        API_RECORD_LINKS.url(&orders, &id),
        json!({"relation": "gift", "record": "s2"}),
    )
    .await
    .expect(204);
    let found = links().await;
    let gifts: Vec<_> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|l| l["relation"] == "gift")
        .map(|l| &l["external_id"])
        .collect();
    assert_eq!(gifts, [&json!("s2")], "a single relation is linked anew");

    let part = format!("{}?relation=items&record=s1", API_RECORD_LINKS.url(&orders, &id));
    call(&app.program(), Method::DELETE, &part, &Value::Null)
        .await
        .expect(204);
    call(&app.program(), Method::DELETE, &part, &Value::Null)
        .await
        .expect(404);
    assert_eq!(links().await["data"].as_array().unwrap().len(), 2);

    let product = app
        .program()
        .get(API_RECORD_BY.url(&products, &"s2".to_owned()))
        .await
        .expect(200)
        .json();
    let product: RecordId = product["id"].as_str().unwrap().parse().unwrap();
    let back = app
        .program()
        .get(API_RECORD_LINKS.url(&products, &product))
        .await
        .expect(200)
        .json();
    let words: Vec<_> = back["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["relation"].as_str().unwrap())
        .collect();
    assert_eq!(words.len(), 2);
    assert!(words.contains(&"orders") && words.contains(&"gift_of"));

    for (body, code) in [
        (
            json!({"name": "x", "links": {"items": ["nothing"]}}),
            "unknown_record",
        ),
        (
            json!({"name": "x", "links": {"gift": ["s1", "s2"]}}),
            "single_relation",
        ),
    ] {
        let refused = post(&app, API_RECORDS.url(&orders), body)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let people = json!({"name": "x", "contacts": [{"email": "ann@example.com"}]});
    let refused = post(&app, API_RECORDS.url(&products), people)
        .await
        .expect(422)
        .json();
    assert_eq!(refused["errors"][0]["code"], "no_contacts");
    app.program().get(API_COMPANY.url(&id)).await.expect(404);
}

#[tokio::test]
async fn lists_are_paged_sorted_searched_and_filtered() {
    let app = crm().await;
    let records: Vec<Value> = (0..25)
        .map(|n| {
            json!({"external_id": format!("e{n}"), "name": format!("Firm {n:02}"),
            "attributes": {"city": if n % 5 == 0 { "Bonn" } else { "Kiel" }}})
        })
        .collect();
    post(&app, API_COMPANY_BATCH.url(), json!({"records": records}))
        .await
        .expect(200);
    for (sort, first) in [
        ("name", "Firm 00"),
        ("-name", "Firm 24"),
        ("updated_at", "Firm"),
        ("-created_at", "Firm"),
    ] {
        let (mut names, mut url) = (Vec::new(), API_COMPANIES.with(&[("sort", sort), ("limit", "10")]));
        loop {
            let page = app.program().get(&url).await.expect(200).json();
            names.extend(
                page["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|r| r["name"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(cursor) => {
                    url = API_COMPANIES.with(&[("sort", sort), ("limit", "10"), ("cursor", cursor)])
                }
                None => break,
            }
        }
        assert_eq!(names.len(), 25, "{sort}");
        assert!(names[0].starts_with(first), "{sort}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 25, "{sort}: each once");
    }
    let count = async |query: &[(&str, &str)]| {
        let page = app
            .program()
            .get(API_COMPANIES.with(query))
            .await
            .expect(200)
            .json();
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(count(&[("filter[city]", "Bonn")]).await, 5);
    assert_eq!(count(&[("q", "firm 1")]).await, 10);
    assert_eq!(count(&[("q", "e7")]).await, 1);
    assert_eq!(count(&[("filter[city]", "Bonn"), ("q", "firm 2")]).await, 1);
    app.program()
        .get(API_COMPANIES.with(&[("filter[shoe]", "x")]))
        .await
        .expect(422);
    app.program()
        .get(API_COMPANIES.with(&[("sort", "shoe")]))
        .await
        .expect(422);
    app.program()
        .get(API_COMPANIES.with(&[("cursor", "forged")]))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_unique_field_of_records_is_unique() {
    let app = crm().await;
    let made = field(&app, "companies", "vat", "text").await;
    let id: FieldId = made["id"].as_str().unwrap().parse().unwrap();
    call(
        &app.program(),
        Method::PATCH,
        API_FIELD.url(&id),
        &json!({"unique_identifier": true}),
    )
    .await
    .expect(200);
    app.run_until_idle().await;
    company(&app, json!({"name": "Acme", "attributes": {"vat": "DE1"}})).await;
    let refused = post(
        &app,
        API_COMPANIES.url(),
        json!({"name": "B", "attributes": {"vat": "de1"}}),
    )
    .await
    .expect(422);
    assert_eq!(refused.json()["errors"][0]["code"], "value_taken");
    let batch = json!({"records": [
        {"name": "C", "attributes": {"vat": "DE2"}}, {"name": "D", "attributes": {"vat": "DE2"}}]});
    let results = post(&app, API_COMPANY_BATCH.url(), batch)
        .await
        .expect(200)
        .json();
    assert_eq!(results["results"][0]["status"], "created");
    assert_eq!(results["results"][1]["status"], "rejected");
}

#[tokio::test]
async fn a_deleted_field_takes_its_values_from_the_records() {
    let app = crm().await;
    let made = field(&app, "companies", "colour", "text").await;
    let id: FieldId = made["id"].as_str().unwrap().parse().unwrap();
    let acme = company(
        &app,
        json!({"name": "Acme", "attributes": {"colour": "red", "city": "Bonn"}}),
    )
    .await;
    call(&app.program(), Method::DELETE, API_FIELD.url(&id), &Value::Null)
        .await
        .expect(204);
    app.run_until_idle().await;
    let left = app.program().get(API_COMPANY.url(&acme)).await.expect(200).json();
    assert_eq!(left["attributes"], json!({"city": "Bonn"}));
}

#[tokio::test]
async fn records_of_one_organisation_are_unknown_to_another() {
    let app = crm().await;
    let acme = company(&app, json!({"name": "Acme", "external_id": "a1"})).await;
    let ann = contact(&app, "ann@example.com").await;
    let elsewhere = app.organizations.add("Elsewhere Ltd");
    let other = app.program_with(elsewhere, Permission::ALL);
    other.get(API_COMPANY.url(&acme)).await.expect(404);
    call(
        &other,
        Method::PATCH,
        API_COMPANY.url(&acme),
        &json!({"name": "Mine"}),
    )
    .await
    .expect(404);
    call(&other, Method::DELETE, API_COMPANY.url(&acme), &Value::Null)
        .await
        .expect(404);
    other.get(API_COMPANY_BY.url(&"a1".to_owned())).await.expect(404);
    let theirs = call(
        &other,
        Method::POST,
        API_COMPANIES.url(),
        &json!({"name": "T", "external_id": "a1"}),
    )
    .await;
    theirs.expect(201);
    let stolen = json!({"name": "S", "contacts": [{"id": ann}]});
    let refused = call(&other, Method::POST, API_COMPANIES.url(), &stolen)
        .await
        .expect(422)
        .json();
    assert_eq!(refused["errors"][0]["code"], "unknown_contact");
}
