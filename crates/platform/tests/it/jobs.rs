use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use contracts::platform::{
    API_JOB, API_JOB_CANCELLATION, API_JOBS, TASK_CANCELLATION, TASKS, TASKS_INDICATOR,
};
use http::Method;
use kernel::{JobId, Permission, Role, UserId};
use platform::{Deps, JobError, JobHandler, Module, NewJob, RunningJob, jobs::Task};
use serde_json::json;
use testkit::TestApp;

/// Counts from its checkpoint to its target, and does at each number what the script says.
struct Counter {
    deps: Deps,
    script: Arc<Mutex<Vec<Act>>>,
}

#[derive(Clone, Copy)]
enum Act {
    Go,
    Fail,
    FailForGood,
    Yield,
}

#[async_trait]
impl JobHandler for Counter {
    fn kind(&self) -> &'static str {
        "test.count"
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let target: i64 = job.payload()?;
        let start: i64 = job.checkpoint()?.unwrap_or(0);
        for n in start..target {
            match self.script.lock().unwrap().pop().unwrap_or(Act::Go) {
                Act::Go => {}
                Act::Fail => return Err(JobError::retry(anyhow::anyhow!("stumbled at {n}"))),
                Act::Yield => return Err(JobError::Yield),
                Act::FailForGood => return Err(JobError::fail(anyhow::anyhow!("broke at {n}"))),
            }
            let mut tx = self.deps.db.system().await?;
            job.save(&mut tx, &(n + 1), n + 1, Some(target)).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn app(mut script: Vec<Act>) -> TestApp {
    script.reverse();
    let script = Arc::new(Mutex::new(script));
    TestApp::start(&["platform"], |deps, _| {
        let counter = Counter {
            deps: deps.clone(),
            script,
        };
        vec![Module {
            name: "test",
            jobs: vec![Arc::new(counter)],
            messages: "job-test-count = Counting",
            ..Module::default()
        }]
    })
    .await
}

async fn enqueue(app: &TestApp, target: i64) -> JobId {
    let mut tx = app.deps.db.tenant(app.org).await.unwrap();
    let id = tx
        .enqueue(NewJob::new("test.count", app.org, &target).unwrap())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn shown(app: &TestApp, id: JobId) -> serde_json::Value {
    app.program().get(API_JOB.url(&id)).await.expect(200).json()
}

#[tokio::test]
async fn a_job_goes_on_from_its_checkpoint_after_a_failure() {
    let app = app(vec![Act::Go, Act::Go, Act::Fail]).await;
    let id = enqueue(&app, 5).await;
    app.run_until_idle().await;
    let job = shown(&app, id).await;
    assert_eq!(job["state"], "succeeded");
    assert_eq!(job["progress"], json!({"done": 5, "total": 5}));
}

#[tokio::test]
async fn a_job_that_breaks_for_good_says_why() {
    let app = app(vec![Act::Go, Act::FailForGood]).await;
    let id = enqueue(&app, 5).await;
    app.run_until_idle().await;
    let job = shown(&app, id).await;
    assert_eq!(job["state"], "failed");
    assert_eq!(job["error"], "broke at 1");
}

#[tokio::test]
async fn a_cancelled_job_does_nothing_more() {
    let app = app(vec![]).await;
    let id = enqueue(&app, 5).await;
    app.program()
        .json(Method::POST, API_JOB_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(202);
    app.run_until_idle().await;
    let job = shown(&app, id).await;
    assert_eq!(job["state"], "cancelled");
    assert_eq!(job["progress"]["done"], 0);
}

#[tokio::test]
async fn a_job_whose_worker_died_is_taken_over_and_the_dead_one_can_write_nothing() {
    let app = app(vec![]).await;
    let id = enqueue(&app, 3).await;
    // A worker claimed it and died: its lease ran out.
    sqlx::query("UPDATE platform.jobs SET state = 'running', fence = 1, attempts = 1, lease_until = now() - interval '1 s'")
        .execute(app.deps.db.work_pool())
        .await
        .unwrap();
    app.run_until_idle().await;
    assert_eq!(shown(&app, id).await["state"], "succeeded");
    let stale = sqlx::query("UPDATE platform.jobs SET done = 99 WHERE fence = 1")
        .execute(app.deps.db.work_pool())
        .await;
    assert_eq!(stale.unwrap().rows_affected(), 0);
}

#[tokio::test]
async fn a_job_of_another_organisation_does_not_exist() {
    let app = app(vec![]).await;
    let id = enqueue(&app, 1).await;
    let other = app.organizations.add("Other Ltd");
    let stranger = app.program_with(other, Permission::ALL);
    stranger.get(API_JOB.url(&id)).await.expect(404);
    stranger
        .json(Method::POST, API_JOB_CANCELLATION.url(&id), &json!({}))
        .await
        .expect(404);
}

#[tokio::test]
async fn a_job_that_lets_others_go_first_goes_on_behind_them() {
    let app = app(vec![Act::Go, Act::Yield]).await;
    let long = enqueue(&app, 3).await;
    let short = enqueue(&app, 1).await;
    app.run_until_idle().await;
    for id in [long, short] {
        assert_eq!(shown(&app, id).await["state"], "succeeded");
    }
    let finished: Vec<uuid::Uuid> = sqlx::query_scalar("SELECT id FROM platform.jobs ORDER BY finished_at")
        .fetch_all(app.deps.db.work_pool())
        .await
        .unwrap();
    assert_eq!(finished, [short.uuid(), long.uuid()]);
}

#[tokio::test]
async fn people_see_the_tasks_of_their_organisation_and_stop_them() {
    let app = app(vec![Act::Go, Act::Fail]).await;
    let task = Task {
        label: "people.csv".to_owned(),
        link: "/app/contacts/imports/x".to_owned(),
        errors_url: Some("/api/v1/imports/x/errors.csv".to_owned()),
        started_by: Some((UserId::generate(), "Ann".to_owned())),
    };
    let job = NewJob::new("test.count", app.org, &5).unwrap().shown_as(task);
    let mut tx = app.deps.db.tenant(app.org).await.unwrap();
    let id = tx.enqueue(job).await.unwrap();
    tx.commit().await.unwrap();
    enqueue(&app, 1).await;

    let person = app.person();
    let page = person.get(TASKS.url()).await.expect(200);
    assert_eq!(
        page.texts("tbody th a.link"),
        ["people.csv"],
        "upkeep is shown to nobody"
    );
    assert!(page.text().contains("Ann"));
    let corner = person.get(TASKS_INDICATOR.url()).await.expect(200);
    assert_eq!(corner.texts(".tasks-count"), ["1"]);
    let listed = app.program().get(API_JOBS.url()).await.expect(200).json();
    assert_eq!(listed["data"][0]["errors_url"], "/api/v1/imports/x/errors.csv");
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));

    let stranger = app.person_as(app.organizations.add("Other"), Role::Owner);
    assert!(stranger.get(TASKS.url()).await.texts("tbody tr").is_empty());
    stranger.post(TASK_CANCELLATION.url(&id), &[]).await.expect(404);
    person.post(TASK_CANCELLATION.url(&id), &[]).await.expect(303);
    assert_eq!(shown(&app, id).await["state"], "cancelled");
    assert!(
        person
            .get(TASKS_INDICATOR.url())
            .await
            .texts(".tasks-count")
            .is_empty()
    );
}
