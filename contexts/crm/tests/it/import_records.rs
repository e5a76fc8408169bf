//! Imports of records: companies, and what an organisation defines itself.

use contracts::crm::{
    API_CONTACTS, API_FIELD, API_IMPORT, API_IMPORTS, IMPORT, IMPORT_NEW, IMPORTS,
    consent::API_CONTACT_ERASURE,
    lists::API_IMPORT_UNDO,
    objects::{
        API_COMPANIES, API_COMPANY, API_COMPANY_BY, API_COMPANY_CONTACTS, API_OBJECT, API_RECORD_BY,
        API_RECORD_LINKS, API_RECORDS, API_RELATIONS, RECORDS,
    },
};
use http::Method;
use jiff::SignedDuration;
use kernel::{ContactId, FieldId, ImportId, Permission, RecordId, Role};
use serde_json::{Value, json};
use testkit::{Client, TestApp, TestResponse};

use crate::{
    objects::{define, field},
    support::{call, crm, id_of},
};

/// Sends the form of the upload page.
async fn upload(person: &Client, object: &str, content: &[u8]) -> TestResponse {
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"object\"\r\n\r\n{object}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
    let kind = Some("multipart/form-data; boundary=b");
    person
        .send(Method::POST, &IMPORT_NEW.url(), kind, body.into())
        .await
}

/// Uploads a file, maps its columns and imports it. `fields` are further fields of the form.
async fn import(
    app: &TestApp,
    object: &str,
    file: &str,
    columns: &[&str],
    fields: &[(&str, &str)],
) -> String {
    let person = app.person();
    let url = upload(&person, object, file.as_bytes())
        .await
        .expect(303)
        .location();
    map(&person, &url, columns, fields, "start").await.expect(303);
    app.run_until_idle().await;
    app.clock.advance(SignedDuration::from_secs(1));
    url
}

async fn map(
    person: &Client,
    url: &str,
    columns: &[&str],
    fields: &[(&str, &str)],
    then: &str,
) -> TestResponse {
    let mut form: Vec<(String, String)> = columns
        .iter()
        .enumerate()
        .map(|(n, target)| (format!("column_{n}"), (*target).to_owned()))
        .collect();
    form.push(("then".to_owned(), then.to_owned()));
    form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    person.post(format!("{url}/mapping"), &form).await
}

/// What the columns are suggested to become.
async fn suggested(person: &Client, url: &str) -> Vec<String> {
    let page = person.get(url).await.expect(200);
    page.attributes("#mapping select[name^=column_] option[selected]", "value")
}

/// Created, updated, unchanged, rejected.
async fn figures(app: &TestApp, url: &str) -> Vec<String> {
    let mut all = app.person().get(url).await.expect(200).texts(".stat-value");
    all.truncate(4);
    all
}

async fn take_back(app: &TestApp, url: &str) {
    app.person().post(format!("{url}/undo"), &[]).await.expect(303);
    app.run_until_idle().await;
    app.clock.advance(SignedDuration::from_secs(1));
}

async fn get(app: &TestApp, url: String) -> Value {
    app.program().get(url).await.expect(200).json()
}

/// The companies, by name.
async fn companies(app: &TestApp) -> Vec<Value> {
    let found = get(app, API_COMPANIES.with(&[("sort", "name")])).await;
    found["data"].as_array().unwrap().clone()
}

async fn company(app: &TestApp, name: &str) -> Value {
    let all = companies(app).await;
    all.into_iter()
        .find(|company| company["name"] == name)
        .unwrap_or_default()
}

fn record_id(record: &Value) -> RecordId {
    record["id"].as_str().unwrap().parse().unwrap()
}

async fn contact(app: &TestApp, email: &str) -> ContactId {
    let (name, _) = email.split_once('@').unwrap();
    let body = json!({"email": email, "external_id": format!("x-{name}")});
    let made = call(&app.program(), Method::POST, API_CONTACTS.url(), &body).await;
    made.expect(201).json()["id"].as_str().unwrap().parse().unwrap()
}

/// The addresses of the people of a company.
async fn people(app: &TestApp, company: &Value) -> Vec<String> {
    let found = get(app, API_COMPANY_CONTACTS.url(&record_id(company))).await;
    let mut all: Vec<String> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| person["email"].as_str().unwrap().to_owned())
        .collect();
    all.sort_unstable();
    all
}

async fn text_of_company(app: &TestApp, email: &str) -> Value {
    let found = get(app, format!("/api/v1/contacts?q={email}")).await;
    found["data"][0]["company"].clone()
}

async fn unique(app: &TestApp, object: &str, key: &str) {
    let made = field(app, object, key, "text").await;
    let id: FieldId = made["id"].as_str().unwrap().parse().unwrap();
    let patch = json!({"unique_identifier": true});
    call(&app.program(), Method::PATCH, API_FIELD.url(&id), &patch)
        .await
        .expect(200);
    app.run_until_idle().await;
}

/// Products, and orders of people that have them and, each, one of them as a gift.
async fn shop(app: &TestApp) {
    define(app, "products", "Product", "Products", "catalogue").await;
    define(app, "orders", "Order", "Orders", "records").await;
    field(app, "orders", "total", "number").await;
    for (key, inverse, label, single) in [
        ("items", "orders", "Items", false),
        ("gift", "gift_of", "Gift", true),
    ] {
        let body =
            json!({"to": "products", "key": key, "inverse_key": inverse, "label": label, "single": single});
        call(
            &app.program(),
            Method::POST,
            API_RELATIONS.url(&"orders".to_owned()),
            &body,
        )
        .await
        .expect(201);
    }
    let file = "sku,name\np1,Tea\np2,Cup\np3,Pot\n";
    let url = import(
        app,
        "products",
        file,
        &["external_id", "name"],
        &[("identity", "external_id")],
    )
    .await;
    assert_eq!(figures(app, &url).await, ["3", "0", "0", "0"]);
}

async fn order(app: &TestApp, external_id: &str) -> Value {
    get(
        app,
        API_RECORD_BY.url(&"orders".to_owned(), &external_id.to_owned()),
    )
    .await
}

/// The names of the products that an order is linked with, by relation.
async fn linked(app: &TestApp, order: &Value, relation: &str) -> Vec<String> {
    let found = get(app, API_RECORD_LINKS.url(&"orders".to_owned(), &record_id(order))).await;
    let mut names: Vec<String> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|link| link["relation"] == relation)
        .map(|link| link["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn companies_of_mautic_are_imported_as_they_come() {
    let app = crm().await;
    let person = app.person();
    let list = person.get(RECORDS.url(&"companies".to_owned())).await.expect(200);
    let links = list.attributes("a.btn", "href");
    assert!(
        links.contains(&IMPORT_NEW.with(&[("object", "companies")])),
        "{links:?}"
    );
    let form = person
        .get(IMPORT_NEW.with(&[("object", "companies")]))
        .await
        .expect(200);
    assert_eq!(form.texts("h1"), ["Import Companies"]);
    assert_eq!(
        form.attributes("select[name=object] option[selected]", "value"),
        ["companies"]
    );

    let file = include_bytes!("../fixtures/mautic_companies.csv");
    let url = upload(&person, "companies", file).await.expect(303).location();
    let targets = suggested(&person, &url).await;
    let attribute = |key: &str| format!("attribute:{key}");
    let mut wanted = vec!["skip".to_owned(), "name".to_owned()];
    wanted.extend(
        [
            "email",
            "address1",
            "address2",
            "city",
            "state",
            "zipcode",
            "country",
            "phone",
            "website",
            "number_of_employees",
            "fax",
            "annual_revenue",
            "industry",
            "description",
        ]
        .map(attribute),
    );
    wanted.extend(["skip".to_owned(), "skip".to_owned()]);
    assert_eq!(targets, wanted);

    let columns: Vec<&str> = targets.iter().map(String::as_str).collect();
    let by_name = [("identity", "name")];
    map(&person, &url, &columns, &by_name, "check").await.expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&app, &url).await, ["2", "1", "0", "3"]);
    assert!(
        companies(&app).await.is_empty(),
        "nothing is written by a dry run"
    );

    person.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&app, &url).await, ["2", "1", "0", "3"]);
    let globex = company(&app, "Globex \"North\" GmbH").await;
    assert_eq!(
        globex["attributes"],
        json!({
            "email": "info@globex.example", "address1": "Hauptstr. 1", "address2": "2. Stock", "city": "Köln",
            "zipcode": "50667", "country": "Germany", "phone": "+49 221 1234",
            "website": "https://globex.example", "number_of_employees": 250, "annual_revenue": 1_250_000.5,
            "industry": "Energy", "description": "Makes\nmany things",
        })
    );
    let initech = company(&app, "Initech").await;
    assert_eq!(
        initech["attributes"]["city"], "Dallas",
        "the row further down is of the same company, whatever its capitals"
    );
    assert_eq!(initech["attributes"]["description"], "=1+1", "a formula is text");

    let errors = person.get(format!("{url}/errors.csv")).await.expect(200).text();
    for (code, column) in [
        ("invalid_email", "companyemail"),
        ("not_a_number", "companynumber_of_employees"),
        ("missing_record_key", ""),
    ] {
        assert!(errors.contains(&format!("\"{code}\",\"{column}\"")), "{errors}");
    }
    let again = import(
        &app,
        "companies",
        "companyname,companycity\nINITECH,Dallas\nGlobex \"North\" GmbH,\n",
        &["name", "attribute:city"],
        &by_name,
    )
    .await;
    assert_eq!(figures(&app, &again).await, ["0", "0", "2", "0"]);
    let imports = person.get(IMPORTS.url()).await.expect(200);
    assert!(imports.texts("tbody td").contains(&"Companies".to_owned()));
    let report = person.get(&again).await.expect(200);
    assert!(report.texts("a.btn").contains(&"See Companies".to_owned()));
}

#[tokio::test]
async fn records_of_ones_own_object_come_with_their_people_and_links() {
    let app = crm().await;
    shop(&app).await;
    contact(&app, "ann@example.com").await;
    contact(&app, "bob@example.com").await;
    let file = "Order ID,Total,Customer,Items,Gift\n\
        o1,12.50,ANN@example.com,p1|p2,p3\n\
        o2,7,ann@example.com|x-bob,,\n\
        o3,1,nobody@example.com,,\n\
        o4,1,,p1|p9,\n\
        o5,1,,,p1|p2\n\
        o6,much,,,\n\
        o1,12.50,bob@example.com,,\n";
    let person = app.person();
    let url = upload(&person, "orders", file.as_bytes())
        .await
        .expect(303)
        .location();
    let columns = [
        "external_id",
        "attribute:total",
        "contacts",
        "link:items",
        "link:gift",
    ];
    assert_eq!(suggested(&person, &url).await, columns);
    map(&person, &url, &columns, &[("identity", "external_id")], "start")
        .await
        .expect(303);
    app.run_until_idle().await;
    assert_eq!(
        figures(&app, &url).await,
        ["2", "1", "0", "4"],
        "a row that only links somebody is an update"
    );
    let o1 = order(&app, "o1").await;
    assert_eq!(o1["attributes"]["total"], 12.5);
    assert_eq!(linked(&app, &o1, "items").await, ["Cup", "Tea"]);
    assert_eq!(linked(&app, &o1, "gift").await, ["Pot"]);
    let of = async |contact: &str| {
        let found = get(&app, format!("/api/v1/contacts?q={contact}")).await;
        let id = found["data"][0]["id"].as_str().unwrap().to_owned();
        let orders = API_RECORDS.with(&"orders".to_owned(), &[("filter[contact]", id.as_str())]);
        let orders = get(&app, orders).await;
        let mut ids: Vec<String> = orders["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| order["external_id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(of("ann@example.com").await, ["o1", "o2"]);
    assert_eq!(of("bob@example.com").await, ["o1", "o2"]);
    let errors = person.get(format!("{url}/errors.csv")).await.expect(200).text();
    for (code, column) in [
        ("unknown_contact", "Customer"),
        ("unknown_record", "Items"),
        ("single_relation", "Gift"),
        ("not_a_number", "Total"),
    ] {
        assert!(errors.contains(&format!("\"{code}\",\"{column}\"")), "{errors}");
    }

    // Another gift takes the place of the first, and other items are added.
    let again = import(
        &app,
        "orders",
        "id,items,gift\no1,p3,p1\no1,p3,p2\no2,,\n",
        &["external_id", "link:items", "link:gift"],
        &[("identity", "external_id")],
    )
    .await;
    assert_eq!(figures(&app, &again).await, ["0", "2", "1", "0"]);
    assert_eq!(linked(&app, &o1, "items").await, ["Cup", "Pot", "Tea"]);
    assert_eq!(linked(&app, &o1, "gift").await, ["Cup"], "the last row counts");

    take_back(&app, &again).await;
    assert_eq!(linked(&app, &o1, "items").await, ["Cup", "Tea"]);
    assert_eq!(linked(&app, &o1, "gift").await, ["Pot"]);
    take_back(&app, &url).await;
    let all = get(&app, API_RECORDS.url(&"orders".to_owned())).await;
    assert_eq!(all["data"], json!([]));
    assert_eq!(
        get(&app, API_RECORDS.url(&"products".to_owned())).await["data"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn records_are_told_apart_by_external_id_name_or_a_unique_field() {
    let app = crm().await;
    unique(&app, "companies", "tax_no").await;
    let columns = ["external_id", "name", "attribute:tax_no", "attribute:city"];
    let by_id = [("identity", "external_id")];
    let file = "id,name,tax,city\nc1,Acme,T1,Bonn\nc2,Beta,T2,Kiel\nc3,Acme,T3,Jena\n";
    import(&app, "companies", file, &columns, &by_id).await;

    let by_tax = [("identity", "attributes.tax_no")];
    let url = import(
        &app,
        "companies",
        "tax,city\nt1,Rome\nT9,Oslo\n",
        &["attribute:tax_no", "attribute:city"],
        &by_tax,
    )
    .await;
    assert_eq!(
        figures(&app, &url).await,
        ["0", "1", "0", "1"],
        "whatever its capitals; a new one has no name"
    );
    let url = import(
        &app,
        "companies",
        "name,city\nbeta,Paris\nAcme,Rome\nGamma,Graz\nGAMMA,Linz\n",
        &["name", "attribute:city"],
        &[("identity", "name")],
    )
    .await;
    assert_eq!(
        figures(&app, &url).await,
        ["1", "2", "0", "1"],
        "two are called Acme"
    );
    let errors = app
        .person()
        .get(format!("{url}/errors.csv"))
        .await
        .expect(200)
        .text();
    assert!(errors.contains("\"several_records\",\"name\""), "{errors}");
    assert_eq!(company(&app, "Beta").await["attributes"]["city"], "Paris");
    assert_eq!(company(&app, "Gamma").await["attributes"]["city"], "Linz");

    // An identifier of another one is not taken from it.
    let url = import(
        &app,
        "companies",
        "id,name,tax\nc1,Acme,T2\nc9,Delta,T3\nc4,Gamma2,T4\n",
        &["external_id", "name", "attribute:tax_no"],
        &by_id,
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["1", "0", "0", "2"]);
    let url = import(
        &app,
        "companies",
        "name,id\nBeta,c1\n",
        &["name", "external_id"],
        &[("identity", "name")],
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["0", "0", "0", "1"]);
    let errors = app
        .person()
        .get(format!("{url}/errors.csv"))
        .await
        .expect(200)
        .text();
    assert!(errors.contains("\"record_external_id_taken\",\"id\""), "{errors}");

    let person = app.person();
    let url = upload(&person, "companies", b"city,name\nBonn,Acme\n")
        .await
        .expect(303)
        .location();
    let wrong = map(
        &person,
        &url,
        &["attribute:city", "name"],
        &[("identity", "attributes.city")],
        "start",
    )
    .await
    .expect(422);
    let said = "Choose a field that is a unique identifier";
    assert!(wrong.text().contains(said), "{}", wrong.text());
}

#[tokio::test]
async fn rules_of_columns_hold_for_records_and_their_links() {
    let app = crm().await;
    contact(&app, "ann@example.com").await;
    let by_id = [("identity", "external_id")];
    let columns = [
        "external_id",
        "name",
        "attribute:city",
        "attribute:phone",
        "contacts",
    ];
    let first = "id,name,city,phone,people\nc1,Acme,Bonn,,\n";
    import(&app, "companies", first, &columns, &by_id).await;
    let rules = [
        ("rule_1", "leave"),
        ("rule_2", "fill_empty"),
        ("rule_3", "fill_empty"),
        ("rule_4", "leave"),
    ];
    let file = "id,name,city,phone,people\nc1,Acme Ltd,Kiel,12345,ann@example.com\nc2,Beta,Jena,67890,ann@example.com\n";
    let url = import(
        &app,
        "companies",
        file,
        &columns,
        &[&by_id[..], &rules[..]].concat(),
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["1", "1", "0", "0"]);
    let acme = company(&app, "Acme").await;
    assert_eq!(acme["attributes"], json!({"city": "Bonn", "phone": "12345"}));
    assert!(people(&app, &acme).await.is_empty());
    let beta = company(&app, "Beta").await;
    assert_eq!(beta["attributes"], json!({"city": "Jena", "phone": "67890"}));
    assert_eq!(
        people(&app, &beta).await,
        ["ann@example.com"],
        "a new one has nothing to lose"
    );

    let cleared = "id,name,city,phone,people\nc1,,NULL,,NULL\nc2,NULL,,,NULL\n";
    let url = import(&app, "companies", cleared, &columns, &by_id).await;
    assert_eq!(figures(&app, &url).await, ["0", "2", "0", "0"]);
    assert_eq!(
        company(&app, "Acme").await["attributes"],
        json!({"phone": "12345"})
    );
    let beta = get(&app, API_COMPANY_BY.url(&"c2".to_owned())).await;
    assert_eq!(beta["name"], "");
    assert_eq!(
        people(&app, &beta).await,
        ["ann@example.com"],
        "links are only added"
    );
    let leave = [("identity", "external_id"), ("existing", "leave")];
    let url = import(
        &app,
        "companies",
        "id,city\nc1,Rome\n",
        &["external_id", "attribute:city"],
        &leave,
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["0", "0", "1", "0"]);
}

#[tokio::test]
async fn a_dry_run_of_records_shows_what_would_change() {
    let app = crm().await;
    let columns = ["external_id", "name", "attribute:city"];
    let by_id = [("identity", "external_id")];
    import(
        &app,
        "companies",
        "id,name,city\nc1,Acme,Bonn\n",
        &columns,
        &by_id,
    )
    .await;
    let person = app.person();
    let file = b"id,name,city\nc1,Acme Ltd,Kiel\nc2,Beta,Jena\n,Gamma,Rome\n";
    let url = upload(&person, "companies", file).await.expect(303).location();
    map(&person, &url, &columns, &by_id, "check").await.expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&app, &url).await, ["1", "1", "0", "1"]);
    let page = person.get(&url).await.expect(200);
    let cells = page.texts(".card td");
    let row = |name: &str| {
        let at = cells.iter().position(|cell| cell == name)?;
        Some(cells[at + 1..at + 3].to_vec())
    };
    assert_eq!(row("Name").unwrap(), ["Acme", "Acme Ltd"], "{cells:?}");
    assert_eq!(row("city").unwrap(), ["Bonn", "Kiel"]);
    assert_eq!(companies(&app).await.len(), 1);

    // A mapping can be kept, and fits only files of the same object.
    let keep = [("template_name", "CRM"), ("identity", "external_id")];
    map(&person, &url, &columns, &keep, "keep_template")
        .await
        .expect(303);
    let next = upload(&person, "companies", b"city,id\nKiel,c1\n")
        .await
        .expect(303)
        .location();
    let page = person.get(&next).await.expect(200);
    assert!(page.text().contains("The template CRM was used"));
    let people = upload(&person, "contacts", b"city,id\nKiel,c1\n")
        .await
        .expect(303)
        .location();
    let page = person.get(&people).await.expect(200);
    assert!(!page.text().contains("The template CRM was used"));
}

/// Twelve thousand orders: three chunks. The first ones come again at the end.
fn many() -> String {
    let mut file = String::from("id,total,people\n");
    for n in 0..12_000 {
        let people = if n % 1_000 == 0 { "ann@example.com" } else { "" };
        file.push_str(&format!("o{n},{n},{people}\n"));
    }
    file.push_str("o0,77,\n");
    file
}

#[tokio::test]
async fn an_import_of_records_goes_on_where_a_crash_left_it() {
    let app = crm().await;
    shop(&app).await;
    let ann = contact(&app, "ann@example.com").await;
    let person = app.person();
    let url = upload(&person, "orders", many().as_bytes())
        .await
        .expect(303)
        .location();
    // From the second chunk on every write fails, as if the database were gone.
    let mut owner = app.database.owner().await;
    let sql = |text: &'static str| sqlx::query(text);
    sql("CREATE FUNCTION crm.crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.external_id = 'o7777' THEN RAISE EXCEPTION 'crash'; END IF; RETURN NEW; END $$")
        .execute(&mut owner).await.unwrap();
    sql("CREATE TRIGGER crash BEFORE INSERT ON crm.records FOR EACH ROW EXECUTE FUNCTION crm.crash()")
        .execute(&mut owner)
        .await
        .unwrap();
    let columns = ["external_id", "attribute:total", "contacts"];
    map(&person, &url, &columns, &[("identity", "external_id")], "start")
        .await
        .expect(303);
    sql("UPDATE platform.jobs SET max_attempts = 2 WHERE kind = 'crm.import_contacts'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    let count = "SELECT count(*) FROM crm.records WHERE external_id LIKE 'o%'";
    let stored: i64 = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    assert_eq!(stored, 5_000, "the first chunk is there, nothing of the second");
    sql("DROP TRIGGER crash ON crm.records")
        .execute(&mut owner)
        .await
        .unwrap();
    sql("UPDATE platform.jobs SET state = 'queued', attempts = 0 WHERE kind = 'crm.import_contacts'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    assert_eq!(figures(&app, &url).await, ["12,000", "1", "0", "0"]);
    assert_eq!(order(&app, "o0").await["attributes"]["total"], 77);
    let id = ann.to_string();
    let hers = API_RECORDS.with(&"orders".to_owned(), &[("filter[contact]", id.as_str())]);
    assert_eq!(get(&app, hers).await["data"].as_array().unwrap().len(), 12);

    take_back(&app, &url).await;
    let left: i64 = sqlx::query_scalar(count).fetch_one(&mut owner).await.unwrap();
    assert_eq!(left, 0, "a record that two chunks came to goes, too");
}

#[tokio::test]
async fn an_import_of_companies_is_taken_back_except_what_was_touched_since() {
    let app = crm().await;
    let ann = contact(&app, "ann@example.com").await;
    let bob = contact(&app, "bob@example.com").await;
    let patch = json!({"company": "Freelance"});
    call(
        &app.program(),
        Method::PATCH,
        format!("/api/v1/contacts/{ann}"),
        &patch,
    )
    .await
    .expect(200);
    let by_id = [("identity", "external_id")];
    let columns = [
        "external_id",
        "name",
        "attribute:city",
        "attribute:phone",
        "contacts",
    ];
    let before = "id,name,city,phone,people\nc1,Acme,Bonn,12345,bob@example.com\nc2,Beta,Kiel,12345,\n";
    import(&app, "companies", before, &columns, &by_id).await;
    let found = companies(&app).await;

    let file = "id,name,city,phone,people\n\
        c1,Acme Group,Köln,NULL,ann@example.com\n\
        c2,Beta Group,Rome,67890,\n\
        c3,Gamma,Graz,,ann@example.com\n\
        c4,Delta,Linz,,\n\
        c5,Epsilon,Wien,,\n";
    let url = import(&app, "companies", file, &columns, &by_id).await;
    assert_eq!(figures(&app, &url).await, ["3", "2", "0", "0"]);
    assert_eq!(text_of_company(&app, "ann@example.com").await, "Acme Group");
    assert_eq!(text_of_company(&app, "bob@example.com").await, "Acme Group");
    let page = app.person().get(&url).await.expect(200);
    assert!(page.text().contains("lose the links that it made"));

    // Somebody changes a city, one of the new companies, and links Bob with another.
    let beta = company(&app, "Beta Group").await;
    let patch = json!({"attributes": {"city": "Paris"}});
    call(
        &app.program(),
        Method::PATCH,
        API_COMPANY.url(&record_id(&beta)),
        &patch,
    )
    .await
    .expect(200);
    let delta = company(&app, "Delta").await;
    let patch = json!({"attributes": {"city": "Prag"}});
    call(
        &app.program(),
        Method::PATCH,
        API_COMPANY.url(&record_id(&delta)),
        &patch,
    )
    .await
    .expect(200);
    let epsilon = company(&app, "Epsilon").await;
    let link = API_COMPANY_CONTACTS.url(&record_id(&epsilon));
    call(&app.program(), Method::POST, link, &json!({"id": bob}))
        .await
        .expect(204);
    app.clock.advance(SignedDuration::from_secs(1));

    take_back(&app, &url).await;
    let page = app.person().get(&url).await.expect(200);
    assert_eq!(page.texts(".stat-value")[4..], ["1", "2"]);
    let after = companies(&app).await;
    let names: Vec<&str> = after
        .iter()
        .map(|company| company["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["Acme", "Beta", "Delta", "Epsilon"],
        "what was touched stays whole"
    );
    assert_eq!(after[0]["attributes"], found[0]["attributes"]);
    assert_eq!(after[1]["attributes"], json!({"city": "Paris", "phone": "12345"}));
    assert_eq!(after[2]["attributes"]["city"], "Prag");
    assert_eq!(people(&app, &after[0]).await, ["bob@example.com"]);
    assert_eq!(
        text_of_company(&app, "ann@example.com").await,
        "Freelance",
        "as it was before she had a company"
    );
    assert_eq!(text_of_company(&app, "bob@example.com").await, "Acme");
    let again = app.person().post(format!("{url}/undo"), &[]).await.expect(303);
    assert_eq!(again.location(), url);
    assert_eq!(companies(&app).await, after);
}

#[tokio::test]
async fn a_program_imports_records() {
    let app = crm().await;
    let send = async |who: &Client, query: &str, body: &str| {
        let path = format!("{}?{query}", API_IMPORTS.url());
        who.send(Method::POST, &path, Some("text/csv"), body.to_owned().into())
            .await
    };
    let file = "name,city\nAcme,Bonn\n";
    let checked = send(&app.program(), "object=companies&dry_run=true", file)
        .await
        .expect(202)
        .json();
    assert_eq!(checked["object"], "companies");
    assert_eq!(checked["columns"][0]["target"], "name");
    app.run_until_idle().await;
    let id: ImportId = checked["id"].as_str().unwrap().parse().unwrap();
    let checked = get(&app, API_IMPORT.url(&id)).await;
    assert_eq!(checked["dry_run"]["created"], 1);
    assert!(companies(&app).await.is_empty());

    let query = "object=companies&columns=name,attribute:city&identifier=name&existing=fill_empty";
    let made = send(&app.program(), query, file).await.expect(202).json();
    app.run_until_idle().await;
    let id: ImportId = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(get(&app, API_IMPORT.url(&id)).await["rows"]["created"], 1);
    call(
        &app.program(),
        Method::POST,
        API_IMPORT_UNDO.url(&id),
        &Value::Null,
    )
    .await
    .expect(202);
    app.run_until_idle().await;
    assert!(companies(&app).await.is_empty());
    assert_eq!(get(&app, API_IMPORT.url(&id)).await["removed"], 1);

    for (query, pointer, code) in [
        ("object=nothing", "#/object", "unknown_object"),
        ("object=companies&columns=name", "#/columns", "wrong_columns"),
        (
            "object=companies&columns=name,email",
            "#/column_1",
            "wrong_target",
        ),
        (
            "object=companies&columns=name,link:items",
            "#/column_1",
            "wrong_target",
        ),
        ("columns=email,name", "#/column_1", "wrong_target"),
        (
            "object=companies&columns=name,nonsense",
            "#/columns",
            "unknown_choice",
        ),
        (
            "object=companies&columns=name,attribute:none",
            "#/column_1",
            "unknown_field",
        ),
        (
            "object=companies&columns=name,skip&identifier=email",
            "#/identity",
            "identity_missing",
        ),
        (
            "object=companies&columns=name,new:text:links:L&identifier=name",
            "#/column_1",
            "key_taken",
        ),
    ] {
        let refused = send(&app.program(), query, file).await.expect(422).json();
        assert_eq!(
            (&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]),
            (&json!(pointer), &json!(code)),
            "{query}"
        );
    }
    assert!(companies(&app).await.is_empty());
}

#[tokio::test]
async fn files_of_records_are_for_those_who_may_change_records() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, "companies", b"name\nAcme\n")
        .await
        .expect(303)
        .location();
    upload(&person, "nothing", b"name\nAcme\n").await.expect(404);
    person
        .get(IMPORT_NEW.with(&[("object", "nothing")]))
        .await
        .expect(404);

    let other = app.organizations.add("Other Ltd");
    let stranger = app.person_as(other, Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger
        .post(format!("{url}/mapping"), &[("then", "start")])
        .await
        .expect(404);
    stranger.post(format!("{url}/undo"), &[]).await.expect(404);
    let viewer = app.person_as(app.org, Role::Viewer);
    upload(&viewer, "companies", b"name\nAcme\n").await.expect(403);

    let id: ImportId = id_of(&url).parse().unwrap();
    let contacts_only = app.program_with(app.org, &[Permission::ContactsRead, Permission::ContactsWrite]);
    contacts_only.get(API_IMPORT.url(&id)).await.expect(403);
    let path = API_IMPORTS.with(&[("object", "companies")]);
    let body = "name\nAcme\n";
    contacts_only
        .send(Method::POST, &path, Some("text/csv"), body.into())
        .await
        .expect(403);
    // Contacts and records of another organisation are not found by a file either.
    shop(&app).await;
    let foreign = app.program_with(other, &[Permission::ContactsWrite, Permission::ContactsRead]);
    call(
        &foreign,
        Method::POST,
        API_CONTACTS.url(),
        &json!({"email": "theirs@example.com"}),
    )
    .await
    .expect(201);
    let file = "id,people\no1,theirs@example.com\n";
    let url = import(
        &app,
        "orders",
        file,
        &["external_id", "contacts"],
        &[("identity", "external_id")],
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["0", "0", "0", "1"]);
    assert_eq!(IMPORT.url(&id_of(&url).parse().unwrap()), url);
}

#[tokio::test]
async fn every_quirk_of_a_file_of_records_has_its_outcome() {
    let app = crm().await;
    let person = app.person();
    let mut file = b"\xef\xbb\xbfname;employees;website;note\r\n".to_vec();
    for row in [
        &b"Formula;1;=HYPERLINK(\"x\");'=1+1"[..],
        b"\"Two\r\nlines\";2;a.example;",
        b"Short",
        b"Long;1;;;5;6",
        b";;;",
        b"",
        b"Nul;1;;a\0b",
        b"NULL;1;;",
        b"Latin;1;J\xfcrgen;",
        b"Twice;1;;",
        b"twice;2;;",
        b"<script>alert(1)</script>;3;;\"'; DROP TABLE crm.records; --\"",
    ] {
        file.extend_from_slice(row);
        file.extend_from_slice(b"\r\n");
    }
    file.extend_from_slice(format!("{};;;\r\n", "x".repeat(201)).as_bytes());
    file.extend_from_slice("Last;12.5;;Zoë".as_bytes());
    let url = upload(&person, "companies", &file).await.expect(303).location();
    let utf8 = [
        ("encoding", "utf-8"),
        ("delimiter", "semicolon"),
        ("header", "true"),
        ("then", "reread"),
    ];
    person.post(format!("{url}/mapping"), &utf8).await.expect(303);
    let columns = [
        "name",
        "attribute:number_of_employees",
        "attribute:website",
        "new",
    ];
    let new = [
        ("kind_3", "text"),
        ("label_3", "Note"),
        ("key_3", "note"),
        ("identity", "name"),
    ];
    map(&person, &url, &columns, &new, "start").await.expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&app, &url).await, ["5", "1", "0", "6"]);
    let all = companies(&app).await;
    let names: Vec<&str> = all
        .iter()
        .map(|company| company["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["<script>alert(1)</script>", "Last", "Short", "Twice", "Two lines"]
    );
    assert_eq!(
        company(&app, "<script>alert(1)</script>").await["attributes"]["note"],
        "'; DROP TABLE crm.records; --"
    );
    assert_eq!(
        company(&app, "Last").await["attributes"],
        json!({"number_of_employees": 12.5, "note": "Zoë"})
    );
    assert_eq!(
        company(&app, "Twice").await["attributes"]["number_of_employees"],
        2
    );
    let page = person
        .get(RECORDS.url(&"companies".to_owned()))
        .await
        .expect(200)
        .html()
        .html();
    assert!(!page.contains("<script>alert"));
    let mut reasons = person.get(&url).await.expect(200).texts("tbody th");
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "The cell holds a NUL byte.",
            "The row does not say which record it is: its external ID, name or unique value is missing.",
            "The row has characters that cannot be read. Choose another encoding.",
            "The row has more cells than there are columns.",
            "This is not a web address.",
            "This is too long.",
        ]
    );
    let catalogue = "name,people\nTea,ann@example.com\n";
    shop(&app).await;
    let url = upload(&person, "products", catalogue.as_bytes())
        .await
        .expect(303)
        .location();
    map(
        &person,
        &url,
        &["name", "contacts"],
        &[("identity", "name")],
        "start",
    )
    .await
    .expect(422);
}

#[tokio::test]
async fn a_file_of_an_object_that_is_gone_is_not_imported() {
    let app = crm().await;
    define(&app, "courses", "Course", "Courses", "records").await;
    let person = app.person();
    let url = upload(&person, "courses", b"name\nRust\n")
        .await
        .expect(303)
        .location();
    call(
        &app.program(),
        Method::DELETE,
        API_OBJECT.url(&"courses".to_owned()),
        &Value::Null,
    )
    .await
    .expect(204);
    let page = person.get(&url).await.expect(200);
    assert!(page.text().contains("The import was cancelled"));
    person.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    person.get(IMPORTS.url()).await.expect(200);
}

#[tokio::test]
async fn what_an_import_knows_of_people_and_records_does_not_stay() {
    let app = crm().await;
    shop(&app).await;
    let ann = contact(&app, "ann@example.com").await;
    contact(&app, "bob@example.com").await;
    let by_id = [("identity", "external_id")];
    let mail = ["external_id", "name", "attribute:email", "contacts"];
    let file = "id,name,email,people\nc1,Acme,ann@example.com,\n";
    import(&app, "companies", file, &mail, &by_id).await;
    let file = "id,name,email,people\nc1,Acme,info@acme.example,ann@example.com|bob@example.com\n";
    import(&app, "companies", file, &mail, &by_id).await;
    let orders = "id,people\no1,ann@example.com\no2,nobody@example.com\n";
    let url = import(&app, "orders", orders, &["external_id", "contacts"], &by_id).await;
    assert_eq!(figures(&app, &url).await, ["1", "0", "0", "1"]);
    let mut owner = app.database.owner().await;
    let mentions = "SELECT count(*) FROM crm.import_records AS t \
                    WHERE $1 = ANY(t.contacts) OR strpos(t::text, 'ann@example.com') > 0";
    let count: i64 = sqlx::query_scalar(mentions)
        .bind(ann.uuid())
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(count, 2, "the mail that Acme had, and whom the order belongs to");

    call(
        &app.program(),
        Method::POST,
        API_CONTACT_ERASURE.url(&ann),
        &Value::Null,
    )
    .await
    .expect(202);
    app.run_until_idle().await;
    let count: i64 = sqlx::query_scalar(mentions)
        .bind(ann.uuid())
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(count, 0);
    app.clock.advance(SignedDuration::from_hours(24 * 31));
    app.run_until_idle().await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.import_records")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0, "nothing can be taken back any more");
}
