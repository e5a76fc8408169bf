//! Two contacts that are one person: finding them, merging them, parting them again.

use contracts::crm::{
    API_CONTACT, API_CONTACTS, API_FIELDS, CONTACT, CONTACTS,
    people::{
        API_CONTACT_CHANGES, API_CONTACT_MERGES, API_CONTACT_NOTES, API_CONTACT_TIMELINE, API_DUPLICATES,
        CONTACT_MERGE, DUPLICATES, DUPLICATES_DISMISSAL, DUPLICATES_SEARCH,
    },
};
use http::Method;
use kernel::{ContactId, Permission, Role};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::crm;

fn second(app: &TestApp) {
    app.clock.advance(jiff::SignedDuration::from_secs(1));
}

async fn create(app: &TestApp, body: Value) -> ContactId {
    let made = app
        .program()
        .json(Method::POST, API_CONTACTS.url(), &body)
        .await
        .expect(201)
        .json();
    second(app);
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn contact(app: &TestApp, id: ContactId) -> Value {
    let mut shown = app.program().get(API_CONTACT.url(&id)).await.expect(200).json();
    shown.as_object_mut().unwrap().remove("updated_at");
    shown
}

/// Two who are Ann: the one with a note, the other with a tag and a note.
async fn two(app: &TestApp) -> (ContactId, ContactId) {
    let first = json!({"email": "ann@example.com", "first_name": "Ann", "city": "Bonn", "points": 5, "tags": ["vip"]});
    let other = json!({"email": "ann.smith@example.com", "first_name": "Anna", "last_name": "Smith",
        "external_id": "7", "points": 7, "tags": ["new"]});
    let (ann, anna) = (create(app, first).await, create(app, other).await);
    for (id, text) in [(ann, "Of Ann"), (anna, "Of Anna")] {
        let url = API_CONTACT_NOTES.url(&id);
        app.program()
            .json(Method::POST, url, &json!({ "text": text }))
            .await
            .expect(201);
        second(app);
    }
    (ann, anna)
}

async fn notes(app: &TestApp, id: ContactId) -> Vec<String> {
    let page = app
        .program()
        .get(API_CONTACT_NOTES.url(&id))
        .await
        .expect(200)
        .json();
    let notes = page["data"].as_array().unwrap().iter();
    notes
        .map(|note| note["text"].as_str().unwrap().to_owned())
        .collect()
}

async fn merge(app: &TestApp, winner: ContactId, loser: ContactId, fields: Value) -> String {
    let body = json!({"loser_id": loser, "fields": fields});
    let url = API_CONTACT_MERGES.url(&winner);
    let location = app
        .program()
        .json(Method::POST, url, &body)
        .await
        .expect(201)
        .location();
    second(app);
    location
}

#[tokio::test]
async fn two_contacts_become_one_and_two_again() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let (before, other_before) = (contact(&app, ann).await, contact(&app, anna).await);

    let undo = merge(&app, ann, anna, json!({"first_name": "loser"})).await;

    let one = contact(&app, ann).await;
    assert_eq!(one["first_name"], "Anna", "as it was chosen");
    assert_eq!(
        one["email"], "ann@example.com",
        "the winner's, where nothing was chosen"
    );
    assert_eq!(
        (&one["last_name"], &one["external_id"]),
        (&json!("Smith"), &json!("7"))
    );
    assert_eq!(
        (&one["points"], &one["tags"]),
        (&json!(12), &json!(["new", "vip"]))
    );
    assert_eq!(notes(&app, ann).await, ["Of Anna", "Of Ann"]);
    app.program().get(API_CONTACT.url(&anna)).await.expect(404);
    let person = app.person();
    let led = person.get(CONTACT.url(&anna)).await.expect(303);
    assert_eq!(
        led.location(),
        CONTACT.url(&ann),
        "who looks for the one finds the other"
    );
    let page = person.get(CONTACT.url(&ann)).await.expect(200);
    let facts = page.texts(".facts dd");
    assert!(
        facts.iter().any(|fact| fact == "ann.smith@example.com"),
        "{facts:?}"
    );
    assert!(page.text().contains("Merged with Anna Smith"));

    app.program()
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(204);

    assert_eq!(contact(&app, ann).await, before);
    assert_eq!(contact(&app, anna).await, other_before);
    assert_eq!(notes(&app, ann).await, ["Of Ann"]);
    assert_eq!(notes(&app, anna).await, ["Of Anna"]);
    let page = person.get(CONTACT.url(&ann)).await.expect(200);
    assert!(
        !page
            .texts(".facts dd")
            .iter()
            .any(|fact| fact == "ann.smith@example.com")
    );
    app.program()
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(409);
    let found = person.get(format!("{}?q=anna", CONTACTS.url())).await.expect(200);
    assert_eq!(found.texts("tbody th a.link"), ["Anna Smith"]);
}

/// Two with a customer number each, of which no two contacts have the same.
async fn two_with_numbers(app: &TestApp) -> (ContactId, ContactId) {
    let field = json!({"key": "number", "label": "Number", "type": "text", "unique_identifier": true});
    let made = app.program().json(Method::POST, API_FIELDS.url(), &field).await;
    made.expect(201);
    let person = |name: &str, number: &str| json!({"first_name": name, "attributes": {"number": number}});
    (
        create(app, person("Ann", "K-1")).await,
        create(app, person("Anna", "K-2")).await,
    )
}

#[tokio::test]
async fn the_one_takes_over_a_unique_value_of_the_other_and_gives_it_back() {
    let app = crm().await;
    let (ann, anna) = two_with_numbers(&app).await;

    let undo = merge(&app, ann, anna, json!({"attributes.number": "loser"})).await;

    assert_eq!(contact(&app, ann).await["attributes"]["number"], "K-2");
    let another = |number: &str| json!({"first_name": "Bea", "attributes": {"number": number}});
    let program = app.program();
    let taken = program
        .json(Method::POST, API_CONTACTS.url(), &another("K-2"))
        .await;
    taken.expect(409);
    program
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(204);
    assert_eq!(contact(&app, ann).await["attributes"]["number"], "K-1");
    assert_eq!(contact(&app, anna).await["attributes"]["number"], "K-2");
}

#[tokio::test]
async fn a_unique_value_that_was_taken_since_a_merge_stays_where_it_is() {
    let app = crm().await;
    let (ann, anna) = two_with_numbers(&app).await;
    let undo = merge(&app, ann, anna, json!({})).await;
    let bea = create(
        &app,
        json!({"first_name": "Bea", "attributes": {"number": "K-2"}}),
    )
    .await;

    let program = app.program();
    program
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(204);

    assert_eq!(contact(&app, bea).await["attributes"]["number"], "K-2");
    assert_eq!(contact(&app, ann).await["attributes"]["number"], "K-1");
    assert_eq!(contact(&app, anna).await["attributes"], json!({}));
}

#[tokio::test]
async fn what_was_changed_since_a_merge_stays() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let undo = merge(&app, ann, anna, json!({"first_name": "loser"})).await;
    let body = json!({"first_name": "Annabel", "city": "Rome"});
    app.program()
        .json(Method::PATCH, API_CONTACT.url(&ann), &body)
        .await
        .expect(200);
    second(&app);

    app.program()
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(204);

    let one = contact(&app, ann).await;
    assert_eq!(
        (&one["first_name"], &one["city"]),
        (&json!("Annabel"), &json!("Rome"))
    );
    assert_eq!((&one["last_name"], &one["points"]), (&json!(""), &json!(5)));
    assert_eq!(contact(&app, anna).await["first_name"], "Anna");
}

#[tokio::test]
async fn an_address_that_was_taken_since_stays_where_it_is() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let undo = merge(&app, ann, anna, json!({})).await;
    let newcomer = create(&app, json!({"email": "ann.smith@example.com"})).await;

    app.program()
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(204);

    assert_eq!(contact(&app, anna).await["email"], Value::Null);
    assert_eq!(contact(&app, anna).await["external_id"], "7");
    assert_eq!(contact(&app, newcomer).await["email"], "ann.smith@example.com");
}

#[tokio::test]
async fn after_thirty_days_a_merge_is_for_good() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let undo = merge(&app, ann, anna, json!({})).await;
    app.clock.advance(jiff::SignedDuration::from_hours(30 * 24 + 1));
    app.run_until_idle().await;

    let refused = app
        .program()
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(409);
    assert_eq!(refused.json()["code"], "too_late");
    let kept: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM crm.contact_merges WHERE loser IS NOT NULL) + (SELECT count(*) FROM crm.merged_rows)",
    )
    .fetch_one(&mut app.database.owner().await)
    .await
    .unwrap();
    assert_eq!(kept, 0, "nothing of the other is kept any longer");
    let page = app.person().get(CONTACT.url(&ann)).await.expect(200);
    assert!(!page.text().contains("Undo merge"));
}

#[tokio::test]
async fn who_unsubscribed_under_either_address_is_not_written_to() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let mut owner = app.database.owner().await;
    sqlx::query(
        "INSERT INTO crm.do_not_contact VALUES ($1, 'email', 'ann.smith@example.com', 'unsubscribed', now())",
    )
    .bind(app.org.uuid())
    .execute(&mut owner)
    .await
    .unwrap();

    merge(&app, ann, anna, json!({})).await;

    let page = app.person().get(CONTACT.url(&ann)).await.expect(200);
    assert!(
        page.text().contains("Not written to"),
        "the address that is left is closed too"
    );
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM platform.outbox WHERE payload ->> 'type' = 'addresses_opted_out' \
         AND payload -> 'addresses' ? 'ann@example.com'",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(told, 1, "and whoever sends mail is told");
}

#[tokio::test]
async fn a_page_shows_two_side_by_side_and_merges_as_chosen() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let person = app.person();
    let search = person
        .get(CONTACT_MERGE.with(&ann, &[("q", "anna")]))
        .await
        .expect(200);
    let compare = search
        .attributes("td a.btn", "href")
        .pop()
        .expect("somebody to compare with");
    let page = person.get(&compare).await.expect(200);
    let mut asked = page.attributes("input[type=radio]", "name");
    asked.dedup();
    assert_eq!(asked, ["winner", "keep:email", "keep:first_name"]);

    let other = anna.to_string();
    let form = [
        ("with", other.as_str()),
        ("winner", "loser"),
        ("keep:email", "winner"),
        ("keep:first_name", "loser"),
    ];
    let led = person.post(CONTACT_MERGE.url(&ann), &form).await.expect(303);
    assert_eq!(
        led.location(),
        CONTACT.url(&anna),
        "the other one was chosen to stay"
    );
    let one = contact(&app, anna).await;
    assert_eq!(
        (&one["email"], &one["first_name"]),
        (&json!("ann@example.com"), &json!("Anna"))
    );
    assert_eq!(notes(&app, anna).await.len(), 2);

    let page = person.get(CONTACT.url(&anna)).await.expect(200);
    let undo = page
        .attributes("form[action*='/merges/']", "action")
        .pop()
        .expect("a way back");
    let led = person.post(&undo, &[]).await.expect(303);
    assert_eq!(led.location(), CONTACT.url(&ann));
    assert_eq!(contact(&app, ann).await["email"], "ann@example.com");
    assert_eq!(contact(&app, anna).await["email"], "ann.smith@example.com");
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused_and_nothing_changes() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    let other = app.organizations.add("Other Ltd");
    let stranger = app.program_with(other, Permission::ALL);
    let theirs = stranger
        .json(
            Method::POST,
            API_CONTACTS.url(),
            &json!({"email": "x@example.com"}),
        )
        .await
        .expect(201)
        .json();
    let program = app.program();
    let url = API_CONTACT_MERGES.url(&ann);
    for (body, status) in [
        (json!({"loser_id": ann}), 422),
        (json!({"loser_id": theirs["id"]}), 404),
        (json!({"loser_id": ContactId::generate()}), 404),
        (json!({"loser_id": anna, "fields": {"email": "both"}}), 422),
        (json!({"loser": anna}), 422),
    ] {
        program.json(Method::POST, &url, &body).await.expect(status);
    }
    stranger
        .json(Method::POST, &url, &json!({"loser_id": theirs["id"]}))
        .await
        .expect(404);
    let person = app.person();
    let (own, foreign) = (ann.to_string(), theirs["id"].as_str().unwrap().to_owned());
    person
        .get(CONTACT_MERGE.with(&ann, &[("with", &own)]))
        .await
        .expect(422);
    person
        .get(CONTACT_MERGE.with(&ann, &[("with", &foreign)]))
        .await
        .expect(404);
    person
        .post(CONTACT_MERGE.url(&ann), &[("with", &foreign)])
        .await
        .expect(404);
    app.person_as(app.org, Role::Viewer)
        .post(CONTACT_MERGE.url(&ann), &[("with", &anna.to_string())])
        .await
        .expect(403);
    assert_eq!(contact(&app, anna).await["first_name"], "Anna");
    let undo = merge(&app, ann, anna, json!({})).await;
    stranger
        .send(Method::DELETE, &undo, None, "".into())
        .await
        .expect(404);
}

#[tokio::test]
async fn a_merge_stands_in_the_audit_and_on_the_timeline() {
    let app = crm().await;
    let (ann, anna) = two(&app).await;
    merge(&app, ann, anna, json!({})).await;
    let changes = app
        .program()
        .get(API_CONTACT_CHANGES.url(&ann))
        .await
        .expect(200)
        .json();
    assert_eq!(changes["data"][0]["cause"]["type"], "merge");
    assert_eq!(changes["data"][0]["after"]["points"], 12);
    let path = API_CONTACT_TIMELINE.with(&ann, &[("show", "merges")]);
    let told = app.program().get(path).await.expect(200).json();
    assert_eq!(told["data"][0]["data"]["loser_id"], json!(anna));
    let merges = app
        .program()
        .get(API_CONTACT_MERGES.url(&ann))
        .await
        .expect(200)
        .json();
    assert_eq!(merges["data"][0]["winner_id"], json!(ann));
    assert!(merges["data"][0]["reversible_until"].is_string());

    app.person()
        .post(format!("{}/deletion", CONTACT.url(&ann)), &[])
        .await
        .expect(303);
    let kept: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM crm.contact_merges) + (SELECT count(*) FROM crm.merged_rows) \
         + (SELECT count(*) FROM crm.notes) + (SELECT count(*) FROM crm.contact_identifiers)",
    )
    .fetch_one(&mut app.database.owner().await)
    .await
    .unwrap();
    assert_eq!(kept, 0, "with the person goes the other one that they were");
}

#[tokio::test]
async fn duplicates_are_found_shown_and_dismissed() {
    let app = crm().await;
    let plus = create(&app, json!({"email": "ann@example.com"})).await;
    let plain = create(&app, json!({"email": "ann+news@example.com"})).await;
    let phone = create(
        &app,
        json!({"email": "bob@example.com", "phone": "+49 228 123-4567"}),
    )
    .await;
    let same = create(
        &app,
        json!({"email": "robert@example.com", "phone": "0049 (228) 1234567"}),
    )
    .await;
    let name =
        json!({"email": "c@a.example", "first_name": "Carla", "last_name": "Miller", "company": "Acme"});
    let carla = create(&app, name).await;
    let name =
        json!({"email": "c@b.example", "first_name": "carla", "last_name": "MILLER", "company": "ACME"});
    let karla = create(&app, name).await;
    create(
        &app,
        json!({"email": "someone.else@example.com", "phone": "+49 228 999"}),
    )
    .await;

    let person = app.person();
    let page = person.get(DUPLICATES.url()).await.expect(200);
    assert_eq!(
        page.texts(".empty-title"),
        ["Nobody has looked for duplicates yet"]
    );
    person.post(DUPLICATES_SEARCH.url(), &[]).await.expect(303);
    app.run_until_idle().await;

    let pairs = || async {
        let page = app.program().get(API_DUPLICATES.url()).await.expect(200).json();
        let pairs = page["data"].as_array().unwrap().iter();
        pairs
            .map(|p| {
                (
                    p["contact_id"].clone(),
                    p["other_contact_id"].clone(),
                    p["reasons"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pairs().await,
        [
            (json!(plus), json!(plain), json!(["email"])),
            (json!(phone), json!(same), json!(["phone"])),
            (json!(carla), json!(karla), json!(["name"])),
        ]
    );
    let page = person.get(DUPLICATES.url()).await.expect(200);
    assert_eq!(
        page.texts("tbody .badge"),
        ["Mailbox", "Phone", "Name and company"]
    );

    let (first, other) = (phone.to_string(), same.to_string());
    let form = [("first", first.as_str()), ("second", other.as_str())];
    person.post(DUPLICATES_DISMISSAL.url(), &form).await.expect(303);
    person.post(DUPLICATES_DISMISSAL.url(), &form).await.expect(404);
    merge(&app, plus, plain, json!({})).await;
    assert_eq!(pairs().await.len(), 1, "who was merged is no longer a pair");

    person.post(DUPLICATES_SEARCH.url(), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(
        pairs().await,
        [(json!(carla), json!(karla), json!(["name"]))],
        "who was dismissed stays dismissed"
    );
    let stranger = app.person_as(app.organizations.add("Other Ltd"), Role::Owner);
    stranger.post(DUPLICATES_DISMISSAL.url(), &form).await.expect(404);
}
