//! What columns of a file become besides fields and tags: owner, stage, points, company, activity.

use contracts::crm::{
    IMPORT_NEW,
    objects::{API_COMPANIES, API_COMPANY_CONTACTS},
    people::API_STAGES,
};
use http::Method;
use jiff::SignedDuration;
use kernel::StageId;
use serde_json::{Value, json};
use testkit::{TestApp, TestResponse};

use crate::support::crm;

/// Uploads a file and sends its mapping.
async fn map(app: &TestApp, file: &str, columns: &[&str], fields: &[(&str, &str)]) -> (String, TestResponse) {
    let person = app.person();
    let url = person
        .upload(IMPORT_NEW.url(), "file", "people.csv", file.as_bytes())
        .await
        .expect(303)
        .location();
    let mut form: Vec<(String, String)> = columns
        .iter()
        .enumerate()
        .map(|(n, target)| (format!("column_{n}"), (*target).to_owned()))
        .collect();
    form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = person.post(format!("{url}/mapping"), &form).await;
    app.run_until_idle().await;
    (url, answer)
}

async fn import(app: &TestApp, file: &str, columns: &[&str], fields: &[(&str, &str)]) -> String {
    let fields = [fields, &[("then", "start")]].concat();
    let (url, answer) = map(app, file, columns, &fields).await;
    answer.expect(303);
    app.clock.advance(SignedDuration::from_secs(1));
    url
}

async fn take_back(app: &TestApp, url: &str) {
    app.person().post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    app.clock.advance(SignedDuration::from_secs(1));
}

/// Created, updated, unchanged, rejected.
async fn figures(app: &TestApp, url: &str) -> Vec<String> {
    let mut all = app.person().get(url).await.expect(200).texts(".stat-value");
    all.truncate(4);
    all
}

async fn contact(app: &TestApp, email: &str) -> Value {
    let path = format!("/api/v1/contacts?q={email}");
    app.program().get(path).await.expect(200).json()["data"][0].clone()
}

async fn stage(app: &TestApp, name: &str) -> StageId {
    let body = json!({ "name": name });
    let made = app.program().json(Method::POST, API_STAGES.url(), &body).await;
    made.expect(201).json()["id"].as_str().unwrap().parse().unwrap()
}

/// The companies of somebody: name, and whether it is the primary one.
async fn companies(app: &TestApp, email: &str) -> Vec<(String, bool)> {
    let id = contact(app, email).await["id"].as_str().unwrap().to_owned();
    let path = API_COMPANIES.with(&[("filter[contact]", id.as_str()), ("sort", "name")]);
    let found = app.program().get(path).await.expect(200).json();
    let mut all = Vec::new();
    for company in found["data"].as_array().unwrap() {
        let record = company["id"].as_str().unwrap().parse().unwrap();
        let people = app
            .program()
            .get(API_COMPANY_CONTACTS.url(&record))
            .await
            .expect(200)
            .json();
        let link = people["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|link| link["id"] == id.as_str())
            .unwrap();
        all.push((
            company["name"].as_str().unwrap().to_owned(),
            link["primary"].as_bool().unwrap(),
        ));
    }
    all
}

async fn company(app: &TestApp, name: &str, external_id: &str) {
    let body = json!({"name": name, "external_id": external_id});
    app.program()
        .json(Method::POST, API_COMPANIES.url(), &body)
        .await
        .expect(201);
}

fn owned(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
    expected
        .iter()
        .map(|(name, primary)| ((*name).to_owned(), *primary))
        .collect()
}

#[tokio::test]
async fn people_get_the_owner_the_stage_and_the_points_that_a_file_names() {
    let app = crm().await;
    let bea = app.organizations.add_member(app.org, "Bea Example");
    let lead = stage(&app, "Lead").await;
    let columns = ["email", "owner", "stage", "points"];
    let file = "email,ownerusername,stage,points\n\
        ann@example.com,bea@example.com,lead,7\n\
        bob@example.com,Bea Example,,-2\n\
        cleo@example.com,nobody,Lead,1\n\
        dan@example.com,,Customer,1\n\
        eve@example.com,,,many\n";
    let url = import(&app, file, &columns, &[]).await;
    assert_eq!(figures(&app, &url).await, ["2", "0", "0", "3"]);
    let ann = contact(&app, "ann@example.com").await;
    assert_eq!(ann["owner_id"], bea.to_string());
    assert_eq!(ann["stage_id"], lead.to_string());
    assert_eq!(ann["points"], 7);
    let bob = contact(&app, "bob@example.com").await;
    assert_eq!(
        (&bob["owner_id"], &bob["points"]),
        (&json!(bea.to_string()), &json!(-2))
    );

    let report = app
        .person()
        .get(format!("{url}/errors.csv"))
        .await
        .expect(200)
        .text();
    for (code, column) in [
        ("unknown_owner", "ownerusername"),
        ("unknown_stage", "stage"),
        ("not_an_integer", "points"),
    ] {
        assert!(report.contains(&format!("\"{code}\",\"{column}\"")), "{report}");
    }
}

#[tokio::test]
async fn an_owner_a_stage_and_points_are_overwritten_by_rule_and_given_back() {
    let app = crm().await;
    let bea = app.organizations.add_member(app.org, "Bea Example");
    app.organizations.add_member(app.org, "Cleo Example");
    let (lead, won) = (stage(&app, "Lead").await, stage(&app, "Won").await);
    let columns = ["email", "owner", "stage", "points"];
    import(
        &app,
        "e,o,s,p\nann@example.com,bea@example.com,Lead,7\n",
        &columns,
        &[],
    )
    .await;
    let before = contact(&app, "ann@example.com").await;

    let rules = [("rule_1", "fill_empty"), ("rule_3", "leave")];
    let file = "e,o,s,p\nann@example.com,cleo@example.com,Won,9\n";
    let (checked, answer) = map(&app, file, &columns, &[&rules[..], &[("then", "check")]].concat()).await;
    answer.expect(303);
    let page = app.person().get(&checked).await.expect(200);
    let cells = page.texts(".card td");
    let row = |name: &str| {
        cells
            .iter()
            .position(|cell| cell == name)
            .map(|n| &cells[n + 1..n + 3])
    };
    assert_eq!(row("Stage").unwrap(), ["Lead", "Won"], "{cells:?}");
    assert_eq!(row("Owner"), None, "there is one already");

    let url = import(&app, file, &columns, &rules).await;
    let ann = contact(&app, "ann@example.com").await;
    assert_eq!(ann["owner_id"], bea.to_string());
    assert_eq!(ann["stage_id"], won.to_string());
    assert_eq!(ann["points"], 7);
    take_back(&app, &url).await;
    let after = contact(&app, "ann@example.com").await;
    for member in ["owner_id", "stage_id", "points"] {
        assert_eq!(after[member], before[member], "{member}");
    }

    let url = import(&app, "e,o,s,p\nann@example.com,NULL,NULL,NULL\n", &columns, &[]).await;
    let ann = contact(&app, "ann@example.com").await;
    assert_eq!(
        (&ann["owner_id"], &ann["stage_id"], &ann["points"]),
        (&Value::Null, &Value::Null, &json!(0))
    );
    take_back(&app, &url).await;
    let after = contact(&app, "ann@example.com").await;
    assert_eq!(after["owner_id"], bea.to_string());
    assert_eq!(after["stage_id"], lead.to_string());
    assert_eq!(after["points"], 7);
}

#[tokio::test]
async fn people_get_the_company_that_a_file_names_and_unknown_ones_are_made_once() {
    let app = crm().await;
    company(&app, "Acme", "C-1").await;
    company(&app, "Twin", "T-1").await;
    company(&app, "TWIN", "T-2").await;
    let columns = ["email", "primary_company"];
    let file = "email,company\n\
        ann@example.com,C-1\nbob@example.com,acme\ncleo@example.com,Globex\ndan@example.com,globex\n\
        eve@example.com,Twin\nfay@example.com,T-2\n";
    let url = import(&app, file, &columns, &[]).await;
    assert_eq!(figures(&app, &url).await, ["5", "0", "0", "1"]);
    for (email, name) in [
        ("ann", "Acme"),
        ("bob", "Acme"),
        ("cleo", "Globex"),
        ("dan", "Globex"),
        ("fay", "TWIN"),
    ] {
        let email = format!("{email}@example.com");
        assert_eq!(companies(&app, &email).await, owned(&[(name, true)]), "{email}");
        assert_eq!(contact(&app, &email).await["company"], name);
    }
    let report = app
        .person()
        .get(format!("{url}/errors.csv"))
        .await
        .expect(200)
        .text();
    assert!(report.contains("\"ambiguous_company\""), "{report}");
    let all = app.program().get(API_COMPANIES.url()).await.expect(200).json();
    assert_eq!(all["data"].as_array().unwrap().len(), 4, "Globex was made once");
    let again = import(&app, "email,company\nann@example.com,Acme\n", &columns, &[]).await;
    assert_eq!(figures(&app, &again).await, ["0", "0", "1", "0"]);
}

#[tokio::test]
async fn a_company_that_an_import_gave_is_taken_back() {
    let app = crm().await;
    let columns = ["email", "primary_company"];
    import(
        &app,
        "e,c\nann@example.com,Acme\nbob@example.com,\n",
        &columns,
        &[],
    )
    .await;
    let file = "e,c\nann@example.com,Globex\nbob@example.com,Globex\ncleo@example.com,Globex\n";
    let fill = import(&app, file, &columns, &[("rule_1", "fill_empty")]).await;
    assert_eq!(figures(&app, &fill).await, ["1", "1", "1", "0"]);
    assert_eq!(companies(&app, "ann@example.com").await, owned(&[("Acme", true)]));
    assert_eq!(
        companies(&app, "bob@example.com").await,
        owned(&[("Globex", true)])
    );
    take_back(&app, &fill).await;
    assert_eq!(companies(&app, "bob@example.com").await, owned(&[]));
    assert_eq!(contact(&app, "bob@example.com").await["company"], "");

    let over = import(&app, file, &columns, &[]).await;
    assert_eq!(
        companies(&app, "ann@example.com").await,
        owned(&[("Acme", false), ("Globex", true)]),
        "the one before stays one of theirs"
    );
    take_back(&app, &over).await;
    assert_eq!(companies(&app, "ann@example.com").await, owned(&[("Acme", true)]));
    assert_eq!(contact(&app, "ann@example.com").await["company"], "Acme");

    let gone = import(&app, "e,c\nann@example.com,NULL\n", &columns, &[]).await;
    assert_eq!(companies(&app, "ann@example.com").await, owned(&[]));
    take_back(&app, &gone).await;
    assert_eq!(companies(&app, "ann@example.com").await, owned(&[("Acme", true)]));
    assert_eq!(contact(&app, "ann@example.com").await["company"], "Acme");
}

#[tokio::test]
async fn what_other_systems_note_of_activity_and_identification_is_kept() {
    let app = crm().await;
    let columns = ["email", "last_active_at", "identified_at", "skip"];
    let file = "email,lastActive,dateIdentified,ip\nann@example.com,2026-01-05 10:00:00,2025-03-01 09:00:00,192.0.2.1\n";
    let (url, answer) = map(&app, file, &columns, &[("then", "save")]).await;
    answer.expect(303);
    let page = app.person().get(&url).await.expect(200);
    assert!(page.text().contains("IP addresses are not kept"));
    let first = import(&app, file, &columns, &[]).await;
    let ann = contact(&app, "ann@example.com").await;
    assert_eq!(ann["last_active_at"], "2026-01-05T10:00:00Z");
    assert_eq!(ann["created_at"], "2025-03-01T09:00:00Z");

    let columns = ["email", "last_active_at"];
    let earlier = import(&app, "e,l\nann@example.com,2025-12-31 10:00:00\n", &columns, &[]).await;
    assert_eq!(figures(&app, &earlier).await, ["0", "0", "1", "0"]);
    let later = import(&app, "e,l\nann@example.com,2026-01-06 10:00:00\n", &columns, &[]).await;
    assert_eq!(figures(&app, &later).await, ["0", "1", "0", "0"]);
    assert_eq!(
        contact(&app, "ann@example.com").await["last_active_at"],
        "2026-01-06T10:00:00Z"
    );
    take_back(&app, &first).await;
    assert_eq!(
        contact(&app, "ann@example.com").await,
        Value::Null,
        "that a file says when somebody was active is not activity"
    );
}

#[tokio::test]
async fn owners_and_stages_are_recognised_by_what_stands_in_their_columns() {
    let app = crm().await;
    app.organizations.add_member(app.org, "Bea Example");
    stage(&app, "Lead").await;
    let person = app.person();
    let targets = async |file: &str| {
        let url = person
            .upload(IMPORT_NEW.url(), "file", "people.csv", file.as_bytes())
            .await
            .expect(303)
            .location();
        let page = person.get(&url).await.expect(200);
        page.attributes("#mapping select[name^=column_] option[selected]", "value")
    };
    let file = "email,ownerusername,stage,points,company\nann@example.com,bea@example.com,Lead,3,Acme\n";
    assert_eq!(
        targets(file).await,
        ["email", "owner", "stage", "points", "primary_company"]
    );
    let file = "email,ownerusername,stage\nann@example.com,admin,Subscriber\n";
    assert_eq!(targets(file).await, ["email", "skip", "skip"]);
}

#[tokio::test]
async fn a_program_maps_columns_to_the_same() {
    let app = crm().await;
    let bea = app.organizations.add_member(app.org, "Bea Example");
    let query = "columns=email,owner,points,primary_company";
    let file = "a,b,c,d\nann@example.com,bea@example.com,4,Acme\n";
    app.program()
        .send(
            Method::POST,
            &format!("/api/v1/imports?{query}"),
            Some("text/csv"),
            file.into(),
        )
        .await
        .expect(202);
    app.run_until_idle().await;
    let ann = contact(&app, "ann@example.com").await;
    assert_eq!(ann["owner_id"], bea.to_string());
    assert_eq!(ann["points"], 4);
    assert_eq!(companies(&app, "ann@example.com").await, owned(&[("Acme", true)]));
}

#[tokio::test]
async fn stages_that_do_not_exist_are_made_when_the_mapping_says_so() {
    let app = crm().await;
    let lead = stage(&app, "Lead").await;
    let columns = ["email", "stage"];
    let file = "email,stage\n\
        ann@example.com,Lead\n\
        bob@example.com,Customer\n\
        cleo@example.com,CUSTOMER\n\
        nobody,Never\n";
    let refused = import(&app, file, &columns, &[]).await;
    assert_eq!(
        figures(&app, &refused).await,
        ["1", "0", "0", "3"],
        "by default they are not"
    );

    let make = [("create_stages", "true")];
    let (checked, answer) = map(&app, file, &columns, &[&make[..], &[("then", "check")]].concat()).await;
    answer.expect(303);
    let page = app.person().get(&checked).await.expect(200);
    assert!(page.text().contains("New stages: Customer"), "{}", page.text());
    let names = async || {
        let all = app.program().get(API_STAGES.url()).await.expect(200).json();
        let all = all["data"].as_array().unwrap().iter();
        all.map(|stage| stage["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Lead"], "a dry run makes none");

    let url = import(&app, file, &columns, &make).await;
    assert_eq!(figures(&app, &url).await, ["2", "0", "1", "1"]);
    assert_eq!(
        names().await,
        ["Lead", "Customer"],
        "at the end of the funnel, and none for a row that is rejected"
    );
    let of = async |email: &str| contact(&app, email).await["stage_id"].clone();
    assert_eq!(of("ann@example.com").await, lead.to_string());
    assert_eq!(of("bob@example.com").await, of("cleo@example.com").await);

    let query = "/api/v1/imports?create_stages=true";
    let file = "email,stage\ndan@example.com,Partner\n";
    app.program()
        .send(Method::POST, query, Some("text/csv"), file.into())
        .await
        .expect(202);
    app.run_until_idle().await;
    assert_eq!(names().await, ["Lead", "Customer", "Partner"]);
    assert_ne!(of("dan@example.com").await, Value::Null);
}
