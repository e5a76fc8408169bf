//! crm.segment_changes read backwards: who was in a segment at some time.

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, SegmentId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::contact::Contact;

/// What happened to a segment on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentDay {
    pub day: jiff::civil::Date,
    pub entered: i64,
    pub departed: i64,
}

impl CrmTx {
    /// Who was in at an instant and still exists, the newest contacts first, behind one of them: who
    /// is in now, but for what happened since.
    pub async fn segment_members_at(
        &mut self,
        id: SegmentId,
        at: Timestamp,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Contact>, DbError> {
        let org = self.org.uuid();
        let ids: Vec<Uuid> = sqlx::query_scalar(
            r#"
            WITH moves AS (
                SELECT s.at, s.part, m.contact_id, m.entered
                FROM crm.segment_changes AS s
                CROSS JOIN LATERAL (
                    SELECT contact_id, true AS entered FROM UNNEST(s.entered) AS e (contact_id)
                    UNION ALL
                    SELECT contact_id, false FROM UNNEST(s.departed) AS d (contact_id)
                ) AS m
                WHERE s.org_id = $1 AND s.segment_id = $2 AND s.at > $3
            ), first_moves AS (
                SELECT DISTINCT ON (contact_id) contact_id, entered FROM moves ORDER BY contact_id, at, part
            ), members AS (
                SELECT m.contact_id
                FROM crm.segment_members AS m
                WHERE m.org_id = $1 AND m.segment_id = $2
                  AND NOT EXISTS (SELECT 1 FROM first_moves AS f WHERE f.contact_id = m.contact_id)
                UNION ALL
                -- Whose first move since was to leave was in.
                SELECT contact_id FROM first_moves WHERE NOT entered
            )
            SELECT c.id
            FROM members AS m
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = m.contact_id
            WHERE $4::uuid IS NULL OR c.id < $4
            ORDER BY c.id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(at.to_sqlx())
        .bind(after.map(ContactId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        let ids: Vec<ContactId> = ids.into_iter().map(Into::into).collect();
        let mut contacts = self.contacts(&ids).await?;
        contacts.sort_by_key(|contact| std::cmp::Reverse(contact.id));
        Ok(contacts)
    }

    /// How many entered and left on each day since an instant, as days lie in a zone. Days on which
    /// nothing happened are left out.
    pub async fn segment_days(
        &mut self,
        id: SegmentId,
        since: Timestamp,
        zone: &TimeZone,
    ) -> Result<Vec<SegmentDay>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(jiff_sqlx::Date, i64, i64)> = sqlx::query_as(
            r#"
            SELECT (at AT TIME ZONE $4)::date AS day,
                   sum(cardinality(entered))::bigint,
                   sum(cardinality(departed))::bigint
            FROM crm.segment_changes
            WHERE org_id = $1 AND segment_id = $2 AND at >= $3
            GROUP BY day
            ORDER BY day
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(since.to_sqlx())
        .bind(zone.iana_name().unwrap_or("UTC"))
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(day, entered, departed)| SegmentDay {
                day: day.to_jiff(),
                entered,
                departed,
            })
            .collect())
    }
}
