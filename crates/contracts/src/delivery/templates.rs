//! Templates as the API shows them.

use kernel::{ContactId, MessageId, TemplateId, TemplateVersionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What the body of a template is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// MJML, which becomes HTML that mail programs agree on.
    Mjml,
    /// HTML as it is.
    Html,
}

/// A template in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TemplateItem {
    /// `tpl_…`
    #[schema(value_type = String, example = "tpl_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: TemplateId,
    /// Its name.
    pub name: String,
    /// The subject line as written.
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
    /// MJML or HTML.
    pub body: String,
    /// The text part; when it is empty, one is made from the HTML.
    pub text: String,
}

/// A template to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// Its name; no two templates share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// What the body is written in.
    pub kind: BodyKind,
    /// The subject line.
    #[schema(
        max_length = 1000,
        example = "Hello {{ contact.first_name | default('there') }}"
    )]
    pub subject: String,
    /// What inboxes show after the subject.
    #[serde(default)]
    pub preheader: String,
    /// MJML or HTML.
    pub body: String,
    /// The text part; when it is empty, one is made from the HTML.
    #[serde(default)]
    pub text: String,
}

/// What is to change; what is absent stays as it is. A changed source becomes a new version.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TemplatePatch {
    /// Its name.
    pub name: Option<String>,
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
}

/// Which templates.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct TemplateQuery {
    /// Only those whose name or subject contains this.
    pub q: Option<String>,
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
    /// Text part.
    pub text: String,
    /// Findings, the worst first.
    pub checks: Vec<CheckFinding>,
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
    /// One to five addresses.
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
    /// Sender as the header has it.
    pub from: String,
    /// Who it went to.
    pub to: String,
    /// Subject line.
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
    /// From the page before.
    pub cursor: Option<String>,
    /// At most so many: 1 to 200.
    pub limit: Option<i64>,
}
