use jiff_sqlx::{Timestamp as SqlTime, ToSqlx};
use kernel::OrgId;
use platform::{DbError, Tx};
use sqlx::types::Json;
use uuid::Uuid;

use super::{IdentityTx, inconsistent};
use crate::domain::{
    audit::{Act, Action, Actor, BEGINNING, Entry, Facts, Tip},
    token::Digest,
};

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    seq: i64,
    at: SqlTime,
    actor_kind: String,
    actor_id: Option<Uuid>,
    action: String,
    subject: Option<String>,
    ip: Option<String>,
    before: Json<Facts>,
    after: Json<Facts>,
    hash: Vec<u8>,
}

impl TryFrom<Row> for Entry {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let wrong = |column| inconsistent("identity.audit_log", column, row.seq);
        let act = Act {
            at: row.at.to_jiff(),
            actor: Actor::from_stored(&row.actor_kind, row.actor_id).ok_or_else(|| wrong("actor_kind"))?,
            action: Action::from_stored(&row.action).ok_or_else(|| wrong("action"))?,
            ip: row.ip.map(|ip| ip.parse()).transpose().map_err(|_| wrong("ip"))?,
            subject: row.subject,
            before: row.before.0,
            after: row.after.0,
        };
        let hash = Digest::from_stored(&row.hash).ok_or_else(|| wrong("hash"))?;
        Ok(Entry {
            org: OrgId::from_uuid(row.org_id),
            seq: row.seq,
            act,
            hash,
        })
    }
}

/// Adds an entry to an organisation's log. Others who add to the same log wait until the unit of work
/// ends, so it belongs near the end of one.
pub async fn append(tx: &mut Tx, org: OrgId, act: Act) -> Result<(), DbError> {
    let tip = lock_tip(tx, org).await?;
    let entry = Entry::following(tip, org, act);
    sqlx::query(
        r#"
        INSERT INTO identity.audit_log
            (org_id, seq, at, actor_kind, actor_id, action, subject, ip, before, after, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
    )
    .bind(org.uuid())
    .bind(entry.seq)
    .bind(entry.act.at.to_sqlx())
    .bind(entry.act.actor.kind())
    .bind(entry.act.actor.uuid())
    .bind(entry.act.action.as_str())
    .bind(&entry.act.subject)
    .bind(entry.act.ip.map(|ip| ip.to_string()))
    .bind(Json(&entry.act.before))
    .bind(Json(&entry.act.after))
    .bind(entry.hash.as_bytes())
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn lock_tip(tx: &mut Tx, org: OrgId) -> Result<Tip, DbError> {
    // A statement of its own: the one that reads the tip must begin after the lock is held, or it
    // would read a tip that somebody has just built upon.
    sqlx::query(r#"SELECT pg_advisory_xact_lock(hashtextextended('identity.audit_log ' || $1::text, 0))"#)
        .bind(org.uuid())
        .execute(tx.conn())
        .await?;
    let newest: Option<(i64, Vec<u8>)> = sqlx::query_as(
        r#"SELECT seq, hash FROM identity.audit_log WHERE org_id = $1 ORDER BY seq DESC LIMIT 1"#,
    )
    .bind(org.uuid())
    .fetch_optional(tx.conn())
    .await?;
    let Some((seq, hash)) = newest else {
        return Ok(BEGINNING);
    };
    let hash = Digest::from_stored(&hash).ok_or_else(|| inconsistent("identity.audit_log", "hash", seq))?;
    Ok(Tip { seq, hash })
}

impl IdentityTx {
    /// See [`append`].
    pub async fn append_audit(&mut self, org: OrgId, act: Act) -> Result<(), DbError> {
        append(&mut self.0, org, act).await
    }

    /// Entries of a log in their order, from behind place `after`.
    pub async fn audit_entries(&mut self, org: OrgId, after: i64, limit: i64) -> Result<Vec<Entry>, DbError> {
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT org_id, seq, at, actor_kind, actor_id, action, subject, ip, before, after, hash
            FROM identity.audit_log
            WHERE org_id = $1 AND seq > $2
            ORDER BY seq
            LIMIT $3
            "#,
        )
        .bind(org.uuid())
        .bind(after)
        .bind(limit)
        .fetch_all(self.0.conn())
        .await?;
        rows.into_iter().map(Entry::try_from).collect()
    }
}
