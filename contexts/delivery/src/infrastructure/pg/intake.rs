//! Taking messages in.

use std::collections::HashMap;

use contracts::delivery::MessageIntent;
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Adds messages to a batch with one statement; those whose key was seen before are passed over.
/// Returns how many were new; `None` when there is no such batch.
pub async fn add(
    tx: &mut Tx,
    org: OrgId,
    batch: BatchId,
    messages: &[MessageIntent],
) -> Result<Option<u64>, DbError> {
    if !wake_batch(tx, org, batch).await? {
        return Ok(None);
    }
    // In the order of their keys, so that two that add the same ones wait for, and not on, each other.
    let mut messages: Vec<&MessageIntent> = messages.iter().collect();
    messages.sort_unstable_by(|a, b| a.dedupe_key.cmp(&b.dedupe_key));
    let now = tx.now();
    let ids: Vec<_> = messages.iter().map(|_| MessageId::generate().uuid()).collect();
    let keys: Vec<_> = messages.iter().map(|m| m.dedupe_key.as_str()).collect();
    let contacts: Vec<_> = messages.iter().map(|m| m.contact.id.uuid()).collect();
    let addresses: Vec<_> = messages.iter().map(|m| m.to.as_str()).collect();
    let snapshots = messages
        .iter()
        .map(|m| serde_json::to_string(&m.contact))
        .collect::<Result<Vec<_>, _>>()?;
    let extras = messages
        .iter()
        .map(|m| m.extras.as_ref().map(serde_json::to_string).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    let added: i64 = sqlx::query_scalar(
        r#"
        WITH input AS (
            SELECT * FROM UNNEST($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $9::text[])
                AS t (id, dedupe_key, contact_id, address, contact, extras)
        ), fresh AS (
            INSERT INTO delivery.dedupe_keys (org_id, dedupe_key, message_id)
            SELECT $1, dedupe_key, id FROM input
            ON CONFLICT DO NOTHING
            RETURNING message_id
        ), taken AS MATERIALIZED (
            SELECT input.* FROM input JOIN fresh ON fresh.message_id = input.id
        ), recipients AS (
            INSERT INTO delivery.recipients (org_id, message_id, contact_id, address, contact, created_at, extras)
            SELECT $1, id, contact_id, address, contact::jsonb, $8, extras::jsonb FROM taken
        ), states AS (
            INSERT INTO delivery.messages (org_id, id, batch_id, state, state_at)
            SELECT $1, id, $2, 'queued', $8 FROM taken
        ), queued AS (
            INSERT INTO delivery.queue (org_id, batch_id, message_id, due_at)
            SELECT $1, $2, id, $8 FROM taken
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, total)
            SELECT $1, $2, $8, count(*) FROM taken HAVING count(*) > 0
        )
        SELECT count(*) FROM taken
        "#,
    )
    .bind(org.uuid())
    .bind(batch.uuid())
    .bind(&ids)
    .bind(&keys)
    .bind(&contacts)
    .bind(&addresses)
    .bind(&snapshots)
    .bind(now.to_sqlx())
    .bind(&extras)
    .fetch_one(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(Some(u64::try_from(added).unwrap_or(0)))
}

/// Marks the batch as one that the queue may hold messages of. The lock keeps [`super::batches::rest`]
/// from undoing that before the messages are there.
async fn wake_batch(tx: &mut Tx, org: OrgId, batch: BatchId) -> Result<bool, DbError> {
    let live: Option<bool> =
        sqlx::query_scalar("SELECT live FROM delivery.batches WHERE org_id = $1 AND id = $2 FOR SHARE")
            .bind(org.uuid())
            .bind(batch.uuid())
            .fetch_optional(tx.conn())
            .await?;
    if live == Some(false) {
        sqlx::query("UPDATE delivery.batches SET live = true WHERE org_id = $1 AND id = $2 AND NOT live")
            .bind(org.uuid())
            .bind(batch.uuid())
            .execute(tx.conn())
            .await?;
    }
    Ok(live.is_some())
}

/// The messages that were taken in under these keys.
pub async fn known(tx: &mut Tx, org: OrgId, keys: &[&str]) -> Result<HashMap<String, MessageId>, DbError> {
    let rows: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT dedupe_key, message_id FROM delivery.dedupe_keys WHERE org_id = $1 AND dedupe_key = ANY($2)",
    )
    .bind(org.uuid())
    .bind(keys)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(key, id)| (key, id.into())).collect())
}
