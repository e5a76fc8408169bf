use futures::future::join_all;
use testkit::TestApp;

async fn app() -> TestApp {
    TestApp::start(&["platform"], |_, _| vec![]).await
}

#[tokio::test]
async fn work_begins_although_every_idle_connection_was_cut_meanwhile() {
    let app = app().await;
    let db = &app.deps.db;
    // As many connections as there can be, all idle afterwards.
    let requests = join_all((0..4).map(|_| db.tenant(app.org))).await;
    let engines = join_all((0..8).map(|_| db.system())).await;
    for tx in requests.into_iter().chain(engines) {
        tx.unwrap().commit().await.unwrap();
    }
    let mut owner = app.database.owner().await;
    let cut: i64 = sqlx::query_scalar(
        r#"
        SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000))
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'mauntic'
        "#,
    )
    .fetch_one(&mut owner)
    .await
    .unwrap();
    assert_eq!(cut, 12);

    let (as_tenant, as_engine) = (db.tenant(app.org).await, db.system().await);

    assert!(
        as_tenant.is_ok() && as_engine.is_ok(),
        "{as_tenant:?}, {as_engine:?}"
    );
}
