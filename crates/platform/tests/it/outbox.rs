use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use contracts::PublicEvent;
use platform::{Envelope, Module, Subscriber, Tx};
use serde::{Deserialize, Serialize};
use testkit::TestApp;

#[derive(Serialize, Deserialize)]
struct Counted {
    n: i64,
}
impl PublicEvent for Counted {
    const TOPIC: &'static str = "test";
}

/// Adds up what it reads, in its own cursor's transaction; fails as often as it is told.
struct Adder {
    failures: Arc<AtomicUsize>,
}

#[async_trait]
impl Subscriber for Adder {
    fn name(&self) -> &'static str {
        "test.adder"
    }
    fn topic(&self) -> &'static str {
        "test"
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        for event in events {
            let n = event.decode::<Counted>()?.n;
            sqlx::query("UPDATE platform.cursors SET xid = xid + $1 WHERE subscriber = 'test.sum'")
                .bind(n)
                .execute(tx.conn())
                .await?;
        }
        if self.failures.load(Ordering::SeqCst) > 0 {
            self.failures.fetch_sub(1, Ordering::SeqCst);
            anyhow::bail!("told to fail");
        }
        Ok(())
    }
}

async fn app(failures: usize) -> TestApp {
    let failures = Arc::new(AtomicUsize::new(failures));
    let app = TestApp::start(&["platform"], |_, _| {
        vec![Module {
            name: "test",
            subscribers: vec![Arc::new(Adder { failures })],
            ..Module::default()
        }]
    })
    .await;
    sqlx::query("INSERT INTO platform.cursors (subscriber) VALUES ('test.sum')")
        .execute(app.deps.db.work_pool())
        .await
        .unwrap();
    app
}

async fn sum(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT xid FROM platform.cursors WHERE subscriber = 'test.sum'")
        .fetch_one(app.deps.db.work_pool())
        .await
        .unwrap()
}

#[tokio::test]
async fn every_committed_fact_has_its_effect_once() {
    let app = app(0).await;
    for n in 1..=10 {
        let mut tx = app.deps.db.tenant(app.org).await.unwrap();
        tx.record(app.org, &Counted { n }).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut dropped = app.deps.db.tenant(app.org).await.unwrap();
    dropped.record(app.org, &Counted { n: 1000 }).await.unwrap();
    dropped.rollback().await.unwrap();

    app.run_until_idle().await;
    app.run_until_idle().await;

    assert_eq!(sum(&app).await, 55);
}

#[tokio::test]
async fn a_failed_batch_leaves_no_trace_and_comes_again() {
    let app = app(1).await;
    let mut tx = app.deps.db.tenant(app.org).await.unwrap();
    tx.record(app.org, &Counted { n: 7 }).await.unwrap();
    tx.commit().await.unwrap();

    assert!(app.try_run_until_idle().await.is_err());
    assert_eq!(sum(&app).await, 0);

    // The wait before the next try is over.
    sqlx::query("UPDATE platform.cursors SET retry_at = '-infinity'")
        .execute(app.deps.db.work_pool())
        .await
        .unwrap();
    app.run_until_idle().await;
    assert_eq!(sum(&app).await, 7);
}

#[tokio::test]
async fn a_fact_that_commits_late_is_not_passed_over() {
    let app = app(0).await;
    let mut late = app.deps.db.tenant(app.org).await.unwrap();
    late.record(app.org, &Counted { n: 100 }).await.unwrap();
    let mut early = app.deps.db.tenant(app.org).await.unwrap();
    early.record(app.org, &Counted { n: 1 }).await.unwrap();
    early.commit().await.unwrap();

    // While the first transaction is open nothing behind it may be read; draining would wait for it.
    let draining = app.run_until_idle();
    let finishing = async {
        assert_eq!(sum(&app).await, 0);
        late.commit().await.unwrap();
    };
    tokio::join!(draining, finishing);

    assert_eq!(sum(&app).await, 101);
}

#[tokio::test]
async fn a_request_sees_only_the_rows_of_its_organisation() {
    let app = app(0).await;
    let other = app.organizations.add("Other Ltd");
    let mut tx = app.deps.db.tenant(app.org).await.unwrap();
    tx.record(app.org, &Counted { n: 1 }).await.unwrap();
    tx.commit().await.unwrap();

    let count = async |org| {
        let mut tx = app.deps.db.tenant(org).await.unwrap();
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM platform.outbox")
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    assert_eq!(count(app.org).await, 1);
    assert_eq!(count(other).await, 0);

    let mut tx = app.deps.db.tenant(other).await.unwrap();
    assert!(
        tx.record(app.org, &Counted { n: 1 }).await.is_err(),
        "a row of another organisation was written"
    );
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sorted {
    Wanted { n: i64 },
    Other { bulk: String },
}

impl PublicEvent for Sorted {
    const TOPIC: &'static str = "sorted";
}

/// Adds up those that it asks for, and counts what it is given beside them.
struct Picker;

#[async_trait]
impl Subscriber for Picker {
    fn name(&self) -> &'static str {
        "test.picker"
    }
    fn topic(&self) -> &'static str {
        "sorted"
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["wanted"]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        for event in events {
            let n = match event.decode()? {
                Sorted::Wanted { n } => n,
                Sorted::Other { .. } => 1_000_000,
            };
            sqlx::query("UPDATE platform.cursors SET xid = xid + $1 WHERE subscriber = 'test.sum'")
                .bind(n)
                .execute(tx.conn())
                .await?;
        }
        Ok(())
    }
}

#[tokio::test]
async fn whoever_asks_for_one_kind_is_given_no_other_and_gets_past_them() {
    let app = TestApp::start(&["platform"], |_, _| {
        vec![Module {
            name: "test",
            subscribers: vec![Arc::new(Picker)],
            ..Module::default()
        }]
    })
    .await;
    sqlx::query("INSERT INTO platform.cursors (subscriber) VALUES ('test.sum')")
        .execute(app.deps.db.work_pool())
        .await
        .unwrap();
    let record = async |facts: &[Sorted]| {
        let mut tx = app.deps.db.tenant(app.org).await.unwrap();
        tx.record_all(app.org, facts).await.unwrap();
        tx.commit().await.unwrap();
    };
    // Far more than fits on a page, of which only the last is wanted.
    let other = || Sorted::Other { bulk: "x".to_owned() };
    record(&vec![other(); 700]).await;
    record(&[Sorted::Wanted { n: 1 }, other(), Sorted::Wanted { n: 2 }]).await;
    record(&[other()]).await;
    app.run_until_idle().await;
    assert_eq!(sum(&app).await, 3);

    let behind: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM platform.outbox AS o, platform.cursors AS c \
         WHERE o.topic = 'sorted' AND c.subscriber = 'test.picker' AND (o.xid::text::bigint, o.seq) > (c.xid, c.seq)",
    )
    .fetch_one(&mut app.database.owner().await)
    .await
    .unwrap();
    assert_eq!(behind, 0, "what was passed over may be cleaned away");
}
