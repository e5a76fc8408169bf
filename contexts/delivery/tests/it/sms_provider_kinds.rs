//! Accounts at Twilio, Plivo, Vonage and Telnyx, as people and programs set them up and try them.

use contracts::{
    delivery::{
        API_PROVIDER, API_PROVIDER_TESTS, API_PROVIDERS, PROVIDER_NEW, PROVIDER_PREFERENCE, PROVIDER_TEST,
        PROVIDERS,
    },
    platform::OPENAPI,
};
use delivery::domain::provider::ProviderKind;
use http::Method;
use kernel::ProviderId;
use serde_json::{Value, json};
use testkit::{
    Client, TestResponse,
    mail_apis::FakeApi,
    sms_apis::{FakePlivo, FakeTelnyx, FakeTwilio, FakeVonage},
    smtp_sink::SmtpSink,
};

use crate::post_office::{self, PostOffice};

const KINDS: [ProviderKind; 4] = [
    ProviderKind::Twilio,
    ProviderKind::Plivo,
    ProviderKind::Vonage,
    ProviderKind::Telnyx,
];

/// A provider.
enum Provider {
    Twilio(FakeTwilio),
    Plivo(FakePlivo),
    Vonage(FakeVonage),
    Telnyx(FakeTelnyx),
}

impl Provider {
    async fn start(kind: ProviderKind) -> Self {
        match kind {
            ProviderKind::Twilio => Provider::Twilio(FakeTwilio::start().await),
            ProviderKind::Plivo => Provider::Plivo(FakePlivo::start().await),
            ProviderKind::Vonage => Provider::Vonage(FakeVonage::start().await),
            ProviderKind::Telnyx => Provider::Telnyx(FakeTelnyx::start().await),
            other => panic!("{other:?} carries no text messages"),
        }
    }

    fn api(&self) -> &FakeApi {
        match self {
            Provider::Twilio(fake) => fake,
            Provider::Plivo(fake) => fake,
            Provider::Vonage(fake) => fake,
            Provider::Telnyx(fake) => fake,
        }
    }
}

/// The field of the secret, and the secret that is let in.
fn secret(kind: ProviderKind) -> (&'static str, &'static str) {
    match kind {
        ProviderKind::Twilio => ("auth_token", FakeTwilio::AUTH_TOKEN),
        ProviderKind::Plivo => ("auth_token", FakePlivo::AUTH_TOKEN),
        ProviderKind::Vonage => ("api_secret", FakeVonage::API_SECRET),
        ProviderKind::Telnyx => ("api_key", FakeTelnyx::API_KEY),
        other => panic!("{other:?} carries no text messages"),
    }
}

/// A form with everything right for an account at `base_url`.
fn form(kind: ProviderKind, base_url: &str) -> Vec<(&'static str, String)> {
    let own: &[(&str, &str)] = match kind {
        ProviderKind::Twilio => &[
            ("account_sid", FakeTwilio::ACCOUNT_SID),
            ("sender", FakeTwilio::SENDER),
        ],
        ProviderKind::Plivo => &[("auth_id", FakePlivo::AUTH_ID), ("sender", FakePlivo::SENDER)],
        ProviderKind::Vonage => &[
            ("api_key_id", FakeVonage::API_KEY),
            ("sender", FakeVonage::SENDER),
        ],
        _ => &[("sender", FakeTelnyx::SENDER)],
    };
    let shared = [
        secret(kind),
        ("kind", kind.as_str()),
        ("name", "Texts"),
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

async fn test_to(ann: &Client, url: &str, number: &str) -> TestResponse {
    ann.post(PROVIDER_TEST.url(&id_in(url)), &[("to", number)]).await
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
    for kind in KINDS {
        let page = ann
            .get(PROVIDER_NEW.with(&[("kind", kind.as_str())]))
            .await
            .expect(200);
        let names: Vec<String> = page.attributes("main form input", "name");
        for (name, _) in form(kind, "") {
            assert!(names.contains(&name.to_owned()), "{kind:?}: {name} of {names:?}");
        }
        for absent in ["host", "region", "domain", "access_key_id"] {
            assert!(!names.contains(&absent.to_owned()), "{kind:?}: {absent}");
        }
        assert!(!flat(&page).contains("delivery-"), "{kind:?}: {}", flat(&page));
    }
}

#[tokio::test]
async fn a_test_asks_for_a_telephone_number_and_sends_it_a_text_message() {
    for kind in KINDS {
        let (office, far) = (PostOffice::open().await, Provider::start(kind).await);
        let ann = office.app.person();
        let right = form(kind, &far.api().base_url());
        let url = post(&ann, &PROVIDERS.url(), &right).await.expect(303).location();

        let asked = ann.get(PROVIDER_TEST.url(&id_in(&url))).await.expect(200);
        assert_eq!(asked.attributes("main form input[type=tel]", "name"), ["to"]);
        let refused = test_to(&ann, &url, "07700 900123").await.expect(422);
        assert!(flat(&refused).contains("country code"), "{}", flat(&refused));
        assert_eq!(
            refused.attributes("main form input[name=to]", "value"),
            ["07700 900123"]
        );
        assert_eq!(far.api().seen().len(), 0, "{kind:?}");
        test_to(&ann, &url, "+44 7700 900123").await.expect(303);

        let taken = far.api().taken();
        assert_eq!(taken.len(), 1, "{kind:?}");
        assert_eq!(taken[0].to, ["+447700900123"], "{kind:?}");
        assert!(
            taken[0].content.contains("Texts"),
            "{kind:?}: {}",
            taken[0].content
        );
        let page = ann.get(&url).await.expect(200);
        assert!(flat(&page).contains("Passed"), "{kind:?}: {}", flat(&page));
        assert!(!flat(&page).contains("delivery-"), "{kind:?}: {}", flat(&page));
        let kept = with(with(right, secret(kind).0, ""), "name", "Renamed");
        post(&ann, &url, &kept).await.expect(303);
        test_to(&ann, &url, "+447700900123").await.expect(303);
        assert_eq!(far.api().taken().len(), 2, "{kind:?}: the stored key still works");
    }
}

#[tokio::test]
async fn a_failed_test_says_what_the_provider_said() {
    for (kind, said) in [
        (ProviderKind::Twilio, "20003 Authenticate"),
        (ProviderKind::Plivo, "Could not verify"),
        (ProviderKind::Vonage, "Unauthorized"),
        (ProviderKind::Telnyx, "Authentication failed"),
    ] {
        let (office, far) = (PostOffice::open().await, Provider::start(kind).await);
        let ann = office.app.person();
        let wrong = with(form(kind, &far.api().base_url()), secret(kind).0, "wrong");
        let url = post(&ann, &PROVIDERS.url(), &wrong).await.expect(303).location();
        test_to(&ann, &url, "+447700900123").await.expect(303);
        let page = ann.get(&url).await.expect(200);
        assert!(
            flat(&page).contains("Signing in: 401"),
            "{kind:?}: {}",
            flat(&page)
        );
        assert!(flat(&page).contains(said), "{kind:?}: {}", flat(&page));
    }
}

#[tokio::test]
async fn a_key_is_never_shown_again_and_goes_nowhere_but_where_it_was_entered_for() {
    for kind in KINDS {
        let (office, right) = (PostOffice::open().await, Provider::start(kind).await);
        let wrong = Provider::start(kind).await;
        let (ann, program) = (office.app.person(), office.app.program());
        let fields = form(kind, &right.api().base_url());
        let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();
        let (field, key) = secret(kind);
        let elsewhere = with(fields, "base_url", &wrong.api().base_url());

        let refused = post(&ann, &url, &with(elsewhere, field, "")).await.expect(422);

        assert!(flat(&refused).contains("Enter it again"), "{}", flat(&refused));
        test_to(&ann, &url, "+447700900123").await.expect(303);
        let reached = (right.api().taken().len(), wrong.api().seen().len());
        assert_eq!(reached, (1, 0), "{kind:?}");
        for text in [
            ann.get(&url).await.expect(200).text(),
            ann.get(PROVIDERS.url()).await.expect(200).text(),
            program
                .get(API_PROVIDER.url(&id_in(&url)))
                .await
                .expect(200)
                .text(),
            office
                .value::<String>("SELECT p::text || encode(secret, 'escape') FROM delivery.providers p")
                .await,
        ] {
            assert!(!text.contains(key), "{kind:?}: {text}");
        }
    }
}

#[tokio::test]
async fn another_account_of_the_provider_needs_its_own_key() {
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (kind, field, other) in [
        (
            ProviderKind::Twilio,
            "account_sid",
            "ACffffffffffffffffffffffffffffffff",
        ),
        (
            ProviderKind::Twilio,
            "api_key_sid",
            "SKffffffffffffffffffffffffffffffff",
        ),
        (ProviderKind::Plivo, "auth_id", "MAOTHER"),
        (ProviderKind::Vonage, "api_key_id", "other"),
    ] {
        office.sql("DELETE FROM delivery.providers").await;
        let fields = form(kind, "");
        let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();
        let changed = with(with(fields, field, other), secret(kind).0, "");
        let refused = post(&ann, &url, &changed).await.expect(422);
        assert!(flat(&refused).contains("Enter it again"), "{kind:?} {field}");
    }
}

#[tokio::test]
async fn a_wrong_form_comes_back_with_what_was_typed_and_stores_nothing() {
    use ProviderKind::{Plivo, Telnyx, Twilio, Vonage};
    let office = PostOffice::open().await;
    let ann = office.app.person();
    for (kind, field, value, said) in [
        (Twilio, "account_sid", "AC/../x", "SID of an account"),
        (Twilio, "api_key_sid", "key", "SID of an API key"),
        (
            Twilio,
            "messaging_service_sid",
            "MG1",
            "SID of a Messaging Service",
        ),
        (Twilio, "sender", "a name that is too long", "at most 11"),
        (Twilio, "sender", "", "Enter a sender"),
        (Twilio, "auth_token", "", "Enter the key"),
        (Plivo, "auth_id", "", "auth ID"),
        (Plivo, "sender", "", "at most 11"),
        (Vonage, "api_key_id", "a/b", "API key of an account"),
        (Vonage, "api_secret", "a b", "no spaces"),
        (
            Telnyx,
            "messaging_profile_id",
            "profile",
            "ID of a messaging profile",
        ),
        (Telnyx, "sender", "", "Enter a sender"),
        (Telnyx, "max_connections", "51", "from 1 to 50"),
    ] {
        let fields = with(form(kind, ""), field, value);
        let refused = post(&ann, &PROVIDERS.url(), &fields).await.expect(422);
        assert!(
            flat(&refused).contains(said),
            "{kind:?} {field}: {}",
            flat(&refused)
        );
        assert_eq!(refused.attributes("input[name=kind]", "value"), [kind.as_str()]);
        assert_eq!(refused.attributes("input[name=name]", "value"), ["Texts"]);
    }
    let count: i64 = office.value("SELECT count(*) FROM delivery.providers").await;
    assert_eq!(count, 0);
}

#[tokio::test]
async fn the_list_says_what_each_account_carries_and_which_is_used_first_for_it() {
    let sink = SmtpSink::start().await;
    let office = PostOffice::open().await;
    let ann = office.app.person();
    let url = post(&ann, &PROVIDERS.url(), &form(ProviderKind::Twilio, ""))
        .await
        .expect(303)
        .location();
    office
        .add_provider(office.app.org, "Relay", post_office::config(&sink), None)
        .await;
    ann.post(PROVIDER_PREFERENCE.url(&id_in(&url)), &[])
        .await
        .expect(303);

    let list = flat(&ann.get(PROVIDERS.url()).await.expect(200));

    assert!(list.contains("Text messages"), "{list}");
    assert!(list.contains("Email"), "{list}");
    assert_eq!(list.matches("Used first").count(), 2, "{list}");
}

#[tokio::test]
async fn mail_goes_out_over_no_account_for_text_messages() {
    let sink = SmtpSink::start().await;
    let far = FakeTwilio::start().await;
    let (office, _) = PostOffice::live(&sink).await;
    let ann = office.app.person();
    let fields = form(ProviderKind::Twilio, &far.base_url());
    let url = post(&ann, &PROVIDERS.url(), &fields).await.expect(303).location();
    ann.post(PROVIDER_PREFERENCE.url(&id_in(&url)), &[])
        .await
        .expect(303);
    let batch = office.campaign(3).await;

    office.send().await;

    assert_eq!(office.progress(batch).await.accepted, 3);
    assert_eq!(sink.accepted(), 3);
    assert_eq!(far.seen().len(), 0);
}

#[tokio::test]
async fn programs_set_up_change_test_and_delete_accounts_of_each_kind() {
    for kind in KINDS {
        let (office, far) = (PostOffice::open().await, Provider::start(kind).await);
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
        assert_eq!(made.json()["sender"], body(kind, "")["sender"]);
        let tests = API_PROVIDER_TESTS.url(&id_in(&url));

        let nobody = json!({ "to": "ops@example.com" });
        let refused = program.json(Method::POST, &tests, &nobody).await.expect(422);
        assert_eq!(pointers(&refused), ["#/to"], "{kind:?}");
        let report = program
            .json(Method::POST, &tests, &json!({ "to": "+447700900123" }))
            .await
            .expect(200);
        assert_eq!(
            report.json(),
            json!({ "succeeded": true, "error": null }),
            "{kind:?}"
        );
        assert_eq!(far.api().taken()[0].to, ["+447700900123"]);

        let patch = json!({ "sender": "OTHER", "messages_per_second": 5 });
        let changed = program.json(Method::PATCH, &url, &patch).await.expect(200).json();
        assert_eq!(
            (&changed["sender"], &changed["messages_per_second"]),
            (&json!("OTHER"), &json!(5)),
            "{kind:?}"
        );
        let foreign = program
            .json(Method::PATCH, &url, &json!({ "domain": "mg.example.com" }))
            .await
            .expect(422);
        assert_eq!(pointers(&foreign), ["#/domain"], "{kind:?}");
        let elsewhere = json!({ "base_url": "https://gateway.example.com" });
        let elsewhere = program.json(Method::PATCH, &url, &elsewhere).await.expect(422);
        assert_eq!(
            pointers(&elsewhere),
            [format!("#/{}", secret(kind).0)],
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
async fn the_document_of_the_api_describes_each_kind() {
    let office = PostOffice::open().await;
    let document = office.app.stranger().get(OPENAPI.url()).await.expect(200).json();
    let schemas = &document["components"]["schemas"];
    for (kind, needed) in [
        ("NewTwilioProvider", "account_sid"),
        ("NewPlivoProvider", "auth_id"),
        ("NewVonageProvider", "api_key_id"),
        ("NewTelnyxProvider", "api_key"),
    ] {
        let required = schemas[kind]["required"].as_array().expect("some are");
        for name in ["kind", "name", needed] {
            assert!(required.contains(&json!(name)), "{kind}: {required:?}");
        }
    }
}
