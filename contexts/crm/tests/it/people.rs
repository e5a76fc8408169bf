//! Owner, stage, points and notes of contacts, the funnel, and the timeline that tells of them.

use contracts::crm::{
    API_CONTACT, API_CONTACTS, CONTACT, CONTACT_NEW,
    people::{
        API_CONTACT_NOTES, API_CONTACT_STAGE, API_CONTACT_TIMELINE, API_STAGE, API_STAGES,
        CONTACT_ASSIGNMENT, CONTACT_NOTES, STAGE, STAGE_DELETION, STAGE_MOVE, STAGE_NEW, STAGES,
    },
};
use http::Method;
use kernel::{ContactId, Permission, Role, StageId, UserId};
use serde_json::{Value, json};
use testkit::TestApp;

use crate::support::{ann, crm, id_of};

async fn new_contact(app: &TestApp) -> ContactId {
    let url = app
        .person()
        .post(CONTACT_NEW.url(), &ann())
        .await
        .expect(303)
        .location();
    second(app);
    id_of(&url).parse().unwrap()
}

fn second(app: &TestApp) {
    app.clock.advance(jiff::SignedDuration::from_secs(1));
}

async fn stage(app: &TestApp, name: &str) -> StageId {
    let body = json!({ "name": name });
    let made = app.program().json(Method::POST, API_STAGES.url(), &body).await;
    made.expect(201).json()["id"].as_str().unwrap().parse().unwrap()
}

async fn contact(app: &TestApp, id: ContactId) -> Value {
    app.program().get(API_CONTACT.url(&id)).await.expect(200).json()
}

/// Type and data of the timeline, the newest first.
async fn timeline(app: &TestApp, id: ContactId, show: &str) -> Vec<(String, Value)> {
    let path = API_CONTACT_TIMELINE.with(&id, &[("show", show)]);
    let page = app.program().get(path).await.expect(200).json();
    let entries = page["data"].as_array().unwrap().iter();
    entries
        .map(|entry| (entry["type"].as_str().unwrap().to_owned(), entry["data"].clone()))
        .collect()
}

#[tokio::test]
async fn an_owner_a_stage_and_points_are_given_by_page_and_api() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    let bea = app.organizations.add_member(app.org, "Bea Example");
    let lead = stage(&app, "Lead").await;

    let (owner, at) = (bea.to_string(), lead.to_string());
    let form = [("owner_id", owner.as_str()), ("stage_id", &at), ("points", "15")];
    let person = app.person();
    person.post(CONTACT_ASSIGNMENT.url(&ann), &form).await.expect(303);

    let shown = contact(&app, ann).await;
    assert_eq!(
        (&shown["owner_id"], &shown["stage_id"]),
        (&json!(bea), &json!(lead))
    );
    assert_eq!(shown["points"], 15);
    let page = person.get(CONTACT.url(&ann)).await.expect(200);
    assert_eq!(
        page.attributes("select[name=owner_id] option[selected]", "value"),
        std::slice::from_ref(&owner)
    );
    assert_eq!(page.attributes("input[name=points]", "value"), ["15"]);
    let edit = person
        .get(format!("{}/edit", CONTACT.url(&ann)))
        .await
        .expect(200);
    assert_eq!(
        edit.attributes("select[name=stage_id] option[selected]", "value"),
        [at]
    );

    second(&app);
    let body = json!({"owner_id": null, "stage_id": null, "points": -3});
    let program = app.program();
    program
        .json(Method::PATCH, API_CONTACT.url(&ann), &body)
        .await
        .expect(200);
    let shown = contact(&app, ann).await;
    assert_eq!(
        (&shown["owner_id"], &shown["stage_id"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(shown["points"], -3);
    let told = timeline(&app, ann, "changes").await;
    assert_eq!(
        told[0].1["before"],
        json!({"owner_id": bea, "stage_id": lead, "points": 15})
    );
    assert_eq!(
        told[1].1["after"],
        json!({"owner_id": bea, "stage_id": lead, "points": 15})
    );
}

#[tokio::test]
async fn only_members_and_stages_of_the_organisation_are_assigned() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    let other = app.organizations.add("Other Ltd");
    let stranger = app.organizations.add_member(other, "Stan Stranger");
    let body = json!({"name": "Theirs"});
    let foreign = app
        .program_with(other, Permission::ALL)
        .json(Method::POST, API_STAGES.url(), &body)
        .await
        .expect(201)
        .json();

    let program = app.program();
    let body = json!({"owner_id": stranger, "stage_id": foreign["id"]});
    let refused = program
        .json(Method::PATCH, API_CONTACT.url(&ann), &body)
        .await
        .expect(422)
        .json();
    let told: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [("#/owner_id", "unknown_owner"), ("#/stage_id", "unknown_stage")]
    );
    let body = json!({"stage_id": foreign["id"]});
    program
        .json(Method::PUT, API_CONTACT_STAGE.url(&ann), &body)
        .await
        .expect(422);
    let body = json!({"email": "bob@example.com", "owner_id": UserId::generate()});
    program
        .json(Method::POST, API_CONTACTS.url(), &body)
        .await
        .expect(422);
    let form = [("points", "many")];
    app.person()
        .post(CONTACT_ASSIGNMENT.url(&ann), &form)
        .await
        .expect(422);
    assert_eq!(contact(&app, ann).await["owner_id"], Value::Null);
    app.person_as(other, Role::Owner)
        .post(CONTACT_ASSIGNMENT.url(&ann), &[("points", "1")])
        .await
        .expect(404);
    app.person_as(app.org, Role::Viewer)
        .post(CONTACT_ASSIGNMENT.url(&ann), &[("points", "1")])
        .await
        .expect(403);
}

#[tokio::test]
async fn a_funnel_is_made_ordered_and_counted() {
    let app = crm().await;
    let person = app.person();
    assert_eq!(
        person.get(STAGES.url()).await.expect(200).texts(".empty-title"),
        ["You have no stages yet"]
    );
    for name in ["Lead", "Customer", "Opportunity"] {
        person.post(STAGE_NEW.url(), &[("name", name)]).await.expect(303);
    }
    let refused = person
        .post(STAGE_NEW.url(), &[("name", "lead")])
        .await
        .expect(422);
    assert!(refused.text().contains("Another stage has this name."));
    let refused = person.post(STAGE_NEW.url(), &[("name", " ")]).await.expect(422);
    assert!(refused.text().contains("Enter a name."));

    let names = |page: &testkit::TestResponse| page.texts("tbody a.link");
    let page = person.get(STAGES.url()).await.expect(200);
    assert_eq!(names(&page), ["Lead", "Customer", "Opportunity"]);
    let ids: Vec<StageId> = page
        .attributes("tbody tr[id]", "id")
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    person
        .post(STAGE_MOVE.url(&ids[1]), &[("direction", "later")])
        .await
        .expect(303);
    person
        .post(STAGE_MOVE.url(&ids[0]), &[("direction", "earlier")])
        .await
        .expect(303);
    person
        .post(STAGE_MOVE.url(&ids[0]), &[("direction", "sideways")])
        .await
        .expect(422);
    let page = person.get(STAGES.url()).await.expect(200);
    assert_eq!(names(&page), ["Lead", "Opportunity", "Customer"]);

    let ann = new_contact(&app).await;
    let body = json!({ "stage_id": ids[0] });
    let program = app.program();
    program
        .json(Method::PUT, API_CONTACT_STAGE.url(&ann), &body)
        .await
        .expect(200);
    let page = person.get(STAGES.url()).await.expect(200);
    let row = page.texts(&format!("tr[id='{}'] td", ids[0]));
    assert!(row.iter().any(|cell| cell.trim() == "1"), "{row:?}");
    let listed = program.get(API_STAGES.url()).await.expect(200).json();
    assert_eq!(listed["data"][0]["contact_count"], 1);

    let refused = person.post(STAGE_DELETION.url(&ids[0]), &[]).await.expect(303);
    drop(refused);
    let conflict = program
        .send(Method::DELETE, &API_STAGE.url(&ids[0]), None, "".into())
        .await;
    assert_eq!(conflict.expect(409).json()["code"], "in_use");
    person.post(STAGE_DELETION.url(&ids[1]), &[]).await.expect(303);
    assert_eq!(names(&person.get(STAGES.url()).await), ["Lead", "Opportunity"]);

    let patch = json!({"name": "Prospect", "weight": 99});
    program
        .json(Method::PATCH, API_STAGE.url(&ids[0]), &patch)
        .await
        .expect(200);
    assert_eq!(
        names(&person.get(STAGES.url()).await),
        ["Opportunity", "Prospect"]
    );
    let viewer = app.person_as(app.org, Role::Member);
    viewer.get(STAGES.url()).await.expect(200);
    viewer.post(STAGE_NEW.url(), &[("name", "X")]).await.expect(403);
    let stranger = app.person_as(app.organizations.add("Other Ltd"), Role::Owner);
    stranger.get(STAGE.url(&ids[0])).await.expect(404);
}

#[tokio::test]
async fn moves_between_stages_stand_on_the_timeline() {
    let app = crm().await;
    let (lead, customer) = (stage(&app, "Lead").await, stage(&app, "Customer").await);
    let body = json!({"email": "bob@example.com", "stage_id": lead});
    let made = app
        .program()
        .json(Method::POST, API_CONTACTS.url(), &body)
        .await
        .expect(201)
        .json();
    let bob: ContactId = made["id"].as_str().unwrap().parse().unwrap();
    second(&app);
    let program = app.program();
    for to in [json!(customer), Value::Null] {
        second(&app);
        let body = json!({ "stage_id": to });
        program
            .json(Method::PUT, API_CONTACT_STAGE.url(&bob), &body)
            .await
            .expect(200);
    }
    let moves = timeline(&app, bob, "stages").await;
    let told: Vec<_> = moves.iter().map(|(_, m)| (&m["from"], &m["to"])).collect();
    assert_eq!(
        told,
        [
            (&json!(customer), &Value::Null),
            (&json!(lead), &json!(customer)),
            (&Value::Null, &json!(lead)),
        ]
    );
    let page = app
        .person()
        .get(CONTACT.with(&bob, &[("show", "stages")]))
        .await
        .expect(200);
    assert_eq!(
        page.texts(".moment-line > span:first-child"),
        [
            "Left the stage Customer",
            "Moved from Lead to Customer",
            "Entered the stage Lead"
        ]
    );
}

#[tokio::test]
async fn notes_are_written_changed_and_deleted_by_their_authors() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    let author = app.person_as(app.org, Role::Member);
    let form = [("text", "Wants a call\nbefore Friday"), ("kind", "call")];
    author.post(CONTACT_NOTES.url(&ann), &form).await.expect(303);
    let page = author
        .get(CONTACT.with(&ann, &[("show", "notes")]))
        .await
        .expect(200);
    assert_eq!(page.texts(".moment-line > span:first-child"), ["Call"]);
    assert!(page.texts(".moment-detail")[0].contains("before Friday"));
    assert!(page.texts(".moment-detail")[0].contains("Ada Example"));
    let edit = page
        .attributes(".moment-detail a.btn", "href")
        .pop()
        .expect("a way to change it");

    let colleague = app.person_as(app.org, Role::Member);
    let seen = colleague
        .get(CONTACT.with(&ann, &[("show", "notes")]))
        .await
        .expect(200);
    assert!(seen.attributes(".moment-detail a.btn", "href").is_empty());
    colleague.post(&edit, &[("text", "Mine now")]).await.expect(403);
    colleague.post(format!("{edit}/deletion"), &[]).await.expect(403);

    second(&app);
    let refused = author.post(&edit, &[("text", "  ")]).await.expect(422);
    assert!(refused.text().contains("Write something."));
    author
        .post(&edit, &[("text", "Called back"), ("kind", "call")])
        .await
        .expect(303);
    let page = author
        .get(CONTACT.with(&ann, &[("show", "notes")]))
        .await
        .expect(200);
    assert!(page.texts(".moment-detail")[0].contains("Called back"));
    assert!(page.texts(".moment-detail")[0].contains("edited"));
    app.person()
        .post(format!("{edit}/deletion"), &[])
        .await
        .expect(303);
    let page = author
        .get(CONTACT.with(&ann, &[("show", "notes")]))
        .await
        .expect(200);
    assert!(page.texts(".moment-line").is_empty());

    author
        .post(CONTACT_NOTES.url(&ann), &[("text", "")])
        .await
        .expect(422);
    author
        .post(CONTACT_NOTES.url(&ContactId::generate()), &form)
        .await
        .expect(404);
}

#[tokio::test]
async fn programs_write_notes_with_their_own_times() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    let program = app.program();
    let url = API_CONTACT_NOTES.url(&ann);
    let body = json!({"type": "meeting", "text": "Lunch", "occurred_at": "2026-01-05T12:00:00Z"});
    let made = program.json(Method::POST, &url, &body).await.expect(201);
    let note = made.location();
    program
        .json(Method::POST, &url, &json!({"text": "Later"}))
        .await
        .expect(201);
    let listed = program.get(&url).await.expect(200).json();
    let texts: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| &n["text"])
        .collect();
    assert_eq!(texts, ["Later", "Lunch"], "by when it took place");

    let changed = program
        .json(Method::PATCH, &note, &json!({"text": "Long lunch"}))
        .await
        .expect(200)
        .json();
    assert_eq!(changed["type"], "meeting");
    assert_eq!(changed["occurred_at"], "2026-01-05T12:00:00Z");
    program
        .json(Method::PATCH, &note, &json!({"type": "party"}))
        .await
        .expect(422);
    program
        .json(Method::POST, &url, &json!({"text": " "}))
        .await
        .expect(422);
    program
        .send(Method::DELETE, &note, None, "".into())
        .await
        .expect(204);
    program
        .send(Method::DELETE, &note, None, "".into())
        .await
        .expect(404);
    let other = app.program_with(app.organizations.add("Other Ltd"), Permission::ALL);
    other.get(&url).await.expect(404);
}

#[tokio::test]
async fn one_timeline_tells_everything_in_pages() {
    let app = crm().await;
    let ann = new_contact(&app).await;
    let lead = stage(&app, "Lead").await;
    let person = app.person();
    for n in 0..20 {
        second(&app);
        let city = format!("City {n}");
        let url = format!("{}/edit", CONTACT.url(&ann));
        person.post(url, &[("city", &city)]).await.expect(303);
        second(&app);
        let text = format!("Note {n}");
        person
            .post(CONTACT_NOTES.url(&ann), &[("text", &text)])
            .await
            .expect(303);
    }
    second(&app);
    let body = json!({ "stage_id": lead });
    app.program()
        .json(Method::PUT, API_CONTACT_STAGE.url(&ann), &body)
        .await
        .expect(200);

    let first = person.get(CONTACT.url(&ann)).await.expect(200);
    let said = first.texts(".moment-line > span:first-child");
    assert_eq!(said.len(), 30);
    assert_eq!(&said[2..4], ["Note", "Ada Example changed this contact"]);
    let more = first
        .attributes("li.moment[hx-get]", "hx-get")
        .pop()
        .expect("there is more");
    let part = person.clone().htmx().get(&more).await.expect(200);
    let rest = part.texts(".moment-line > span:first-child");
    assert_eq!(rest.len(), 13, "twelve entries, and how it began: {rest:?}");
    assert_eq!(rest[12], "Contact was added");
    assert!(
        part.texts(".moment-detail")[11].contains("Bonn"),
        "{:?}",
        part.texts(".moment-detail")
    );

    let all = timeline(&app, ann, "").await;
    assert_eq!(all.len(), 42);
    assert_eq!(timeline(&app, ann, "notes").await.len(), 20);
    assert_eq!(timeline(&app, ann, "notes,stages").await.len(), 21);
    let bad = API_CONTACT_TIMELINE.with(&ann, &[("show", "shoes")]);
    app.program().get(bad).await.expect(422);
    person
        .get(CONTACT.with(&ann, &[("show", "shoes")]))
        .await
        .expect(422);
}
