//! Walls between organisations, checked on the migrated database itself.

use testkit::TestDatabase;

/// Tables without an organisation, each with its reason.
const WITHOUT_ORGANISATION: [(&str, &str); 7] = [
    (
        "platform.cursors",
        "subscribers read the facts of all organisations",
    ),
    ("platform.ticks", "schedules belong to the installation"),
    ("platform.heartbeats", "processes belong to the installation"),
    ("identity.users", "a person may work for several organisations"),
    ("identity.sessions", "looked up before the organisation is known"),
    ("identity.setup_tokens", "there is no organisation yet"),
    ("identity.setup_completion", "there is no organisation yet"),
];

#[tokio::test]
async fn every_table_of_an_organisation_is_protected_by_row_level_security() {
    let database = TestDatabase::create(&[]).await;
    let mut owner = database.owner().await;
    let tables: Vec<(String, bool, bool, bool, i64)> = sqlx::query_as(
        r#"
        SELECT n.nspname || '.' || c.relname,
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id'),
               c.relrowsecurity, c.relforcerowsecurity,
               (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          AND NOT c.relispartition
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'public')
          AND n.nspname NOT LIKE 'pg_%'
        ORDER BY 1
        "#,
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(tables.len() > 20, "only {} tables were found", tables.len());
    for (table, has_org, enabled, forced, policies) in tables {
        if has_org {
            assert!(
                enabled && forced && policies >= 1,
                "{table} has an org_id and no policy: platform.protect('{table}')"
            );
        } else if !enabled {
            assert!(
                WITHOUT_ORGANISATION.iter().any(|(name, _)| *name == table),
                "{table} has no org_id; why?"
            );
        }
    }
}

#[tokio::test]
async fn the_roles_of_the_program_own_nothing_and_pass_no_policy() {
    let database = TestDatabase::create(&[]).await;
    let mut owner = database.owner().await;
    let strong: Vec<String> = sqlx::query_scalar(
        "SELECT rolname::text FROM pg_roles WHERE rolname LIKE 'mauntic_%' AND (rolsuper OR rolbypassrls)",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    assert!(strong.is_empty(), "{strong:?}");
    let owned: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) IN ('mauntic_app', 'mauntic_worker')",
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(owned, 0);
}

#[tokio::test]
async fn without_an_organisation_a_request_sees_no_row_of_any_table() {
    let database = TestDatabase::create(&[]).await;
    let mut owner = database.owner().await;
    let tables: Vec<String> = sqlx::query_scalar(
        r#"
        SELECT n.nspname || '.' || c.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'org_id'
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relrowsecurity
          AND has_table_privilege('mauntic_app', c.oid, 'SELECT')
        "#,
    )
    .fetch_all(&mut owner)
    .await
    .unwrap();
    sqlx::query("SET ROLE mauntic_app")
        .execute(&mut owner)
        .await
        .unwrap();
    for table in tables {
        let filter: Option<String> = sqlx::query_scalar(
            "SELECT string_agg(pg_get_expr(polqual, polrelid), ' OR ') FROM pg_policy WHERE polrelid = $1::regclass AND 'mauntic_app'::regrole = ANY (polroles)",
        )
        .bind(&table)
        .fetch_one(&mut owner)
        .await
        .unwrap();
        let filter = filter.unwrap_or_else(|| panic!("{table} has no policy for mauntic_app"));
        assert!(filter.contains("app.org"), "{table}: {filter}");
    }
}
