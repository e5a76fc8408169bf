use axum::response::IntoResponse;
use http::Method;
use kernel::{Permission, Role};
use platform::{
    Module,
    web::{Access, AppError, Ctx, Form, Json, Op, Query, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::TestApp;
use ui_kit::PageHeader;

#[derive(Deserialize)]
struct Thing {
    n: i32,
}

async fn page(ctx: Ctx) -> WebResult {
    Ok(ctx.page(
        &PageHeader::new("Things"),
        maud::html! { p id="who" { (ctx.organization.name) } },
    ))
}
async fn change(ctx: Ctx, Form(thing): Form<Thing>) -> WebResult {
    Ok(Redirect::to(&ctx, "/app/things")
        .say(&ctx, Toast::done(format!("Kept {}", thing.n)))
        .into_response())
}
async fn create(Json(thing): Json<Thing>) -> WebResult {
    static COUNT: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    Ok((
        http::StatusCode::CREATED,
        axum::Json(json!({"n": thing.n, "count": count})),
    )
        .into_response())
}
async fn keep(Json(thing): Json<Thing>) -> WebResult {
    let place = [(http::header::LOCATION, "/api/v1/things/1")];
    Ok((
        http::StatusCode::CREATED,
        place,
        axum::Json(json!({"n": thing.n})),
    )
        .into_response())
}
async fn count(body: axum::body::Bytes) -> WebResult {
    static COUNT: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    Ok(axum::Json(json!({"bytes": body.len(), "count": count})).into_response())
}
async fn list(Query(thing): Query<Thing>) -> WebResult<axum::Json<Value>> {
    Ok(axum::Json(json!({ "n": thing.n })))
}
async fn broken() -> WebResult {
    Err(AppError::internal(anyhow::anyhow!(
        "a detail that only the log may show"
    )))
}
async fn panicking() -> WebResult {
    panic!("a handler panicked")
}

async fn app() -> TestApp {
    TestApp::start(&["platform"], |_, _| {
        vec![Module {
            name: "test",
            web: Routes::new()
                .get("/app/things", Access::SignedIn, page)
                .post("/app/things", Access::needs(Permission::ContactsWrite), change)
                .get("/app/broken", Access::SignedIn, broken)
                .get("/app/panicking", Access::SignedIn, panicking),
            api: Routes::new()
                .get("/api/v1/things", Access::needs(Permission::ContactsRead), list)
                .doc(Op::new("list_things", "List things").answers(200, "Things."))
                .post("/api/v1/things", Access::needs(Permission::ContactsWrite), create)
                .doc(Op::new("create_thing", "Create a thing").answers(201, "The thing."))
                .post("/api/v1/kept", Access::needs(Permission::ContactsWrite), keep)
                .doc(Op::new("keep_thing", "Keep a thing").answers(201, "The thing."))
                .post_stream("/api/v1/files", Access::needs(Permission::ContactsWrite), count)
                .doc(Op::new("send_file", "Send a file").answers(200, "How large it is.")),
            ..Module::default()
        }]
    })
    .await
}

#[tokio::test]
async fn a_key_is_told_what_is_left_of_its_quota() {
    let app = app().await;
    let program = app.program();
    let left = |answer: &testkit::TestResponse| {
        let left: i64 = answer.header("ratelimit-remaining").unwrap().parse().unwrap();
        left
    };
    let first = program.get("/api/v1/things?n=1").await.expect(200);
    let second = program.get("/api/v1/things?n=x").await.expect(422);
    assert_eq!(left(&first) - left(&second), 1, "a refused request counts too");
    let policy = first.header("ratelimit-policy").unwrap();
    assert_eq!(policy, "\"default\";q=6000;w=60");
    assert!(first.header("ratelimit").unwrap().starts_with("\"default\";r="));
}

#[tokio::test]
async fn a_key_that_has_used_up_its_quota_is_told_when_to_come_again() {
    let app = TestApp::start_with(
        &["platform"],
        |config| config.web.api_requests_per_minute = 2,
        |_, _| Vec::new(),
    )
    .await;
    let program = app.program();
    for _ in 0..2 {
        program.get("/api/v1/jobs").await.expect(200);
    }
    let refused = program.get("/api/v1/jobs").await.expect(429);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(refused.json()["violated-policies"], json!(["default"]));
    app.program_with(app.org, &[Permission::JobsRead])
        .get("/api/v1/jobs")
        .await
        .expect(200);
    app.clock.advance(jiff::SignedDuration::from_secs(60));
    program.get("/api/v1/jobs").await.expect(200);
}

#[tokio::test]
async fn a_change_is_answered_without_the_object_for_whoever_prefers_that() {
    let app = app().await;
    let program = app.program().with("prefer", "return=minimal");
    let kept = program
        .json(Method::POST, "/api/v1/kept", &json!({"n": 1}))
        .await
        .expect(201);
    assert!(kept.body.is_empty());
    assert_eq!(kept.location(), "/api/v1/things/1");
    assert_eq!(kept.header("preference-applied"), Some("return=minimal"));
    let result = program
        .json(Method::POST, "/api/v1/things", &json!({"n": 1}))
        .await
        .expect(201);
    assert_eq!(
        result.json()["n"],
        1,
        "what has no place of its own is not left out"
    );
}

#[tokio::test]
async fn a_file_that_is_sent_again_is_answered_as_the_first_time() {
    let app = app().await;
    let program = app.program().with("idempotency-key", "a file");
    let send = async |byte: u8, size: usize| {
        let body = vec![byte; size].into();
        program
            .send(Method::POST, "/api/v1/files", Some("text/csv"), body)
            .await
    };
    let large = 3 * 1024 * 1024;
    let first = send(b'a', large).await.expect(200).json();
    assert_eq!(first["bytes"], large);
    let again = send(b'a', large).await.expect(200);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.json(), first);
    send(b'b', large).await.expect(422);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let app = app().await;
    let response = app.stranger().get("/app/things?q=a").await.expect(303);
    assert_eq!(response.location(), "/login?next=%2Fapp%2Fthings%3Fq%3Da");
    let fragment = app.stranger().htmx().get("/app/things").await.expect(401);
    assert_eq!(fragment.location(), "/login?next=%2Fapp");
}

#[tokio::test]
async fn a_changing_request_needs_the_token_of_its_session_and_an_own_page() {
    let app = app().await;
    let person = app.person();
    person.post("/app/things", &[("n", "1")]).await.expect(303);
    person
        .clone()
        .without("x-csrf-token")
        .post("/app/things", &[("n", "1")])
        .await
        .expect(403);
    person
        .clone()
        .with("x-csrf-token", "wrong")
        .post("/app/things", &[("n", "1")])
        .await
        .expect(403);
    person
        .clone()
        .with("sec-fetch-site", "cross-site")
        .post("/app/things", &[("n", "1")])
        .await
        .expect(403);
    person
        .clone()
        .with("origin", "https://evil.example")
        .post("/app/things", &[("n", "1")])
        .await
        .expect(403);
    let other = app.person();
    let token = person.get("/app/things").await.attributes("[name=csrf]", "value")[0].clone();
    other
        .without("x-csrf-token")
        .post("/app/things", &[("n", "1"), ("csrf", &token)])
        .await
        .expect(403);
    person
        .without("x-csrf-token")
        .post("/app/things", &[("n", "1"), ("csrf", &token)])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_toast_is_shown_once_on_the_next_page() {
    let app = app().await;
    let person = app.person();
    let response = person.post("/app/things", &[("n", "7")]).await.expect(303);
    let flash = response
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        person
            .get("/app/things")
            .await
            .texts("#toasts")
            .iter()
            .all(String::is_empty)
    );
    let shown = person
        .clone()
        .also_cookie(&flash)
        .get("/app/things")
        .await
        .expect(200);
    assert!(shown.texts("#toasts").join("").contains("Kept 7"));
    assert!(shown.header("set-cookie").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn pages_carry_the_headers_that_keep_them_safe() {
    let app = app().await;
    let page = app.person().get("/app/things").await.expect(200);
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .contains("script-src 'self'")
    );
    assert!(!page.header("content-security-policy").unwrap().contains("unsafe"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("x-request-id").unwrap().starts_with("req_"));
    assert_eq!(page.texts("#who"), ["Example Ltd"]);
}

#[tokio::test]
async fn roles_and_scopes_decide_what_a_caller_may_do() {
    let app = app().await;
    let viewer = app.person_as(app.org, Role::Viewer);
    viewer.get("/app/things").await.expect(200);
    viewer.post("/app/things", &[("n", "1")]).await.expect(403);
    let reader = app.program_with(app.org, &[Permission::ContactsRead]);
    reader.get("/api/v1/things?n=1").await.expect(200);
    reader
        .json(Method::POST, "/api/v1/things", &json!({"n": 1}))
        .await
        .expect(403);
    let refused = app.stranger().get("/api/v1/things?n=1").await.expect(401);
    assert!(refused.header("www-authenticate").unwrap().starts_with("Bearer"));
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn problems_of_the_api_say_what_is_wrong_and_where() {
    let app = app().await;
    let program = app.program();
    let wrong = program
        .json(Method::POST, "/api/v1/things", &json!({"n": "x"}))
        .await
        .expect(422)
        .json();
    assert_eq!(wrong["errors"][0]["pointer"], "#/n");
    assert_eq!(wrong["code"], "validation_failed");
    program
        .send(
            Method::POST,
            "/api/v1/things",
            Some("application/json"),
            "{".into(),
        )
        .await
        .expect(400);
    program
        .send(Method::POST, "/api/v1/things", Some("text/xml"), "<a/>".into())
        .await
        .expect(415);
    program.get("/api/v1/things?n=x").await.expect(422);
    program
        .send(Method::PUT, "/api/v1/things", None, "".into())
        .await
        .expect(405);
    let large = format!("{{\"n\":1,\"x\":\"{}\"}}", "y".repeat(1024 * 1024));
    program
        .send(
            Method::POST,
            "/api/v1/things",
            Some("application/json"),
            large.into(),
        )
        .await
        .expect(413);
}

#[tokio::test]
async fn a_failure_of_ours_shows_no_details() {
    let app = app().await;
    let page = app.person().get("/app/broken").await.expect(500);
    assert!(!page.text().contains("only the log"));
    assert!(page.text().contains("req_"));
    app.person().get("/app/panicking").await.expect(500);
    let unknown = app
        .person()
        .with("accept", "text/html")
        .get("/app/nowhere")
        .await
        .expect(404);
    assert!(unknown.texts("h1").join("").contains("not found"));
}

#[tokio::test]
async fn a_repeated_request_with_the_same_key_gets_the_first_answer() {
    let app = app().await;
    let program = app.program().with("idempotency-key", "once");
    let first = program
        .json(Method::POST, "/api/v1/things", &json!({"n": 1}))
        .await
        .expect(201);
    let again = program
        .json(Method::POST, "/api/v1/things", &json!({"n": 1}))
        .await
        .expect(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    program
        .json(Method::POST, "/api/v1/things", &json!({"n": 2}))
        .await
        .expect(422);
}

#[tokio::test]
async fn the_openapi_document_knows_every_route_of_the_api() {
    let app = app().await;
    let document = app.stranger().get("/api/openapi.json").await.expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["paths"]["/api/v1/things"]["post"]["operationId"],
        "create_thing"
    );
    assert_eq!(
        document["paths"]["/api/v1/things"]["post"]["x-scope"],
        "contacts:write"
    );
}
