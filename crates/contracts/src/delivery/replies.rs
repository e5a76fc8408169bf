//! Text messages that people wrote to us, as the API shows them.

use kernel::{ContactId, InboundMessageId, MessageId, ProviderId, Route0, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What people answered.
pub const REPLIES: Route0 = Route0::new("/app/messages/replies");
/// The same by the API.
pub const API_INBOUND_MESSAGES: Route0 = Route0::new("/api/v1/inbound-messages");

/// A text message that somebody wrote to us.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboundMessageItem {
    /// `inb_…`
    #[schema(value_type = String, example = "inb_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: InboundMessageId,
    /// The account that it came through.
    #[schema(value_type = String, example = "prv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub provider_id: ProviderId,
    /// From which number.
    #[schema(example = "+447700900000")]
    pub from: String,
    /// To which of our numbers.
    pub to: String,
    /// What it says.
    pub text: String,
    /// `stop`, `help` or `start`, if it is nothing but a word that carriers reserve. `stop` has put the
    /// number on the suppression list, and `start` has taken it off.
    pub keyword: Option<String>,
    /// Who it is from; `null` if we never wrote to the number, or the person was erased.
    #[schema(value_type = Option<String>, example = "con_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub contact_id: Option<ContactId>,
    /// The last message that had gone to the number.
    #[schema(value_type = Option<String>, example = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub message_id: Option<MessageId>,
    /// When it was written.
    pub at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
}

/// Which of them.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct InboundMessageQuery {
    /// Only those with this keyword: `stop`, `help` or `start`.
    pub keyword: Option<String>,
    /// Only those from this number, with `+` and country code.
    pub from: Option<String>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}
