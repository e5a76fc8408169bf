//! What providers report by calling us.

use kernel::{ProviderId, Route1, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// What providers call; public. The path stands for the account.
pub const WEBHOOK: Route1<ProviderId> = Route1::new("/webhooks/delivery/{id}");
/// `POST` stores what calls are verified with.
pub const PROVIDER_WEBHOOK: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/webhook");

/// How a provider reports what became of messages, as a part of its account. A secret is never shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProviderWebhook {
    /// What is to be entered at the provider; `null` where the kind of account does not report.
    #[schema(example = "https://mail.example.com/webhooks/delivery/prv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub webhook_url: Option<String>,
    /// SES: the topic that may call. SendGrid, Telnyx: the public key that calls are verified with.
    pub webhook_key: Option<String>,
    /// Mailgun, Vonage: whether the secret that calls are signed with is stored.
    pub has_webhook_secret: bool,
    /// When a call was last believed, to the minute.
    pub last_report_at: Option<Timestamp>,
    /// When a call was last refused since the keys were changed.
    pub last_refusal_at: Option<Timestamp>,
    /// Why: `no_key`, `bad_signature`, `outside_window` or `not_understood`.
    pub last_refusal: Option<String>,
}

/// What somebody else said of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageReport {
    /// How it reached us: `webhook` or `mailbox`.
    pub source: String,
    /// The account whose provider reported it.
    #[schema(value_type = Option<String>, example = "prv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub provider_id: Option<ProviderId>,
    /// `accepted`, `delivered`, `deferred`, `bounced`, `failed`, `complained`, `unsubscribed`,
    /// `resubscribed`, `opened` or `clicked`.
    pub kind: String,
    /// Which kind of answer it was, of what bounced or failed: for example `hard_bounce`.
    pub class: Option<String>,
    /// What the other side said.
    pub detail: String,
    /// When it happened.
    pub at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// `applied`; `other_recipient` of one that is about somebody else, and changed nothing; `null` while
    /// it waits for the message's own outcome.
    pub result: Option<String>,
}
