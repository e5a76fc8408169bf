//! Messages, templates, providers, the built-in inbox, suppression and tracking.

use async_trait::async_trait;
use kernel::{
    AttachmentId, BatchId, CampaignId, ContactId, DomainId, EmailAddress, InboundMessageId, MessageId, OrgId,
    ProviderId, Route0, Route1, TemplateId, TemplateVersionId, Timestamp, TopicId,
};
use serde::{Deserialize, Serialize};

use crate::{
    PortResult, PublicEvent,
    crm::{ContactSnapshot, consent::Channel},
};

pub mod address;
pub mod bounces;
pub mod domains;
pub mod editor;
pub mod limits;
pub mod messages;
pub mod providers;
pub mod replies;
pub mod sending;
pub mod settings;
pub mod suppression_imports;
pub mod templates;
pub mod webhooks;

pub use address::{Address, DeviceToken};

/// Signalled when everything that an engine had in hand has come to an end, so that batches may be at
/// theirs. Nothing depends on it: it saves whoever waits for that a moment.
pub const SETTLED_CHANNEL: &str = "delivery.settled";

/// What a message was sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum MessageSource {
    /// A campaign.
    Campaign(CampaignId),
    /// A person pressed "send test".
    Test,
    /// The program itself had to write: to ask for a confirmation, to hand over a file.
    Service,
    /// A program of the organisation asked for it by the API.
    Api,
}

/// Which promise a message is sent under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// At most once: an attempt with an unknown outcome is held, not repeated.
    Marketing,
    /// At least once: an attempt with an unknown outcome is repeated.
    Transactional,
}

/// A group of messages of one template that is paused, resumed and cancelled together.
#[derive(Clone, Debug)]
pub struct BatchSpec {
    /// Chosen by the caller; opening the same one again changes nothing.
    pub id: BatchId,
    /// What it is for.
    pub source: MessageSource,
    /// What its messages travel by; the template's channel.
    pub channel: Channel,
    /// What people call it, for templates that mention it; empty for a test.
    pub name: String,
    /// What everybody gets.
    pub template_version: TemplateVersionId,
    /// Under which promise.
    pub stream: Stream,
    /// Messages not accepted by then expire.
    pub expires_at: Timestamp,
    /// What marketing is about: whoever does not hear of it any more at the moment of sending gets
    /// nothing. `None`: it is for everybody who has not opted out of marketing.
    pub topic: Option<TopicId>,
}

/// One message to be sent.
#[derive(Clone, Debug)]
pub struct MessageIntent {
    /// Unique within the organisation for ever: `campaign:{id}:{contact}`.
    pub dedupe_key: String,
    /// Who gets it, with the data that it is rendered from, fixed at this moment.
    pub contact: ContactSnapshot,
    /// The address, which must be one of the batch's channel and of the contact.
    pub to: Address,
    /// What it has beside the template.
    pub extras: Option<Box<MessageExtras>>,
}

/// What one message has beside its template. Fixed when it is taken in.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageExtras {
    /// What the template finds under `data`.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub data: serde_json::Map<String, serde_json::Value>,
    /// Where answers go, instead of the domain's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EmailAddress>,
    /// Further fields of the header, in order; see `domain::mail::CustomHeader`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Files, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
    /// Opens and clicks are not counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub untracked: bool,
}

/// What a batch is told to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Send.
    Running,
    /// Claim nothing more; what is on the wire ends.
    Paused,
    /// Send nothing more, ever.
    Cancelled,
}

/// How far a batch is, counted from its messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchProgress {
    /// Messages taken in.
    pub total: i64,
    /// Waiting for their turn, claimed, being sent, or deferred.
    pub pending: i64,
    /// Taken over by the provider, whatever came later.
    pub accepted: i64,
    /// Not sent, since the address is suppressed.
    pub suppressed: i64,
    /// Refused for good.
    pub failed: i64,
    /// Held: an attempt's outcome is unknown and the promise forbids another.
    pub held: i64,
    /// Not sent in time.
    pub expired: i64,
    /// Not sent, since the batch was cancelled.
    pub cancelled: i64,
    /// Accepted per second over the last few seconds.
    pub per_second: f64,
}

impl BatchProgress {
    /// Whether nothing will change any more.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.pending == 0
    }
}

/// Takes messages in and controls them in groups.
#[async_trait]
pub trait MessageIntake: Send + Sync {
    /// Opens a batch. Idempotent by id.
    async fn open_batch(&self, org: OrgId, batch: &BatchSpec) -> PortResult<()>;
    /// Adds messages. A dedupe key that was seen before is passed over, so a caller that crashed
    /// may add the same ones again. Returns how many were new.
    async fn add(&self, org: OrgId, batch: BatchId, messages: &[MessageIntent]) -> PortResult<u64>;
    /// Pauses, resumes or cancels. When it returns, no message beyond those already on the wire
    /// will be sent. Cancelled is final.
    async fn set_state(&self, org: OrgId, batch: BatchId, state: BatchState) -> PortResult<()>;
    /// How far the batches are, in the order asked for.
    async fn progress(&self, org: OrgId, batches: &[BatchId]) -> PortResult<Vec<BatchProgress>>;
}

/// A short mail that the program writes of itself. Everything is plain text.
#[derive(Clone, Debug)]
pub struct ServiceLetter {
    /// Subject line.
    pub subject: String,
    /// What it says, one paragraph after the other.
    pub paragraphs: Vec<String>,
    /// What the button says that leads on.
    pub button: String,
    /// Small text below: what to do when one did not ask for this.
    pub note: String,
}

/// Somebody who gets a [`ServiceLetter`].
#[derive(Clone, Debug)]
pub struct ServiceRecipient {
    /// Unique within the organisation for ever.
    pub dedupe_key: String,
    /// Who.
    pub contact: ContactSnapshot,
    /// The address.
    pub to: EmailAddress,
    /// Where their button leads.
    pub url: String,
}

/// Sends what the program writes of itself: not marketing, so having unsubscribed does not stop it.
#[async_trait]
pub trait ServiceMail: Send + Sync {
    /// Takes a letter in for each of these people. Keys that were seen before are passed over.
    async fn send(
        &self,
        org: OrgId,
        letter: &ServiceLetter,
        recipients: &[ServiceRecipient],
    ) -> PortResult<()>;
}

/// What became of one message, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageTrace {
    /// Which.
    pub message: MessageId,
    /// Where it stands: `queued`, `accepted`, `suppressed`, `failed`…
    pub state: String,
    /// A short word for why, where there is one: `hard_bounce`, `unsubscribed`…
    pub reason: Option<String>,
    /// When it was taken in.
    pub queued_at: Timestamp,
    /// When it came into its state.
    pub state_at: Timestamp,
    /// When it was first opened.
    pub opened_at: Option<Timestamp>,
    /// When a link in it was first clicked.
    pub clicked_at: Option<Timestamp>,
    /// Each try to hand it over, in order.
    pub attempts: Vec<TraceAttempt>,
}

/// A try to hand a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceAttempt {
    /// From 1.
    pub number: i16,
    /// When it was written down, before the first byte left.
    pub at: Timestamp,
    /// The account; nothing is the built-in inbox, or one that is gone.
    pub provider: Option<String>,
    /// `accepted`, `deferred`, `rejected`, `not_sent` or `unknown`; nothing while nothing is known.
    pub outcome: Option<String>,
    /// What the other side said.
    pub reply: Option<String>,
}

/// Says why messages were sent, or were not.
#[async_trait]
pub trait MessageTraces: Send + Sync {
    /// Of those that exist, in no particular order.
    async fn traces(&self, org: OrgId, messages: &[MessageId]) -> PortResult<Vec<MessageTrace>>;
}

/// A template in a list to choose from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TemplateSummary {
    /// `tpl_…`
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// What it is written for.
    pub channel: Channel,
    /// The subject line as written; of a push notification the title, of a text message nothing.
    pub subject: String,
    /// The newest version that compiled.
    pub version: TemplateVersionId,
    /// Whether it has an unsubscribe link, which marketing mail must have.
    pub has_unsubscribe_link: bool,
}

/// A message as one contact would get it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct RenderedMail {
    /// Subject line; of a push notification the title.
    pub subject: String,
    /// HTML part; of mail only.
    pub html: String,
    /// Text part; what people read of a text message or a push notification.
    pub text: String,
    /// What a push notification opens; may be empty.
    #[serde(default)]
    pub url: String,
    /// How large a text message is, as it would be sent.
    #[serde(default)]
    pub parts: Option<TextParts>,
}

/// What a text message costs and offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextParts {
    /// Parts that it travels in; each is paid for.
    pub segments: usize,
    /// Whether it tells people how to get no more of them.
    pub has_opt_out: bool,
}

/// Lists and renders templates for other contexts.
#[async_trait]
pub trait Templates: Send + Sync {
    /// All templates that have a version that compiled, by name.
    async fn templates(&self, org: OrgId) -> PortResult<Vec<TemplateSummary>>;
    /// Renders as one contact would get it; mail untracked, text messages as long as they would be.
    async fn preview(
        &self,
        org: OrgId,
        version: TemplateVersionId,
        contact: &ContactSnapshot,
    ) -> PortResult<RenderedMail>;
}

/// A message and who it went to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct MessageRef {
    /// `msg_…`
    pub message: MessageId,
    /// Who.
    pub contact: ContactId,
    /// When it happened.
    pub at: Timestamp,
}

/// A message that will not be sent, or came back, and why.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageFailure {
    /// Which.
    #[serde(flatten)]
    pub message: MessageRef,
    /// A short word: `hard_bounce`, `template`, `expired`, `cancelled`, `suppressed`…
    pub reason: String,
}

/// A click or an open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Engagement {
    /// Which.
    #[serde(flatten)]
    pub message: MessageRef,
    /// Whether it is the first of its kind for this message (for a click: for this link).
    pub first: bool,
    /// Whether it is the first click of the message on any link.
    #[serde(default)]
    pub first_for_message: bool,
    /// Where a click led.
    pub url: Option<String>,
}

/// A text message that somebody wrote to us. What it says is not told, nor from which number: both can be
/// read where it is stored, as long as it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InboundMessage {
    /// `inb_…`
    pub id: InboundMessageId,
    /// Who it is from; nothing if we never wrote to the number.
    pub contact: Option<ContactId>,
    /// The last message that went to the number.
    pub message: Option<MessageId>,
    /// `stop`, `help` or `start`, if it is nothing but a word that carriers reserve.
    pub keyword: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What delivery tells the others. At most [`crate::event::MAX_ITEMS`] messages an event, all of
/// one source.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum DeliveryEvent {
    /// The provider took them over.
    MessagesSent {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which.
        messages: Vec<MessageRef>,
    },
    /// They will never be sent.
    MessagesFailed {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which, and why.
        messages: Vec<MessageFailure>,
    },
    /// They were sent and came back.
    MessagesBounced {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which, and why.
        messages: Vec<MessageFailure>,
    },
    /// They arrived, as those who carried them say.
    MessagesDelivered {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which.
        messages: Vec<MessageRef>,
    },
    /// Their recipients called them spam.
    MessagesComplained {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which.
        messages: Vec<MessageRef>,
    },
    /// Somebody looked.
    MessagesOpened {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which.
        engagements: Vec<Engagement>,
    },
    /// Somebody clicked.
    MessagesClicked {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which, and where it led.
        engagements: Vec<Engagement>,
    },
    /// Somebody wants no more messages.
    ContactsUnsubscribed {
        /// What for.
        source: MessageSource,
        /// What they travelled by.
        #[serde(default = "mail")]
        channel: Channel,
        /// Which message led there.
        messages: Vec<MessageRef>,
    },
    /// Addresses may no longer be written to.
    AddressesSuppressed {
        /// Address and reason (`unsubscribed`, `hard_bounce`, `complaint`, `manual`).
        addresses: Vec<(Address, String)>,
    },
    /// Addresses may be written to again.
    AddressesReleased {
        /// Which.
        addresses: Vec<Address>,
    },
    /// People wrote to us.
    RepliesReceived {
        /// What.
        replies: Vec<InboundMessage>,
    },
    /// Apps are gone from devices, or have new tokens: what their service says when it is handed a
    /// notification for them.
    DevicesGone {
        /// Their tokens.
        tokens: Vec<DeviceToken>,
    },
}

/// What was not told of in events that were recorded before there was another channel.
const fn mail() -> Channel {
    Channel::Email
}

impl PublicEvent for DeliveryEvent {
    const TOPIC: &'static str = "delivery";
}

/// Templates.
pub const TEMPLATES: Route0 = Route0::new("/app/templates");
/// The form for a new one.
pub const TEMPLATE_NEW: Route0 = Route0::new("/app/templates/new");
/// The editor.
pub const TEMPLATE: Route1<TemplateId> = Route1::new("/app/templates/{id}");
/// `POST` deletes it.
pub const TEMPLATE_DELETION: Route1<TemplateId> = Route1::new("/app/templates/{id}/deletion");
/// `POST` what is in the editor; answers with the preview and the errors.
pub const TEMPLATE_PREVIEW: Route0 = Route0::new("/ui/delivery/templates/preview");
/// A template as HTML, for the sandboxed frame.
pub const TEMPLATE_PREVIEW_HTML: Route1<TemplateId> = Route1::new("/ui/delivery/templates/{id}/preview.html");
/// `POST` sends it to a few addresses.
pub const TEMPLATE_TEST: Route1<TemplateId> = Route1::new("/app/templates/{id}/tests");
/// The built-in inbox.
pub const INBOX: Route0 = Route0::new("/app/inbox");
/// `POST` empties it.
pub const INBOX_EMPTYING: Route0 = Route0::new("/app/inbox/emptying");
/// One caught message.
pub const INBOX_MESSAGE: Route1<MessageId> = Route1::new("/app/inbox/{id}");
/// Its HTML part, for the sandboxed frame.
pub const INBOX_MESSAGE_HTML: Route1<MessageId> = Route1::new("/app/inbox/{id}/html");
/// Its source.
pub const INBOX_MESSAGE_SOURCE: Route1<MessageId> = Route1::new("/app/inbox/{id}/source.eml");
/// Messages and their state.
pub const MESSAGES: Route0 = Route0::new("/app/messages");
/// One message with its attempts.
pub const MESSAGE: Route1<MessageId> = Route1::new("/app/messages/{id}");
/// `POST` decides what becomes of held messages.
pub const MESSAGE_RESOLUTIONS: Route0 = Route0::new("/app/messages/resolutions");
/// Suppressed addresses.
pub const SUPPRESSIONS: Route0 = Route0::new("/app/suppressions");
/// The form that adds addresses.
pub const SUPPRESSION_NEW: Route0 = Route0::new("/app/suppressions/new");
/// One address: why it is on the list, and what happened to it.
pub const SUPPRESSION: Route1<String> = Route1::new("/app/suppressions/{address}");
/// `POST` removes one.
pub const SUPPRESSION_REMOVAL: Route0 = Route0::new("/app/suppressions/removal");
/// Providers.
pub const PROVIDERS: Route0 = Route0::new("/app/settings/providers");
/// The form for a new account.
pub const PROVIDER_NEW: Route0 = Route0::new("/app/settings/providers/new");
/// One provider.
pub const PROVIDER: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}");
/// `POST` tries it.
pub const PROVIDER_TEST: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/tests");
/// `POST` stops sending over it.
pub const PROVIDER_PAUSE: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/pause");
/// `POST` lets it send again.
pub const PROVIDER_RESUMPTION: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/resumption");
/// `POST` makes it the one that is used first.
pub const PROVIDER_PREFERENCE: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/preference");
/// Asks; `POST` deletes it.
pub const PROVIDER_DELETION: Route1<ProviderId> = Route1::new("/app/settings/providers/{id}/deletion");
/// Sending domains and the From address.
pub const DOMAINS: Route0 = Route0::new("/app/settings/domains");
/// The form for a new one.
pub const DOMAIN_NEW: Route0 = Route0::new("/app/settings/domains/new");
/// One sending domain.
pub const DOMAIN: Route1<DomainId> = Route1::new("/app/settings/domains/{id}");
/// Asks; `POST` deletes it.
pub const DOMAIN_DELETION: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/deletion");
/// `POST` makes it the one that mail is sent from.
pub const DOMAIN_PREFERENCE: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/preference");
/// `POST` lets mail be sent from it again.
pub const DOMAIN_RESUMPTION: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/resumption");
/// Asks; `POST` makes a new key, or ends signing.
pub const DOMAIN_KEY: Route1<DomainId> = Route1::new("/app/settings/domains/{id}/key");

/// The tracking pixel; public.
pub const OPEN: Route1<String> = Route1::new("/t/o/{token}");
/// A tracked link; public.
pub const CLICK: Route1<String> = Route1::new("/t/c/{token}");
/// The unsubscribe page; public.
pub const UNSUBSCRIBE: Route1<String> = Route1::new("/unsubscribe/{token}");
/// The message in a browser; public.
pub const WEB_VIEW: Route1<String> = Route1::new("/view/{token}");

/// Templates by the API.
pub const API_TEMPLATES: Route0 = Route0::new("/api/v1/templates");
/// One template by the API.
pub const API_TEMPLATE: Route1<TemplateId> = Route1::new("/api/v1/templates/{id}");
/// `POST` renders without sending.
pub const API_TEMPLATE_RENDERINGS: Route1<TemplateId> = Route1::new("/api/v1/templates/{id}/renderings");
/// `POST` sends a test.
pub const API_TEMPLATE_TESTS: Route1<TemplateId> = Route1::new("/api/v1/templates/{id}/tests");
/// Messages by the API.
pub const API_MESSAGES: Route0 = Route0::new("/api/v1/messages");
/// `POST` renders without sending.
pub const API_MESSAGE_RENDERINGS: Route0 = Route0::new("/api/v1/messages/renderings");
/// One message by the API.
pub const API_MESSAGE: Route1<MessageId> = Route1::new("/api/v1/messages/{id}");
/// What happened to one, in order.
pub const API_MESSAGE_EVENTS: Route1<MessageId> = Route1::new("/api/v1/messages/{id}/events");
/// `POST` decides what becomes of a held message.
pub const API_MESSAGE_RESOLUTIONS: Route1<MessageId> = Route1::new("/api/v1/messages/{id}/resolutions");
/// The built-in inbox by the API.
pub const API_INBOX: Route0 = Route0::new("/api/v1/inbox");
/// One caught message by the API.
pub const API_INBOX_MESSAGE: Route1<MessageId> = Route1::new("/api/v1/inbox/{id}");
/// Suppressed addresses by the API.
pub const API_SUPPRESSIONS: Route0 = Route0::new("/api/v1/suppressions");
/// One suppressed address by the API.
pub const API_SUPPRESSION: Route1<String> = Route1::new("/api/v1/suppressions/{address}");
/// Providers by the API.
pub const API_PROVIDERS: Route0 = Route0::new("/api/v1/providers");
/// One provider by the API.
pub const API_PROVIDER: Route1<ProviderId> = Route1::new("/api/v1/providers/{id}");
/// `POST` tries it.
pub const API_PROVIDER_TESTS: Route1<ProviderId> = Route1::new("/api/v1/providers/{id}/tests");
/// Sending domains by the API.
pub const API_DOMAINS: Route0 = Route0::new("/api/v1/domains");
/// One sending domain by the API.
pub const API_DOMAIN: Route1<DomainId> = Route1::new("/api/v1/domains/{id}");
