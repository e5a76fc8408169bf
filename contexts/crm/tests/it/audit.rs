//! Whoever changes a contact, it is written down: who, by what, from what to what.

use contracts::crm::{API_CONTACT_BATCH, API_CONTACTS, CONTACT_NEW, lists::BULK_ACTIONS};
use http::Method;
use kernel::Role;
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{ann, crm, id_of};

async fn changes(app: &TestApp, contact: &str) -> Vec<Value> {
    let path = format!("/api/v1/contacts/{contact}/changes");
    let page = app.program().get(path).await.expect(200).json();
    page["data"].as_array().expect("a list").clone()
}

/// Actor, cause, before and after, of the latest change.
async fn latest(app: &TestApp, contact: &str) -> (String, String, Value, Value) {
    let change = changes(app, contact).await.into_iter().next().expect("a change");
    let word = |of: &str| change[of]["type"].as_str().expect("a word").to_owned();
    (
        word("actor"),
        word("cause"),
        change["before"].clone(),
        change["after"].clone(),
    )
}

fn told(actor: &str, cause: &str, before: Value, after: Value) -> (String, String, Value, Value) {
    (actor.to_owned(), cause.to_owned(), before, after)
}

async fn new_contact(app: &TestApp) -> String {
    let person = app.person();
    let url = person
        .post(CONTACT_NEW.url(), &ann())
        .await
        .expect(303)
        .location();
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    id_of(&url)
}

#[tokio::test]
async fn every_way_to_change_a_contact_is_written_down() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    assert_eq!(
        changes(&app, &ann).await,
        Vec::<Value>::new(),
        "coming into being is no change"
    );

    let form = [("city", "Kiel"), ("tags", "vip, new")];
    app.person()
        .post(format!("/app/contacts/{ann}/edit"), &form)
        .await
        .expect(303);
    assert_eq!(
        latest(&app, &ann).await,
        told(
            "user",
            "form",
            json!({"city": "Bonn", "tags": ["trial", "vip"]}),
            json!({"city": "Kiel", "tags": ["new", "vip"]})
        )
    );

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let body = json!({"external_id": "7", "city": null});
    let url = format!("{}/{ann}", API_CONTACTS.url());
    app.program().json(Method::PATCH, url, &body).await.expect(200);
    assert_eq!(
        latest(&app, &ann).await,
        told(
            "api_key",
            "api",
            json!({"city": "Kiel", "external_id": null}),
            json!({"city": null, "external_id": "7"})
        )
    );

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let body = json!({"contacts": [{"email": "ann@example.com", "city": "Rome"}]});
    app.program()
        .json(Method::POST, API_CONTACT_BATCH.url(), &body)
        .await
        .expect(200);
    assert_eq!(
        latest(&app, &ann).await,
        told("api_key", "api", json!({"city": null}), json!({"city": "Rome"}))
    );

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let fields = [("id", ann.as_str()), ("action", "tag"), ("add", "gold")];
    app.person().post(BULK_ACTIONS.url(), &fields).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(
        latest(&app, &ann).await,
        told(
            "user",
            "bulk",
            json!({"tags": ["new", "vip"]}),
            json!({"tags": ["gold", "new", "vip"]})
        )
    );

    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let file = "email,city\nann@example.com,Oslo\n";
    let import = app
        .program()
        .send(Method::POST, "/api/v1/imports", Some("text/csv"), file.into())
        .await
        .expect(202)
        .json();
    app.run_until_idle().await;
    let change = &changes(&app, &ann).await[0];
    assert_eq!(change["cause"], json!({"type": "import", "id": import["id"]}));
    assert_eq!(
        (&change["before"], &change["after"]),
        (&json!({"city": "Rome"}), &json!({"city": "Oslo"}))
    );
}

#[tokio::test]
async fn what_changed_nothing_is_not_written_down() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    app.person()
        .post(format!("/app/contacts/{ann}/edit"), &[("city", "Bonn")])
        .await
        .expect(303);
    let body = json!({"contacts": [{"email": "ann@example.com", "city": "Bonn"}]});
    app.program()
        .json(Method::POST, API_CONTACT_BATCH.url(), &body)
        .await
        .expect(200);
    assert_eq!(changes(&app, &ann).await, Vec::<Value>::new());
}

#[tokio::test]
async fn changes_come_in_pages() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    for n in 0..5 {
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        let body = json!({"city": format!("City {n}")});
        let url = format!("{}/{ann}", API_CONTACTS.url());
        app.program().json(Method::PATCH, url, &body).await.expect(200);
    }
    let path = format!("/api/v1/contacts/{ann}/changes?limit=2");
    let mut pages = vec![app.program().get(&path).await.expect(200).json()];
    while let Some(cursor) = pages[pages.len() - 1]["next_cursor"].as_str() {
        let next = format!("{path}&cursor={cursor}");
        pages.push(app.program().get(next).await.expect(200).json());
    }
    let cities: Vec<&str> = pages
        .iter()
        .flat_map(|page| page["data"].as_array().expect("a list"))
        .map(|change| change["after"]["city"].as_str().expect("a city"))
        .collect();
    assert_eq!(cities, ["City 4", "City 3", "City 2", "City 1", "City 0"]);
    app.program()
        .get(format!("{path}&cursor=forged"))
        .await
        .expect(422);
}

#[tokio::test]
async fn a_strangers_and_a_deleted_contacts_changes_are_not_found() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    app.person()
        .post(format!("/app/contacts/{ann}/edit"), &[("city", "Kiel")])
        .await
        .expect(303);
    let path = format!("/api/v1/contacts/{ann}/changes");
    let other = app.organizations.add("Other Ltd");
    app.program_with(other, kernel::Permission::ALL)
        .get(&path)
        .await
        .expect(404);
    app.person_as(other, Role::Owner)
        .post(BULK_ACTIONS.url(), &[("id", ann.as_str()), ("action", "delete")])
        .await
        .expect(303);
    app.run_until_idle().await;
    assert_eq!(changes(&app, &ann).await.len(), 1);

    app.person()
        .post(BULK_ACTIONS.url(), &[("id", ann.as_str()), ("action", "delete")])
        .await
        .expect(303);
    app.run_until_idle().await;
    app.program().get(&path).await.expect(404);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.contact_changes")
        .fetch_one(&mut app.database.owner().await)
        .await
        .unwrap();
    assert_eq!(left, 0, "the audit goes with the person");
}
