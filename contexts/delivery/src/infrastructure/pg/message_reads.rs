//! Messages as people look at them.

use contracts::{
    crm::consent::Channel,
    delivery::{Address, MessageSource, Stream},
};
use kernel::{BatchId, CampaignId, ContactId, MessageId, OrgId, ProviderId, TemplateId, Timestamp};
use platform::{DbError, Tx};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{batches, suppressions::prefix_pattern};
use crate::domain::message_state::MessageState;

/// A message in a list.
#[derive(Clone, Debug)]
pub struct MessageRow {
    pub id: MessageId,
    pub state: MessageState,
    pub reason: Option<String>,
    pub state_at: Timestamp,
    pub source: MessageSource,
    pub channel: Channel,
    pub stream: Stream,
    /// `None` when the person was erased.
    pub recipient: Option<Recipient>,
    pub created_at: Timestamp,
}

/// Who a message is for.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub contact: ContactId,
    pub address: String,
    pub name: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    state: String,
    reason: Option<String>,
    state_at: jiff_sqlx::Timestamp,
    source_kind: String,
    source_id: Option<Uuid>,
    channel: String,
    stream: String,
    contact_id: Option<Uuid>,
    address: Option<String>,
    name: Option<String>,
    created_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for MessageRow {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |table, column| DbError::InconsistentRow {
            table,
            column,
            id: row.id.to_string(),
        };
        let recipient = row
            .contact_id
            .zip(row.address)
            .map(|(contact, address)| Recipient {
                contact: contact.into(),
                address,
                name: row.name.unwrap_or_default(),
            });
        Ok(Self {
            id: row.id.into(),
            state: row
                .state
                .parse()
                .map_err(|()| odd("delivery.messages", "state"))?,
            reason: row.reason,
            state_at: row.state_at.to_jiff(),
            source: batches::source(&row.source_kind, row.source_id)
                .ok_or_else(|| odd("delivery.batches", "source_kind"))?,
            channel: Channel::parse(&row.channel).ok_or_else(|| odd("delivery.batches", "channel"))?,
            stream: batches::stream(&row.stream).ok_or_else(|| odd("delivery.batches", "stream"))?,
            recipient,
            // Of an erased person only the state is left.
            created_at: row.created_at.unwrap_or(row.state_at).to_jiff(),
        })
    }
}

/// Which messages a list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<MessageState>,
    pub campaign: Option<CampaignId>,
    /// A whole address, or the beginning of one.
    pub to: String,
}

const COLUMNS: &str = r#"
    SELECT m.id, coalesce(q.state, m.state) AS state, m.reason, m.state_at, b.source_kind, b.source_id, b.channel, b.stream,
           r.contact_id, r.address, r.created_at,
           btrim(concat_ws(' ', r.contact->>'first_name', r.contact->>'last_name')) AS name
    FROM delivery.messages m
    JOIN delivery.batches b ON b.org_id = m.org_id AND b.id = m.batch_id
"#;

/// The newest first, behind a message. Each filter adds its own condition and no other, so that the
/// planner sees which index serves it.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageRow>, DbError> {
    let live = filter.state.is_some_and(MessageState::is_live);
    let mut query = QueryBuilder::<Postgres>::new(COLUMNS);
    // What is on its way is what stands in the queue, which is short when most has been sent.
    query.push(if live { " JOIN" } else { " LEFT JOIN" });
    query.push(
        " delivery.queue q ON q.org_id = m.org_id AND q.batch_id = m.batch_id AND q.message_id = m.id \
         AND m.state = 'queued'",
    );
    query.push(if filter.to.is_empty() {
        " LEFT JOIN"
    } else {
        " JOIN"
    });
    query.push(" delivery.recipients r ON r.org_id = m.org_id AND r.message_id = m.id WHERE m.org_id = ");
    query.push_bind(org.uuid());
    if let Some(after) = after {
        query.push(" AND m.id < ").push_bind(after.uuid());
    }
    if let Some(state) = filter.state {
        push_state(&mut query, org, state);
    }
    if let Some(campaign) = filter.campaign {
        query.push(" AND m.batch_id IN (SELECT id FROM delivery.batches WHERE source_kind = 'campaign' AND org_id = ");
        query
            .push_bind(org.uuid())
            .push(" AND source_id = ")
            .push_bind(campaign.uuid())
            .push(")");
    }
    push_recipient(&mut query, &filter.to);
    query.push(" ORDER BY m.id DESC LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(tx.conn()).await?;
    rows.into_iter().map(MessageRow::try_from).collect()
}

fn push_state(query: &mut QueryBuilder<Postgres>, org: OrgId, state: MessageState) {
    match state {
        // A moment in the hands of an engine is still waiting, as far as people are concerned.
        MessageState::Queued => {
            query
                .push(" AND q.state IN ('queued', 'claimed') AND q.org_id = ")
                .push_bind(org.uuid());
        }
        MessageState::Claimed | MessageState::Sending | MessageState::Deferred => {
            query.push(" AND q.org_id = ").push_bind(org.uuid());
            query.push(" AND q.state = ").push_bind(state.as_str());
        }
        MessageState::Accepted | MessageState::Delivered => {
            query
                .push(" AND m.trouble IS NULL AND m.state = ")
                .push_bind(state.as_str());
        }
        _ => {
            query.push(" AND m.trouble = ").push_bind(state.as_str());
        }
    }
}

fn push_recipient(query: &mut QueryBuilder<Postgres>, to: &str) {
    let to = to.trim();
    if to.is_empty() {
        return;
    }
    // A whole address is looked up; only a beginning has to be searched for.
    match Address::parse(to) {
        Some(whole @ (Address::Email(_) | Address::Phone(_))) => {
            query
                .push(" AND r.address = ")
                .push_bind(whole.as_str().to_owned());
        }
        // A token of a device differs by case, and a beginning of it leads nowhere.
        _ => {
            query.push(" AND (r.address LIKE ").push_bind(prefix_pattern(to));
            query.push(" OR r.address = ").push_bind(to.to_owned()).push(")");
        }
    }
}

/// A message with what is around it.
#[derive(Clone, Debug)]
pub struct FoundMessage {
    pub row: MessageRow,
    pub batch: BatchId,
    /// Whether a person or the engine stopped the batch.
    pub batch_state: String,
    /// Why, when the engine did.
    pub batch_pause: Option<String>,
    pub expires_at: Timestamp,
    /// When it is tried next, while it waits.
    pub due_at: Option<Timestamp>,
    /// `None` when its template is gone.
    pub template: Option<(TemplateId, String)>,
    /// Whether the built-in inbox still has it.
    pub in_inbox: bool,
    pub opened_at: Option<Timestamp>,
    pub clicked_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct FoundRow {
    #[sqlx(flatten)]
    row: Row,
    batch_id: Uuid,
    batch_state: String,
    pause_reason: Option<String>,
    expires_at: jiff_sqlx::Timestamp,
    due_at: Option<jiff_sqlx::Timestamp>,
    template_id: Option<Uuid>,
    template_name: Option<String>,
    in_inbox: bool,
    opened_at: Option<jiff_sqlx::Timestamp>,
    clicked_at: Option<jiff_sqlx::Timestamp>,
}

/// One message.
pub async fn find(tx: &mut Tx, org: OrgId, id: MessageId) -> Result<Option<FoundMessage>, DbError> {
    let found: Option<FoundRow> = sqlx::query_as(
        r#"
        SELECT m.id, coalesce(q.state, m.state) AS state, m.reason, m.state_at, b.source_kind, b.source_id, b.channel, b.stream,
               r.contact_id, r.address, r.created_at,
               btrim(concat_ws(' ', r.contact->>'first_name', r.contact->>'last_name')) AS name,
               b.id AS batch_id, b.state AS batch_state, b.pause_reason, b.expires_at, q.due_at,
               t.id AS template_id, t.name AS template_name,
               EXISTS (SELECT 1 FROM delivery.inbox_messages i WHERE i.org_id = m.org_id AND i.id = m.id) AS in_inbox,
               opened.at AS opened_at, clicked.at AS clicked_at
        FROM delivery.messages m
        JOIN delivery.batches b ON b.org_id = m.org_id AND b.id = m.batch_id
        LEFT JOIN delivery.queue q
               ON q.org_id = m.org_id AND q.batch_id = m.batch_id AND q.message_id = m.id AND m.state = 'queued'
        LEFT JOIN delivery.recipients r ON r.org_id = m.org_id AND r.message_id = m.id
        LEFT JOIN delivery.template_versions v ON v.org_id = b.org_id AND v.id = b.template_version_id
        LEFT JOIN delivery.templates t ON t.org_id = v.org_id AND t.id = v.template_id AND t.deleted_at IS NULL
        LEFT JOIN delivery.engagements opened
               ON opened.org_id = m.org_id AND opened.message_id = m.id AND opened.what = -2
        LEFT JOIN delivery.engagements clicked
               ON clicked.org_id = m.org_id AND clicked.message_id = m.id AND clicked.what = -1
        WHERE m.org_id = $1 AND m.id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    let at = |at: Option<jiff_sqlx::Timestamp>| at.map(|at| at.to_jiff());
    found
        .map(|found| {
            Ok(FoundMessage {
                row: found.row.try_into()?,
                batch: found.batch_id.into(),
                batch_state: found.batch_state,
                batch_pause: found.pause_reason,
                expires_at: found.expires_at.to_jiff(),
                due_at: at(found.due_at),
                template: found
                    .template_id
                    .map(TemplateId::from_uuid)
                    .zip(found.template_name),
                in_inbox: found.in_inbox,
                opened_at: at(found.opened_at),
                clicked_at: at(found.clicked_at),
            })
        })
        .transpose()
}

/// A try to hand a message over.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    pub number: i16,
    /// `None`: the built-in inbox.
    pub provider: Option<ProviderId>,
    /// `None` when the account is gone, too.
    pub provider_name: Option<String>,
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub outcome: Option<String>,
    pub class: Option<String>,
    pub phase: Option<String>,
    pub code: Option<i16>,
    pub enhanced_code: Option<String>,
    pub reply: Option<String>,
    pub resolution: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AttemptColumns {
    number: i16,
    provider_id: Option<Uuid>,
    provider_name: Option<String>,
    started_at: jiff_sqlx::Timestamp,
    finished_at: Option<jiff_sqlx::Timestamp>,
    outcome: Option<String>,
    class: Option<String>,
    phase: Option<String>,
    code: Option<i16>,
    enhanced_code: Option<String>,
    reply: Option<String>,
    resolution: Option<String>,
}

/// All tries of one message, in order.
pub async fn attempts(tx: &mut Tx, org: OrgId, id: MessageId) -> Result<Vec<AttemptRow>, DbError> {
    let rows: Vec<AttemptColumns> = sqlx::query_as(
        r#"
        SELECT a.number, a.provider_id, p.name AS provider_name, a.started_at, a.finished_at, a.outcome, a.class,
               a.phase, a.code, a.enhanced_code, a.reply, a.resolution
        FROM delivery.attempts a
        LEFT JOIN delivery.providers p ON p.org_id = a.org_id AND p.id = a.provider_id
        WHERE a.org_id = $1 AND a.message_id = $2
        ORDER BY a.number
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .fetch_all(tx.conn())
    .await?;
    let attempt = |row: AttemptColumns| AttemptRow {
        number: row.number,
        provider: row.provider_id.map(ProviderId::from_uuid),
        provider_name: row.provider_name,
        started_at: row.started_at.to_jiff(),
        finished_at: row.finished_at.map(|at| at.to_jiff()),
        outcome: row.outcome,
        class: row.class,
        phase: row.phase,
        code: row.code,
        enhanced_code: row.enhanced_code,
        reply: row.reply,
        resolution: row.resolution,
    };
    Ok(rows.into_iter().map(attempt).collect())
}
