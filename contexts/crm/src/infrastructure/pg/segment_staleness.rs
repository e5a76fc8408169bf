//! Which segments want to be rebuilt: those that something has changed for, and those that time has.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, EmailAddress, OrgId, SegmentId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Signalled when segments have become stale.
pub const STALE_SEGMENTS: &str = "crm.stale_segments";

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
