//! Custom fields: defining, using, changing, deleting.

use contracts::crm::{CONTACT_NEW, CONTACTS, FIELD_NEW, FIELDS};
use kernel::Role;
use testkit::{Client, TestApp};

use crate::support::{crm, id_of};

async fn define(person: &Client, fields: &[(&str, &str)]) {
    person.post(FIELD_NEW.url(), fields).await.expect(303);
}

async fn all_kinds(person: &Client) {
    for (label, kind, options) in [
        ("Plan", "select", "Free\nPro"),
        ("Age", "number", ""),
        ("Member", "boolean", ""),
        ("Born", "date", ""),
        ("Seen", "datetime", ""),
        ("Languages", "multiselect", "de\nen\nfr"),
        ("Site", "url", ""),
        ("Fax", "phone", ""),
        ("Notes", "text", ""),
    ] {
        define(person, &[("label", label), ("kind", kind), ("options", options)]).await;
    }
}

async fn field_url(person: &Client, label: &str) -> String {
    let page = person.get(FIELDS.url()).await.expect(200);
    let names = page.texts("tbody th a");
    let n = names
        .iter()
        .position(|name| name == label)
        .expect("the field is listed");
    page.attributes("tbody th a", "href").remove(n)
}

#[tokio::test]
async fn values_of_every_type_are_entered_shown_and_kept() {
    let app = crm().await;
    let person = app.person();
    all_kinds(&person).await;
    let typed = [
        ("email", "ann@example.com"),
        ("attributes/plan", "Pro"),
        ("attributes/age", "41"),
        ("attributes/member", "true"),
        ("attributes/born", "1985-02-28"),
        ("attributes/seen", "2026-05-31T08:11:12"),
        ("attributes/languages", "de"),
        ("attributes/languages", "fr"),
        ("attributes/site", "example.com"),
        ("attributes/fax", "+49 30 123"),
        ("attributes/notes", "one\ntwo"),
    ];
    let url = person
        .post(CONTACT_NEW.url(), &typed)
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
        serde_json::json!({
            "plan": "Pro", "age": 41, "member": true, "born": "1985-02-28", "seen": "2026-05-31T08:11:12Z",
            "languages": ["de", "fr"], "site": "https://example.com", "fax": "+49 30 123", "notes": "one\ntwo"
        })
    );
    let form = person.get(format!("{url}/edit")).await.expect(200);
    assert_eq!(
        form.attributes("select[name='attributes/plan'] option[selected]", "value"),
        ["Pro"]
    );
    assert_eq!(
        form.attributes("input[name='attributes/seen']", "value"),
        ["2026-05-31T08:11:12"]
    );
    assert_eq!(
        form.attributes("input[name='attributes/languages'][checked]", "value"),
        ["de", "fr"]
    );
    assert_eq!(form.texts("textarea[name='attributes/notes']"), ["one two"]);

    person
        .post(
            format!("{url}/edit"),
            &[("attributes/languages", ""), ("attributes/age", "")],
        )
        .await
        .expect(303);
    let stored = app
        .program()
        .get(format!("/api/v1/contacts/{}", id_of(&url)))
        .await
        .expect(200)
        .json();
    assert!(stored["attributes"].get("languages").is_none() && stored["attributes"].get("age").is_none());
    assert_eq!(stored["attributes"]["plan"], "Pro");
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_field_is_not_stored() {
    let app = crm().await;
    let person = app.person();
    all_kinds(&person).await;
    for (field, value) in [
        ("attributes/plan", "Gold"),
        ("attributes/age", "old"),
        ("attributes/born", "31/02/2026"),
        ("attributes/site", "javascript:alert(1)"),
        ("attributes/languages", "tlh"),
    ] {
        let typed = [("email", "ann@example.com"), (field, value)];
        let page = person.post(CONTACT_NEW.url(), &typed).await.expect(422);
        assert_eq!(
            page.attributes("[aria-invalid=true]", "name")
                .first()
                .map(String::as_str)
                .unwrap_or(field),
            field
        );
    }
    assert_eq!(person.get(CONTACTS.url()).await.texts(".empty-title").len(), 1);
}

#[tokio::test]
async fn contacts_are_filtered_by_a_field() {
    let app = crm().await;
    let person = app.person();
    all_kinds(&person).await;
    for (email, age, languages) in [
        ("a@b.example", "41", "de"),
        ("c@d.example", "41", "en"),
        ("e@f.example", "7", "de"),
    ] {
        let typed = [
            ("email", email),
            ("attributes/age", age),
            ("attributes/languages", languages),
        ];
        person.post(CONTACT_NEW.url(), &typed).await.expect(303);
    }
    let list = |query: &'static str| {
        let person = person.clone();
        async move {
            person
                .get(format!("{}?{query}", CONTACTS.url()))
                .await
                .expect(200)
                .texts("tbody th a.link")
        }
    };
    assert_eq!(
        list("filter[age]=41&sort=email").await,
        ["a@b.example", "c@d.example"]
    );
    assert_eq!(
        list("filter[languages]=de&sort=email").await,
        ["a@b.example", "e@f.example"]
    );
    assert_eq!(list("filter[age]=41&filter[languages]=de").await, ["a@b.example"]);
    person
        .get(format!("{}?filter[age]=old", CONTACTS.url()))
        .await
        .expect(422);
}

#[tokio::test]
async fn definitions_are_checked_and_mistakes_come_back() {
    let app = crm().await;
    let person = app.person();
    let page = person
        .post(
            FIELD_NEW.url(),
            &[("label", " "), ("key", "E-Mail"), ("kind", "select")],
        )
        .await
        .expect(422);
    assert!(page.text().contains("A key has small letters"));
    assert!(page.text().contains("Enter at least one option."));
    assert_eq!(page.attributes("input[name=key]", "value"), ["E-Mail"]);
    person
        .post(
            FIELD_NEW.url(),
            &[("label", "x"), ("key", "email"), ("kind", "text")],
        )
        .await
        .expect(422);
    define(&person, &[("label", "Plan"), ("kind", "text")]).await;
    let taken = person
        .post(
            FIELD_NEW.url(),
            &[("label", "The plan"), ("key", "plan"), ("kind", "text")],
        )
        .await
        .expect(422);
    assert!(taken.text().contains("Another field has this key"));
    let member = app.person_as(app.org, Role::Member);
    member.get(FIELDS.url()).await.expect(403);
    member.post(FIELD_NEW.url(), &[("label", "x")]).await.expect(403);
}

async fn indexes(app: &TestApp) -> Vec<String> {
    let mut owner = app.database.owner().await;
    sqlx::query_scalar(
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'crm.contacts'::regclass AND indisvalid \
         AND indexrelid::regclass::text LIKE '%attribute%'",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_filterable_field_gets_its_index_and_loses_it() {
    let app = crm().await;
    let person = app.person();
    define(
        &person,
        &[("label", "Plan"), ("kind", "text"), ("filterable", "true")],
    )
    .await;
    app.run_until_idle().await;
    assert_eq!(indexes(&app).await, ["crm.contacts_attribute_plan"]);
    assert!(person.get(FIELDS.url()).await.text().contains("Fast"));

    let other = app.person_as(app.organizations.add("Other Ltd"), Role::Owner);
    define(
        &other,
        &[("label", "Plan"), ("kind", "number"), ("filterable", "true")],
    )
    .await;
    let url = field_url(&person, "Plan").await;
    person.post(&url, &[("label", "Plan")]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(
        indexes(&app).await.len(),
        1,
        "another organisation still wants it"
    );
    other
        .post(format!("{}/deletion", field_url(&other, "Plan").await), &[])
        .await
        .expect(303);
    app.run_until_idle().await;
    assert!(indexes(&app).await.is_empty());
}

#[tokio::test]
async fn a_deleted_field_takes_its_values_along_and_frees_its_key() {
    let app = crm().await;
    let person = app.person();
    define(&person, &[("label", "Plan"), ("kind", "text")]).await;
    let url = person
        .post(
            CONTACT_NEW.url(),
            &[("email", "ann@example.com"), ("attributes/plan", "pro")],
        )
        .await
        .expect(303)
        .location();
    let field = field_url(&person, "Plan").await;
    person.post(format!("{field}/deletion"), &[]).await.expect(303);
    person.get(&field).await.expect(404);
    person
        .post(FIELD_NEW.url(), &[("label", "Plan"), ("kind", "number")])
        .await
        .expect(422);
    app.run_until_idle().await;
    let stored = app
        .program()
        .get(format!("/api/v1/contacts/{}", id_of(&url)))
        .await
        .expect(200)
        .json();
    assert_eq!(stored["attributes"], serde_json::json!({}));
    define(&person, &[("label", "Plan"), ("kind", "number")]).await;
}
