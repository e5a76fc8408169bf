//! What the wizard of imports offers beyond reading a CSV file: spreadsheets, pasted rows, rules for
//! single columns, other identities, templates.

use std::io::{Cursor, Write};

use contracts::crm::{
    CONTACTS, IMPORT_NEW,
    lists::{EXPORTS, IMPORT_TEMPLATES_DELETION},
};
use testkit::{Client, TestApp, TestResponse};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::support::crm;

async fn upload(person: &Client, field: &str, name: &str, content: &[u8]) -> TestResponse {
    person.upload(IMPORT_NEW.url(), field, name, content).await
}

/// Uploads a file, maps its columns and imports it. `rules` are further fields of the form.
async fn import(app: &TestApp, file: &str, columns: &[&str], rules: &[(&str, &str)]) -> String {
    let person = app.person();
    let url = upload(&person, "file", "people.csv", file.as_bytes())
        .await
        .expect(303)
        .location();
    let mut fields: Vec<(String, String)> = columns
        .iter()
        .enumerate()
        .map(|(n, target)| (format!("column_{n}"), (*target).to_owned()))
        .collect();
    fields.push(("then".to_owned(), "start".to_owned()));
    fields.extend(
        rules
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    person.post(format!("{url}/mapping"), &fields).await.expect(303);
    app.run_until_idle().await;
    url
}

/// Created, updated, unchanged, rejected.
async fn figures(app: &TestApp, url: &str) -> Vec<String> {
    app.person().get(url).await.expect(200).texts(".stat-value")
}

/// The value of a column of the list, by the name in the first.
async fn column(app: &TestApp, column: &str) -> Vec<(String, String)> {
    let url = CONTACTS.with(&[("columns", column), ("sort", "email")]);
    let page = app.person().get(url).await.expect(200);
    let names = page.texts("tbody th a.link");
    let values = page.texts("tbody td:last-child");
    names.into_iter().zip(values).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_spreadsheet_that_was_exported_is_imported_again() {
    let app = crm().await;
    import(
        &app,
        "email,city,tags\nann@example.com,Bonn,a|b\n",
        &["email", "city", "tags"],
        &[],
    )
    .await;
    let person = app.person();
    let export = person
        .post(
            EXPORTS.url(),
            &[("format", "xlsx"), ("query", "columns=city,tags")],
        )
        .await
        .expect(303)
        .location();
    app.run_until_idle().await;
    let sheet = person.get(format!("{export}/file")).await.expect(200).body;

    let other = app.person_as(app.organizations.add("Other"), kernel::Role::Owner);
    let url = upload(&other, "file", "contacts.xlsx", &sheet)
        .await
        .expect(303)
        .location();
    let page = other.get(&url).await.expect(200);
    let targets = page.attributes("#mapping select[name^=column_] option[selected]", "value");
    assert_eq!(targets, ["email", "first_name", "last_name", "city", "tags"]);
    other.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    let list = other.get(CONTACTS.with(&[("columns", "city")])).await.expect(200);
    assert_eq!(list.texts("tbody th a.link"), ["ann@example.com"]);
    assert_eq!(list.texts("tbody td:last-child"), ["Bonn"]);
}

/// An archive with one part.
fn archive(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

#[tokio::test]
async fn archives_that_unpack_to_far_more_are_refused() {
    let app = crm().await;
    let person = app.person();
    let bomb = archive("xl/worksheets/sheet1.xml", &vec![b' '; 20 * 1024 * 1024]);
    assert!(bomb.len() < 200_000);
    let page = upload(&person, "file", "bomb.xlsx", &bomb).await.expect(422);
    assert!(page.text().contains("too large when it is unpacked"));
    let page = upload(&person, "file", "x.xlsx", &archive("readme.txt", b"hello"))
        .await
        .expect(422);
    assert!(page.text().contains("cannot be read"));
    let page = upload(&person, "file", "x.xlsx", b"PK\x03\x04rest")
        .await
        .expect(422);
    assert!(page.text().contains("cannot be read"));
}

#[tokio::test]
async fn rows_are_pasted() {
    let app = crm().await;
    let person = app.person();
    let text = "E-Mail\tCity\nann@example.com\tBonn\n";
    let url = upload(&person, "text", "", text.as_bytes())
        .await
        .expect(303)
        .location();
    person.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(column(&app, "city").await, pairs(&[("ann@example.com", "Bonn")]));
    let page = upload(&person, "text", "", b"").await.expect(422);
    assert!(page.text().contains("Choose a file."));
}

#[tokio::test]
async fn each_column_may_overwrite_by_a_rule_of_its_own() {
    let app = crm().await;
    let columns = ["email", "city", "country", "company"];
    import(&app, "e,a,b,c\nann@example.com,Bonn,,Old\n", &columns, &[]).await;
    let rules = [
        ("rule_1", "fill_empty"),
        ("rule_2", "fill_empty"),
        ("rule_3", "leave"),
    ];
    let file = "e,a,b,c\nann@example.com,Kiel,DE,New\nbob@example.com,Rome,IT,New\n";
    import(&app, file, &columns, &rules).await;
    assert_eq!(
        column(&app, "city").await,
        pairs(&[("ann@example.com", "Bonn"), ("bob@example.com", "Rome")]),
        "what is there already stays"
    );
    assert_eq!(
        column(&app, "country").await,
        pairs(&[("ann@example.com", "DE"), ("bob@example.com", "IT")])
    );
    assert_eq!(
        column(&app, "company").await,
        pairs(&[("ann@example.com", "Old"), ("bob@example.com", "New")]),
        "never is never, but who is new has nothing to lose"
    );
}

#[tokio::test]
async fn tags_are_added_or_take_the_place_of_others() {
    let app = crm().await;
    import(&app, "e,t\nann@example.com,a|b\n", &["email", "tags"], &[]).await;
    import(&app, "e,t\nann@example.com,b|c\n", &["email", "tags"], &[]).await;
    assert_eq!(column(&app, "tags").await[0].1, "abc");
    let url = import(
        &app,
        "e,t\nann@example.com,c|d\n",
        &["email", "tags_replace"],
        &[],
    )
    .await;
    assert_eq!(column(&app, "tags").await[0].1, "cd");
    assert_eq!(figures(&app, &url).await, ["0", "1", "0", "0"]);
    let url = import(
        &app,
        "e,t\nann@example.com,NULL\n",
        &["email", "tags_replace"],
        &[],
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["0", "1", "0", "0"]);
    assert_eq!(column(&app, "tags").await[0].1, "–");
}

#[tokio::test]
async fn people_are_told_apart_by_phone_or_a_field() {
    let app = crm().await;
    let file = "email,phone,number\nann@example.com,+49 30 1,A1\nbob@example.com,+49 30 2,B2\n";
    let new = [("kind_2", "text"), ("label_2", "Number"), ("key_2", "number")];
    import(&app, file, &["email", "phone", "new"], &new).await;
    let by_phone = [("identity", "phone")];
    let url = import(
        &app,
        "p,c\n+49 30 2,Kiel\n+49 30 3,Rome\n",
        &["phone", "city"],
        &by_phone,
    )
    .await;
    assert_eq!(figures(&app, &url).await, ["1", "1", "0", "0"]);
    let by_number = [("identity", "attributes.number")];
    let url = import(&app, "n,c\nA1,Bonn\n", &["attribute:number", "city"], &by_number).await;
    assert_eq!(figures(&app, &url).await, ["0", "1", "0", "0"]);
    assert_eq!(
        column(&app, "city").await[..2],
        pairs(&[("ann@example.com", "Bonn"), ("bob@example.com", "Kiel")])
    );
    // Two with one number: it tells nobody apart any more.
    import(
        &app,
        "e,n\ncleo@example.com,A1\n",
        &["email", "attribute:number"],
        &[],
    )
    .await;
    let url = import(&app, "n,c\nA1,Paris\n", &["attribute:number", "city"], &by_number).await;
    assert_eq!(figures(&app, &url).await, ["0", "0", "0", "1"]);
}

#[tokio::test]
async fn a_kept_mapping_is_used_for_the_next_file_with_its_columns() {
    let app = crm().await;
    let person = app.person();
    let file = b"Kontakt;Wohnort\nann@example.com;Bonn\n";
    let url = upload(&person, "file", "a.csv", file)
        .await
        .expect(303)
        .location();
    let keep = [
        ("column_0", "email"),
        ("column_1", "city"),
        ("rule_1", "fill_empty"),
        ("template_name", "Shop"),
        ("then", "keep_template"),
    ];
    person.post(format!("{url}/mapping"), &keep).await.expect(303);
    let nameless = [&keep[..3], &[("then", "keep_template")]].concat();
    person.post(format!("{url}/mapping"), &nameless).await.expect(422);

    let next = b"Wohnort;Kontakt\nKiel;bob@example.com\n";
    let url = upload(&person, "file", "b.csv", next)
        .await
        .expect(303)
        .location();
    let page = person.get(&url).await.expect(200);
    assert!(page.text().contains("The template Shop was used"));
    let targets = page.attributes("#mapping select[name^=column_] option[selected]", "value");
    assert_eq!(targets, ["city", "email"]);
    let rules = page.attributes("#mapping select[name^=rule_] option[selected]", "value");
    assert_eq!(rules, ["fill_empty", ""]);

    let other = upload(&person, "file", "c.csv", b"email,shoe\na@example.com,1\n").await;
    let other = other.expect(303).location();
    let template = page.attributes("select[name=template] option", "value")[0].clone();
    let wanted = [("template", template.as_str()), ("then", "use_template")];
    person.post(format!("{other}/mapping"), &wanted).await.expect(303);
    assert!(
        !person
            .get(&other)
            .await
            .text()
            .contains("The template Shop was used")
    );

    let gone = [("template", template.as_str())];
    person
        .post(IMPORT_TEMPLATES_DELETION.url(), &gone)
        .await
        .expect(303);
    person
        .post(IMPORT_TEMPLATES_DELETION.url(), &gone)
        .await
        .expect(404);
}
