//! Objects: the built-in companies, and what an organisation defines itself.

use contracts::crm::{
    API_FIELDS,
    objects::{
        API_OBJECT, API_OBJECTS, API_RECORDS, API_RELATIONS, OBJECT, OBJECT_DELETION, OBJECT_NEW,
        OBJECT_RELATIONS, OBJECTS, RECORD_OBJECTS, RECORDS,
    },
};
use http::Method;
use kernel::{OrgId, Permission, Role};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{call, crm};

pub async fn define(app: &TestApp, key: &str, singular: &str, plural: &str, kind: &str) -> Value {
    let body = json!({"key": key, "singular": singular, "plural": plural, "kind": kind});
    call(&app.program(), Method::POST, API_OBJECTS.url(), &body)
        .await
        .expect(201)
        .json()
}

pub async fn field(app: &TestApp, object: &str, key: &str, kind: &str) -> Value {
    let body = json!({"object": object, "key": key, "label": key, "type": kind, "listable": true});
    call(&app.program(), Method::POST, API_FIELDS.url(), &body)
        .await
        .expect(201)
        .json()
}

#[tokio::test]
async fn every_organisation_has_companies_with_the_usual_fields() {
    let app = crm().await;
    let objects = app.program().get(API_OBJECTS.url()).await.expect(200).json();
    assert_eq!(objects["data"][0]["key"], "companies");
    assert_eq!(objects["data"][0]["built_in"], true);
    let fields = app
        .program()
        .get(API_FIELDS.with(&[("object", "companies")]))
        .await
        .expect(200)
        .json();
    let keys: Vec<_> = fields["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["key"].clone())
        .collect();
    for key in [
        "domain",
        "industry",
        "number_of_employees",
        "annual_revenue",
        "country",
        "description",
    ] {
        assert!(keys.contains(&json!(key)), "{key}");
    }
    assert!(
        app.program().get(API_FIELDS.url()).await.expect(200).json()["data"]
            .as_array()
            .unwrap()
            .is_empty()
    );

    let companies = "companies".to_owned();
    let renamed = call(
        &app.program(),
        Method::PATCH,
        API_OBJECT.url(&companies),
        &json!({"plural": "Firms"}),
    )
    .await;
    assert_eq!(renamed.expect(409).json()["code"], "built_in");
    call(
        &app.program(),
        Method::DELETE,
        API_OBJECT.url(&companies),
        &Value::Null,
    )
    .await
    .expect(409);
}

#[tokio::test]
async fn an_object_is_defined_renamed_and_deleted() {
    let app = crm().await;
    let person = app.person();
    let url = person
        .post(
            OBJECT_NEW.url(),
            &[("singular", "Order"), ("plural", "Orders"), ("kind", "records")],
        )
        .await
        .expect(303)
        .location();
    assert_eq!(
        url,
        OBJECT.url(&"orders".to_owned()),
        "the key is made from the name"
    );
    let list = person.get(OBJECTS.url()).await.expect(200);
    assert_eq!(list.texts("tbody th a"), ["Companies", "Orders"]);
    let index = person.get(RECORD_OBJECTS.url()).await.expect(200);
    assert_eq!(index.texts("tbody th a"), ["Companies", "Orders"]);

    person
        .post(&url, &[("singular", "Purchase"), ("plural", "Purchases")])
        .await
        .expect(303);
    let orders = "orders".to_owned();
    let page = person.get(RECORDS.url(&orders)).await.expect(200);
    assert_eq!(page.texts("h1"), ["Purchases"]);

    call(
        &app.program(),
        Method::POST,
        API_RECORDS.url(&orders),
        &json!({"name": "One"}),
    )
    .await
    .expect(201);
    person.post(OBJECT_DELETION.url(&orders), &[]).await.expect(303);
    app.program().get(API_OBJECT.url(&orders)).await.expect(200);
    let record = app
        .program()
        .get(API_RECORDS.url(&orders))
        .await
        .expect(200)
        .json()["data"][0]["id"]
        .take();
    let record_url = format!("{}/{}", API_RECORDS.url(&orders), record.as_str().unwrap());
    call(&app.program(), Method::DELETE, record_url, &Value::Null)
        .await
        .expect(204);
    person.post(OBJECT_DELETION.url(&orders), &[]).await.expect(303);
    app.program().get(API_OBJECT.url(&orders)).await.expect(404);
}

#[tokio::test]
async fn an_object_that_cannot_be_is_refused_with_reasons() {
    let app = crm().await;
    define(&app, "orders", "Order", "Orders", "records").await;
    for (body, code) in [
        (
            json!({"key": "orders", "singular": "Order", "plural": "Orders"}),
            "key_taken",
        ),
        (
            json!({"key": "companies", "singular": "A", "plural": "B"}),
            "reserved_key",
        ),
        (
            json!({"key": "No", "singular": "A", "plural": "B"}),
            "invalid_key",
        ),
        (
            json!({"key": "things", "singular": "", "plural": "B"}),
            "invalid_name",
        ),
        (
            json!({"key": "things", "singular": "A", "plural": "B", "kind": "x"}),
            "unknown_kind",
        ),
    ] {
        let refused = call(&app.program(), Method::POST, API_OBJECTS.url(), &body)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let page = app
        .person()
        .post(
            OBJECT_NEW.url(),
            &[("singular", ""), ("plural", "Tags"), ("key", "tags")],
        )
        .await
        .expect(422);
    assert_eq!(page.texts(".field-error").len(), 2);
}

#[tokio::test]
async fn a_word_of_a_relation_means_one_thing() {
    let app = crm().await;
    define(&app, "orders", "Order", "Orders", "records").await;
    define(&app, "products", "Product", "Products", "catalogue").await;
    let orders = "orders".to_owned();
    let relate = |body: Value| {
        let app = &app;
        let url = API_RELATIONS.url(&orders);
        async move { call(&app.program(), Method::POST, url, &body).await }
    };
    let made = relate(json!({"to": "products", "key": "items", "label": "Items"}))
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&made["inverse_key"], &made["single"]),
        (&json!("orders"), &json!(false))
    );
    for (body, code) in [
        (json!({"to": "products", "key": "items"}), "key_taken"),
        (
            json!({"to": "products", "key": "other", "inverse_key": "orders"}),
            "key_taken",
        ),
        (json!({"to": "nothing", "key": "other"}), "unknown_object"),
        (json!({"to": "products", "key": "Not a key"}), "invalid_key"),
    ] {
        let refused = relate(body).await.expect(422).json();
        assert_eq!(refused["errors"][0]["code"], code);
    }
    let page = app.person().get(OBJECT.url(&orders)).await.expect(200);
    assert!(page.text().contains("Items"));
    let form = [
        ("to", "products"),
        ("label", "Gift"),
        ("key", ""),
        ("inverse_key", "gift_of"),
        ("single", "true"),
    ];
    app.person()
        .post(OBJECT_RELATIONS.url(&orders), &form)
        .await
        .expect(303);
    let object = app
        .program()
        .get(API_OBJECT.url(&orders))
        .await
        .expect(200)
        .json();
    assert_eq!(object["relations"][0]["key"], "gift");
    assert_eq!(object["relations"][0]["single"], true);
}

#[tokio::test]
async fn objects_of_one_organisation_are_unknown_to_another_and_to_whoever_may_not() {
    let app = crm().await;
    define(&app, "orders", "Order", "Orders", "records").await;
    let orders = "orders".to_owned();
    let elsewhere: OrgId = app.organizations.add("Elsewhere Ltd");
    let other = app.program_with(elsewhere, Permission::ALL);
    other.get(API_OBJECT.url(&orders)).await.expect(404);
    other.get(API_RECORDS.url(&orders)).await.expect(404);
    app.person_as(elsewhere, Role::Owner)
        .get(RECORDS.url(&orders))
        .await
        .expect(404);

    let reader = app.program_with(app.org, &[Permission::RecordsRead]);
    reader.get(API_RECORDS.url(&orders)).await.expect(200);
    call(
        &reader,
        Method::POST,
        API_RECORDS.url(&orders),
        &json!({"name": "x"}),
    )
    .await
    .expect(403);
    app.person_as(app.org, Role::Member)
        .get(OBJECTS.url())
        .await
        .expect(403);
    app.person_as(app.org, Role::Viewer)
        .get(RECORDS.url(&orders))
        .await
        .expect(200);
}
