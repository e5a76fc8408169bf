//! Accounts as their providers call us about them. Calls name an account and no organisation.

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{OrgId, ProviderId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::reports::KEPT;
use crate::domain::provider::ProviderKind;

/// Where secrets for calls are sealed for.
pub const SECRET_PLACE: &str = "delivery.providers.webhook_secret";

/// How exactly it is known when something came last: providers call often, and each note rewrites the
/// account's row.
const GRAIN: SignedDuration = SignedDuration::from_secs(60);

/// What is needed to verify a call.
#[derive(Clone, Debug)]
pub struct WebhookAccount {
    pub org: OrgId,
    pub id: ProviderId,
    pub kind: ProviderKind,
    /// Sealed: what messages are handed over with.
    pub secret: Option<Vec<u8>>,
    pub key: Option<String>,
    /// Sealed: what calls alone are signed with.
    pub webhook_secret: Option<Vec<u8>>,
}

type Row = (Uuid, String, Option<Vec<u8>>, Option<String>, Option<Vec<u8>>);

/// The account, whichever organisation has it; `None` also if it is of a kind that this version of the
/// program does not know.
pub async fn find(tx: &mut Tx, id: ProviderId) -> Result<Option<WebhookAccount>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT org_id, kind, secret, webhook_key, webhook_secret FROM delivery.providers WHERE id = $1",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.and_then(|(org, kind, secret, key, webhook_secret)| {
        Some(WebhookAccount {
            org: org.into(),
            id,
            kind: kind.parse().ok()?,
            secret,
            key,
            webhook_secret,
        })
    }))
}

/// What becomes of a stored value.
#[derive(Clone, Copy, Debug)]
pub enum Change<T> {
    /// It stays.
    Keep,
    /// It becomes this, or nothing.
    Set(Option<T>),
}

impl<T> Change<T> {
    fn parts(self) -> (bool, Option<T>) {
        match self {
            Change::Keep => (true, None),
            Change::Set(value) => (false, value),
        }
    }
}

/// Changes how calls are verified. What was refused before says nothing any more.
pub async fn set_keys(
    tx: &mut Tx,
    org: OrgId,
    id: ProviderId,
    key: Change<&str>,
    secret: Change<&[u8]>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let ((keep_key, key), (keep_secret, secret)) = (key.parts(), secret.parts());
    let done = sqlx::query(
        r#"
        UPDATE delivery.providers
        SET webhook_key = CASE WHEN $3 THEN webhook_key ELSE $4 END,
            webhook_secret = CASE WHEN $5 THEN webhook_secret ELSE $6 END,
            last_refusal_at = NULL, last_refusal = NULL, updated_at = $7
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(keep_key)
    .bind(key)
    .bind(keep_secret)
    .bind(secret)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes that a call was believed.
pub async fn note_report(tx: &mut Tx, org: OrgId, id: ProviderId) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.providers SET last_report_at = $3
        WHERE org_id = $1 AND id = $2 AND (last_report_at IS NULL OR last_report_at <= $4)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(now.to_sqlx())
    .bind((now - GRAIN).to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes that a call was refused, and why.
pub async fn note_refusal(tx: &mut Tx, org: OrgId, id: ProviderId, why: &str) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.providers SET last_refusal_at = $3, last_refusal = $5
        WHERE org_id = $1 AND id = $2
          AND (last_refusal_at IS NULL OR last_refusal_at <= $4 OR last_refusal <> $5)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(now.to_sqlx())
    .bind((now - GRAIN).to_sqlx())
    .bind(why)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Remembers a call that could be repeated. Returns whether it is new.
pub async fn remember(tx: &mut Tx, org: OrgId, id: ProviderId, replay_key: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        INSERT INTO delivery.webhook_replays (org_id, provider_id, replay_key, received_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(replay_key)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets calls that are older than reports are kept. Returns how many.
pub async fn prune(tx: &mut Tx) -> Result<u64, DbError> {
    let before = tx.now() - KEPT;
    let done = sqlx::query("DELETE FROM delivery.webhook_replays WHERE received_at < $1")
        .bind(before.to_sqlx())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
