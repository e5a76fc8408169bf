//! Reports as people look at them.

use kernel::{MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// What somebody said of a message.
#[derive(Clone, Debug)]
pub struct ReportRow {
    /// `webhook` or `mailbox`.
    pub source: String,
    pub provider: Option<ProviderId>,
    /// `None` when the account is gone, too.
    pub provider_name: Option<String>,
    pub kind: String,
    pub class: Option<String>,
    pub detail: String,
    pub at: Timestamp,
    pub received_at: Timestamp,
    /// `applied`, or `other_recipient` of one that was not believed; nothing while it waits.
    pub result: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    source: String,
    provider_id: Option<Uuid>,
    provider_name: Option<String>,
    kind: String,
    class: Option<String>,
    detail: String,
    at: jiff_sqlx::Timestamp,
    received_at: jiff_sqlx::Timestamp,
    result: Option<String>,
}

/// The most that are shown of one message.
const MOST: i64 = 200;

/// All reports of one message, in the order in which things happened.
pub async fn of_message(tx: &mut Tx, org: OrgId, message: MessageId) -> Result<Vec<ReportRow>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT r.source, r.provider_id, p.name AS provider_name, r.kind, r.class, r.detail, r.at, r.received_at,
               r.result
        FROM delivery.reports r
        LEFT JOIN delivery.providers p ON p.org_id = r.org_id AND p.id = r.provider_id
        WHERE r.org_id = $1 AND r.message_id = $2
        ORDER BY r.at, r.id
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(message.uuid())
    .bind(MOST)
    .fetch_all(tx.conn())
    .await?;
    let report = |row: Row| ReportRow {
        source: row.source,
        provider: row.provider_id.map(ProviderId::from_uuid),
        provider_name: row.provider_name,
        kind: row.kind,
        class: row.class,
        detail: row.detail,
        at: row.at.to_jiff(),
        received_at: row.received_at.to_jiff(),
        result: row.result,
    };
    Ok(rows.into_iter().map(report).collect())
}
