//! Opens and clicks.

use contracts::{crm::consent::Channel, delivery::MessageSource};
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, MessageId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{batches, look_up_by_key};
use crate::domain::tracking::{Tracked, TrackingEvent};

/// An event that is new and counts.
#[derive(Clone, Debug)]
pub struct Counted {
    pub org: OrgId,
    pub source: MessageSource,
    pub channel: Channel,
    pub message: MessageId,
    pub contact: ContactId,
    pub at: Timestamp,
    /// For a click: the link as written in the template.
    pub url: Option<String>,
    /// The first of its kind for the message; for a click, the first on this link.
    pub first: bool,
    /// The first click on any link of the message; for an open, the same as `first`.
    pub first_for_message: bool,
}

#[derive(sqlx::FromRow)]
struct CountedRow {
    org_id: Uuid,
    source_kind: String,
    source_id: Option<Uuid>,
    channel: String,
    message_id: Uuid,
    contact_id: Uuid,
    at: jiff_sqlx::Timestamp,
    url: Option<String>,
    first: bool,
    first_for_message: bool,
}

/// Stores events with one statement and returns those that are new and count, in order. Events that
/// were stored before and events of messages that are gone are passed over, so a batch may be
/// written again after a crash.
pub async fn store(tx: &mut Tx, events: &[TrackingEvent]) -> Result<Vec<Counted>, DbError> {
    let columns = Columns::of(events);
    look_up_by_key(tx).await?;
    let rows: Vec<CountedRow> = sqlx::query_as(
        r#"
        WITH given AS (
            SELECT *
            FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::smallint[], $6::text[],
                        $7::boolean[], $8::text[], $9::text[], $10::timestamptz[])
                AS g(id, org_id, message_id, kind, link, url, counted, agent, user_agent, at)
        ), known AS (
            SELECT g.*, m.contact_id, m.source_kind, m.source_id, m.channel, COALESCE(m.links[g.link + 1], g.url) AS written
            FROM given g
            -- One look by key for each event, whatever the planner thinks of the array's length.
            CROSS JOIN LATERAL (
                SELECT r.contact_id, b.source_kind, b.source_id, b.channel, v.links
                FROM delivery.recipients r
                JOIN delivery.messages s ON s.org_id = r.org_id AND s.id = r.message_id
                JOIN delivery.batches b ON b.org_id = s.org_id AND b.id = s.batch_id
                LEFT JOIN delivery.template_versions v
                    ON v.org_id = b.org_id AND v.id = b.template_version_id
                WHERE r.org_id = g.org_id AND r.message_id = g.message_id
                OFFSET 0
            ) m
        ), stored AS (
            INSERT INTO delivery.tracking_events
                (org_id, id, message_id, kind, link, url, counted, agent, user_agent, at)
            SELECT org_id, id, message_id, kind, link, url, counted, agent, user_agent, at
            FROM known
            ON CONFLICT DO NOTHING
            RETURNING org_id, id
        ), counting AS (
            SELECT k.*, CASE WHEN k.kind = 'open' THEN -2 ELSE -1 END::smallint AS overall
            FROM known k
            JOIN stored s ON s.org_id = k.org_id AND s.id = k.id
            WHERE k.counted
        ), firsts AS (
            INSERT INTO delivery.engagements (org_id, message_id, what, event_id, at)
            SELECT DISTINCT ON (c.org_id, c.message_id, w.what) c.org_id, c.message_id, w.what, c.id, c.at
            FROM counting c
            CROSS JOIN LATERAL (
                SELECT c.overall AS what
                UNION ALL
                SELECT c.link WHERE c.link IS NOT NULL
            ) w
            -- In the order of the key, so that two who write at once wait for each other in turn.
            ORDER BY c.org_id, c.message_id, w.what, c.at, c.id
            ON CONFLICT DO NOTHING
            RETURNING event_id, what
        )
        SELECT c.org_id, c.source_kind, c.source_id, c.channel, c.message_id, c.contact_id, c.at,
               c.written AS url,
               mine.event_id IS NOT NULL AS first,
               whole.event_id IS NOT NULL AS first_for_message
        FROM counting c
        LEFT JOIN firsts mine ON mine.event_id = c.id AND mine.what = COALESCE(c.link, c.overall)
        LEFT JOIN firsts whole ON whole.event_id = c.id AND whole.what = c.overall
        ORDER BY c.org_id, c.id
        "#,
    )
    .bind(columns.ids)
    .bind(columns.orgs)
    .bind(columns.messages)
    .bind(columns.kinds)
    .bind(columns.links)
    .bind(columns.urls)
    .bind(columns.counted)
    .bind(columns.agents)
    .bind(columns.user_agents)
    .bind(columns.times)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(counted).collect()
}

#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    orgs: Vec<Uuid>,
    messages: Vec<Uuid>,
    kinds: Vec<&'static str>,
    links: Vec<Option<i16>>,
    urls: Vec<Option<&'a str>>,
    counted: Vec<bool>,
    agents: Vec<&'static str>,
    user_agents: Vec<&'a str>,
    times: Vec<jiff_sqlx::Timestamp>,
}

impl<'a> Columns<'a> {
    fn of(events: &'a [TrackingEvent]) -> Self {
        let mut columns = Self::default();
        for event in events {
            let (kind, link, url) = match &event.what {
                Tracked::Open => ("open", None, None),
                Tracked::Click { link, url } => (
                    "click",
                    Some(i16::try_from(*link).unwrap_or(i16::MAX)),
                    Some(url.as_str()),
                ),
            };
            columns.ids.push(event.id);
            columns.orgs.push(event.org.uuid());
            columns.messages.push(event.message.uuid());
            columns.kinds.push(kind);
            columns.links.push(link);
            columns.urls.push(url);
            columns.counted.push(event.counted);
            columns.agents.push(event.agent().as_str());
            columns.user_agents.push(&event.user_agent);
            columns.times.push(event.at.to_sqlx());
        }
        columns
    }
}

fn counted(row: CountedRow) -> Result<Counted, DbError> {
    Ok(Counted {
        org: row.org_id.into(),
        source: batches::source(&row.source_kind, row.source_id).ok_or_else(|| DbError::InconsistentRow {
            table: "delivery.batches",
            column: "source_kind",
            id: row.message_id.to_string(),
        })?,
        channel: Channel::parse(&row.channel).ok_or_else(|| DbError::InconsistentRow {
            table: "delivery.batches",
            column: "channel",
            id: row.message_id.to_string(),
        })?,
        message: row.message_id.into(),
        contact: row.contact_id.into(),
        at: row.at.to_jiff(),
        url: row.url,
        first: row.first,
        first_for_message: row.first_for_message,
    })
}

/// Makes the partitions of the coming months.
pub async fn ensure_partitions(tx: &mut Tx) -> Result<(), DbError> {
    sqlx::query("SELECT delivery.ensure_tracking_partitions()")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Opens and clicks of one message that count: kind, time, and where a click led.
pub async fn of_message(
    tx: &mut Tx,
    org: OrgId,
    message: MessageId,
    limit: i64,
) -> Result<Vec<(String, Timestamp, Option<String>)>, DbError> {
    let rows: Vec<(String, jiff_sqlx::Timestamp, Option<String>)> = sqlx::query_as(
        r#"
        SELECT kind, at, url FROM delivery.tracking_events
        WHERE org_id = $1 AND message_id = $2 AND counted
        ORDER BY id
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(message.uuid())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(kind, at, url)| (kind, at.to_jiff(), url))
        .collect())
}
