//! Messages with their attempts, many at once.

use std::collections::HashMap;

use contracts::delivery::{MessageTrace, TraceAttempt};
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    state: String,
    reason: Option<String>,
    state_at: jiff_sqlx::Timestamp,
    created_at: Option<jiff_sqlx::Timestamp>,
    opened_at: Option<jiff_sqlx::Timestamp>,
    clicked_at: Option<jiff_sqlx::Timestamp>,
}

#[derive(sqlx::FromRow)]
struct AttemptRow {
    message_id: Uuid,
    number: i16,
    started_at: jiff_sqlx::Timestamp,
    provider: Option<String>,
    outcome: Option<String>,
    reply: Option<String>,
}

/// Two look-ups by key for all of them.
pub async fn traces(tx: &mut Tx, org: OrgId, messages: &[MessageId]) -> Result<Vec<MessageTrace>, DbError> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT m.id, coalesce(q.state, m.state) AS state, m.reason, m.state_at, r.created_at,
               opened.at AS opened_at, clicked.at AS clicked_at
        FROM delivery.messages m
        LEFT JOIN delivery.queue q
               ON q.org_id = m.org_id AND q.batch_id = m.batch_id AND q.message_id = m.id AND m.state = 'queued'
        LEFT JOIN delivery.recipients r ON r.org_id = m.org_id AND r.message_id = m.id
        LEFT JOIN delivery.engagements opened
               ON opened.org_id = m.org_id AND opened.message_id = m.id AND opened.what = -2
        LEFT JOIN delivery.engagements clicked
               ON clicked.org_id = m.org_id AND clicked.message_id = m.id AND clicked.what = -1
        WHERE m.org_id = $1 AND m.id = ANY($2)
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut attempts = attempts(tx, org, &ids).await?;
    Ok(rows
        .into_iter()
        .map(|row| MessageTrace {
            message: row.id.into(),
            state: row.state,
            reason: row.reason,
            queued_at: row.created_at.unwrap_or(row.state_at).to_jiff(),
            state_at: row.state_at.to_jiff(),
            opened_at: row.opened_at.map(|at| at.to_jiff()),
            clicked_at: row.clicked_at.map(|at| at.to_jiff()),
            attempts: attempts.remove(&row.id).unwrap_or_default(),
        })
        .collect())
}

async fn attempts(
    tx: &mut Tx,
    org: OrgId,
    messages: &[Uuid],
) -> Result<HashMap<Uuid, Vec<TraceAttempt>>, DbError> {
    let rows: Vec<AttemptRow> = sqlx::query_as(
        r#"
        SELECT a.message_id, a.number, a.started_at, p.name AS provider, a.outcome, a.reply
        FROM delivery.attempts a
        LEFT JOIN delivery.providers p ON p.org_id = a.org_id AND p.id = a.provider_id
        WHERE a.org_id = $1 AND a.message_id = ANY($2)
        ORDER BY a.message_id, a.number
        "#,
    )
    .bind(org.uuid())
    .bind(messages)
    .fetch_all(tx.conn())
    .await?;
    let mut attempts: HashMap<Uuid, Vec<TraceAttempt>> = HashMap::new();
    for row in rows {
        attempts.entry(row.message_id).or_default().push(TraceAttempt {
            number: row.number,
            at: row.started_at.to_jiff(),
            provider: row.provider,
            outcome: row.outcome,
            reply: row.reply,
        });
    }
    Ok(attempts)
}
