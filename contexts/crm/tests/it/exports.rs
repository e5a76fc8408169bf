//! Taking contacts out as files.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use contracts::crm::{
    CONTACT_NEW,
    lists::{API_EXPORTS, EXPORTS},
};
use http::Method;
use jiff::SignedDuration;
use kernel::{Permission, Role};
use serde_json::json;
use testkit::{Client, TestApp, TestResponse};

use crate::support::crm;

async fn two() -> (TestApp, Client) {
    let app = crm().await;
    let person = app.person();
    for fields in [
        [
            ("email", "ann@example.com"),
            ("first_name", "=SUM(A1)"),
            ("city", "Bonn"),
            ("tags", "b, a"),
        ],
        [
            ("email", "bob@example.com"),
            ("first_name", "Bob \"B\""),
            ("city", "Kiel"),
            ("tags", ""),
        ],
    ] {
        person.post(CONTACT_NEW.url(), &fields).await.expect(303);
    }
    (app, person)
}

/// Starts an export as the list does, and returns its page once it is done.
async fn export(app: &TestApp, person: &Client, format: &str, query: &str) -> (String, TestResponse) {
    let fields = [("format", format), ("query", query)];
    let url = person.post(EXPORTS.url(), &fields).await.expect(303).location();
    app.run_until_idle().await;
    let page = person.get(&url).await.expect(200);
    (url, page)
}

async fn file(person: &Client, url: &str) -> TestResponse {
    person.get(format!("{url}/file")).await.expect(200)
}

#[tokio::test]
async fn the_list_is_taken_out_as_it_is_filtered_with_its_columns() {
    let (app, person) = two().await;
    let (url, page) = export(&app, &person, "csv", "filter%5Bcity%5D=Bonn&columns=tags,city").await;
    assert!(page.text().contains("The file is ready"));
    assert!(
        page.text().contains("Bonn"),
        "it says whom it took out: {}",
        page.text()
    );
    let file = file(&person, &url).await;
    assert_eq!(
        file.text(),
        "\u{feff}\"email\",\"first_name\",\"last_name\",\"tags\",\"city\"\r\n\
         \"ann@example.com\",\"'=SUM(A1)\",\"\",\"a|b\",\"Bonn\"\r\n",
        "a spreadsheet must not compute what somebody called themselves"
    );
    let disposition = file.header("content-disposition").unwrap();
    assert!(
        disposition.starts_with("attachment; filename=\"contacts-"),
        "{disposition}"
    );
}

#[tokio::test]
async fn a_sheet_holds_the_same_as_the_csv() {
    let (app, person) = two().await;
    let (url, _) = export(&app, &person, "xlsx", "sort=email&columns=city").await;
    let file = file(&person, &url).await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.body.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let rows: Vec<Vec<String>> = sheet
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect();
    assert_eq!(rows[0], ["email", "first_name", "last_name", "city"]);
    assert_eq!(rows[1], ["ann@example.com", "'=SUM(A1)", "", "Bonn"]);
    assert_eq!(rows[2], ["bob@example.com", "Bob \"B\"", "", "Kiel"]);
}

#[tokio::test]
async fn only_who_may_take_contacts_out_gets_them() {
    let (app, person) = two().await;
    let (url, _) = export(&app, &person, "csv", "").await;
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer.post(EXPORTS.url(), &[("format", "csv")]).await.expect(403);
    viewer.get(format!("{url}/file")).await.expect(403);
    let stranger = app.person_as(app.organizations.add("Other"), Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger.get(format!("{url}/file")).await.expect(404);
    let reader = app.program_with(app.org, &[Permission::ContactsRead]);
    reader
        .json(Method::POST, API_EXPORTS.url(), &json!({}))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_file_is_gone_after_a_week() {
    let (app, person) = two().await;
    let (url, _) = export(&app, &person, "csv", "").await;
    app.clock.advance(SignedDuration::from_hours(6 * 24));
    app.run_until_idle().await;
    file(&person, &url).await;
    app.clock.advance(SignedDuration::from_hours(2 * 24));
    app.run_until_idle().await;
    person.get(format!("{url}/file")).await.expect(404);
    assert!(
        person
            .get(&url)
            .await
            .text()
            .contains("The file is not there any more")
    );
}

#[tokio::test]
async fn a_program_exports_by_a_rule() {
    let (app, _) = two().await;
    let program = app.program();
    let body = json!({
        "format": "csv",
        "rule": {"all": [{"field": "city", "operator": "is", "value": "Kiel"}]},
        "columns": ["email", "tags"],
    });
    let started = program
        .json(Method::POST, API_EXPORTS.url(), &body)
        .await
        .expect(202);
    let job = started.location();
    app.run_until_idle().await;
    let job = program.get(&job).await.expect(200).json();
    assert_eq!(
        (job["state"].as_str(), job["progress"]["done"].as_i64()),
        (Some("succeeded"), Some(1))
    );
    let id = started.json()["id"].as_str().unwrap().to_owned();
    let export = program
        .get(format!("/api/v1/exports/{id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(export["state"], "finished");
    let file = program
        .get(export["file_url"].as_str().unwrap())
        .await
        .expect(200);
    assert_eq!(
        file.text(),
        "\u{feff}\"email\",\"tags\"\r\n\"bob@example.com\",\"\"\r\n"
    );

    for (bad, pointer) in [
        (json!({"format": "pdf"}), "#/format"),
        (json!({"columns": ["shoe"]}), "#/columns"),
        (
            json!({"rule": {"all": [{"field": "shoe", "operator": "is", "value": "1"}]}}),
            "#/rule/all/0/field",
        ),
        (json!({"ids": []}), "#/ids"),
    ] {
        let answer = program
            .json(Method::POST, API_EXPORTS.url(), &bad)
            .await
            .expect(422)
            .json();
        assert_eq!(answer["errors"][0]["pointer"], pointer, "{bad}");
    }
}
