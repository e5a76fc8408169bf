//! crm.audiences and crm.audience_members: the recipients of campaigns.

use contracts::crm::{AudienceCounts, AudienceSpec, consent::Channel};
use jiff_sqlx::ToSqlx;
use kernel::{AudienceId, ContactId, SegmentId};
use platform::DbError;
use serde_json::Value;
use sqlx::{FromRow, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{
    CrmTx,
    contacts::{Row, contact_columns},
};
use crate::domain::contact::Contact;

#[derive(sqlx::FromRow)]
struct Counts {
    matching: i64,
    reachable: i64,
    will_receive: i64,
}

impl From<Counts> for AudienceCounts {
    fn from(row: Counts) -> Self {
        Self {
            matching: row.matching,
            reachable: row.reachable,
            will_receive: row.will_receive,
        }
    }
}

/// The people of a specification, with their address on the channel `$6` and whether it may be written
/// to. Of several devices one stands for all: it is there or it is not. It reads contacts and asks of
/// each whether they belong to it: so each comes once, in however many of the segments they stand.
macro_rules! people {
    () => {
        r#"
        SELECT c.id,
               -- Who does not hear of the topic cannot be reached with it.
               CASE WHEN $4::uuid IS NULL OR COALESCE(s.state, t.initial) = 'subscribed' THEN a.address END AS address,
               d.address IS NOT NULL OR COALESCE(p.paused_until > $5, false) AS suppressed
        FROM crm.contacts AS c
        CROSS JOIN LATERAL (
            SELECT CASE $6
                WHEN 'email' THEN c.email
                -- As kernel::PhoneNumber reads it.
                WHEN 'sms' THEN CASE
                    WHEN btrim(c.phone) ~ '^\+[0-9 ./()-]*$'
                     AND regexp_replace(c.phone, '[^0-9]', '', 'g') ~ '^[1-9][0-9]{6,14}$'
                    THEN '+' || regexp_replace(c.phone, '[^0-9]', '', 'g') END
                ELSE (SELECT c.id::text WHERE EXISTS (
                    SELECT 1 FROM crm.devices AS v
                    WHERE v.org_id = $1 AND v.contact_id = c.id AND v.push_token IS NOT NULL))
            END AS address
        ) AS a
        LEFT JOIN crm.do_not_contact AS d ON d.org_id = $1 AND d.channel = $6 AND d.address = a.address
        LEFT JOIN crm.contact_preferences AS p ON p.org_id = $1 AND p.contact_id = c.id
        LEFT JOIN crm.topics AS t ON t.org_id = $1 AND t.id = $4 AND $6 = ANY(t.channels)
        LEFT JOIN crm.subscriptions AS s
            ON s.org_id = $1 AND s.topic_id = t.id AND s.channel = $6 AND s.contact_id = c.id
        WHERE c.org_id = $1
          AND EXISTS (
            SELECT 1 FROM crm.segment_members AS m
            WHERE m.org_id = $1 AND m.segment_id = ANY($2) AND m.contact_id = c.id
          )
          AND NOT EXISTS (
            SELECT 1 FROM crm.segment_members AS x
            WHERE x.org_id = $1 AND x.segment_id = ANY($3) AND x.contact_id = c.id
          )
        "#
    };
}

macro_rules! counts {
    () => {
        "count(*) AS matching, count(address) AS reachable, \
         count(address) FILTER (WHERE NOT suppressed) AS will_receive"
    };
}

/// A member, and their contact unless it was deleted since.
struct PageRow {
    member: Uuid,
    contact: Option<Row>,
}

impl<'r> FromRow<'r, PgRow> for PageRow {
    fn from_row(row: &'r PgRow) -> Result<Self, sqlx::Error> {
        let exists = row.try_get::<Option<Uuid>, _>("id")?.is_some();
        Ok(Self {
            member: row.try_get("member_id")?,
            contact: if exists { Some(Row::from_row(row)?) } else { None },
        })
    }
}

/// Some of a frozen audience.
#[derive(Debug, Default)]
pub struct AudienceRows {
    pub people: Vec<Contact>,
    pub next: Option<ContactId>,
}

impl CrmTx {
    /// The three numbers, by the members that stand there.
    pub async fn count_audience(
        &mut self,
        spec: &AudienceSpec,
        channel: Channel,
    ) -> Result<AudienceCounts, DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let row: Counts = sqlx::query_as(concat!("SELECT ", counts!(), " FROM (", people!(), ") AS people"))
            .bind(org)
            .bind(uuids(&spec.include))
            .bind(uuids(&spec.exclude))
            .bind(spec.topic.map(kernel::TopicId::uuid))
            .bind(now.to_sqlx())
            .bind(channel.as_str())
            // Planned for these very segments.
            .persistent(false)
            .fetch_one(self.conn())
            .await?;
        Ok(row.into())
    }

    /// The numbers of an audience that is frozen already.
    pub async fn frozen_audience(&mut self, id: AudienceId) -> Result<Option<AudienceCounts>, DbError> {
        let org = self.org.uuid();
        let row: Option<Counts> = sqlx::query_as(
            "SELECT matching, reachable, will_receive FROM crm.audiences WHERE org_id = $1 AND id = $2",
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Into::into))
    }

    /// Writes down everybody with an address of the channel who hears of the topic, if there is one. Returns
    /// nothing when somebody else froze it meanwhile.
    pub async fn freeze_audience(
        &mut self,
        id: AudienceId,
        spec: &AudienceSpec,
        channel: Channel,
    ) -> Result<Option<AudienceCounts>, DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let spec_json: Value = serde_json::to_value(spec)?;
        let row: Option<Counts> = sqlx::query_as(concat!(
            "WITH people AS MATERIALIZED (",
            people!(),
            "), counted AS (SELECT ",
            counts!(),
            r#" FROM people
            ), frozen AS (
                INSERT INTO crm.audiences (org_id, id, spec, matching, reachable, will_receive, frozen_at)
                SELECT $1, $7, $8, matching, reachable, will_receive, $5 FROM counted
                -- Only who writes this row writes the members.
                ON CONFLICT DO NOTHING
                RETURNING matching, reachable, will_receive
            ), members AS (
                INSERT INTO crm.audience_members (org_id, audience_id, contact_id)
                SELECT $1, $7, people.id FROM people CROSS JOIN frozen
                WHERE people.address IS NOT NULL
                ORDER BY people.id
            )
            SELECT matching, reachable, will_receive FROM frozen
            "#
        ))
        .bind(org)
        .bind(uuids(&spec.include))
        .bind(uuids(&spec.exclude))
        .bind(spec.topic.map(kernel::TopicId::uuid))
        .bind(now.to_sqlx())
        .bind(channel.as_str())
        .bind(id.uuid())
        .bind(&spec_json)
        .persistent(false)
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Into::into))
    }

    /// The people of a frozen audience behind one of them, in the order of their ids.
    pub async fn audience_page(
        &mut self,
        id: AudienceId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<AudienceRows, DbError> {
        let org = self.org.uuid();
        let rows: Vec<PageRow> = sqlx::query_as(concat!(
            "SELECT m.contact_id AS member_id, ",
            contact_columns!(),
            r#"
            FROM (
                SELECT contact_id FROM crm.audience_members
                WHERE org_id = $1
                  AND audience_id = $2
                  AND contact_id > COALESCE($3, '00000000-0000-0000-0000-000000000000')
                ORDER BY contact_id
                LIMIT $4
            ) AS m
            LEFT JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = m.contact_id
            ORDER BY m.contact_id
            "#
        ))
        .bind(org)
        .bind(id.uuid())
        .bind(after.map(ContactId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        let full = i64::try_from(rows.len()).is_ok_and(|n| n >= limit);
        let next = rows.last().filter(|_| full).map(|row| row.member.into());
        let people = rows
            .into_iter()
            .filter_map(|row| row.contact)
            .map(Contact::try_from);
        Ok(AudienceRows {
            people: people.collect::<Result<_, _>>()?,
            next,
        })
    }

    /// Forgets an audience.
    pub async fn release_audience(&mut self, id: AudienceId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH members AS (
                DELETE FROM crm.audience_members WHERE org_id = $1 AND audience_id = $2
            )
            DELETE FROM crm.audiences WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

fn uuids(ids: &[SegmentId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
