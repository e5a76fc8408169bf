//! The suppression list as files: taken in and taken out, by people and programs.

use contracts::delivery::{
    API_SUPPRESSION, API_SUPPRESSIONS, DeliveryEvent, SUPPRESSION, SUPPRESSIONS,
    suppression_imports::{
        API_SUPPRESSION_EXPORT, API_SUPPRESSION_IMPORT, API_SUPPRESSION_IMPORT_ONE, SUPPRESSION_EXPORT,
        SUPPRESSION_IMPORT_ERRORS, SUPPRESSION_IMPORT_START, SUPPRESSION_IMPORTS,
    },
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Permission, Role, SuppressionImportId};
use serde_json::Value;
use testkit::{Client, TestResponse};

use crate::post_office::PostOffice;

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

fn id_in(url: &str) -> SuppressionImportId {
    url.rsplit('/')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a file's address")
}

async fn upload(who: &Client, file: &str) -> String {
    who.upload(SUPPRESSION_IMPORTS.url(), "file", "old.csv", file.as_bytes())
        .await
        .expect(303)
        .location()
}

async fn import(program: &Client, kind: &str, path: &str, file: String) -> Value {
    program
        .send(Method::POST, path, Some(kind), file.into())
        .await
        .expect(202)
        .json()
}

async fn result(office: &PostOffice, import: &Value) -> Value {
    office.app.run_until_idle().await;
    let id = id_in(import["id"].as_str().unwrap());
    let shown = office
        .app
        .program()
        .get(API_SUPPRESSION_IMPORT_ONE.url(&id))
        .await;
    shown.expect(200).json()
}

fn counts(import: &Value) -> [i64; 4] {
    ["rows", "added", "already", "rejected"].map(|name| import[name].as_i64().unwrap())
}

#[tokio::test]
async fn a_person_looks_at_a_file_before_it_is_taken_over() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let file = "Created;E-Mail;Reason;Comment\r\n\
                2024;Ann@example.com;Hard Bounce;gone\r\n\
                2024;=nobody;;\r\n\
                2024;bob@example.com;;\r\n\
                2024;cid@example.com;because;\r\n";
    let url = upload(&ann, file).await;
    let page = ann.get(&url).await.expect(200);
    assert!(flat(&page).contains("Suppress 2 addresses"), "{}", flat(&page));
    let listed = page.texts("tbody tr").join(" | ");
    assert!(
        listed.contains("=nobody") && listed.contains("There is no such reason"),
        "{listed}"
    );
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        0
    );

    // Reasons are left out of account, and all get one.
    let shape = [
        ("address_column", "1"),
        ("reason_column", ""),
        ("note_column", "3"),
        ("has_header", "true"),
        ("reason", "complaint"),
        ("note", "from the old program"),
    ];
    ann.post(&url, &shape).await.expect(303);
    let page = ann.get(&url).await.expect(200);
    assert!(flat(&page).contains("Suppress 3 addresses"), "{}", flat(&page));
    ann.post(SUPPRESSION_IMPORT_START.url(&id_in(&url)), &[])
        .await
        .expect(303);
    ann.post(SUPPRESSION_IMPORT_START.url(&id_in(&url)), &[])
        .await
        .expect(409);
    office.app.run_until_idle().await;

    let page = flat(&ann.get(&url).await.expect(200));
    assert!(page.contains("Done"), "{page}");
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.suppressions")
            .await,
        3
    );
    let standing = office
        .app
        .program()
        .get(API_SUPPRESSION.url(&"ann@example.com".to_owned()))
        .await
        .json();
    assert_eq!(standing["reasons"][0]["reason"], "complaint");
    assert_eq!(standing["reasons"][0]["note"], "gone");
    assert_eq!(standing["log"][0]["by_person"], true);
}

#[tokio::test]
async fn rows_that_are_not_taken_can_be_had_with_the_reason_and_mended() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = upload(
        &ann,
        "address,note\nann@example.com,fine\n=cmd(),x y\nnobody,\"a, b\"\n",
    )
    .await;
    ann.post(SUPPRESSION_IMPORT_START.url(&id_in(&url)), &[])
        .await
        .expect(303);
    office.app.run_until_idle().await;

    let errors = ann
        .get(SUPPRESSION_IMPORT_ERRORS.url(&id_in(&url)))
        .await
        .expect(200);

    assert_eq!(errors.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        errors
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    let text = errors.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "\"address\",\"note\",\"error_line\",\"error_code\",\"error_message\""
    );
    assert!(
        lines[1].starts_with("\"'=cmd()\",\"x y\",\"3\",\"invalid_address\","),
        "{text}"
    );
    assert!(
        lines[2].starts_with("\"nobody\",\"a, b\",\"4\",\"invalid_address\","),
        "{text}"
    );
    assert_eq!(lines.len(), 3);
}

#[tokio::test]
async fn pasted_addresses_and_telephone_numbers_are_taken_too() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n\
                --b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nann@example.com\r\n+49 30 1234567\r\n--b--\r\n";
    let kind = Some("multipart/form-data; boundary=b");
    let url = ann
        .send(Method::POST, &SUPPRESSION_IMPORTS.url(), kind, body.into())
        .await
        .expect(303)
        .location();
    ann.post(SUPPRESSION_IMPORT_START.url(&id_in(&url)), &[])
        .await
        .expect(303);
    office.app.run_until_idle().await;

    let phone = ann
        .get(SUPPRESSION.url(&"+49301234567".to_owned()))
        .await
        .expect(200);
    assert!(flat(&phone).contains("Added by hand"), "{}", flat(&phone));
    let list = ann
        .get(SUPPRESSIONS.with(&[("reason", "manual")]))
        .await
        .expect(200);
    assert_eq!(list.texts("tbody tr").len(), 2);
    // The others hear of either.
    let told: Vec<usize> = office
        .facts()
        .await
        .iter()
        .filter_map(|fact| match fact {
            DeliveryEvent::AddressesSuppressed { addresses } => Some(addresses.len()),
            _ => None,
        })
        .collect();
    assert_eq!(told, [2]);
}

#[tokio::test]
async fn files_that_are_none_are_refused_in_words() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (file, said) in [
        (&b""[..], "Choose a file"),
        (b"  \r\n", "Choose a file"),
        (b"PK\x03\x04\x00\x00", "Save a spreadsheet as CSV"),
    ] {
        let refused = ann
            .upload(SUPPRESSION_IMPORTS.url(), "file", "x.csv", file)
            .await
            .expect(422);
        assert!(flat(&refused).contains(said), "{}", flat(&refused));
    }
    let program = office.app.program();
    let path = API_SUPPRESSION_IMPORT.url();
    program
        .send(Method::POST, &path, Some("image/png"), "x".into())
        .await
        .expect(415);
    program
        .send(Method::POST, &path, Some("text/csv"), "".into())
        .await
        .expect(422);
    let odd = API_SUPPRESSION_IMPORT.with(&[("reason", "dislike")]);
    program
        .send(Method::POST, &odd, Some("text/csv"), "a@example.com".into())
        .await
        .expect(422);
}

#[tokio::test]
async fn a_program_takes_lists_in_and_doing_it_twice_adds_nothing() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let lines = "{\"address\":\"ann@example.com\",\"reason\":\"unsubscribed\"}\n{\"address\":\"nobody\"}\n";
    let path = API_SUPPRESSION_IMPORT.url();
    let first = import(&program, "application/x-ndjson", &path, lines.to_owned()).await;
    assert_eq!(first["state"], "running");
    let first = result(&office, &first).await;
    assert_eq!(
        (first["state"].as_str(), counts(&first)),
        (Some("done"), [2, 1, 0, 1])
    );
    let errors = program
        .get(first["errors_url"].as_str().unwrap())
        .await
        .expect(200);
    assert!(errors.text().contains("\"invalid_address\""));

    let again = import(&program, "application/x-ndjson", &path, lines.to_owned()).await;
    let again = result(&office, &again).await;
    assert_eq!(counts(&again), [2, 0, 1, 1]);
    let log = "SELECT count(*) FROM delivery.suppression_log";
    assert_eq!(office.value::<i64>(log).await, 1);
}

#[tokio::test]
async fn a_long_list_is_taken_over_in_pieces_and_comes_out_as_it_went_in() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let mut file = "address,reason,note\r\n".to_owned();
    for n in 0..12_000 {
        file.push_str(&format!(
            "p{n}@example.com,{},\r\n",
            if n % 2 == 0 { "complaint" } else { "hard_bounce" }
        ));
    }
    file.push_str("+4930123456,manual,\"said \"\"no\"\"\"\r\n");
    let imported = import(&program, "text/csv", &API_SUPPRESSION_IMPORT.url(), file).await;
    let imported = result(&office, &imported).await;
    assert_eq!(counts(&imported), [12_001, 12_001, 0, 0]);

    let export = program.get(API_SUPPRESSION_EXPORT.url()).await.expect(200).text();
    assert_eq!(export.lines().count(), 12_002);
    assert!(
        export.contains("\"'+4930123456\",\"manual\",\"said \"\"no\"\"\","),
        "a telephone is no formula"
    );
    let complaints = office
        .app
        .person()
        .get(SUPPRESSION_EXPORT.with(&[("reason", "complaint")]))
        .await
        .expect(200);
    assert_eq!(complaints.text().lines().count(), 6_001);

    let other = office.app.organizations.add("Other Ltd");
    let theirs = office.app.program_with(other, Permission::ALL);
    let copied = import(&theirs, "text/csv", &API_SUPPRESSION_IMPORT.url(), export).await;
    office.app.run_until_idle().await;
    let id = id_in(copied["id"].as_str().unwrap());
    let copied = theirs
        .get(API_SUPPRESSION_IMPORT_ONE.url(&id))
        .await
        .expect(200)
        .json();
    assert_eq!(counts(&copied), [12_001, 12_001, 0, 0]);
    let page = theirs
        .get(API_SUPPRESSIONS.with(&[("q", "+49")]))
        .await
        .expect(200)
        .json();
    assert_eq!(page["data"][0]["note"], "said \"no\"");
}

#[tokio::test]
async fn files_are_forgotten_after_a_week_and_what_came_of_them_is_not() {
    let office = PostOffice::open().await;
    let (ann, program) = (office.app.person(), office.app.program());
    let file = "ann@example.com\nnobody\n".to_owned();
    let imported = import(&program, "text/csv", &API_SUPPRESSION_IMPORT.url(), file).await;
    let imported = result(&office, &imported).await;
    let id = id_in(imported["id"].as_str().unwrap());
    ann.get(SUPPRESSION_IMPORT_ERRORS.url(&id)).await.expect(200);

    office.app.clock.advance(SignedDuration::from_hours(8 * 24));
    office.app.run_until_idle().await;

    ann.get(SUPPRESSION_IMPORT_ERRORS.url(&id)).await.expect(404);
    let shown = program
        .get(API_SUPPRESSION_IMPORT_ONE.url(&id))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (counts(&shown), &shown["errors_url"]),
        ([2, 1, 0, 1], &Value::Null)
    );
}

#[tokio::test]
async fn only_those_who_may_change_the_list_take_files_in_and_only_into_their_own() {
    let office = PostOffice::open().await;
    let app = &office.app;
    let reader = app.program_with(app.org, &[Permission::SuppressionsRead]);
    let path = API_SUPPRESSION_IMPORT.url();
    reader
        .send(Method::POST, &path, Some("text/csv"), "a@example.com".into())
        .await
        .expect(403);
    reader.get(API_SUPPRESSION_EXPORT.url()).await.expect(200);
    app.program_with(app.org, &[Permission::MessagesRead])
        .get(API_SUPPRESSION_EXPORT.url())
        .await
        .expect(403);
    let url = upload(&app.person(), "ann@example.com\n").await;
    let other = app.organizations.add("Other Ltd");
    let stranger = app.person_as(other, Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger
        .post(SUPPRESSION_IMPORT_START.url(&id_in(&url)), &[])
        .await
        .expect(404);
    stranger
        .get(SUPPRESSION_IMPORT_ERRORS.url(&id_in(&url)))
        .await
        .expect(404);
}
