use std::sync::Arc;

use contracts::{
    crm::{API_CONTACT, API_CONTACT_BATCH, API_CONTACTS, API_IMPORTS},
    identity::Organizations,
};
use http::Method;
use kernel::{ImportId, UserId};
use serde_json::{Value, json};
use testkit::TestApp;

use super::*;
use crate::Crm;

async fn crm() -> TestApp {
    TestApp::start(&["crm"], |deps, organizations| {
        let organizations: Arc<dyn Organizations> = organizations.clone();
        vec![Crm::new(deps, organizations).module()]
    })
    .await
}

async fn batch(app: &TestApp, contacts: Value) {
    let body = json!({ "contacts": contacts });
    let answer = app
        .program()
        .json(Method::POST, API_CONTACT_BATCH.url(), &body)
        .await;
    answer.expect(200);
    app.clock.advance(jiff::SignedDuration::from_secs(1));
}

async fn import(app: &TestApp, file: &str) -> ImportId {
    let started = app
        .program()
        .send(
            Method::POST,
            &API_IMPORTS.with(&[("identifier", "external_id")]),
            Some("text/csv"),
            file.to_owned().into(),
        )
        .await
        .expect(202)
        .json();
    app.run_until_idle().await;
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    started["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("an import's id")
}

/// External ID, address, city, tags, in the order of the external IDs.
async fn people(app: &TestApp) -> Vec<[String; 4]> {
    let page = app
        .program()
        .get(API_CONTACTS.with(&[("sort", "created_at")]))
        .await
        .expect(200)
        .json();
    let mut people: Vec<[String; 4]> = page["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| {
            let text = |key: &str| c[key].as_str().unwrap_or_default().to_owned();
            let tags: Vec<&str> = c["tags"]
                .as_array()
                .expect("tags")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            [text("external_id"), text("email"), text("city"), tags.join(" ")]
        })
        .collect();
    people.sort();
    people
}

/// Takes back in pages of two, as a job does.
async fn undo(app: &TestApp, import: ImportId) -> (u64, u64) {
    let (mut after, mut restored, mut kept) = (None, 0, 0);
    loop {
        let mut tx = CrmTx::system(&app.deps.db, app.org).await.expect("a transaction");
        let actor = Actor::User(UserId::generate());
        let now = app.deps.clock.now();
        let page = undo_changes(&mut tx, import.uuid(), actor, after, 2, now)
            .await
            .expect("undone");
        tx.commit().await.expect("committed");
        (restored, kept) = (restored + page.restored, kept + page.kept);
        after = page.next;
        if after.is_none() {
            return (restored, kept);
        }
    }
}

#[tokio::test]
async fn an_import_is_taken_back_except_what_was_touched_since() {
    let app = crm().await;
    batch(
        &app,
        json!([
            {"email": "a@b.example", "external_id": "1", "city": "Bonn", "tags": ["vip"]},
            {"email": "b@b.example", "external_id": "2", "city": "Bonn"},
            {"email": "c@b.example", "external_id": "3", "city": "Bonn"},
            {"email": "d@b.example", "external_id": "4", "city": "Bonn"},
            {"email": "e@b.example", "external_id": "5", "city": "Bonn"},
        ]),
    )
    .await;
    let before = people(&app).await;
    let file = "external_id,email,city,tags\n\
        1,a2@b.example,Kiel,new\n2,b2@b.example,Kiel,\n3,c@b.example,Kiel,\n4,d@b.example,Kiel,\n5,e@b.example,Bonn,\n";
    let import = import(&app, file).await;
    // Somebody moved 2 on, and a newcomer took the old address of 1.
    batch(
        &app,
        json!([
            {"email": "b2@b.example", "city": "Rome"},
            {"email": "a@b.example", "external_id": "9"},
        ]),
    )
    .await;

    assert_eq!(undo(&app, import).await, (4, 0));

    let after = people(&app).await;
    let row = |n: usize| after[n].each_ref().map(String::as_str);
    assert_eq!(
        row(0),
        ["1", "a2@b.example", "Bonn", "vip"],
        "the old address is somebody else's now"
    );
    assert_eq!(
        row(1),
        ["2", "b@b.example", "Rome", ""],
        "what was changed since stays"
    );
    assert_eq!(after[2..5], before[2..5]);
    assert_eq!(row(5), ["9", "a@b.example", "", ""]);
    assert_eq!(
        undo(&app, import).await,
        (0, 4),
        "there is nothing left to take back"
    );
    assert_eq!(people(&app).await, after);
}

#[tokio::test]
async fn somebody_who_is_gone_is_passed_over() {
    let app = crm().await;
    batch(
        &app,
        json!([{"email": "a@b.example", "external_id": "1", "city": "Bonn"}]),
    )
    .await;
    let import = import(&app, "external_id,city\n1,Kiel\n").await;
    let page = app.program().get(API_CONTACTS.url()).await.expect(200).json();
    let id = page["data"][0]["id"].as_str().expect("an id");
    let path = API_CONTACT.url(&id.parse().expect("a contact's id"));
    app.program()
        .send(Method::DELETE, &path, None, "".into())
        .await
        .expect(204);

    assert_eq!(
        undo(&app, import).await,
        (0, 0),
        "nothing is known of them any more"
    );
}
