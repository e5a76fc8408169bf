//! crm.events: the timeline.

use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, EventId, MessageId, OrgId, Timestamp};
use platform::{Db, DbError, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::timeline::{Event, EventName};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    occurred_at: jiff_sqlx::Timestamp,
    message_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    campaign_name: Option<String>,
    properties: Value,
}

impl TryFrom<Row> for Event {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = EventId::from_uuid(row.id);
        let name = EventName::parse(&row.name);
        Ok(Event {
            id,
            name: name.ok_or_else(|| DbError::InconsistentRow {
                table: "crm.events",
                column: "name",
                id: id.to_string(),
            })?,
            at: row.occurred_at.to_jiff(),
            message: row.message_id.map(MessageId::from_uuid),
            campaign: row.campaign_id.map(CampaignId::from_uuid),
            campaign_name: row.campaign_name,
            properties: row.properties,
        })
    }
}

/// Where a page of a timeline ended.
pub type EventPosition = (Timestamp, EventId);

impl CrmTx {
    /// Events of a contact, the newest first, after a position; all names when none is given.
    pub async fn events(
        &mut self,
        contact: ContactId,
        names: &[EventName],
        after: Option<EventPosition>,
        limit: i64,
    ) -> Result<Vec<Event>, DbError> {
        let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT e.id, e.name, e.occurred_at, e.message_id, e.campaign_id, c.name AS campaign_name, e.properties
            FROM crm.events AS e
            LEFT JOIN crm.campaign_names AS c ON c.org_id = e.org_id AND c.campaign_id = e.campaign_id
            WHERE e.org_id = $1
              AND e.contact_id = $2
              AND ($3::timestamptz IS NULL OR (e.occurred_at, e.id) < ($3, $4))
              AND (cardinality($5::text[]) = 0 OR e.name = ANY($5))
            ORDER BY e.occurred_at DESC, e.id DESC
            LIMIT $6
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id.map(|id| id.uuid()))
        .bind(&names)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Event::try_from).collect()
    }
}

/// Something that happened to a contact, as delivery tells it.
#[derive(Clone, Debug)]
pub struct Activity {
    pub org: OrgId,
    pub contact: ContactId,
    pub name: EventName,
    pub at: Timestamp,
    pub message: Option<MessageId>,
    pub campaign: Option<CampaignId>,
    pub properties: Value,
}

/// Notes what happened, of contacts that still exist, and when they were last active. Called with
/// the facts of all organisations together.
pub async fn record_activity(tx: &mut Tx, activity: &[Activity]) -> Result<(), DbError> {
    if activity.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Activity) -> Uuid| activity.iter().map(of).collect::<Vec<Uuid>>();
    let names: Vec<&str> = activity.iter().map(|a| a.name.as_str()).collect();
    let active: Vec<bool> = activity.iter().map(|a| a.name.is_of_the_contact()).collect();
    let times: Vec<_> = activity.iter().map(|a| a.at.to_sqlx()).collect();
    let messages: Vec<Option<Uuid>> = activity.iter().map(|a| a.message.map(|id| id.uuid())).collect();
    let campaigns: Vec<Option<Uuid>> = activity.iter().map(|a| a.campaign.map(|id| id.uuid())).collect();
    let properties: Vec<&Value> = activity.iter().map(|a| &a.properties).collect();
    let ids: Vec<Uuid> = activity.iter().map(|_| EventId::generate().uuid()).collect();
    sqlx::query(
        r#"
        WITH told AS (
            SELECT * FROM UNNEST(
                $1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[],
                $8::jsonb[], $9::boolean[]
            ) AS t (org_id, contact_id, id, name, occurred_at, message_id, campaign_id, properties, active)
        ), recorded AS (
            INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, message_id, campaign_id, properties)
            SELECT t.org_id, t.contact_id, t.occurred_at, t.id, t.name, t.message_id, t.campaign_id, t.properties
            FROM told AS t
            -- A contact deleted in the meantime leaves nothing behind.
            JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.id = t.contact_id
        )
        UPDATE crm.contacts AS c
        SET last_active_at = l.at
        FROM (
            SELECT org_id, contact_id, max(occurred_at) AS at FROM told WHERE active GROUP BY org_id, contact_id
        ) AS l
        WHERE c.org_id = l.org_id AND c.id = l.contact_id
          AND (c.last_active_at IS NULL OR c.last_active_at < l.at)
        "#,
    )
    .bind(column(|a| a.org.uuid()))
    .bind(column(|a| a.contact.uuid()))
    .bind(&ids)
    .bind(&names)
    .bind(&times)
    .bind(&messages)
    .bind(&campaigns)
    .bind(&properties)
    .bind(&active)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many months of timelines are kept.
const KEPT_MONTHS: i32 = 36;

/// Makes the partitions of the coming months, also of the audit, and drops those that are too old.
pub async fn keep_partitions(db: &Db) -> Result<(), DbError> {
    sqlx::query(
        "SELECT platform.ensure_partitions('crm.events', 'month', 3, $1), \
         platform.ensure_partitions('crm.contact_changes', 'month', 3, $1)",
    )
    .bind(KEPT_MONTHS)
    .execute(db.work_pool())
    .await?;
    Ok(())
}
