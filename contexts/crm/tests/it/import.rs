//! Imports: upload, mapping, dry run, progress, cancelling, resuming, the report.

use contracts::crm::{CONTACTS, IMPORT_NEW, IMPORTS};
use kernel::Role;
use testkit::{Client, TestApp, TestResponse};

use crate::support::crm;

/// Uploads a file and returns the address of the import.
async fn upload(person: &Client, content: &[u8]) -> String {
    person
        .upload(IMPORT_NEW.url(), "file", "people.csv", content)
        .await
        .expect(303)
        .location()
}

/// The fields of the mapping form as they stand on the page.
async fn mapping(person: &Client, import: &str) -> Vec<(String, String)> {
    let page = person.get(import).await.expect(200);
    let html = page.html();
    let select = |css: &str| scraper::Selector::parse(css).unwrap();
    let mut fields = Vec::new();
    for element in html.select(&select("#mapping select")) {
        let chosen = element.select(&select("option[selected]")).next();
        let value = chosen
            .and_then(|option| option.value().attr("value"))
            .unwrap_or_default();
        fields.push((element.value().attr("name").unwrap().to_owned(), value.to_owned()));
    }
    for element in html.select(&select("#mapping input")) {
        let (kind, name) = (
            element.value().attr("type").unwrap_or("text"),
            element.value().attr("name"),
        );
        let on = !matches!(kind, "radio" | "checkbox") || element.value().attr("checked").is_some();
        if let (Some(name), true) = (name, on) {
            fields.push((
                name.to_owned(),
                element.value().attr("value").unwrap_or_default().to_owned(),
            ));
        }
    }
    fields
}

/// Sends the mapping form as it stands, with some fields changed.
async fn send(person: &Client, import: &str, changes: &[(&str, &str)]) -> TestResponse {
    let mut fields = mapping(person, import).await;
    for (name, value) in changes {
        fields.retain(|(other, _)| other != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    person.post(format!("{import}/mapping"), &fields).await
}

/// Imports a file as it was guessed to be.
async fn import(app: &TestApp, content: &[u8]) -> String {
    let person = app.person();
    let url = upload(&person, content).await;
    send(&person, &url, &[("then", "start")]).await.expect(303);
    app.run_until_idle().await;
    url
}

/// Created, updated, unchanged, rejected.
async fn figures(person: &Client, import: &str) -> [String; 4] {
    let page = person.get(import).await.expect(200);
    page.texts(".stat-value")
        .try_into()
        .unwrap_or_else(|found| panic!("{found:?}: {}", page.text()))
}

async fn emails(person: &Client) -> Vec<String> {
    let page = person
        .get(format!("{}?sort=email", CONTACTS.url()))
        .await
        .expect(200);
    page.texts("tbody .cell-two .muted")
}

async fn attribute(app: &TestApp, email: &str, key: &str) -> serde_json::Value {
    let found = app
        .program()
        .get(format!("/api/v1/contacts?q={email}"))
        .await
        .expect(200)
        .json();
    found["data"][0]["attributes"][key].clone()
}

async fn contact(app: &TestApp, email: &str) -> serde_json::Value {
    app.program()
        .get(format!("/api/v1/contacts?q={email}"))
        .await
        .expect(200)
        .json()["data"][0]
        .clone()
}

#[tokio::test]
async fn a_file_of_mautic_is_imported_as_it_comes() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, include_bytes!("../fixtures/mautic.csv")).await;
    send(&person, &url, &[("then", "check")]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(
        figures(&person, &url).await,
        ["36", "1", "0", "3"],
        "the dry run says what would happen"
    );
    assert_eq!(
        person.get(CONTACTS.url()).await.texts(".empty-title").len(),
        1,
        "and does none of it"
    );

    person.post(format!("{url}/start"), &[]).await.expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&person, &url).await, ["36", "1", "0", "3"]);

    let ann = contact(&app, "bjrn.mller1@example.org").await;
    assert_eq!(ann["first_name"], "Björn");
    assert_eq!(ann["company"], "Globex \"North\" GmbH");
    assert_eq!(ann["locale"], "fr-FR");
    assert_eq!(ann["tags"], serde_json::json!(["newsletter"]));
    assert_eq!(ann["created_at"], "2023-02-02T08:01:00Z", "as old as Mautic says");
    assert_eq!(ann["points"], 3);
    assert_eq!(ann["last_active_at"], "2024-06-02T10:00:00Z");
    assert_eq!(ann["attributes"]["interests"], serde_json::json!(["cooking"]));
    assert_eq!(ann["attributes"]["attribution_date"], "2024-02-15");
    assert_eq!(ann["attributes"]["zipcode"], "01068", "a code is no number");

    let report = person.get(format!("{url}/errors.csv")).await.expect(200);
    let lines: Vec<String> = report.text().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].ends_with("\"error_line\",\"error_code\",\"error_column\",\"error_message\""));
    assert!(lines[1].contains("\"invalid_email\",\"email\""), "{}", lines[1]);
    assert!(lines[2].contains("\"missing_identity\",\"\""), "{}", lines[2]);
    assert!(
        lines[3].contains("\"not_a_timezone\",\"timezone\""),
        "{}",
        lines[3]
    );
}

#[tokio::test]
async fn whoever_wants_no_mail_is_known_to_want_none() {
    let app = crm().await;
    import(&app, include_bytes!("../fixtures/mautic.csv")).await;
    let person = app.person();
    let page = person
        .get(format!("{}?sort=email", CONTACTS.url()))
        .await
        .expect(200);
    assert_eq!(
        page.texts("tbody .badge"),
        ["Unsubscribed"; 4],
        "every tenth row says so"
    );
}

#[tokio::test]
async fn a_file_of_listmonk_is_imported_as_it_comes() {
    let app = crm().await;
    let url = import(&app, include_bytes!("../fixtures/listmonk.csv")).await;
    let person = app.person();
    assert_eq!(figures(&person, &url).await, ["27", "1", "0", "2"]);
    let reader = contact(&app, "reader5@listmonk.example").await;
    assert_eq!(reader["first_name"], "Paul");
    assert_eq!(reader["last_name"], "Østergård");
    assert_eq!(reader["city"], "Malmö", "what every contact has goes there");
    assert_eq!(reader["external_id"], "00000005-0000-4000-8000-000000000005");
    assert_eq!(reader["attributes"]["projects"], serde_json::json!(["a", "b"]));
    assert_eq!(reader["attributes"]["stack"], r#"{"languages":["go","python"]}"#);
    assert_eq!(attribute(&app, "reader4@listmonk.example", "good").await, true);
    let again = contact(&app, "reader8@listmonk.example").await;
    assert_eq!(again["first_name"], "Håkon", "the later row counts");
    let errors = person.get(format!("{url}/errors.csv")).await.expect(200).text();
    assert!(errors.contains("\"invalid_json\",\"attributes\""), "{errors}");
    assert!(errors.contains("\"not_a_number\",\"attributes\""), "{errors}");
    let blocked = person
        .get(format!("{}?q=reader3@", CONTACTS.url()))
        .await
        .expect(200);
    assert_eq!(blocked.texts("tbody .badge"), ["Unsubscribed"]);
}

#[tokio::test]
async fn a_second_import_changes_only_what_differs() {
    let app = crm().await;
    let person = app.person();
    import(
        &app,
        b"email,first name,city,tags\nann@b.example,Ann,Bonn,x\nbob@b.example,Bob,Kiel,\n",
    )
    .await;
    let again = import(
        &app,
        b"email,first name,city,tags\nANN@b.example,Ann,,y\nbob@b.example,Bob,Kiel,\n",
    )
    .await;
    assert_eq!(figures(&person, &again).await, ["0", "1", "1", "0"]);
    let ann = contact(&app, "ann@b.example").await;
    assert_eq!(ann["city"], "Bonn", "an empty cell changes nothing");
    assert_eq!(ann["tags"], serde_json::json!(["x", "y"]));
    let cleared = import(&app, b"email,city\nann@b.example,NULL\n").await;
    assert_eq!(figures(&person, &cleared).await, ["0", "1", "0", "0"]);
    assert_eq!(contact(&app, "ann@b.example").await["city"], "");
}

#[tokio::test]
async fn a_dry_run_shows_differences_and_existing_contacts_can_be_kept() {
    let app = crm().await;
    let person = app.person();
    import(&app, b"email,city\nann@b.example,Bonn\n").await;
    let url = upload(
        &person,
        b"email,city,country\nann@b.example,Kiel,DE\nnew@b.example,Jena,DE\n",
    )
    .await;
    send(&person, &url, &[("then", "check")]).await.expect(303);
    app.run_until_idle().await;
    let page = person.get(&url).await.expect(200);
    let cells = page.texts("tbody tr:first-child > *");
    assert_eq!(cells[..4], ["ann@b.example", "City", "Bonn", "Kiel"]);

    send(&person, &url, &[("then", "start"), ("existing", "fill_empty")])
        .await
        .expect(303);
    app.run_until_idle().await;
    let ann = contact(&app, "ann@b.example").await;
    assert_eq!(
        (ann["city"].as_str(), ann["country"].as_str()),
        (Some("Bonn"), Some("DE"))
    );

    let url = upload(&person, b"email,city,country\nann@b.example,Kiel,FR\n").await;
    send(&person, &url, &[("then", "start"), ("existing", "leave")])
        .await
        .expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&person, &url).await, ["0", "0", "1", "0"]);
}

#[tokio::test]
async fn the_mapping_is_checked_and_comes_back_as_it_was_chosen() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, b"email,shoe size\nann@b.example,41\n").await;
    let page = send(
        &person,
        &url,
        &[("column_0", "skip"), ("tags", "kept"), ("then", "start")],
    )
    .await
    .expect(422);
    assert!(page.text().contains("Choose which column holds the address"));
    assert_eq!(page.attributes("input[name=tags]", "value"), ["kept"]);
    send(&person, &url, &[("column_1", "email"), ("then", "start")])
        .await
        .expect(422);
    send(
        &person,
        &url,
        &[("column_1", "attribute:none"), ("then", "start")],
    )
    .await
    .expect(422);
    send(&person, &url, &[("key_1", "email"), ("then", "start")])
        .await
        .expect(422);
    send(&person, &url, &[("column_1", "nonsense")]).await.expect(422);
    send(
        &person,
        &url,
        &[
            ("key_1", "size"),
            ("label_1", "Size"),
            ("tags", "a, b"),
            ("then", "start"),
        ],
    )
    .await
    .expect(303);
    app.run_until_idle().await;
    assert_eq!(attribute(&app, "ann@b.example", "size").await, 41);
    assert_eq!(
        contact(&app, "ann@b.example").await["tags"],
        serde_json::json!(["a", "b"])
    );
    let fields = person.get("/app/settings/fields").await.expect(200);
    assert_eq!(fields.texts("tbody th a"), ["Size"]);
}

#[tokio::test]
async fn the_file_can_be_read_another_way() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, b"email;name\nann@b.example;J\xfcrgen\n").await;
    let page = person.get(&url).await.expect(200);
    assert!(page.text().contains("Jürgen"), "Windows-1252 is recognised");
    let changed = [
        ("delimiter", "comma"),
        ("encoding", "windows-1252"),
        ("header", "false"),
        ("then", "reread"),
    ];
    person.post(format!("{url}/mapping"), &changed).await.expect(303);
    let page = person.get(&url).await.expect(200);
    assert_eq!(page.texts("tbody th strong"), ["1"], "one column without a name");
}

#[tokio::test]
async fn every_quirk_of_a_file_has_its_outcome() {
    let app = crm().await;
    let person = app.person();
    let mut file = b"\xef\xbb\xbfemail,first name,note,age\r\n".to_vec();
    for row in [
        &b"formula@b.example,=1+1,\"=HYPERLINK(\"\"http://x\"\")\",1"[..],
        b"\"lines@b.example\",\"An\nn\",\"a\r\nb\",2",
        b"short@b.example",
        b"long@b.example,x,y,3,too,many",
        b" Spaced@B.Example ,  x  ,,",
        b"",
        b",,,",
        b"nobody,x,y,3",
        b"wrong@b.example,x,y,old",
        b"nul@b.example,a\0b,,",
        b"latin@b.example,J\xfcrgen,,",
        b"twice@b.example,first,,",
        b"twice@b.example,second,,",
        "long-cell@b.example,x,y,".as_bytes(),
    ] {
        file.extend_from_slice(row);
        file.extend_from_slice(b"\r\n");
    }
    file.extend_from_slice(format!("huge@b.example,{},,\r\n", "x".repeat(101)).as_bytes());
    file.extend_from_slice(format!("row@b.example,{},,\r\n", "x".repeat(2 * 1024 * 1024)).as_bytes());
    file.extend_from_slice("last@b.example,Zoë,,5".as_bytes());
    let url = upload(&person, &file).await;
    // The one row of Latin letters makes the whole file one of Windows-1252; it is in fact UTF-8.
    let utf8 = [
        ("encoding", "utf-8"),
        ("delimiter", "comma"),
        ("header", "true"),
        ("then", "reread"),
    ];
    person.post(format!("{url}/mapping"), &utf8).await.expect(303);
    send(&person, &url, &[("kind_3", "number"), ("then", "start")])
        .await
        .expect(303);
    app.run_until_idle().await;
    assert_eq!(figures(&person, &url).await, ["7", "1", "0", "7"]);
    assert_eq!(
        emails(&person).await,
        [
            "formula@b.example",
            "last@b.example",
            "lines@b.example",
            "long-cell@b.example",
            "spaced@b.example",
            "twice@b.example"
        ],
        "short@b.example has no name to stand beside"
    );
    let formula = contact(&app, "formula@b.example").await;
    assert_eq!(formula["first_name"], "=1+1");
    assert_eq!(contact(&app, "lines@b.example").await["first_name"], "An n");
    assert_eq!(attribute(&app, "lines@b.example", "note").await, "a\nb");
    assert_eq!(contact(&app, "last@b.example").await["first_name"], "Zoë");
    assert_eq!(contact(&app, "twice@b.example").await["first_name"], "second");
    let mut reasons = person.get(&url).await.expect(200).texts("tbody th");
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [
            "The cell holds a NUL byte.",
            "The row has characters that cannot be read. Choose another encoding.",
            "The row has more cells than there are columns.",
            "The row is larger than a megabyte or has more than 2,000 cells.",
            "This is not a number such as 12.5.",
            "This is not an e-mail address.",
            "This is too long.",
        ]
    );
}

#[tokio::test]
async fn rejected_rows_can_be_mended_and_imported_again() {
    let app = crm().await;
    let person = app.person();
    let url = import(
        &app,
        b"email,phone,first name\nnobody,+49 30 1234,=Ann\nbob@b.example,+1 555 0100,Bob\n",
    )
    .await;
    let errors = person.get(format!("{url}/errors.csv")).await.expect(200);
    assert_eq!(
        errors.header("content-disposition"),
        Some("attachment; filename=\"errors.csv\"")
    );
    let text = errors.text();
    assert!(
        text.contains("\"nobody\",\"'+49 30 1234\",\"'=Ann\",\"2\",\"invalid_email\",\"email\""),
        "{text}"
    );
    let mended = text.replace("\"nobody\"", "\"ann@b.example\"");
    import(&app, mended.as_bytes()).await;
    let ann = contact(&app, "ann@b.example").await;
    assert_eq!(
        (ann["phone"].as_str(), ann["first_name"].as_str()),
        (Some("+49 30 1234"), Some("=Ann"))
    );
}

#[tokio::test]
async fn what_is_no_csv_is_refused() {
    let app = crm().await;
    let person = app.person();
    for (content, why) in [
        (&b""[..], "The file is empty."),
        (
            b"PK\x03\x04rest",
            "This file looks like a spreadsheet, but it cannot be read. Save it as XLSX or CSV and upload that.",
        ),
        (
            b"%PDF-1.7",
            "This is not a text file. Save it as CSV and upload that.",
        ),
    ] {
        let page = person
            .upload(IMPORT_NEW.url(), "file", "x.csv", content)
            .await
            .expect(422);
        assert!(page.text().contains(why));
    }
    person
        .upload(IMPORT_NEW.url(), "other", "x.csv", b"email\n")
        .await
        .expect(422);
    person.post(IMPORT_NEW.url(), &[("file", "x")]).await.expect(400);
    assert_eq!(
        person.get(IMPORTS.url()).await.expect(200).texts(".empty-title"),
        ["No file has been imported yet"]
    );
}

#[tokio::test]
async fn a_running_import_shows_its_progress_and_can_be_cancelled() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, b"email\nann@b.example\n").await;
    send(&person, &url, &[("then", "start")]).await.expect(303);
    let page = person.get(&url).await.expect(200);
    assert_eq!(page.texts("[role=progressbar]").len(), 1);
    let id = url.rsplit('/').next().unwrap();
    let part = person
        .clone()
        .htmx()
        .get(format!("/ui/crm/imports/{id}/progress"))
        .await
        .expect(200);
    assert_eq!(part.attributes("#import-progress", "hx-trigger"), ["every 1s"]);
    send(&person, &url, &[]).await.expect(303);
    assert!(
        person.get(&url).await.text().contains("Importing"),
        "it cannot be mapped while it runs"
    );

    person.post(format!("{url}/cancellation"), &[]).await.expect(303);
    app.run_until_idle().await;
    let page = person.get(&url).await.expect(200);
    assert!(page.text().contains("The import was cancelled"));
    assert_eq!(person.get(CONTACTS.url()).await.texts(".empty-title").len(), 1);
    let done = person
        .htmx()
        .get(format!("/ui/crm/imports/{id}/progress"))
        .await
        .expect(200);
    assert_eq!(done.header("hx-redirect"), Some(url.as_str()));
}

#[tokio::test]
async fn other_organisations_and_viewers_are_kept_out() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, b"email\nann@b.example\n").await;
    let stranger = app.person_as(app.organizations.add("Other Ltd"), Role::Owner);
    stranger.get(&url).await.expect(404);
    stranger.get(format!("{url}/errors.csv")).await.expect(404);
    stranger.post(format!("{url}/start"), &[]).await.expect(404);
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer
        .upload(IMPORT_NEW.url(), "file", "x.csv", b"email\n")
        .await
        .expect(403);
    viewer.post(format!("{url}/start"), &[]).await.expect(403);
}

/// Twelve thousand people: three chunks.
fn many() -> Vec<u8> {
    let mut file = b"email,first name,tags\n".to_vec();
    for n in 0..12_000 {
        let tag = if n % 100 == 0 { "hundredth" } else { "" };
        file.extend_from_slice(format!("p{n}@b.example,N{n},{tag}\n").as_bytes());
    }
    file
}

#[tokio::test]
async fn an_import_goes_on_where_a_crash_left_it() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, &many()).await;
    send(&person, &url, &[("then", "start")]).await.expect(303);
    // From the second chunk on every write fails, as if the database were gone.
    let mut owner = app.database.owner().await;
    let sql = |text: &'static str| sqlx::query(text);
    sql("CREATE FUNCTION crm.crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.email = 'p7777@b.example' THEN RAISE EXCEPTION 'crash'; END IF; RETURN NEW; END $$")
        .execute(&mut owner).await.unwrap();
    sql("CREATE TRIGGER crash BEFORE INSERT ON crm.contacts FOR EACH ROW EXECUTE FUNCTION crm.crash()")
        .execute(&mut owner)
        .await
        .unwrap();
    sql("UPDATE platform.jobs SET max_attempts = 2 WHERE kind = 'crm.import_contacts'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.contacts")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(count, 5_000, "the first chunk is there, nothing of the second");
    sql("DROP TRIGGER crash ON crm.contacts")
        .execute(&mut owner)
        .await
        .unwrap();
    sql("UPDATE platform.jobs SET state = 'queued', attempts = 0 WHERE kind = 'crm.import_contacts'")
        .execute(&mut owner)
        .await
        .unwrap();
    app.run_until_idle().await;
    assert_eq!(figures(&person, &url).await, ["12,000", "0", "0", "0"]);
    let tagged = person
        .get(format!("{}?filter[tag]=hundredth", CONTACTS.url()))
        .await
        .expect(200);
    assert_eq!(tagged.texts("tbody tr").len(), 50);
}

#[tokio::test]
async fn an_import_whose_job_failed_for_good_says_so() {
    let app = crm().await;
    let person = app.person();
    let url = upload(&person, b"email\nann@b.example\n").await;
    send(&person, &url, &[("then", "start")]).await.expect(303);
    std::fs::remove_dir_all(app.deps.config.data_dir.join("objects")).unwrap();
    app.run_until_idle().await;
    assert!(
        person
            .get(&url)
            .await
            .expect(200)
            .text()
            .contains("The import ended because of a fault")
    );
}

#[tokio::test]
async fn files_of_personal_data_do_not_stay_for_ever() {
    let app = crm().await;
    let person = app.person();
    let url = import(&app, b"email\nann@b.example\nnobody\n").await;
    let abandoned = upload(&person, b"email\nann@b.example\n").await;
    app.clock.advance(jiff::SignedDuration::from_hours(24 * 31));
    app.run_until_idle().await;
    person.get(&abandoned).await.expect(404);
    assert_eq!(
        figures(&person, &url).await,
        ["1", "0", "0", "1"],
        "the report stays"
    );
    let errors = person.get(format!("{url}/errors.csv")).await.expect(200).text();
    assert_eq!(errors.lines().count(), 1, "the rows go");
    let files = walk(&app.deps.config.data_dir.join("objects"));
    assert_eq!(files, 0);
}

fn walk(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| {
            if entry.path().is_dir() {
                walk(&entry.path())
            } else {
                1
            }
        })
        .sum()
}
