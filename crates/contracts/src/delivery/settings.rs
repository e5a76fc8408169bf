//! Sending domains and the suppression list as the API shows them.

use kernel::{DomainId, MessageId, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::domains::{DomainKeyInfo, DomainRecord};

/// Whether something is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendingState {
    /// It is.
    Active,
    /// It is not, for the time being.
    Paused,
}

/// A domain that mail is sent from, with the sender people see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SendingDomain {
    /// `dom_…`
    #[schema(value_type = String, example = "dom_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: DomainId,
    /// The domain.
    #[schema(example = "example.com")]
    pub domain: String,
    /// The name people see as the sender; may be empty.
    pub from_name: String,
    /// The part of the sender's address before the `@`.
    #[schema(example = "news")]
    pub from_local_part: String,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<String>,
    /// Whether mail is sent from it.
    pub is_default: bool,
    /// Its keys, those that are retired too, the oldest first. Mail is signed with all that `signs`.
    pub keys: Vec<DomainKeyInfo>,
    /// The records that it needs, and what DNS says of them. Only where one domain is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<Vec<DomainRecord>>,
    /// When DNS first showed a key that signs. Campaigns may demand it.
    pub verified_at: Option<Timestamp>,
    /// When DNS was last asked.
    pub checked_at: Option<Timestamp>,
    /// The host that links of its mail are to lead to; `null` for the installation's own.
    #[schema(example = "links.example.com")]
    pub tracking_host: Option<String>,
    /// Since when that host is known to lead here; until then links use the installation's own.
    pub tracking_verified_at: Option<Timestamp>,
    /// Paused when receivers refuse it for failing their checks.
    pub state: SendingState,
    /// Why it is paused.
    pub pause_reason: Option<String>,
    /// When its settings were last changed.
    pub updated_at: Timestamp,
}

/// How mail is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum DkimKeyKind {
    /// RSA with 2048 bits: every receiver verifies it.
    #[serde(rename = "rsa-sha256")]
    Rsa,
    /// Ed25519: a short record; some receivers ignore it.
    #[serde(rename = "ed25519-sha256")]
    Ed25519,
}

/// A key to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDkimKey {
    /// Its kind.
    pub algorithm: DkimKeyKind,
    /// What tells it from other keys of the domain; chosen for you when it is absent.
    #[serde(default)]
    #[schema(example = "mauntic")]
    pub selector: Option<String>,
}

/// A domain to be set up.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSendingDomain {
    /// The domain, in lower case; outside ASCII as punycode.
    #[schema(example = "example.com")]
    pub domain: String,
    /// The part of the sender's address before the `@`.
    #[schema(example = "news")]
    pub from_local_part: String,
    /// The name people see as the sender.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub from_name: String,
    /// Where answers go, if elsewhere.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Whether mail is sent from it from now on. The first domain always is.
    #[serde(default)]
    pub is_default: bool,
    /// Keys to sign with; absent makes one of each kind, and an empty list sends unsigned.
    #[serde(default)]
    #[schema(max_items = 2)]
    pub keys: Option<Vec<NewDkimKey>>,
}

/// What is to change of a domain (JSON Merge Patch); what is absent stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SendingDomainPatch {
    /// The part of the sender's address before the `@`.
    pub from_local_part: Option<String>,
    /// The name people see as the sender.
    pub from_name: Option<String>,
    /// Where answers go; `null` to the sender's address.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub reply_to: Option<Option<String>>,
    /// `true` sends from it from now on.
    pub is_default: Option<bool>,
    /// Only an empty list, which ends signing. New keys are made by a rotation.
    #[schema(max_items = 0)]
    pub keys: Option<Vec<NewDkimKey>>,
    /// The host that links lead to, below the domain; `null` for the installation's own.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub tracking_host: Option<Option<String>>,
    /// `active` sends from it again.
    pub state: Option<SendingState>,
}

/// Why an address may not be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// The person asked for it.
    Unsubscribed,
    /// There is no such mailbox.
    HardBounce,
    /// The mailbox has been full or abandoned for some time.
    SoftBounces,
    /// The person called a message spam.
    Complaint,
    /// Somebody put it on the list.
    Manual,
}

/// An address on the list, for one reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suppression {
    /// The address.
    pub address: String,
    /// Why it is on the list.
    pub reason: SuppressionReason,
    /// What whoever put it there wrote.
    pub note: Option<String>,
    /// The message that led here, if one did.
    #[schema(value_type = Option<String>, example = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub message_id: Option<MessageId>,
    /// Since when.
    pub created_at: Timestamp,
}

/// What is known of one address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddressStanding {
    /// The address.
    pub address: String,
    /// Whether it is on the list at all.
    pub suppressed: bool,
    /// Each reason for which it is.
    pub reasons: Vec<Suppression>,
    /// What happened, the newest first.
    pub log: Vec<SuppressionLogEntry>,
}

/// An addition to the list, or a removal from it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuppressionLogEntry {
    /// `added` or `removed`.
    pub action: String,
    /// For which reason it was on the list.
    pub reason: SuppressionReason,
    /// What whoever did it wrote.
    pub note: Option<String>,
    /// Whether a person did it, and not the program.
    pub by_person: bool,
    /// When.
    pub at: Timestamp,
}

/// Addresses to be put on the list.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSuppressions {
    /// 1 to 10,000. One that is no address refuses them all.
    #[schema(min_items = 1, max_items = 10_000, example = json!(["ann@example.com"]))]
    pub addresses: Vec<String>,
    /// Why; absent is `manual`.
    #[serde(default)]
    pub reason: Option<SuppressionReason>,
    /// In your own words.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct SuppressionReceipt {
    /// Addresses that were not on the list for this reason.
    pub added: usize,
    /// Addresses that were.
    pub already: usize,
}

/// Which suppressions.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct SuppressionQuery {
    /// Only addresses that begin with this.
    pub q: Option<String>,
    /// Only those on the list for this reason.
    #[param(inline)]
    pub reason: Option<SuppressionReason>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}

/// Why an address is taken off the list.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRemoval {
    /// In your own words, 3 to 500 characters; kept in the log.
    pub why: String,
    /// Only from this reason; absent from all.
    #[serde(default)]
    #[param(inline)]
    pub reason: Option<SuppressionReason>,
}

/// Tells `null` from absent: what is there, be it `null`, is `Some`.
pub(super) fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
