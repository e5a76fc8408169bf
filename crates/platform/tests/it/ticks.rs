use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use platform::{Db, Tick, runtime::Background};
use testkit::TestApp;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// Seldom, and when it is signalled; each run adds a permit.
struct Seldom(Arc<Semaphore>);

#[async_trait]
impl Tick for Seldom {
    fn name(&self) -> &'static str {
        "test.seldom"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(3600)
    }
    fn woken_by(&self) -> Option<&'static str> {
        Some("test.now")
    }
    async fn run(&self) -> anyhow::Result<()> {
        self.0.add_permits(1);
        Ok(())
    }
}

/// Waits for one run more.
async fn run_once_more(runs: &Semaphore) {
    let ran = tokio::time::timeout(Duration::from_secs(30), runs.acquire()).await;
    ran.expect("it ran").unwrap().forget();
}

#[tokio::test]
async fn a_schedule_that_is_signalled_runs_before_its_time() {
    let app = TestApp::start(&["platform"], |_, _| vec![]).await;
    let (runs, stop) = (Arc::new(Semaphore::new(0)), CancellationToken::new());
    let background = Background {
        ticks: vec![Arc::new(Seldom(runs.clone()))],
        ..Background::default()
    };
    let mut tasks = background.start(&app.deps, &stop);
    run_once_more(&runs).await;

    app.deps.wake.signal("test.now");

    run_once_more(&runs).await;
    assert_eq!(runs.available_permits(), 0, "once, and not again and again");
    stop.cancel();
    while tasks.join_next().await.is_some() {}
}

/// Looks from within at how long it is held.
struct Inspector {
    db: Db,
    held: mpsc::UnboundedSender<bool>,
}

#[async_trait]
impl Tick for Inspector {
    fn name(&self) -> &'static str {
        "test.inspector"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(3600)
    }
    async fn run(&self) -> anyhow::Result<()> {
        let shortly = sqlx::query_scalar(
            r#"
            SELECT lease_until > now() AND lease_until < now() + interval '25 seconds'
            FROM platform.ticks WHERE name = 'test.inspector'
            "#,
        );
        self.held.send(shortly.fetch_one(self.db.work_pool()).await?)?;
        Ok(())
    }
}

#[tokio::test]
async fn a_process_that_dies_in_the_middle_of_a_schedule_holds_it_up_for_seconds_only() {
    let app = TestApp::start(&["platform"], |_, _| vec![]).await;
    let (held, mut seen) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let inspector = Inspector {
        db: app.deps.db.clone(),
        held,
    };
    let background = Background {
        ticks: vec![Arc::new(inspector)],
        ..Background::default()
    };

    let mut tasks = background.start(&app.deps, &stop);

    assert_eq!(seen.recv().await, Some(true));
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    let free: bool = sqlx::query_scalar("SELECT lease_until <= now() FROM platform.ticks")
        .fetch_one(app.deps.db.work_pool())
        .await
        .unwrap();
    assert!(free, "it is given back at once when all goes well");
}
