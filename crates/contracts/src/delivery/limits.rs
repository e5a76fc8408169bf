//! How much may be sent, by whom and to whom.

use kernel::{BatchId, CampaignId, DomainId, Route0, Route1, Route2, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BatchState, MessageSource, Stream};

/// Limits, warm-ups and brakes; `POST` sets the organisation's limits.
pub const LIMITS: Route0 = Route0::new("/app/settings/sending-limits");
/// `POST` begins a warm-up.
pub const WARM_UPS: Route0 = Route0::new("/app/settings/sending-limits/warm-ups");
/// One warm-up, by what is warmed up: `domain` or `account`, and its identifier. `POST` pauses, resumes or
/// ends it.
pub const WARM_UP: Route2<String, String> =
    Route2::new("/app/settings/sending-limits/warm-ups/{subject}/{id}");
/// `POST` takes a brake off.
pub const BRAKE_RELEASE: Route0 = Route0::new("/app/settings/sending-limits/brake-releases");
/// `POST` changes how an account stands among the others.
pub const PROVIDER_SHARE: Route1<kernel::ProviderId> = Route1::new("/app/settings/providers/{id}/share");
/// What waits, and for what.
pub const QUEUE: Route0 = Route0::new("/app/messages/queue");

/// `GET` and `PUT`.
pub const API_SENDING_LIMITS: Route0 = Route0::new("/api/v1/sending-limits");
/// `GET` and `POST`.
pub const API_WARM_UPS: Route0 = Route0::new("/api/v1/warm-ups");
/// `GET`, `PATCH` and `DELETE`, by `dom_…` or `prv_…`.
pub const API_WARM_UP: Route1<String> = Route1::new("/api/v1/warm-ups/{id}");
/// `GET`.
pub const API_BRAKES: Route0 = Route0::new("/api/v1/brakes");
/// `DELETE`, by domain and mailbox provider.
pub const API_BRAKE: Route2<DomainId, String> = Route2::new("/api/v1/brakes/{domain_id}/{mailbox_provider}");
/// `GET` and `PUT`.
pub const API_PROVIDER_SHARE: Route1<kernel::ProviderId> = Route1::new("/api/v1/providers/{id}/share");
/// `GET`.
pub const API_QUEUE: Route0 = Route0::new("/api/v1/queue");

/// What an organisation allows itself, over all accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendingLimits {
    /// Messages per second; `null` sets no limit.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
    /// Messages per day, from midnight to midnight in UTC.
    #[serde(default)]
    pub messages_per_day: Option<u32>,
}

/// How an account stands among the others of its channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderShare {
    /// Accounts with the lowest rank are used first; the next rank stands in when none of them is well.
    pub rank: i32,
    /// How much of what its rank sends, beside the weights of the others: 1 to 1000.
    #[serde(default = "hundred")]
    pub weight: u32,
    /// Messages per day, from midnight to midnight in UTC; the rest goes to another account, or waits.
    #[serde(default)]
    pub messages_per_day: Option<u32>,
    /// Only mail from these sending domains; empty: from all.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub domain_ids: Vec<DomainId>,
}

const fn hundred() -> u32 {
    100
}

/// A warm-up to begin.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWarmUp {
    /// What is warmed up: a sending domain or an account.
    #[schema(example = "dom_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: String,
    /// Messages of the first day to each mailbox provider: 20 or more.
    #[serde(default = "fifty")]
    pub first_day: u32,
    /// How much larger each day is than the one before, in hundredths: 1 to 30.
    #[serde(default = "thirty")]
    pub growth: u32,
    /// At so many a day it has ended.
    #[serde(default = "target")]
    pub target: u32,
}

const fn fifty() -> u32 {
    50
}

const fn thirty() -> u32 {
    30
}

const fn target() -> u32 {
    20_000
}

/// What becomes of a warm-up.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmUpPatch {
    /// `true`: nothing is sent until it is `false` again.
    pub paused: bool,
}

/// A warm-up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarmUpDetail {
    /// What is warmed up.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Messages of the first day to each mailbox provider.
    pub first_day: u32,
    /// How much larger each day is than the one before, in hundredths.
    pub growth: u32,
    /// At so many a day it has ended.
    pub target: u32,
    /// Whether nothing is sent at present.
    pub paused: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// Days by mailbox provider, newest first.
    pub days: Vec<WarmUpDay>,
}

/// One day at one mailbox provider.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WarmUpDay {
    /// In UTC.
    #[schema(value_type = String, example = "2026-11-27")]
    pub day: jiff::civil::Date,
    /// `gmail`, `microsoft`, `yahoo` … `other`.
    pub mailbox_provider: String,
    /// How many might be sent; `null`: no limit any more.
    pub cap: Option<u32>,
    /// Why: `begun`, `grown`, `unused`, `kept`, `stepped_back`, `stopped` or `done`.
    pub decision: String,
    /// Accepted.
    pub sent: u64,
    /// Put off.
    pub deferred: u64,
    /// Came back.
    pub bounced: u64,
    /// Called spam.
    pub complained: u64,
}

/// Mail from a domain to a mailbox provider that waits until a person says so.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BrakeItem {
    /// The sending domain.
    #[schema(value_type = String)]
    pub domain_id: DomainId,
    /// `gmail`, `microsoft`, `yahoo` … `other`.
    pub mailbox_provider: String,
    /// `bounces` or `complaints`.
    pub reason: String,
    /// Out of so many messages…
    pub messages: u64,
    /// …so many came back, or were called spam.
    pub harmful: u64,
    /// Since when.
    pub braked_at: Timestamp,
}

/// What waits together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct QueueItem {
    /// `bat_…`
    #[schema(value_type = String)]
    pub id: BatchId,
    /// What people call it; empty where nobody does.
    pub name: String,
    /// What it is for.
    #[schema(value_type = Object)]
    pub source: MessageSource,
    /// The campaign, if it is one.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// Under which promise.
    pub stream: Stream,
    /// Running, paused or cancelled.
    #[schema(value_type = String)]
    pub state: BatchState,
    /// Why it was paused, if not by a person.
    pub pause_reason: Option<String>,
    /// Not sent yet.
    pub waiting: i64,
    /// Of those, put off until later; at most 10000 are counted.
    pub put_off: i64,
    /// When the next one is due.
    pub next_due_at: Option<Timestamp>,
    /// Accepted per second over the last few seconds.
    pub per_second: f64,
    /// Seconds until all are sent, at this speed.
    pub seconds_left: Option<i64>,
    /// When those that are left expire.
    pub expires_at: Timestamp,
}
