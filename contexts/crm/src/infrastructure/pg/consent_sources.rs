//! crm.consents by what took them down: an import or a change to many, of which they are taken back.

use contracts::crm::consent::Channel;
use kernel::{ContactId, TopicId};
use platform::DbError;
use std::collections::HashSet;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::consent::Basis;

/// Something that was said and still stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub contact: ContactId,
    pub topic: TopicId,
    pub channel: Channel,
    /// By which right and in which words it was said before; of a yes, unknown.
    pub basis: Basis,
    pub text: String,
}

impl CrmTx {
    /// Those of some people whose address or number on a channel may not be contacted at all.
    pub async fn unreachable(
        &mut self,
        contacts: &[ContactId],
        channel: Channel,
    ) -> Result<HashSet<ContactId>, DbError> {
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let found: Vec<Uuid> = sqlx::query_scalar(
            r#"
            SELECT c.id
            FROM crm.contacts AS c
            JOIN crm.do_not_contact AS d ON d.org_id = $1 AND d.channel = $3
             AND d.address = CASE $3
                WHEN 'email' THEN c.email
                WHEN 'sms' THEN regexp_replace(c.phone, '(?!^\+)[^0-9]', '', 'g')
                ELSE c.id::text END
            WHERE c.org_id = $1 AND c.id = ANY($2)
            "#,
        )
        .bind(org)
        .bind(&ids)
        .bind(channel.as_str())
        .fetch_all(self.conn())
        .await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// Some of the subscriptions that an import or a change to many made and of which nobody has said
    /// anything else since.
    pub async fn subscriptions_made_by(
        &mut self,
        source: Uuid,
        limit: i64,
    ) -> Result<Vec<Standing>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT c.contact_id, c.topic_id, c.channel, c.basis, c.text
            FROM crm.consents AS c
            JOIN crm.subscriptions AS s
              ON s.org_id = $1 AND s.topic_id = c.topic_id AND s.channel = c.channel AND s.contact_id = c.contact_id
             AND s.at = c.at AND s.state IN ('subscribed', 'pending')
            WHERE c.org_id = $1 AND c.source_id = $2 AND c.action IN ('granted', 'requested')
            ORDER BY c.contact_id
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(source)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().filter_map(standing).collect())
    }

    /// Some of the subscriptions that a change to many ended, of people who had said yes before or were
    /// counted as having, and of which nobody has said anything else since.
    pub async fn subscriptions_ended_by(
        &mut self,
        source: Uuid,
        limit: i64,
    ) -> Result<Vec<Standing>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT c.contact_id, c.topic_id, c.channel, COALESCE(p.basis, 'unknown'), COALESCE(p.text, '')
            FROM crm.consents AS c
            JOIN crm.topics AS t ON t.org_id = $1 AND t.id = c.topic_id
            JOIN crm.subscriptions AS s
              ON s.org_id = $1 AND s.topic_id = c.topic_id AND s.channel = c.channel AND s.contact_id = c.contact_id
             AND s.at = c.at AND s.state = 'unsubscribed'
            LEFT JOIN LATERAL (
                SELECT b.action, b.basis, b.text
                FROM crm.consents AS b
                WHERE b.org_id = $1 AND b.contact_id = c.contact_id AND b.topic_id = c.topic_id
                  AND b.channel = c.channel AND (b.at, b.id) < (c.at, c.id)
                ORDER BY b.at DESC, b.id DESC
                LIMIT 1
            ) AS p ON true
            WHERE c.org_id = $1 AND c.source_id = $2 AND c.action = 'withdrawn'
              AND CASE WHEN p.action IS NULL THEN t.initial = 'subscribed' ELSE p.action = 'granted' END
            ORDER BY c.contact_id
            LIMIT $3
            "#,
        )
        .bind(org)
        .bind(source)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().filter_map(standing).collect())
    }
}

type Row = (Uuid, Uuid, String, String, String);

fn standing((contact, topic, channel, basis, text): Row) -> Option<Standing> {
    Some(Standing {
        contact: contact.into(),
        topic: topic.into(),
        channel: Channel::parse(&channel)?,
        basis: Basis::parse(&basis).unwrap_or(Basis::Unknown),
        text,
    })
}
