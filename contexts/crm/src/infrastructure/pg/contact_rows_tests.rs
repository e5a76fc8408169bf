use sqlx::PgConnection;
use testkit::TestDatabase;

use super::*;

/// Two contacts that both have rows everywhere.
struct Two {
    org: Uuid,
    winner: ContactId,
    loser: ContactId,
    topic: Uuid,
    record: Uuid,
}

const ROWS: &str = r#"
    INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name)
        SELECT $1, c, now(), gen_random_uuid(), 'email_sent' FROM UNNEST(ARRAY[$2, $3, $3]::uuid[]) AS c;
"#;

async fn two(owner: &mut PgConnection) -> Two {
    let two = Two {
        org: Uuid::now_v7(),
        winner: ContactId::generate(),
        loser: ContactId::generate(),
        topic: Uuid::now_v7(),
        record: Uuid::now_v7(),
    };
    let (winner, loser) = (two.winner.uuid(), two.loser.uuid());
    for statement in [
        ROWS,
        "INSERT INTO crm.contact_identifiers SELECT $1, 'anonymous_id', c::text, c, now() FROM UNNEST(ARRAY[$2, $3]::uuid[]) AS c",
        "INSERT INTO crm.notes SELECT $1, c, gen_random_uuid(), 'call', 'A call', now(), NULL, now(), now() FROM UNNEST(ARRAY[$2, $3]::uuid[]) AS c",
        "INSERT INTO crm.segment_overrides SELECT $1, $1, c, c = $3, 'system', NULL, now() FROM UNNEST(ARRAY[$2, $3]::uuid[]) AS c",
    ] {
        sqlx::query(statement)
            .bind(two.org)
            .bind(winner)
            .bind(loser)
            .execute(&mut *owner)
            .await
            .unwrap();
    }
    sqlx::query(
        "INSERT INTO crm.subscriptions SELECT $1, $2, 'email', c, CASE c WHEN $3 THEN 'subscribed' ELSE 'unsubscribed' END, now() \
         FROM UNNEST(ARRAY[$3, $4]::uuid[]) AS c",
    )
    .bind(two.org).bind(two.topic).bind(winner).bind(loser)
    .execute(&mut *owner).await.unwrap();
    sqlx::query(
        "INSERT INTO crm.record_contacts VALUES ($1, $3, $1, $2, '', false, now()), ($1, $4, $1, $2, 'buyer', true, now()), \
         ($1, $4, $1, $4, '', false, now())",
    )
    .bind(two.org).bind(two.record).bind(winner).bind(loser)
    .execute(&mut *owner).await.unwrap();
    two
}

/// Every row of both, but for the tables' own order.
async fn everything(owner: &mut PgConnection, two: &Two) -> Vec<String> {
    let mut all = Vec::new();
    for table in PLAIN
        .iter()
        .map(|(table, _)| *table)
        .chain(MEETING.iter().map(|(table, _)| *table))
    {
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT '{table} ' || to_jsonb(t)::text FROM crm.{table} AS t WHERE org_id = $1 ORDER BY 1"
        )))
        .bind(two.org)
        .fetch_all(&mut *owner)
        .await
        .unwrap();
        all.extend(rows);
    }
    all
}

async fn count(owner: &mut PgConnection, table: &str, contact: ContactId) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM crm.{table} WHERE contact_id = $1"
    )))
    .bind(contact.uuid())
    .fetch_one(owner)
    .await
    .unwrap()
}

async fn one<T>(owner: &mut PgConnection, sql: &'static str, of: ContactId) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql)
        .bind(of.uuid())
        .fetch_one(owner)
        .await
        .unwrap()
}

async fn tx(database: &TestDatabase, two: &Two) -> CrmTx {
    use std::sync::Arc;
    let clock: Arc<dyn kernel::Clock> = Arc::new(kernel::SystemClock);
    let sizes = platform::db::PoolSizes { serve: 1, work: 1 };
    let db = platform::Db::connect(&database.url, sizes, clock, platform::Wake::default()).unwrap();
    CrmTx::tenant(&db, two.org.into()).await.unwrap()
}

#[tokio::test]
async fn everything_goes_to_the_winner_and_comes_back() {
    let database = TestDatabase::create(&["crm"]).await;
    let mut owner = database.owner().await;
    let two = two(&mut owner).await;
    let before = everything(&mut owner, &two).await;
    let merge = MergeId::generate();

    let mut moving = tx(&database, &two).await;
    let moves = [RowMove {
        from: two.loser,
        to: two.winner,
        merge: Some(merge),
    }];
    moving.move_rows(&moves).await.unwrap();
    moving.commit().await.unwrap();

    for (table, rows) in [
        ("events", 3),
        ("contact_identifiers", 2),
        ("notes", 2),
        ("segment_overrides", 1),
        ("subscriptions", 1),
        ("record_contacts", 2),
    ] {
        assert_eq!(count(&mut owner, table, two.winner).await, rows, "{table}");
        assert_eq!(count(&mut owner, table, two.loser).await, 0, "{table}");
    }
    let state: String = one(
        &mut owner,
        "SELECT state FROM crm.subscriptions WHERE contact_id = $1",
        two.winner,
    )
    .await;
    assert_eq!(state, "unsubscribed", "the more reluctant word counts");
    let role: String = one(
        &mut owner,
        "SELECT role FROM crm.record_contacts WHERE contact_id = $1 AND is_primary",
        two.winner,
    )
    .await;
    assert_eq!(role, "buyer", "the only primary company stays one");
    let included: bool = one(
        &mut owner,
        "SELECT included FROM crm.segment_overrides WHERE contact_id = $1",
        two.winner,
    )
    .await;
    assert!(!included, "what was said of the winner counts");

    let mut parting = tx(&database, &two).await;
    parting
        .give_rows_back(merge, two.winner, two.loser)
        .await
        .unwrap();
    parting.commit().await.unwrap();
    assert_eq!(everything(&mut owner, &two).await, before);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.merged_rows")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn what_the_winner_changed_since_stays() {
    let database = TestDatabase::create(&["crm"]).await;
    let mut owner = database.owner().await;
    let two = two(&mut owner).await;
    let merge = MergeId::generate();
    let mut moving = tx(&database, &two).await;
    let moves = [RowMove {
        from: two.loser,
        to: two.winner,
        merge: Some(merge),
    }];
    moving.move_rows(&moves).await.unwrap();
    moving.commit().await.unwrap();
    sqlx::query("UPDATE crm.subscriptions SET state = 'subscribed', at = now() WHERE contact_id = $1")
        .bind(two.winner.uuid())
        .execute(&mut owner)
        .await
        .unwrap();

    let mut parting = tx(&database, &two).await;
    parting
        .give_rows_back(merge, two.winner, two.loser)
        .await
        .unwrap();
    parting.commit().await.unwrap();

    let of = "SELECT state FROM crm.subscriptions WHERE contact_id = $1";
    assert_eq!(one::<String>(&mut owner, of, two.winner).await, "subscribed");
    assert_eq!(one::<String>(&mut owner, of, two.loser).await, "unsubscribed");
}

#[tokio::test]
async fn several_move_to_one_at_once_without_being_written_down() {
    let database = TestDatabase::create(&["crm"]).await;
    let mut owner = database.owner().await;
    let two = two(&mut owner).await;
    let known = ContactId::generate();
    let mut moving = tx(&database, &two).await;
    let moves = [two.winner, two.loser].map(|from| RowMove {
        from,
        to: known,
        merge: None,
    });
    moving.move_rows(&moves).await.unwrap();
    moving.commit().await.unwrap();

    assert_eq!(count(&mut owner, "events", known).await, 3);
    assert_eq!(count(&mut owner, "subscriptions", known).await, 1);
    assert_eq!(count(&mut owner, "record_contacts", known).await, 2);
    let state: String = one(
        &mut owner,
        "SELECT state FROM crm.subscriptions WHERE contact_id = $1",
        known,
    )
    .await;
    assert_eq!(state, "unsubscribed");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM crm.merged_rows")
        .fetch_one(&mut owner)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
