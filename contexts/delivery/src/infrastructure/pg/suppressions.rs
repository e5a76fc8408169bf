//! The suppression list and its log.

use contracts::delivery::Address;
use jiff_sqlx::ToSqlx;
use kernel::{EmailAddress, MessageId, OrgId, Timestamp, UserId};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::suppression::{INACTIVE_LIMIT, INACTIVE_WINDOW, SuppressionReason};

/// An address to be put on the list.
#[derive(Clone, Debug)]
pub struct NewSuppression {
    pub address: Address,
    pub reason: SuppressionReason,
    /// Why, in a person's words.
    pub note: Option<String>,
    /// The message that led here.
    pub message: Option<MessageId>,
    /// Who did it, if a person did.
    pub user: Option<UserId>,
}

/// An address on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub address: Address,
    pub reason: SuppressionReason,
    pub note: Option<String>,
    pub message: Option<MessageId>,
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    address: String,
    reason: String,
    note: Option<String>,
    message_id: Option<Uuid>,
    created_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Suppression {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.suppressions",
            column,
            id: "an address".to_owned(),
        };
        Ok(Self {
            address: Address::parse(&row.address).ok_or_else(|| odd("address"))?,
            reason: row.reason.parse().map_err(|()| odd("reason"))?,
            note: row.note,
            message: row.message_id.map(MessageId::from_uuid),
            created_at: row.created_at.to_jiff(),
        })
    }
}

/// Puts addresses on the list and into the log. Returns those that were not on it for this reason.
pub async fn add(
    tx: &mut Tx,
    org: OrgId,
    entries: &[NewSuppression],
) -> Result<Vec<(Address, SuppressionReason)>, DbError> {
    let addresses: Vec<_> = entries.iter().map(|e| e.address.as_str()).collect();
    let reasons: Vec<_> = entries.iter().map(|e| e.reason.as_str()).collect();
    let notes: Vec<_> = entries.iter().map(|e| e.note.as_deref()).collect();
    let messages: Vec<_> = entries.iter().map(|e| e.message.map(MessageId::uuid)).collect();
    let users: Vec<_> = entries.iter().map(|e| e.user.map(UserId::uuid)).collect();
    let now = tx.now();
    let added: Vec<(String, String)> = sqlx::query_as(
        r#"
        WITH input AS (
            -- One address given twice counts once.
            SELECT DISTINCT ON (address, reason) *
            FROM UNNEST($2::text[], $3::text[], $4::text[], $5::uuid[], $6::uuid[])
                AS t (address, reason, note, message_id, user_id)
            ORDER BY address, reason
        ), added AS (
            INSERT INTO delivery.suppressions (org_id, address, reason, note, message_id, created_at)
            SELECT $1, address, reason, note, message_id, $7 FROM input
            ON CONFLICT DO NOTHING
            RETURNING address, reason
        ), logged AS (
            INSERT INTO delivery.suppression_log (org_id, address, action, reason, note, user_id, at)
            SELECT $1, address, 'added', reason, note, user_id, $7
            FROM input JOIN added USING (address, reason)
        )
        SELECT address, reason FROM added
        "#,
    )
    .bind(org.uuid())
    .bind(&addresses)
    .bind(&reasons)
    .bind(&notes)
    .bind(&messages)
    .bind(&users)
    .bind(now.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    let parsed =
        |(address, reason): (String, String)| Some((Address::parse(&address)?, reason.parse().ok()?));
    Ok(added.into_iter().filter_map(parsed).collect())
}

/// Takes an address off the list, for one reason or for all, and writes why into the log. Returns
/// whether it was on it, and whether it is on it still.
pub async fn remove(
    tx: &mut Tx,
    org: OrgId,
    address: &Address,
    reason: Option<SuppressionReason>,
    why: &str,
    user: Option<UserId>,
) -> Result<Removal, DbError> {
    let now = tx.now();
    let removed: i64 = sqlx::query_scalar(
        r#"
        WITH gone AS (
            DELETE FROM delivery.suppressions
            WHERE org_id = $1 AND address = $2 AND ($3::text IS NULL OR reason = $3)
            RETURNING address, reason
        ), logged AS (
            INSERT INTO delivery.suppression_log (org_id, address, action, reason, note, user_id, at)
            SELECT $1, address, 'removed', reason, $4, $5, $6 FROM gone
        )
        SELECT count(*) FROM gone
        "#,
    )
    .bind(org.uuid())
    .bind(address.as_str())
    .bind(reason.map(SuppressionReason::as_str))
    .bind(why)
    .bind(user.map(UserId::uuid))
    .bind(now.to_sqlx())
    .fetch_one(tx.conn())
    .await?;
    if removed == 0 {
        return Ok(Removal::WasNotThere);
    }
    let left = find(tx, org, address).await?;
    Ok(if left.is_empty() {
        Removal::Released
    } else {
        Removal::StillThere
    })
}

/// Takes addresses off the list, for one reason or for all. Returns those that are not on it for any
/// other reason.
pub async fn remove_many(
    tx: &mut Tx,
    org: OrgId,
    addresses: &[Address],
    reason: Option<SuppressionReason>,
    why: &str,
) -> Result<Vec<Address>, DbError> {
    let now = tx.now();
    let addresses: Vec<&str> = addresses.iter().map(Address::as_str).collect();
    let released: Vec<String> = sqlx::query_scalar(
        r#"
        WITH gone AS (
            DELETE FROM delivery.suppressions
            WHERE org_id = $1 AND address = ANY($2) AND ($3::text IS NULL OR reason = $3)
            RETURNING address, reason
        ), logged AS (
            INSERT INTO delivery.suppression_log (org_id, address, action, reason, note, at)
            SELECT $1, address, 'removed', reason, $4, $5 FROM gone
        )
        SELECT DISTINCT address FROM gone
        -- As the list was when the statement began.
        WHERE NOT EXISTS (
            SELECT 1 FROM delivery.suppressions s
            WHERE s.org_id = $1 AND s.address = gone.address AND $3::text IS NOT NULL AND s.reason <> $3
        )
        ORDER BY address
        "#,
    )
    .bind(org.uuid())
    .bind(&addresses)
    .bind(reason.map(SuppressionReason::as_str))
    .bind(why)
    .bind(now.to_sqlx())
    .fetch_all(tx.conn())
    .await?;
    Ok(released.iter().filter_map(|text| Address::parse(text)).collect())
}

/// What a removal came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// There was nothing to remove.
    WasNotThere,
    /// Another reason keeps the address on the list.
    StillThere,
    /// It may be written to again.
    Released,
}

/// One address, with each reason for which it is on the list.
pub async fn find(tx: &mut Tx, org: OrgId, address: &Address) -> Result<Vec<Suppression>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT address, reason, note, message_id, created_at
        FROM delivery.suppressions
        WHERE org_id = $1 AND address = $2
        ORDER BY created_at, reason
        "#,
    )
    .bind(org.uuid())
    .bind(address.as_str())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Suppression::try_from).collect()
}

/// Which of these addresses may not be written to on this kind of mail; each comes with what stands
/// in its place once its owner was erased.
pub async fn blocking(
    tx: &mut Tx,
    org: OrgId,
    addresses: &[(&str, EmailAddress)],
    stream: contracts::delivery::Stream,
) -> Result<Vec<String>, DbError> {
    let (own, pseudonyms): (Vec<&str>, Vec<&str>) = addresses
        .iter()
        .map(|(own, pseudonym)| (*own, pseudonym.as_str()))
        .unzip();
    let found: Vec<(String, String)> = sqlx::query_as(
        r#"
        SELECT a.own, s.reason
        FROM UNNEST($2::text[], $3::text[]) AS a (own, pseudonym)
        JOIN delivery.suppressions s ON s.org_id = $1 AND s.address IN (a.own, a.pseudonym)
        "#,
    )
    .bind(org.uuid())
    .bind(&own)
    .bind(&pseudonyms)
    .fetch_all(tx.conn())
    .await?;
    let blocks = |reason: &str| {
        reason
            .parse()
            .is_ok_and(|reason: SuppressionReason| reason.blocks(stream))
    };
    Ok(found
        .into_iter()
        .filter(|(_, reason)| blocks(reason))
        .map(|(address, _)| address)
        .collect())
}

/// What a page of the list shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Beginning of the address.
    pub prefix: String,
    /// Only this reason.
    pub reason: Option<SuppressionReason>,
}

/// Where a page of the list ends.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Position {
    pub at: Timestamp,
    pub address: String,
    pub reason: String,
}

impl Position {
    /// Behind this entry.
    #[must_use]
    pub fn of(entry: &Suppression) -> Self {
        Self {
            at: entry.created_at,
            address: entry.address.as_str().to_owned(),
            reason: entry.reason.as_str().to_owned(),
        }
    }
}

/// The newest first, behind a position.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    after: Option<&Position>,
    limit: i64,
) -> Result<Vec<Suppression>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT address, reason, note, message_id, created_at
        FROM delivery.suppressions
        WHERE org_id = $1
          AND ($2 = '' OR address LIKE $2)
          AND ($3::text IS NULL OR reason = $3)
          AND ($4::timestamptz IS NULL OR (created_at, address, reason) < ($4, $5, $6))
        ORDER BY created_at DESC, address DESC, reason DESC
        LIMIT $7
        "#,
    )
    .bind(org.uuid())
    .bind(prefix_pattern(&filter.prefix))
    .bind(filter.reason.map(SuppressionReason::as_str))
    .bind(after.map(|position| position.at.to_sqlx()))
    .bind(after.map(|position| position.address.as_str()))
    .bind(after.map(|position| position.reason.as_str()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Suppression::try_from).collect()
}

/// Which of these addresses had so many messages refused of late because the mailbox is full or
/// abandoned that they are not worth another one.
pub async fn exhausted(tx: &mut Tx, org: OrgId, addresses: &[&str]) -> Result<Vec<Address>, DbError> {
    let since = tx.now() - INACTIVE_WINDOW;
    let found: Vec<String> = sqlx::query_scalar(
        r#"
        SELECT r.address
        FROM delivery.recipients r
        WHERE r.org_id = $1
          AND r.address = ANY($2)
          -- Refused to ourselves, or to whoever carried it for us.
          AND (EXISTS (
                  SELECT 1 FROM delivery.attempts a
                  WHERE a.org_id = r.org_id AND a.message_id = r.message_id
                    AND a.class = 'inactive' AND a.started_at > $3)
              OR EXISTS (
                  SELECT 1 FROM delivery.reports p
                  WHERE p.org_id = r.org_id AND p.message_id = r.message_id
                    AND p.class = 'inactive' AND p.result = 'applied' AND p.at > $3))
        GROUP BY r.address
        HAVING count(DISTINCT r.message_id) >= $4
        "#,
    )
    .bind(org.uuid())
    .bind(addresses)
    .bind(since.to_sqlx())
    .bind(INACTIVE_LIMIT)
    .fetch_all(tx.conn())
    .await?;
    Ok(found.iter().filter_map(|text| Address::parse(text)).collect())
}

/// A `LIKE` pattern for a beginning; empty for no filter.
pub(super) fn prefix_pattern(prefix: &str) -> String {
    if prefix.is_empty() {
        return String::new();
    }
    let mut pattern = String::with_capacity(prefix.len() + 4);
    for c in prefix.trim().to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
