use contracts::identity::{ACCOUNT, LOGIN, ORGANIZATION, SETUP};
use identity::{SetUpError, SetUpOutcome, SetUpRequest};
use testkit::Client;

use crate::installation::{Installation, OWNER, PASSWORD, request};

const FIELDS: [(&str, &str); 5] = [
    ("organization", "Acme Ltd"),
    ("timezone", "Europe/Berlin"),
    ("name", "Ann Miller"),
    ("email", OWNER),
    ("password", PASSWORD),
];

fn at_the_machine(installation: &Installation) -> Client {
    installation.app.stranger().coming_from("127.0.0.1")
}

fn from_elsewhere(installation: &Installation) -> Client {
    installation.app.stranger().coming_from("203.0.113.9")
}

async fn nobody_is_there(installation: &Installation) {
    assert_eq!(installation.count("SELECT count(*) FROM identity.users").await, 0);
    assert_eq!(
        installation
            .count("SELECT count(*) FROM identity.organizations")
            .await,
        0
    );
}

#[tokio::test]
async fn every_page_leads_to_the_first_run_while_there_is_nobody() {
    let installation = Installation::untouched().await;
    for page in [LOGIN.url(), ACCOUNT.url(), ORGANIZATION.url()] {
        let response = installation.app.stranger().get(page).await.expect(303);
        assert_eq!(response.location(), "/setup");
    }
}

#[tokio::test]
async fn whoever_sits_at_the_machine_sets_up_and_is_signed_in() {
    let installation = Installation::untouched().await;
    let browser = at_the_machine(&installation);
    let page = browser.get(SETUP.url()).await.expect(200);
    assert_eq!(page.texts("h1"), ["Set up Mauntic"]);
    let response = browser.post(SETUP.url(), &FIELDS).await.expect(303);
    assert_eq!(response.location(), "/app");
    let settings = installation
        .browser(&response)
        .await
        .get(ORGANIZATION.url())
        .await
        .expect(200);
    assert_eq!(settings.attributes("input[name=name]", "value"), ["Acme Ltd"]);
    assert_eq!(
        settings.attributes("option[selected]", "value"),
        ["Europe/Berlin"]
    );
}

#[tokio::test]
async fn whoever_comes_from_elsewhere_needs_the_link_from_the_log() {
    let installation = Installation::untouched().await;
    let browser = from_elsewhere(&installation);
    let page = browser.get(SETUP.url()).await.expect(403);
    assert_eq!(page.texts("h1"), ["Open the set-up link"]);
    browser.post(SETUP.url(), &FIELDS).await.expect(403);
    nobody_is_there(&installation).await;

    let link = installation.identity.setup_link().await.unwrap().expect("a link");
    let path = link
        .strip_prefix("http://localhost:8080")
        .expect("a link to this server")
        .to_owned();
    let page = browser.get(&path).await.expect(200);
    let token = page.attributes("input[name=token]", "value").swap_remove(0);
    let with_token = [&FIELDS[..], &[("token", token.as_str())]].concat();
    browser.post(SETUP.url(), &with_token).await.expect(303);
}

#[tokio::test]
async fn a_wrong_token_opens_nothing() {
    let installation = Installation::untouched().await;
    installation.identity.setup_link().await.unwrap();
    let browser = from_elsewhere(&installation);
    let page = browser.get(SETUP.with(&[("token", "guessed")])).await.expect(403);
    assert_eq!(page.texts(".alert-title"), ["This set-up token is not valid"]);
    let with_token = [&FIELDS[..], &[("token", "guessed")]].concat();
    browser.post(SETUP.url(), &with_token).await.expect(403);
    nobody_is_there(&installation).await;
}

#[tokio::test]
async fn a_proxy_on_the_machine_opens_nothing() {
    let installation = Installation::untouched().await;
    let passed_on = installation.app.stranger().coming_through_proxy_at("127.0.0.1");
    passed_on.get(SETUP.url()).await.expect(403);
    let named = at_the_machine(&installation).with("via", "1.1 proxy");
    named.post(SETUP.url(), &FIELDS).await.expect(403);
    nobody_is_there(&installation).await;
}

#[tokio::test]
async fn a_foreign_page_cannot_submit_the_form() {
    let installation = Installation::untouched().await;
    let lured = at_the_machine(&installation).with("sec-fetch-site", "cross-site");
    lured.post(SETUP.url(), &FIELDS).await.expect(403);
    nobody_is_there(&installation).await;
}

#[tokio::test]
async fn setting_up_closes_for_ever() {
    let installation = Installation::untouched().await;
    let link = installation.identity.setup_link().await.unwrap().expect("a link");
    let browser = at_the_machine(&installation);
    browser.post(SETUP.url(), &FIELDS).await.expect(303);

    assert_eq!(browser.get(SETUP.url()).await.expect(303).location(), "/login");
    let other = [
        &FIELDS[..3],
        &[("email", "eve@example.com"), ("password", PASSWORD)],
    ]
    .concat();
    browser.post(SETUP.url(), &other).await.expect(404);
    let token = link.rsplit('=').next().unwrap();
    let with_token = [&other[..], &[("token", token)]].concat();
    from_elsewhere(&installation)
        .post(SETUP.url(), &with_token)
        .await
        .expect(404);
    assert_eq!(installation.identity.setup_link().await.unwrap(), None);
    assert_eq!(installation.count("SELECT count(*) FROM identity.users").await, 1);
    assert_eq!(
        installation
            .count("SELECT count(*) FROM identity.setup_tokens")
            .await,
        0
    );
}

#[tokio::test]
async fn of_two_who_submit_at_once_one_becomes_the_owner() {
    let installation = Installation::untouched().await;
    let browser = at_the_machine(&installation);
    let (a, b) = tokio::join!(
        browser.post(SETUP.url(), &FIELDS),
        browser.post(SETUP.url(), &FIELDS)
    );
    let mut answers = [a.status.as_u16(), b.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [303, 404]);
    assert_eq!(installation.count("SELECT count(*) FROM identity.users").await, 1);
    assert_eq!(
        installation
            .count("SELECT count(*) FROM identity.organizations")
            .await,
        1
    );
}

#[tokio::test]
async fn the_form_comes_back_with_what_was_typed_but_never_the_password() {
    let installation = Installation::untouched().await;
    let browser = at_the_machine(&installation);
    let fields = [
        ("organization", "Acme Ltd"),
        ("name", ""),
        ("email", "ann"),
        ("password", "password1"),
    ];
    let page = browser.post(SETUP.url(), &fields).await.expect(422);
    assert_eq!(page.attributes("input[name=organization]", "value"), ["Acme Ltd"]);
    assert_eq!(page.attributes("input[name=email]", "value"), ["ann"]);
    assert_eq!(page.texts(".alert li").len(), 4, "{}", page.text());
    assert!(!page.text().contains("password1"));
    nobody_is_there(&installation).await;
}

#[tokio::test]
async fn setting_up_from_the_command_line_can_be_repeated() {
    let installation = Installation::untouched().await;
    let first = installation.identity.set_up(&request()).await.unwrap();
    let SetUpOutcome::Completed { org, user } = first else {
        panic!("{first:?}")
    };
    let other = SetUpRequest {
        email: "eve@example.com".to_owned(),
        ..request()
    };
    let second = installation.identity.set_up(&other).await.unwrap();
    assert_eq!(second, SetUpOutcome::AlreadyCompleted { org, user });
    installation.sign_in(OWNER, PASSWORD).await.expect(303);
    installation
        .sign_in("eve@example.com", PASSWORD)
        .await
        .expect(422);
}

#[tokio::test]
async fn setting_up_from_the_command_line_says_what_is_wrong() {
    let installation = Installation::untouched().await;
    let wrong = SetUpRequest {
        timezone: "Mars/Olympus".to_owned(),
        password: "short".to_owned(),
        ..request()
    };
    let error = installation.identity.set_up(&wrong).await.expect_err("refused");
    assert!(matches!(error, SetUpError::Invalid(_)));
    assert_eq!(
        error.to_string(),
        "password: a password has at least 8 characters; timezone: not a time zone"
    );
    nobody_is_there(&installation).await;
}

#[tokio::test]
async fn other_contexts_learn_of_the_organisation() {
    let installation = Installation::ready().await;
    let facts = installation.facts().await;
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0]["type"], "organization_created");
    assert_eq!(facts[0]["profile"]["name"], "Acme Ltd");
    assert_eq!(facts[0]["profile"]["mode"], "test");
}
