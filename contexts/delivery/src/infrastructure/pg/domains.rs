//! Domains that mail is sent from, with their keys sealed.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{DomainId, EmailAddress, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::{domain_checks, domain_keys};
use crate::domain::{
    dkim::DkimAlgorithm,
    domain_key::{DomainKey, KeyState},
    sending_domain::Sender,
};

/// Where keys of domains are sealed for. It names the column that they once stood in; they would not
/// open under another name.
pub const PRIVATE_KEY_PLACE: &str = "delivery.domains.dkim_private_key";

/// A domain.
#[derive(Clone, Debug)]
pub struct Domain {
    pub org: OrgId,
    pub id: DomainId,
    pub domain: String,
    pub sender: Sender,
    pub is_default: bool,
    /// All it ever had, the oldest first.
    pub keys: Vec<DomainKey>,
    /// Where links of its mail are to lead.
    pub tracking_host: Option<String>,
    /// Since when that host is known to lead here; until then links do not use it.
    pub tracking_verified_at: Option<Timestamp>,
    /// When DNS first showed a key that signs.
    pub verified_at: Option<Timestamp>,
    /// When DNS was last asked.
    pub checked_at: Option<Timestamp>,
    /// `Some` while nothing is sent from it: why.
    pub paused: Option<String>,
    pub updated_at: Timestamp,
}

impl Domain {
    /// The host that links of its mail lead to, when it has one that leads here.
    #[must_use]
    pub fn links_host(&self) -> Option<&str> {
        self.tracking_host
            .as_deref()
            .filter(|_| self.tracking_verified_at.is_some())
    }
}

/// A key to be stored.
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
    tracking_host: Option<String>,
    tracking_verified_at: Option<jiff_sqlx::Timestamp>,
    verified_at: Option<jiff_sqlx::Timestamp>,
    checked_at: Option<jiff_sqlx::Timestamp>,
    state: String,
    pause_reason: Option<String>,
    updated_at: jiff_sqlx::Timestamp,
}

impl Row {
    fn with_keys(self, keys: Vec<DomainKey>) -> Result<Domain, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.domains",
            column,
            id: self.id.to_string(),
        };
        let address = EmailAddress::parse(&format!("{}@{}", self.from_local_part, self.domain))
            .map_err(|_| odd("from_local_part"))?;
        let reply_to = self.reply_to.as_deref().map(EmailAddress::parse).transpose();
        let reply_to = reply_to.map_err(|_| odd("reply_to"))?;
        Ok(Domain {
            org: self.org_id.into(),
            id: self.id.into(),
            domain: self.domain,
            sender: Sender {
                name: self.from_name,
                address,
                reply_to,
            },
            is_default: self.is_default,
            keys,
            tracking_host: self.tracking_host,
            tracking_verified_at: self.tracking_verified_at.map(|at| at.to_jiff()),
            verified_at: self.verified_at.map(|at| at.to_jiff()),
            checked_at: self.checked_at.map(|at| at.to_jiff()),
            paused: (self.state == "paused").then(|| self.pause_reason.unwrap_or_default()),
            updated_at: self.updated_at.to_jiff(),
        })
    }
}

/// The domains that some organisations send from.
pub async fn defaults(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Domain>, DbError> {
    let ids: Vec<_> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, domain, from_local_part, from_name, reply_to, is_default, tracking_host,
               tracking_verified_at, verified_at, checked_at, state, pause_reason, updated_at
        FROM delivery.domains
        WHERE org_id = ANY($1) AND is_default
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let domains = with_keys(tx, orgs, rows).await?;
    Ok(domains.into_iter().map(|domain| (domain.org, domain)).collect())
}

/// All domains of an organisation, the default one first.
pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<Domain>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, domain, from_local_part, from_name, reply_to, is_default, tracking_host,
               tracking_verified_at, verified_at, checked_at, state, pause_reason, updated_at
        FROM delivery.domains
        WHERE org_id = $1
        ORDER BY is_default DESC, domain
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    with_keys(tx, &[org], rows).await
}

async fn with_keys(tx: &mut Tx, orgs: &[OrgId], rows: Vec<Row>) -> Result<Vec<Domain>, DbError> {
    let mut keys = domain_keys::of_organizations(tx, orgs).await?;
    rows.into_iter()
        .map(|row| {
            let keys = keys.remove(&DomainId::from_uuid(row.id)).unwrap_or_default();
            row.with_keys(keys)
        })
        .collect()
}

/// One domain.
pub async fn find(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<Option<Domain>, DbError> {
    Ok(list(tx, org).await?.into_iter().find(|domain| domain.id == id))
}

/// One domain, which nobody else changes before this transaction ends.
pub async fn lock(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<Option<Domain>, DbError> {
    let there: Option<Uuid> =
        sqlx::query_scalar("SELECT id FROM delivery.domains WHERE org_id = $1 AND id = $2 FOR UPDATE")
            .bind(org.uuid())
            .bind(id.uuid())
            .fetch_optional(tx.conn())
            .await?;
    match there {
        Some(_) => find(tx, org, id).await,
        None => Ok(None),
    }
}

/// Enters a domain with keys that sign from now on; the first one becomes the default.
pub async fn insert<'a>(
    tx: &mut Tx,
    org: OrgId,
    id: DomainId,
    sender: &Sender,
    keys: impl IntoIterator<Item = &'a DkimSetup>,
) -> Result<(), DbError> {
    let now = tx.now();
    let (local_part, domain) = split(&sender.address);
    sqlx::query(
        r#"
        INSERT INTO delivery.domains
            (org_id, id, domain, from_local_part, from_name, reply_to, is_default, created_at, updated_at)
        SELECT $1, $2, $3, $4, $5, $6,
               NOT EXISTS (SELECT 1 FROM delivery.domains WHERE org_id = $1 AND is_default),
               $7, $7
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(domain)
    .bind(local_part)
    .bind(&sender.name)
    .bind(sender.reply_to.as_ref().map(EmailAddress::as_str))
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    let keys: Vec<&DkimSetup> = keys.into_iter().collect();
    domain_keys::insert(tx, org, id, &keys, KeyState::Active).await
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

/// Has whoever uses the domain read it again, after something of its keys changed.
pub async fn touch(tx: &mut Tx, org: OrgId, id: DomainId) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query("UPDATE delivery.domains SET updated_at = $3 WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(now.to_sqlx())
        .execute(tx.conn())
        .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    Ok(())
}

/// Says where links of its mail are to lead. Another host has to be verified first.
pub async fn set_tracking_host(
    tx: &mut Tx,
    org: OrgId,
    id: DomainId,
    host: Option<&str>,
) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        UPDATE delivery.domains
        SET tracking_verified_at = CASE WHEN tracking_host = $3 THEN tracking_verified_at END,
            tracking_host = $3, next_check_at = NULL, updated_at = $4
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(host)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    tx.signal_on_commit(super::QUEUE_CHANNEL);
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
    domain_keys::delete(tx, org, id).await?;
    domain_checks::delete(tx, org, id).await?;
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
