//! What templates get of the records of contacts.

use std::sync::Arc;

use contracts::{
    crm::{
        API_CONTACTS, ContactSnapshots,
        objects::{API_COMPANIES, API_RECORD_BATCH, API_RELATIONS},
    },
    identity::Organizations,
};
use crm::Crm;
use http::Method;
use kernel::{ContactId, OrgId};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::{
    objects::{define, field},
    support::{call, crm},
};

fn snapshots(app: &TestApp) -> Arc<dyn ContactSnapshots> {
    let organizations: Arc<dyn Organizations> = app.organizations.clone();
    Crm::new(&app.deps, organizations).snapshots()
}

async fn contact(app: &TestApp, email: &str) -> ContactId {
    let made = call(
        &app.program(),
        Method::POST,
        API_CONTACTS.url(),
        &json!({"email": email}),
    )
    .await
    .expect(201);
    made.json()["id"].as_str().unwrap().parse().unwrap()
}

async fn shop(app: &TestApp) {
    define(app, "orders", "Order", "Orders", "records").await;
    define(app, "products", "Product", "Products", "catalogue").await;
    field(app, "products", "price", "number").await;
    let (orders, products) = ("orders".to_owned(), "products".to_owned());
    let items = json!({"to": "products", "key": "items"});
    call(&app.program(), Method::POST, API_RELATIONS.url(&orders), &items)
        .await
        .expect(201);
    let goods = json!({"records": [
        {"external_id": "s1", "name": "Lamp", "attributes": {"price": 5}},
        {"external_id": "s2", "name": "Chair", "attributes": {"price": 7}}]});
    call(
        &app.program(),
        Method::POST,
        API_RECORD_BATCH.url(&products),
        &goods,
    )
    .await
    .expect(200);
    let bought = json!({"records": [
        {"external_id": "o1", "name": "Order 1", "contacts": [{"email": "ann@example.com"}], "links": {"items": ["s1"]}},
        {"external_id": "o2", "name": "Order 2", "contacts": [{"email": "ann@example.com", "role": "buyer"}],
            "links": {"items": ["s2"]}}]});
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    call(
        &app.program(),
        Method::POST,
        API_RECORD_BATCH.url(&orders),
        &bought,
    )
    .await
    .expect(200);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[tokio::test]
async fn a_contacts_records_come_with_what_they_are_linked_with() {
    let app = crm().await;
    let (ann, bob) = (
        contact(&app, "ann@example.com").await,
        contact(&app, "bob@example.com").await,
    );
    shop(&app).await;
    let acme =
        json!({"name": "Acme", "attributes": {"city": "Bonn"}, "contacts": [{"id": ann, "role": "CEO"}]});
    call(&app.program(), Method::POST, API_COMPANIES.url(), &acme)
        .await
        .expect(201);

    let asked = words(&["orders", "company_record", "companies", "plan"]);
    let found = snapshots(&app)
        .records(app.org, &[ann, bob], &asked)
        .await
        .unwrap();
    let (anns, bobs) = (&found[&ann], &found[&bob]);
    let orders = anns["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 2);
    let second = orders.iter().find(|order| order["external_id"] == "o2").unwrap();
    assert_eq!(
        (&second["role"], &second["items"][0]["name"]),
        (&json!("buyer"), &json!("Chair"))
    );
    assert_eq!(second["items"][0]["price"], 7);
    assert_eq!(
        (&anns["company_record"]["city"], &anns["companies"][0]["role"]),
        (&json!("Bonn"), &json!("CEO"))
    );
    assert_eq!(
        (&bobs["orders"], &bobs["company_record"]),
        (&json!([]), &Value::Null)
    );
    assert!(
        !anns.contains_key("plan"),
        "a word that no object has is passed over"
    );
}

#[tokio::test]
async fn catalogues_are_looked_up_by_external_id_and_only_ones_own() {
    let app = crm().await;
    contact(&app, "ann@example.com").await;
    shop(&app).await;
    let wanted = |object: &str, id: &str| (object.to_owned(), id.to_owned());
    let asked = [
        wanted("products", "s1"),
        wanted("products", "none"),
        wanted("orders", "o1"),
        wanted("x", "y"),
    ];
    let port = snapshots(&app);
    let found = port.catalogue(app.org, &asked).await.unwrap();
    assert_eq!(
        found.len(),
        1,
        "orders belong to people, so they are no catalogue"
    );
    assert_eq!(found[&wanted("products", "s1")]["price"], 5);
    let elsewhere: OrgId = app.organizations.add("Elsewhere Ltd");
    assert!(port.catalogue(elsewhere, &asked).await.unwrap().is_empty());
}
