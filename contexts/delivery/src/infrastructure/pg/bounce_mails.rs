//! Mails of bounce mailboxes that were read, and the messages that they lead to.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{BounceMailboxId, MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::bounce::{MailKind, UNAUTHENTICATED_HOURS};

/// The SHA-256 of what was read of a mail.
pub type Digest = [u8; 32];

/// A mail that was read.
#[derive(Clone, Copy, Debug)]
pub struct ReadMail {
    pub digest: Digest,
    pub kind: MailKind,
    /// Of a bounce that says that our domain failed the receiver's checks: the message.
    pub unauthenticated: Option<MessageId>,
}

/// Which of these were read before.
pub async fn known(
    tx: &mut Tx,
    org: OrgId,
    mailbox: BounceMailboxId,
    digests: &[Digest],
) -> Result<HashSet<Digest>, DbError> {
    let digests: Vec<&[u8]> = digests.iter().map(Digest::as_slice).collect();
    let found: Vec<Vec<u8>> = sqlx::query_scalar(
        r#"
        SELECT digest FROM delivery.bounce_mails
        WHERE org_id = $1 AND mailbox_id = $2 AND digest = ANY($3)
        "#,
    )
    .bind(org.uuid())
    .bind(mailbox.uuid())
    .bind(&digests)
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().filter_map(|d| d.try_into().ok()).collect())
}

/// Notes mails and counts those that were not known. Returns how many that were.
pub async fn note(
    tx: &mut Tx,
    org: OrgId,
    mailbox: BounceMailboxId,
    mails: &[ReadMail],
) -> Result<usize, DbError> {
    let now = tx.now();
    let digests: Vec<&[u8]> = mails.iter().map(|mail| mail.digest.as_slice()).collect();
    let kinds: Vec<&str> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    let unauthenticated: Vec<Option<Uuid>> = mails
        .iter()
        .map(|mail| mail.unauthenticated.map(MessageId::uuid))
        .collect();
    let counted: i64 = sqlx::query_scalar(
        r#"
        WITH fresh AS (
            INSERT INTO delivery.bounce_mails
                (org_id, mailbox_id, digest, kind, unauthenticated_message_id, read_at)
            -- One mail that lies there twice counts once.
            SELECT DISTINCT ON (digest) $1, $2, digest, kind, unauthenticated, $6
            FROM UNNEST($3::bytea[], $4::text[], $5::uuid[]) AS t (digest, kind, unauthenticated)
            ON CONFLICT DO NOTHING
            RETURNING kind
        ), counts AS (
            SELECT count(*) AS mails,
                   count(*) FILTER (WHERE kind = 'bounce') AS bounces,
                   count(*) FILTER (WHERE kind = 'complaint') AS complaints,
                   count(*) FILTER (WHERE kind = 'unsubscribe') AS unsubscribes,
                   count(*) FILTER (WHERE kind = 'delivery') AS deliveries,
                   count(*) FILTER (WHERE kind = 'auto_reply') AS auto_replies,
                   count(*) FILTER (WHERE kind = 'other') AS others,
                   count(*) FILTER (WHERE kind = 'unmatched') AS unmatched,
                   count(*) FILTER (WHERE kind = 'unreadable') AS unreadable
            FROM fresh
        ), counted AS (
            UPDATE delivery.bounce_mailboxes m
            SET bounces = m.bounces + c.bounces,
                complaints = m.complaints + c.complaints,
                unsubscribes = m.unsubscribes + c.unsubscribes,
                deliveries = m.deliveries + c.deliveries,
                auto_replies = m.auto_replies + c.auto_replies,
                others = m.others + c.others,
                unmatched = m.unmatched + c.unmatched,
                unreadable = m.unreadable + c.unreadable
            FROM counts c
            WHERE m.org_id = $1 AND m.id = $2
        )
        SELECT mails FROM counts
        "#,
    )
    .bind(org.uuid())
    .bind(mailbox.uuid())
    .bind(&digests)
    .bind(&kinds)
    .bind(&unauthenticated)
    .bind(now.to_sqlx())
    .fetch_one(tx.conn())
    .await?;
    Ok(usize::try_from(counted).unwrap_or(0))
}

/// To whom these messages of an organisation were sent. One that is not its own, or whose recipient was
/// erased, is left out.
pub async fn recipients(
    tx: &mut Tx,
    org: OrgId,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, String>, DbError> {
    let ids: Vec<Uuid> = messages.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        r#"
        SELECT r.message_id, r.address
        FROM UNNEST($2::uuid[]) AS m (id)
        JOIN delivery.recipients r ON r.org_id = $1 AND r.message_id = m.id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, to)| (id.into(), to)).collect())
}

/// The messages that came back of late as not authenticated.
pub async fn unauthenticated(tx: &mut Tx, org: OrgId) -> Result<HashSet<MessageId>, DbError> {
    let since = tx.now() - SignedDuration::from_hours(UNAUTHENTICATED_HOURS);
    let found: Vec<Uuid> = sqlx::query_scalar(
        r#"
        SELECT DISTINCT unauthenticated_message_id
        FROM delivery.bounce_mails
        WHERE org_id = $1 AND read_at > $2 AND unauthenticated_message_id IS NOT NULL
        -- From a few on it makes no difference.
        LIMIT 100
        "#,
    )
    .bind(org.uuid())
    .bind(since.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(MessageId::from_uuid).collect())
}

/// Forgets mails that were read long ago: whatever is still in a mailbox then lies before the place up
/// to which it was read.
pub async fn prune(tx: &mut Tx) -> Result<(), DbError> {
    let before = tx.now() - SignedDuration::from_hours(90 * 24);
    sqlx::query("DELETE FROM delivery.bounce_mails WHERE read_at < $1")
        .bind(before.to_sqlx())
        .execute(tx.conn())
        .await?;
    Ok(())
}
