use contracts::identity::{API_API_KEY, API_API_KEYS, API_ORGANIZATION};
use http::Method;
use kernel::ApiKeyId;
use platform::web::Surface;
use serde_json::{Value, json};

use crate::installation::{Installation, new_key, patch};

#[tokio::test]
async fn a_program_reads_and_changes_the_organisation() {
    let installation = Installation::ready().await;
    let program = installation
        .program("live", &["organization:read", "organization:write"])
        .await;
    let body = program.get(API_ORGANIZATION.url()).await.expect(200).json();
    assert_eq!(body["name"], "Acme Ltd");
    assert_eq!(body["mode"], "test");
    assert!(body["id"].as_str().unwrap().starts_with("org_"));

    let changed = patch(
        &program,
        &json!({ "timezone": "UTC", "postal_address": "1 Road" }),
    )
    .await
    .expect(200)
    .json();
    assert_eq!(
        (&changed["name"], &changed["timezone"]),
        (&json!("Acme Ltd"), &json!("UTC"))
    );
    let emptied = patch(&program, &json!({ "postal_address": null }))
        .await
        .expect(200)
        .json();
    assert_eq!(emptied["postal_address"], "");
    assert_eq!(program.get(API_ORGANIZATION.url()).await.json(), emptied);
}

#[tokio::test]
async fn a_wrong_change_names_the_fields_and_changes_nothing() {
    let installation = Installation::ready().await;
    let program = installation
        .program("live", &["organization:read", "organization:write"])
        .await;
    let problem = patch(&program, &json!({ "name": null, "timezone": "Mars" }))
        .await
        .expect(422);
    assert_eq!(problem.header("content-type"), Some("application/problem+json"));
    let errors = problem.json()["errors"].as_array().unwrap().clone();
    assert_eq!(
        errors.iter().map(|e| e["pointer"].clone()).collect::<Vec<_>>(),
        ["#/name", "#/timezone"]
    );
    assert_eq!(
        errors.iter().map(|e| e["code"].clone()).collect::<Vec<_>>(),
        ["required", "invalid_timezone"]
    );
    // The mode is no setting: a program does not take anybody live.
    patch(&program, &json!({ "mode": "live" })).await.expect(422);
    patch(&program, &json!({ "name": 7 })).await.expect(422);
    assert_eq!(
        program.get(API_ORGANIZATION.url()).await.json()["name"],
        "Acme Ltd"
    );
}

#[tokio::test]
async fn a_program_makes_lists_and_revokes_keys() {
    let installation = Installation::ready().await;
    let program = installation
        .program("live", &["api_keys:read", "api_keys:write", "organization:read"])
        .await;
    let created = program
        .json(Method::POST, API_API_KEYS.url(), &new_key(&["organization:read"]))
        .await
        .expect(201)
        .json();
    let token = created["token"].as_str().unwrap();
    assert_eq!(created["mode"], "test", "the organisation's mode");
    let made = installation
        .app
        .stranger()
        .with("authorization", &format!("Bearer {token}"));
    made.get(API_ORGANIZATION.url()).await.expect(200);

    let list = program.get(API_API_KEYS.url()).await.expect(200);
    assert!(!list.text().contains(token));
    assert_eq!(list.json()["data"][0]["id"], created["id"]);
    assert_eq!(list.json()["data"].as_array().unwrap().len(), 2);

    let id: ApiKeyId = created["id"].as_str().unwrap().parse().unwrap();
    program
        .json(Method::DELETE, API_API_KEY.url(&id), &Value::Null)
        .await
        .expect(204);
    made.get(API_ORGANIZATION.url()).await.expect(401);
    program
        .json(Method::DELETE, API_API_KEY.url(&id), &Value::Null)
        .await
        .expect(404);
    program
        .json(
            Method::DELETE,
            API_API_KEY.url(&ApiKeyId::generate()),
            &Value::Null,
        )
        .await
        .expect(404);
    program
        .json(Method::DELETE, "/api/v1/api-keys/con_1", &Value::Null)
        .await
        .expect(404);
}

#[tokio::test]
async fn a_key_makes_no_key_that_may_do_more() {
    let installation = Installation::ready().await;
    let program = installation
        .program("live", &["api_keys:write", "contacts:read"])
        .await;
    for scopes in [
        vec!["contacts:write"],
        vec!["contacts:read", "organization:go_live"],
        vec!["nonsense"],
        vec![],
    ] {
        let problem = program
            .json(Method::POST, API_API_KEYS.url(), &new_key(&scopes))
            .await
            .expect(422)
            .json();
        assert_eq!(problem["errors"][0]["pointer"], "#/scopes", "{scopes:?}");
    }
    let past = json!({ "name": "x", "scopes": ["contacts:read"], "expires_at": "2020-01-01T00:00:00Z" });
    let problem = program
        .json(Method::POST, API_API_KEYS.url(), &past)
        .await
        .expect(422)
        .json();
    assert_eq!(problem["errors"][0]["code"], "in_the_past");
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.api_keys").await,
        1
    );
}

#[tokio::test]
async fn a_repeated_request_makes_no_second_key_and_gives_no_secret_again() {
    let installation = Installation::ready().await;
    let scopes = ["api_keys:read", "api_keys:write"];
    let program = installation
        .program("live", &scopes)
        .await
        .with("idempotency-key", "one");
    let first = program
        .json(Method::POST, API_API_KEYS.url(), &new_key(&["api_keys:read"]))
        .await
        .expect(201)
        .json();
    let again = program
        .json(Method::POST, API_API_KEYS.url(), &new_key(&["api_keys:read"]))
        .await
        .expect(409)
        .json();
    assert_eq!(again["code"], "answer_not_kept");
    assert_eq!(
        installation.count("SELECT count(*) FROM identity.api_keys").await,
        2
    );
    let kept: Option<Vec<u8>> = sqlx::query_scalar("SELECT body FROM platform.idempotency_keys")
        .fetch_one(&mut installation.sql().await)
        .await
        .unwrap();
    assert_eq!(kept, None, "{}", first["token"]);
}

#[tokio::test]
async fn the_answer_to_one_program_is_not_repeated_to_another() {
    let installation = Installation::ready().await;
    let able = installation
        .program("live", &["api_keys:write", "contacts:read"])
        .await
        .with("idempotency-key", "one");
    able.json(Method::POST, API_API_KEYS.url(), &new_key(&["contacts:read"]))
        .await
        .expect(201);
    let unable = installation
        .program("live", &["contacts:read"])
        .await
        .with("idempotency-key", "one");
    let refused = unable
        .json(Method::POST, API_API_KEYS.url(), &new_key(&["contacts:read"]))
        .await
        .expect(422);
    assert_eq!(refused.json()["errors"][0]["code"], "idempotency_key_reused");
    unable
        .with("idempotency-key", "two")
        .json(Method::POST, API_API_KEYS.url(), &new_key(&["contacts:read"]))
        .await
        .expect(403);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let installation = Installation::ready().await;
    let program = installation
        .program("live", &["api_keys:read", "api_keys:write"])
        .await;
    for _ in 0..4 {
        program
            .json(Method::POST, API_API_KEYS.url(), &new_key(&["api_keys:read"]))
            .await
            .expect(201);
    }
    let mut ids = Vec::new();
    let mut url = API_API_KEYS.with(&[("limit", "2")]);
    loop {
        let page = program.get(&url).await.expect(200).json();
        ids.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|key| key["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        url = API_API_KEYS.with(&[("limit", "2"), ("cursor", cursor)]);
    }
    let mut sorted = ids.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    sorted.dedup();
    assert_eq!((ids.len(), &ids), (5, &sorted));
    program
        .get(API_API_KEYS.with(&[("limit", "0")]))
        .await
        .expect(422);
    program
        .get(API_API_KEYS.with(&[("limit", "501")]))
        .await
        .expect(422);
    program
        .get(API_API_KEYS.with(&[("cursor", "forged")]))
        .await
        .expect(422);
}

#[tokio::test]
async fn every_route_of_the_api_is_documented() {
    let installation = Installation::ready().await;
    for (surface, route) in &installation.app.routes {
        assert!(
            *surface != Surface::Api || route.op.is_some(),
            "{} {}",
            route.method,
            route.path
        );
    }
    let document = installation
        .app
        .stranger()
        .get("/api/openapi.json")
        .await
        .expect(200)
        .json();
    let create = &document["paths"]["/api/v1/api-keys"]["post"];
    assert_eq!(create["x-scope"], "api_keys:write");
    assert_eq!(
        document["components"]["schemas"]["OrganizationPatch"]["properties"]["name"]["type"],
        json!(["string", "null"])
    );
}
