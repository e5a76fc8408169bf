//! Types of fields and what can be said of a field besides its type.

use contracts::crm::{
    API_CONTACT, API_CONTACT_BATCH, API_CONTACTS, API_FIELD, API_FIELDS, CONTACT_NEW, FIELD_NEW, FIELD_PLACE,
    FIELDS, FIELDS_STANDARD,
};
use http::Method;
use kernel::Role;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

use crate::support::{call, crm, id_of};

async fn field(app: &TestApp, definition: Value) -> Value {
    let answer = call(&app.program(), Method::POST, API_FIELDS.url(), &definition)
        .await
        .expect(201);
    answer.json()
}

async fn contact(app: &TestApp, data: Value) -> testkit::TestResponse {
    call(&app.program(), Method::POST, API_CONTACTS.url(), &data).await
}

#[tokio::test]
async fn values_of_the_newer_types_are_entered_shown_and_kept() {
    let app = crm().await;
    let person = app.person();
    for (label, kind, options) in [
        ("About", "textarea", ""),
        ("Card", "html", ""),
        ("Lunch", "time", ""),
        ("Title", "lookup", "Mr\nMs"),
        ("Second address", "email", ""),
        ("Born in", "country", ""),
        ("Home state", "region", ""),
        ("Reads", "locale", ""),
        ("Lives by", "timezone", ""),
    ] {
        person
            .post(
                FIELD_NEW.url(),
                &[
                    ("label", label),
                    ("kind", kind),
                    ("options", options),
                    ("visible", "true"),
                ],
            )
            .await
            .expect(303);
    }
    let url = person
        .post(
            CONTACT_NEW.url(),
            &[
                ("email", "ann@example.com"),
                ("attributes/about", "one\ntwo"),
                ("attributes/card", "<b>Hi</b>"),
                ("attributes/lunch", "12:30"),
                ("attributes/title", "mr"),
                ("attributes/second_address", "ANN@work.example"),
                ("attributes/born_in", "DE"),
                ("attributes/home_state", "us-ca"),
                ("attributes/reads", "pt_BR"),
                ("attributes/lives_by", "europe/berlin"),
            ],
        )
        .await
        .expect(303)
        .location();
    let stored = app
        .program()
        .get(format!("/api/v1/contacts/{}", id_of(&url)))
        .await
        .expect(200)
        .json();
    assert_eq!(
        stored["attributes"],
        json!({
            "about": "one\ntwo", "card": "<b>Hi</b>", "lunch": "12:30:00", "title": "Mr",
            "second_address": "ann@work.example", "born_in": "Germany", "home_state": "California",
            "reads": "pt-BR", "lives_by": "Europe/Berlin"
        })
    );
    let page = person.get(&url).await.expect(200);
    let text = page.text();
    for shown in [
        "12:30",
        "Brazilian Portuguese (pt-BR)",
        "&lt;b&gt;Hi&lt;/b&gt;",
        "Germany",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    let form = person.get(format!("{url}/edit")).await.expect(200);
    assert_eq!(
        form.attributes("select[name='attributes/born_in'] option[selected]", "value"),
        ["Germany"]
    );
    assert_eq!(
        form.attributes("select[name='attributes/lives_by'] option[selected]", "value"),
        ["Europe/Berlin"]
    );
    assert_eq!(
        form.attributes("datalist#f-attributes-title-suggestions option", "value"),
        ["Mr", "Ms"]
    );
    for (name, value, code) in [
        ("attributes/lunch", "noon", "time such as"),
        ("attributes/born_in", "Atlantis", "not a country"),
        ("attributes/lives_by", "Europe/Bonn", "time zone"),
        ("attributes/second_address", "ann", "e-mail address"),
    ] {
        let refused = person
            .post(format!("{url}/edit"), &[(name, value)])
            .await
            .expect(422);
        assert!(
            refused
                .texts(".field-error")
                .iter()
                .any(|text| text.contains(code)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_is_required_has_to_be_given_and_what_is_not_given_has_its_default() {
    let app = crm().await;
    field(
        &app,
        json!({"key": "plan", "label": "Plan", "type": "select", "options": ["Free", "Pro"],
        "required": true}),
    )
    .await;
    field(
        &app,
        json!({"key": "score", "label": "Score", "type": "number", "default_value": 10}),
    )
    .await;

    let refused = contact(&app, json!({"email": "ann@example.com"}))
        .await
        .expect(422)
        .json();
    assert_eq!(refused["errors"][0]["code"], "required");
    let ann = contact(
        &app,
        json!({"email": "ann@example.com", "attributes": {"plan": "Pro"}}),
    )
    .await
    .expect(201)
    .json();
    assert_eq!(ann["attributes"], json!({"plan": "Pro", "score": 10}));
    let id = ann["id"].as_str().unwrap();
    let cleared = call(
        &app.program(),
        Method::PATCH,
        format!("/api/v1/contacts/{id}"),
        &json!({"attributes": {"plan": null}}),
    )
    .await
    .expect(422)
    .json();
    assert_eq!(cleared["errors"][0]["pointer"], "#/attributes/plan");

    let form = app.person().get(CONTACT_NEW.url()).await.expect(200);
    assert_eq!(form.attributes("input[name='attributes/score']", "value"), ["10"]);
    app.person()
        .post(
            CONTACT_NEW.url(),
            &[("email", "bob@example.com"), ("attributes/plan", "")],
        )
        .await
        .expect(422);

    let many = json!({"contacts": [{"email": "cy@example.com"}]});
    let made = call(&app.program(), Method::POST, API_CONTACT_BATCH.url(), &many)
        .await
        .expect(200)
        .json();
    assert_eq!(
        made["results"][0]["status"], "created",
        "files and batches may leave it out"
    );
    let id = made["results"][0]["id"].as_str().unwrap();
    let cy = app
        .program()
        .get(format!("/api/v1/contacts/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(cy["attributes"], json!({"score": 10}));
}

#[tokio::test]
async fn a_unique_identifier_belongs_to_one_contact() {
    let app = crm().await;
    field(
        &app,
        json!({"key": "customer_no", "label": "Customer no.", "type": "text", "unique_identifier": true}),
    )
    .await;
    let ann = contact(
        &app,
        json!({"email": "ann@example.com", "attributes": {"customer_no": "C-1"}}),
    )
    .await
    .expect(201)
    .json();
    let taken = contact(
        &app,
        json!({"email": "bob@example.com", "attributes": {"customer_no": "c-1"}}),
    )
    .await
    .expect(409)
    .json();
    assert_eq!(
        (taken["code"].as_str(), taken["existing"].as_str()),
        (Some("value_taken"), ann["id"].as_str())
    );

    let refused = app
        .person()
        .post(
            CONTACT_NEW.url(),
            &[("email", "bob@example.com"), ("attributes/customer_no", "C-1")],
        )
        .await
        .expect(422);
    assert!(refused.text().contains("has to be unique"));

    // The value is free again once its owner has another one, or is gone.
    let url = format!("/api/v1/contacts/{}", ann["id"].as_str().unwrap());
    call(
        &app.program(),
        Method::PATCH,
        &url,
        &json!({"attributes": {"customer_no": "C-2"}}),
    )
    .await
    .expect(200);
    contact(
        &app,
        json!({"email": "bob@example.com", "attributes": {"customer_no": "C-1"}}),
    )
    .await
    .expect(201);
    call(&app.program(), Method::DELETE, &url, &Value::Null)
        .await
        .expect(204);
    contact(
        &app,
        json!({"email": "cy@example.com", "attributes": {"customer_no": "C-2"}}),
    )
    .await
    .expect(201);
}

#[tokio::test]
async fn rows_find_their_contact_by_a_unique_identifier_and_may_not_take_another_ones() {
    let app = crm().await;
    field(
        &app,
        json!({"key": "customer_no", "label": "Customer no.", "type": "text", "unique_identifier": true}),
    )
    .await;
    let known = contact(
        &app,
        json!({"external_id": "x1", "attributes": {"customer_no": "C-1"}}),
    )
    .await
    .expect(201)
    .json();
    contact(
        &app,
        json!({"email": "bob@example.com", "attributes": {"customer_no": "C-2"}}),
    )
    .await
    .expect(201);
    let batch = json!({"contacts": [
        {"email": "ann@example.com", "attributes": {"customer_no": "C-1"}},
        {"email": "cy@example.com", "attributes": {"customer_no": "C-2"}},
        {"email": "dee@example.com", "attributes": {"customer_no": "C-3"}},
        {"email": "eve@example.com", "attributes": {"customer_no": "C-3"}},
    ]});
    let results = call(&app.program(), Method::POST, API_CONTACT_BATCH.url(), &batch)
        .await
        .expect(200)
        .json()["results"]
        .take();
    let states: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["updated", "rejected", "created", "rejected"]);
    assert_eq!(
        results[0]["id"], known["id"],
        "who has no address yet is found by the number"
    );
    assert_eq!(results[1]["errors"][0]["code"], "value_taken");
}

#[tokio::test]
async fn a_field_that_becomes_unique_keeps_what_is_there_and_refuses_what_comes() {
    let app = crm().await;
    let defined = field(&app, json!({"key": "badge", "label": "Badge", "type": "text"})).await;
    for email in ["ann@example.com", "bob@example.com"] {
        contact(&app, json!({"email": email, "attributes": {"badge": "7"}}))
            .await
            .expect(201);
    }
    let id: kernel::FieldId = defined["id"].as_str().unwrap().parse().unwrap();
    call(
        &app.program(),
        Method::PATCH,
        API_FIELD.url(&id),
        &json!({"unique_identifier": true}),
    )
    .await
    .expect(200);
    app.run_until_idle().await;
    contact(
        &app,
        json!({"email": "cy@example.com", "attributes": {"badge": "7"}}),
    )
    .await
    .expect(409);

    let listed = app
        .program()
        .get(API_CONTACTS.with(&[("q", "bob")]))
        .await
        .expect(200)
        .json();
    let bob: kernel::ContactId = listed["data"][0]["id"].as_str().unwrap().parse().unwrap();
    call(
        &app.program(),
        Method::PATCH,
        API_CONTACT.url(&bob),
        &json!({"first_name": "Bob"}),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn a_limit_of_characters_is_kept() {
    let app = crm().await;
    field(
        &app,
        json!({"key": "code", "label": "Code", "type": "text", "max_length": 3}),
    )
    .await;
    contact(
        &app,
        json!({"email": "ann@example.com", "attributes": {"code": "abc"}}),
    )
    .await
    .expect(201);
    let refused = contact(
        &app,
        json!({"email": "bob@example.com", "attributes": {"code": "abcd"}}),
    )
    .await
    .expect(422)
    .json();
    assert_eq!(refused["errors"][0]["code"], "too_long");
}

#[tokio::test]
async fn every_flag_is_read_back_and_changes_alone() {
    let app = crm().await;
    let made = field(
        &app,
        json!({"key": "vat", "label": "VAT", "type": "text", "required": true, "visible": false, "listable": true,
            "publicly_updatable": true, "max_length": 20, "group": "Billing", "default_value": "n/a"}),
    )
    .await;
    for (member, value) in [
        ("object", json!("contacts")),
        ("required", json!(true)),
        ("visible", json!(false)),
        ("listable", json!(true)),
        ("publicly_updatable", json!(true)),
        ("unique_identifier", json!(false)),
        ("max_length", json!(20)),
        ("group", json!("Billing")),
        ("default_value", json!("n/a")),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    let id: kernel::FieldId = made["id"].as_str().unwrap().parse().unwrap();
    let changed = call(
        &app.program(),
        Method::PATCH,
        API_FIELD.url(&id),
        &json!({"max_length": null, "default_value": null, "visible": true}),
    )
    .await
    .expect(200)
    .json();
    assert_eq!(
        (&changed["max_length"], &changed["default_value"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&changed["visible"], &changed["required"]),
        (&json!(true), &json!(true))
    );

    for (bad, member) in [
        (
            json!({"key": "a", "label": "A", "type": "boolean", "unique_identifier": true}),
            "unique_identifier",
        ),
        (
            json!({"key": "a", "label": "A", "type": "number", "max_length": 3}),
            "max_length",
        ),
        (
            json!({"key": "a", "label": "A", "type": "number", "default_value": "many"}),
            "default_value",
        ),
        (
            json!({"key": "a", "label": "A", "type": "text", "group": " "}),
            "group",
        ),
    ] {
        let refused = call(&app.program(), Method::POST, API_FIELDS.url(), &bad)
            .await
            .expect(422)
            .json();
        assert_eq!(refused["errors"][0]["pointer"], format!("#/{member}"));
    }
}

async fn labels(person: &Client) -> Vec<String> {
    person.get(FIELDS.url()).await.expect(200).texts("tbody th a")
}

#[tokio::test]
async fn the_standard_fields_are_added_in_one_click_and_only_once() {
    let app = crm().await;
    let person = app.person();
    let before = person.get(FIELDS.url()).await.expect(200);
    assert!(before.text().contains("Add 17 standard fields"));
    person
        .post(FIELDS_STANDARD.url(), &[("object", "contacts")])
        .await
        .expect(303);
    let after = person.get(FIELDS.url()).await.expect(200);
    assert!(
        !after.text().contains("standard fields"),
        "there is nothing left to add"
    );
    let labels = labels(&person).await;
    assert_eq!(labels.len(), 17);
    for label in ["Title", "Mobile", "State or province", "LinkedIn"] {
        assert!(labels.iter().any(|known| known == label), "{label}");
    }
    person
        .post(FIELDS_STANDARD.url(), &[("object", "contacts")])
        .await
        .expect(303);
    assert_eq!(labels.len(), 17);
    app.person_as(app.org, Role::Member)
        .post(FIELDS_STANDARD.url(), &[("object", "contacts")])
        .await
        .expect(403);
}

#[tokio::test]
async fn fields_move_within_their_group() {
    let app = crm().await;
    let person = app.person();
    let mut ids = Vec::new();
    for (label, group) in [("One", "core"), ("Two", "core"), ("Three", "social")] {
        let key = label.to_lowercase();
        let made = field(
            &app,
            json!({"key": key, "label": label, "type": "text", "group": group}),
        )
        .await;
        ids.push(made["id"].as_str().unwrap().parse::<kernel::FieldId>().unwrap());
    }
    assert_eq!(labels(&person).await, ["One", "Two", "Three"]);
    person
        .post(FIELD_PLACE.url(&ids[1]), &[("direction", "up")])
        .await
        .expect(303);
    assert_eq!(labels(&person).await, ["Two", "One", "Three"]);
    person
        .post(FIELD_PLACE.url(&ids[0]), &[("direction", "down")])
        .await
        .expect(303);
    assert_eq!(
        labels(&person).await,
        ["Two", "One", "Three"],
        "another group begins there"
    );
    person
        .post(FIELD_PLACE.url(&ids[0]), &[("direction", "sideways")])
        .await
        .expect(422);
    let form = person.get(CONTACT_NEW.url()).await.expect(200);
    assert_eq!(
        form.attributes("input[name^='attributes/']", "name"),
        ["attributes/two", "attributes/one", "attributes/three"]
    );
}
