//! What the built-in inbox keeps. Reading it is in `inbox`.

use contracts::crm::consent::Channel;
use jiff_sqlx::ToSqlx;
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};

/// A message for the built-in inbox.
#[derive(Clone, Copy, Debug)]
pub struct Caught<'m> {
    pub id: MessageId,
    pub from: &'m str,
    pub to: &'m str,
    pub subject: &'m str,
    /// The whole mail; of what is no mail, what people read.
    pub source: &'m str,
    pub channel: Channel,
    /// What a push notification opens.
    pub url: &'m str,
    /// What an app is told besides.
    pub data: &'m [(String, String)],
}

/// Keeps messages; one that is there already stays as it is, so that trying again is harmless.
pub async fn keep(tx: &mut Tx, org: OrgId, messages: &[Caught<'_>]) -> Result<(), DbError> {
    let ids: Vec<_> = messages.iter().map(|m| m.id.uuid()).collect();
    let from: Vec<_> = messages.iter().map(|m| m.from).collect();
    let to: Vec<_> = messages.iter().map(|m| m.to).collect();
    let subjects: Vec<_> = messages.iter().map(|m| m.subject).collect();
    let sources: Vec<_> = messages.iter().map(|m| m.source.as_bytes()).collect();
    let channels: Vec<_> = messages.iter().map(|m| m.channel.as_str()).collect();
    let urls: Vec<_> = messages.iter().map(|m| m.url).collect();
    let data = messages
        .iter()
        .map(|m| serde_json::to_string(m.data))
        .collect::<Result<Vec<_>, _>>()?;
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.inbox_messages
            (org_id, id, from_address, to_address, subject, size, received_at, source, channel, url, data)
        SELECT $1, id, from_address, to_address, subject, length(source), $7, source, channel, url, data::jsonb
        FROM UNNEST($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[], $8::text[], $9::text[], $10::text[])
            AS t (id, from_address, to_address, subject, source, channel, url, data)
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&from)
    .bind(&to)
    .bind(&subjects)
    .bind(&sources)
    .bind(now.to_sqlx())
    .bind(&channels)
    .bind(&urls)
    .bind(&data)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes all but the newest `keep` messages of each organisation, a few thousand at a time.
pub async fn trim(tx: &mut Tx, keep: i64) -> Result<u64, DbError> {
    let done = sqlx::query(
        r#"
        -- Materialised: before the table is analysed, the planner would look for the last one again for
        -- each message.
        WITH full_ones AS MATERIALIZED (
            SELECT o.org_id, (
                SELECT i.id FROM delivery.inbox_messages i
                WHERE i.org_id = o.org_id
                ORDER BY i.id DESC
                OFFSET $1 LIMIT 1) AS last
            FROM (SELECT DISTINCT org_id FROM delivery.inbox_messages) o
        )
        DELETE FROM delivery.inbox_messages m
        USING full_ones
        WHERE m.org_id = full_ones.org_id AND m.id <= full_ones.last
        "#,
    )
    .bind(keep)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
