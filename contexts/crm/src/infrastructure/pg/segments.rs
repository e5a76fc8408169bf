//! crm.segments.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, EmailAddress, OrgId, SegmentId, Timestamp};
use platform::{DbError, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::segment::{Dependencies, Segment, SegmentGraph, SegmentProblem, SegmentTitle};

/// Signalled when segments have become stale.
pub const STALE_SEGMENTS: &str = "crm.stale_segments";

macro_rules! segment_columns {
    () => {
        "s.id, s.name, s.description, s.rule, s.version, s.uses, s.relative, s.member_count, s.rebuilt_at, \
         s.rebuild_ms, s.due_at, s.changes > s.changes_seen AS stale, s.problem, s.created_at, s.updated_at"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: String,
    rule: Value,
    version: i32,
    uses: Vec<Uuid>,
    relative: bool,
    member_count: i64,
    rebuilt_at: Option<jiff_sqlx::Timestamp>,
    rebuild_ms: i64,
    due_at: Option<jiff_sqlx::Timestamp>,
    stale: bool,
    problem: Option<String>,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Segment {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let id = SegmentId::from_uuid(row.id);
        let inconsistent = || DbError::InconsistentRow {
            table: "crm.segments",
            column: "problem",
            id: id.to_string(),
        };
        let problem = row
            .problem
            .map(|word| SegmentProblem::parse(&word).ok_or_else(inconsistent))
            .transpose()?;
        Ok(Segment {
            id,
            name: row.name,
            description: row.description,
            rule: row.rule,
            version: row.version,
            uses: row.uses.into_iter().map(Into::into).collect(),
            relative: row.relative,
            member_count: row.member_count,
            rebuilt_at: row.rebuilt_at.map(jiff_sqlx::Timestamp::to_jiff),
            rebuild_ms: row.rebuild_ms,
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
            stale: row.stale,
            problem,
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// What is written of a segment when it is made or changed.
#[derive(Clone, Copy, Debug)]
pub struct SegmentWrite<'a> {
    pub id: SegmentId,
    pub title: &'a SegmentTitle,
    pub rule: &'a Value,
    pub dependencies: &'a Dependencies,
    pub now: Timestamp,
}

/// Why a segment was not written.
#[derive(Debug, thiserror::Error)]
pub enum SegmentWriteError {
    /// Another one is called so.
    #[error("another segment has this name")]
    NameTaken,
    /// It is not there, or no longer in the version that was edited.
    #[error("the segment has changed in the meantime")]
    Changed,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<sqlx::Error> for SegmentWriteError {
    fn from(error: sqlx::Error) -> Self {
        match DbError::from(error) {
            error if error.violates("segments_name") => SegmentWriteError::NameTaken,
            error => SegmentWriteError::Db(error),
        }
    }
}

impl CrmTx {
    /// Segments by name, behind a name; those whose name contains `search`.
    pub async fn segments(
        &mut self,
        search: &str,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Segment>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(concat!(
            "SELECT ",
            segment_columns!(),
            r#"
            FROM crm.segments AS s
            WHERE s.org_id = $1
              AND ($2::text IS NULL OR lower(s.name) > lower($2))
              AND strpos(lower(s.name), lower($3)) > 0
            ORDER BY lower(s.name)
            LIMIT $4
            "#
        ))
        .bind(org)
        .bind(after)
        .bind(search)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Segment::try_from).collect()
    }

    /// One.
    pub async fn segment(&mut self, id: SegmentId) -> Result<Option<Segment>, DbError> {
        let org = self.org.uuid();
        let row: Option<Row> = sqlx::query_as(concat!(
            "SELECT ",
            segment_columns!(),
            " FROM crm.segments AS s WHERE s.org_id = $1 AND s.id = $2"
        ))
        .bind(org)
        .bind(id.uuid())
        .fetch_optional(self.conn())
        .await?;
        row.map(Segment::try_from).transpose()
    }

    /// The names of all segments.
    pub async fn segment_names(&mut self) -> Result<Vec<(SegmentId, String)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT id, name FROM crm.segments WHERE org_id = $1 ORDER BY lower(name)")
                .bind(org)
                .fetch_all(self.conn())
                .await?;
        Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
    }

    /// Which segments look at which.
    pub async fn segment_graph(&mut self) -> Result<SegmentGraph, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Vec<Uuid>)> =
            sqlx::query_as("SELECT id, uses FROM crm.segments WHERE org_id = $1")
                .bind(org)
                .fetch_all(self.conn())
                .await?;
        let node = |(id, uses): (Uuid, Vec<Uuid>)| (id.into(), uses.into_iter().map(Into::into).collect());
        Ok(SegmentGraph(rows.into_iter().map(node).collect()))
    }

    /// Keeps everybody else from changing which segments look at which, until this transaction ends:
    /// two edits that are fine alone could close a circle together.
    pub async fn lock_segment_graph(&mut self) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('crm.segment_graph ' || $1::text, 0))")
            .bind(org)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Writes a new segment.
    pub async fn insert_segment(&mut self, write: SegmentWrite<'_>) -> Result<(), SegmentWriteError> {
        let org = self.org.uuid();
        let uses: Vec<Uuid> = write.dependencies.uses.iter().map(|id| id.uuid()).collect();
        sqlx::query(
            r#"
            INSERT INTO crm.segments
                (org_id, id, name, description, rule, mentions, uses, relative, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
            "#,
        )
        .bind(org)
        .bind(write.id.uuid())
        .bind(&write.title.name)
        .bind(&write.title.description)
        .bind(write.rule)
        .bind(&write.dependencies.mentions)
        .bind(&uses)
        .bind(write.dependencies.relative)
        .bind(write.now.to_sqlx())
        .execute(self.conn())
        .await?;
        self.inner.signal_on_commit(STALE_SEGMENTS);
        Ok(())
    }

    /// Writes an edited segment over the version that was edited.
    pub async fn update_segment(
        &mut self,
        write: SegmentWrite<'_>,
        version: i32,
    ) -> Result<(), SegmentWriteError> {
        let org = self.org.uuid();
        let uses: Vec<Uuid> = write.dependencies.uses.iter().map(|id| id.uuid()).collect();
        let updated = sqlx::query(
            r#"
            UPDATE crm.segments
            SET name = $3, description = $4, rule = $5, mentions = $6, uses = $7, relative = $8, updated_at = $9,
                version = version + 1,
                -- A new name changes nobody's membership.
                changes = CASE WHEN rule = $5 AND problem IS NULL THEN changes ELSE changes + 1 END,
                full_at = CASE WHEN rule = $5 AND problem IS NULL THEN full_at ELSE changes + 1 END,
                rest_until = '-infinity'
            WHERE org_id = $1 AND id = $2 AND version = $10
            "#,
        )
        .bind(org)
        .bind(write.id.uuid())
        .bind(&write.title.name)
        .bind(&write.title.description)
        .bind(write.rule)
        .bind(&write.dependencies.mentions)
        .bind(&uses)
        .bind(write.dependencies.relative)
        .bind(write.now.to_sqlx())
        .bind(version)
        .execute(self.conn())
        .await?;
        self.inner.signal_on_commit(STALE_SEGMENTS);
        if updated.rows_affected() == 1 {
            Ok(())
        } else {
            Err(SegmentWriteError::Changed)
        }
    }

    /// Has everybody looked at again in the background.
    pub async fn demand_rebuild(&mut self, id: SegmentId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            UPDATE crm.segments
            SET changes = changes + 1, full_at = changes + 1, rest_until = '-infinity'
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .execute(self.conn())
        .await?;
        self.inner.signal_on_commit(STALE_SEGMENTS);
        Ok(())
    }

    /// Deletes a segment with its members and its history. Returns whether it existed.
    pub async fn delete_segment(&mut self, id: SegmentId) -> Result<bool, DbError> {
        let org = self.org.uuid();
        let deleted: i64 = sqlx::query_scalar(
            r#"
            WITH members AS (
                DELETE FROM crm.segment_members WHERE org_id = $1 AND segment_id = $2
            ), changes AS (
                DELETE FROM crm.segment_changes WHERE org_id = $1 AND segment_id = $2
            ), segment AS (
                DELETE FROM crm.segments WHERE org_id = $1 AND id = $2 RETURNING id
            )
            SELECT count(*) FROM segment
            "#,
        )
        .bind(org)
        .bind(id.uuid())
        .fetch_one(self.conn())
        .await?;
        Ok(deleted == 1)
    }

    /// The names of segments whose rules look at a field: `attributes.plan`.
    pub async fn segments_that_mention(&mut self, field: &str) -> Result<Vec<String>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            "SELECT name FROM crm.segments WHERE org_id = $1 AND $2 = ANY(mentions) ORDER BY lower(name)",
        )
        .bind(org)
        .bind(field)
        .fetch_all(self.conn())
        .await?)
    }
}

/// Something that segments may look at has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed<'a> {
    pub org: OrgId,
    /// The name of the field, such as `mail.opened`; all of them when there is none.
    pub field: Option<&'a str>,
    /// Of whom; of everybody when there is none.
    pub contact: Option<ContactId>,
}

/// How many changed contacts are looked at one by one; beyond that, everybody is.
const MAX_PENDING: i32 = 1000;

/// Notes changes. To be called in the transaction that makes them, so that a rebuild that has not
/// seen the one has not seen the other either, or later.
pub async fn mark_stale(tx: &mut Tx, changed: &[Changed<'_>]) -> Result<(), DbError> {
    if changed.is_empty() {
        return Ok(());
    }
    let orgs: Vec<Uuid> = changed.iter().map(|change| change.org.uuid()).collect();
    let fields: Vec<Option<&str>> = changed.iter().map(|change| change.field).collect();
    let contacts: Vec<Option<Uuid>> = changed
        .iter()
        .map(|change| change.contact.map(ContactId::uuid))
        .collect();
    let marked = sqlx::query(
        r#"
        WITH told AS (
            SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[]) AS t (org_id, field, contact_id)
        ), concerned AS (
            SELECT s.org_id, s.id, s.mentions
            FROM crm.segments AS s
            WHERE s.org_id = ANY($1)
              AND EXISTS (
                SELECT 1 FROM told AS t
                WHERE t.org_id = s.org_id AND (t.field IS NULL OR t.field = ANY(s.mentions))
              )
            -- Two transactions that mark the same ones meet in the same order.
            ORDER BY s.org_id, s.id
            FOR UPDATE
        ), news AS (
            SELECT c.org_id, c.id, bool_or(t.contact_id IS NULL) AS everybody,
                   array_agg(DISTINCT t.contact_id) AS contacts
            FROM concerned AS c
            JOIN told AS t ON t.org_id = c.org_id AND (t.field IS NULL OR t.field = ANY(c.mentions))
            GROUP BY c.org_id, c.id
        )
        UPDATE crm.segments AS s
        SET changes = s.changes + 1,
            full_at = CASE WHEN news.everybody OR cardinality(s.pending || news.contacts) > $4
                           THEN s.changes + 1 ELSE s.full_at END,
            pending = CASE WHEN news.everybody OR cardinality(s.pending || news.contacts) > $4
                           THEN '{}' ELSE s.pending || news.contacts END
        FROM news
        WHERE s.org_id = news.org_id AND s.id = news.id
        "#,
    )
    .bind(&orgs)
    .bind(&fields)
    .bind(&contacts)
    .bind(MAX_PENDING)
    .execute(tx.conn())
    .await?;
    if marked.rows_affected() > 0 {
        tx.signal_on_commit(STALE_SEGMENTS);
    }
    Ok(())
}

/// A segment that wants to be rebuilt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueSegment {
    pub org: OrgId,
    pub id: SegmentId,
    /// Everybody is to be looked at, since time has passed.
    pub full: bool,
}

/// Whether segments are left alone for as long as they may rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    Granted,
    /// For tests, which do not wait.
    Denied,
}

/// Segments of all organisations that want to be rebuilt, those that waited longest first.
pub async fn due_segments(
    tx: &mut Tx,
    now: Timestamp,
    rest: Rest,
    limit: i64,
) -> Result<Vec<DueSegment>, DbError> {
    let rows: Vec<(Uuid, Uuid, bool)> = sqlx::query_as(
        r#"
        SELECT org_id, id, COALESCE(due_at <= $1, false)
        FROM crm.segments
        WHERE (changes > changes_seen OR due_at <= $1)
          AND (rest_until <= $1 OR ($2 AND problem IS NULL))
        ORDER BY rebuilt_at NULLS FIRST, org_id, id
        LIMIT $3
        "#,
    )
    .bind(now.to_sqlx())
    .bind(rest == Rest::Denied)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let due = |(org, id, full): (Uuid, Uuid, bool)| DueSegment {
        org: org.into(),
        id: id.into(),
        full,
    };
    Ok(rows.into_iter().map(due).collect())
}

/// The contacts with these addresses.
pub async fn contacts_with_addresses(
    tx: &mut Tx,
    addresses: &[(OrgId, &EmailAddress)],
) -> Result<Vec<(OrgId, ContactId)>, DbError> {
    let orgs: Vec<Uuid> = addresses.iter().map(|(org, _)| org.uuid()).collect();
    let emails: Vec<&str> = addresses.iter().map(|(_, address)| address.as_str()).collect();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        SELECT c.org_id, c.id
        FROM UNNEST($1::uuid[], $2::text[]) AS t (org_id, email)
        JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.email = t.email
        "#,
    )
    .bind(&orgs)
    .bind(&emails)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect())
}
