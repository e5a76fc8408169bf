//! Templates as the API shows them.

use kernel::{ContactId, MessageId, TemplateId, TemplateVersionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::crm::consent::Channel;

/// What the body of a template is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// MJML, which becomes HTML that mail programs agree on.
    Mjml,
    /// HTML as it is.
    Html,
    /// The plain text of a text message.
    Sms,
    /// The plain text of a push notification.
    Push,
}

/// A pair that an app is told with a push notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PushData {
    /// Up to 64 letters, digits, `_`, `-` and dots, not beginning with a digit; none that Apple or Google
    /// keep for themselves.
    #[schema(max_length = 64, example = "product_id")]
    pub key: String,
    /// Jinja; filled in for each recipient.
    #[schema(max_length = 1000)]
    pub value: String,
}

/// A template in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateItem {
    /// `tpl_…`
    #[schema(value_type = String, example = "tpl_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// What it is written for. It never changes.
    pub channel: Channel,
    /// The subject line as written; of a push notification the title, of a text message empty.
    pub subject: String,
    /// The number of its newest version.
    pub version: i32,
    /// The id of its newest version.
    #[schema(value_type = String, example = "tpv_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub version_id: TemplateVersionId,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A template with the source of its newest version.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateDetail {
    /// What the list shows.
    #[serde(flatten)]
    pub item: TemplateItem,
    /// The source.
    #[serde(flatten)]
    pub source: TemplateSourceFields,
}

/// What a template is written as. All parts are Jinja.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TemplateSourceFields {
    /// What the body is written in.
    pub kind: BodyKind,
    /// What inboxes show after the subject.
    pub preheader: String,
    /// MJML or HTML; of what is no mail, what people read.
    pub body: String,
    /// The text part; when it is empty, one is made from the HTML.
    pub text: String,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<PushData>,
}

/// A template to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// Its name; no two templates share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// What it is for: mail unless it says otherwise. It never changes.
    #[serde(default)]
    pub channel: Option<Channel>,
    /// What the body is written in. Mail has to say whether it is MJML or HTML.
    #[serde(default)]
    pub kind: Option<BodyKind>,
    /// The subject line; of a push notification the title.
    #[serde(default)]
    #[schema(
        max_length = 1000,
        example = "Hello {{ contact.first_name | default('there') }}"
    )]
    pub subject: String,
    /// What inboxes show after the subject.
    #[serde(default)]
    pub preheader: String,
    /// MJML or HTML; of a text message and a push notification what people read.
    pub body: String,
    /// The text part; when it is empty, one is made from the HTML.
    #[serde(default)]
    pub text: String,
    /// What a push notification opens.
    #[serde(default)]
    #[schema(max_length = 1000, example = "https://shop.example/products/7")]
    pub url: String,
    /// What an app is told besides.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub data: Vec<PushData>,
}

/// What is to change; what is absent stays as it is. A changed source becomes a new version.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TemplatePatch {
    /// Its name.
    pub name: Option<String>,
    /// What it is for, which can only be what it is.
    pub channel: Option<Channel>,
    /// What the body is written in.
    pub kind: Option<BodyKind>,
    /// The subject line.
    pub subject: Option<String>,
    /// What inboxes show after the subject.
    pub preheader: Option<String>,
    /// MJML or HTML.
    pub body: Option<String>,
    /// The text part.
    pub text: Option<String>,
    /// What a push notification opens.
    pub url: Option<String>,
    /// What an app is told besides, all of it.
    pub data: Option<Vec<PushData>>,
}

/// Which templates.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct TemplateQuery {
    /// Only those whose name or subject contains this.
    pub q: Option<String>,
    /// Only those of this channel.
    pub channel: Option<Channel>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}

/// For whom a template is to be rendered.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RenderingRequest {
    /// As this contact would get it; absent renders for a made-up person.
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
}

/// A message as one contact would get it, and what should be looked at before sending it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rendering {
    /// Subject line.
    pub subject: String,
    /// HTML part.
    pub html: String,
    /// Text part; of a text message and a push notification what people read.
    pub text: String,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<PushData>,
    /// How large a text message is; `null` for what is none.
    pub size: Option<TextMessageSize>,
    /// Findings, the worst first.
    pub checks: Vec<CheckFinding>,
}

/// How large a text message is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TextMessageSize {
    /// `gsm7`, or `ucs2` once there is a character that the networks' alphabet does not have.
    #[schema(example = "gsm7")]
    pub encoding: String,
    /// Characters as people count them.
    pub characters: usize,
    /// Parts that it travels in; each is paid for.
    pub segments: usize,
    /// The characters that make it `ucs2`, each once.
    pub forces_unicode: String,
}

/// Something that should be looked at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CheckFinding {
    /// `problem` or `advice`.
    pub level: String,
    /// A word for programs: `no-unsubscribe-link`.
    pub code: String,
    /// Which link, image or variable it is about; may be empty.
    pub detail: String,
    /// `subject`, `preheader`, `body` or `text`, where the place is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The line in that part, from 1, where the place is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// Who gets a test.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateTestRequest {
    /// One to five addresses of the template's channel: e-mail addresses, phone numbers with `+` and
    /// country code, or tokens of devices.
    #[schema(min_items = 1, max_items = 5)]
    pub to: Vec<String>,
    /// As this contact would get it; absent renders for a made-up person.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
}

/// A test that is on its way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateTestReceipt {
    /// How many messages were taken in.
    pub messages: u64,
}

/// A message that the built-in inbox caught, in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboxItem {
    /// `msg_…`
    #[schema(value_type = String, example = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: MessageId,
    /// What it travelled by.
    pub channel: Channel,
    /// Sender as the header has it; of what is no mail empty.
    pub from: String,
    /// Who it went to: an address, a phone number, a token of a device.
    pub to: String,
    /// Subject line; of a push notification the title.
    pub subject: String,
    /// Bytes of the whole message.
    pub size: i32,
    /// When it was caught.
    pub received_at: Timestamp,
}

/// A message that the built-in inbox caught.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboxDetail {
    /// What the list shows.
    #[serde(flatten)]
    pub item: InboxItem,
    /// Headers in order; names as they were written.
    pub headers: Vec<InboxHeader>,
    /// HTML part.
    pub html: Option<String>,
    /// Text part.
    pub text: Option<String>,
    /// Links of the HTML part in order.
    pub links: Vec<InboxLink>,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides.
    pub data: Vec<PushData>,
}

/// One header.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboxHeader {
    /// For example `List-Unsubscribe`.
    pub name: String,
    /// Unfolded.
    pub value: String,
}

/// One link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct InboxLink {
    /// Its words.
    pub text: String,
    /// Its address, which may be one that counts the click.
    pub url: String,
    /// Where a counted one leads.
    pub destination: Option<String>,
}

/// Which caught messages.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct InboxQuery {
    /// Only those whose recipient or subject contains this.
    pub q: Option<String>,
    /// Only those of this channel.
    pub channel: Option<Channel>,
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}
