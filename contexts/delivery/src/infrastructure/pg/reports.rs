//! Reports as they came, and which message each is about.

use std::collections::HashMap;

use contracts::{crm::consent::Channel, delivery::MessageSource};
use jiff::SignedDuration;
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, ContactId, MessageId, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::batches;
use crate::domain::{
    message_state::MessageState,
    report::{ReportSource, Said, Standing},
};

/// So long a report is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many are deleted at once.
const AT_ONCE: i64 = 10_000;
/// When a report that waits is looked at for the first time, unless something happens before.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(60);
/// So long the message of a report may still turn up: by then its outcome was written down, or its
/// provider carries messages of others too.
const TURNS_UP: SignedDuration = SignedDuration::from_hours(1);

/// A report to be stored.
#[derive(Clone, Debug)]
pub struct NewReport<'r> {
    pub source: ReportSource,
    pub provider: Option<ProviderId>,
    pub event_id: &'r str,
    pub message: Option<MessageId>,
    pub provider_message_id: Option<&'r str>,
    /// In lower case, where it is an address of mail.
    pub recipient: String,
    pub said: Said,
    pub detail: &'r str,
    pub at: Timestamp,
}

/// Stores those that were not seen before, and joins them to the message whose identifier they bring
/// along, if this organisation has it. Returns the numbers of those that are new.
pub async fn insert(tx: &mut Tx, org: OrgId, reports: &[NewReport<'_>]) -> Result<Vec<i64>, DbError> {
    let now = tx.now();
    let sources: Vec<_> = reports.iter().map(|r| r.source.as_str()).collect();
    let providers: Vec<_> = reports.iter().map(|r| r.provider.map(ProviderId::uuid)).collect();
    let events: Vec<_> = reports.iter().map(|r| r.event_id).collect();
    let messages: Vec<_> = reports.iter().map(|r| r.message.map(MessageId::uuid)).collect();
    let theirs: Vec<_> = reports.iter().map(|r| r.provider_message_id).collect();
    let recipients: Vec<_> = reports.iter().map(|r| r.recipient.as_str()).collect();
    let kinds: Vec<_> = reports.iter().map(|r| r.said.kind.as_str()).collect();
    let classes: Vec<_> = reports
        .iter()
        .map(|r| r.said.class.map(|class| class.as_str()))
        .collect();
    let details: Vec<_> = reports.iter().map(|r| r.detail).collect();
    let times: Vec<_> = reports.iter().map(|r| r.at.to_sqlx()).collect();
    Ok(sqlx::query_scalar(
        r#"
        INSERT INTO delivery.reports
            (org_id, source, provider_id, event_id, message_id, provider_message_id, recipient, kind, class,
             detail, at, received_at, look_at)
        SELECT $1, g.source, g.provider_id, g.event_id, m.id, g.provider_message_id, g.recipient, g.kind, g.class,
               g.detail, g.at, $12, $13
        FROM UNNEST($2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                    $9::text[], $10::text[], $11::timestamptz[])
            AS g (source, provider_id, event_id, message_id, provider_message_id, recipient, kind, class,
                  detail, at)
        LEFT JOIN LATERAL (
            SELECT id FROM delivery.messages WHERE org_id = $1 AND id = g.message_id OFFSET 0
        ) m ON true
        -- In one order, so that two calls with the same events wait for each other in turn.
        ORDER BY g.source, g.provider_id, g.event_id
        ON CONFLICT DO NOTHING
        RETURNING id
        "#,
    )
    .bind(org.uuid())
    .bind(&sources)
    .bind(&providers)
    .bind(&events)
    .bind(&messages)
    .bind(&theirs)
    .bind(&recipients)
    .bind(&kinds)
    .bind(&classes)
    .bind(&details)
    .bind(&times)
    .bind(now.to_sqlx())
    .bind((now + FIRST_LOOK).to_sqlx())
    .fetch_all(tx.conn())
    .await?)
}

/// Joins reports to the messages that the provider knows by the identifiers they bring along: the
/// newest one to the same recipient.
pub async fn join(tx: &mut Tx, org: OrgId, reports: &[i64]) -> Result<(), DbError> {
    super::look_up_by_key(tx).await?;
    sqlx::query(
        r#"
        UPDATE delivery.reports p
        SET message_id = found.message_id
        FROM (
            SELECT w.id, f.message_id
            FROM delivery.reports w
            CROSS JOIN LATERAL (
                SELECT r.message_id
                FROM delivery.recipients r
                JOIN delivery.attempts a ON a.org_id = r.org_id AND a.message_id = r.message_id
                WHERE r.org_id = $1
                  AND r.address = w.recipient
                  AND a.provider_message_id = w.provider_message_id
                ORDER BY r.message_id DESC
                LIMIT 1
            ) f
            WHERE w.org_id = $1
              AND w.id = ANY($2)
              AND w.message_id IS NULL
              AND w.provider_message_id IS NOT NULL
        ) found
        WHERE p.org_id = $1 AND p.id = found.id
        "#,
    )
    .bind(org.uuid())
    .bind(reports)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A report that waits, with the message that it is about.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: i64,
    pub provider: Option<ProviderId>,
    pub message: MessageId,
    /// Whom it is about.
    pub recipient: String,
    pub said: Said,
    pub detail: String,
    pub at: Timestamp,
    pub batch: BatchId,
    pub source: MessageSource,
    /// What the message travelled by.
    pub channel: Channel,
    pub standing: Standing,
    /// Whether the message waits to be sent again although an attempt's outcome is unknown.
    pub in_doubt: bool,
    /// Who the message is for; `None` when the person was erased.
    pub addressee: Option<(ContactId, String)>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    provider_id: Option<Uuid>,
    message_id: Uuid,
    recipient: Option<String>,
    kind: String,
    class: Option<String>,
    detail: String,
    at: jiff_sqlx::Timestamp,
    batch_id: Uuid,
    source_kind: String,
    source_id: Option<Uuid>,
    channel: String,
    state: String,
    reason: Option<String>,
    in_doubt: bool,
    contact_id: Option<Uuid>,
    address: Option<String>,
}

/// Locks the messages of these reports until the transaction ends, and returns all reports of them
/// that wait: those given, and those that others had stored before.
pub async fn lock(tx: &mut Tx, org: OrgId, reports: &[i64]) -> Result<Vec<Waiting>, DbError> {
    let messages: Vec<Uuid> = sqlx::query_scalar(
        r#"
        SELECT m.id
        FROM delivery.messages m
        WHERE m.org_id = $1
          AND m.id = ANY(ARRAY(
              SELECT message_id FROM delivery.reports
              WHERE org_id = $1 AND id = ANY($2) AND message_id IS NOT NULL))
        -- In one order. Whoever writes an outcome now is waited for, and the reports of whoever waits
        -- for us are seen by the next one.
        ORDER BY m.id
        FOR UPDATE
        "#,
    )
    .bind(org.uuid())
    .bind(reports)
    .fetch_all(tx.conn())
    .await?;
    // A statement of its own, since it has to see what was committed while it waited for the locks.
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT p.id, p.provider_id, p.message_id, p.recipient, p.kind, p.class, p.detail, p.at,
               m.batch_id, b.source_kind, b.source_id, b.channel, m.state, m.reason,
               m.state = 'queued'
                   AND EXISTS (
                       SELECT 1 FROM delivery.attempts a
                       WHERE a.org_id = $1 AND a.message_id = m.id AND a.outcome = 'unknown')
                   AND EXISTS (
                       SELECT 1 FROM delivery.queue q
                       WHERE q.org_id = $1 AND q.batch_id = m.batch_id AND q.message_id = m.id
                         AND q.state IN ('queued', 'deferred')
                       ) AS in_doubt,
               r.contact_id, r.address
        FROM delivery.reports p
        JOIN delivery.messages m ON m.org_id = $1 AND m.id = p.message_id
        JOIN delivery.batches b ON b.org_id = $1 AND b.id = m.batch_id
        LEFT JOIN delivery.recipients r ON r.org_id = $1 AND r.message_id = p.message_id
        WHERE p.org_id = $1 AND p.message_id = ANY($2) AND p.result IS NULL
        ORDER BY p.message_id, p.id
        "#,
    )
    .bind(org.uuid())
    .bind(&messages)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Waiting::try_from).collect()
}

impl TryFrom<Row> for Waiting {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |table, column| DbError::InconsistentRow {
            table,
            column,
            id: row.id.to_string(),
        };
        let said = Said::read(&row.kind, row.class.as_deref());
        let state: MessageState = row
            .state
            .parse()
            .map_err(|()| odd("delivery.messages", "state"))?;
        let came_back = state == MessageState::Bounced;
        let reason = row.reason.as_deref().filter(|_| came_back);
        let addressee = row.contact_id.map(ContactId::from_uuid).zip(row.address);
        Ok(Self {
            id: row.id,
            provider: row.provider_id.map(ProviderId::from_uuid),
            message: row.message_id.into(),
            recipient: row.recipient.unwrap_or_default(),
            said: said.ok_or_else(|| odd("delivery.reports", "kind"))?,
            detail: row.detail,
            at: row.at.to_jiff(),
            batch: row.batch_id.into(),
            source: batches::source(&row.source_kind, row.source_id)
                .ok_or_else(|| odd("delivery.batches", "source_kind"))?,
            channel: Channel::parse(&row.channel).ok_or_else(|| odd("delivery.batches", "channel"))?,
            standing: Standing {
                state,
                reason: reason.and_then(|word| Said::read("bounced", Some(word))?.class),
            },
            in_doubt: row.in_doubt,
            addressee,
        })
    }
}

/// Of which of these messages something was said before that was believed: by message, the words of
/// its kinds.
pub async fn heard_before(
    tx: &mut Tx,
    org: OrgId,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<String>>, DbError> {
    let ids: Vec<_> = messages.iter().map(|id| id.uuid()).collect();
    let rows: Vec<(Uuid, Vec<String>)> = sqlx::query_as(
        r#"
        SELECT message_id, array_agg(DISTINCT kind)
        FROM delivery.reports
        WHERE org_id = $1 AND message_id = ANY($2) AND result = 'applied'
        GROUP BY message_id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id, kinds)| (id.into(), kinds)).collect())
}

/// What became of reports. Whom one was about is kept no longer where the message says it, and
/// nothing of it where the person was erased.
pub async fn finish(tx: &mut Tx, org: OrgId, ended: &[(i64, &'static str)]) -> Result<(), DbError> {
    let (ids, results): (Vec<i64>, Vec<&str>) = ended.iter().copied().unzip();
    sqlx::query(
        r#"
        UPDATE delivery.reports p
        SET result = t.result, look_at = NULL,
            recipient = CASE WHEN t.result IN ('applied', 'erased') THEN NULL ELSE p.recipient END,
            detail = CASE WHEN t.result = 'erased' THEN '' ELSE p.detail END
        FROM UNNEST($2::bigint[], $3::text[]) AS t (id, result)
        WHERE p.org_id = $1 AND p.id = t.id
        "#,
    )
    .bind(org.uuid())
    .bind(&ids)
    .bind(&results)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts off those of these reports that still wait, each time for as long again as it has waited; of
/// those whose message has not turned up in time it is said that it is unknown. Returns how many of
/// them there are.
pub async fn put_off(tx: &mut Tx, org: OrgId, reports: &[i64]) -> Result<u64, DbError> {
    let now = tx.now();
    let done: i64 = sqlx::query_scalar(
        r#"
        WITH looked AS (
            UPDATE delivery.reports
            SET result = CASE WHEN message_id IS NULL AND received_at <= $4 THEN 'unknown' END,
                look_at = CASE
                    WHEN message_id IS NULL AND received_at <= $4 THEN NULL
                    ELSE $3::timestamptz + greatest($3::timestamptz - received_at, $5::float8 * interval '1 second')
                END
            WHERE org_id = $1 AND id = ANY($2) AND result IS NULL
            RETURNING result
        )
        SELECT count(*) FROM looked WHERE result = 'unknown'
        "#,
    )
    .bind(org.uuid())
    .bind(reports)
    .bind(now.to_sqlx())
    .bind((now - TURNS_UP).to_sqlx())
    .bind(FIRST_LOOK.as_secs_f64())
    .fetch_one(tx.conn())
    .await?;
    Ok(done.unsigned_abs())
}

/// Reports that wait and whose time has come, or whose message has an outcome meanwhile.
pub async fn due(tx: &mut Tx, limit: i64) -> Result<HashMap<OrgId, Vec<i64>>, DbError> {
    let now = tx.now();
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        r#"
        SELECT p.org_id, p.id
        FROM delivery.reports p
        LEFT JOIN delivery.messages m ON m.org_id = p.org_id AND m.id = p.message_id
        WHERE p.look_at IS NOT NULL AND (p.look_at <= $1 OR m.state <> 'queued')
        ORDER BY p.look_at
        LIMIT $2
        "#,
    )
    .bind(now.to_sqlx())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<OrgId, Vec<i64>> = HashMap::new();
    for (org, id) in rows {
        found.entry(org.into()).or_default().push(id);
    }
    Ok(found)
}

/// What kinds the accounts of an organisation are of, for the metrics.
pub async fn provider_kinds(tx: &mut Tx, org: OrgId) -> Result<HashMap<ProviderId, String>, DbError> {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("SELECT id, kind FROM delivery.providers WHERE org_id = $1")
            .bind(org.uuid())
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(|(id, kind)| (id.into(), kind)).collect())
}

/// Deletes some that are older than they are kept. Returns how many.
pub async fn prune(tx: &mut Tx) -> Result<u64, DbError> {
    let before = tx.now() - KEPT;
    let done = sqlx::query(
        r#"
        DELETE FROM delivery.reports
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM delivery.reports WHERE received_at < $1 LIMIT $2))
        "#,
    )
    .bind(before.to_sqlx())
    .bind(AT_ONCE)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
