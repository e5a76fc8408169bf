//! Sources of events, the events themselves, and devices.

use kernel::{ContactId, DeviceId, EventId, Route0, Route1, Route2, SourceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// Sources of events.
pub const SOURCES: Route0 = Route0::new("/app/settings/sources");
/// The form for a new one.
pub const SOURCE_NEW: Route0 = Route0::new("/app/settings/sources/new");
/// One source: its settings and snippets.
pub const SOURCE: Route1<SourceId> = Route1::new("/app/settings/sources/{id}");
/// `POST` gives it another write key.
pub const SOURCE_KEY: Route1<SourceId> = Route1::new("/app/settings/sources/{id}/key");
/// `POST` lets it send or not.
pub const SOURCE_STATE: Route1<SourceId> = Route1::new("/app/settings/sources/{id}/state");
/// `POST` deletes it.
pub const SOURCE_DELETION: Route1<SourceId> = Route1::new("/app/settings/sources/{id}/deletion");
/// The debugger: the last events as they came.
pub const EVENT_LOG: Route0 = Route0::new("/app/events");
/// Its list, for htmx.
pub const EVENT_LOG_LIST: Route0 = Route0::new("/ui/crm/events");
/// One event of it.
pub const LOGGED_EVENT: Route1<EventId> = Route1::new("/app/events/{id}");
/// Names of events.
pub const EVENT_NAMES: Route0 = Route0::new("/app/events/names");
/// Claims that two people are one.
pub const IDENTITY_CONFLICTS: Route0 = Route0::new("/app/events/conflicts");
/// `POST` says that they are two.
pub const IDENTITY_CONFLICT_DISMISSAL: Route1<String> = Route1::new("/app/events/conflicts/{id}/dismissal");
/// `POST` forgets a device.
pub const CONTACT_DEVICE_DELETION: Route2<ContactId, DeviceId> =
    Route2::new("/app/contacts/{contact}/devices/{id}/deletion");

/// Calls of Segment's HTTP API: `identify`, `track`, `page`, `screen`, `group`, `alias`, `batch`,
/// `import`, and their first letters.
pub const INGEST: Route1<String> = Route1::new("/v1/{call}");
/// What Segment's browser library asks first.
pub const INGEST_SETTINGS: Route1<String> = Route1::new("/v1/projects/{write_key}/settings");
/// The first-party snippet.
pub const SNIPPET: Route0 = Route0::new("/mauntic.js");
/// Calls of Parcelvoy's client API: `identify`, `alias`, `devices`, `events`, `segment`.
pub const PARCELVOY_CLIENT: Route1<String> = Route1::new("/api/client/{call}");
/// Mautic's snippet.
pub const MAUTIC_SNIPPET: Route0 = Route0::new("/mtc.js");
/// `POST` a page view as Mautic's snippet does.
pub const MAUTIC_EVENT: Route0 = Route0::new("/mtc/event");
/// The same by a picture.
pub const MAUTIC_PIXEL: Route0 = Route0::new("/mtracking.gif");
/// Whom Mautic's snippet has met.
pub const MAUTIC_CONTACT: Route0 = Route0::new("/mtc");

/// Events by the API.
pub const API_EVENTS: Route0 = Route0::new("/api/v1/events");
/// Names of events by the API.
pub const API_EVENT_NAMES: Route0 = Route0::new("/api/v1/event-names");
/// Sources by the API.
pub const API_SOURCES: Route0 = Route0::new("/api/v1/sources");
/// One source by the API.
pub const API_SOURCE: Route1<SourceId> = Route1::new("/api/v1/sources/{id}");
/// `POST` gives it another write key.
pub const API_SOURCE_KEY: Route1<SourceId> = Route1::new("/api/v1/sources/{id}/write-key");
/// Devices of a contact by the API.
pub const API_CONTACT_DEVICES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/devices");
/// One of them.
pub const API_CONTACT_DEVICE: Route2<ContactId, DeviceId> =
    Route2::new("/api/v1/contacts/{contact}/devices/{id}");

/// One event, or up to 1,000.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum EventsInput {
    /// Several.
    Many(Vec<EventInput>),
    /// One.
    One(Box<EventInput>),
}

/// Something that somebody did. Says whose it is by exactly one of `contact_id`, `external_id`,
/// `email` and `anonymous_id`; who is not known by the latter three is created.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventInput {
    /// What it is called, up to 200 characters. Names of what the platform notes itself, such as
    /// `email_opened`, are refused.
    #[schema(example = "Order Completed")]
    pub name: String,
    /// `con_…`
    pub contact_id: Option<String>,
    /// What your own system calls the person.
    pub external_id: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// What a browser or an installation of an app is called.
    pub anonymous_id: Option<String>,
    /// Whatever belongs to it.
    #[schema(value_type = Object)]
    pub properties: Map<String, Value>,
    /// When it happened; now when it is absent.
    pub occurred_at: Option<Timestamp>,
    /// Your own name for this event: the same one sent again within 24 hours counts once.
    pub message_id: Option<String>,
}

/// What became of each event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventResults {
    /// One for each event, in the order given.
    pub results: Vec<EventResult>,
}

/// What became of one event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventResult {
    /// `accepted`, `repeated` or `rejected`.
    pub status: String,
    /// Whom it was counted for.
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
    /// Why it was rejected.
    pub reason: Option<String>,
}

/// An event of somebody.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Event {
    /// `evt_…`
    #[schema(value_type = String)]
    pub id: EventId,
    /// `con_…`
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// What it is called.
    pub name: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The source that sent it; none for what the platform noted and for the API.
    #[schema(value_type = Option<String>)]
    pub source_id: Option<SourceId>,
    /// What it was sent with.
    #[schema(value_type = Object)]
    pub properties: Value,
    /// Page, campaign and library, as far as the sender told them.
    #[schema(value_type = Option<Object>)]
    pub context: Option<Value>,
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct EventQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only of this contact.
    pub contact_id: Option<String>,
    /// Only events of this name.
    pub name: Option<String>,
    /// Only what happened since then.
    pub since: Option<String>,
}

/// A name of events.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventName {
    /// The name.
    pub name: String,
    /// How many came in during the last 30 days.
    pub count: i64,
    /// When the first came in.
    pub first_seen_at: Timestamp,
    /// When the last came in.
    pub last_seen_at: Timestamp,
    /// Types of values by the names of properties: `text`, `number`, `boolean`, `datetime`, `list`.
    pub properties: std::collections::BTreeMap<String, Vec<String>>,
}

/// Where events come from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Source {
    /// `src_…`
    #[schema(value_type = String)]
    pub id: SourceId,
    /// Unique, whatever the case of its letters.
    pub name: String,
    /// `website`, `server`, `mobile` or `mautic`.
    pub kind: String,
    /// Public: it lets events in and nothing out.
    pub write_key: String,
    /// Whether it may send.
    pub enabled: bool,
    /// Whether answers say what is wrong, also without the header `X-Strict-Mode: 1`.
    pub strict: bool,
    /// Whether traits that no field exists for make one.
    pub create_fields: bool,
    /// Whether the snippet waits for consent.
    pub consent_required: bool,
    /// Of pages that may send; empty allows all.
    pub allowed_origins: Vec<String>,
    /// How many events a second it may send, ten seconds' worth at once.
    pub events_per_second: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What is to be known of a source. What is absent stays as it is, or as it is by default.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SourceInput {
    /// Up to 100 characters.
    pub name: Option<String>,
    /// `website` (the default), `server`, `mobile` or `mautic`.
    pub kind: Option<String>,
    /// Whether it may send.
    pub enabled: Option<bool>,
    /// Whether answers say what is wrong.
    pub strict: Option<bool>,
    /// Whether traits that no field exists for make one.
    pub create_fields: Option<bool>,
    /// Whether the snippet waits for consent.
    pub consent_required: Option<bool>,
    /// `https://www.example.com`, …
    pub allowed_origins: Option<Vec<String>>,
    /// Between 1 and 1,000,000.
    pub events_per_second: Option<i32>,
}

/// What somebody was met on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// `dev_…`
    #[schema(value_type = String)]
    pub id: DeviceId,
    /// What tells it from the person's others.
    pub device_id: String,
    /// `ios`, `android`, `web`, `desktop` or `other`.
    pub platform: String,
    /// Empty when unknown, as all of these texts.
    pub os: String,
    pub os_version: String,
    pub model: String,
    pub browser: String,
    pub app_version: String,
    /// Where push messages go.
    pub push_token: Option<String>,
    /// When it was first and last seen.
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// A device to be noted; one that is known by its `device_id` is changed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceInput {
    /// What the app calls this installation; up to 255 characters.
    pub device_id: String,
    /// `ios`, `android`, `web`, `desktop` or `other`.
    pub platform: String,
    /// Where push messages go.
    pub push_token: Option<String>,
    pub os: String,
    pub os_version: String,
    pub model: String,
    pub app_version: String,
}
