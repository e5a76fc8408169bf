//! crm.consents and crm.subscriptions: the ledger of what people said, and where that leaves them.
//! Written by one function, whoever says it.

use std::{collections::BTreeMap, sync::Arc};

use contracts::{
    crm::CrmEvent,
    crm::consent::{Channel, Frequency, Wishes},
    event::MAX_ITEMS,
};
use jiff_sqlx::ToSqlx;
use kernel::{ConsentId, ContactId, Timestamp, TopicId};
use platform::DbError;
use uuid::Uuid;

use super::{CrmTx, segment_staleness::STALE_SEGMENTS};
use crate::domain::consent::{Action, Basis, Consent, Proof, State, Statement};

/// What one person said, and how it is known. Statements of one batch mostly share their proof.
#[derive(Clone, Debug)]
pub struct Said {
    pub statement: Statement,
    pub proof: Arc<Proof>,
}

/// Where a contact stands with a topic on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub topic: TopicId,
    pub channel: Channel,
    pub state: State,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ConsentRow {
    id: Uuid,
    at: jiff_sqlx::Timestamp,
    topic_id: Option<Uuid>,
    channel: String,
    action: String,
    basis: String,
    purpose: String,
    text_version: String,
    text: String,
    source: String,
    ip: String,
    actor: String,
}

impl TryFrom<ConsentRow> for Consent {
    type Error = DbError;
    fn try_from(row: ConsentRow) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "crm.consents",
            column,
            id: row.id.to_string(),
        };
        Ok(Consent {
            id: row.id.into(),
            at: row.at.to_jiff(),
            topic: row.topic_id.map(Into::into),
            channel: Channel::parse(&row.channel).ok_or_else(|| odd("channel"))?,
            action: Action::parse(&row.action).ok_or_else(|| odd("action"))?,
            basis: Basis::parse(&row.basis).unwrap_or(Basis::Unknown),
            purpose: row.purpose,
            text_version: row.text_version,
            text: row.text,
            source: row.source,
            ip: row.ip,
            actor: row.actor,
        })
    }
}

/// Where a page of the ledger ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LedgerPosition {
    pub at: Timestamp,
    pub id: Uuid,
}

impl CrmTx {
    /// Takes down what people said: a row of the ledger each, where it leaves them, the facts, and
    /// what segments have to look at again. People and topics that are not there are passed over,
    /// and so is a yes on a channel that the topic does not have. Returns what was taken down.
    ///
    /// This is the only way into the ledger.
    pub async fn record_consents(&mut self, said: &[Said]) -> Result<Vec<Statement>, DbError> {
        if said.is_empty() {
            return Ok(Vec::new());
        }
        let org = self.org.uuid();
        let column = |of: fn(&Said) -> String| said.iter().map(of).collect::<Vec<String>>();
        let rows: Vec<(Uuid, Option<Uuid>, String, String)> = sqlx::query_as(
            r#"
            WITH said AS (
                -- The last word of the batch on each.
                SELECT DISTINCT ON (contact_id, topic_id, channel) *
                FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
                            $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[],
                            $15::text[], $16::text[], $17::uuid[])
                    WITH ORDINALITY AS s (id, contact_id, topic_id, channel, action, state, at,
                                          basis, purpose, text_version, text, source, source_id,
                                          ip, actor, actor_id, n)
                ORDER BY contact_id, topic_id, channel, at DESC, n DESC
            ), known AS MATERIALIZED (
                SELECT said.*
                FROM said
                JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = said.contact_id
                LEFT JOIN crm.topics AS t ON t.org_id = $1 AND t.id = said.topic_id
                WHERE said.topic_id IS NULL
                   OR (t.id IS NOT NULL AND (said.action IN ('withdrawn', 'expired') OR said.channel = ANY(t.channels)))
            ), states AS (
                INSERT INTO crm.subscriptions AS s (org_id, topic_id, channel, contact_id, state, at)
                SELECT $1, topic_id, channel, contact_id, state, at
                FROM known
                WHERE topic_id IS NOT NULL
                ORDER BY topic_id, channel, contact_id
                ON CONFLICT (org_id, topic_id, channel, contact_id) DO UPDATE
                SET state = excluded.state, at = excluded.at
                -- Of two statements the later one holds, in whatever order they arrive; and asking
                -- again whether somebody agrees takes nothing from them who did.
                WHERE s.at <= excluded.at AND NOT (excluded.state = 'pending' AND s.state = 'subscribed')
            ), ledger AS (
                INSERT INTO crm.consents (org_id, contact_id, at, id, topic_id, channel, action, basis, purpose,
                                          text_version, text, source, source_id, ip, actor, actor_id)
                SELECT $1, contact_id, at, id, topic_id, channel, action, basis, purpose,
                       text_version, text, source, source_id, ip, actor, actor_id
                FROM known
            )
            SELECT contact_id, topic_id, channel, action FROM known
            "#,
        )
        .bind(org)
        .bind(said.iter().map(|_| ConsentId::generate().uuid()).collect::<Vec<_>>())
        .bind(said.iter().map(|s| s.statement.contact.uuid()).collect::<Vec<_>>())
        .bind(said.iter().map(|s| s.statement.topic.map(TopicId::uuid)).collect::<Vec<_>>())
        .bind(column(|s| s.statement.channel.to_string()))
        .bind(column(|s| s.statement.action.as_str().to_owned()))
        .bind(column(|s| s.statement.action.state().as_str().to_owned()))
        .bind(said.iter().map(|s| s.proof.at.to_sqlx()).collect::<Vec<_>>())
        .bind(column(|s| s.proof.basis.as_str().to_owned()))
        .bind(column(|s| s.proof.purpose.clone()))
        .bind(column(|s| s.proof.text_version.clone()))
        .bind(column(|s| s.proof.text.clone()))
        .bind(column(|s| s.proof.source.clone()))
        .bind(said.iter().map(|s| s.proof.source_id).collect::<Vec<_>>())
        .bind(column(|s| s.proof.ip.clone()))
        .bind(column(|s| s.proof.actor.as_str().to_owned()))
        .bind(said.iter().map(|s| s.proof.actor.id()).collect::<Vec<_>>())
        .fetch_all(self.conn())
        .await?;
        let recorded: Vec<Statement> = rows
            .into_iter()
            .filter_map(|(contact, topic, channel, action)| {
                Some(Statement {
                    contact: contact.into(),
                    topic: topic.map(Into::into),
                    channel: Channel::parse(&channel)?,
                    action: Action::parse(&action)?,
                })
            })
            .collect();
        self.record(&facts(&recorded)).await?;
        let contacts: Vec<ContactId> = recorded.iter().map(|s| s.contact).collect();
        self.watch_consent(&contacts).await?;
        Ok(recorded)
    }

    /// Makes segments look again at people whose consent changed.
    pub async fn watch_consent(&mut self, contacts: &[ContactId]) -> Result<(), DbError> {
        // Beyond some number, looking at everybody once is cheaper than at each alone.
        let few = (contacts.len() <= MAX_ITEMS).then_some(contacts);
        self.tell_of_consent(few).await
    }

    /// Makes segments look again at everybody: a topic means another thing now.
    pub async fn watch_everybodys_consent(&mut self) -> Result<(), DbError> {
        self.tell_of_consent(None).await
    }

    async fn tell_of_consent(&mut self, contacts: Option<&[ContactId]>) -> Result<(), DbError> {
        let ids = contacts.map(|contacts| contacts.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>());
        sqlx::query(
            r#"
            INSERT INTO crm.segment_news (org_id, fields, contacts)
            SELECT $1,
                   ARRAY(SELECT 'topics.' || key FROM crm.topics WHERE org_id = $1)
                       || ARRAY['subscription', 'do_not_contact.email', 'do_not_contact.sms', 'do_not_contact.push'],
                   $2
            "#,
        )
        .bind(self.org.uuid())
        .bind(ids)
        .execute(self.conn())
        .await?;
        self.platform().signal_on_commit(STALE_SEGMENTS);
        Ok(())
    }

    /// What contacts last said, by contact.
    pub async fn subscriptions(
        &mut self,
        contacts: &[ContactId],
    ) -> Result<BTreeMap<ContactId, Vec<Subscription>>, DbError> {
        let (org, ids): (_, Vec<Uuid>) = (self.org.uuid(), contacts.iter().map(|id| id.uuid()).collect());
        let rows: Vec<(Uuid, Uuid, String, String, jiff_sqlx::Timestamp)> = sqlx::query_as(
            r#"
            SELECT contact_id, topic_id, channel, state, at
            FROM crm.subscriptions
            WHERE org_id = $1 AND contact_id = ANY($2)
            ORDER BY contact_id, topic_id, channel
            "#,
        )
        .bind(org)
        .bind(&ids)
        .fetch_all(self.conn())
        .await?;
        let mut found: BTreeMap<ContactId, Vec<Subscription>> = BTreeMap::new();
        for (contact, topic, channel, state, at) in rows {
            let (Some(channel), Some(state)) = (Channel::parse(&channel), State::parse(&state)) else {
                continue;
            };
            found.entry(contact.into()).or_default().push(Subscription {
                topic: topic.into(),
                channel,
                state,
                at: at.to_jiff(),
            });
        }
        Ok(found)
    }

    /// The ledger of a contact behind a position, newest first.
    pub async fn consents(
        &mut self,
        contact: ContactId,
        after: Option<LedgerPosition>,
        limit: i64,
    ) -> Result<Vec<Consent>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<ConsentRow> = sqlx::query_as(
            r#"
            SELECT id, at, topic_id, channel, action, basis, purpose, text_version, text, source, ip, actor
            FROM crm.consents
            WHERE org_id = $1 AND contact_id = $2
              AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4))
            ORDER BY at DESC, id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(after.map(|position| position.at.to_sqlx()))
        .bind(after.map(|position| position.id))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Consent::try_from).collect()
    }

    /// What these people wish of marketing of a topic on a channel at this instant.
    pub async fn wishes(
        &mut self,
        channel: Channel,
        topic: Option<TopicId>,
        contacts: &[ContactId],
        now: Timestamp,
    ) -> Result<Wishes, DbError> {
        let (org, ids): (_, Vec<Uuid>) = (self.org.uuid(), contacts.iter().map(|id| id.uuid()).collect());
        let rows: Vec<(Uuid, bool, Option<i16>, Option<i16>)> = sqlx::query_as(
            r#"
            SELECT a.id, refused.it,
                   CASE WHEN p.frequency_most IS NULL THEN o.frequency_most ELSE p.frequency_most END,
                   CASE WHEN p.frequency_most IS NULL THEN o.frequency_days ELSE p.frequency_days END
            FROM UNNEST($2::uuid[]) AS a (id)
            LEFT JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = a.id
            LEFT JOIN crm.contact_preferences AS p ON p.org_id = $1 AND p.contact_id = a.id
            -- Who chose nothing gets as much as the organisation has for everybody.
            LEFT JOIN crm.privacy_settings AS o ON o.org_id = $1
            LEFT JOIN crm.topics AS t ON t.org_id = $1 AND t.id = $4
            LEFT JOIN crm.subscriptions AS s
                ON s.org_id = $1 AND s.topic_id = $4 AND s.channel = $3 AND s.contact_id = a.id
            LEFT JOIN crm.do_not_contact AS d ON d.org_id = $1 AND d.channel = $3 AND d.address =
                CASE $3 WHEN 'email' THEN c.email
                        WHEN 'sms' THEN regexp_replace(c.phone, '(?!^\+)[^0-9]', '', 'g')
                        ELSE a.id::text END
            CROSS JOIN LATERAL (
                SELECT c.id IS NULL
                    OR COALESCE(p.paused_until > $5, false)
                    OR d.address IS NOT NULL
                    OR ($4::uuid IS NOT NULL AND (
                        t.id IS NULL
                        OR $3 <> ALL(t.channels)
                        OR COALESCE(s.state, t.initial) <> 'subscribed'))
            ) AS refused (it)
            WHERE refused.it OR p.frequency_most IS NOT NULL OR o.frequency_most IS NOT NULL
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(channel.as_str())
        .bind(topic.map(TopicId::uuid))
        .bind(now.to_sqlx())
        .fetch_all(self.conn())
        .await?;
        let mut wishes = Wishes::default();
        for (id, refused, most, days) in rows {
            match most.zip(days) {
                Some((most, days)) if !refused => {
                    wishes.limited.push((id.into(), Frequency { most, days }));
                }
                _ => wishes.refused.push(id.into()),
            }
        }
        Ok(wishes)
    }

    /// Which of these people are written to about each of these topics, on a channel.
    pub async fn standings(
        &mut self,
        channel: Channel,
        pairs: &[(ContactId, TopicId)],
    ) -> Result<Vec<contracts::crm::consent::Standing>, DbError> {
        let org = self.org.uuid();
        let (contacts, topics): (Vec<Uuid>, Vec<Uuid>) = pairs
            .iter()
            .map(|(contact, topic)| (contact.uuid(), topic.uuid()))
            .unzip();
        let rows: Vec<(Uuid, Uuid, String, bool)> = sqlx::query_as(
            r#"
            SELECT a.contact_id, t.id, t.name,
                   $4 = ANY(t.channels) AND COALESCE(s.state, t.initial) = 'subscribed'
            FROM UNNEST($2::uuid[], $3::uuid[]) AS a (contact_id, topic_id)
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = a.contact_id
            JOIN crm.topics AS t ON t.org_id = $1 AND t.id = a.topic_id
            LEFT JOIN crm.subscriptions AS s
                ON s.org_id = $1 AND s.topic_id = t.id AND s.channel = $4 AND s.contact_id = c.id
            "#,
        )
        .bind(org)
        .bind(&contacts)
        .bind(&topics)
        .bind(channel.as_str())
        .fetch_all(self.conn())
        .await?;
        let standing = |(contact, topic, name, subscribed): (Uuid, Uuid, String, bool)| {
            contracts::crm::consent::Standing {
                contact: contact.into(),
                topic: topic.into(),
                name,
                subscribed,
            }
        };
        Ok(rows.into_iter().map(standing).collect())
    }

    /// Requests of double opt-ins that nobody confirmed since before `before`.
    pub async fn unconfirmed(
        &mut self,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<(kernel::OrgId, Statement)>, DbError> {
        let rows: Vec<(Uuid, Uuid, Uuid, String)> = sqlx::query_as(
            r#"
            SELECT org_id, contact_id, topic_id, channel
            FROM crm.subscriptions
            WHERE state = 'pending' AND at < $1
            ORDER BY org_id, topic_id, channel, contact_id
            LIMIT $2
            "#,
        )
        .bind(before.to_sqlx())
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(org, contact, topic, channel)| {
                let statement = Statement {
                    contact: contact.into(),
                    topic: Some(topic.into()),
                    channel: Channel::parse(&channel)?,
                    action: Action::Expired,
                };
                Some((org.into(), statement))
            })
            .collect())
    }
}

/// What others are told: statements alike in one event, of bounded size.
fn facts(recorded: &[Statement]) -> Vec<CrmEvent> {
    let mut alike: BTreeMap<(Action, Option<TopicId>, Channel), Vec<ContactId>> = BTreeMap::new();
    for said in recorded {
        alike
            .entry((said.action, said.topic, said.channel))
            .or_default()
            .push(said.contact);
    }
    let event = |(action, topic, channel): (Action, Option<TopicId>, Channel), contacts: &[ContactId]| {
        CrmEvent::ConsentsRecorded {
            action: action.as_str().to_owned(),
            topic,
            channel,
            contacts: contacts.to_vec(),
        }
    };
    alike
        .iter()
        .flat_map(|(key, contacts)| contacts.chunks(MAX_ITEMS).map(|some| event(*key, some)))
        .collect()
}
