//! Rebuilding a segment: one difference between who matches now and who stands in it.
//!
//! The difference is read ([`super::segment_difference`]) and written by statements of their own, since
//! PostgreSQL reads in parallel only where it does not write: for a million contacts that is the larger
//! half of the time, and all of it when nothing has changed. Between them nobody else writes members of
//! the segment, as [`CrmTx::lock_segment`] sees to.

use std::time::Duration;

use contracts::{crm::CrmEvent, event::MAX_ITEMS};
use jiff_sqlx::ToSqlx;
use kernel::{ContactId, SegmentId, Timestamp};
use platform::DbError;
use serde_json::Value;
use uuid::Uuid;

use super::{
    CrmTx,
    segment_difference::Difference,
    segment_staleness::{News, tell_segments},
};
use crate::domain::{rule::segment_mention, segment::SegmentProblem};

/// A segment as its rebuild begins.
#[derive(Debug)]
pub struct RebuildStart {
    pub rule: Value,
    /// How many changes the rebuild will have seen.
    pub changes: i64,
    /// Whether everybody must be looked at.
    pub full: bool,
    /// Otherwise who.
    pub pending: Vec<Uuid>,
    pub member_count: i64,
    /// Until when it is listed whose answer time alone will change.
    pub listed_until: Option<Timestamp>,
    /// Whether people were put in or taken out by hand.
    pub overridden: bool,
}

#[derive(sqlx::FromRow)]
struct StartRow {
    rule: Value,
    changes: i64,
    full: bool,
    pending: Vec<Uuid>,
    member_count: i64,
    listed_until: Option<jiff_sqlx::Timestamp>,
    overridden: bool,
}

impl From<StartRow> for RebuildStart {
    fn from(row: StartRow) -> Self {
        Self {
            rule: row.rule,
            changes: row.changes,
            full: row.full,
            pending: row.pending,
            member_count: row.member_count,
            listed_until: row.listed_until.map(jiff_sqlx::Timestamp::to_jiff),
            overridden: row.overridden,
        }
    }
}

/// What a rebuild did.
#[derive(Clone, Copy, Debug)]
pub struct Rebuilt {
    /// How many are in the segment now.
    pub members: i64,
    /// [`RebuildStart::changes`]
    pub changes: i64,
    /// How many of the pending ones it had read.
    pub pending: usize,
    /// Whether everybody was looked at.
    pub full: bool,
    /// When everybody must be looked at again; kept as it is when only some were.
    pub due_at: Option<Timestamp>,
    /// [`RebuildStart::listed_until`]
    pub listed_until: Option<Timestamp>,
}

impl CrmTx {
    /// Waits until nobody else rebuilds the segment, and keeps it so until this transaction ends.
    pub async fn lock_segment(&mut self, id: SegmentId) -> Result<(), DbError> {
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('crm.segment ' || $1::text, 0))")
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// The same without waiting. Returns whether nobody else is at it.
    pub async fn try_lock_segment(&mut self, id: SegmentId) -> Result<bool, DbError> {
        Ok(sqlx::query_scalar(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('crm.segment ' || $1::text, 0))",
        )
        .bind(id.uuid())
        .fetch_one(self.conn())
        .await?)
    }

    /// What a rebuild begins with. Read after the lock and before the difference, so that whatever
    /// is marked as changed later is not taken for seen.
    pub async fn begin_rebuild(&mut self, id: SegmentId) -> Result<Option<RebuildStart>, DbError> {
        let org = self.org.uuid();
        let row: Option<StartRow> = sqlx::query_as(
            r#"
            SELECT rule, changes, full_at > changes_seen AS full, pending, member_count, listed_until,
                   EXISTS (SELECT 1 FROM crm.segment_overrides AS o WHERE o.org_id = $1 AND o.segment_id = $2)
                       AS overridden
            FROM crm.segments
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(Into::into))
    }

    /// Ends a statement of this transaction that takes longer.
    pub async fn limit_statements(&mut self, patience: Duration) -> Result<(), DbError> {
        sqlx::query("SELECT set_config('statement_timeout', $1, true)")
            .bind(format!("{}ms", patience.as_millis().max(1)))
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Writes who entered and left: membership, history and the fact for others.
    pub async fn write_difference(&mut self, id: SegmentId, difference: &Difference) -> Result<(), DbError> {
        if difference.is_empty() {
            return Ok(());
        }
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(WRITE)
            .bind(org)
            .bind(id.uuid())
            .bind(now.to_sqlx())
            .bind(&difference.entered)
            .bind(&difference.departed)
            .bind(i64::try_from(MAX_ITEMS).unwrap_or(i64::MAX))
            .execute(self.conn())
            .await?;
        // As JSON, a million identifiers would take much memory at once.
        let events = events(id, difference);
        for some in events.chunks(20) {
            self.record(some).await?;
        }
        self.tell_users(id, difference).await
    }

    /// Notes a rebuild that ended well.
    pub async fn finish_rebuild(&mut self, id: SegmentId, rebuilt: Rebuilt) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            r#"
            UPDATE crm.segments AS s
            SET member_count = $3, changes_seen = $4, rebuilt_at = $5, problem = NULL,
                -- Those added since the rebuild began stand behind the ones that it read.
                pending = s.pending[$6 + 1:],
                rebuild_ms = CASE WHEN $7 THEN t.ms ELSE s.rebuild_ms END,
                -- At most a twentieth of the time goes into looking at everybody, and half into looking at
                -- who changed; the one does not hold up the other.
                rest_until = CASE WHEN $7 THEN $5 ELSE $5 + t.ms * interval '1 millisecond' END,
                full_rest_until = CASE WHEN $7 THEN $5 + t.ms * interval '20 milliseconds' ELSE s.full_rest_until END,
                due_at = CASE WHEN $7 THEN $8 ELSE s.due_at END,
                listed_until = $9
            FROM (SELECT (extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::bigint AS ms) AS t
            WHERE s.org_id = $1 AND s.id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(rebuilt.members)
        .bind(rebuilt.changes)
        .bind(now.to_sqlx())
        .bind(i32::try_from(rebuilt.pending).unwrap_or(i32::MAX - 1))
        .bind(rebuilt.full)
        .bind(rebuilt.due_at.map(|at| at.to_sqlx()))
        .bind(rebuilt.listed_until.map(|at| at.to_sqlx()))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Notes a rebuild that failed, and leaves the segment alone for a while.
    pub async fn fail_rebuild(
        &mut self,
        id: SegmentId,
        problem: SegmentProblem,
        rest: Duration,
    ) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            r#"
            UPDATE crm.segments
            SET problem = $3, rest_until = $4 + $5 * interval '1 millisecond'
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .bind(problem.as_str())
        .bind(now.to_sqlx())
        .bind(i64::try_from(rest.as_millis()).unwrap_or(i64::MAX))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Those that look at this segment must look at whoever entered or left.
    async fn tell_users(&mut self, id: SegmentId, difference: &Difference) -> Result<(), DbError> {
        let moved = difference.entered.iter().chain(&difference.departed);
        let moved = moved.map(|id| ContactId::from_uuid(*id)).collect();
        let news = News::of(self.org, vec![segment_mention(id)], moved);
        tell_segments(&mut self.inner, &[news]).await
    }
}

/// Members and history in one statement. The history has one row for each thousand who entered or
/// left. No `ON CONFLICT`: whoever writes members holds the segment's lock, and looking for conflicts
/// that cannot be would cost as much again as the insert.
const WRITE: &str = r#"
    WITH gone AS (
        DELETE FROM crm.segment_members AS m
        USING UNNEST($5::uuid[]) AS d (contact_id)
        WHERE m.org_id = $1 AND m.segment_id = $2 AND m.contact_id = d.contact_id
    ), came AS (
        INSERT INTO crm.segment_members (org_id, segment_id, contact_id, entered_at)
        SELECT $1, $2, e.contact_id, $3
        FROM UNNEST($4::uuid[]) AS e (contact_id)
    ), parts AS (
        SELECT COALESCE(e.part, d.part) AS part,
               COALESCE(e.ids, '{}') AS entered,
               COALESCE(d.ids, '{}') AS departed
        FROM (
            SELECT (n - 1) / $6 AS part, array_agg(contact_id) AS ids
            FROM UNNEST($4::uuid[]) WITH ORDINALITY AS t (contact_id, n)
            GROUP BY 1
        ) AS e
        FULL JOIN (
            SELECT (n - 1) / $6 AS part, array_agg(contact_id) AS ids
            FROM UNNEST($5::uuid[]) WITH ORDINALITY AS t (contact_id, n)
            GROUP BY 1
        ) AS d ON d.part = e.part
    )
    INSERT INTO crm.segment_changes (org_id, segment_id, at, part, entered, departed)
    SELECT $1, $2, $3, COALESCE(last.part + 1, 0) + parts.part, parts.entered, parts.departed
    FROM parts
    -- Two differences may fall into the same instant.
    CROSS JOIN (
        SELECT max(part) AS part FROM crm.segment_changes WHERE org_id = $1 AND segment_id = $2 AND at = $3
    ) AS last
"#;

/// The facts, none with more than [`MAX_ITEMS`] people.
fn events(segment: SegmentId, difference: &Difference) -> Vec<CrmEvent> {
    let ids = |ids: &[Uuid]| ids.iter().map(|id| ContactId::from_uuid(*id)).collect();
    let entered = difference
        .entered
        .chunks(MAX_ITEMS)
        .map(|entered| CrmEvent::SegmentMembershipChanged {
            segment,
            entered: ids(entered),
            left: Vec::new(),
        });
    let left = difference
        .departed
        .chunks(MAX_ITEMS)
        .map(|left| CrmEvent::SegmentMembershipChanged {
            segment,
            entered: Vec::new(),
            left: ids(left),
        });
    entered.chain(left).collect()
}
