//! crm.segments.

use jiff_sqlx::ToSqlx;
use kernel::{CategoryId, SegmentId, Timestamp};
use platform::DbError;
use serde_json::Value;
use uuid::Uuid;

use super::{CrmTx, segment_staleness::STALE_SEGMENTS};
use crate::domain::segment::{Dependencies, Segment, SegmentGraph, SegmentProblem, SegmentTitle};

macro_rules! segment_columns {
    () => {
        "s.id, s.name, s.description, s.category_id, s.rule, s.version, s.uses, s.relative, s.member_count, s.rebuilt_at, \
         s.rebuild_ms, s.due_at, s.changes > s.changes_seen AS stale, s.problem, s.created_at, s.updated_at"
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    description: String,
    category_id: Option<Uuid>,
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
            category: row.category_id.map(Into::into),
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
    pub category: Option<CategoryId>,
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
    /// Segments by name, behind a name; those whose name contains `search`, of one category or of all.
    pub async fn segments(
        &mut self,
        search: &str,
        category: Option<CategoryId>,
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
              AND ($4::uuid IS NULL OR s.category_id = $4)
            ORDER BY lower(s.name)
            LIMIT $5
            "#
        ))
        .bind(org)
        .bind(after)
        .bind(search)
        .bind(category.map(CategoryId::uuid))
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
                (org_id, id, name, description, rule, mentions, uses, relative, created_at, updated_at, category_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)
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
        .bind(write.category.map(CategoryId::uuid))
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
                category_id = $11, version = version + 1,
                -- A new name changes nobody's membership.
                changes = CASE WHEN rule = $5 AND problem IS NULL THEN changes ELSE changes + 1 END,
                full_at = CASE WHEN rule = $5 AND problem IS NULL THEN full_at ELSE changes + 1 END,
                rest_until = '-infinity', full_rest_until = '-infinity'
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
        .bind(write.category.map(CategoryId::uuid))
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
            SET changes = changes + 1, full_at = changes + 1, rest_until = '-infinity', full_rest_until = '-infinity'
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
            ), overrides AS (
                DELETE FROM crm.segment_overrides WHERE org_id = $1 AND segment_id = $2
            ), wakeups AS (
                DELETE FROM crm.segment_wakeups WHERE org_id = $1 AND segment_id = $2
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

    /// The names of segments whose rules look at records by a field of this key.
    pub async fn segments_that_mention_record_field(&mut self, key: &str) -> Result<Vec<String>, DbError> {
        let org = self.org.uuid();
        Ok(sqlx::query_scalar(
            r#"
            SELECT name
            FROM crm.segments
            WHERE org_id = $1
              AND EXISTS (SELECT 1 FROM UNNEST(mentions) AS m (word) WHERE starts_with(m.word, 'objects.'))
              AND jsonb_path_exists(rule, '$.**.field ? (@ == $bare || @ == $full)',
                                    jsonb_build_object('bare', $2::text, 'full', 'attributes.' || $2::text))
            ORDER BY lower(name)
            "#,
        )
        .bind(org)
        .bind(key)
        .fetch_all(self.conn())
        .await?)
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
