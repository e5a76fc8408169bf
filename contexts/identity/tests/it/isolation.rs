use contracts::identity::{API_API_KEY, API_API_KEYS, API_KEY_REVOCATION, API_KEYS};
use http::Method;
use kernel::{ApiKeyId, OrgId};
use serde_json::Value;
use sqlx::Executor;

use crate::installation::Installation;

/// Another organisation of the same installation, with a key of its own.
async fn another_organisation(installation: &Installation) -> (OrgId, ApiKeyId) {
    let (org, key) = (OrgId::generate(), ApiKeyId::generate());
    let mut sql = installation.sql().await;
    sqlx::query(
        "INSERT INTO identity.organizations (id, name, timezone, created_at, updated_at) VALUES ($1, 'Other', 'UTC', now(), now())",
    )
    .bind(org.uuid())
    .execute(&mut sql)
    .await
    .unwrap();
    sqlx::query(
        r#"
        INSERT INTO identity.api_keys (org_id, id, name, prefix, token_hash, mode, scopes, created_at)
        VALUES ($1, $2, 'theirs', 'mk_test_abcdef', sha256('x'), 'test', '{contacts:read}', now())
        "#,
    )
    .bind(org.uuid())
    .bind(key.uuid())
    .execute(&mut sql)
    .await
    .unwrap();
    (org, key)
}

#[tokio::test]
async fn keys_of_another_organisation_do_not_exist() {
    let installation = Installation::ready().await;
    let ann = installation.owner().await;
    let program = installation
        .program("live", &["api_keys:read", "api_keys:write"])
        .await;
    let (_, theirs) = another_organisation(&installation).await;
    assert!(
        !ann.get(API_KEYS.url())
            .await
            .expect(200)
            .text()
            .contains("theirs")
    );
    assert!(
        !program
            .get(API_API_KEYS.url())
            .await
            .expect(200)
            .text()
            .contains("theirs")
    );
    ann.post(API_KEY_REVOCATION.url(&theirs), &[]).await.expect(404);
    program
        .json(Method::DELETE, API_API_KEY.url(&theirs), &Value::Null)
        .await
        .expect(404);
    let untouched = "SELECT count(*) FROM identity.api_keys WHERE name = 'theirs' AND revoked_at IS NULL";
    assert_eq!(installation.count(untouched).await, 1);
}

#[tokio::test]
async fn the_role_that_serves_people_reads_no_secret_and_no_session() {
    let installation = Installation::ready().await;
    let (org, _) = installation.first_ids().await;
    let mut sql = installation.sql().await;
    sql.execute("SET ROLE mauntic_app").await.unwrap();
    sqlx::query("SELECT set_config('app.org', $1, false)")
        .bind(org.uuid().to_string())
        .execute(&mut sql)
        .await
        .unwrap();
    for forbidden in [
        "SELECT password_hash FROM identity.users",
        "SELECT count(*) FROM identity.sessions",
        "SELECT count(*) FROM identity.setup_tokens",
        "SELECT count(*) FROM identity.setup_completion",
        "SELECT count(*) FROM identity.login_throttles",
        "UPDATE identity.org_members SET role = 'owner'",
        "INSERT INTO identity.setup_tokens (token_hash, created_at) VALUES (sha256('x'), now())",
    ] {
        let refused = sql.execute(forbidden).await.expect_err(forbidden);
        assert!(
            refused.to_string().contains("permission denied"),
            "{forbidden}: {refused}"
        );
    }
}

#[tokio::test]
async fn the_role_that_serves_people_sees_one_organisation_and_none_when_none_is_named() {
    let installation = Installation::ready().await;
    let (org, _) = installation.first_ids().await;
    another_organisation(&installation).await;
    let mut sql = installation.sql().await;
    sql.execute("SET ROLE mauntic_app").await.unwrap();
    for (named, seen) in [(org.uuid().to_string(), 1_i64), (String::new(), 0)] {
        sqlx::query("SELECT set_config('app.org', $1, false)")
            .bind(named)
            .execute(&mut sql)
            .await
            .unwrap();
        for table in [
            "SELECT count(*) FROM identity.organizations",
            "SELECT count(*) FROM identity.org_members",
            "SELECT count(id) FROM identity.users",
        ] {
            let count: i64 = sqlx::query_scalar(table).fetch_one(&mut sql).await.unwrap();
            assert_eq!(count, seen, "{table}");
        }
    }
}

#[tokio::test]
async fn every_table_of_identity_has_a_policy() {
    let installation = Installation::untouched().await;
    let open: Vec<String> = sqlx::query_scalar(
        r#"
        SELECT c.relname::text
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'identity'
          AND c.relkind IN ('r', 'p')
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid))
        "#,
    )
    .fetch_all(&mut installation.sql().await)
    .await
    .unwrap();
    assert_eq!(open, Vec::<String>::new());
}
