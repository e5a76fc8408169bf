//! Accounts that mail is handed to. Secrets pass through here sealed.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use sqlx::types::Json;
use uuid::Uuid;

use crate::domain::provider::ProviderConfig;

/// Where secrets of accounts are sealed for.
pub const SECRET_PLACE: &str = "delivery.providers.secret";

/// An account.
#[derive(Clone, Debug)]
pub struct Provider {
    pub org: OrgId,
    pub id: ProviderId,
    pub name: String,
    pub config: ProviderConfig,
    /// Sealed; `None` when the account has none.
    pub secret: Option<Vec<u8>>,
    pub rank: i32,
    /// `Some` while it sends nothing: why.
    pub paused: Option<String>,
    pub tested_at: Option<Timestamp>,
    /// `None` when the last test went well, or there was none.
    pub test_error: Option<String>,
    pub updated_at: Timestamp,
    /// What the provider reports by calling us.
    pub webhook: Webhook,
}

/// How calls of the provider are verified, and what came of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webhook {
    /// A public key, or the topic that may call.
    pub key: Option<String>,
    /// Whether a secret for calls is stored.
    pub has_secret: bool,
    /// When the last call was believed, to the minute.
    pub last_report_at: Option<Timestamp>,
    /// The last call that was not, and a word for why.
    pub last_refusal: Option<(Timestamp, String)>,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    name: String,
    config: Json<ProviderConfig>,
    secret: Option<Vec<u8>>,
    rank: i32,
    state: String,
    pause_reason: Option<String>,
    tested_at: Option<jiff_sqlx::Timestamp>,
    test_result: Option<String>,
    updated_at: jiff_sqlx::Timestamp,
    webhook_key: Option<String>,
    has_webhook_secret: bool,
    last_report_at: Option<jiff_sqlx::Timestamp>,
    last_refusal_at: Option<jiff_sqlx::Timestamp>,
    last_refusal: Option<String>,
}

impl From<Row> for Provider {
    fn from(row: Row) -> Self {
        let paused = (row.state == "paused").then(|| row.pause_reason.unwrap_or_default());
        Self {
            org: row.org_id.into(),
            id: row.id.into(),
            name: row.name,
            config: row.config.0,
            secret: row.secret,
            rank: row.rank,
            paused,
            tested_at: row.tested_at.map(|at| at.to_jiff()),
            test_error: row.test_result,
            updated_at: row.updated_at.to_jiff(),
            webhook: Webhook {
                key: row.webhook_key,
                has_secret: row.has_webhook_secret,
                last_report_at: row.last_report_at.map(|at| at.to_jiff()),
                last_refusal: row.last_refusal_at.map(|at| at.to_jiff()).zip(row.last_refusal),
            },
        }
    }
}

/// All accounts of some organisations, in the order in which they are used.
pub async fn of_organizations(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Vec<Provider>>, DbError> {
    let ids: Vec<_> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, name, config || jsonb_build_object('kind', kind) AS config, secret, rank, state,
               pause_reason, tested_at, test_result, updated_at, webhook_key,
               webhook_secret IS NOT NULL AS has_webhook_secret, last_report_at, last_refusal_at, last_refusal
        FROM delivery.providers
        WHERE org_id = ANY($1)
        ORDER BY org_id, rank, id
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<OrgId, Vec<Provider>> = HashMap::new();
    for provider in rows.into_iter().map(Provider::from) {
        found.entry(provider.org).or_default().push(provider);
    }
    Ok(found)
}

/// All accounts of one organisation, in the order in which they are used.
pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<Provider>, DbError> {
    Ok(of_organizations(tx, &[org])
        .await?
        .remove(&org)
        .unwrap_or_default())
}

/// One account.
pub async fn find(tx: &mut Tx, org: OrgId, id: ProviderId) -> Result<Option<Provider>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, name, config || jsonb_build_object('kind', kind) AS config, secret, rank, state,
               pause_reason, tested_at, test_result, updated_at, webhook_key,
               webhook_secret IS NOT NULL AS has_webhook_secret, last_report_at, last_refusal_at, last_refusal
        FROM delivery.providers
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Provider::from))
}

/// Enters an account behind the others.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: ProviderId,
    name: &str,
    config: &ProviderConfig,
    secret: Option<&[u8]>,
) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.providers (org_id, id, name, kind, config, secret, rank, created_at, updated_at)
        -- The kind has a column of its own.
        SELECT $1, $2, $3, $4::jsonb ->> 'kind', $4::jsonb - 'kind', $5, coalesce(max(rank) + 1, 0), $6, $6
        FROM delivery.providers
        WHERE org_id = $1
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(name)
    .bind(Json(config))
    .bind(secret)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What becomes of the stored secret when an account is changed.
#[derive(Clone, Copy, Debug)]
pub enum SecretChange<'s> {
    /// It stays.
    Keep,
    /// There is none any more.
    Remove,
    /// This one, sealed.
    Replace(&'s [u8]),
}

/// Changes an account; it sends again, since whoever changes it means to mend it.
pub async fn update(
    tx: &mut Tx,
    org: OrgId,
    id: ProviderId,
    name: &str,
    config: &ProviderConfig,
    secret: SecretChange<'_>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let (keep, secret) = match secret {
        SecretChange::Keep => (true, None),
        SecretChange::Remove => (false, None),
        SecretChange::Replace(secret) => (false, Some(secret)),
    };
    let done = sqlx::query(
        r#"
        UPDATE delivery.providers
        SET name = $3, config = $4::jsonb - 'kind', secret = CASE WHEN $5 THEN secret ELSE $6 END,
            state = 'active', pause_reason = NULL, paused_at = NULL,
            tested_at = NULL, test_result = NULL, updated_at = $7
        WHERE org_id = $1 AND id = $2 AND kind = $4::jsonb ->> 'kind'
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(name)
    .bind(Json(config))
    .bind(keep)
    .bind(secret)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(done.rows_affected() > 0)
}

/// Moves an account before all others.
pub async fn put_first(tx: &mut Tx, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.providers
        SET rank = (SELECT coalesce(min(rank), 0) - 1 FROM delivery.providers WHERE org_id = $1)
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(done.rows_affected() > 0)
}

/// Stops an account, with the reason in the words of whoever or whatever stops it.
pub async fn pause(tx: &mut Tx, org: OrgId, id: ProviderId, reason: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        UPDATE delivery.providers
        SET state = 'paused', pause_reason = $3, paused_at = $4
        WHERE org_id = $1 AND id = $2 AND state = 'active'
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(reason)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Lets an account send again.
pub async fn resume(tx: &mut Tx, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.providers
        SET state = 'active', pause_reason = NULL, paused_at = NULL
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(done.rows_affected() > 0)
}

/// Notes what a test of the account came to: `None` is success.
pub async fn note_test(tx: &mut Tx, org: OrgId, id: ProviderId, error: Option<&str>) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.providers SET tested_at = $3, test_result = $4
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(now.to_sqlx())
    .bind(error)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes an account. Attempts keep its id.
pub async fn delete(tx: &mut Tx, org: OrgId, id: ProviderId) -> Result<bool, DbError> {
    let done = sqlx::query("DELETE FROM delivery.providers WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes up to `want` of the messages that an account may send in this second, over all engines.
/// Returns how many were granted.
pub async fn take_permits(
    tx: &mut Tx,
    org: OrgId,
    id: ProviderId,
    per_second: u32,
    want: usize,
) -> Result<usize, DbError> {
    let limit = i32::try_from(per_second).unwrap_or(i32::MAX);
    let want = i32::try_from(want).unwrap_or(i32::MAX);
    // The row is there before it is locked: two engines that use an account for the first time at the
    // same moment would both find nothing to wait for, and each take a whole second's worth.
    sqlx::query(
        "INSERT INTO delivery.provider_rates (org_id, provider_id, second, used)
         VALUES ($1, $2, date_trunc('second', clock_timestamp()), 0)
         ON CONFLICT (org_id, provider_id) DO NOTHING",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    let granted: i32 = sqlx::query_scalar(
        r#"
        WITH before AS (
            SELECT second, used FROM delivery.provider_rates
            WHERE org_id = $1 AND provider_id = $2
            FOR UPDATE
        ), present AS (
            SELECT before.*, date_trunc('second', clock_timestamp()) AS now FROM before
        ), granted AS (
            SELECT now, taken, greatest(0, least($4, $3 - taken)) AS n
            FROM (SELECT now, CASE WHEN second = now THEN used ELSE 0 END AS taken FROM present) AS r
        ), written AS (
            UPDATE delivery.provider_rates AS rates
            SET second = granted.now, used = granted.taken + granted.n
            FROM granted
            WHERE rates.org_id = $1 AND rates.provider_id = $2
        )
        SELECT n FROM granted
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(limit)
    .bind(want)
    .fetch_one(tx.conn())
    .await?;
    Ok(usize::try_from(granted).unwrap_or(0))
}
