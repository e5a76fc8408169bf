//! Mailboxes that bounces and complaints come back to: their pages, and how the API shows them.

use kernel::{BounceMailboxId, Route0, Route1, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bounce mailboxes.
pub const BOUNCE_MAILBOXES: Route0 = Route0::new("/app/settings/bounce-mailboxes");
/// The form for a new one.
pub const BOUNCE_MAILBOX_NEW: Route0 = Route0::new("/app/settings/bounce-mailboxes/new");
/// One mailbox.
pub const BOUNCE_MAILBOX: Route1<BounceMailboxId> = Route1::new("/app/settings/bounce-mailboxes/{id}");
/// `POST` signs in and counts.
pub const BOUNCE_MAILBOX_TEST: Route1<BounceMailboxId> =
    Route1::new("/app/settings/bounce-mailboxes/{id}/tests");
/// Asks; `POST` deletes it.
pub const BOUNCE_MAILBOX_DELETION: Route1<BounceMailboxId> =
    Route1::new("/app/settings/bounce-mailboxes/{id}/deletion");

/// Bounce mailboxes by the API.
pub const API_BOUNCE_MAILBOXES: Route0 = Route0::new("/api/v1/bounce-mailboxes");
/// One bounce mailbox by the API.
pub const API_BOUNCE_MAILBOX: Route1<BounceMailboxId> = Route1::new("/api/v1/bounce-mailboxes/{id}");
/// `POST` signs in and counts.
pub const API_BOUNCE_MAILBOX_TESTS: Route1<BounceMailboxId> =
    Route1::new("/api/v1/bounce-mailboxes/{id}/tests");

/// How the connection to the mailbox is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailboxSecurity {
    /// TLS from the first byte (port 993).
    Tls,
    /// `STARTTLS`, without which nobody signs in (port 143).
    StartTls,
    /// In clear: only where the installation allows private networks.
    None,
}

/// What becomes of a mail once its report is taken down. Automatic replies, letters of people, and
/// reports that are about no message of ours stay where they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailDisposal {
    /// It is deleted.
    Delete,
    /// It is moved into another folder.
    Move,
    /// It stays, marked as read.
    MarkSeen,
}

/// A mailbox that bounces come back to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BounceMailbox {
    /// `bmb_…`
    #[schema(value_type = String, example = "bmb_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: BounceMailboxId,
    /// Its address, which mail to `name+anything@domain` must reach as well.
    #[schema(example = "bounces@example.com")]
    pub address: String,
    /// The IMAP server.
    #[schema(example = "imap.example.com")]
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailboxSecurity,
    /// Whom to sign in as.
    pub username: String,
    /// Always `true`: a password is stored, and never shown.
    pub has_password: bool,
    /// The folder that is read.
    pub folder: String,
    /// What becomes of a mail whose report was taken down.
    pub disposal: MailDisposal,
    /// The folder that it is moved to; empty unless `disposal` is `move`.
    pub move_to: String,
    /// Whether it is read.
    pub enabled: bool,
    /// Whether messages leave with return paths of their own in this mailbox.
    pub is_return_path: bool,
    /// What it came to so far.
    pub status: BounceMailboxStatus,
    /// When its settings were last changed.
    pub updated_at: Timestamp,
}

/// What a mailbox came to so far.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BounceMailboxStatus {
    /// The last time that it was looked into without an error.
    pub looked_at: Option<Timestamp>,
    /// What went wrong the last time; `null` when nothing did.
    pub last_error: Option<String>,
    /// How often it has gone wrong in a row.
    pub failures: i32,
    /// Bounces of messages of ours, for good or for the time being.
    pub bounces: i64,
    /// Complaints about messages of ours.
    pub complaints: i64,
    /// Wishes to unsubscribe that were followed.
    pub unsubscribes: i64,
    /// Reports that a message arrived.
    pub deliveries: i64,
    /// Automatic replies, left in place.
    pub auto_replies: i64,
    /// Letters of people and anything else, left in place.
    pub others: i64,
    /// Reports that are about no message of ours, or do not prove it; left in place.
    pub unmatched: i64,
    /// Mails that the server could not hand over, passed over.
    pub unreadable: i64,
}

/// A mailbox to be set up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBounceMailbox {
    /// Its address. The part before the `@` holds no `+` and at most 18 characters.
    #[schema(example = "bounces@example.com")]
    pub address: String,
    /// The IMAP server.
    #[schema(example = "imap.example.com")]
    pub host: String,
    /// Its port; absent is 993 or, with `start_tls` and `none`, 143.
    #[serde(default)]
    pub port: Option<u16>,
    /// How the connection is protected; absent is `tls`.
    #[serde(default)]
    pub security: Option<MailboxSecurity>,
    /// Whom to sign in as; absent is the address.
    #[serde(default)]
    pub username: Option<String>,
    /// Stored encrypted, never shown.
    pub password: String,
    /// The folder that is read; absent is `INBOX`.
    #[serde(default)]
    pub folder: Option<String>,
    /// What becomes of a mail whose report was taken down; absent is `mark_seen`.
    #[serde(default)]
    pub disposal: Option<MailDisposal>,
    /// The folder that it is moved to; needed with `move`.
    #[serde(default)]
    pub move_to: Option<String>,
    /// Whether it is read; absent is `true`.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// What is to change of a mailbox (JSON Merge Patch); what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BounceMailboxPatch {
    /// Its address.
    pub address: Option<String>,
    /// The IMAP server. Whoever changes it has to give the password again.
    pub host: Option<String>,
    /// Its port. Whoever changes it has to give the password again.
    pub port: Option<u16>,
    /// How the connection is protected. Whoever changes it has to give the password again.
    pub security: Option<MailboxSecurity>,
    /// Whom to sign in as. Whoever changes it has to give the password again.
    pub username: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// The folder that is read.
    pub folder: Option<String>,
    /// What becomes of a mail whose report was taken down.
    pub disposal: Option<MailDisposal>,
    /// The folder that it is moved to.
    pub move_to: Option<String>,
    /// Whether it is read.
    pub enabled: Option<bool>,
}

/// What came of signing in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BounceMailboxTest {
    /// Whether the folder could be opened.
    pub succeeded: bool,
    /// How many messages lie in it.
    pub messages: Option<u32>,
    /// What went wrong, in the server's words where it said something.
    pub error: Option<String>,
}
