//! Domains that mail is sent from, with their keys sealed.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{DomainId, EmailAddress, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::{dkim::DkimAlgorithm, sending_domain::Sender};

/// Where keys of domains are sealed for.
pub const PRIVATE_KEY_PLACE: &str = "delivery.domains.dkim_private_key";

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain {
    pub org: OrgId,
    pub id: DomainId,
    pub domain: String,
    pub sender: Sender,
    pub is_default: bool,
    pub dkim: Option<DkimSetup>,
    /// `Some` while nothing is sent from it: why.
    pub paused: Option<String>,
    pub updated_at: Timestamp,
}

/// How a domain signs.
#[derive(Clone, Debug)]
pub struct DkimSetup {
    pub algorithm: DkimAlgorithm,
    pub selector: String,
    pub public_key: String,
    /// Sealed.
    pub private_key: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    domain: String,
    from_local_part: String,
    from_name: String,
    reply_to: Option<String>,
    is_default: bool,
    dkim_algorithm: Option<String>,
    dkim_selector: Option<String>,
    dkim_private_key: Option<Vec<u8>>,
    dkim_public_key: Option<String>,
    state: String,
    pause_reason: Option<String>,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Domain {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.domains",
            column,
            id: row.id.to_string(),
        };
        let address = EmailAddress::parse(&format!("{}@{}", row.from_local_part, row.domain))
            .map_err(|_| odd("from_local_part"))?;
        let reply_to = row.reply_to.as_deref().map(EmailAddress::parse).transpose();
        let dkim = match (
            row.dkim_algorithm,
            row.dkim_selector,
            row.dkim_private_key,
            row.dkim_public_key,
        ) {
            (Some(algorithm), Some(selector), Some(private_key), Some(public_key)) => Some(DkimSetup {
                algorithm: algorithm.parse().map_err(|()| odd("dkim_algorithm"))?,
                selector,
                public_key,
                private_key,
            }),
            _ => None,
        };
        Ok(Self {
            org: row.org_id.into(),
            id: row.id.into(),
            domain: row.domain,
            sender: Sender {
                name: row.from_name,
                address,
                reply_to: reply_to.map_err(|_| odd("reply_to"))?,
            },
            is_default: row.is_default,
            dkim,
            paused: (row.state == "paused").then(|| row.pause_reason.unwrap_or_default()),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// The domains that some organisations send from.
pub async fn defaults(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Domain>, DbError> {
    let ids: Vec<_> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, domain, from_local_part, from_name, reply_to, is_default, dkim_algorithm,
               dkim_selector, dkim_private_key, dkim_public_key, state, pause_reason, updated_at
        FROM delivery.domains
        WHERE org_id = ANY($1) AND is_default
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| Domain::try_from(row).map(|domain| (domain.org, domain)))
        .collect()
}

/// All domains of an organisation, the default one first.
pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<Domain>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, domain, from_local_part, from_name, reply_to, is_default, dkim_algorithm,
               dkim_selector, dkim_private_key, dkim_public_key, state, pause_reason, updated_at
        FROM delivery.domains
        WHERE org_id = $1
        ORDER BY is_default DESC, domain
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Domain::try_from).collect()
}

/// One domain.
pub async fn find(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<Option<Domain>, DbError> {
    Ok(list(tx, org).await?.into_iter().find(|domain| domain.id == id))
}

/// Enters a domain; the first one becomes the default.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: DomainId,
    sender: &Sender,
    dkim: Option<&DkimSetup>,
) -> Result<(), DbError> {
    let now = tx.now();
    let (local_part, domain) = split(&sender.address);
    sqlx::query(
        r#"
        INSERT INTO delivery.domains
            (org_id, id, domain, from_local_part, from_name, reply_to, is_default, dkim_algorithm,
             dkim_selector, dkim_private_key, dkim_public_key, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6,
               NOT EXISTS (SELECT 1 FROM delivery.domains WHERE org_id = $1 AND is_default),
               $7, $8, $9, $10, $11, $11
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(domain)
    .bind(local_part)
    .bind(&sender.name)
    .bind(sender.reply_to.as_ref().map(EmailAddress::as_str))
    .bind(dkim.map(|d| d.algorithm.as_str()))
    .bind(dkim.map(|d| d.selector.as_str()))
    .bind(dkim.map(|d| d.private_key.as_slice()))
    .bind(dkim.map(|d| d.public_key.as_str()))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Changes the sender of a domain; the domain itself stays.
pub async fn set_sender(tx: &mut Tx, org: OrgId, id: DomainId, sender: &Sender) -> Result<bool, DbError> {
    let now = tx.now();
    let (local_part, _) = split(&sender.address);
    let done = sqlx::query(
        r#"
        UPDATE delivery.domains
        SET from_local_part = $3, from_name = $4, reply_to = $5, updated_at = $6
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(local_part)
    .bind(&sender.name)
    .bind(sender.reply_to.as_ref().map(EmailAddress::as_str))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Changes the key that a domain signs with; `None` ends signing.
pub async fn set_dkim(
    tx: &mut Tx,
    org: OrgId,
    id: DomainId,
    dkim: Option<&DkimSetup>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        UPDATE delivery.domains
        SET dkim_algorithm = $3, dkim_selector = $4, dkim_private_key = $5, dkim_public_key = $6,
            updated_at = $7
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(dkim.map(|d| d.algorithm.as_str()))
    .bind(dkim.map(|d| d.selector.as_str()))
    .bind(dkim.map(|d| d.private_key.as_slice()))
    .bind(dkim.map(|d| d.public_key.as_str()))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Makes a domain the one that mail is sent from.
pub async fn make_default(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    // The unique index sees each statement: the old one has to go first.
    sqlx::query(
        "UPDATE delivery.domains SET is_default = false WHERE org_id = $1 AND is_default AND id <> $2",
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    let done = sqlx::query("UPDATE delivery.domains SET is_default = true WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(done.rows_affected() > 0)
}

/// Stops sending from a domain.
pub async fn pause(tx: &mut Tx, org: OrgId, id: DomainId, reason: &str) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        UPDATE delivery.domains
        SET state = 'paused', pause_reason = $3, paused_at = $4
        WHERE org_id = $1 AND id = $2 AND state = 'active'
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(reason)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Sends from a domain again.
pub async fn resume(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let done = sqlx::query(
        r#"
        UPDATE delivery.domains SET state = 'active', pause_reason = NULL, paused_at = NULL
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(done.rows_affected() > 0)
}

/// Removes a domain. Returns `None` when it is not there, and otherwise whether it was the default.
pub async fn delete(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<Option<bool>, DbError> {
    let was_default =
        sqlx::query_scalar("DELETE FROM delivery.domains WHERE org_id = $1 AND id = $2 RETURNING is_default")
            .bind(org.uuid())
            .bind(id.uuid())
            .fetch_optional(tx.conn())
            .await?;
    Ok(was_default)
}

fn split(address: &EmailAddress) -> (&str, &str) {
    address
        .as_str()
        .rsplit_once('@')
        .unwrap_or((address.as_str(), ""))
}
