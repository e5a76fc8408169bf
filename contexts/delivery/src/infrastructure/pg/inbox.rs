//! What the built-in inbox caught.

use contracts::crm::consent::Channel;
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};
use sqlx::types::Json;
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
    channel: String,
    /// What people read of what is no mail, to recognise it by; empty for mail.
    pub words: String,
}

impl InboxRow {
    /// What it travelled by.
    #[must_use]
    pub fn channel(&self) -> Channel {
        Channel::parse(&self.channel).unwrap_or(Channel::Email)
    }
}

/// What is kept of one beside the list.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The whole mail; of what is no mail, what people read.
    pub source: Vec<u8>,
    /// What a push notification opens.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<(String, String)>,
}

/// Caught messages, the newest first. Ids carry the time, so they are the order.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    search: &str,
    channel: Option<Channel>,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<InboxRow>, DbError> {
    let rows = sqlx::query_as(
        r#"
        SELECT id, from_address, to_address, subject, size, received_at, channel,
               CASE WHEN channel = 'email' THEN '' ELSE left(convert_from(source, 'UTF8'), 200) END AS words
        FROM delivery.inbox_messages
        WHERE org_id = $1
          AND ($2 = '' OR to_address ILIKE $2 OR subject ILIKE $2
               OR (channel <> 'email' AND convert_from(source, 'UTF8') ILIKE $2))
          AND ($5::text IS NULL OR channel = $5)
          AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC
        LIMIT $4
        "#,
    )
    .bind(org.uuid())
    .bind(contains(search))
    .bind(after.map(MessageId::uuid))
    .bind(limit)
    .bind(channel.map(Channel::as_str))
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// One caught message and its source.
pub async fn find(tx: &mut Tx, org: OrgId, id: MessageId) -> Result<Option<(InboxRow, Kept)>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Whole {
        #[sqlx(flatten)]
        row: InboxRow,
        source: Vec<u8>,
        url: String,
        data: Json<Vec<(String, String)>>,
    }
    let whole: Option<Whole> = sqlx::query_as(
        r#"
        SELECT id, from_address, to_address, subject, size, received_at, channel, source, url, data,
               CASE WHEN channel = 'email' THEN '' ELSE left(convert_from(source, 'UTF8'), 200) END AS words
        FROM delivery.inbox_messages
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(whole.map(|whole| {
        let kept = Kept {
            source: whole.source,
            url: whole.url,
            data: whole.data.0,
        };
        (whole.row, kept)
    }))
}

/// Throws everything away and says how much that was.
pub async fn empty(tx: &mut Tx, org: OrgId) -> Result<u64, DbError> {
    let done = sqlx::query("DELETE FROM delivery.inbox_messages WHERE org_id = $1")
        .bind(org.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
