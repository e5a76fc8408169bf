//! Accounts at Amazon SES, SendGrid and Mailgun, as people and programs set them up.

use contracts::{
    delivery::{
        API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS, PROVIDER_NEW, PROVIDER_PAUSE, PROVIDER_TEST,
        PROVIDERS,
    },
    platform::OPENAPI,
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
    mail_apis::{FakeMailgun, FakeSendGrid, FakeSes},
};

use crate::{far_side::FarSide, post_office::PostOffice};

/// A form with everything right for an account at `base_url`.
fn form(kind: ProviderKind, base_url: &str) -> Vec<(&'static str, String)> {
    let own: &[(&str, &str)] = match kind {
        ProviderKind::Ses => &[
            ("region", FakeSes::REGION),
            ("access_key_id", FakeSes::ACCESS_KEY_ID),
            ("secret_access_key", FakeSes::SECRET_ACCESS_KEY),
            ("configuration_set", FakeSes::CONFIGURATION_SET),
        ],
        ProviderKind::SendGrid => &[("region", "eu"), ("api_key", FakeSendGrid::API_KEY)],
        ProviderKind::Mailgun => &[
            ("domain", FakeMailgun::DOMAIN),
            ("region", "us"),
            ("api_key", FakeMailgun::API_KEY),
        ],
        other => panic!("{other:?} has tests of its own"),
    };
    let shared = [
        ("kind", kind.as_str()),
        ("name", "Provider"),
        ("base_url", base_url),
        ("max_connections", "4"),
        ("messages_per_second", ""),
    ];
    let all = own.iter().chain(&shared);
    all.map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// As the API wants it: the same, without what is empty, and with numbers.
fn body(kind: ProviderKind, base_url: &str) -> Value {
    let mut body: Value = form(kind, base_url)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into();
    body["max_connections"] = json!(4);
    body
}

fn secret_field(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Smtp => "password",
        ProviderKind::Ses => "secret_access_key",
        ProviderKind::SendGrid | ProviderKind::Mailgun => "api_key",
        other => panic!("{other:?} has tests of its own"),
    }
}

fn with(
    mut fields: Vec<(&'static str, String)>,
    name: &'static str,
    value: &str,
) -> Vec<(&'static str, String)> {
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
async fn each_kind_has_a_form_of_its_own_that_needs_no_script() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let plain = ann.get(PROVIDER_NEW.url()).await.expect(200);
    let ways = plain.attributes("nav.segmented a", "href");
    assert_eq!(ways.len(), ProviderKind::ALL.len(), "{ways:?}");

    for (way, present, absent) in [
        (
            &ways[0],
            vec!["host", "port", "password"],
            vec!["api_key", "region"],
        ),
        (
            &ways[1],
            vec![
                "region",
                "access_key_id",
                "secret_access_key",
                "configuration_set",
            ],
            vec!["host", "password"],
        ),
        (&ways[2], vec!["region", "api_key"], vec!["host", "domain"]),
        (
            &ways[3],
            vec!["domain", "region", "api_key"],
            vec!["host", "access_key_id", "sender"],
        ),
    ] {
        let page = ann.get(way).await.expect(200);
        let current = page.attributes("nav.segmented a[aria-current=page]", "href");
        assert_eq!(current, std::slice::from_ref(way));
        let names: Vec<String> = ["input", "select"]
            .iter()
            .flat_map(|tag| page.attributes(&format!("main form {tag}"), "name"))
            .collect();
        for name in present {
            assert!(names.contains(&name.to_owned()), "{way}: {name} of {names:?}");
        }
        for name in absent {
            assert!(!names.contains(&name.to_owned()), "{way}: {name} of {names:?}");
        }
    }
    ann.get(format!("{}?kind=pigeon", PROVIDER_NEW.url()))
        .await
        .expect(422);
}

#[tokio::test]
async fn an_account_of_each_kind_is_set_up_tried_changed_and_paused() {
    for kind in FarSide::OVER_HTTP {
        let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
        let ann = office.app.person();
        let right = form(kind, &far.api().base_url());
        let url = post(&ann, &PROVIDERS.url(), &right).await.expect(303).location();

        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);

        assert_eq!(far.recipients(), ["ada@example.com"], "{kind:?}");
        let page = ann.get(&url).await.expect(200);
        assert!(flat(&page).contains("Passed"), "{kind:?}: {}", flat(&page));
        let kept = with(with(right, secret_field(kind), ""), "name", "Renamed");
        post(&ann, &url, &kept).await.expect(303);
        let page = ann.get(&url).await.expect(200);
        assert_eq!(page.texts("h1"), ["Renamed"], "{kind:?}");
        assert!(flat(&page).contains("Not tested yet"), "{kind:?}");
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        assert_eq!(far.recipients().len(), 2, "{kind:?}: the stored key still works");
        ann.post(PROVIDER_PAUSE.url(&id_in(&url)), &[]).await.expect(303);
        let list = ann.get(PROVIDERS.url()).await.expect(200);
        assert!(flat(&list).contains("Paused by Ada Example"), "{kind:?}");
    }
}

#[tokio::test]
async fn a_failed_test_says_what_the_provider_said() {
    for (kind, said) in [
        (ProviderKind::Ses, "does not match the signature"),
        (ProviderKind::SendGrid, "authorization grant is invalid"),
        (ProviderKind::Mailgun, "401 Forbidden"),
    ] {
        let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
        let ann = office.app.person();
        let wrong = with(form(kind, &far.api().base_url()), secret_field(kind), "wrong");
        let url = post(&ann, &PROVIDERS.url(), &wrong).await.expect(303).location();
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        let page = ann.get(&url).await.expect(200);
        assert!(
            flat(&page).contains("Signing in: 40"),
            "{kind:?}: {}",
            flat(&page)
        );
        assert!(flat(&page).contains(said), "{kind:?}: {}", flat(&page));
        assert!(far.arrived().is_empty(), "{kind:?}");
    }
}

#[tokio::test]
async fn a_key_is_never_shown_again() {
    for kind in FarSide::OVER_HTTP {
        let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
        let (ann, program) = (office.app.person(), office.app.program());
        let right = form(kind, &far.api().base_url());
        let url = post(&ann, &PROVIDERS.url(), &right).await.expect(303).location();
        let id = id_in(&url);
        let refused = post(&ann, &PROVIDERS.url(), &with(right, "name", ""))
            .await
            .expect(422);

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
            assert!(!text.contains(far.secret()), "{kind:?}: {text}");
        }
    }
}

#[tokio::test]
async fn a_stored_key_goes_nowhere_but_where_it_was_entered_for() {
    for kind in FarSide::OVER_HTTP {
        let (office, right) = (PostOffice::open().await, FarSide::start(kind).await);
        let wrong = FarSide::start(kind).await;
        let ann = office.app.person();
        let fields = form(kind, &right.api().base_url());
        let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();
        let elsewhere = with(fields, "base_url", &wrong.api().base_url());

        let refused = post(&ann, &url, &with(elsewhere.clone(), secret_field(kind), ""))
            .await
            .expect(422);

        assert!(
            flat(&refused).contains("Enter it again"),
            "{kind:?}: {}",
            flat(&refused)
        );
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        assert_eq!(
            (right.arrived().len(), wrong.api().seen().len()),
            (1, 0),
            "{kind:?}"
        );
        post(&ann, &url, &elsewhere).await.expect(303);
        ann.post(PROVIDER_TEST.url(&id_in(&url)), &[]).await.expect(303);
        assert_eq!(wrong.arrived().len(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_what_was_typed_and_stores_nothing() {
    use ProviderKind::{Mailgun, SendGrid, Ses};
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (kind, field, value, said) in [
        (Ses, "region", "europe", "Choose a region"),
        (Ses, "access_key_id", "not a key", "ID of an access key"),
        (Ses, "secret_access_key", "", "Enter the key"),
        (Ses, "configuration_set", "a b", "64 letters"),
        (SendGrid, "region", "mars", "Choose a region"),
        (SendGrid, "api_key", "", "Enter the key"),
        (SendGrid, "api_key", "a b", "no spaces"),
        (Mailgun, "domain", "mg/../x", "Enter a domain"),
        (Mailgun, "api_key", "", "Enter the key"),
        (
            Mailgun,
            "base_url",
            "https://ann@example.com",
            "start of a web address",
        ),
        (Mailgun, "max_connections", "51", "from 1 to 50"),
    ] {
        let fields = with(form(kind, ""), field, value);
        let refused = post(&ann, &PROVIDERS.url(), &fields).await.expect(422);
        assert!(
            flat(&refused).contains(said),
            "{kind:?} {field}: {}",
            flat(&refused)
        );
        assert_eq!(refused.attributes("input[name=name]", "value"), ["Provider"]);
        assert_eq!(refused.attributes("input[name=kind]", "value"), [kind.as_str()]);
    }
    let count: i64 = office.value("SELECT count(*) FROM delivery.providers").await;
    assert_eq!(count, 0);
}

#[tokio::test]
async fn an_account_stays_of_the_kind_that_it_is() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = post(&ann, &PROVIDERS.url(), &form(ProviderKind::SendGrid, ""))
        .await
        .expect(303)
        .location();
    let refused = post(&ann, &url, &form(ProviderKind::Mailgun, ""))
        .await
        .expect(422);
    assert!(flat(&refused).contains("another kind"), "{}", flat(&refused));
    let kind: String = office.value("SELECT kind FROM delivery.providers").await;
    assert_eq!(kind, "sendgrid");
}

#[tokio::test]
async fn addresses_on_private_networks_are_refused_where_they_are_not_allowed() {
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
    for kind in FarSide::OVER_HTTP {
        for base_url in [
            "https://127.0.0.1",
            "https://localhost/x",
            "https://[::1]",
            "https://169.254.169.254",
            "https://[::ffff:10.0.0.1]",
        ] {
            let refused = post(&ann, &PROVIDERS.url(), &form(kind, base_url))
                .await
                .expect(422);
            assert!(flat(&refused).contains("private network"), "{kind:?} {base_url}");
        }
        let clear = form(kind, "http://gateway.example.com");
        let refused = post(&ann, &PROVIDERS.url(), &clear).await.expect(422);
        assert!(flat(&refused).contains("https://"), "{kind:?}");
        let fine = with(
            form(kind, "https://gateway.example.com/mail"),
            "name",
            kind.as_str(),
        );
        post(&ann, &PROVIDERS.url(), &fine).await.expect(303);
    }
}

#[tokio::test]
async fn programs_set_up_change_test_and_delete_accounts_of_each_kind() {
    for kind in FarSide::OVER_HTTP {
        let (office, far) = (PostOffice::open().await, FarSide::start(kind).await);
        let program = office.app.program();
        let made = program
            .json(
                Method::POST,
                API_PROVIDERS.url(),
                &body(kind, &far.api().base_url()),
            )
            .await
            .expect(201);
        let url = made.location();
        assert_eq!(made.json()["kind"], kind.as_str());
        assert_eq!(made.json()["base_url"], far.api().base_url());
        assert_eq!(made.json()["max_connections"], 4);

        let report = program
            .json(
                Method::POST,
                API_PROVIDER_TESTS.url(&id_in(&url)),
                &json!({ "to": "ops@example.com" }),
            )
            .await
            .expect(200);
        assert_eq!(
            report.json(),
            json!({ "succeeded": true, "error": null }),
            "{kind:?}"
        );
        assert_eq!(far.recipients(), ["ops@example.com"]);

        let patch = json!({ "name": "Other", "messages_per_second": 5 });
        let changed = program.json(Method::PATCH, &url, &patch).await.expect(200).json();
        assert_eq!(
            (&changed["name"], &changed["messages_per_second"]),
            (&json!("Other"), &json!(5))
        );
        let foreign = program
            .json(Method::PATCH, &url, &json!({ "host": "smtp.example.com" }))
            .await
            .expect(422);
        assert_eq!(pointers(&foreign), ["#/host"], "{kind:?}");
        let elsewhere = program
            .json(
                Method::PATCH,
                &url,
                &json!({ "base_url": "https://gateway.example.com" }),
            )
            .await
            .expect(422);
        assert_eq!(
            pointers(&elsewhere),
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
async fn programs_that_know_nothing_of_kinds_set_up_mail_servers() {
    let office = PostOffice::open().await;
    let program = office.app.program();
    let body = json!({ "name": "Relay", "host": "smtp.example.com", "port": 587, "security": "start_tls" });
    let made = program
        .json(Method::POST, API_PROVIDERS.url(), &body)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&made["kind"], &made["host"]),
        (&json!("smtp"), &json!("smtp.example.com"))
    );
    assert_eq!(made["has_password"], false);
}

#[tokio::test]
async fn the_document_of_the_api_describes_each_kind() {
    let office = PostOffice::open().await;
    let document = office.app.stranger().get(OPENAPI.url()).await.expect(200).json();
    let schemas = &document["components"]["schemas"];
    let new = &schemas["NewProvider"];
    let kinds = new["oneOf"].as_array().expect("one of several");
    assert_eq!(kinds.len(), ProviderKind::ALL.len(), "{new}");
    assert_eq!(new["discriminator"]["propertyName"], "kind", "{new}");
    for kind in [
        "NewSmtpProvider",
        "NewSesProvider",
        "NewSendGridProvider",
        "NewMailgunProvider",
    ] {
        assert!(
            schemas[kind]["properties"]["kind"].is_object(),
            "{kind}: {}",
            schemas[kind]
        );
    }
    let required = schemas["NewSmtpProvider"]["required"]
        .as_array()
        .expect("some are");
    assert!(!required.contains(&json!("kind")), "{required:?}");
    assert!(
        schemas["NewSesProvider"]["required"]
            .as_array()
            .is_some_and(|required| required.contains(&json!("kind")))
    );
}
