//! Held messages that a Postfix server with a log may have taken.

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{MessageId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::postfix_log::Handover;

/// After so long a log is gone as well.
const OLDEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A held message, and where it may be found.
#[derive(Clone, Debug)]
pub struct Doubt {
    pub org: OrgId,
    pub log_path: String,
    pub handover: Handover,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    log_path: String,
    started_at: jiff_sqlx::Timestamp,
    finished_at: jiff_sqlx::Timestamp,
}

/// The newest of them, in all organisations. Those that nothing can be said about would otherwise stand in the
/// way of the others.
pub async fn list(tx: &mut Tx, limit: i64) -> Result<Vec<Doubt>, DbError> {
    let since: Timestamp = tx.now() - OLDEST;
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT m.org_id, m.id, p.config ->> 'log_path' AS log_path, a.started_at, a.finished_at
        FROM delivery.providers p
        JOIN delivery.messages m ON m.org_id = p.org_id AND m.trouble = 'held'
        CROSS JOIN LATERAL (
            SELECT provider_id, started_at, finished_at, resolution
            FROM delivery.attempts
            WHERE org_id = m.org_id AND message_id = m.id
            ORDER BY number DESC
            LIMIT 1
        ) a
        WHERE p.kind = 'postfix'
          AND p.config ->> 'log_path' <> ''
          AND a.provider_id = p.id
          AND a.resolution = 'held'
          AND a.finished_at > $1
        ORDER BY m.id DESC
        LIMIT $2
        "#,
    )
    .bind(since.to_sqlx())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let doubts = rows.into_iter().map(|row| Doubt {
        org: row.org_id.into(),
        log_path: row.log_path,
        handover: Handover {
            message: row.id.into(),
            begun_at: row.started_at.to_jiff(),
            ended_at: row.finished_at.to_jiff(),
        },
    });
    Ok(doubts.collect())
}

/// Writes down at the last attempts how they were resolved, and what the log says; `None` leaves what was
/// said before.
pub async fn note_evidence(
    tx: &mut Tx,
    org: OrgId,
    found: &[(MessageId, Option<String>)],
    resolution: &str,
) -> Result<(), DbError> {
    let ids: Vec<_> = found.iter().map(|(id, _)| id.uuid()).collect();
    let words: Vec<_> = found.iter().map(|(_, words)| words.clone()).collect();
    sqlx::query(
        r#"
        UPDATE delivery.attempts a
        SET resolution = $4, reply = coalesce(t.words, a.reply)
        FROM UNNEST($2::uuid[], $3::text[]) AS t (id, words)
        WHERE a.org_id = $1
          AND a.message_id = t.id
          AND a.number = (
              SELECT max(n.number) FROM delivery.attempts n WHERE n.org_id = $1 AND n.message_id = t.id
          )
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&words)
    .bind(resolution)
    .execute(tx.conn())
    .await?;
    Ok(())
}
