//! Rules that hold for every route there is, found by asking the router.

use contracts::identity::{LOGIN, SETUP};
use http::Method;
use kernel::{Permission, Role};
use platform::web::{Access, RouteEntry, Surface};
use testkit::{Client, TestApp, TestResponse};

async fn app() -> TestApp {
    // The test app brings the platform's own module.
    let contexts = |deps: &platform::Deps| {
        let modules = mauntic::wiring::wire(deps).modules;
        modules
            .into_iter()
            .filter(|module| module.name != "platform")
            .collect()
    };
    TestApp::start(&[], |deps, _| contexts(deps)).await
}

/// A path for a template: an identifier that nothing has, of the kind that the template asks for.
fn path_of(entry: &RouteEntry) -> String {
    path_with(entry, "x_00000000000000000000000000")
}

fn path_with(entry: &RouteEntry, id: &str) -> String {
    let mut path = String::new();
    for part in entry.path.split('/').skip(1) {
        path.push('/');
        path.push_str(if part.starts_with('{') { id } else { part });
    }
    path
}

async fn call(client: &Client, entry: &RouteEntry, content_type: Option<&str>, body: &str) -> TestResponse {
    client
        .send(
            entry.method.clone(),
            &path_of(entry),
            content_type,
            body.to_owned().into(),
        )
        .await
}

fn kind(surface: Surface) -> &'static str {
    if surface == Surface::Api {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    }
}

#[tokio::test]
async fn every_page_is_closed_to_roles_without_its_permission_and_open_to_the_others() {
    let app = app().await;
    let people = Role::ALL.map(|role| (role, app.person_as(app.org, role)));
    let mut checked = 0;
    for (_, entry) in app.routes.iter().filter(|(surface, _)| *surface == Surface::Web) {
        let Access::Needs(permission) = entry.access else {
            continue;
        };
        for (role, person) in &people {
            let response = call(person, entry, Some(kind(Surface::Web)), "").await;
            let refused = response.status.as_u16() == 403;
            assert_eq!(
                refused,
                !role.may(permission),
                "{} {} as {role:?}: {}",
                entry.method,
                entry.path,
                response.status
            );
            checked += 1;
        }
    }
    assert!(
        checked > 100,
        "the router was asked for its pages and named only {checked}"
    );
}

#[tokio::test]
async fn every_route_of_the_api_is_closed_to_keys_without_its_scope_and_open_to_the_others() {
    let app = app().await;
    let mut checked = 0;
    for (_, entry) in app.routes.iter().filter(|(surface, _)| *surface == Surface::Api) {
        let Access::Needs(permission) = entry.access else {
            panic!("{} {} declares no scope", entry.method, entry.path);
        };
        let others: Vec<Permission> = Permission::ALL
            .iter()
            .copied()
            .filter(|p| *p != permission)
            .collect();
        let without = call(
            &app.program_with(app.org, &others),
            entry,
            Some(kind(Surface::Api)),
            "{}",
        )
        .await;
        assert_eq!(without.status.as_u16(), 403, "{} {}", entry.method, entry.path);
        let with = call(
            &app.program_with(app.org, &[permission]),
            entry,
            Some(kind(Surface::Api)),
            "{}",
        )
        .await;
        assert_ne!(with.status.as_u16(), 403, "{} {}", entry.method, entry.path);
        checked += 1;
    }
    assert!(
        checked > 40,
        "the router was asked for the API and named only {checked}"
    );
}

#[tokio::test]
async fn nothing_but_signing_in_and_setting_up_answers_a_stranger() {
    let app = app().await;
    let stranger = app.stranger();
    for (surface, entry) in &app.routes {
        let response = call(&stranger, entry, Some(kind(*surface)), "").await;
        let status = response.status.as_u16();
        match (surface, entry.access) {
            (Surface::Public, _) => assert_ne!(status, 500, "{}", entry.path),
            (Surface::Web, Access::Public) => {
                let known = [LOGIN.template(), SETUP.template()];
                assert!(
                    known.contains(&entry.path),
                    "{} is open to everybody; is that meant?",
                    entry.path
                );
            }
            (Surface::Web, _) => assert!(
                matches!(status, 303 | 401),
                "{} {}: {status}",
                entry.method,
                entry.path
            ),
            (Surface::Api, _) => assert_eq!(status, 401, "{} {}", entry.method, entry.path),
        }
    }
}

#[tokio::test]
async fn hostile_bodies_never_make_a_route_fail() {
    let app = app().await;
    let (person, program) = (app.person(), app.program());
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let long = format!("name={0}&email={0}&q={0}", "a".repeat(100_000));
    let long_json = format!("{{\"name\":\"{}\"}}", "a".repeat(100_000));
    let forms = [
        "",
        "%",
        "a=%00&name=%00&email=%00",
        "name=%ff%fe",
        "&&&===",
        long.as_str(),
        "{\"name\":1}",
    ];
    let documents = [
        "",
        "null",
        "[]",
        "1",
        "\"x\"",
        "{",
        "{\"name\":null}",
        "{\"name\":{\"$ne\":1}}",
        "{\"name\":\"\\u0000\"}",
        deep.as_str(),
        long_json.as_str(),
    ];
    for (surface, entry) in &app.routes {
        if entry.method == Method::GET {
            continue;
        }
        let (client, bodies) = match surface {
            Surface::Api => (&program, documents.as_slice()),
            _ => (&person, forms.as_slice()),
        };
        for body in bodies {
            let response = call(client, entry, Some(kind(*surface)), body).await;
            let shown: String = body.chars().take(40).collect();
            assert!(
                !response.status.is_server_error(),
                "{} {} with {shown:?}: {}",
                entry.method,
                entry.path,
                response.text()
            );
        }
        let response = call(client, entry, Some("text/xml"), "<a/>").await;
        assert!(
            !response.status.is_server_error(),
            "{} {} with XML",
            entry.method,
            entry.path
        );
    }
}

#[tokio::test]
async fn hostile_queries_never_make_a_route_fail() {
    let app = app().await;
    let (person, program) = (app.person(), app.program());
    let long = "x".repeat(5000);
    let queries = [
        "cursor=AAAA",
        "sort=%27;drop",
        "q=%00",
        "q=%25_%5C",
        "limit=-1",
        "limit=99999999999999999999",
        "filter[tag]=%00",
        "filter%5Bx%5D=1",
        "page=x",
        "fields=..%2F",
        "state=x",
        "before=x&after=y",
        "segment=x",
        &format!("q={long}"),
    ];
    for (surface, entry) in app.routes.iter().filter(|(_, entry)| entry.method == Method::GET) {
        let client = if *surface == Surface::Api {
            &program
        } else {
            &person
        };
        for query in queries {
            let path = format!("{}?{query}", path_of(entry));
            let response = client.get(&path).await;
            assert!(
                !response.status.is_server_error(),
                "GET {path}: {}",
                response.text()
            );
        }
        for id in [
            "%00",
            "..%2F..",
            "%27%20OR%201",
            "con_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "%F0%9F%92%A9",
        ] {
            let path = path_with(entry, id);
            let response = client.get(&path).await;
            assert!(
                !response.status.is_server_error(),
                "GET {path}: {}",
                response.text()
            );
        }
    }
}

#[tokio::test]
async fn every_route_of_the_api_is_documented_once() {
    let app = app().await;
    let document = app.stranger().get("/api/openapi.json").await.expect(200).json();
    let mut ids = std::collections::BTreeSet::new();
    for (_, entry) in app.routes.iter().filter(|(surface, _)| *surface == Surface::Api) {
        let operation = &document["paths"][entry.path][entry.method.as_str().to_ascii_lowercase()];
        let id = operation["operationId"].as_str();
        let id = id.unwrap_or_else(|| panic!("{} {} is not in the document", entry.method, entry.path));
        assert!(ids.insert(id.to_owned()), "two operations are called {id}");
        assert!(
            operation["responses"]
                .as_object()
                .is_some_and(|r| r.keys().any(|k| k.starts_with('2'))),
            "{id}"
        );
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap_or_default();
        assert!(
            document["components"]["schemas"][name].is_object(),
            "the schema {name} is named and not there"
        );
    }
}
