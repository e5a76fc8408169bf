//! Contacts, fields, tags and imports as the API shows and takes them.

use kernel::{
    CampaignId, ContactId, EventId, FieldId, ImportId, JobId, MessageId, StageId, Timestamp, UserId,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Contact {
    /// `con_…`
    #[schema(value_type = String, example = "con_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: ContactId,
    /// Unique among contacts; always in lower case.
    pub email: Option<String>,
    /// What another system calls this person; unique among contacts.
    pub external_id: Option<String>,
    /// Empty when unknown, as all of these texts.
    pub first_name: String,
    pub last_name: String,
    pub phone: String,
    pub company: String,
    pub city: String,
    pub country: String,
    /// A language tag such as `pt-BR`.
    pub locale: String,
    /// A time zone such as `Europe/Berlin`.
    pub timezone: String,
    /// In alphabetical order.
    pub tags: Vec<String>,
    /// Values of custom fields by their key, typed as the field says.
    pub attributes: Map<String, Value>,
    /// Who looks after them.
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<UserId>,
    /// How far they have come in the funnel.
    #[schema(value_type = Option<String>)]
    pub stage_id: Option<StageId>,
    /// What they have earned.
    pub points: i64,
    /// How the contact came to be: `manual`, `api`, `import` or `demo`.
    pub source: String,
    /// The import that created it.
    #[schema(value_type = Option<String>)]
    pub import_id: Option<ImportId>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the person last opened or clicked something.
    pub last_active_at: Option<Timestamp>,
}

/// What is to be known of a contact. What is absent stays as it is; `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactInput {
    /// An e-mail address.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "ann@example.com")]
    pub email: Option<Option<String>>,
    /// What another system calls this person.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub first_name: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub last_name: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub phone: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub company: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub city: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub country: Option<Option<String>>,
    /// A language tag such as `pt-BR`.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub locale: Option<Option<String>>,
    /// A time zone such as `Europe/Berlin`.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub timezone: Option<Option<String>>,
    /// All tags that the contact is to have; others are taken off.
    pub tags: Option<Vec<String>>,
    /// Values of custom fields by their key. Fields that are not named stay as they are.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub attributes: Option<Map<String, Value>>,
    /// Who looks after them: a member of the organisation.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<Option<String>>,
    /// A stage of the funnel.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub stage_id: Option<Option<String>>,
    /// What they have earned.
    pub points: Option<i64>,
}

/// Tells `null` from absence.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// The same for any type.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Whose fields are listed.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct FieldQuery {
    /// `contacts`, which is the default, or the key of an object.
    pub object: Option<String>,
}

/// The order of a list of contacts and what it shows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct ContactQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `created_at`, `updated_at`, `name` or `email`; with a `-` in front for the largest first.
    pub sort: Option<String>,
    /// Beginnings of name, company, address or its domain.
    pub q: Option<String>,
    /// Contacts that have this tag.
    #[serde(rename = "filter[tag]")]
    pub tag: Option<String>,
    /// Contacts in this segment.
    #[serde(rename = "filter[segment]")]
    pub segment: Option<String>,
    /// `included` shows anonymous visitors too, `only` nobody else.
    #[serde(rename = "filter[visitors]")]
    pub visitors: Option<String>,
    /// The rule of a segment as JSON: only who matches it.
    pub rule: Option<String>,
    /// Only these members of each contact, separated by commas.
    pub fields: Option<String>,
    /// `topics` adds where each contact stands with every topic.
    pub include: Option<String>,
}

/// Up to 1,000 contacts to be created or changed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactBatch {
    /// What tells that an item and a contact are the same person: `email` (the default) or
    /// `external_id`.
    #[serde(default)]
    pub identifier: Option<String>,
    /// The contacts. Each has the identifier.
    pub contacts: Vec<ContactInput>,
}

/// What became of each contact of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactBatchResult {
    /// One for each contact, in the order given.
    pub results: Vec<ContactBatchItem>,
}

/// What became of one contact of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactBatchItem {
    /// `created`, `updated`, `unchanged` or `rejected`.
    pub status: &'static str,
    /// The contact, unless it was rejected.
    #[schema(value_type = Option<String>)]
    pub id: Option<ContactId>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ContactProblem>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactProblem {
    /// Where: `#/email`.
    pub pointer: String,
    /// A word for programs: `invalid_email`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Something that happened to a contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactEvent {
    /// `evt_…`
    #[schema(value_type = String)]
    pub id: EventId,
    /// `email_sent`, `email_failed`, `email_bounced`, `email_opened`, `email_clicked`,
    /// `unsubscribed`, `page_view`, `screen_view`, or the name of an event that was sent.
    #[serde(rename = "type")]
    pub name: String,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The message it is about.
    #[schema(value_type = Option<String>)]
    pub message_id: Option<MessageId>,
    /// The campaign that the message was of.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<CampaignId>,
    /// `url` of a click, `reason` of a failure; of an event that was sent, what it was sent with.
    #[schema(value_type = Object)]
    pub properties: Value,
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct ContactEventQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only events of this type.
    #[serde(rename = "type")]
    pub name: Option<String>,
}

/// A custom field of contacts or of an object's records.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Field {
    /// `fld_…`
    #[schema(value_type = String)]
    pub id: FieldId,
    /// `contacts`, or the key of an object: `companies`.
    pub object: String,
    /// The member of `attributes`.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// `text`, `textarea`, `html`, `number`, `boolean`, `date`, `datetime`, `time`, `select`,
    /// `multiselect`, `lookup`, `email`, `phone`, `url`, `country`, `region`, `locale` or `timezone`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The choices of a select or multiselect, and the suggestions of a lookup.
    pub options: Vec<String>,
    /// Forms, and the creation of one by the API, are refused without it.
    pub required: bool,
    /// Shown on the page of a contact or record.
    pub visible: bool,
    /// Offered as a column of lists.
    pub listable: bool,
    /// May be set by whoever visits a site: by tracking and by public forms.
    pub publicly_updatable: bool,
    /// No two have the same value.
    pub unique_identifier: bool,
    /// The most characters of a text; `null` for what its type takes.
    pub max_length: Option<usize>,
    /// What somebody new has when nothing else is said.
    #[schema(value_type = Option<Object>)]
    pub default_value: Option<Value>,
    /// Under which heading it is shown: `core`, `professional`, `personal`, `social`, or your own.
    pub group: String,
    /// Its place among the others.
    pub position: i32,
    /// Whether an index is kept, so that segments find values of it faster.
    pub filterable: bool,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A field to be defined. Its key and type stay as they are for ever.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldInput {
    /// `contacts`, which is the default, or the key of an object.
    #[serde(default)]
    pub object: Option<String>,
    /// Small letters, digits and `_`.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// `text`, `textarea`, `html`, `number`, `boolean`, `date`, `datetime`, `time`, `select`,
    /// `multiselect`, `lookup`, `email`, `phone`, `url`, `country`, `region`, `locale` or `timezone`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The choices of a select or multiselect, and the suggestions of a lookup.
    #[serde(default)]
    pub options: Vec<String>,
    /// See [`Field`].
    #[serde(default)]
    pub required: bool,
    /// `true` when it is not said.
    #[serde(default)]
    pub visible: Option<bool>,
    #[serde(default)]
    pub listable: bool,
    #[serde(default)]
    pub publicly_updatable: bool,
    #[serde(default)]
    pub unique_identifier: bool,
    #[serde(default)]
    pub max_length: Option<usize>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub default_value: Option<Value>,
    /// `core` when it is not said.
    #[serde(default)]
    pub group: Option<String>,
    /// Whether to keep an index.
    #[serde(default)]
    pub filterable: bool,
}

/// What changes of a field; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FieldPatch {
    /// What people call it.
    pub label: Option<String>,
    /// The choices of a select or multiselect. Values that contacts have already stay.
    pub options: Option<Vec<String>>,
    /// See [`Field`].
    pub required: Option<bool>,
    pub visible: Option<bool>,
    pub listable: Option<bool>,
    pub publicly_updatable: Option<bool>,
    pub unique_identifier: Option<bool>,
    /// `null` takes the limit away.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<usize>)]
    pub max_length: Option<Option<usize>>,
    /// `null` takes the default away.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<Object>)]
    pub default_value: Option<Option<Value>>,
    pub group: Option<String>,
    /// Whether to keep an index.
    pub filterable: Option<bool>,
}

/// A tag that some contact has or had.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tag {
    /// Its name.
    pub name: String,
}

/// A file of contacts or records and what has become of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Import {
    /// `imp_…`
    #[schema(value_type = String)]
    pub id: ImportId,
    /// What the rows become: `contacts`, `companies`, or the key of another object.
    pub object: String,
    /// The name that the file came with.
    pub file_name: String,
    /// `mapping`, `checking`, `checked`, `importing`, `finished`, `cancelled`, `failed`, `undoing` or
    /// `undone`.
    pub state: &'static str,
    /// The kept mapping that was taken, because it knows all columns.
    pub template: Option<String>,
    /// The job that works on it, or did last.
    #[schema(value_type = Option<String>)]
    pub job_id: Option<JobId>,
    /// The columns of the file, and what each becomes.
    pub columns: Vec<ImportColumn>,
    /// Bytes of the file, and how many have been read.
    pub size_bytes: i64,
    pub bytes_read: i64,
    /// What became of the rows.
    pub rows: ImportCounts,
    /// What the dry run found would become of them.
    pub dry_run: Option<ImportCounts>,
    /// How many rows were rejected for which reason.
    pub reasons: std::collections::BTreeMap<String, i64>,
    /// The rejected rows with their reasons, when there are some.
    pub errors_url: Option<String>,
    /// Until when it can be taken back; `null` when it cannot.
    pub undo_until: Option<Timestamp>,
    /// Contacts or records that taking it back deleted, and that it gave their values back.
    pub removed: i64,
    pub restored: i64,
    /// Subscriptions to topics that it made, and those that it did not make because somebody had opted
    /// out.
    pub subscribed: i64,
    pub skipped: i64,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A column of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportColumn {
    /// Its name.
    pub name: String,
    /// What it becomes: `email`, `first_name`, `attribute:plan`, `skip`…
    pub target: String,
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ImportCounts {
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub rejected: i64,
}

/// How an uploaded file becomes contacts or records. What is absent is found out from the file.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct ImportQuery {
    /// What the rows become: `companies`, or the key of another object; contacts when absent. Needs
    /// `records:write`, too.
    pub object: Option<String>,
    /// A name for the file.
    pub file_name: Option<String>,
    /// What each column becomes, separated by commas, for example `email,first_name,skip,tags`: a field
    /// that every contact has, `attribute:<key>`, `new:<type>:<key>:<label>`, `full_name`, `tags`,
    /// `tags_replace`, `owner` (address or name of a member), `stage` (name), `points`, `primary_company`
    /// (external ID or name; made when unknown), `do_not_email`, `created_at`, `identified_at`,
    /// `last_active_at`, `topic:<key>` (yes or no), `topics` (keys or names with `|` between them),
    /// `consent_at`, `consent_ip`, `json` or `skip`. Of records: `name`, `external_id`, `owner`,
    /// `attribute:<key>`, `new:<type>:<key>:<label>`, `contacts` (addresses or external IDs with `|`
    /// between them), `link:<relation>` (external IDs with `|` between them) or `skip`.
    pub columns: Option<String>,
    /// What tells contacts apart: `email`, `external_id`, `phone` or `attributes.<field>`; records:
    /// `external_id`, `name` or `attributes.<field>` of a unique field.
    pub identifier: Option<String>,
    /// What a row does to a contact that exists: `overwrite`, `fill_empty` or `leave`.
    pub existing: Option<String>,
    /// The same for single columns, separated by commas; nothing between two where a column does what
    /// the others do.
    pub column_rules: Option<String>,
    /// `day_first` or `month_first`, for dates such as 03/04/2026.
    pub dates: Option<String>,
    /// Whether members of a JSON column that no field knows become fields.
    pub create_json_fields: Option<bool>,
    /// Whether stages that rows name and that do not exist are made; else such rows are rejected.
    #[serde(default)]
    pub create_stages: bool,
    /// By what right people are written to about the topics of the file: `consent`,
    /// `legitimate_interest`, `contract` or `legal_obligation`. Needed with `topic:<key>` and `topics`.
    pub consent_basis: Option<String>,
    /// What they agreed to, and where: kept in the ledger with each of them. Needed, too.
    pub consent_text: Option<String>,
    /// They have confirmed it already: topics with double opt-in do not ask them.
    #[serde(default)]
    pub consent_confirmed: bool,
    /// Tags for all contacts of the file, separated by commas.
    pub tags: Option<String>,
    /// `true` only looks at the rows and says what would become of them.
    #[serde(default)]
    pub dry_run: bool,
}
