//! Files that messages carry.

use std::collections::HashMap;

use contracts::delivery::MessageExtras;
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{AttachmentId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::mail::Attachment;

/// Longer than any message waits for its turn.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Keeps files for messages that are about to be taken in, to so many people.
pub async fn keep(
    tx: &mut Tx,
    org: OrgId,
    files: &[(AttachmentId, Attachment)],
    recipients: usize,
) -> Result<(), DbError> {
    let ids: Vec<Uuid> = files.iter().map(|(id, _)| id.uuid()).collect();
    let names: Vec<&str> = files.iter().map(|(_, file)| file.filename.as_str()).collect();
    let kinds: Vec<&str> = files.iter().map(|(_, file)| file.content_type.as_str()).collect();
    let contents: Vec<&[u8]> = files.iter().map(|(_, file)| &*file.content).collect();
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.attachments (org_id, id, filename, content_type, content, recipients, created_at)
        SELECT $1, id, filename, content_type, content, $6, $7
        FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::bytea[]) AS t (id, filename, content_type, content)
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&names)
    .bind(&kinds)
    .bind(&contents)
    .bind(i32::try_from(recipients).unwrap_or(i32::MAX))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Those of them that are there.
pub async fn load(
    tx: &mut Tx,
    org: OrgId,
    ids: &[AttachmentId],
) -> Result<HashMap<AttachmentId, Attachment>, DbError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, String, String, Vec<u8>)> = sqlx::query_as(
        "SELECT id, filename, content_type, content FROM delivery.attachments WHERE org_id = $1 AND id = ANY($2)",
    )
    .bind(org.uuid())
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let file = |(id, filename, content_type, content): (Uuid, String, String, Vec<u8>)| {
        let file = Attachment {
            filename,
            content_type,
            content: content.into(),
        };
        (AttachmentId::from_uuid(id), file)
    };
    Ok(rows.into_iter().map(file).collect())
}

/// Forgets files that no message can still need. Returns how many.
pub async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM delivery.attachments WHERE created_at < $1")
        .bind((now - KEPT_FOR).to_sqlx())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}

/// Forgets files that went to one of these messages and to nobody else.
pub async fn forget_of(tx: &mut Tx, org: OrgId, messages: &[Uuid]) -> Result<(), DbError> {
    let extras: Vec<String> = sqlx::query_scalar(
        r#"
        SELECT extras::text FROM delivery.recipients
        WHERE org_id = $1 AND message_id = ANY($2) AND extras ? 'attachments'
        "#,
    )
    .bind(org.uuid())
    .bind(messages)
    .fetch_all(tx.conn())
    .await?;
    let extras: Vec<MessageExtras> = extras
        .iter()
        .map(|extras| serde_json::from_str(extras))
        .collect::<Result<_, _>>()?;
    let ids: Vec<Uuid> = extras
        .iter()
        .flat_map(|extras| extras.attachments.iter().map(|id| id.uuid()))
        .collect();
    sqlx::query("DELETE FROM delivery.attachments WHERE org_id = $1 AND id = ANY($2) AND recipients = 1")
        .bind(org.uuid())
        .bind(&ids)
        .execute(tx.conn())
        .await?;
    Ok(())
}
