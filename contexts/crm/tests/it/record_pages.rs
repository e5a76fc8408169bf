//! The pages of companies and records.

use contracts::crm::{
    CONTACT, CONTACT_NEW,
    objects::{
        API_RELATIONS, CONTACT_RECORDS, CONTACT_RECORDS_REMOVAL, RECORD, RECORD_CONTACTS,
        RECORD_CONTACTS_REMOVAL, RECORD_DELETION, RECORD_EDIT, RECORD_LINKS, RECORD_LINKS_REMOVAL,
        RECORD_MERGE, RECORD_NEW, RECORDS,
    },
};
use http::Method;
use kernel::{ContactId, RecordId, Role};
use serde_json::json;
use testkit::{Client, TestApp};

use crate::{
    objects::define,
    support::{call, crm, id_of},
};

fn companies() -> String {
    "companies".to_owned()
}

async fn company(person: &Client, name: &str, more: &[(&str, &str)]) -> RecordId {
    let mut form = vec![("name", name)];
    form.extend_from_slice(more);
    let url = person
        .post(RECORD_NEW.url(&companies()), &form)
        .await
        .expect(303)
        .location();
    id_of(&url).parse().unwrap()
}

async fn contact(person: &Client, email: &str) -> ContactId {
    let url = person
        .post(CONTACT_NEW.url(), &[("email", email)])
        .await
        .expect(303)
        .location();
    id_of(&url).parse().unwrap()
}

async fn company_of(app: &TestApp, contact: ContactId) -> String {
    let found = app
        .program()
        .get(format!("/api/v1/contacts/{contact}"))
        .await
        .expect(200)
        .json();
    found["company"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn companies_are_made_found_edited_and_deleted_on_their_pages() {
    let app = crm().await;
    let person = app.person();
    let empty = person.get(RECORDS.url(&companies())).await.expect(200);
    assert!(empty.text().contains("There are no Companies yet"));
    let acme = company(
        &person,
        "Acme",
        &[
            ("external_id", "a1"),
            ("attributes/country", "Germany"),
            ("attributes/industry", "Energy"),
        ],
    )
    .await;
    company(&person, "Beta", &[("attributes/country", "France")]).await;

    let list = person
        .get(RECORDS.with(&companies(), &[("sort", "name")]))
        .await
        .expect(200);
    assert_eq!(list.texts("tbody th a"), ["Acme", "Beta"]);
    assert!(
        list.texts("tbody tr:first-child td")
            .contains(&"Germany".to_owned()),
        "listable fields are columns"
    );
    let found = app
        .person()
        .htmx()
        .get(RECORDS.with(&companies(), &[("filter[country]", "france")]))
        .await
        .expect(200);
    assert_eq!(found.texts("tbody th a"), ["Beta"]);

    let page = person.get(RECORD.url(&companies(), &acme)).await.expect(200);
    assert_eq!(page.texts("h1"), ["Acme"]);
    assert!(page.texts("dd").contains(&"Energy".to_owned()));
    let form = person.get(RECORD_EDIT.url(&companies(), &acme)).await.expect(200);
    let seen = form.attributes("input[name='seen']", "value").remove(0);
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    person
        .post(
            RECORD_EDIT.url(&companies(), &acme),
            &[("name", "Acme Group"), ("seen", &seen)],
        )
        .await
        .expect(303);
    let stale = person
        .post(
            RECORD_EDIT.url(&companies(), &acme),
            &[("name", "Acme Other"), ("seen", &seen)],
        )
        .await
        .expect(409);
    assert_eq!(
        stale.attributes("input[name='name']", "value"),
        ["Acme Other"],
        "what was typed is kept"
    );

    let refused = person
        .post(
            RECORD_NEW.url(&companies()),
            &[("name", ""), ("attributes/annual_revenue", "much")],
        )
        .await
        .expect(422);
    assert_eq!(refused.texts(".field-error").len(), 2);
    let taken = person
        .post(
            RECORD_NEW.url(&companies()),
            &[("name", "Gamma"), ("external_id", "a1")],
        )
        .await
        .expect(422);
    let way = RECORD.url(&companies(), &acme);
    assert!(
        taken.attributes("a", "href").contains(&way),
        "the page leads to the one in the way"
    );

    person
        .post(RECORD_DELETION.url(&companies(), &acme), &[])
        .await
        .expect(303);
    person.get(RECORD.url(&companies(), &acme)).await.expect(404);
    person
        .post(RECORD_DELETION.url(&companies(), &acme), &[])
        .await
        .expect(404);
}

#[tokio::test]
async fn people_are_linked_on_the_page_of_a_company_and_on_their_own() {
    let app = crm().await;
    let person = app.person();
    let ann = contact(&person, "ann@example.com").await;
    let acme = company(&person, "Acme", &[]).await;
    let url = RECORD_CONTACTS.url(&companies(), &acme);
    person
        .post(&url, &[("contact", "Ann@example.com"), ("role", "Buyer")])
        .await
        .expect(303);
    let page = person.get(RECORD.url(&companies(), &acme)).await.expect(200);
    let row = page.texts("tbody tr").join(" ");
    assert!(
        row.contains("ann@example.com") && row.contains("Buyer") && row.contains("Primary"),
        "{row}"
    );
    for (who, sentence) in [("nobody@example.com", "no such contact"), ("", "who is meant")] {
        let refused = person.post(&url, &[("contact", who)]).await.expect(422);
        assert!(
            refused.texts(".field-error").join(" ").contains(sentence),
            "{who}"
        );
    }

    // A company that is typed on the page of a contact is made when it is not there yet.
    let add = CONTACT_RECORDS.url(&ann);
    person
        .post(
            &add,
            &[
                ("object", "companies"),
                ("record", "Beta"),
                ("role", ""),
                ("primary", "true"),
            ],
        )
        .await
        .expect(303);
    assert_eq!(company_of(&app, ann).await, "Beta");
    let contact_page = person.get(CONTACT.url(&ann)).await.expect(200);
    let panel = contact_page.texts("#contact-records").join(" ");
    assert!(
        panel.contains("Acme") && panel.contains("Buyer") && panel.contains("Beta"),
        "{panel}"
    );

    let gone = [("object", "companies"), ("record", &acme.to_string() as &str)];
    person
        .post(CONTACT_RECORDS_REMOVAL.url(&ann), &gone)
        .await
        .expect(303);
    person
        .post(CONTACT_RECORDS_REMOVAL.url(&ann), &gone)
        .await
        .expect(404);
    let who = ann.to_string();
    person
        .post(
            RECORD_CONTACTS_REMOVAL.url(&companies(), &acme),
            &[("contact", &who)],
        )
        .await
        .expect(404);

    let viewer = app.person_as(app.org, Role::Viewer);
    let read_only = viewer.get(CONTACT.url(&ann)).await.expect(200);
    assert!(
        read_only
            .attributes("form[action$='/records']", "action")
            .is_empty()
    );
    viewer
        .post(&add, &[("object", "companies"), ("record", "Beta")])
        .await
        .expect(403);
}

#[tokio::test]
async fn two_companies_are_merged_into_one() {
    let app = crm().await;
    let person = app.person();
    let ann = contact(&person, "ann@example.com").await;
    let bob = contact(&person, "bob@example.com").await;
    let acme = company(&person, "Acme", &[("attributes/city", "Bonn")]).await;
    let double = company(
        &person,
        "Acme Ltd",
        &[
            ("external_id", "a1"),
            ("attributes/city", "Kiel"),
            ("attributes/industry", "Energy"),
        ],
    )
    .await;
    for (record, email) in [
        (acme, "ann@example.com"),
        (double, "ann@example.com"),
        (double, "bob@example.com"),
    ] {
        person
            .post(RECORD_CONTACTS.url(&companies(), &record), &[("contact", email)])
            .await
            .expect(303);
    }
    assert_eq!(company_of(&app, bob).await, "Acme Ltd");
    let url = RECORD_MERGE.url(&companies(), &acme);
    let refused = person.post(&url, &[("other", "Nobody")]).await.expect(422);
    assert!(refused.texts(".field-error").join(" ").contains("no such record"));
    person.post(&url, &[("other", "acme ltd")]).await.expect(303);

    person.get(RECORD.url(&companies(), &double)).await.expect(404);
    let kept = app
        .program()
        .get(format!("/api/v1/companies/{acme}"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&kept["name"], &kept["external_id"]),
        (&json!("Acme"), &json!("a1"))
    );
    assert_eq!(kept["attributes"], json!({"city": "Bonn", "industry": "Energy"}));
    let people = app
        .program()
        .get(format!("/api/v1/companies/{acme}/contacts"))
        .await
        .expect(200)
        .json();
    assert_eq!(people["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        (company_of(&app, ann).await, company_of(&app, bob).await),
        ("Acme".to_owned(), "Acme".to_owned())
    );
}

#[tokio::test]
async fn records_of_own_objects_have_pages_and_are_linked_there() {
    let app = crm().await;
    let person = app.person();
    define(&app, "orders", "Order", "Orders", "records").await;
    define(&app, "products", "Product", "Products", "catalogue").await;
    let (orders, products) = ("orders".to_owned(), "products".to_owned());
    let relation = json!({"to": "products", "key": "items", "label": "Items"});
    call(
        &app.program(),
        Method::POST,
        API_RELATIONS.url(&orders),
        &relation,
    )
    .await
    .expect(201);
    let order: RecordId = id_of(
        &person
            .post(RECORD_NEW.url(&orders), &[("name", "Order 1")])
            .await
            .expect(303)
            .location(),
    )
    .parse()
    .unwrap();
    let product: RecordId = id_of(
        &person
            .post(RECORD_NEW.url(&products), &[("name", "Lamp")])
            .await
            .expect(303)
            .location(),
    )
    .parse()
    .unwrap();

    person
        .post(
            RECORD_LINKS.url(&orders, &order),
            &[("relation", "items"), ("record", "lamp")],
        )
        .await
        .expect(303);
    let page = person.get(RECORD.url(&orders, &order)).await.expect(200);
    assert!(
        page.attributes("tbody a", "href")
            .contains(&RECORD.url(&products, &product))
    );
    let back = person.get(RECORD.url(&products, &product)).await.expect(200);
    assert!(
        back.attributes("tbody a", "href")
            .contains(&RECORD.url(&orders, &order))
    );
    assert!(
        !back.text().contains("Link a contact"),
        "a catalogue has no people"
    );

    let refused = person
        .post(
            RECORD_LINKS.url(&orders, &order),
            &[("relation", "items"), ("record", "Chair")],
        )
        .await
        .expect(422);
    assert!(refused.texts(".field-error").join(" ").contains("no such record"));
    let id = product.to_string();
    person
        .post(
            RECORD_LINKS_REMOVAL.url(&orders, &order),
            &[("relation", "items"), ("record", &id)],
        )
        .await
        .expect(303);
    let page = person.get(RECORD.url(&orders, &order)).await.expect(200);
    assert!(page.text().contains("No Products are linked"));
}
