//! Messages that programs hand over.

use kernel::{ContactId, MessageId, TemplateId, Timestamp, TopicId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Stream;

/// Messages to be sent: one content, to one person or several hundred.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessages {
    /// The template whose newest version is sent. Either this or `content`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "tpl_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub template_id: Option<TemplateId>,
    /// What is sent, written here.
    #[serde(default)]
    pub content: Option<InlineContent>,
    /// Who gets it: 1 to 500.
    pub to: Vec<MessageRecipient>,
    /// What the template finds under `data`, for everybody. At most 64 kB.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// `transactional`, unless it says otherwise: at least once, and having unsubscribed does not stop it.
    #[serde(default = "transactional")]
    pub stream: Stream,
    /// For `marketing`: what it is about, so that only those who hear of it get it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "top_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub topic_id: Option<TopicId>,
    /// Where answers go, instead of the domain's own address.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Further fields of the header: `X-…`, `References`, `In-Reply-To`, `Importance` and the like; 20 at
    /// most.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub headers: Map<String, Value>,
    /// Files: 20 at most, 7 MB together.
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    /// Whether opens and clicks are counted.
    #[serde(default = "yes")]
    pub tracked: bool,
    /// Seconds from now after which it is of no use any more: 60 to 432000 (five days). By default two
    /// days.
    #[serde(default)]
    pub expires_in: Option<i64>,
}

/// What is sent, without a template. Jinja as in templates.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InlineContent {
    /// Subject line.
    pub subject: String,
    /// `html` or `mjml`.
    #[serde(default)]
    #[schema(example = "html")]
    pub kind: Option<String>,
    /// The source.
    #[schema(example = "<p>Your code is <b>{{ data.code }}</b>.</p>")]
    pub body: String,
    /// Text part; made from the HTML when it is empty.
    #[serde(default)]
    pub text: String,
    /// What mail programs show behind the subject.
    #[serde(default)]
    pub preheader: String,
}

/// Somebody who gets it. Exactly one of `contact_id`, `external_id` and `email`.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageRecipient {
    /// A contact.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "con_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub contact_id: Option<ContactId>,
    /// A contact by the key of another system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// An address. Whoever it belongs to need not be a contact.
    #[serde(default)]
    #[schema(example = "ann@example.com")]
    pub email: Option<String>,
    /// What the template finds under `data`, for this person; beats what is for everybody.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// The same key is sent once, for ever. 1 to 200 characters.
    #[serde(default)]
    #[schema(example = "order-4711-confirmation")]
    pub idempotency_key: Option<String>,
}

/// A file.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttachment {
    /// What it is saved as.
    #[schema(example = "invoice.pdf")]
    pub filename: String,
    /// Its type.
    #[schema(example = "application/pdf")]
    pub content_type: String,
    /// Its bytes in base64.
    pub content: String,
}

impl std::fmt::Debug for NewAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewAttachment({}, {})", self.filename, self.content_type)
    }
}

/// What was taken in, in the order asked for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakenMessages {
    /// One for each recipient.
    pub data: Vec<TakenMessage>,
}

/// One message that was taken in, or had been before.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakenMessage {
    /// `msg_…`
    #[schema(value_type = String, example = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: MessageId,
    /// To whom.
    pub to: String,
    /// Whether its key had been seen before, so that nothing new is sent.
    pub repeated: bool,
}

/// What a message would look like.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRendering {
    /// The template; either this or `content`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub template_id: Option<TemplateId>,
    /// What is rendered, written here.
    #[serde(default)]
    pub content: Option<InlineContent>,
    /// For whom; a made-up person by default.
    #[serde(default)]
    pub to: MessageRecipient,
    /// What the template finds under `data`.
    #[serde(default)]
    pub data: Map<String, Value>,
}

/// A message as it would be sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rendering {
    /// Subject line.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part.
    pub text: String,
}

/// Something that happened to a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageEvent {
    /// `taken_in`, `attempted`, `opened`, `clicked`, or the state it came into.
    #[schema(example = "attempted")]
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// More about it, in words: what the other side said, where a click led.
    pub detail: Option<String>,
}

/// What happened to a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageEvents {
    /// The oldest first.
    pub data: Vec<MessageEvent>,
}

const fn transactional() -> Stream {
    Stream::Transactional
}

const fn yes() -> bool {
    true
}
