//! crm.segment_members and crm.segment_changes as people look at them.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, SegmentId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{
    CrmTx,
    contacts::{Row, contact_columns},
};
use crate::domain::contact::Contact;

/// A contact in a segment.
#[derive(Debug)]
pub struct Member {
    pub contact: Contact,
    pub entered_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    #[sqlx(flatten)]
    contact: Row,
    entered_at: jiff_sqlx::Timestamp,
}

/// Somebody who entered or left, if they still exist.
#[derive(Debug)]
pub struct Move {
    pub at: Timestamp,
    pub contact: Contact,
    pub entered: bool,
}

#[derive(sqlx::FromRow)]
struct MoveRow {
    #[sqlx(flatten)]
    contact: Row,
    at: jiff_sqlx::Timestamp,
    entered: bool,
}

impl CrmTx {
    /// Members, the newest contacts first, behind one of them.
    pub async fn segment_members(
        &mut self,
        id: SegmentId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Member>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<MemberRow> = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            r#", m.entered_at
            FROM crm.segment_members AS m
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = m.contact_id
            WHERE m.org_id = $1
              AND m.segment_id = $2
              AND ($3::uuid IS NULL OR m.contact_id < $3)
            ORDER BY m.contact_id DESC
            LIMIT $4
            "#
        ))
        .bind(org)
        .bind(id.uuid())
        .bind(after.map(ContactId::uuid))
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Member {
                    contact: row.contact.try_into()?,
                    entered_at: row.entered_at.to_jiff(),
                })
            })
            .collect()
    }

    /// Who entered and left last, the latest first.
    pub async fn segment_moves(&mut self, id: SegmentId, limit: i64) -> Result<Vec<Move>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<MoveRow> = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            r#", p.at, p.entered
            FROM (
                SELECT s.at, s.part, i.contact_id, i.entered
                FROM (
                    SELECT * FROM crm.segment_changes
                    WHERE org_id = $1 AND segment_id = $2
                    ORDER BY at DESC, part DESC
                    -- Each row has somebody in it.
                    LIMIT $3
                ) AS s
                CROSS JOIN LATERAL (
                    SELECT contact_id, true AS entered FROM UNNEST(s.entered[1:$3]) AS e (contact_id)
                    UNION ALL
                    SELECT contact_id, false FROM UNNEST(s.departed[1:$3]) AS d (contact_id)
                ) AS i
                ORDER BY s.at DESC, s.part DESC
                LIMIT $3
            ) AS p
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = p.contact_id
            ORDER BY p.at DESC, c.id DESC
            "#
        ))
        .bind(org)
        .bind(id.uuid())
        .bind(i32::try_from(limit).unwrap_or(i32::MAX))
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Move {
                    at: row.at.to_jiff(),
                    contact: row.contact.try_into()?,
                    entered: row.entered,
                })
            })
            .collect()
    }

    /// The names of the segments that a contact stands in, and since when.
    pub async fn segments_of(
        &mut self,
        contact: ContactId,
    ) -> Result<Vec<(SegmentId, String, Timestamp)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, String, jiff_sqlx::Timestamp)> = sqlx::query_as(
            r#"
            SELECT s.id, s.name, m.entered_at
            FROM crm.segments AS s
            JOIN crm.segment_members AS m ON m.org_id = $1 AND m.segment_id = s.id AND m.contact_id = $2
            WHERE s.org_id = $1
            ORDER BY lower(s.name)
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, at)| (id.into(), name, at.to_jiff()))
            .collect())
    }
}

/// Forgets who entered and left before an instant, of all organisations; a bounded number at a time.
pub async fn forget_segment_changes(tx: &mut Tx, before: Timestamp, limit: i64) -> Result<u64, DbError> {
    let forgotten = sqlx::query(
        r#"
        DELETE FROM crm.segment_changes
        WHERE (org_id, segment_id, at, part) IN (
            SELECT org_id, segment_id, at, part FROM crm.segment_changes WHERE at < $1 ORDER BY at LIMIT $2
        )
        "#,
    )
    .bind(before.to_sqlx())
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(forgotten.rows_affected())
}
