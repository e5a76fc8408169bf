//! Organisations, people, sessions and keys.

use async_trait::async_trait;
use kernel::{ApiKeyId, OrgId, Permission, Role, Route0, Route1, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::{PortResult, PublicEvent};

/// Whether mail of an organisation leaves the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SendingMode {
    /// All mail goes to the built-in inbox.
    Test,
    /// Mail goes to the providers that are set up.
    Live,
}

impl SendingMode {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SendingMode::Test => "test",
            SendingMode::Live => "live",
        }
    }
}

/// What other contexts know of an organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrganizationProfile {
    /// `org_…`
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// Whether its mail leaves the machine.
    pub mode: SendingMode,
    /// IANA name of its time zone, for example `Europe/Berlin`.
    pub timezone: String,
    /// The postal address that commercial mail must carry; may be empty while in test mode.
    pub postal_address: String,
}

/// Somebody who works for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `usr_…`
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// What they are there.
    pub role: Role,
}

/// Reads organisations. Implemented by identity; profiles come from a cache that is at most a
/// second old.
#[async_trait]
pub trait Organizations: Send + Sync {
    /// The profiles of those that exist.
    async fn profiles(&self, ids: &[OrgId]) -> PortResult<Vec<OrganizationProfile>>;
    /// Everybody who works for an organisation, by name.
    async fn members(&self, org: OrgId) -> PortResult<Vec<Member>>;
    /// What keys of an organisation are called, also those that were revoked; those that never were
    /// are left out.
    async fn api_key_names(&self, org: OrgId, keys: &[ApiKeyId]) -> PortResult<Vec<(ApiKeyId, String)>>;
}

/// A person with a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: SessionId,
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Where they work at present.
    pub organization: OrganizationProfile,
    /// What they are there.
    pub role: Role,
    /// BCP 47 tag of the language they read.
    pub locale: String,
}

/// A program with a valid key.
#[derive(Clone, Debug)]
pub struct ApiCaller {
    /// The key.
    pub key: ApiKeyId,
    /// The organisation it belongs to.
    pub organization: OrganizationProfile,
    /// What it may do.
    pub permissions: Vec<Permission>,
}

/// Who stands behind a request. Implemented by identity, called by the platform's middleware.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The person of a session cookie; `None` when it is unknown, expired or revoked.
    async fn session(&self, token: &str, now: Timestamp) -> PortResult<Option<SignedIn>>;
    /// The program of a bearer token; `None` when it is unknown, expired or revoked.
    async fn api_key(&self, token: &str, now: Timestamp) -> PortResult<Option<ApiCaller>>;
    /// Whether nobody has been set up yet, so that every page leads to the first-run page.
    async fn needs_setup(&self) -> PortResult<bool>;
}

/// One thing that stands between an organisation and live sending.
#[derive(Clone, Debug)]
pub struct ReadinessItem {
    /// Message key of what is checked.
    pub title_key: &'static str,
    /// Message key of what to do about it.
    pub help_key: &'static str,
    /// Whether it is in order.
    pub ready: bool,
    /// Whether going live is refused without it; otherwise it is only advised.
    pub required: bool,
    /// Where to mend it.
    pub href: String,
}

/// What other contexts demand before an organisation goes live.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// All that is checked, in order or not.
    async fn readiness(&self, org: OrgId) -> PortResult<Vec<ReadinessItem>>;
}

/// What identity tells the others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum IdentityEvent {
    /// An organisation came into being.
    OrganizationCreated {
        /// Its profile then.
        profile: OrganizationProfile,
    },
    /// Its settings or its sending mode changed.
    OrganizationChanged {
        /// Its profile now.
        profile: OrganizationProfile,
    },
}

impl PublicEvent for IdentityEvent {
    const TOPIC: &'static str = "identity";
}

/// An organisation as the API shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Organization {
    /// `org_…`
    #[schema(value_type = String, example = "org_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: OrgId,
    /// Its name.
    pub name: String,
    /// Whether its mail leaves the machine. Changed by its owner in the app only.
    pub mode: SendingMode,
    /// IANA name of its time zone.
    #[schema(example = "Europe/Berlin")]
    pub timezone: String,
    /// The postal address that commercial mail carries; several lines, or empty.
    pub postal_address: String,
}

impl From<OrganizationProfile> for Organization {
    fn from(profile: OrganizationProfile) -> Self {
        let OrganizationProfile {
            id,
            name,
            mode,
            timezone,
            postal_address,
        } = profile;
        Self {
            id,
            name,
            mode,
            timezone,
            postal_address,
        }
    }
}

/// What is to change about an organisation (JSON Merge Patch): what is absent stays as it is.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationPatch {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub name: Option<Option<String>>,
    /// IANA name of its time zone.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "Europe/Berlin")]
    pub timezone: Option<Option<String>>,
    /// Its postal address; `null` removes it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub postal_address: Option<Option<String>>,
}

/// Tells `null` from absent: what is there, be it `null`, is `Some`.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A key of the API, without its token.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ApiKey {
    /// `key_…`
    #[schema(value_type = String, example = "key_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: ApiKeyId,
    /// What people call it.
    pub name: String,
    /// How its token begins.
    #[schema(example = "mk_live_a1B2c3")]
    pub prefix: String,
    /// Keys for test mode stop working while the organisation is live.
    pub mode: SendingMode,
    /// What it may do.
    #[schema(example = json!(["contacts:read", "contacts:write"]))]
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working; `null` is never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A key of the API that is to be made.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// What people call it.
    #[schema(max_length = 100)]
    pub name: String,
    /// What it may do: no more than the key that makes it.
    #[schema(example = json!(["contacts:read"]))]
    pub scopes: Vec<String>,
    /// Absent: the mode that the organisation is in.
    pub mode: Option<SendingMode>,
    /// When it stops working; absent is never.
    pub expires_at: Option<Timestamp>,
}

/// A key of the API that was just made.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct CreatedApiKey {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKey,
    /// The secret. It is not stored and never shown again.
    #[schema(example = "mk_live_…")]
    pub token: String,
}

/// The first-run page.
pub const SETUP: Route0 = Route0::new("/setup");
/// Sign in.
pub const LOGIN: Route0 = Route0::new("/login");
/// `POST` signs out.
pub const LOGOUT: Route0 = Route0::new("/app/logout");
/// The person's own account: name, password, sessions.
pub const ACCOUNT: Route0 = Route0::new("/app/account");
/// `POST` changes the password.
pub const ACCOUNT_PASSWORD: Route0 = Route0::new("/app/account/password");
/// `POST` ends another session of one's own.
pub const ACCOUNT_SESSION: Route1<SessionId> = Route1::new("/app/account/sessions/{id}/revocation");
/// `POST` chooses the theme (`light`, `dark`, `system`).
pub const THEME: Route0 = Route0::new("/app/account/theme");
/// `POST` switches shortcuts of a single key `on` or `off`.
pub const SHORTCUTS: Route0 = Route0::new("/app/account/shortcuts");
/// The organisation's settings.
pub const ORGANIZATION: Route0 = Route0::new("/app/settings/organization");
/// Going live: what is missing, and the act itself.
pub const GO_LIVE: Route0 = Route0::new("/app/settings/go-live");
/// Keys of the API.
pub const API_KEYS: Route0 = Route0::new("/app/settings/api-keys");
/// The form for a new key.
pub const API_KEY_NEW: Route0 = Route0::new("/app/settings/api-keys/new");
/// `POST` revokes a key.
pub const API_KEY_REVOCATION: Route1<ApiKeyId> = Route1::new("/app/settings/api-keys/{id}/revocation");
/// The organisation of the key.
pub const API_ORGANIZATION: Route0 = Route0::new("/api/v1/organization");
/// Keys by the API.
pub const API_API_KEYS: Route0 = Route0::new("/api/v1/api-keys");
/// One key by the API.
pub const API_API_KEY: Route1<ApiKeyId> = Route1::new("/api/v1/api-keys/{id}");
