//! Limits of organisations, and how much of every limit is used up.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// What an organisation allows itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrganizationLimits {
    pub per_second: Option<u32>,
    pub per_day: Option<u32>,
}

/// The limits of these organisations; those without any are left out.
pub async fn of_organizations(
    tx: &mut Tx,
    orgs: &[OrgId],
) -> Result<HashMap<OrgId, OrganizationLimits>, DbError> {
    let ids: Vec<Uuid> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<(Uuid, Option<i32>, Option<i32>)> = sqlx::query_as(
        r#"
        SELECT org_id, messages_per_second, messages_per_day
        FROM delivery.organization_limits
        WHERE org_id = ANY($1)
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let number = |n: Option<i32>| n.and_then(|n| u32::try_from(n).ok());
    Ok(rows
        .into_iter()
        .map(|(org, second, day)| {
            let limits = OrganizationLimits {
                per_second: number(second),
                per_day: number(day),
            };
            (org.into(), limits)
        })
        .collect())
}

/// Sets them.
pub async fn set(tx: &mut Tx, org: OrgId, limits: OrganizationLimits) -> Result<(), DbError> {
    let now = tx.now();
    let number = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
    sqlx::query(
        r#"
        INSERT INTO delivery.organization_limits (org_id, messages_per_second, messages_per_day, updated_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (org_id) DO UPDATE
        SET messages_per_second = excluded.messages_per_second, messages_per_day = excluded.messages_per_day,
            updated_at = excluded.updated_at
        "#,
    )
    .bind(org.uuid())
    .bind(number(limits.per_second))
    .bind(number(limits.per_day))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    super::queue::recall_postponed(tx, org).await
}

/// How long a limit's window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// By the database's clock, which all engines share.
    Second,
    /// From midnight to midnight in UTC.
    Day,
}

/// Locks the windows of these limits until the transaction ends, and returns how much of each is used.
/// A window that is over counts as unused.
pub async fn lock(
    tx: &mut Tx,
    org: OrgId,
    keys: &BTreeMap<String, Window>,
) -> Result<HashMap<String, u64>, DbError> {
    let names: Vec<&str> = keys.keys().map(String::as_str).collect();
    // There before they are locked: see `providers::take_permits`.
    sqlx::query(
        r#"
        INSERT INTO delivery.limit_windows (org_id, key, begins, used)
        SELECT $1, key, '-infinity', 0 FROM UNNEST($2::text[]) AS key
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(&names)
    .execute(tx.conn())
    .await?;
    let today = day_of(tx.now()).to_sqlx();
    // In one order, so that two that need the same ones wait for, and not on, each other.
    let rows: Vec<(String, bool, bool, i64)> = sqlx::query_as(
        r#"
        SELECT key, begins = date_trunc('second', clock_timestamp()), begins = $3, used
        FROM delivery.limit_windows
        WHERE org_id = $1 AND key = ANY($2)
        ORDER BY key
        FOR UPDATE
        "#,
    )
    .bind(org.uuid())
    .bind(&names)
    .bind(today)
    .fetch_all(tx.conn())
    .await?;
    let used = |(key, second, day, used): (String, bool, bool, i64)| {
        let present = match keys.get(&key) {
            Some(Window::Second) => second,
            Some(Window::Day) | None => day,
        };
        let used = if present {
            u64::try_from(used).unwrap_or(0)
        } else {
            0
        };
        (key, used)
    };
    Ok(rows.into_iter().map(used).collect())
}

/// Writes down how much of each is used now.
pub async fn write(tx: &mut Tx, org: OrgId, used: &[(String, Window, u64)]) -> Result<(), DbError> {
    let keys: Vec<&str> = used.iter().map(|(key, ..)| key.as_str()).collect();
    let seconds: Vec<bool> = used
        .iter()
        .map(|(_, window, _)| *window == Window::Second)
        .collect();
    let counts: Vec<i64> = used
        .iter()
        .map(|(.., count)| i64::try_from(*count).unwrap_or(i64::MAX))
        .collect();
    let today = day_of(tx.now()).to_sqlx();
    sqlx::query(
        r#"
        UPDATE delivery.limit_windows w
        SET begins = CASE WHEN t.second THEN date_trunc('second', clock_timestamp()) ELSE $5 END, used = t.used
        FROM UNNEST($2::text[], $3::boolean[], $4::bigint[]) AS t (key, second, used)
        WHERE w.org_id = $1 AND w.key = t.key
        "#,
    )
    .bind(org.uuid())
    .bind(&keys)
    .bind(&seconds)
    .bind(&counts)
    .bind(today)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How much of some limits is used today, without locking them.
pub async fn used_today(tx: &mut Tx, org: OrgId) -> Result<HashMap<String, u64>, DbError> {
    let today = day_of(tx.now()).to_sqlx();
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT key, used FROM delivery.limit_windows WHERE org_id = $1 AND begins = $2")
            .bind(org.uuid())
            .bind(today)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows
        .into_iter()
        .map(|(key, used)| (key, u64::try_from(used).unwrap_or(0)))
        .collect())
}

/// When the day of an instant began, in UTC.
#[must_use]
pub fn day_of(at: Timestamp) -> Timestamp {
    at.to_zoned(TimeZone::UTC)
        .start_of_day()
        .map_or(at, |start| start.timestamp())
}

/// When the next day begins, in UTC.
#[must_use]
pub fn tomorrow(at: Timestamp) -> Timestamp {
    day_of(at) + SignedDuration::from_hours(24)
}
