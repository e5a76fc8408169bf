//! Accounts at Firebase and Apple and at a Postfix server, as people and programs set them up.

use contracts::delivery::{
    API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS, PROVIDER_NEW, PROVIDER_TEST, PROVIDERS,
};
use delivery::{
    domain::provider::ProviderKind,
    interface::settings::{MESSAGES, Settings, settings},
};
use http::Method;
use kernel::ProviderId;
use platform::Module;
use serde_json::{Value, json};
use testkit::{
    Client, TestApp, TestResponse,
    push_apis::{FakeApns, FakeFcm},
    smtp_sink::SmtpSink,
};

use crate::{post_office::PostOffice, push_carriers::PushSide};

const PUSHES: [ProviderKind; 2] = [ProviderKind::Fcm, ProviderKind::Apns];

type Fields = Vec<(&'static str, String)>;

/// A form with everything right for an account at a service.
fn form(side: &PushSide) -> Fields {
    let own = match side {
        PushSide::Fcm(_) => vec![
            ("kind", "fcm".to_owned()),
            ("project_id", FakeFcm::PROJECT.to_owned()),
            ("service_account", side.secret()),
        ],
        PushSide::Apns(_) => vec![
            ("kind", "apns".to_owned()),
            ("key_id", FakeApns::KEY_ID.to_owned()),
            ("team_id", FakeApns::TEAM_ID.to_owned()),
            ("topic", FakeApns::TOPIC.to_owned()),
            ("environment", "sandbox".to_owned()),
            ("signing_key", side.secret()),
        ],
    };
    let shared = [
        ("name", "Our app".to_owned()),
        ("base_url", side.api().base_url()),
        ("max_connections", "4".to_owned()),
        ("messages_per_second", String::new()),
    ];
    own.into_iter().chain(shared).collect()
}

/// As the API wants it: the same, without what is empty, and with numbers.
fn body(fields: Fields) -> Value {
    let mut body = serde_json::Map::new();
    for (name, value) in fields {
        let value = match name {
            "max_connections" | "port" | "messages_per_connection" => json!(value.parse::<u32>().unwrap()),
            _ => json!(value),
        };
        if value != "" {
            body.insert(name.to_owned(), value);
        }
    }
    body.into()
}

fn secret_field(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Fcm => "service_account",
        ProviderKind::Apns => "signing_key",
        _ => "password",
    }
}

fn postfix_form(port: u16, log_path: &str) -> Fields {
    [
        ("kind", "postfix"),
        ("name", "Our Postfix"),
        ("host", "127.0.0.1"),
        ("port", &port.to_string()),
        ("security", "none"),
        ("max_connections", "4"),
        ("messages_per_connection", "100"),
        ("log_path", log_path),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn with(mut fields: Fields, name: &'static str, value: &str) -> Fields {
    fields.retain(|(field, _)| *field != name);
    fields.push((name, value.to_owned()));
    fields
}

async fn post(ann: &Client, url: &str, fields: &[(&'static str, String)]) -> TestResponse {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    ann.post(url, &fields).await
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

fn pointers(response: &TestResponse) -> Vec<String> {
    let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn each_kind_has_a_form_of_its_own() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (kind, present, absent) in [
        (
            "fcm",
            vec!["project_id", "service_account"],
            vec!["host", "key_id", "api_key"],
        ),
        (
            "apns",
            vec!["key_id", "team_id", "topic", "environment", "signing_key"],
            vec!["host", "project_id", "password"],
        ),
        (
            "postfix",
            vec![
                "host",
                "port",
                "security",
                "password",
                "log_path",
                "messages_per_connection",
            ],
            vec!["base_url", "topic"],
        ),
    ] {
        let page = ann.get(PROVIDER_NEW.with(&[("kind", kind)])).await.expect(200);
        let names: Vec<String> = ["input", "select", "textarea"]
            .iter()
            .flat_map(|tag| page.attributes(&format!("main form {tag}"), "name"))
            .collect();
        for name in present {
            assert!(names.contains(&name.to_owned()), "{kind}: {name} of {names:?}");
        }
        for name in absent {
            assert!(!names.contains(&name.to_owned()), "{kind}: {name} of {names:?}");
        }
    }
}

#[tokio::test]
async fn an_account_is_set_up_and_its_credentials_are_tried() {
    for kind in PUSHES {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let ann = office.app.person();
        let url = post(&ann, &PROVIDERS.url(), &form(&side))
            .await
            .expect(303)
            .location();
        assert!(
            flat(&ann.get(&url).await.expect(200)).contains("Not tested yet"),
            "{kind:?}"
        );

        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);

        let page = ann.get(&url).await.expect(200);
        assert!(flat(&page).contains("Passed"), "{kind:?}: {}", flat(&page));
        assert!(side.api().taken().is_empty(), "{kind:?}: nobody gets anything");
        assert_eq!(page.attributes("main input[name=to]", "name"), ["to"], "{kind:?}");
    }
}

#[tokio::test]
async fn a_device_is_tried_by_its_token() {
    for (kind, arrive) in [(ProviderKind::Fcm, 0), (ProviderKind::Apns, 1)] {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let ann = office.app.person();
        let url = post(&ann, &PROVIDERS.url(), &form(&side))
            .await
            .expect(303)
            .location();

        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[("to", side.device())])
            .await
            .expect(303);

        assert!(
            flat(&ann.get(&url).await.expect(200)).contains("Passed"),
            "{kind:?}"
        );
        let taken = side.api().taken();
        assert_eq!(taken.len(), arrive, "{kind:?}");
        if let PushSide::Fcm(google) = &side {
            let looked_at = google.validated().swap_remove(0);
            assert_eq!(looked_at["token"], side.device());
            assert_eq!(looked_at["notification"]["title"], "Test from Example Ltd");
        }
        let nobody = match kind {
            ProviderKind::Fcm => "nobody",
            _ => "00ff",
        };
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[("to", nobody)])
            .await
            .expect(303);
        assert!(
            flat(&ann.get(&url).await.expect(200)).contains("Failed"),
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_test_says_what_the_service_said() {
    for (kind, field, wrong, said) in [
        (ProviderKind::Fcm, "project_id", "other-1", "Permission"),
        (
            ProviderKind::Apns,
            "team_id",
            "WRONG12345",
            "InvalidProviderToken",
        ),
        (
            ProviderKind::Apns,
            "topic",
            "com.example.other",
            "TopicDisallowed",
        ),
    ] {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let ann = office.app.person();
        let wrong = with(form(&side), field, wrong);
        let url = post(&ann, &PROVIDERS.url(), &wrong).await.expect(303).location();
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        let page = ann.get(&url).await.expect(200);
        assert!(
            flat(&page).contains("Signing in: 40"),
            "{kind:?}: {}",
            flat(&page)
        );
        assert!(flat(&page).contains(said), "{kind:?}: {}", flat(&page));
    }
}

#[tokio::test]
async fn a_key_is_never_shown_again_and_kept_when_the_field_stays_empty() {
    for kind in PUSHES {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let (ann, program) = (office.app.person(), office.app.program());
        let right = form(&side);
        // Some of the key itself, behind the line that every file begins with.
        let secret = side.secret();
        let start = secret.find("KEY-----").expect("it is a key") + 20;
        let part = secret[start..start + 40].to_owned();
        let url = post(&ann, &PROVIDERS.url(), &right).await.expect(303).location();
        let refused = post(&ann, &PROVIDERS.url(), &with(right.clone(), "name", ""))
            .await
            .expect(422);
        let seen = [
            refused.text(),
            ann.get(&url).await.expect(200).text(),
            program.get(API_PROVIDERS.url()).await.expect(200).text(),
            program
                .get(API_PROVIDER.url(&id_in(&url)))
                .await
                .expect(200)
                .text(),
            office
                .value::<String>("SELECT p::text || encode(secret, 'escape') FROM delivery.providers p")
                .await,
        ];
        for text in seen {
            assert!(!text.contains(&part), "{kind:?}: {text}");
        }

        let kept = with(with(right, secret_field(kind), ""), "name", "Renamed");
        post(&ann, &url, &kept).await.expect(303);
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        let page = ann.get(&url).await.expect(200);
        assert_eq!(page.texts("h1"), ["Renamed"], "{kind:?}");
        assert!(
            flat(&page).contains("Passed"),
            "{kind:?}: the stored key still works"
        );
    }
}

#[tokio::test]
async fn a_stored_key_goes_nowhere_but_where_it_was_entered_for() {
    for kind in PUSHES {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let ann = office.app.person();
        let fields = form(&side);
        let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();
        let elsewhere = with(
            with(fields, "base_url", "https://gateway.example.com"),
            secret_field(kind),
            "",
        );
        let refused = post(&ann, &url, &elsewhere).await.expect(422);
        assert!(
            flat(&refused).contains("Enter it again"),
            "{kind:?}: {}",
            flat(&refused)
        );
    }
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_what_was_typed_and_stores_nothing() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (kind, field, value, said) in [
        (
            ProviderKind::Fcm,
            "project_id",
            "No Project",
            "ID of a Firebase project",
        ),
        (ProviderKind::Fcm, "service_account", "", "Enter the key"),
        (
            ProviderKind::Fcm,
            "service_account",
            "AIzaSyLegacyServerKey",
            "whole key file",
        ),
        (ProviderKind::Apns, "key_id", "abc", "ten capital letters"),
        (ProviderKind::Apns, "team_id", "abc", "ten capital letters"),
        (ProviderKind::Apns, "topic", "no topic", "bundle ID"),
        (ProviderKind::Apns, "environment", "mars", "two environments"),
        (ProviderKind::Apns, "signing_key", "wrong", "whole .p8 file"),
    ] {
        let side = PushSide::start(kind).await;
        let refused = post(&ann, &PROVIDERS.url(), &with(form(&side), field, value))
            .await
            .expect(422);
        assert!(
            flat(&refused).contains(said),
            "{kind:?} {field}: {}",
            flat(&refused)
        );
        assert_eq!(refused.attributes("input[name=name]", "value"), ["Our app"]);
        assert_eq!(refused.attributes("input[name=kind]", "value"), [kind.as_str()]);
    }
    let log = postfix_form(25, "/var/log/../../etc/passwd");
    let refused = post(&ann, &PROVIDERS.url(), &log).await.expect(422);
    assert!(flat(&refused).contains("whole path"), "{}", flat(&refused));
    let count: i64 = office.value("SELECT count(*) FROM delivery.providers").await;
    assert_eq!(count, 0);
}

#[tokio::test]
async fn programs_set_up_change_test_and_delete_accounts_of_each_kind() {
    for kind in PUSHES {
        let (office, side) = (PostOffice::open().await, PushSide::start(kind).await);
        let program = office.app.program();
        let made = program
            .json(Method::POST, API_PROVIDERS.url(), &body(form(&side)))
            .await
            .expect(201);
        let url = made.location();
        assert_eq!(made.json()["kind"], kind.as_str());
        assert_eq!(made.json()["max_connections"], 4);

        for to in ["", side.device()] {
            let report = program
                .json(
                    Method::POST,
                    API_PROVIDER_TESTS.url(&id_in(&url)),
                    &json!({ "to": to }),
                )
                .await
                .expect(200);
            assert_eq!(
                report.json(),
                json!({ "succeeded": true, "error": null }),
                "{kind:?} {to}"
            );
        }
        let report = program
            .json(
                Method::POST,
                API_PROVIDER_TESTS.url(&id_in(&url)),
                &json!({ "to": "nobody" }),
            )
            .await
            .expect(200)
            .json();
        assert_eq!(report["succeeded"], false, "{kind:?}");

        let own = match kind {
            ProviderKind::Fcm => json!({ "project_id": "shop-2", "messages_per_second": 5 }),
            _ => json!({ "topic": "com.example.two", "environment": "production", "messages_per_second": 5 }),
        };
        let changed = program.json(Method::PATCH, &url, &own).await.expect(200).json();
        for (field, value) in own.as_object().unwrap() {
            assert_eq!(&changed[field], value, "{kind:?}");
        }
        let foreign = program
            .json(Method::PATCH, &url, &json!({ "host": "smtp.example.com" }))
            .await
            .expect(422);
        assert_eq!(pointers(&foreign), ["#/host"], "{kind:?}");
        let wrong = program
            .json(Method::PATCH, &url, &json!({ secret_field(kind): "wrong" }))
            .await
            .expect(422);
        assert_eq!(
            pointers(&wrong),
            [format!("#/{}", secret_field(kind))],
            "{kind:?}"
        );
        program
            .send(Method::DELETE, &url, None, "".into())
            .await
            .expect(204);
        program.get(&url).await.expect(404);
    }
}

#[tokio::test]
async fn a_postfix_server_is_set_up_and_tried_with_a_real_mail() {
    let (office, sink) = (PostOffice::open().await, SmtpSink::start().await);
    let (ann, program) = (office.app.person(), office.app.program());
    let fields = postfix_form(sink.port(), "/var/log/mail.log");
    let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();

    ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);

    assert_eq!(sink.recipients(), ["ada@example.com"]);
    let page = ann.get(&url).await.expect(200);
    assert_eq!(
        page.attributes("input[name=log_path]", "value"),
        ["/var/log/mail.log"]
    );
    let shown = program
        .get(API_PROVIDER.url(&id_in(&url)))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (
            &shown["kind"],
            &shown["host"],
            &shown["log_path"],
            &shown["has_password"]
        ),
        (
            &json!("postfix"),
            &json!("127.0.0.1"),
            &json!("/var/log/mail.log"),
            &json!(false)
        )
    );
    let changed = program
        .json(
            Method::PATCH,
            API_PROVIDER.url(&id_in(&url)),
            &json!({ "log_path": "" }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["log_path"], &changed["host"]),
        (&json!(""), &json!("127.0.0.1"))
    );
    let made = program
        .json(
            Method::POST,
            API_PROVIDERS.url(),
            &body(with(
                postfix_form(sink.port(), "/var/log/mail.log"),
                "name",
                "Second",
            )),
        )
        .await
        .expect(201)
        .json();
    assert_eq!(made["log_path"], "/var/log/mail.log");
}

#[tokio::test]
async fn neither_private_networks_nor_files_are_reached_where_they_are_not_allowed() {
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
    let ann = app.person();
    for kind in PUSHES {
        let side = PushSide::start(kind).await;
        let refused = post(
            &ann,
            &PROVIDERS.url(),
            &with(form(&side), "base_url", "https://127.0.0.1"),
        )
        .await
        .expect(422);
        assert!(
            flat(&refused).contains("private network"),
            "{kind:?}: {}",
            flat(&refused)
        );
    }
    let google = PushSide::start(ProviderKind::Fcm).await;
    let refused = post(&ann, &PROVIDERS.url(), &with(form(&google), "base_url", ""))
        .await
        .expect(422);
    assert!(
        flat(&refused).contains("whole key file"),
        "its access tokens come from this machine: {}",
        flat(&refused)
    );
    let loopback = post(&ann, &PROVIDERS.url(), &postfix_form(25, ""))
        .await
        .expect(422);
    assert!(flat(&loopback).contains("private network"), "{}", flat(&loopback));
    let file = with(postfix_form(25, "/etc/passwd"), "host", "mail.example.com");
    let refused = post(&ann, &PROVIDERS.url(), &file).await.expect(422);
    assert!(
        flat(&refused).contains("files of this machine"),
        "{}",
        flat(&refused)
    );
    let fine = with(postfix_form(25, ""), "host", "mail.example.com");
    post(&ann, &PROVIDERS.url(), &fine).await.expect(303);
}
