//! Contacts, fields, tags and imports by the API.

use contracts::crm::{consent::API_TOPICS, objects::API_COMPANIES, people::API_STAGES};
use http::Method;
use kernel::Permission;
use serde_json::{Value, json};
use testkit::{Client, TestApp};

use crate::support::crm;

const CONTACTS: &str = "/api/v1/contacts";

async fn create(program: &Client, body: &Value) -> Value {
    program
        .json(Method::POST, CONTACTS, body)
        .await
        .expect(201)
        .json()
}

async fn patch(program: &Client, path: &str, body: &Value) -> testkit::TestResponse {
    let kind = Some("application/merge-patch+json");
    program
        .send(Method::PATCH, path, kind, body.to_string().into())
        .await
}

fn path(contact: &Value) -> String {
    format!("{CONTACTS}/{}", contact["id"].as_str().unwrap())
}

async fn with_plan() -> (TestApp, Client) {
    let app = crm().await;
    let program = app.program();
    let field = json!({"key": "plan", "label": "Plan", "type": "select", "options": ["free", "pro"]});
    program
        .json(Method::POST, "/api/v1/fields", &field)
        .await
        .expect(201);
    (app, program)
}

#[tokio::test]
async fn a_contact_is_created_read_patched_and_deleted() {
    let (_app, program) = with_plan().await;
    let made = program
        .json(Method::POST, CONTACTS, &json!({
            "email": "Ann@Example.com", "first_name": "Ann", "tags": ["vip"], "attributes": {"plan": "PRO"}
        }))
        .await
        .expect(201);
    let ann = made.json();
    assert_eq!(made.header("location"), Some(path(&ann).as_str()));
    assert_eq!(ann["email"], "ann@example.com");
    assert_eq!(
        ann["attributes"],
        json!({"plan": "pro"}),
        "the option's own spelling"
    );
    assert_eq!(ann["source"], "api");

    let read = program.get(path(&ann)).await.expect(200);
    assert_eq!(read.json(), ann);
    let changed = patch(
        &program,
        &path(&ann),
        &json!({"first_name": null, "city": "Bonn", "attributes": {"plan": null}}),
    )
    .await
    .expect(200)
    .json();
    assert_eq!(
        (changed["first_name"].as_str(), changed["city"].as_str()),
        (Some(""), Some("Bonn"))
    );
    assert_eq!(
        (&changed["attributes"], &changed["tags"]),
        (&json!({}), &json!(["vip"]))
    );

    program
        .send(Method::DELETE, &path(&ann), None, "".into())
        .await
        .expect(204);
    program.get(path(&ann)).await.expect(404);
    program
        .send(Method::DELETE, &path(&ann), None, "".into())
        .await
        .expect(404);
}

#[tokio::test]
async fn problems_point_to_their_place() {
    let (_app, program) = with_plan().await;
    let body = json!({"email": "nobody", "attributes": {"plan": "gold", "shoe": 1}});
    let problem = program
        .json(Method::POST, CONTACTS, &body)
        .await
        .expect(422)
        .json();
    let told: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("#/email", "invalid_email"),
            ("#/attributes/plan", "not_an_option"),
            ("#/attributes/shoe", "unknown_field")
        ]
    );
    program
        .json(Method::POST, CONTACTS, &json!({"emial": "a@b.example"}))
        .await
        .expect(422);
    program.json(Method::POST, CONTACTS, &json!({})).await.expect(422);
    program
        .send(Method::POST, CONTACTS, Some("application/json"), "{".into())
        .await
        .expect(400);
    let ann = create(&program, &json!({"email": "ann@example.com", "external_id": "7"})).await;
    let taken = program
        .json(Method::POST, CONTACTS, &json!({"email": "ANN@example.com"}))
        .await
        .expect(409)
        .json();
    assert_eq!(
        (&taken["code"], &taken["existing"]),
        (&json!("email_taken"), &ann["id"])
    );
    let bob = create(&program, &json!({"email": "bob@example.com"})).await;
    let taken = patch(&program, &path(&bob), &json!({"external_id": "7"}))
        .await
        .expect(409)
        .json();
    assert_eq!(taken["code"], "external_id_taken");
}

#[tokio::test]
async fn whoever_is_late_is_told() {
    let (app, program) = with_plan().await;
    let ann = create(&program, &json!({"email": "ann@example.com"})).await;
    let version = program.get(path(&ann)).await.header("etag").unwrap().to_owned();
    app.clock.advance(jiff::SignedDuration::from_secs(1));
    let first = program.clone().with("if-match", &version);
    patch(&first, &path(&ann), &json!({"city": "Bonn"}))
        .await
        .expect(200);
    patch(&first, &path(&ann), &json!({"city": "Kiel"}))
        .await
        .expect(412);
    first
        .send(Method::DELETE, &path(&ann), None, "".into())
        .await
        .expect(412);
    assert_eq!(program.get(path(&ann)).await.json()["city"], "Bonn");
}

#[tokio::test]
async fn upserts_are_idempotent() {
    let (_app, program) = with_plan().await;
    let put = |path: &'static str, body: Value| {
        let program = program.clone();
        async move { program.json(Method::PUT, path, &body).await }
    };
    let by_email = "/api/v1/contacts/by/email/ann%40example.com";
    let ann = put(by_email, json!({"first_name": "Ann", "tags": ["a", "b"]}))
        .await
        .expect(201)
        .json();
    let again = put(by_email, json!({"first_name": "Ann", "tags": ["a", "b"]}))
        .await
        .expect(200)
        .json();
    assert_eq!(ann, again);
    let changed = put(by_email, json!({"tags": ["b", "c"], "external_id": "7"}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["tags"], &changed["first_name"]),
        (&json!(["b", "c"]), &json!("Ann"))
    );
    let moved = put(
        "/api/v1/contacts/by/external_id/7",
        json!({"email": "anna@example.com"}),
    )
    .await
    .expect(200)
    .json();
    assert_eq!(moved["id"], ann["id"]);
    put("/api/v1/contacts/by/email/nobody", json!({}))
        .await
        .expect(422);
    put("/api/v1/contacts/by/phone/1", json!({})).await.expect(404);
}

#[tokio::test]
async fn each_item_of_a_batch_has_its_own_outcome() {
    let (_app, program) = with_plan().await;
    create(
        &program,
        &json!({"email": "ann@example.com", "first_name": "Ann"}),
    )
    .await;
    let body = json!({"contacts": [
        {"email": "ann@example.com", "first_name": "Ann"},
        {"email": "new@example.com", "attributes": {"plan": "pro"}},
        {"email": "nobody"},
        {"first_name": "Nobody"},
        {"email": "new@example.com", "city": "Bonn"},
    ]});
    let results = program
        .json(Method::POST, "/api/v1/contacts/batch", &body)
        .await
        .expect(200)
        .json();
    let results = results["results"].as_array().unwrap();
    let states: Vec<_> = results
        .iter()
        .map(|result| result["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["unchanged", "created", "rejected", "rejected", "updated"]
    );
    assert_eq!(results[2]["errors"][0]["pointer"], "#/contacts/2/email");
    assert_eq!(results[3]["errors"][0]["code"], "missing_identity");
    assert_eq!(results[1]["id"], results[4]["id"]);
    let many: Vec<Value> = (0..1001)
        .map(|n| json!({"email": format!("p{n}@b.example")}))
        .collect();
    program
        .json(Method::POST, "/api/v1/contacts/batch", &json!({"contacts": many}))
        .await
        .expect(422);
    let thousand = json!({"contacts": many[..1000], "identifier": "email"});
    let results = program
        .json(Method::POST, "/api/v1/contacts/batch", &thousand)
        .await
        .expect(200)
        .json();
    assert!(
        results["results"]
            .as_array()
            .unwrap()
            .iter()
            .all(|result| result["status"] == "created")
    );
}

#[tokio::test]
async fn lists_are_paged_by_cursor() {
    let (_app, program) = with_plan().await;
    let people: Vec<Value> = (0..25)
        .map(|n| json!({"email": format!("p{n:02}@b.example"), "tags": ["all"]}))
        .collect();
    program
        .json(
            Method::POST,
            "/api/v1/contacts/batch",
            &json!({"contacts": people}),
        )
        .await
        .expect(200);
    let mut path = format!("{CONTACTS}?limit=10&sort=email&filter[tag]=all&fields=email");
    let mut seen = Vec::new();
    loop {
        let response = program.get(&path).await.expect(200);
        let page = response.json();
        for contact in page["data"].as_array().unwrap() {
            assert_eq!(
                contact.as_object().unwrap().len(),
                2,
                "id and what was asked for: {contact}"
            );
            seen.push(contact["email"].as_str().unwrap().to_owned());
        }
        assert_eq!(page["has_more"], response.header("link").is_some());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("{CONTACTS}?limit=10&sort=email&filter[tag]=all&fields=email&cursor={cursor}");
    }
    assert_eq!(
        seen,
        (0..25).map(|n| format!("p{n:02}@b.example")).collect::<Vec<_>>()
    );
    program.get(format!("{CONTACTS}?sort=shoe")).await.expect(422);
    assert_eq!(
        program.get("/api/v1/tags").await.expect(200).json()["data"],
        json!([{"name": "all"}])
    );
}

#[tokio::test]
async fn fields_are_managed() {
    let (_app, program) = with_plan().await;
    let list = program.get("/api/v1/fields").await.expect(200).json();
    let field = format!("/api/v1/fields/{}", list["data"][0]["id"].as_str().unwrap());
    let changed = patch(
        &program,
        &field,
        &json!({"label": "The plan", "options": ["free", "gold"]}),
    )
    .await
    .expect(200)
    .json();
    assert_eq!(
        (&changed["label"], &changed["options"], &changed["key"]),
        (&json!("The plan"), &json!(["free", "gold"]), &json!("plan"))
    );
    patch(&program, &field, &json!({"options": []})).await.expect(422);
    patch(&program, &field, &json!({"key": "other"}))
        .await
        .expect(422);
    program
        .json(
            Method::POST,
            "/api/v1/fields",
            &json!({"key": "plan", "label": "x", "type": "text"}),
        )
        .await
        .expect(422);
    program
        .json(
            Method::POST,
            "/api/v1/fields",
            &json!({"key": "x", "label": "x", "type": "colour"}),
        )
        .await
        .expect(422);
    program
        .send(Method::DELETE, &field, None, "".into())
        .await
        .expect(204);
    program.get(&field).await.expect(404);
}

#[tokio::test]
async fn a_file_is_imported_by_one_request() {
    let app = crm().await;
    let program = app.program();
    let file = "email,first name,plan\nann@example.com,Ann,pro\nnobody,x,y\n";
    let query = "/api/v1/imports?file_name=people.csv&tags=a,b";
    let started = program
        .send(Method::POST, query, Some("text/csv"), file.into())
        .await
        .expect(202);
    let job = started.location();
    let import = format!("/api/v1/imports/{}", started.json()["id"].as_str().unwrap());
    assert_eq!(program.get(&job).await.expect(200).json()["state"], "queued");
    app.run_until_idle().await;
    assert_eq!(program.get(&job).await.expect(200).json()["state"], "succeeded");
    let report = program.get(&import).await.expect(200).json();
    assert_eq!(report["state"], "finished");
    assert_eq!(
        report["rows"],
        json!({"created": 1, "updated": 0, "unchanged": 0, "rejected": 1})
    );
    assert_eq!(report["reasons"], json!({"invalid_email": 1}));
    let errors = program
        .get(report["errors_url"].as_str().unwrap())
        .await
        .expect(200)
        .text();
    assert!(
        errors.contains("\"nobody\",\"x\",\"y\",\"3\",\"invalid_email\",\"email\""),
        "{errors}"
    );
    let ann = program.get(format!("{CONTACTS}?q=ann")).await.json()["data"][0].clone();
    assert_eq!(
        (&ann["tags"], &ann["attributes"]),
        (&json!(["a", "b"]), &json!({"plan": "pro"}))
    );
}

#[tokio::test]
async fn an_import_may_be_told_everything_or_only_look() {
    let app = crm().await;
    let program = app.program();
    let file = "x,y\n7,Ann\n8,Bob\n";
    let query =
        "/api/v1/imports?columns=external_id,first_name&identifier=external_id&existing=leave&dry_run=true";
    let started = program
        .upload(query, "file", "people.csv", file.as_bytes())
        .await
        .expect(202)
        .json();
    app.run_until_idle().await;
    let report = program
        .get(format!("/api/v1/imports/{}", started["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(report["state"], "checked");
    assert_eq!(report["file_name"], "people.csv");
    assert_eq!(
        report["dry_run"],
        json!({"created": 2, "updated": 0, "unchanged": 0, "rejected": 0})
    );
    assert_eq!(program.get(CONTACTS).await.json()["data"], json!([]));

    for (query, body, status) in [
        ("columns=email", "x,y\n1,2\n", 422),
        ("columns=email,shoe", "x,y\n1,2\n", 422),
        ("columns=skip,skip", "x,y\n1,2\n", 422),
        ("existing=maybe", "email\na@b.example\n", 422),
        ("", "", 422),
        ("", "PK\u{3}\u{4}", 422),
    ] {
        let path = format!("/api/v1/imports?{query}");
        program
            .send(Method::POST, &path, Some("text/csv"), body.into())
            .await
            .expect(status);
    }
    program
        .send(
            Method::POST,
            "/api/v1/imports",
            Some("application/json"),
            "{}".into(),
        )
        .await
        .expect(415);
}

#[tokio::test]
async fn a_key_may_do_only_what_it_was_given() {
    let (app, program) = with_plan().await;
    let ann = create(&program, &json!({"email": "ann@example.com"})).await;
    let reader = app.program_with(app.org, &[Permission::ContactsRead]);
    reader.get(path(&ann)).await.expect(200);
    reader
        .json(Method::POST, CONTACTS, &json!({"email": "x@example.com"}))
        .await
        .expect(403);
    reader
        .send(
            Method::POST,
            "/api/v1/imports",
            Some("text/csv"),
            "email\n".into(),
        )
        .await
        .expect(403);
    reader
        .json(Method::POST, "/api/v1/fields", &json!({}))
        .await
        .expect(403);
    let stranger = app.program_with(app.organizations.add("Other Ltd"), Permission::ALL);
    stranger.get(path(&ann)).await.expect(404);
    patch(&stranger, &path(&ann), &json!({"city": "Bonn"}))
        .await
        .expect(404);
    stranger
        .send(Method::DELETE, &path(&ann), None, "".into())
        .await
        .expect(404);
    app.stranger().get(path(&ann)).await.expect(401);
}

#[tokio::test]
async fn every_object_has_a_version_and_is_changed_only_if_it_is_the_one_that_is_known() {
    let app = crm().await;
    let program = app.program();
    let made = [
        (API_STAGES.url(), json!({"name": "Lead"})),
        (API_COMPANIES.url(), json!({"name": "Acme"})),
        (API_TOPICS.url(), json!({"name": "News"})),
    ];
    for (list, body) in made {
        let url = program
            .json(Method::POST, &list, &body)
            .await
            .expect(201)
            .location();
        let first = program.get(&url).await.expect(200);
        let version = first.header("etag").expect("it has a version").to_owned();
        let known = program.clone().with("if-none-match", &version);
        assert_eq!(known.get(&url).await.expect(304).text(), "", "{url}");

        let careful = program.clone().with("if-match", &version);
        let renamed = json!({"name": "Renamed"});
        app.clock.advance(jiff::SignedDuration::from_secs(1));
        patch(&careful, &url, &renamed).await.expect(200);
        let again = patch(&careful, &url, &json!({"name": "Lost"})).await;
        assert_eq!(again.expect(412).json()["code"], "precondition_failed");
        careful
            .send(Method::DELETE, &url, None, "".into())
            .await
            .expect(412);

        let now = known.get(&url).await.expect(200);
        assert_eq!(now.json()["name"], "Renamed", "{url}");
        assert_ne!(now.header("etag"), Some(version.as_str()));
        let any = program.clone().with("if-match", "*");
        any.send(Method::DELETE, &url, None, "".into()).await.expect(204);
        any.send(Method::DELETE, &url, None, "".into()).await.expect(404);
    }
}

#[tokio::test]
async fn a_key_that_may_not_read_cannot_ask_for_a_version() {
    let app = crm().await;
    let stage = json!({"name": "Lead"});
    let made = app.program().json(Method::POST, API_STAGES.url(), &stage).await;
    let url = made.expect(201).location();
    let writer = app
        .program_with(app.org, &[Permission::FieldsWrite])
        .with("if-match", "*");
    patch(&writer, &url, &json!({"name": "Other"})).await.expect(403);
}
