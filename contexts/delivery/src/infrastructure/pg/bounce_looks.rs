//! Looks into bounce mailboxes: who looks when, and how far a mailbox was read. Leases and due times go
//! by the database's clock.

use kernel::{BounceMailboxId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use jiff_sqlx::ToSqlx;

/// So long a mailbox is held by whoever looks into it.
pub const LEASE_SECONDS: i32 = 300;
/// How often a mailbox is looked into.
const EVERY_SECONDS: i32 = 60;
/// The longest wait after errors.
const LONGEST_WAIT_SECONDS: i32 = 3600;

/// A mailbox that is held, and from where it is read on.
#[derive(Clone, Debug)]
pub struct Held {
    pub org: OrgId,
    pub mailbox: BounceMailboxId,
    /// Tells who holds it.
    pub holder: Uuid,
    pub cursor: Cursor,
}

/// How far a mailbox was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// What the UIDs are good for; `None` before the first look.
    pub uid_validity: Option<u32>,
    /// The last one that was dealt with.
    pub last_uid: u32,
    /// One at which reading broke off, and how often in a row.
    pub stuck: Option<(u32, i32)>,
}

/// Whether a mailbox is taken before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Only one whose time has come.
    Now,
    /// Any.
    Ever,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    uid_validity: Option<i64>,
    last_uid: i64,
    stuck_uid: Option<i64>,
    stuck_times: i32,
}

/// Takes a mailbox that nobody holds, the longest due first, but none of `except`.
pub async fn claim(tx: &mut Tx, due: Due, except: &[BounceMailboxId]) -> Result<Option<Held>, DbError> {
    let holder = Uuid::new_v4();
    let except: Vec<Uuid> = except.iter().map(|id| id.uuid()).collect();
    let row: Option<Row> = sqlx::query_as(
        r#"
        WITH next AS (
            SELECT org_id, id
            FROM delivery.bounce_mailboxes
            WHERE enabled
              AND lease_until <= now()
              AND (next_look_at <= now() OR $2)
              AND NOT id = ANY($3)
            ORDER BY next_look_at
            FOR UPDATE SKIP LOCKED
            LIMIT 1
        )
        UPDATE delivery.bounce_mailboxes m
        SET lease_holder = $1, lease_until = now() + $4 * interval '1 second'
        FROM next
        WHERE m.org_id = next.org_id AND m.id = next.id
        RETURNING m.org_id, m.id, m.uid_validity, m.last_uid, m.stuck_uid, m.stuck_times
        "#,
    )
    .bind(holder)
    .bind(due == Due::Ever)
    .bind(&except)
    .bind(LEASE_SECONDS)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Held {
        org: row.org_id.into(),
        mailbox: row.id.into(),
        holder,
        cursor: Cursor {
            uid_validity: row.uid_validity.and_then(|n| u32::try_from(n).ok()),
            last_uid: u32::try_from(row.last_uid).unwrap_or(0),
            stuck: row
                .stuck_uid
                .and_then(|n| Some((u32::try_from(n).ok()?, row.stuck_times))),
        },
    }))
}

/// Writes down how far a mailbox was read, and holds it on. Returns whether we still hold it.
pub async fn advance(tx: &mut Tx, held: &Held) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.bounce_mailboxes
        SET uid_validity = $4, last_uid = $5, stuck_uid = NULL, stuck_times = 0,
            lease_until = now() + $6 * interval '1 second'
        WHERE org_id = $1 AND id = $2 AND lease_holder = $3
        "#,
    )
    .bind(held.org.uuid())
    .bind(held.mailbox.uuid())
    .bind(held.holder)
    .bind(held.cursor.uid_validity.map(i64::from))
    .bind(i64::from(held.cursor.last_uid))
    .bind(LEASE_SECONDS)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// When a mailbox is looked into again after a look without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// There is more.
    AtOnce,
    /// Everything was read.
    InAWhile,
}

/// Lets a mailbox go after a look without an error.
pub async fn succeed(tx: &mut Tx, held: &Held, next: Next) -> Result<(), DbError> {
    let now = tx.now();
    let wait = match next {
        Next::AtOnce => 0,
        Next::InAWhile => EVERY_SECONDS,
    };
    sqlx::query(
        r#"
        UPDATE delivery.bounce_mailboxes
        SET failures = 0, last_error = NULL, looked_at = $4,
            next_look_at = now() + $5 * interval '1 second', lease_until = '-infinity', lease_holder = NULL
        WHERE org_id = $1 AND id = $2 AND lease_holder = $3
        "#,
    )
    .bind(held.org.uuid())
    .bind(held.mailbox.uuid())
    .bind(held.holder)
    .bind(now.to_sqlx())
    .bind(wait)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lets a mailbox go after an error: twice as long as the time before, an hour at most, until it is
/// tried again. `stuck` is the mail at which reading broke off; without what its UID
/// belongs to it would be another one at the next look.
pub async fn fail(tx: &mut Tx, held: &Held, error: &str, stuck: Option<u32>) -> Result<(), DbError> {
    sqlx::query(
        r#"
        UPDATE delivery.bounce_mailboxes
        SET failures = failures + 1, last_error = $4, uid_validity = $8, last_uid = $9,
            stuck_times = CASE WHEN $5::bigint IS NULL THEN stuck_times
                               WHEN stuck_uid = $5 THEN stuck_times + 1
                               ELSE 1 END,
            stuck_uid = coalesce($5, stuck_uid),
            next_look_at = now() + least($6 * 2 ^ least(failures, 10), $7) * interval '1 second',
            lease_until = '-infinity', lease_holder = NULL
        WHERE org_id = $1 AND id = $2 AND lease_holder = $3
        "#,
    )
    .bind(held.org.uuid())
    .bind(held.mailbox.uuid())
    .bind(held.holder)
    .bind(error)
    .bind(stuck.map(i64::from))
    .bind(f64::from(EVERY_SECONDS))
    .bind(f64::from(LONGEST_WAIT_SECONDS))
    .bind(held.cursor.uid_validity.map(i64::from))
    .bind(i64::from(held.cursor.last_uid))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lets a mailbox go as if nobody had looked: this process is ending.
pub async fn hand_back(tx: &mut Tx, held: &Held) -> Result<(), DbError> {
    sqlx::query(
        r#"
        UPDATE delivery.bounce_mailboxes SET lease_until = '-infinity', lease_holder = NULL
        WHERE org_id = $1 AND id = $2 AND lease_holder = $3
        "#,
    )
    .bind(held.org.uuid())
    .bind(held.mailbox.uuid())
    .bind(held.holder)
    .execute(tx.conn())
    .await?;
    Ok(())
}
