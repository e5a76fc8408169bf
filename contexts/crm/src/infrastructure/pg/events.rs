//! crm.events: the timeline.

use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, EventId, MessageId, OrgId, SourceId, Timestamp};
use platform::{Db, DbError, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::timeline::{Event, EventName, Name};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contact_id: Uuid,
    name: String,
    occurred_at: jiff_sqlx::Timestamp,
    message_id: Option<Uuid>,
    campaign_id: Option<Uuid>,
    campaign_name: Option<String>,
    properties: Value,
    source_id: Option<Uuid>,
    context: Option<Value>,
}

impl From<Row> for Event {
    fn from(row: Row) -> Self {
        Event {
            id: EventId::from_uuid(row.id),
            contact: row.contact_id.into(),
            name: Name::stored(row.name),
            at: row.occurred_at.to_jiff(),
            message: row.message_id.map(MessageId::from_uuid),
            campaign: row.campaign_id.map(CampaignId::from_uuid),
            campaign_name: row.campaign_name,
            properties: row.properties,
            source: row.source_id.map(SourceId::from_uuid),
            context: row.context,
        }
    }
}

/// Where a page of a timeline ended.
pub type EventPosition = (Timestamp, EventId);

impl CrmTx {
    /// Events of a contact, the newest first, after a position; all names when none is given.
    pub async fn events(
        &mut self,
        contact: ContactId,
        names: &[&str],
        after: Option<EventPosition>,
        limit: i64,
    ) -> Result<Vec<Event>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT e.id, e.contact_id, e.name, e.occurred_at, e.message_id, e.campaign_id, c.name AS campaign_name,
                   e.properties, e.source_id, e.context
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
        .bind(names)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Event::from).collect())
    }
}

/// Which events of all contacts.
#[derive(Clone, Debug, Default)]
pub struct EventFilter {
    pub contact: Option<ContactId>,
    pub name: Option<String>,
    pub since: Option<Timestamp>,
    pub after: Option<EventPosition>,
}

impl CrmTx {
    /// Events that pass a filter, the newest first. There is no index by time alone, which would cost
    /// more than it is asked: without a contact, each name is looked up by its own index, and the
    /// newest of all are taken.
    pub async fn all_events(&mut self, filter: &EventFilter, limit: i64) -> Result<Vec<Event>, DbError> {
        let (at, id) = filter.after.unzip();
        let org = self.org.uuid();
        let own: Vec<&str> = EventName::ALL.iter().map(|name| name.as_str()).collect();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT e.id, e.contact_id, e.name, e.occurred_at, e.message_id, e.campaign_id, NULL AS campaign_name,
                   e.properties, e.source_id, e.context
            FROM (
                (
                    SELECT * FROM crm.events
                    WHERE org_id = $1 AND contact_id = $2
                      AND ($3::text IS NULL OR name = $3)
                      AND ($4::timestamptz IS NULL OR occurred_at >= $4)
                      AND ($5::timestamptz IS NULL OR (occurred_at, id) < ($5, $6))
                    ORDER BY occurred_at DESC, id DESC
                    LIMIT $7
                )
                UNION ALL
                SELECT found.*
                FROM (
                    SELECT $3 AS name WHERE $3 IS NOT NULL
                    UNION SELECT name FROM crm.event_names WHERE org_id = $1 AND $3 IS NULL
                    -- Not added up yet, and what the platform itself notes.
                    UNION SELECT name FROM crm.event_tallies WHERE org_id = $1 AND $3 IS NULL
                    UNION SELECT own FROM UNNEST($8::text[]) AS o (own) WHERE $3 IS NULL
                ) AS n
                CROSS JOIN LATERAL (
                    SELECT * FROM crm.events
                    WHERE org_id = $1 AND name = n.name
                      AND ($4::timestamptz IS NULL OR occurred_at >= $4)
                      AND ($5::timestamptz IS NULL OR (occurred_at, id) < ($5, $6))
                    ORDER BY occurred_at DESC, id DESC
                    LIMIT $7
                ) AS found
                WHERE $2::uuid IS NULL
            ) AS e
            ORDER BY e.occurred_at DESC, e.id DESC
            LIMIT $7
            "#,
        )
        .bind(org)
        .bind(filter.contact.map(ContactId::uuid))
        .bind(filter.name.as_deref())
        .bind(filter.since.map(|since| since.to_sqlx()))
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id.map(|id| id.uuid()))
        .bind(limit)
        .bind(&own)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(Event::from).collect())
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

/// Makes the partitions of the coming months, also of the audit, and drops those that are too old.
pub async fn keep_partitions(db: &Db, months: u16) -> Result<(), DbError> {
    sqlx::query(
        "SELECT platform.ensure_partitions('crm.events', 'month', 3, $1), \
         platform.ensure_partitions('crm.contact_changes', 'month', 3, $1)",
    )
    .bind(i32::from(months.max(1)))
    .execute(db.work_pool())
    .await?;
    Ok(())
}
