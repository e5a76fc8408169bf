//! Mailboxes that bounces come back to, with their passwords sealed.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use kernel::{BounceMailboxId, EmailAddress, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use crate::domain::bounce_mailbox::MailboxSettings;

/// Where passwords of mailboxes are sealed for.
pub const PASSWORD_PLACE: &str = "delivery.bounce_mailboxes.password";
/// Signalled when a mailbox may have to be looked into.
pub const BOUNCES_CHANNEL: &str = "delivery.bounces";

/// A mailbox.
#[derive(Clone, Debug)]
pub struct BounceMailbox {
    pub org: OrgId,
    pub id: BounceMailboxId,
    pub settings: MailboxSettings,
    /// Sealed.
    pub password: Vec<u8>,
    pub status: MailboxStatus,
    pub updated_at: Timestamp,
}

/// What a mailbox came to so far.
#[derive(Clone, Debug)]
pub struct MailboxStatus {
    /// The last time that it was looked into without an error.
    pub looked_at: Option<Timestamp>,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// How often it has gone wrong in a row.
    pub failures: i32,
    pub counts: MailCounts,
}

/// How many mails of each kind were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct MailCounts {
    pub bounces: i64,
    pub complaints: i64,
    pub unsubscribes: i64,
    pub deliveries: i64,
    pub auto_replies: i64,
    pub others: i64,
    pub unmatched: i64,
    pub unreadable: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    org_id: Uuid,
    id: Uuid,
    address: String,
    host: String,
    port: i32,
    security: String,
    username: String,
    password: Vec<u8>,
    folder: String,
    disposal: String,
    move_to: String,
    enabled: bool,
    failures: i32,
    looked_at: Option<jiff_sqlx::Timestamp>,
    last_error: Option<String>,
    #[sqlx(flatten)]
    counts: MailCounts,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for BounceMailbox {
    type Error = DbError;
    fn try_from(row: Row) -> Result<Self, DbError> {
        let odd = |column| DbError::InconsistentRow {
            table: "delivery.bounce_mailboxes",
            column,
            id: row.id.to_string(),
        };
        let settings = MailboxSettings {
            address: EmailAddress::parse(&row.address).map_err(|_| odd("address"))?,
            port: u16::try_from(row.port).map_err(|_| odd("port"))?,
            security: row.security.parse().map_err(|()| odd("security"))?,
            disposal: row.disposal.parse().map_err(|()| odd("disposal"))?,
            host: row.host,
            username: row.username,
            folder: row.folder,
            move_to: row.move_to,
            enabled: row.enabled,
        };
        Ok(Self {
            org: row.org_id.into(),
            id: row.id.into(),
            settings,
            password: row.password,
            status: MailboxStatus {
                looked_at: row.looked_at.map(|at| at.to_jiff()),
                last_error: row.last_error,
                failures: row.failures,
                counts: row.counts,
            },
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// All mailboxes of an organisation, the oldest first.
pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<BounceMailbox>, DbError> {
    let rows: Vec<Row> = sqlx::query_as(
        r#"
        SELECT org_id, id, address, host, port, security, username, password, folder, disposal, move_to,
               enabled, failures, looked_at, last_error, bounces, complaints, unsubscribes, deliveries,
               auto_replies, others, unmatched, unreadable, updated_at
        FROM delivery.bounce_mailboxes
        WHERE org_id = $1
        ORDER BY id
        "#,
    )
    .bind(org.uuid())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(BounceMailbox::try_from).collect()
}

/// One mailbox.
pub async fn find(tx: &mut Tx, org: OrgId, id: BounceMailboxId) -> Result<Option<BounceMailbox>, DbError> {
    Ok(list(tx, org).await?.into_iter().find(|mailbox| mailbox.id == id))
}

/// The addresses of all mailboxes of these organisations that are read, the oldest first.
pub async fn addresses(tx: &mut Tx, orgs: &[OrgId]) -> Result<HashMap<OrgId, Vec<EmailAddress>>, DbError> {
    let ids: Vec<Uuid> = orgs.iter().map(|org| org.uuid()).collect();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        r#"
        SELECT org_id, address
        FROM delivery.bounce_mailboxes
        WHERE org_id = ANY($1) AND enabled
        ORDER BY org_id, id
        "#,
    )
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<OrgId, Vec<EmailAddress>> = HashMap::new();
    for (org, address) in rows {
        if let Ok(address) = EmailAddress::parse(&address) {
            found.entry(org.into()).or_default().push(address);
        }
    }
    Ok(found)
}

/// Enters a mailbox; it is looked into at once.
pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: BounceMailboxId,
    settings: &MailboxSettings,
    password: &[u8],
) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        INSERT INTO delivery.bounce_mailboxes
            (org_id, id, address, host, port, security, username, password, folder, disposal, move_to,
             enabled, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(settings.address.as_str())
    .bind(&settings.host)
    .bind(i32::from(settings.port))
    .bind(settings.security.as_str())
    .bind(&settings.username)
    .bind(password)
    .bind(&settings.folder)
    .bind(settings.disposal.as_str())
    .bind(&settings.move_to)
    .bind(settings.enabled)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    signal(tx);
    Ok(())
}

/// From where a changed mailbox is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// From where it was read up to.
    Same,
    /// From its first mail: it is another folder.
    Other,
}

/// Changes a mailbox. `password` replaces the stored one. It is looked into at once, and whoever looks
/// into it with the old settings has lost it.
pub async fn update(
    tx: &mut Tx,
    org: OrgId,
    id: BounceMailboxId,
    settings: &MailboxSettings,
    password: Option<&[u8]>,
    place: Place,
) -> Result<bool, DbError> {
    let now = tx.now();
    let done = sqlx::query(
        r#"
        UPDATE delivery.bounce_mailboxes
        SET address = $3, host = $4, port = $5, security = $6, username = $7,
            password = coalesce($8, password), folder = $9, disposal = $10, move_to = $11, enabled = $12,
            uid_validity = CASE WHEN $13 THEN uid_validity END,
            last_uid = CASE WHEN $13 THEN last_uid ELSE 0 END,
            stuck_uid = NULL, stuck_times = 0, failures = 0, last_error = NULL,
            next_look_at = now(), lease_until = '-infinity', lease_holder = NULL, updated_at = $14
        WHERE org_id = $1 AND id = $2
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(settings.address.as_str())
    .bind(&settings.host)
    .bind(i32::from(settings.port))
    .bind(settings.security.as_str())
    .bind(&settings.username)
    .bind(password)
    .bind(&settings.folder)
    .bind(settings.disposal.as_str())
    .bind(&settings.move_to)
    .bind(settings.enabled)
    .bind(place == Place::Same)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    signal(tx);
    Ok(done.rows_affected() > 0)
}

/// Removes a mailbox and what is known of its mails. Returns whether it was there.
pub async fn delete(tx: &mut Tx, org: OrgId, id: BounceMailboxId) -> Result<bool, DbError> {
    sqlx::query("DELETE FROM delivery.bounce_mails WHERE org_id = $1 AND mailbox_id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    let done = sqlx::query("DELETE FROM delivery.bounce_mailboxes WHERE org_id = $1 AND id = $2")
        .bind(org.uuid())
        .bind(id.uuid())
        .execute(tx.conn())
        .await?;
    signal(tx);
    Ok(done.rows_affected() > 0)
}

/// The engine chooses return paths anew, and the poller looks.
fn signal(tx: &mut Tx) {
    tx.signal_on_commit(super::QUEUE_CHANNEL);
    tx.signal_on_commit(BOUNCES_CHANNEL);
}
