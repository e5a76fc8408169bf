//! The whole program on a database of its own, and a person with a browser.

use contracts::identity::{ACCOUNT, LOGIN, SETUP};
use platform::Config;
use testkit::{Client, TestApp, TestResponse};

pub const OWNER: &str = "ann@example.com";
pub const PASSWORD: &str = "correct horse battery";
/// What the database of a seed and the program beside it must share.
pub const SECRET: &str = "a secret for tests that is long enough";

/// All contexts, with people and programs that identity knows.
pub async fn whole_program(configure: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::start_with_authenticator(&[], configure, |deps| {
        let wired = mauntic::wiring::wire(deps);
        // The test app brings the platform's own module.
        let modules = wired
            .modules
            .into_iter()
            .filter(|module| module.name != "platform")
            .collect();
        (modules, wired.identity.authenticator())
    })
    .await
}

/// The owner, after the first run at the machine.
pub async fn first_run(app: &TestApp) -> Client {
    let fields = [
        ("organization", "Acme Ltd"),
        ("timezone", "Europe/Berlin"),
        ("name", "Ann Miller"),
        ("email", OWNER),
        ("password", PASSWORD),
    ];
    let response = app
        .stranger()
        .coming_from("127.0.0.1")
        .post(SETUP.url(), &fields)
        .await
        .expect(303);
    browser(app, &response).await
}

/// Somebody who signs in.
pub async fn sign_in(app: &TestApp, email: &str, password: &str) -> Client {
    let fields = [("email", email), ("password", password)];
    let response = app.stranger().post(LOGIN.url(), &fields).await.expect(303);
    browser(app, &response).await
}

/// A browser that keeps the session of an answer, and sends the token that pages carry.
async fn browser(app: &TestApp, response: &TestResponse) -> Client {
    let cookies = response
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let session = cookies
        .filter_map(|cookie| cookie.split(';').next())
        .find(|cookie| cookie.starts_with("sid="));
    let client = app
        .stranger()
        .with("cookie", session.expect("signing in sets a cookie"));
    let page = client.get(ACCOUNT.url()).await.expect(200);
    let token = page
        .attributes(&format!("input[name={}]", ui_kit::CSRF_FIELD), "value")
        .swap_remove(0);
    client.with("x-csrf-token", &token)
}
