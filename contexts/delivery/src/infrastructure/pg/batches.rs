//! Batches: what is to be sent, and whether it may be.

use std::sync::Arc;

use contracts::{
    crm::consent::Channel,
    delivery::{BatchSpec, BatchState, MessageSource, Stream},
};
use jiff_sqlx::ToSqlx;
use kernel::{BatchId, CampaignId, OrgId, TemplateVersionId, Timestamp, TopicId};
use platform::{DbError, Tx};
use uuid::Uuid;

/// A batch as the engine sees it.
#[derive(Clone, Debug)]
pub struct Batch {
    pub org: OrgId,
    pub id: BatchId,
    pub source: MessageSource,
    /// What its messages travel by.
    pub channel: Channel,
    /// What people call it.
    pub name: Arc<str>,
    pub template_version: TemplateVersionId,
    pub stream: Stream,
    pub state: BatchState,
    pub expires_at: Timestamp,
    /// What it is about, if it is about a topic.
    pub topic: Option<TopicId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    source_kind: String,
    source_id: Option<Uuid>,
    channel: String,
    name: String,
    template_version_id: Uuid,
    stream: String,
    state: String,
    expires_at: jiff_sqlx::Timestamp,
    topic_id: Option<Uuid>,
}

impl TryFrom<Row> for Batch {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.batches",
            column,
            id: row.id.to_string(),
        };
        Ok(Self {
            org: row.org_id.into(),
            id: row.id.into(),
            source: source(&row.source_kind, row.source_id).ok_or_else(|| odd("source_kind"))?,
            channel: Channel::parse(&row.channel).ok_or_else(|| odd("channel"))?,
            name: row.name.into(),
            template_version: row.template_version_id.into(),
            stream: stream(&row.stream).ok_or_else(|| odd("stream"))?,
            state: state(&row.state).ok_or_else(|| odd("state"))?,
            expires_at: row.expires_at.to_jiff(),
            topic: row.topic_id.map(Into::into),
        })
    }
}

/// Opens a batch; one that is there stays as it is.
pub async fn open(tx: &mut Tx, org: OrgId, batch: &BatchSpec) -> Result<(), DbError> {
    let (kind, id) = source_columns(batch.source);
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.batches
            (org_id, id, source_kind, source_id, template_version_id, stream, expires_at, live, created_at,
             name, topic_id, channel)
        VALUES ($1, $2, $3, $4, $5, $6, $7, false, $8, $9, $10, $11)
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(batch.id.uuid())
    .bind(kind)
    .bind(id)
    .bind(batch.template_version.uuid())
    .bind(stream_word(batch.stream))
    .bind(batch.expires_at.to_sqlx())
    .bind(now.to_sqlx())
    .bind(&batch.name)
    .bind(batch.topic.map(TopicId::uuid))
    .bind(batch.channel.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// One batch.
pub async fn find(tx: &mut Tx, org: OrgId, id: BatchId) -> Result<Option<Batch>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, source_kind, source_id, channel, name, template_version_id, stream, state, expires_at,
               topic_id
        FROM delivery.batches
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    row.map(Batch::try_from).transpose()
}

/// Whether messages of it may leave now. Held until the transaction ends, so that whoever pauses or
/// cancels the batch waits for attempts that are just being written, and none is written after that.
pub async fn lock_for_attempt(tx: &mut Tx, org: OrgId, id: BatchId) -> Result<Option<Batch>, DbError> {
    let row: Option<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, source_kind, source_id, channel, name, template_version_id, stream, state, expires_at,
               topic_id
        FROM delivery.batches
        WHERE org_id = $1 AND id = $2
        FOR SHARE
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    row.map(Batch::try_from).transpose()
}

/// Tells a batch what to do; cancelled is final. Returns `None` when there is no such batch, and
/// otherwise its state now.
pub async fn set_state(
    tx: &mut Tx,
    org: OrgId,
    id: BatchId,
    to: BatchState,
    pause_reason: Option<&str>,
) -> Result<Option<BatchState>, DbError> {
    let word: Option<String> = sqlx::query_scalar(
        r#"
        UPDATE delivery.batches
        SET state = CASE WHEN state = 'cancelled' THEN state ELSE $3 END,
            pause_reason = CASE WHEN state = 'cancelled' THEN pause_reason ELSE $4 END
        WHERE org_id = $1 AND id = $2
        RETURNING state
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(state_word(to))
    .bind(pause_reason)
    .fetch_optional(tx.conn())
    .await?;
    Ok(word.as_deref().and_then(state))
}

/// Batches that the queue may hold messages of, over all organisations.
pub async fn live(tx: &mut Tx) -> Result<Vec<Batch>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, source_kind, source_id, channel, name, template_version_id, stream, state, expires_at,
               topic_id
        FROM delivery.batches
        WHERE live
        ORDER BY org_id, id
        "#,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Batch::try_from).collect()
}

/// Batches of one organisation that the queue may hold messages of, with why the engine paused them.
pub async fn live_of(tx: &mut Tx, org: OrgId) -> Result<Vec<(Batch, Option<String>)>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, source_kind, source_id, channel, name, template_version_id, stream, state, expires_at,
               topic_id
        FROM delivery.batches
        WHERE org_id = $1 AND live
        ORDER BY created_at, id
        LIMIT 200
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    let reasons: Vec<(Uuid, Option<String>)> =
        sqlx::query_as("SELECT id, pause_reason FROM delivery.batches WHERE org_id = $1 AND live")
            .bind(org.uuid())
            .fetch_all(tx.conn())
            .await?;
    let reason = |id: BatchId| {
        let found = reasons.iter().find(|(other, _)| *other == id.uuid());
        found.and_then(|(_, reason)| reason.clone())
    };
    rows.into_iter()
        .map(|row| {
            let batch = Batch::try_from(row)?;
            let reason = reason(batch.id);
            Ok((batch, reason))
        })
        .collect()
}

/// Takes batches without messages in the queue off the list of live ones. Intake takes a share lock
/// on the batch before it adds to the queue, so nothing can arrive between the look and the update.
pub async fn rest(tx: &mut Tx, org: OrgId, id: BatchId) -> Result<bool, DbError> {
    sqlx::query("SELECT 1 FROM delivery.batches WHERE org_id = $1 AND id = $2 FOR UPDATE")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    // A statement of its own, since it must see what was committed while the lock was waited for.
    let rested = sqlx::query(
        r#"
        UPDATE delivery.batches SET live = false
        WHERE org_id = $1 AND id = $2 AND live
          AND NOT EXISTS (SELECT 1 FROM delivery.queue WHERE org_id = $1 AND batch_id = $2)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(rested.rows_affected() > 0)
}

pub(super) fn source(kind: &str, id: Option<Uuid>) -> Option<MessageSource> {
    match (kind, id) {
        ("campaign", Some(id)) => Some(MessageSource::Campaign(CampaignId::from_uuid(id))),
        ("test", None) => Some(MessageSource::Test),
        ("service", None) => Some(MessageSource::Service),
        ("api", None) => Some(MessageSource::Api),
        _ => None,
    }
}

fn source_columns(source: MessageSource) -> (&'static str, Option<Uuid>) {
    match source {
        MessageSource::Campaign(id) => ("campaign", Some(id.uuid())),
        MessageSource::Test => ("test", None),
        MessageSource::Service => ("service", None),
        MessageSource::Api => ("api", None),
    }
}

pub(super) fn stream(word: &str) -> Option<Stream> {
    match word {
        "marketing" => Some(Stream::Marketing),
        "transactional" => Some(Stream::Transactional),
        _ => None,
    }
}

pub(super) const fn stream_word(stream: Stream) -> &'static str {
    match stream {
        Stream::Marketing => "marketing",
        Stream::Transactional => "transactional",
    }
}

fn state(word: &str) -> Option<BatchState> {
    match word {
        "running" => Some(BatchState::Running),
        "paused" => Some(BatchState::Paused),
        "cancelled" => Some(BatchState::Cancelled),
        _ => None,
    }
}

const fn state_word(state: BatchState) -> &'static str {
    match state {
        BatchState::Running => "running",
        BatchState::Paused => "paused",
        BatchState::Cancelled => "cancelled",
    }
}
