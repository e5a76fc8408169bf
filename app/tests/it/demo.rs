//! `mauntic demo seed`.

use std::sync::Mutex;

use contracts::{
    analytics::DASHBOARD,
    campaign::CAMPAIGNS,
    crm::{CONTACT_NEW, CONTACTS, IMPORTS, SEGMENTS},
    delivery::{INBOX, TEMPLATES},
};
use mauntic::demo::{Made, Order, Outcome, Owner, seed};
use platform::{Config, heartbeat};
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::{Client, TestApp};
use tokio_util::sync::CancellationToken;

use crate::installation::{SECRET, first_run, sign_in, whole_program};

const SMALL: Order = Order {
    contacts: 200,
    seed: 42,
};

fn config(app: &TestApp) -> Config {
    Config {
        data_dir: app.deps.config.data_dir.clone(),
        secret_key: Some(SECRET.to_owned()),
        ..Config::default()
    }
}

async fn seeded(app: &TestApp, order: Order) -> anyhow::Result<Outcome> {
    seed(config(app), &app.database.url, order, &|_| {}).await
}

async fn made(app: &TestApp) -> (Made, Option<Owner>) {
    match seeded(app, SMALL).await.unwrap() {
        Outcome::Made { made, owner } => (made, owner),
        Outcome::AlreadyThere => panic!("the database was empty"),
    }
}

async fn count(connection: &mut PgConnection, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(connection).await.unwrap()
}

/// Rows of every table.
async fn rows_of_all_tables(connection: &mut PgConnection) -> Vec<(String, i64)> {
    let tables: Vec<String> = sqlx::query_scalar(
        r#"
        SELECT format('%I.%I', n.nspname, c.relname)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
          AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        ORDER BY 1
        "#,
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let mut counts = Vec::new();
    for table in tables {
        let query = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        counts.push((
            table,
            sqlx::query_scalar(query)
                .fetch_one(&mut *connection)
                .await
                .unwrap(),
        ));
    }
    counts
}

#[tokio::test]
async fn seeding_makes_what_it_says_and_the_owner_finds_it() {
    let app = whole_program(|_| {}).await;
    let (made, owner) = made(&app).await;
    let mut database = app.database.owner().await;

    assert_eq!(
        count(&mut database, "SELECT count(*) FROM crm.contacts").await,
        200
    );
    assert_eq!((made.contacts, made.templates, made.segments.len()), (200, 4, 9));
    let states: Vec<&str> = made
        .campaigns
        .iter()
        .map(|campaign| campaign.state.as_str())
        .collect();
    assert_eq!(states, ["completed", "completed", "draft", "scheduled"]);
    let sent: i64 = made.campaigns.iter().map(|campaign| campaign.sent).sum();
    let caught = "SELECT count(*) FROM delivery.inbox_messages";
    assert_eq!(count(&mut database, caught).await, sent);
    for campaign in &made.campaigns[..2] {
        assert!(
            campaign.sent > campaign.opened && campaign.opened > campaign.clicked,
            "{campaign:?}"
        );
        assert!(campaign.clicked > 0, "{campaign:?}");
    }

    let owner = owner.expect("there was no organisation");
    let browser = sign_in(&app, &owner.email, &owner.password).await;
    let campaigns = browser.get(CAMPAIGNS.url()).await.expect(200).text();
    for campaign in &made.campaigns {
        assert!(campaigns.contains(&campaign.name), "{}", campaign.name);
    }
    for page in [DASHBOARD, CONTACTS, IMPORTS, SEGMENTS, TEMPLATES, INBOX] {
        browser.get(page.url()).await.expect(200);
    }
}

#[tokio::test]
async fn seeding_twice_changes_nothing_the_second_time() {
    let app = whole_program(|_| {}).await;
    made(&app).await;
    let mut database = app.database.owner().await;
    let before = rows_of_all_tables(&mut database).await;
    assert!(before.len() > 30, "only {} tables were found", before.len());

    let outcome = seeded(&app, SMALL).await.unwrap();

    assert!(matches!(outcome, Outcome::AlreadyThere));
    assert_eq!(rows_of_all_tables(&mut database).await, before);
}

#[tokio::test]
async fn a_seeding_that_was_stopped_goes_on_where_it_stopped() {
    let app = whole_program(|_| {}).await;
    let (stop, told) = (CancellationToken::new(), Mutex::new(Vec::new()));
    let stop_after_the_first_campaign = |line: String| {
        if line.starts_with("sent") {
            stop.cancel();
        }
        told.lock().unwrap().push(line);
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        outcome = seed(config(&app), &app.database.url, SMALL, &stop_after_the_first_campaign) => {
            panic!("it was not stopped: {outcome:?}");
        }
    }

    let (made, owner) = made(&app).await;

    assert!(owner.is_none(), "the first call made the owner");
    assert!(
        told.lock().unwrap()[0].contains("with the password"),
        "nobody could sign in otherwise"
    );
    let mut database = app.database.owner().await;
    assert_eq!(
        count(&mut database, "SELECT count(*) FROM crm.contacts").await,
        200
    );
    let sent: i64 = made.campaigns.iter().map(|campaign| campaign.sent).sum();
    assert_eq!(
        count(&mut database, "SELECT count(*) FROM delivery.inbox_messages").await,
        sent
    );
    assert!(
        made.campaigns[0].opened > 0 && made.campaigns[1].opened > 0,
        "{made:?}"
    );
    assert_eq!(made.campaigns.len(), 4);
}

#[tokio::test]
async fn seeding_is_refused_while_the_program_runs() {
    let app = whole_program(|_| {}).await;
    let stop = CancellationToken::new();
    let beat = tokio::spawn(heartbeat::beat(
        app.deps.db.clone(),
        vec!["gateway".to_owned()],
        stop.clone(),
    ));
    while heartbeat::roles_alive(&app.deps.db).await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }

    let refusal = seeded(&app, SMALL).await.unwrap_err().to_string();

    assert!(refusal.contains("stop it first"), "{refusal}");
    stop.cancel();
    beat.await.unwrap();
    let mut database = app.database.owner().await;
    assert_eq!(
        count(&mut database, "SELECT count(*) FROM identity.organizations").await,
        0
    );
}

#[tokio::test]
async fn seeding_leaves_an_organisation_with_contacts_of_its_own_alone() {
    let app = whole_program(|_| {}).await;
    let ann = first_run(&app).await;
    add_contact(&ann, "real@example.com").await;

    let refusal = seeded(&app, SMALL).await.unwrap_err().to_string();

    assert!(refusal.contains("contacts of its own"), "{refusal}");
    let mut database = app.database.owner().await;
    assert_eq!(count(&mut database, "SELECT count(*) FROM crm.contacts").await, 1);
}

#[tokio::test]
async fn seeding_fills_the_organisation_that_somebody_has_set_up() {
    let app = whole_program(|_| {}).await;
    let ann = first_run(&app).await;

    let (made, owner) = made(&app).await;

    assert!(owner.is_none(), "there is an owner already");
    let campaigns = ann.get(CAMPAIGNS.url()).await.expect(200).text();
    assert!(campaigns.contains(&made.campaigns[0].name));
}

#[tokio::test]
async fn seeding_is_refused_for_an_organisation_that_is_live() {
    let app = whole_program(|_| {}).await;
    first_run(&app).await;
    let mut database = app.database.owner().await;
    sqlx::query("UPDATE identity.organizations SET mode = 'live'")
        .execute(&mut database)
        .await
        .unwrap();

    let refusal = seeded(&app, SMALL).await.unwrap_err().to_string();

    assert!(refusal.contains("is live"), "{refusal}");
    assert_eq!(count(&mut database, "SELECT count(*) FROM crm.contacts").await, 0);
}

async fn add_contact(person: &Client, email: &str) {
    person
        .post(CONTACT_NEW.url(), &[("email", email)])
        .await
        .expect(303);
}
