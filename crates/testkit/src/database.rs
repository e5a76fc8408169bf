use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::{Path, PathBuf},
};

use platform::migrate::{Migration, migrate};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

/// A database of its own for one test, copied from a template that was migrated once, and dropped
/// with the value.
#[derive(Debug)]
pub struct TestDatabase {
    maintenance: String,
    name: String,
    /// How to connect to it.
    pub url: String,
}

impl TestDatabase {
    /// Makes one with the migrations of the named contexts; the platform's always come first. An
    /// empty list means all contexts.
    pub async fn create(contexts: &[&str]) -> Self {
        let maintenance = maintenance_url();
        let timeline = timeline(contexts);
        let template = ensure_template(&maintenance, &timeline).await;
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = connect(&maintenance).await;
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        connection
            .execute(AssertSqlSafe(copy))
            .await
            .expect("the template can be copied");
        connection.close().await.expect("the connection closes");
        let url = with_database(&maintenance, &name);
        Self {
            maintenance,
            name,
            url,
        }
    }

    /// Another one with the same in it. Nobody may be connected to this one meanwhile.
    pub async fn copy(&self) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut connection = connect(&self.maintenance).await;
        let copy = format!("CREATE DATABASE {name} TEMPLATE {} STRATEGY FILE_COPY", self.name);
        connection
            .execute(AssertSqlSafe(copy))
            .await
            .expect("nobody is connected to what is copied");
        connection.close().await.expect("the connection closes");
        let url = with_database(&self.maintenance, &name);
        Self {
            maintenance: self.maintenance.clone(),
            name,
            url,
        }
    }

    /// A connection of the owner's, whom no policy holds back, to look behind the scenes.
    pub async fn owner(&self) -> PgConnection {
        connect(&self.url).await
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (maintenance, name) = (self.maintenance.clone(), self.name.clone());
        // Dropping cannot wait inside a runtime, so another thread does.
        let dropper = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&maintenance).await.ok()?;
                connection
                    .execute(AssertSqlSafe(format!(
                        "DROP DATABASE IF EXISTS {name} WITH (FORCE)"
                    )))
                    .await
                    .ok()
            })
        });
        let _joined = dropper.join();
    }
}

/// Where the tests' PostgreSQL is: `bin/test` starts one and says so.
fn maintenance_url() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "bin/test tells the tests where their database is"
    )]
    let given = std::env::var("MAUNTIC_TEST_DATABASE_URL");
    given
        .or_else(|_| {
            std::fs::read_to_string(root().join("target/test-postgres/url"))
                .map(|text| text.trim().to_owned())
        })
        .expect("tests need PostgreSQL: run them by bin/test, or name one in MAUNTIC_TEST_DATABASE_URL")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The migration files in their order. They are leaked, since a migration holds static text and a
/// test process reads them once.
fn timeline(contexts: &[&str]) -> Vec<Migration> {
    let folder = root().join("migrations");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the migrations are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|e| e == "sql"))
        .collect();
    files.sort();
    let wanted = |name: &str| {
        let context = name.split('_').nth(1).unwrap_or_default();
        contexts.is_empty() || context == "platform" || contexts.contains(&context)
    };
    files
        .into_iter()
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| wanted(name))
        .map(|(name, path)| Migration {
            name: name.leak(),
            sql: std::fs::read_to_string(path)
                .expect("a migration can be read")
                .leak(),
        })
        .collect()
}

/// The template for exactly these migrations, made when it is not there yet.
async fn ensure_template(maintenance: &str, timeline: &[Migration]) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in timeline {
        (migration.name, migration.sql).hash(&mut hasher);
    }
    let name = format!("template_{:016x}", hasher.finish());
    let mut connection = connect(maintenance).await;
    // One process makes it; the others wait here until it is whole.
    sqlx::query("SELECT pg_advisory_lock(6173)")
        .execute(&mut connection)
        .await
        .unwrap();
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    if !exists {
        // Migrated under another name first: a template that stands is always complete.
        let draft = format!("{name}_draft");
        connection
            .execute(AssertSqlSafe(format!(
                "DROP DATABASE IF EXISTS {draft} WITH (FORCE)"
            )))
            .await
            .unwrap();
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {draft}")))
            .await
            .unwrap();
        migrate(&with_database(maintenance, &draft), timeline)
            .await
            .expect("the migrations apply");
        connection
            .execute(AssertSqlSafe(format!("ALTER DATABASE {draft} RENAME TO {name}")))
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
    name
}

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url)
        .await
        .unwrap_or_else(|error| panic!("the tests' PostgreSQL does not answer: {error}"))
}

/// The same server, another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url
        .split_once('?')
        .map_or((url, None), |(base, query)| (base, Some(query)));
    let base = &base[..base.rfind('/').expect("a database URL has a path")];
    query.map_or_else(
        || format!("{base}/{name}"),
        |query| format!("{base}/{name}?{query}"),
    )
}
