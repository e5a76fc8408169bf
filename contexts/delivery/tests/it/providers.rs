//! Accounts, as people and programs set them up: mail servers, and what all kinds share.

use contracts::{
    delivery::{
        API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS, PROVIDER, PROVIDER_DELETION, PROVIDER_NEW,
        PROVIDER_PAUSE, PROVIDER_PREFERENCE, PROVIDER_RESUMPTION, PROVIDER_TEST, PROVIDERS,
    },
    identity::SendingMode,
};
use delivery::interface::settings::{MESSAGES, Settings, settings};
use http::Method;
use kernel::{Permission, ProviderId, Role};
use platform::Module;
use serde_json::{Value, json};
use testkit::{
    Client, TestApp, TestResponse,
    smtp_sink::{SinkOptions, SmtpSink, Stage},
};

use crate::post_office::PostOffice;

const PASSWORD: &str = "correct horse battery";

/// A form with everything right.
fn form<'a>(host: &'a str, port: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("name", "Relay"),
        ("host", host),
        ("port", port),
        ("security", "none"),
        ("username", "ann"),
        ("password", PASSWORD),
        ("max_connections", "4"),
        ("messages_per_connection", "100"),
        ("messages_per_second", ""),
        ("trusted_certificates", ""),
    ]
}

fn with<'a>(fields: &[(&'a str, &'a str)], field: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| *name != field).copied();
    kept.chain([(field, value)]).collect()
}

/// Only lets in who knows the password.
async fn strict_sink() -> SmtpSink {
    let account = Some(("ann".to_owned(), PASSWORD.to_owned()));
    SmtpSink::start_with(SinkOptions {
        account,
        ..SinkOptions::default()
    })
    .await
}

async fn add(ann: &Client, fields: &[(&str, &str)]) -> String {
    ann.post(PROVIDERS.url(), fields).await.expect(303).location()
}

fn id_in(url: &str) -> ProviderId {
    url.rsplit('/')
        .next()
        .and_then(|text| text.parse().ok())
        .expect("a provider's address")
}

fn flat(page: &TestResponse) -> String {
    page.texts("header.page-head, main").join(" ")
}

#[tokio::test]
async fn an_account_is_set_up_and_tried_with_a_real_mail_to_oneself() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let ann = office.app.person();
    ann.get(PROVIDER_NEW.url()).await.expect(200);

    let url = add(&ann, &form("localhost", &sink.port().to_string())).await;
    assert!(flat(&ann.get(&url).await.expect(200)).contains("Not tested yet"));
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);

    assert_eq!(sink.recipients(), ["ada@example.com"]);
    let mail = sink.received().swap_remove(0);
    assert_eq!(
        mail.header("subject").as_deref(),
        Some("[Test] Mail from Example Ltd over Relay")
    );
    // Without a domain it is from the person to themselves.
    assert_eq!(mail.from, "ada@example.com");
    assert_eq!(sink.violations(), Vec::<String>::new());
    assert!(flat(&ann.get(&url).await.expect(200)).contains("Passed"));
    assert!(flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("Passed"));
}

#[tokio::test]
async fn a_test_is_from_the_sender_of_campaigns_where_there_is_one() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    office
        .add_domain(
            office.app.org,
            Some(delivery::domain::dkim::DkimAlgorithm::Ed25519),
        )
        .await;
    let ann = office.app.person();
    let url = add(&ann, &form("localhost", &sink.port().to_string())).await;

    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);

    let mail = sink.received().swap_remove(0);
    assert_eq!(mail.from, "news@shop.example");
    assert!(
        mail.header("dkim-signature")
            .is_some_and(|header| header.contains("d=shop.example"))
    );
}

#[tokio::test]
async fn a_password_is_never_shown_again() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let (ann, program) = (office.app.person(), office.app.program());
    let url = add(&ann, &form("localhost", &sink.port().to_string())).await;
    let id = id_in(&url);
    // What was typed is not even sent back with a form that has other faults.
    let wrong = with(&form("localhost", "25"), "name", "").to_vec();
    let refused = ann.post(PROVIDERS.url(), &wrong).await.expect(422);

    let seen = [
        refused.text(),
        ann.get(&url).await.expect(200).text(),
        ann.get(PROVIDERS.url()).await.expect(200).text(),
        program.get(API_PROVIDERS.url()).await.expect(200).text(),
        program.get(API_PROVIDER.url(&id)).await.expect(200).text(),
        office
            .value::<String>("SELECT p::text || encode(secret, 'escape') FROM delivery.providers p")
            .await,
    ];
    for text in seen {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    assert_eq!(
        program.get(API_PROVIDER.url(&id)).await.json()["has_password"],
        true
    );
    assert_eq!(
        ann.get(&url).await.attributes("input[name=password]", "value"),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn a_stored_password_goes_nowhere_but_where_it_was_entered_for() {
    let (office, right, wrong) = (PostOffice::open().await, strict_sink().await, strict_sink().await);
    let ann = office.app.person();
    let (right_port, wrong_port) = (right.port().to_string(), wrong.port().to_string());
    let url = add(&ann, &form("localhost", &right_port)).await;
    let keep = with(&form("localhost", &wrong_port), "password", "");

    let refused = ann.post(&url, &keep).await.expect(422);

    assert!(flat(&refused).contains("Enter it again"), "{}", flat(&refused));
    assert_eq!(
        refused.attributes("input[name=port]", "value"),
        [wrong_port.as_str()]
    );
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
    assert_eq!((right.accepted(), wrong.connections()), (1, 0));
    // Limits may change without it, and given anew it may go elsewhere.
    let slower = with(
        &with(&form("localhost", &right_port), "password", ""),
        "max_connections",
        "1",
    )
    .to_vec();
    ann.post(&url, &slower).await.expect(303);
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
    ann.post(&url, &form("localhost", &wrong_port)).await.expect(303);
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
    assert_eq!((right.accepted(), wrong.accepted()), (2, 1));
}

#[tokio::test]
async fn a_stored_password_can_be_taken_away() {
    let (office, sink) = (PostOffice::open().await, SmtpSink::start().await);
    let ann = office.app.person();
    let port = sink.port().to_string();
    let url = add(&ann, &form("localhost", &port)).await;
    let without = with(
        &with(&form("localhost", &port), "password", ""),
        "remove_password",
        "true",
    )
    .to_vec();
    ann.post(&url, &without).await.expect(303);
    let shown = office
        .app
        .program()
        .get(API_PROVIDER.url(&id_in(&url)))
        .await
        .json();
    assert_eq!(shown["has_password"], false);
}

#[tokio::test]
async fn a_failed_test_is_told_in_the_servers_words_which_are_shown_as_text() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let ann = office.app.person();
    let fields = with(&form("localhost", ""), "password", "wrong");
    let port = sink.port().to_string();
    let url = add(&ann, &with(&fields, "port", &port)).await;
    let id = id_in(&url);

    ann.post(PROVIDER_TEST.url(&id), &[]).await.expect(303);
    let page = ann.get(&url).await.expect(200);
    assert!(flat(&page).contains("Signing in: 535"), "{}", flat(&page));

    sink.when(Stage::Connect)
        .reply("554 5.3.2 <script>alert(1)</script>\u{7} go away");
    ann.post(PROVIDER_TEST.url(&id), &[]).await.expect(303);
    let page = ann.get(&url).await.expect(200);
    assert!(
        flat(&page).contains("<script>alert(1)</script>"),
        "{}",
        flat(&page)
    );
    assert!(!page.text().contains("<script>alert"));
    assert!(flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("Failed"));
}

#[tokio::test]
async fn changed_settings_count_as_untested() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let ann = office.app.person();
    let port = sink.port().to_string();
    let url = add(&ann, &form("localhost", &port)).await;
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
    ann.post(&url, &with(&form("localhost", &port), "name", "Relay 2"))
        .await
        .expect(303);
    let page = ann.get(&url).await.expect(200);
    assert!(flat(&page).contains("Not tested yet"));
    assert_eq!(page.texts("h1"), ["Relay 2"]);
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_what_was_typed_and_stores_nothing() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let right = form("smtp.example.com", "587");
    for (field, value) in [
        ("name", ""),
        ("name", "a\r\nb"),
        ("host", "http://smtp.example.com"),
        ("host", "smtp.example.com\r\nQUIT"),
        ("port", "0"),
        ("port", "99999"),
        ("port", "many"),
        ("username", "ann\r\nQUIT"),
        ("password", "a\r\nQUIT"),
        ("max_connections", "51"),
        ("messages_per_connection", "0"),
        ("messages_per_second", "-1"),
        ("trusted_certificates", "not a certificate"),
        ("security", "rot13"),
    ] {
        let refused = ann
            .post(PROVIDERS.url(), &with(&right, field, value))
            .await
            .expect(422);
        if field != "security" {
            let other = if field == "host" { "port" } else { "host" };
            let typed = right
                .iter()
                .find(|(name, _)| *name == other)
                .expect("it is there")
                .1;
            let kept = refused.attributes(&format!("input[name={other}]"), "value");
            assert_eq!(kept, [typed], "{field} {value:?}");
        }
    }
    let long = "x".repeat(200_000);
    ann.post(PROVIDERS.url(), &with(&right, "trusted_certificates", &long))
        .await
        .expect(422);
    ann.clone()
        .without("x-csrf-token")
        .post(PROVIDERS.url(), &right)
        .await
        .expect(403);
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.providers")
            .await,
        0
    );
}

#[tokio::test]
async fn no_two_accounts_share_a_name_and_names_are_shown_as_text() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let hostile = with(
        &form("smtp.example.com", "587"),
        "name",
        "<img src=x onerror=alert(1)>",
    );
    let url = add(&ann, &hostile).await;
    for page in [PROVIDERS.url(), url.clone(), PROVIDER_DELETION.url(&id_in(&url))] {
        let page = ann.get(&page).await.expect(200);
        assert!(!page.text().contains("<img src=x"));
        assert!(flat(&page).contains("<img src=x onerror=alert(1)>"));
    }
    let refused = ann.post(PROVIDERS.url(), &hostile).await.expect(422);
    assert!(flat(&refused).contains("Another account has this name."));
}

#[tokio::test]
async fn hosts_on_private_networks_are_refused_where_they_are_not_allowed() {
    let sink = SmtpSink::start().await;
    let app = TestApp::start(&["delivery"], |deps, _| {
        let Settings { web, api, nav } = settings(deps);
        vec![Module {
            name: "delivery",
            web,
            api,
            nav,
            messages: MESSAGES,
            ..Module::default()
        }]
    })
    .await;
    let (ann, port) = (app.person(), sink.port().to_string());
    for host in [
        "127.0.0.1",
        "localhost",
        "::1",
        "::ffff:10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
    ] {
        let refused = ann.post(PROVIDERS.url(), &form(host, &port)).await.expect(422);
        assert!(flat(&refused).contains("private network"), "{host}");
    }
    // A name that turns out to lead there is refused when it is connected to.
    let url = add(&ann, &form("smtp.example.com", &port)).await;
    let mut owner = app.database.owner().await;
    sqlx::query("UPDATE delivery.providers SET config = jsonb_set(config, '{host}', '\"localhost\"')")
        .execute(&mut owner)
        .await
        .unwrap();
    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
    let page = ann.get(&url).await.expect(200);
    assert!(
        flat(&page).contains("private or reserved network"),
        "{}",
        flat(&page)
    );
    assert_eq!(sink.connections(), 0);
}

#[tokio::test]
async fn a_paused_account_says_why_and_sends_again_when_it_is_resumed() {
    let sink = SmtpSink::start().await;
    let (office, provider) = PostOffice::live(&sink).await;
    let ann = office.app.person();
    ann.post(PROVIDER_PAUSE.url(&provider), &[]).await.expect(303);
    assert!(flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("Paused by Ada Example"));
    let batch = office.campaign(3).await;
    office.send().await;
    assert_eq!((sink.accepted(), office.progress(batch).await.pending), (0, 3));

    ann.post(PROVIDER_RESUMPTION.url(&provider), &[])
        .await
        .expect(303);
    office.send().await;
    assert_eq!(sink.accepted(), 3);
    assert!(!flat(&ann.get(PROVIDER.url(&provider)).await.expect(200)).contains("Paused"));
}

#[tokio::test]
async fn another_account_can_be_used_first() {
    let (first, second) = (SmtpSink::start().await, SmtpSink::start().await);
    let (office, _) = PostOffice::live(&first).await;
    let config = crate::post_office::config(&second);
    let other = office.add_provider(office.app.org, "other", config, None).await;
    let ann = office.app.person();
    ann.post(PROVIDER_PREFERENCE.url(&other), &[]).await.expect(303);
    assert!(ann.get(PROVIDERS.url()).await.expect(200).texts("tbody tr")[0].contains("other"));
    office.campaign(2).await;
    office.send().await;
    assert_eq!((first.accepted(), second.accepted()), (0, 2));
}

#[tokio::test]
async fn deleting_asks_on_a_page_of_its_own() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = add(&ann, &form("smtp.example.com", "587")).await;
    let ask = ann
        .get(&url)
        .await
        .attributes(".danger-zone a", "href")
        .swap_remove(0);
    let action = ann
        .get(&ask)
        .await
        .expect(200)
        .attributes("main form", "action")
        .swap_remove(0);
    assert_eq!(
        office
            .value::<i64>("SELECT count(*) FROM delivery.providers")
            .await,
        1
    );
    ann.post(&action, &[]).await.expect(303);
    ann.get(&url).await.expect(404);
    ann.post(&action, &[]).await.expect(404);
    assert!(flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("No account yet"));
}

#[tokio::test]
async fn in_test_mode_the_page_says_where_mail_goes() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    assert!(flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("mail goes to the built-in inbox"));
    office
        .app
        .organizations
        .change(office.app.org, |profile| profile.mode = SendingMode::Live);
    assert!(!flat(&ann.get(PROVIDERS.url()).await.expect(200)).contains("built-in inbox"));
}

#[tokio::test]
async fn members_and_viewers_have_no_business_with_accounts() {
    let office = PostOffice::open().await;
    let url = add(&office.app.person(), &form("smtp.example.com", "587")).await;
    for role in [Role::Viewer, Role::Member] {
        let max = office.app.person_as(office.app.org, role);
        max.get(PROVIDERS.url()).await.expect(403);
        max.get(&url).await.expect(403);
        max.post(PROVIDERS.url(), &form("smtp.example.com", "25"))
            .await
            .expect(403);
        max.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(403);
        max.post(PROVIDER_DELETION.url(&id_in(&url)), &[])
            .await
            .expect(403);
    }
    let reader = office
        .app
        .program_with(office.app.org, &[Permission::ProvidersRead]);
    reader.get(API_PROVIDERS.url()).await.expect(200);
    reader
        .send(Method::DELETE, &API_PROVIDER.url(&id_in(&url)), None, "".into())
        .await
        .expect(403);
}

#[tokio::test]
async fn an_account_of_another_organisation_does_not_exist() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let url = add(&office.app.person(), &form("localhost", &sink.port().to_string())).await;
    let id = id_in(&url);
    let other = office.app.organizations.add("Other Ltd");
    let eve = office.app.person_as(other, Role::Owner);
    eve.get(&url).await.expect(404);
    eve.get(PROVIDER_DELETION.url(&id)).await.expect(404);
    eve.post(&url, &form("localhost", "25")).await.expect(404);
    for action in [
        PROVIDER_TEST.url(&id),
        PROVIDER_PAUSE.url(&id),
        PROVIDER_RESUMPTION.url(&id),
        PROVIDER_PREFERENCE.url(&id),
        PROVIDER_DELETION.url(&id),
    ] {
        eve.post(&action, &[]).await.expect(404);
    }
    let program = office.app.program_with(other, Permission::ALL);
    program.get(API_PROVIDER.url(&id)).await.expect(404);
    program
        .json(Method::PATCH, API_PROVIDER.url(&id), &json!({ "name": "x" }))
        .await
        .expect(404);
    program
        .json(
            Method::POST,
            API_PROVIDER_TESTS.url(&id),
            &json!({ "to": "eve@example.com" }),
        )
        .await
        .expect(404);
    program
        .send(Method::DELETE, &API_PROVIDER.url(&id), None, "".into())
        .await
        .expect(404);
    assert_eq!(program.get(API_PROVIDERS.url()).await.json()["data"], json!([]));
    assert_eq!(sink.connections(), 0);
    assert_eq!(office.app.person().get(&url).await.texts("h1"), ["Relay"]);
}

fn body(sink: &SmtpSink) -> Value {
    json!({
        "name": "Relay",
        "host": "localhost",
        "port": sink.port(),
        "security": "none",
        "username": "ann",
        "password": PASSWORD,
    })
}

#[tokio::test]
async fn programs_set_accounts_up_change_test_and_delete_them() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let program = office.app.program();
    let made = program
        .json(Method::POST, API_PROVIDERS.url(), &body(&sink))
        .await
        .expect(201);
    let url = made.location();
    assert_eq!(made.json()["max_connections"], 10);
    assert_eq!(made.json()["state"], "active");

    let report = program
        .json(
            Method::POST,
            format!("{url}/tests"),
            &json!({ "to": "ops@example.com" }),
        )
        .await
        .expect(200);
    assert_eq!(report.json(), json!({ "succeeded": true, "error": null }));
    assert_eq!(sink.recipients(), ["ops@example.com"]);
    let paused = program
        .json(Method::PATCH, &url, &json!({ "state": "paused" }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&paused["state"], &paused["pause_reason"]),
        (&json!("paused"), &json!("Paused by a program"))
    );
    // A change of nothing but the state leaves the result of the test.
    assert!(paused["tested_at"].is_string());
    let patch = json!({ "name": "Relay 2", "messages_per_second": 50, "state": "active" });
    let changed = program.json(Method::PATCH, &url, &patch).await.expect(200).json();
    assert_eq!(
        (&changed["name"], &changed["messages_per_second"]),
        (&json!("Relay 2"), &json!(50))
    );
    let unlimited = program
        .json(Method::PATCH, &url, &json!({ "messages_per_second": null }))
        .await
        .expect(200)
        .json();
    assert_eq!(unlimited["messages_per_second"], Value::Null);
    assert_eq!(unlimited["has_password"], true);

    program
        .send(Method::DELETE, &url, None, "".into())
        .await
        .expect(204);
    program.get(&url).await.expect(404);
}

#[tokio::test]
async fn programs_are_told_at_which_field_a_request_is_wrong() {
    let (office, sink) = (PostOffice::open().await, strict_sink().await);
    let program = office.app.program();
    let pointers = |response: TestResponse| -> Vec<String> {
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let mut wrong = body(&sink);
    wrong["host"] = json!("a b");
    wrong["max_connections"] = json!(0);
    let refused = program
        .json(Method::POST, API_PROVIDERS.url(), &wrong)
        .await
        .expect(422);
    assert_eq!(pointers(refused), ["#/host", "#/max_connections"]);
    let mut odd = body(&sink);
    odd["port"] = json!(70_000);
    assert_eq!(
        pointers(
            program
                .json(Method::POST, API_PROVIDERS.url(), &odd)
                .await
                .expect(422)
        ),
        ["#/port"]
    );
    let mut unknown = body(&sink);
    unknown["colour"] = json!("red");
    program
        .json(Method::POST, API_PROVIDERS.url(), &unknown)
        .await
        .expect(422);

    let url = program
        .json(Method::POST, API_PROVIDERS.url(), &body(&sink))
        .await
        .expect(201)
        .location();
    let taken = program
        .json(Method::POST, API_PROVIDERS.url(), &body(&sink))
        .await
        .expect(409);
    assert_eq!(taken.json()["code"], "name_taken");
    let elsewhere = program
        .json(Method::PATCH, &url, &json!({ "host": "smtp.evil.example" }))
        .await
        .expect(422);
    assert_eq!(pointers(elsewhere), ["#/password"]);
    let nobody = program
        .json(Method::POST, format!("{url}/tests"), &json!({ "to": "nobody" }))
        .await
        .expect(422);
    assert_eq!(pointers(nobody), ["#/to"]);
    assert_eq!(sink.connections(), 0);
}
