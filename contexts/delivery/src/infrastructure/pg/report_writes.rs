//! What reports change about messages, which the caller has locked.

use jiff_sqlx::ToSqlx;
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::report::Standing;

/// How an attempt with an unknown outcome was resolved: somebody else knew.
const RESOLUTION: &str = "reported";

/// Has messages in doubt count as accepted: those that are held, and those that wait to be sent again.
/// One that an engine has just taken is left to it. Returns those that it reached.
pub async fn resolve_doubt(
    tx: &mut Tx,
    org: OrgId,
    messages: &[MessageId],
) -> Result<Vec<MessageId>, DbError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let now = tx.now();
    let rows: Vec<Uuid> = sqlx::query_scalar(
        r#"
        WITH waiting AS MATERIALIZED (
            SELECT q.batch_id, q.message_id
            FROM delivery.messages m
            JOIN delivery.queue q ON q.org_id = $1 AND q.batch_id = m.batch_id AND q.message_id = m.id
            WHERE m.org_id = $1 AND m.id = ANY($2) AND q.state IN ('queued', 'deferred')
            -- Engines lock the queue first and the messages afterwards, so nobody is waited for.
            FOR UPDATE OF q SKIP LOCKED
        ), taken_out AS (
            DELETE FROM delivery.queue q
            USING waiting w
            WHERE q.org_id = $1 AND q.batch_id = w.batch_id AND q.message_id = w.message_id
            RETURNING q.message_id
        ), accepted AS (
            UPDATE delivery.messages m
            SET state = 'accepted', reason = NULL, state_at = $3
            FROM delivery.messages b
            WHERE m.org_id = $1
              AND m.id = ANY($2)
              AND b.org_id = m.org_id AND b.id = m.id
              AND (b.state = 'held' OR b.state = 'queued' AND b.id IN (SELECT message_id FROM taken_out))
            RETURNING m.id, m.batch_id, b.state AS was
        ), resolved AS (
            UPDATE delivery.attempts a SET resolution = $4
            FROM (
                SELECT c.id, max(n.number) AS number
                FROM accepted c
                JOIN delivery.attempts n ON n.org_id = $1 AND n.message_id = c.id AND n.outcome = 'unknown'
                GROUP BY c.id
            ) last
            WHERE a.org_id = $1 AND a.message_id = last.id AND a.number = last.number
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, held, accepted)
            SELECT $1, batch_id, $3, -count(*) FILTER (WHERE was = 'held'), count(*)
            FROM accepted
            GROUP BY batch_id
        )
        SELECT id FROM accepted
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(now.to_sqlx())
    .bind(RESOLUTION)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(MessageId::from_uuid).collect())
}

/// Moves messages on.
pub async fn set_standings(tx: &mut Tx, org: OrgId, moved: &[(MessageId, Standing)]) -> Result<(), DbError> {
    if moved.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = moved.iter().map(|(id, _)| id.uuid()).collect();
    let states: Vec<_> = moved.iter().map(|(_, to)| to.state.as_str()).collect();
    let reasons: Vec<_> = moved
        .iter()
        .map(|(_, to)| to.reason.map(|reason| reason.as_str()))
        .collect();
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.messages m
        SET state = t.state, reason = t.reason, state_at = $5
        FROM UNNEST($2::uuid[], $3::text[], $4::text[]) AS t (id, state, reason)
        WHERE m.org_id = $1 AND m.id = t.id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&states)
    .bind(&reasons)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}
