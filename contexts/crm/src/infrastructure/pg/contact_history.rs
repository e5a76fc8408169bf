//! What segments and the ledger of consent know of one contact, for its timeline.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, Timestamp};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::timeline_entry::{ConsentEntry, SegmentMove};

/// How many of the last changes of each segment are looked through for one contact: there is no index of
/// them by contact, which would cost a rebuild more than it is asked.
const LOOKED_AT: i64 = 300;

#[derive(sqlx::FromRow)]
struct MoveRow {
    id: Uuid,
    name: String,
    at: jiff_sqlx::Timestamp,
    entered: bool,
}

impl From<MoveRow> for SegmentMove {
    fn from(row: MoveRow) -> Self {
        SegmentMove {
            segment: row.id.into(),
            name: row.name,
            at: row.at.to_jiff(),
            entered: row.entered,
        }
    }
}

impl CrmTx {
    /// When a contact entered the segments that it stands in, the latest first, after a position.
    pub async fn segments_entered_by(
        &mut self,
        contact: ContactId,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<MoveRow> = sqlx::query_as(
            r#"
            SELECT s.id, s.name, m.entered_at AS at, true AS entered
            FROM crm.segments AS s
            JOIN crm.segment_members AS m ON m.org_id = $1 AND m.segment_id = s.id AND m.contact_id = $2
            WHERE s.org_id = $1
              AND ($3::timestamptz IS NULL OR (m.entered_at, s.id) < ($3, $4))
            ORDER BY m.entered_at DESC, s.id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(SegmentMove::from).collect())
    }

    /// When a contact entered and left segments, among the last changes of each, the latest first, after
    /// a position.
    pub async fn segment_history_of(
        &mut self,
        contact: ContactId,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<SegmentMove>, DbError> {
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<MoveRow> = sqlx::query_as(
            r#"
            SELECT s.id, s.name, c.at, c.entered
            FROM crm.segments AS s
            CROSS JOIN LATERAL (
                SELECT l.at, $2 = ANY(l.entered) AS entered
                FROM (
                    SELECT at, entered, departed
                    FROM crm.segment_changes
                    WHERE org_id = $1 AND segment_id = s.id AND ($3::timestamptz IS NULL OR at <= $3)
                    ORDER BY at DESC, part DESC
                    LIMIT $6
                ) AS l
                WHERE $2 = ANY(l.entered) OR $2 = ANY(l.departed)
            ) AS c
            WHERE s.org_id = $1
              AND ($3::timestamptz IS NULL OR (c.at, s.id) < ($3, $4))
            ORDER BY c.at DESC, s.id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id)
        .bind(limit)
        .bind(LOOKED_AT)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(SegmentMove::from).collect())
    }

    /// What a contact agreed to and took back, the latest first, after a position.
    pub async fn consent_entries(
        &mut self,
        contact: ContactId,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<ConsentEntry>, DbError> {
        #[derive(sqlx::FromRow)]
        struct Row {
            id: Uuid,
            at: jiff_sqlx::Timestamp,
            topic: Option<String>,
            channel: String,
            action: String,
            basis: String,
            source: String,
        }
        let (at, id) = after.unzip();
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT c.id, c.at, t.name AS topic, c.channel, c.action, c.basis, c.source
            FROM crm.consents AS c
            LEFT JOIN crm.topics AS t ON t.org_id = $1 AND t.id = c.topic_id
            WHERE c.org_id = $1
              AND c.contact_id = $2
              AND ($3::timestamptz IS NULL OR (c.at, c.id) < ($3, $4))
            ORDER BY c.at DESC, c.id DESC
            LIMIT $5
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .bind(at.map(|at| at.to_sqlx()))
        .bind(id)
        .bind(limit)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ConsentEntry {
                id: row.id,
                at: row.at.to_jiff(),
                topic: row.topic,
                channel: row.channel,
                action: row.action,
                basis: row.basis,
                source: row.source,
            })
            .collect())
    }
}
