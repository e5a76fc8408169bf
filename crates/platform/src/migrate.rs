//! Migrations: one timeline for all contexts, forward only, under a lock.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::db::DbError;

/// One step of the timeline.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// `<timestamp>_<context>_<what>`, the file's name.
    pub name: &'static str,
    /// What it runs.
    pub sql: &'static str,
}

/// Serialises all processes that migrate the same database.
const LOCK: i64 = 0x6d61_756e_7469_6300;

/// The migrations that were not applied yet.
pub async fn pending(url: &str, timeline: &[Migration]) -> Result<Vec<&'static str>, DbError> {
    let mut connection = PgConnection::connect(url).await?;
    let applied = applied(&mut connection).await?;
    connection.close().await?;
    Ok(timeline
        .iter()
        .map(|m| m.name)
        .filter(|name| !applied.iter().any(|a| a == name))
        .collect())
}

/// Applies what is missing, each in a transaction of its own, except those that begin with
/// `-- no-transaction`. Returns the names of those applied.
pub async fn migrate(url: &str, timeline: &[Migration]) -> Result<Vec<&'static str>, DbError> {
    let mut connection = PgConnection::connect(url).await?;
    // Waits for another process that migrates; the lock ends with the connection.
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut connection)
        .await?;
    // What exists already is no news.
    connection.execute("SET client_min_messages = warning").await?;
    connection
        .execute(
            "CREATE TABLE IF NOT EXISTS public.mauntic_migrations \
             (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
        )
        .await?;
    let applied = applied(&mut connection).await?;
    let mut done = Vec::new();
    for migration in timeline.iter().filter(|m| !applied.iter().any(|a| a == m.name)) {
        apply(&mut connection, migration).await?;
        done.push(migration.name);
    }
    connection.close().await?;
    Ok(done)
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<String>, DbError> {
    let exists: bool = sqlx::query_scalar("SELECT to_regclass('public.mauntic_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_scalar("SELECT name FROM public.mauntic_migrations")
        .fetch_all(connection)
        .await?)
}

async fn apply(connection: &mut PgConnection, migration: &Migration) -> Result<(), DbError> {
    const NOTE: &str = "INSERT INTO public.mauntic_migrations (name) VALUES ($1)";
    tracing::info!(migration = migration.name, "applying {}", migration.name);
    if migration.sql.starts_with("-- no-transaction") {
        sqlx::raw_sql(AssertSqlSafe(migration.sql))
            .execute(&mut *connection)
            .await?;
        sqlx::query(NOTE).bind(migration.name).execute(connection).await?;
        return Ok(());
    }
    let mut tx = connection.begin().await?;
    sqlx::raw_sql(AssertSqlSafe(migration.sql))
        .execute(&mut *tx)
        .await?;
    sqlx::query(NOTE).bind(migration.name).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
