//! Mail from a domain to a mailbox provider that has to wait until a person says so.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{DomainId, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::{auto_brake::Harm, mx_group::MxGroup};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brake {
    pub domain: DomainId,
    pub group: MxGroup,
    pub harm: Harm,
    /// Out of so many messages…
    pub messages: u64,
    /// …so many.
    pub harmful: u64,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    domain_id: Uuid,
    mx_group: String,
    reason: String,
    messages: i64,
    harmful: i64,
    braked_at: jiff_sqlx::Timestamp,
}

impl Row {
    fn brake(&self) -> Option<Brake> {
        Some(Brake {
            domain: self.domain_id.into(),
            group: MxGroup::parse(&self.mx_group)?,
            harm: Harm::parse(&self.reason)?,
            messages: u64::try_from(self.messages).unwrap_or(0),
            harmful: u64::try_from(self.harmful).unwrap_or(0),
            at: self.braked_at.to_jiff(),
        })
    }
}

/// Those of some organisations.
pub async fn of_organizations(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Vec<Brake>>, DbError> {
    let ids: Vec<Uuid> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, domain_id, mx_group, reason, messages, harmful, braked_at
        FROM delivery.brakes
        WHERE org_id = ANY($1)
        ORDER BY braked_at, domain_id, mx_group
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<OrgId, Vec<Brake>> = HashMap::new();
    for row in rows {
        if let Some(brake) = row.brake() {
            found.entry(row.org_id.into()).or_default().push(brake);
        }
    }
    Ok(found)
}

/// Brakes. Returns whether it was not braked before.
pub async fn brake(tx: &mut Tx, org: OrgId, brake: &Brake) -> Result<bool, DbError> {
    let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let done = sqlx::query(
        r#"
        INSERT INTO delivery.brakes (org_id, domain_id, mx_group, reason, messages, harmful, braked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org.uuid())
    .bind(brake.domain.uuid())
    .bind(brake.group.as_str())
    .bind(brake.harm.as_str())
    .bind(count(brake.messages))
    .bind(count(brake.harmful))
    .bind(brake.at.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes a brake off, and starts counting anew: what was held against the domain is known. Returns whether
/// there was one.
pub async fn release(tx: &mut Tx, org: OrgId, domain: DomainId, group: MxGroup) -> Result<bool, DbError> {
    let done =
        sqlx::query("DELETE FROM delivery.brakes WHERE org_id = $1 AND domain_id = $2 AND mx_group = $3")
            .bind(org.uuid())
            .bind(domain.uuid())
            .bind(group.as_str())
            .execute(tx.conn())
            .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    // The days stay what they were; only the last hours do not brake again at once.
    sqlx::query(
        r#"
        UPDATE delivery.sending_tallies
        SET at = day::timestamp AT TIME ZONE 'UTC' - interval '1 day'
        WHERE org_id = $1 AND domain_id = $2 AND mx_group = $3 AND at > day::timestamp AT TIME ZONE 'UTC' - interval '1 day'
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(group.as_str())
    .execute(tx.conn())
    .await?;
    super::queue::recall_postponed(tx, org).await?;
    Ok(true)
}
