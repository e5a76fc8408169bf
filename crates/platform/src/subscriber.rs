//! Subscribers of the outbox: each keeps its own cursor, so it can be restarted and scaled.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::{
    db::{Db, DbError, Tx},
    outbox::{self, Envelope},
    wake::Wake,
};

/// Most facts that one call gets.
const BATCH: i64 = 500;
/// Polls this often when nothing signals, for facts that another process wrote.
const POLL: Duration = Duration::from_secs(1);
/// How long until facts are looked at again that an older open transaction keeps from being read.
const BLOCKED: Duration = Duration::from_millis(200);
/// How long a fact waits for others: while a campaign runs, hundreds come each second, and reading them
/// one by one would cost as much as sending.
const GATHER: Duration = Duration::from_millis(30);
/// After this many failures in a row a fact is tried alone, and parked when it fails alone too.
const PATIENCE: i32 = 8;

/// Does one effect with the facts of one topic.
///
/// What it writes with the transaction it is given commits together with its cursor: each fact has
/// its effect exactly once. It does no I/O beside that; longer work becomes a job.
#[async_trait]
pub trait Subscriber: Send + Sync + 'static {
    /// Unique and never changed, since the cursor is kept under it: `crm.record_activity`.
    fn name(&self) -> &'static str;
    /// Whose facts: the name of a context.
    fn topic(&self) -> &'static str;
    /// Which kinds of them, by the word of their `type`; all when it names none. A fact may be large, and
    /// whoever passes over it should not read it.
    fn kinds(&self) -> &'static [&'static str] {
        &[]
    }
    /// Does the effect for up to 500 facts.
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()>;
}

/// Reads until told to stop.
pub(crate) async fn run(subscriber: Arc<dyn Subscriber>, db: Db, wake: Wake, stop: CancellationToken) {
    let mut listener = wake.listen(subscriber.topic());
    while !stop.is_cancelled() {
        let pause = match step(&*subscriber, &db).await {
            Ok(Step::Did(n)) if n >= BATCH as usize => continue,
            // Large ones end a page early, and more may lie behind it.
            Ok(Step::Did(_)) => GATHER,
            Ok(Step::Blocked) => BLOCKED,
            Ok(_) => POLL,
            Err(error) => {
                warn!(subscriber = subscriber.name(), %error, "a subscriber could not reach the database");
                POLL
            }
        };
        let more = async {
            listener.wait(pause).await;
            tokio::time::sleep(GATHER).await;
        };
        tokio::select! {
            () = stop.cancelled() => break,
            () = more => {}
        }
    }
}

/// What one step did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Handled so many facts.
    Did(usize),
    /// Nothing to do, or another process is at it.
    Idle,
    /// There are facts, but they may not be read yet.
    Blocked,
    /// The subscriber failed and waits before it tries again.
    Failed(String),
}

/// Handles the next batch in one transaction with the cursor.
pub(crate) async fn step(subscriber: &dyn Subscriber, db: &Db) -> Result<Step, DbError> {
    let mut tx = db.system().await?;
    let Some(cursor) = lock_cursor(&mut tx, subscriber.name()).await? else {
        return Ok(Step::Idle);
    };
    let limit = if cursor.failures >= PATIENCE { 1 } else { BATCH };
    let (topic, kinds) = (subscriber.topic(), subscriber.kinds());
    let outbox::Page { events, seen, end } =
        outbox::read(tx.conn(), topic, kinds, cursor.position, limit).await?;
    let Some(position) = end else {
        let more = outbox::has_more(tx.conn(), subscriber.topic(), cursor.position).await?;
        return Ok(if more { Step::Blocked } else { Step::Idle });
    };
    let handled = if events.is_empty() {
        Ok(())
    } else {
        subscriber.handle(&mut tx, &events).await
    };
    match handled {
        Ok(()) => {
            save_cursor(&mut tx, subscriber.name(), position).await?;
            tx.commit().await?;
            Ok(Step::Did(seen))
        }
        Err(error) => {
            tx.rollback().await?;
            note_failure(subscriber, db, &cursor, &events, &error).await?;
            Ok(Step::Failed(format!("{error:#}")))
        }
    }
}

struct CursorRow {
    position: (i64, i64),
    failures: i32,
}

/// Nothing when another process is at it, or when it waits after a failure.
async fn lock_cursor(tx: &mut Tx, name: &str) -> Result<Option<CursorRow>, DbError> {
    if let Some(row) = try_lock_cursor(tx, name).await? {
        return Ok(Some(row));
    }
    let made = sqlx::query("INSERT INTO platform.cursors (subscriber) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(name)
        .execute(tx.conn())
        .await?;
    if made.rows_affected() == 0 {
        return Ok(None);
    }
    try_lock_cursor(tx, name).await
}

async fn try_lock_cursor(tx: &mut Tx, name: &str) -> Result<Option<CursorRow>, DbError> {
    let row: Option<(i64, i64, i32)> = sqlx::query_as(
        r#"
        SELECT xid, seq, failures FROM platform.cursors
        WHERE subscriber = $1 AND retry_at <= now()
        FOR UPDATE SKIP LOCKED
        "#,
    )
    .bind(name)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(xid, seq, failures)| CursorRow {
        position: (xid, seq),
        failures,
    }))
}

async fn save_cursor(tx: &mut Tx, name: &str, position: (i64, i64)) -> Result<(), DbError> {
    sqlx::query(
        r#"
        UPDATE platform.cursors
        SET xid = $2, seq = $3, failures = 0, retry_at = '-infinity', updated_at = now()
        WHERE subscriber = $1
        "#,
    )
    .bind(name)
    .bind(position.0)
    .bind(position.1)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Waits longer after each failure; a fact that fails alone is parked, so that it holds nobody up.
async fn note_failure(
    subscriber: &dyn Subscriber,
    db: &Db,
    cursor: &CursorRow,
    events: &[Envelope],
    error: &anyhow::Error,
) -> Result<(), DbError> {
    let name = subscriber.name();
    let mut tx = db.system().await?;
    if let ([poison], true) = (events, cursor.failures > PATIENCE) {
        error!(subscriber = name, event.id = %poison.id, error = format!("{error:#}"), "parked a fact that {name} cannot digest");
        sqlx::query(
            r#"
            INSERT INTO platform.dead_letters (org_id, id, subscriber, topic, payload, at, error)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(poison.org.uuid())
        .bind(poison.id.uuid())
        .bind(name)
        .bind(&poison.topic)
        .bind(&poison.payload)
        .bind(jiff_sqlx::Timestamp::from(poison.at))
        .bind(format!("{error:#}"))
        .execute(tx.conn())
        .await?;
        save_cursor(&mut tx, name, poison.position).await?;
    } else {
        warn!(
            subscriber = name,
            failures = cursor.failures + 1,
            error = format!("{error:#}"),
            "{name} failed and will try again"
        );
        sqlx::query(
            r#"
            UPDATE platform.cursors
            SET failures = failures + 1,
                retry_at = now() + least(60, 0.2 * power(2, failures)) * interval '1 second'
            WHERE subscriber = $1
            "#,
        )
        .bind(name)
        .execute(tx.conn())
        .await?;
    }
    tx.commit().await
}
