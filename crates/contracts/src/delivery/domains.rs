//! Keys and DNS records of sending domains, and whether a domain may carry mail to many.

use async_trait::async_trait;
use kernel::{DomainId, OrgId, Route0, Route1, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::settings::DkimKeyKind;
use crate::PortResult;

/// `POST` asks DNS about a domain now.
pub const DOMAIN_CHECKS: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/checks");
/// `POST` makes new keys in place of the present ones.
pub const DOMAIN_ROTATIONS: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/rotations");
/// Asks; `POST` signs with the new keys although DNS does not show them.
pub const DOMAIN_ACTIVATION: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/activation");
/// `POST` throws the new keys away.
pub const DOMAIN_DISCARD: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/discard");
/// `POST` says which host its links lead to.
pub const DOMAIN_TRACKING: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/tracking");
/// What this installation says at a host that links are to lead to; public.
pub const TRACKING_PROOF: Route0 = Route0::new("/.well-known/mauntic-tracking");

/// `POST` asks DNS about a domain now, by the API.
pub const API_DOMAIN_CHECKS: Route1<DomainId> = Route1::new("/api/v1/domains/{id}/checks");
/// `POST` makes new keys in place of the present ones, by the API.
pub const API_DOMAIN_ROTATIONS: Route1<DomainId> = Route1::new("/api/v1/domains/{id}/rotations");
/// `POST` signs with the new keys although DNS does not show them, by the API.
pub const API_DOMAIN_ACTIVATION: Route1<DomainId> = Route1::new("/api/v1/domains/{id}/activation");

/// Whether the domain that an organisation sends from may carry mail to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainStanding {
    /// This installation demands nothing.
    NotRequired,
    /// Receivers can tell that its mail is its own.
    Verified,
    /// They cannot yet.
    Unverified {
        /// The domain; `None` while there is none.
        domain: Option<DomainId>,
    },
}

/// Says whether receivers can tell that mail is from whom it says.
#[async_trait]
pub trait SendingDomains: Send + Sync {
    /// Of the domain that the organisation sends from now.
    async fn standing(&self, org: OrgId) -> PortResult<DomainStanding>;
}

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DomainKeyState {
    /// It signs once DNS shows its record.
    Pending,
    /// It signs.
    Active,
    /// It signs no more; its record has to stay until `removable_at`.
    Retiring,
    /// Its record may go.
    Retired,
}

/// A key of a domain. The private part never leaves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DomainKeyInfo {
    /// Its kind.
    pub algorithm: DkimKeyKind,
    /// What tells it from other keys of the domain.
    #[schema(example = "mauntic")]
    pub selector: String,
    /// Where it stands.
    pub state: DomainKeyState,
    /// Whether mail is signed with it now: an active key whose record vanished is left out while
    /// another one is fine.
    pub signs: bool,
    /// Where the TXT record has to stand.
    #[schema(example = "mauntic._domainkey.example.com")]
    pub record_name: String,
    /// What the TXT record has to say.
    pub record_value: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs.
    pub activated_at: Option<Timestamp>,
    /// When its record may be removed, once it signs no more.
    pub removable_at: Option<Timestamp>,
}

/// What DNS says of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// It is as it should be.
    Ok,
    /// There is none.
    Missing,
    /// There is one that says something else.
    Different,
    /// Nothing is known yet.
    Unknown,
}

/// A record that a domain needs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DomainRecord {
    /// `dkim:<selector>`, `spf`, `dmarc`, `mx` or `tracking`.
    #[schema(example = "dkim:mauntic")]
    pub record: String,
    /// `TXT`, `MX` or `CNAME`.
    #[serde(rename = "type")]
    #[schema(example = "TXT")]
    pub kind: String,
    /// Its full name.
    #[schema(example = "mauntic._domainkey.example.com")]
    pub host: String,
    /// What it should say; `null` where only the owner of the domain can know.
    pub value: Option<String>,
    /// What DNS said when it last answered.
    pub status: RecordStatus,
    /// What was found then.
    pub found: Option<String>,
    /// Why the last look-up failed (`timeout`, `servfail`, `unreachable`, `off`); `null`: it did not.
    pub failure: Option<String>,
    /// When it was last looked for.
    pub checked_at: Option<Timestamp>,
}

/// New keys in place of the present ones.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewRotation {
    /// Which keys; absent makes one of each kind.
    #[schema(max_items = 2)]
    pub keys: Option<Vec<super::settings::NewDkimKey>>,
}
