//! What DNS says of domains, and when it is asked again.

use jiff_sqlx::ToSqlx;
use kernel::{DomainId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::domain_check::{Finding, RecordKind, Status};

/// What is known of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordCheck {
    /// What was last learnt; `None` while every look-up failed.
    pub status: Option<Status>,
    /// What was found then.
    pub found: String,
    /// Why the last look-up failed, if it did.
    pub failure: Option<String>,
    pub checked_at: Timestamp,
}

/// A change of a record's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordChange {
    pub record: RecordKind,
    /// `None`: it was looked up for the first time.
    pub before: Option<Status>,
    pub status: Status,
    pub found: String,
    pub at: Timestamp,
}

/// What a check found of one record, or why it could not look.
pub type Looked = (RecordKind, Result<Finding, String>);

#[derive(sqlx::FromRow)]
struct Row {
    record: String,
    status: Option<String>,
    found: String,
    failure: Option<String>,
    checked_at: jiff_sqlx::Timestamp,
}

/// What is known of the records of a domain.
pub async fn of(
    tx: &mut Tx,
    org: OrgId,
    domain: DomainId,
) -> Result<Vec<(RecordKind, RecordCheck)>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT record, status, found, failure, checked_at
        FROM delivery.domain_checks
        WHERE org_id = $1 AND domain_id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .fetch_all(tx.conn())
    .await?;
    let read = |row: Row| {
        let kind = RecordKind::parse(&row.record)?;
        let check = RecordCheck {
            status: row.status.as_deref().and_then(Status::parse),
            found: row.found,
            failure: row.failure,
            checked_at: row.checked_at.to_jiff(),
        };
        Some((kind, check))
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// Replaces what is known of a domain's records; what is not among them is forgotten. A look-up that
/// failed teaches nothing, so what was known before stays. Changes are logged.
pub async fn store(tx: &mut Tx, org: OrgId, domain: DomainId, looked: &[Looked]) -> Result<(), DbError> {
    let now = tx.now();
    let records: Vec<String> = looked.iter().map(|(kind, _)| kind.key()).collect();
    let statuses: Vec<Option<&str>> = looked
        .iter()
        .map(|(_, found)| found.as_ref().ok().map(|f| f.status.as_str()))
        .collect();
    let found: Vec<&str> = looked
        .iter()
        .map(|(_, found)| found.as_ref().map_or("", |f| f.found.as_str()))
        .collect();
    let failures: Vec<Option<&str>> = looked
        .iter()
        .map(|(_, found)| found.as_ref().err().map(String::as_str))
        .collect();
    sqlx::query(
        "DELETE FROM delivery.domain_checks WHERE org_id = $1 AND domain_id = $2 AND record <> ALL($3)",
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&records)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        r#"
        INSERT INTO delivery.domain_check_log (org_id, domain_id, record, before, status, found, at)
        SELECT $1, $2, l.record, c.status, l.status, l.found, $6
        FROM UNNEST($3::text[], $4::text[], $5::text[]) WITH ORDINALITY AS l (record, status, found, place)
        LEFT JOIN delivery.domain_checks c ON c.org_id = $1 AND c.domain_id = $2 AND c.record = l.record
        WHERE l.status IS NOT NULL AND c.status IS DISTINCT FROM l.status
        ORDER BY l.place
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&records)
    .bind(&statuses)
    .bind(&found)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    sqlx::query(
        r#"
        INSERT INTO delivery.domain_checks AS c
            (org_id, domain_id, record, status, found, failure, checked_at, ok_at)
        SELECT $1, $2, l.record, l.status, l.found, l.failure, $7::timestamptz,
               CASE WHEN l.status = 'ok' THEN $7::timestamptz END
        FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[]) AS l (record, status, found, failure)
        ON CONFLICT (org_id, domain_id, record) DO UPDATE
        SET status = coalesce(excluded.status, c.status),
            found = CASE WHEN excluded.status IS NULL THEN c.found ELSE excluded.found END,
            failure = excluded.failure,
            checked_at = excluded.checked_at,
            ok_at = coalesce(excluded.ok_at, c.ok_at)
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&records)
    .bind(&statuses)
    .bind(&found)
    .bind(&failures)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The last changes of a domain's records, the newest first.
pub async fn changes(
    tx: &mut Tx,
    org: OrgId,
    domain: DomainId,
    limit: i64,
) -> Result<Vec<RecordChange>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        record: String,
        before: Option<String>,
        status: String,
        found: String,
        at: jiff_sqlx::Timestamp,
    }
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT record, before, status, found, at
        FROM delivery.domain_check_log
        WHERE org_id = $1 AND domain_id = $2
        ORDER BY id DESC
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    let read = |row: Row| {
        Some(RecordChange {
            record: RecordKind::parse(&row.record)?,
            before: row.before.as_deref().and_then(Status::parse),
            status: Status::parse(&row.status)?,
            found: row.found,
            at: row.at.to_jiff(),
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

/// What a check says of the domain as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Whether DNS shows a key that signs.
    pub verified: bool,
    /// Whether the host for links leads here; `None` when that could not be told.
    pub tracking: Option<bool>,
    /// When DNS is asked again.
    pub next_at: Timestamp,
}

/// Writes it down. A domain that was once verified stays so: records that vanish are told of, and
/// stop nothing. A host that leads here is not taken when another domain has it.
pub async fn note(tx: &mut Tx, org: OrgId, domain: DomainId, outcome: Outcome) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        UPDATE delivery.domains d
        SET checked_at = $3,
            next_check_at = $4,
            verified_at = coalesce(d.verified_at, CASE WHEN $5 THEN $3::timestamptz END),
            tracking_verified_at = CASE
                WHEN d.tracking_host IS NULL OR NOT $6 THEN NULL
                -- Whose DNS shows no key of ours has not shown that the domain is theirs.
                WHEN $6 AND (d.verified_at IS NOT NULL OR $5) THEN coalesce(d.tracking_verified_at, $3)
                ELSE d.tracking_verified_at
            END
        WHERE d.org_id = $1 AND d.id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(now.to_sqlx())
    .bind(outcome.next_at.to_sqlx())
    .bind(outcome.verified)
    .bind(outcome.tracking)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes domains whose time has come, of all organisations. They are not due again before `until`,
/// so that nobody else checks them meanwhile.
pub async fn claim_due(tx: &mut Tx, until: Timestamp, most: i64) -> Result<Vec<(OrgId, DomainId)>, DbError> {
    let now = tx.now();
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        UPDATE delivery.domains d
        SET next_check_at = $2
        FROM (SELECT org_id, id
              FROM delivery.domains
              WHERE next_check_at IS NULL OR next_check_at <= $1
              ORDER BY next_check_at NULLS FIRST
              LIMIT $3
              FOR UPDATE SKIP LOCKED) due
        WHERE d.org_id = due.org_id AND d.id = due.id
        RETURNING d.org_id, d.id
        "#,
    )
    .bind(now.to_sqlx())
    .bind(until.to_sqlx())
    .bind(most)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect())
}

/// Domains with keys that retired before a time.
pub async fn with_keys_retiring_before(
    tx: &mut Tx,
    before: Timestamp,
) -> Result<Vec<(OrgId, DomainId)>, DbError> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        r#"
        SELECT DISTINCT org_id, domain_id
        FROM delivery.domain_keys
        WHERE state = 'retiring' AND retiring_at <= $1
        "#,
    )
    .bind(before.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(org, id)| (org.into(), id.into()))
        .collect())
}

/// Whether links of some domain lead to this host.
pub async fn is_tracking_host(tx: &mut Tx, host: &str) -> Result<bool, DbError> {
    let there = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM delivery.domains WHERE tracking_host = $1 AND tracking_verified_at IS NOT NULL)",
    )
    .bind(host)
    .fetch_one(tx.conn())
    .await?;
    Ok(there)
}

/// Domains of an organisation with records that were in order and are not any more, each with their
/// number.
pub async fn vanished(tx: &mut Tx, org: OrgId) -> Result<Vec<(DomainId, String, i64)>, DbError> {
    let rows: Vec<(Uuid, String, i64)> = sqlx::query_as(
        r#"
        SELECT d.id, d.domain, count(*)
        FROM delivery.domain_checks c
        JOIN delivery.domains d ON d.org_id = c.org_id AND d.id = c.domain_id
        WHERE c.org_id = $1 AND c.status <> 'ok' AND c.ok_at IS NOT NULL
        GROUP BY d.id, d.domain
        ORDER BY d.domain
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, domain, count)| (id.into(), domain, count))
        .collect())
}

/// Forgets all about a domain.
pub async fn delete(tx: &mut Tx, org: OrgId, domain: DomainId) -> Result<(), DbError> {
    sqlx::query(
        r#"
        WITH log AS (DELETE FROM delivery.domain_check_log WHERE org_id = $1 AND domain_id = $2)
        DELETE FROM delivery.domain_checks WHERE org_id = $1 AND domain_id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}
