//! Doing something to many contacts, and taking it back.

use contracts::crm::{
    API_CONTACTS, CONTACT_NEW, CONTACTS, IMPORT_NEW,
    lists::{API_CONTACT_BULK, BULK_ACTIONS, BULK_REVIEW},
    people::API_STAGES,
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Permission, Role};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use testkit::{Client, TestApp};

use crate::support::crm;

/// So many people, every second of them in Bonn.
async fn crowd(app: &TestApp, count: usize) {
    let people: Vec<Value> = (0..count)
        .map(|n| {
            let city = if n % 2 == 0 { "Bonn" } else { "Kiel" };
            json!({"email": format!("p{n:05}@example.com"), "city": city})
        })
        .collect();
    for some in people.chunks(1000) {
        app.program()
            .json(Method::POST, "/api/v1/contacts/batch", &json!({"contacts": some}))
            .await
            .expect(200);
    }
}

/// Starts an action as the list does, and waits for its end. Returns the address of its page.
async fn act(app: &TestApp, person: &Client, fields: &[(&str, &str)]) -> String {
    let url = person
        .post(BULK_ACTIONS.url(), fields)
        .await
        .expect(303)
        .location();
    app.run_until_idle().await;
    url
}

async fn figures(person: &Client, url: &str) -> Vec<String> {
    person.get(url).await.expect(200).texts(".stat-value")
}

/// Everything that the API shows of contacts, but for when they changed.
async fn everybody(app: &TestApp) -> Vec<Value> {
    let list = app
        .program()
        .get(API_CONTACTS.with(&[("sort", "email"), ("limit", "200")]))
        .await
        .expect(200)
        .json();
    let mut data = list["data"].as_array().unwrap().clone();
    for contact in &mut data {
        contact["updated_at"] = Value::Null;
    }
    data
}

const IN_BONN: &str = "filter%5Bcity%5D=Bonn";

#[tokio::test]
async fn the_review_says_whom_it_is_about_and_how_many_they_are() {
    let app = crm().await;
    crowd(&app, 60).await;
    let person = app.person();
    let page = person.get(CONTACTS.url()).await.expect(200);
    assert_eq!(page.attributes(".bulk-bar input[name=all]", "value"), ["1"]);
    let fields = [("action", "tag"), ("all", "1"), ("query", IN_BONN)];
    let page = person.post(BULK_REVIEW.url(), &fields).await.expect(200);
    let facts = page.texts(".facts dd");
    assert!(facts[0].contains("Bonn"), "{facts:?}");
    assert_eq!(facts[1], "30");
    assert!(page.text().contains("can be taken back for seven days"));
    let delete = [("action", "delete"), ("all", "1")];
    let page = person.post(BULK_REVIEW.url(), &delete).await.expect(200);
    assert!(page.text().contains("Deleting cannot be undone"));
    let nobody = person
        .post(BULK_REVIEW.url(), &[("action", "tag")])
        .await
        .expect(303);
    assert_eq!(nobody.location(), CONTACTS.url());
}

#[tokio::test]
async fn everybody_that_the_list_finds_is_tagged_and_given_back() {
    let app = crm().await;
    crowd(&app, 2_500).await;
    let person = app.person();
    let before = everybody(&app).await;
    let fields = [
        ("action", "tag"),
        ("all", "1"),
        ("query", IN_BONN),
        ("add", "north, west"),
    ];
    let url = act(&app, &person, &fields).await;
    assert_eq!(figures(&person, &url).await, ["1,250", "1,250", "0"]);
    let tagged = everybody(&app).await;
    assert_eq!(tagged[0]["tags"], json!(["north", "west"]));
    assert_eq!(tagged[1]["tags"], json!([]));

    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    let page = person.get(&url).await.expect(200);
    assert!(page.text().contains("The change was taken back"));
    assert_eq!(page.texts(".stat-value"), ["1,250", "1,250", "0", "1,250"]);
    assert_eq!(everybody(&app).await, before);
    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(everybody(&app).await, before, "it is taken back once");
}

#[tokio::test]
async fn owners_and_stages_are_given_to_many_and_taken_back() {
    let app = crm().await;
    crowd(&app, 20).await;
    let person = app.person();
    let before = everybody(&app).await;
    let stage = app
        .program()
        .json(Method::POST, API_STAGES.url(), &json!({"name": "Lead"}))
        .await
        .expect(201)
        .json();
    let stage = stage["id"].as_str().unwrap();
    let fields = [
        ("action", "set_stage"),
        ("all", "1"),
        ("query", IN_BONN),
        ("stage", stage),
    ];
    let url = act(&app, &person, &fields).await;
    assert_eq!(figures(&person, &url).await, ["10", "10", "0"]);
    assert_eq!(everybody(&app).await[0]["stage_id"], stage);
    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(everybody(&app).await, before);

    let stranger = kernel::UserId::generate().to_string();
    let fields = [("action", "set_owner"), ("all", "1"), ("owner", &stranger)];
    let page = person.post(BULK_ACTIONS.url(), &fields).await.expect(422);
    assert!(page.text().contains("Set the owner"));
    assert_eq!(everybody(&app).await, before, "nobody is given to a stranger");
}

#[tokio::test]
async fn people_who_stop_matching_because_of_the_action_are_all_come_to() {
    let app = crm().await;
    crowd(&app, 2_500).await;
    let person = app.person();
    let fields = [
        ("action", "set_field"),
        ("all", "1"),
        ("query", IN_BONN),
        ("field", "city"),
        ("value", "Rome"),
    ];
    let url = act(&app, &person, &fields).await;
    assert_eq!(figures(&person, &url).await, ["1,250", "1,250", "0"]);
    let left = person
        .get(format!("{}?{IN_BONN}", CONTACTS.url()))
        .await
        .expect(200);
    assert!(left.texts("tbody th a.link").is_empty());
}

#[tokio::test]
async fn what_somebody_changed_since_stays_as_they_left_it() {
    let app = crm().await;
    crowd(&app, 4).await;
    let person = app.person();
    let fields = [
        ("action", "set_field"),
        ("all", "1"),
        ("field", "city"),
        ("value", "Rome"),
    ];
    let url = act(&app, &person, &fields).await;
    let ann = everybody(&app).await[0]["id"].as_str().unwrap().to_owned();
    person
        .post(format!("/app/contacts/{ann}/edit"), &[("city", "Oslo")])
        .await
        .expect(303);
    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    let cities: Vec<Value> = everybody(&app).await.iter().map(|c| c["city"].clone()).collect();
    assert_eq!(cities, ["Oslo", "Kiel", "Bonn", "Kiel"]);
}

#[tokio::test]
async fn an_action_cannot_be_taken_back_after_a_week() {
    let app = crm().await;
    crowd(&app, 2).await;
    let person = app.person();
    let url = act(&app, &person, &[("action", "tag"), ("all", "1"), ("add", "a")]).await;
    app.clock.advance(SignedDuration::from_hours(7 * 24 + 1));
    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(everybody(&app).await[0]["tags"], json!(["a"]));
    assert!(
        !person
            .get(&url)
            .await
            .texts("button")
            .iter()
            .any(|text| text == "Take it back")
    );
}

#[tokio::test]
async fn a_value_that_does_not_fit_changes_nobody() {
    let app = crm().await;
    crowd(&app, 2).await;
    let person = app.person();
    let before = everybody(&app).await;
    let long = "x".repeat(101);
    for bad in [
        &[("action", "tag"), ("add", "")][..],
        &[("action", "tag"), ("add", &long)],
        &[("action", "set_field"), ("field", "shoe"), ("value", "1")],
        &[
            ("action", "set_field"),
            ("field", "email"),
            ("value", "x@example.com"),
        ],
        &[("action", "set_field"), ("field", "phone"), ("value", "call me")],
        &[("action", "set_field"), ("field", "city"), ("value", "")],
        &[("action", "sell")],
    ] {
        let fields = [bad, &[("all", "1")]].concat();
        let page = person.post(BULK_ACTIONS.url(), &fields).await.expect(422);
        assert!(!page.texts(".alert-danger, .field-error").is_empty(), "{bad:?}");
    }
    app.run_until_idle().await;
    assert_eq!(everybody(&app).await, before);
}

#[tokio::test]
async fn more_than_a_hundred_are_deleted_only_after_their_number_was_typed() {
    let app = crm().await;
    crowd(&app, 120).await;
    let person = app.person();
    let delete = [("action", "delete"), ("all", "1")];
    let page = person.post(BULK_REVIEW.url(), &delete).await.expect(200);
    assert_eq!(page.attributes("input[name=confirm]", "type").len(), 1);
    person.post(BULK_ACTIONS.url(), &delete).await.expect(422);
    let wrong = [&delete[..], &[("confirm", "12")]].concat();
    person.post(BULK_ACTIONS.url(), &wrong).await.expect(422);
    let typed = [&delete[..], &[("confirm", "120")]].concat();
    let url = act(&app, &person, &typed).await;
    assert_eq!(figures(&person, &url).await, ["120", "120", "0"]);
    assert!(everybody(&app).await.is_empty());
    assert!(person.get(&url).await.text().contains("cannot be taken back"));
}

#[tokio::test]
async fn whoever_is_not_to_be_contacted_is_not_written_to() {
    let app = crm().await;
    crowd(&app, 2).await;
    let person = app.person();
    act(
        &app,
        &person,
        &[("action", "do_not_contact"), ("all", "1"), ("query", IN_BONN)],
    )
    .await;
    let page = person.get(CONTACTS.with(&[("sort", "email")])).await.expect(200);
    assert_eq!(page.texts("tbody th .badge").len(), 1);
}

#[tokio::test]
async fn an_action_goes_on_where_a_crash_left_it() {
    let app = crm().await;
    crowd(&app, 2_500).await;
    let person = app.person();
    let mut owner = app.database.owner().await;
    for statement in [
        "CREATE FUNCTION crm.crash() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN IF NEW.email = 'p02222@example.com' THEN RAISE EXCEPTION 'crash'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER crash BEFORE UPDATE ON crm.contacts FOR EACH ROW EXECUTE FUNCTION crm.crash()",
    ] {
        sqlx::query(statement).execute(&mut owner).await.unwrap();
    }
    let fields = [("action", "tag"), ("all", "1"), ("add", "a")];
    let url = person
        .post(BULK_ACTIONS.url(), &fields)
        .await
        .expect(303)
        .location();
    let sql = |text: &'static str| sqlx::query(text);
    sql("UPDATE platform.jobs SET max_attempts = 2 WHERE kind = 'crm.run_bulk_action'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    let so_far = figures(&person, &url).await;
    assert_eq!(so_far[0], "2,000", "two pages are committed and the third is not");
    sql("DROP TRIGGER crash ON crm.contacts")
        .execute(&mut owner)
        .await
        .unwrap();
    sql("UPDATE platform.jobs SET state = 'queued', attempts = 0 WHERE kind = 'crm.run_bulk_action'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    assert_eq!(figures(&person, &url).await, ["2,500", "2,500", "0"]);
    let written: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.contact_changes WHERE cause = 'bulk'")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(written, 2_500, "nobody was left out or come to twice");
}

#[tokio::test]
async fn a_program_does_the_same() {
    let app = crm().await;
    crowd(&app, 4).await;
    let program = app.program();
    let body = json!({
        "action": {"type": "set_field", "field": "city", "value": null},
        "rule": {"all": [{"field": "city", "operator": "is", "value": "Kiel"}]},
    });
    let started = program
        .json(Method::POST, API_CONTACT_BULK.url(), &body)
        .await
        .expect(202);
    app.run_until_idle().await;
    assert_eq!(program.get(started.location()).await.json()["state"], "succeeded");
    let path = format!("/api/v1/contacts/bulk/{}", started.json()["id"].as_str().unwrap());
    let action = program.get(&path).await.expect(200).json();
    assert_eq!(
        (&action["state"], &action["changed"]),
        (&json!("finished"), &json!(2))
    );
    assert!(action["undo_until"].is_string());
    program
        .json(Method::POST, format!("{path}/undo"), &json!({}))
        .await
        .expect(202);
    app.run_until_idle().await;
    assert_eq!(program.get(&path).await.json()["state"], "undone");
    program
        .json(Method::POST, format!("{path}/undo"), &json!({}))
        .await
        .expect(409);
    for bad in [
        json!({"action": {"type": "tag", "add": ["a"]}}),
        json!({"action": {"type": "sell"}, "ids": []}),
        json!({"action": {"type": "delete"}, "rule": {"all": [{"field": "shoe"}]}}),
    ] {
        program
            .json(Method::POST, API_CONTACT_BULK.url(), &bad)
            .await
            .expect(422);
    }
}

#[tokio::test]
async fn actions_of_others_are_not_there() {
    let app = crm().await;
    crowd(&app, 2).await;
    let url = act(
        &app,
        &app.person(),
        &[("action", "tag"), ("all", "1"), ("add", "a")],
    )
    .await;
    let stranger = app.person_as(app.organizations.add("Other"), Role::Owner);
    stranger.get(&url).await.expect(404);
    for what in ["undo", "cancellation"] {
        stranger.post(format!("{url}/{what}"), &[]).await.expect(404);
    }
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer.get(&url).await.expect(200);
    viewer.post(format!("{url}/undo"), &[]).await.expect(403);
    viewer
        .post(BULK_REVIEW.url(), &[("action", "tag")])
        .await
        .expect(403);
    let reader = app.program_with(app.org, &[Permission::ContactsRead]);
    reader
        .json(Method::POST, API_CONTACT_BULK.url(), &json!({}))
        .await
        .expect(403);
}

async fn import(app: &TestApp, file: &str) -> String {
    let person = app.person();
    let url = person
        .upload(IMPORT_NEW.url(), "file", "people.csv", file.as_bytes())
        .await
        .expect(303)
        .location();
    person.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    url
}

#[tokio::test]
async fn an_import_is_taken_back() {
    let app = crm().await;
    let person = app.person();
    for fields in [
        [("email", "ann@example.com"), ("city", "Bonn"), ("tags", "old")],
        [("email", "bob@example.com"), ("city", "Kiel"), ("tags", "")],
    ] {
        person.post(CONTACT_NEW.url(), &fields).await.expect(303);
    }
    let before = everybody(&app).await;
    let file = "email,city,tags\nann@example.com,Rome,new\nbob@example.com,Kiel,\n\
                new@example.com,Oslo,new\nkept@example.com,Oslo,new\n";
    let url = import(&app, file).await;
    let kept = everybody(&app).await[2]["id"].as_str().unwrap().to_owned();
    app.clock.advance(SignedDuration::from_secs(1));
    person
        .post(format!("/app/contacts/{kept}/edit"), &[("city", "Bergen")])
        .await
        .expect(303);
    person.post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    let page = person.get(&url).await.expect(200);
    assert!(
        page.text().contains("The import was taken back"),
        "{}",
        page.text()
    );
    let after = everybody(&app).await;
    assert_eq!(after[..2], before, "what was overwritten is as it was");
    assert_eq!(after.len(), 3, "who was touched since stays, who was not is gone");
    assert_eq!(after[2]["city"], "Bergen");
    let again = format!("/api/v1{}/undo", &url["/app/contacts".len()..]);
    app.program()
        .json(Method::POST, again, &json!({}))
        .await
        .expect(409);
}

/// Random people, a random file, and what taking it back leaves.
#[test]
fn taking_an_import_back_restores_everybody_exactly() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let person = (0u8..6, "[A-C]?", "[a-c]{0,2}", any::<bool>());
    let people = proptest::collection::vec(person, 0..8);
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    });
    let app = runtime.block_on(crm());
    let case = |first: &[(u8, String, String, bool)], second: &[(u8, String, String, bool)]| {
        let file = |rows: &[(u8, String, String, bool)]| {
            let rows: Vec<String> = rows
                .iter()
                .map(|(who, city, tags, clears)| {
                    let tags: Vec<String> = tags.chars().map(String::from).collect();
                    let city = if *clears { "NULL" } else { city };
                    format!("p{who}@example.com,{city},{}\n", tags.join("|"))
                })
                .collect();
            format!("email,city,tags\n{}", rows.concat())
        };
        runtime.block_on(async {
            import(&app, &file(first)).await;
            let before = everybody(&app).await;
            let url = import(&app, &file(second)).await;
            app.person().post(format!("{url}/undo"), &[]).await.expect(303);
            app.run_until_idle().await;
            (before, everybody(&app).await)
        })
    };
    runner
        .run(&(people.clone(), people), |(first, second)| {
            let (before, after) = case(&first, &second);
            prop_assert_eq!(before, after);
            Ok(())
        })
        .unwrap();
}
