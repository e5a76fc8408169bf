//! Text messages that people wrote to us, and what they ask for.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// A reply to be stored.
#[derive(Clone, Debug)]
pub struct NewReply<'r> {
    pub event_id: &'r str,
    pub from: &'r str,
    pub to: &'r str,
    pub text: &'r str,
    pub keyword: Option<&'static str>,
    pub at: Timestamp,
}

/// A reply.
#[derive(Clone, Debug)]
pub struct Reply {
    pub id: Uuid,
    pub provider: ProviderId,
    pub provider_name: Option<String>,
    pub from: String,
    pub to: String,
    pub text: String,
    pub keyword: Option<String>,
    pub contact: Option<ContactId>,
    pub message: Option<MessageId>,
    pub at: Timestamp,
    pub received_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    provider_id: Uuid,
    provider_name: Option<String>,
    from_address: String,
    to_address: String,
    text: String,
    keyword: Option<String>,
    contact_id: Option<Uuid>,
    message_id: Option<Uuid>,
    at: jiff_sqlx::Timestamp,
    received_at: jiff_sqlx::Timestamp,
}

impl From<Row> for Reply {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            provider: row.provider_id.into(),
            provider_name: row.provider_name,
            from: row.from_address,
            to: row.to_address,
            text: row.text,
            keyword: row.keyword,
            contact: row.contact_id.map(ContactId::from_uuid),
            message: row.message_id.map(MessageId::from_uuid),
            at: row.at.to_jiff(),
            received_at: row.received_at.to_jiff(),
        }
    }
}

/// Stores those that were not seen before, each with the last message that went to its number. Returns
/// them.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    provider: ProviderId,
    replies: &[NewReply<'_>],
) -> Result<Vec<Reply>, DbError> {
    let now = tx.now();
    let ids: Vec<Uuid> = replies.iter().map(|_| Uuid::now_v7()).collect();
    let events: Vec<_> = replies.iter().map(|r| r.event_id).collect();
    let from: Vec<_> = replies.iter().map(|r| r.from).collect();
    let to: Vec<_> = replies.iter().map(|r| r.to).collect();
    let texts: Vec<_> = replies.iter().map(|r| r.text).collect();
    let keywords: Vec<_> = replies.iter().map(|r| r.keyword).collect();
    let times: Vec<_> = replies.iter().map(|r| r.at.to_sqlx()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        INSERT INTO delivery.inbound_messages
            (org_id, id, provider_id, event_id, from_address, to_address, text, keyword, contact_id, message_id,
             at, received_at)
        SELECT $1, g.id, $2, g.event_id, g.from_address, g.to_address, g.text, g.keyword, r.contact_id,
               r.message_id, g.at, $10
        FROM UNNEST($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
            AS g (id, event_id, from_address, to_address, text, keyword, at)
        LEFT JOIN LATERAL (
            SELECT contact_id, message_id FROM delivery.recipients
            WHERE org_id = $1 AND address = g.from_address
            ORDER BY message_id DESC
            LIMIT 1
        ) r ON true
        ORDER BY g.event_id
        ON CONFLICT DO NOTHING
        RETURNING id, provider_id, NULL::text AS provider_name, from_address, to_address, text, keyword, contact_id,
                  message_id, at, received_at
        "#,
    )
    .bind(org.uuid())
    .bind(provider.uuid())
    .bind(&ids)
    .bind(&events)
    .bind(&from)
    .bind(&to)
    .bind(&texts)
    .bind(&keywords)
    .bind(&times)
    .bind(now.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Reply::from).collect())
}

/// Which replies a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those with this keyword.
    pub keyword: Option<&'static str>,
    /// Only those from this number.
    pub from: String,
}

/// The newest first, behind one.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Reply>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT i.id, i.provider_id, p.name AS provider_name, i.from_address, i.to_address, i.text, i.keyword,
               i.contact_id, i.message_id, i.at, i.received_at
        FROM delivery.inbound_messages i
        LEFT JOIN delivery.providers p ON p.org_id = i.org_id AND p.id = i.provider_id
        WHERE i.org_id = $1
          AND ($2::text IS NULL OR i.keyword = $2)
          AND ($3 = '' OR i.from_address = $3)
          AND ($4::uuid IS NULL OR i.id < $4)
        ORDER BY i.id DESC
        LIMIT $5
        "#,
    )
    .bind(org.uuid())
    .bind(filter.keyword)
    .bind(filter.from.trim())
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Reply::from).collect())
}
