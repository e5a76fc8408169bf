//! Engines and their leases. Only the database's clock decides when a lease has ended.

use std::time::Duration;

use platform::{DbError, Tx};

/// What became of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The lease is held.
    Held,
    /// Others have taken over what this engine held.
    Lost,
}

/// Enters a new engine.
pub async fn register(tx: &mut Tx, name: &str, lease: Duration) -> Result<i64, DbError> {
    let id = sqlx::query_scalar(
        r#"
        INSERT INTO delivery.engines (name, lease_until)
        VALUES ($1, now() + $2 * interval '1 second')
        RETURNING id
        "#,
    )
    .bind(name)
    .bind(lease.as_secs_f64())
    .fetch_one(tx.conn())
    .await?;
    Ok(id)
}

/// Prolongs a lease. One that has ended can be taken up again as long as nobody has taken over.
pub async fn renew(tx: &mut Tx, engine: i64, lease: Duration) -> Result<Renewal, DbError> {
    let renewed = sqlx::query(
        r#"
        UPDATE delivery.engines
        SET held_since = CASE WHEN lease_until < now() THEN now() ELSE held_since END,
            lease_until = now() + $2 * interval '1 second'
        WHERE id = $1
        "#,
    )
    .bind(engine)
    .bind(lease.as_secs_f64())
    .execute(tx.conn())
    .await?;
    Ok(if renewed.rows_affected() == 1 {
        Renewal::Held
    } else {
        Renewal::Lost
    })
}

/// Removes an engine that holds nothing any more. One that still holds something stays until its
/// lease ends, and is recovered then.
pub async fn leave(tx: &mut Tx, engine: i64) -> Result<(), DbError> {
    sqlx::query(
        r#"
        DELETE FROM delivery.engines
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM delivery.queue WHERE engine_id = $1)
        "#,
    )
    .bind(engine)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// An engine whose lease has ended, locked until the transaction ends. Only an engine that has held
/// its own lease for `patience` without a break may look: when the database was away, all leases
/// have ended, and the others shall have time to come back.
pub async fn find_dead(tx: &mut Tx, me: i64, patience: Duration) -> Result<Option<i64>, DbError> {
    let dead = sqlx::query_scalar(
        r#"
        SELECT dead.id
        FROM delivery.engines dead
        WHERE dead.lease_until < now()
          AND dead.id <> $1
          AND EXISTS (
              SELECT 1 FROM delivery.engines me
              WHERE me.id = $1
                AND me.lease_until > now()
                AND me.held_since <= now() - $2 * interval '1 second')
        ORDER BY dead.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#,
    )
    .bind(me)
    .bind(patience.as_secs_f64())
    .fetch_optional(tx.conn())
    .await?;
    Ok(dead)
}

/// Removes an engine whose messages have been recovered.
pub async fn bury(tx: &mut Tx, engine: i64) -> Result<(), DbError> {
    sqlx::query("DELETE FROM delivery.engines WHERE id = $1")
        .bind(engine)
        .execute(tx.conn())
        .await?;
    Ok(())
}
