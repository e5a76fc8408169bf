//! The keys of domains.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{DomainId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::domains::DkimSetup;
use crate::domain::domain_key::{DomainKey, KeyState, Transition};

#[derive(sqlx::FromRow)]
struct Row {
    domain_id: Uuid,
    selector: String,
    algorithm: String,
    private_key: Option<Vec<u8>>,
    public_key: String,
    state: String,
    published: Option<bool>,
    created_at: jiff_sqlx::Timestamp,
    activated_at: Option<jiff_sqlx::Timestamp>,
    retiring_at: Option<jiff_sqlx::Timestamp>,
    retired_at: Option<jiff_sqlx::Timestamp>,
}

impl TryFrom<Row> for DomainKey {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.domain_keys",
            column,
            id: format!("{}/{}", row.domain_id, row.selector),
        };
        Ok(Self {
            algorithm: row.algorithm.parse().map_err(|()| odd("algorithm"))?,
            state: KeyState::parse(&row.state).ok_or_else(|| odd("state"))?,
            selector: row.selector,
            private_key: row.private_key,
            public_key: row.public_key,
            published: row.published,
            created_at: row.created_at.to_jiff(),
            activated_at: row.activated_at.map(|at| at.to_jiff()),
            retiring_at: row.retiring_at.map(|at| at.to_jiff()),
            retired_at: row.retired_at.map(|at| at.to_jiff()),
        })
    }
}

/// All keys of the domains of some organisations, the oldest first.
pub async fn of_organizations(
    tx: &mut Tx,
    orgs: &[OrgId],
) -> Result<HashMap<DomainId, Vec<DomainKey>>, DbError> {
    let ids: Vec<_> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT domain_id, selector, algorithm, private_key, public_key, state, published, created_at,
               activated_at, retiring_at, retired_at
        FROM delivery.domain_keys
        WHERE org_id = ANY($1)
        ORDER BY created_at, selector
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut keys: HashMap<DomainId, Vec<DomainKey>> = HashMap::new();
    for row in rows {
        let domain = DomainId::from_uuid(row.domain_id);
        keys.entry(domain).or_default().push(row.try_into()?);
    }
    Ok(keys)
}

/// Enters keys. The constraint `domain_keys_pkey` refuses a selector that was used before.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    domain: DomainId,
    keys: &[&DkimSetup],
    state: KeyState,
) -> Result<(), DbError> {
    let now = tx.now();
    let selectors: Vec<&str> = keys.iter().map(|key| key.selector.as_str()).collect();
    let algorithms: Vec<&str> = keys.iter().map(|key| key.algorithm.as_str()).collect();
    let private: Vec<&[u8]> = keys.iter().map(|key| key.private_key.as_slice()).collect();
    let public: Vec<&str> = keys.iter().map(|key| key.public_key.as_str()).collect();
    sqlx::query(
        r#"
        INSERT INTO delivery.domain_keys
            (org_id, domain_id, selector, algorithm, private_key, public_key, state, created_at, activated_at)
        SELECT $1, $2, k.selector, k.algorithm, k.private_key, k.public_key, $7, $8,
               CASE WHEN $7 = 'active' THEN $8::timestamptz END
        FROM UNNEST($3::text[], $4::text[], $5::bytea[], $6::text[])
             AS k (selector, algorithm, private_key, public_key)
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&selectors)
    .bind(&algorithms)
    .bind(&private)
    .bind(&public)
    .bind(state.as_str())
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes down what DNS says of each record.
pub async fn note_published(
    tx: &mut Tx,
    org: OrgId,
    domain: DomainId,
    seen: &[(String, bool)],
) -> Result<(), DbError> {
    let selectors: Vec<&str> = seen.iter().map(|(selector, _)| selector.as_str()).collect();
    let published: Vec<bool> = seen.iter().map(|(_, published)| *published).collect();
    sqlx::query(
        r#"
        UPDATE delivery.domain_keys k
        SET published = s.published
        FROM UNNEST($3::text[], $4::bool[]) AS s (selector, published)
        WHERE k.org_id = $1 AND k.domain_id = $2 AND k.selector = s.selector
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&selectors)
    .bind(&published)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Brings keys into other states. A key that is retired loses its private part.
pub async fn change(
    tx: &mut Tx,
    org: OrgId,
    domain: DomainId,
    changes: &[Transition],
) -> Result<(), DbError> {
    let now = tx.now();
    let selectors: Vec<&str> = changes.iter().map(|change| change.selector.as_str()).collect();
    let states: Vec<&str> = changes.iter().map(|change| change.to.as_str()).collect();
    sqlx::query(
        r#"
        UPDATE delivery.domain_keys k
        SET state = c.state,
            activated_at = CASE WHEN c.state = 'active' THEN $5 ELSE k.activated_at END,
            retiring_at = CASE WHEN c.state = 'retiring' THEN $5 ELSE k.retiring_at END,
            retired_at = CASE WHEN c.state = 'retired' THEN $5 ELSE k.retired_at END,
            private_key = CASE WHEN c.state = 'retired' THEN NULL ELSE k.private_key END
        FROM UNNEST($3::text[], $4::text[]) AS c (selector, state)
        WHERE k.org_id = $1 AND k.domain_id = $2 AND k.selector = c.selector
        "#,
    )
    .bind(org.uuid())
    .bind(domain.uuid())
    .bind(&selectors)
    .bind(&states)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes all keys of a domain.
pub async fn delete(tx: &mut Tx, org: OrgId, domain: DomainId) -> Result<(), DbError> {
    sqlx::query("DELETE FROM delivery.domain_keys WHERE org_id = $1 AND domain_id = $2")
        .bind(org.uuid())
        .bind(domain.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}
