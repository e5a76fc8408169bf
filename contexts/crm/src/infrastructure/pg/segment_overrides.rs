//! crm.segment_overrides: who stands in a segment, or out of it, whatever its rule says.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, SegmentId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    contacts::{Row, contact_columns},
    segment_staleness::STALE_SEGMENTS,
};
use crate::domain::contact::Contact;

/// Somebody who was put into a segment, or taken out, by hand.
#[derive(Debug)]
pub struct Override {
    pub contact: Contact,
    pub included: bool,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct OverrideRow {
    #[sqlx(flatten)]
    contact: Row,
    included: bool,
    at: jiff_sqlx::Timestamp,
}

impl CrmTx {
    /// Who was put in or taken out, the newest contacts first, behind one of them.
    pub async fn segment_overrides(
        &mut self,
        id: SegmentId,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<Override>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<OverrideRow> = sqlx::query_as(concat!(
            "SELECT ",
            contact_columns!(),
            r#", o.included, o.at
            FROM crm.segment_overrides AS o
            JOIN crm.contacts AS c ON c.org_id = $1 AND c.id = o.contact_id
            WHERE o.org_id = $1
              AND o.segment_id = $2
              AND ($3::uuid IS NULL OR o.contact_id < $3)
            ORDER BY o.contact_id DESC
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
                Ok(Override {
                    contact: row.contact.try_into()?,
                    included: row.included,
                    at: row.at.to_jiff(),
                })
            })
            .collect()
    }

    /// Puts contacts in, or takes them out; the last word counts. Returns how many exist.
    pub async fn override_segment(
        &mut self,
        id: SegmentId,
        contacts: &[ContactId],
        included: bool,
        actor: (&str, Option<Uuid>),
    ) -> Result<u64, DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let written = sqlx::query(
            r#"
            INSERT INTO crm.segment_overrides (org_id, segment_id, contact_id, included, actor, actor_id, at)
            SELECT $1, $2, c.id, $4, $5, $6, $7
            FROM crm.contacts AS c
            WHERE c.org_id = $1 AND c.id = ANY($3)
            ORDER BY c.id
            ON CONFLICT (org_id, segment_id, contact_id)
            DO UPDATE SET included = excluded.included, actor = excluded.actor, actor_id = excluded.actor_id,
                          at = excluded.at
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(&ids)
        .bind(included)
        .bind(actor.0)
        .bind(actor.1)
        .bind(now.to_sqlx())
        .execute(self.conn())
        .await?;
        self.look_again(id, &ids).await?;
        Ok(written.rows_affected())
    }

    /// Lets the rule decide about contacts again. Returns of how many it did not.
    pub async fn forget_overrides(&mut self, id: SegmentId, contacts: &[ContactId]) -> Result<u64, DbError> {
        let org = self.org.uuid();
        let ids: Vec<Uuid> = contacts.iter().map(|id| id.uuid()).collect();
        let forgotten = sqlx::query(
            "DELETE FROM crm.segment_overrides WHERE org_id = $1 AND segment_id = $2 AND contact_id = ANY($3)",
        )
        .bind(org)
        .bind(id.uuid())
        .bind(&ids)
        .execute(self.conn())
        .await?;
        self.look_again(id, &ids).await?;
        Ok(forgotten.rows_affected())
    }

    /// Has a segment look at some contacts again.
    async fn look_again(&mut self, id: SegmentId, contacts: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.segments
            SET changes = changes + 1, pending = pending || $3
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(contacts)
        .execute(self.conn())
        .await?;
        self.inner.signal_on_commit(STALE_SEGMENTS);
        Ok(())
    }
}
