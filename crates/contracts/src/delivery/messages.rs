//! Messages as the API shows them.

use kernel::{CampaignId, ContactId, MessageId, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Stream, webhooks::MessageReport};
use crate::crm::consent::Channel;

/// A message in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageItem {
    /// `msg_…`
    #[schema(value_type = String, example = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: MessageId,
    /// Where it stands: `queued`, `claimed`, `sending`, `deferred`, `held`, `accepted`, `delivered`,
    /// `bounced`, `complained`, `failed`, `suppressed`, `expired` or `cancelled`.
    #[schema(example = "accepted")]
    pub state: String,
    /// A word for why, where there is one.
    #[schema(example = "hard_bounce")]
    pub reason: Option<String>,
    /// What it travels by.
    pub channel: Channel,
    /// Who it is for: an address, a phone number, a token of a device; `null` when the person was erased.
    pub to: Option<String>,
    /// The contact; `null` when the person was erased.
    #[schema(value_type = Option<String>, example = "con_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub contact_id: Option<ContactId>,
    /// The campaign it was sent for; `null` for a test.
    #[schema(value_type = Option<String>, example = "cmp_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub campaign_id: Option<CampaignId>,
    /// Under which promise.
    pub stream: Stream,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// When it came into its state.
    pub state_at: Timestamp,
}

/// A message with all that happened to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageDetail {
    /// What the list shows.
    #[serde(flatten)]
    pub item: MessageItem,
    /// Why it stands where it does, in a sentence.
    pub why: String,
    /// When it is tried next, while it waits.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was first opened.
    pub opened_at: Option<Timestamp>,
    /// When a link in it was first clicked.
    pub clicked_at: Option<Timestamp>,
    /// Each try to hand it over, in order.
    pub attempts: Vec<MessageAttempt>,
    /// What others said became of it, in the order in which it happened; kept for 90 days.
    pub reports: Vec<MessageReport>,
}

/// A try to hand a message over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageAttempt {
    /// From 1.
    pub number: i16,
    /// The account; `null` is the built-in inbox.
    #[schema(value_type = Option<String>, example = "prv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub provider_id: Option<ProviderId>,
    /// When it was written down, before the first byte left.
    pub started_at: Timestamp,
    /// When its outcome was written down; `null` while nothing is known.
    pub finished_at: Option<Timestamp>,
    /// `accepted`, `deferred`, `rejected`, `not_sent` or `unknown`.
    pub outcome: Option<String>,
    /// Which kind of answer it was, for example `hard_bounce`.
    pub class: Option<String>,
    /// How far the conversation came, for example `rcpt_to`.
    pub phase: Option<String>,
    /// The server's code.
    #[schema(example = 550)]
    pub code: Option<i16>,
    /// Its enhanced code.
    #[schema(example = "5.1.1")]
    pub enhanced_code: Option<String>,
    /// What the server said.
    pub reply: Option<String>,
    /// What became of an unknown outcome: `held`, `resent`, `repeated` (asked again under the same key),
    /// `marked_sent`, `reported`, or by the log of a Postfix server `found_in_log` (sent) or `absent_from_log`
    /// (sent again).
    pub resolution: Option<String>,
}

/// What becomes of a held message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldAction {
    /// It is sent again; the person may get it twice.
    SendAgain,
    /// It counts as sent.
    MarkSent,
    /// It is never sent.
    GiveUp,
}

/// A decision about a held message.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageResolution {
    /// What becomes of it.
    pub action: HeldAction,
}

/// Which messages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct MessageQuery {
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those of this campaign.
    #[param(value_type = Option<String>)]
    pub campaign: Option<CampaignId>,
    /// Only those to this address, or to addresses that begin with this.
    pub to: Option<String>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}
