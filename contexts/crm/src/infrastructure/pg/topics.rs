//! crm.topics.

use contracts::crm::consent::Channel;
use jiff_sqlx::ToSqlx;
use kernel::TopicId;
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::{consent::State, topic::Topic};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    key: String,
    name: String,
    description: String,
    channels: Vec<String>,
    initial: String,
    public: bool,
    double_opt_in: bool,
    consent_text: String,
    text_version: i32,
    position: i32,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Topic {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = TopicId::from_uuid(row.id);
        let initial = State::parse(&row.initial);
        Ok(Topic {
            id,
            key: row.key,
            name: row.name,
            description: row.description,
            channels: row.channels.iter().filter_map(|c| Channel::parse(c)).collect(),
            initial: initial.ok_or_else(|| DbError::InconsistentRow {
                table: "crm.topics",
                column: "initial",
                id: id.to_string(),
            })?,
            public: row.public,
            double_opt_in: row.double_opt_in,
            consent_text: row.consent_text,
            text_version: row.text_version,
            position: row.position,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// How many people a topic concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct TopicCounts {
    pub subscribed: i64,
    pub pending: i64,
    pub unsubscribed: i64,
}

fn words(channels: &[Channel]) -> Vec<&'static str> {
    channels.iter().map(|channel| channel.as_str()).collect()
}

impl CrmTx {
    /// All topics, in their order.
    pub async fn topics(&mut self) -> Result<Vec<Topic>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT id, key, name, description, channels, initial, public, double_opt_in, consent_text,
                   text_version, position, created_at, updated_at
            FROM crm.topics
            WHERE org_id = $1
            ORDER BY position, id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Topic::try_from).collect()
    }

    /// One topic.
    pub async fn topic(&mut self, id: TopicId) -> Result<Option<Topic>, DbError> {
        Ok(self.topics().await?.into_iter().find(|topic| topic.id == id))
    }

    /// Puts a new topic behind the others. Returns false when its key is taken.
    pub async fn insert_topic(&mut self, topic: &Topic) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let inserted = sqlx::query(
            r#"
            INSERT INTO crm.topics (org_id, id, key, name, description, channels, initial, public, double_opt_in,
                                    consent_text, text_version, position, created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce(max(position) + 1, 0), $12, $12
            FROM crm.topics
            WHERE org_id = $1
            ON CONFLICT (org_id, key) DO NOTHING
            "#,
        )
        .bind(org)
        .bind(topic.id.uuid())
        .bind(&topic.key)
        .bind(&topic.name)
        .bind(&topic.description)
        .bind(words(&topic.channels))
        .bind(topic.initial.as_str())
        .bind(topic.public)
        .bind(topic.double_opt_in)
        .bind(&topic.consent_text)
        .bind(topic.text_version)
        .bind(topic.created_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Writes what can change of a topic. Returns whether it exists.
    pub async fn update_topic(&mut self, topic: &Topic) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let updated = sqlx::query(
            r#"
            UPDATE crm.topics
            SET name = $3, description = $4, channels = $5, initial = $6, public = $7, double_opt_in = $8,
                consent_text = $9, text_version = $10, updated_at = $11
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(topic.id.uuid())
        .bind(&topic.name)
        .bind(&topic.description)
        .bind(words(&topic.channels))
        .bind(topic.initial.as_str())
        .bind(topic.public)
        .bind(topic.double_opt_in)
        .bind(&topic.consent_text)
        .bind(topic.text_version)
        .bind(topic.updated_at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Gives topics the order in which they are named.
    pub async fn order_topics(&mut self, ids: &[TopicId]) -> Result<(), DbError> {
        let (org, ids): (_, Vec<Uuid>) = (self.org.uuid(), ids.iter().map(|id| id.uuid()).collect());
        sqlx::query(
            r#"
            UPDATE crm.topics AS t
            SET position = o.place - 1
            FROM UNNEST($2::uuid[]) WITH ORDINALITY AS o (id, place)
            WHERE t.org_id = $1 AND t.id = o.id AND t.position <> o.place - 1
            "#,
        )
        .bind(org)
        .bind(&ids)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Deletes a topic and where people stand with it; what they said stays in the ledger. Returns
    /// whether it existed.
    pub async fn delete_topic(&mut self, id: TopicId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let deleted = sqlx::query(
            r#"
            WITH states AS (
                DELETE FROM crm.subscriptions WHERE org_id = $1 AND topic_id = $2
            )
            DELETE FROM crm.topics WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        Ok(deleted.rows_affected() == 1)
    }

    /// How many people said what of each topic, on any of its channels.
    pub async fn topic_counts(&mut self) -> Result<std::collections::HashMap<TopicId, TopicCounts>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
            r#"
            SELECT topic_id,
                   count(DISTINCT contact_id) FILTER (WHERE state = 'subscribed'),
                   count(DISTINCT contact_id) FILTER (WHERE state = 'pending'),
                   count(DISTINCT contact_id) FILTER (WHERE state = 'unsubscribed')
            FROM crm.subscriptions
            WHERE org_id = $1
            GROUP BY topic_id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        let counts = |(id, subscribed, pending, unsubscribed): (Uuid, i64, i64, i64)| {
            let counts = TopicCounts {
                subscribed,
                pending,
                unsubscribed,
            };
            (TopicId::from_uuid(id), counts)
        };
        Ok(rows.into_iter().map(counts).collect())
    }
}
