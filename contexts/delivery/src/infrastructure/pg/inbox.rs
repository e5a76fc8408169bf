//! What the built-in inbox caught.

use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::templates::contains;

/// A caught message without its content.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct InboxRow {
    pub id: Uuid,
    pub from_address: String,
    pub to_address: String,
    pub subject: String,
    pub size: i32,
    pub received_at: jiff_sqlx::Timestamp,
}

/// Caught messages, the newest first. Ids carry the time, so they are the order.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    search: &str,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<InboxRow>, DbError> {
    let rows = sqlx::query_as(
        r#"
        SELECT id, from_address, to_address, subject, size, received_at
        FROM delivery.inbox_messages
        WHERE org_id = $1
          AND ($2 = '' OR to_address ILIKE $2 OR subject ILIKE $2)
          AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        "#,
    )
    .bind(org.uuid())
    .bind(contains(search))
    .bind(after.map(MessageId::uuid))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One caught message and its source.
pub async fn find(tx: &mut Tx, org: OrgId, id: MessageId) -> Result<Option<(InboxRow, Vec<u8>)>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Whole {
        #[sqlx(flatten)]
        row: InboxRow,
        source: Vec<u8>,
    }
    let whole: Option<Whole> = sqlx::query_as(
        r#"
        SELECT id, from_address, to_address, subject, size, received_at, source
        FROM delivery.inbox_messages
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(whole.map(|whole| (whole.row, whole.source)))
}

/// Throws everything away and says how much that was.
pub async fn empty(tx: &mut Tx, org: OrgId) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM delivery.inbox_messages WHERE org_id = $1")
        .bind(org.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
