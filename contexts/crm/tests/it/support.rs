//! What the tests of contacts share.

use std::sync::Arc;

use contracts::identity::Organizations;
use crm::Crm;
use http::Method;
use testkit::{Client, TestApp, TestResponse};

/// The program with only this context.
pub async fn crm() -> TestApp {
    TestApp::start(&["crm"], |deps, organizations| {
        let organizations: Arc<dyn Organizations> = organizations.clone();
        vec![Crm::new(deps, organizations).module()]
    })
    .await
}

/// Somebody's data as a form sends them.
pub fn ann() -> [(&'static str, &'static str); 5] {
    [
        ("email", "ann@example.com"),
        ("first_name", "Ann"),
        ("last_name", "Smith"),
        ("city", "Bonn"),
        ("tags", "vip, trial"),
    ]
}

/// The id at the end of the address of a contact.
pub fn id_of(url: &str) -> String {
    url.rsplit('/').next().expect("an address has parts").to_owned()
}

/// A request with JSON.
pub async fn call(
    who: &Client,
    method: Method,
    path: impl AsRef<str>,
    body: &serde_json::Value,
) -> TestResponse {
    who.json(method, path, body).await
}
