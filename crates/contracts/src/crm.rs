//! Contacts, fields, tags, imports and segments.

use std::collections::HashMap;

use async_trait::async_trait;
use kernel::{
    ApiKeyId, AudienceId, CategoryId, ContactId, EmailAddress, ExportId, FieldId, ImportId, OrgId, RecordId,
    Route0, Route1, Route2, SegmentId, Timestamp, TopicId, UserId,
};
use serde::{Deserialize, Serialize};

use crate::{
    PortResult, PublicEvent,
    delivery::{Address, DeviceToken},
};

pub mod consent;
pub mod contacts;
pub mod events;
pub mod lists;
pub mod objects;
pub mod people;
pub mod preview;
pub mod segments;

use consent::Channel;

/// What a message needs to know of a contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContactSnapshot {
    /// `con_…`
    pub id: ContactId,
    /// Where mail reaches them.
    pub email: Option<EmailAddress>,
    /// First name, or empty.
    pub first_name: String,
    /// Last name, or empty.
    pub last_name: String,
    /// Phone number, or empty.
    pub phone: String,
    /// IANA time zone, or empty.
    pub timezone: String,
    /// BCP 47 language tag, or empty.
    pub locale: String,
    /// Custom fields by their key.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// Tags.
    pub tags: Vec<String>,
    /// Records that a template asked for, by the key of their object, the newest first; and under
    /// `company_record` the primary company.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub records: serde_json::Map<String, serde_json::Value>,
}

/// What programs know a contact by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ContactKey {
    /// `con_…`
    Id(ContactId),
    /// The key of another system.
    External(String),
    /// Their address.
    Email(EmailAddress),
}

impl ContactKey {
    /// The contact, where the key is its own.
    #[must_use]
    pub const fn id(&self) -> Option<ContactId> {
        match self {
            ContactKey::Id(id) => Some(*id),
            ContactKey::External(_) | ContactKey::Email(_) => None,
        }
    }
}

/// Where push notifications reach an app on somebody's device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushToken {
    /// `ios`, `android`, `web` or another word of crm's.
    pub platform: String,
    /// As the app got it from Apple or Google.
    pub token: DeviceToken,
}

/// Reads contacts for messages.
#[async_trait]
pub trait ContactSnapshots: Send + Sync {
    /// Those that exist, in no particular order.
    async fn snapshots(&self, org: OrgId, ids: &[ContactId]) -> PortResult<Vec<ContactSnapshot>>;
    /// Tokens of the apps on these people's devices, those seen last first, each once. People without
    /// one are left out.
    async fn push_tokens(
        &self,
        _org: OrgId,
        _contacts: &[ContactId],
    ) -> PortResult<HashMap<ContactId, Vec<PushToken>>> {
        Ok(HashMap::new())
    }
    /// Some of what templates reach through contacts, for all of them at once: see
    /// [`ContactSnapshot::records`]. Objects that do not exist are passed over.
    async fn records(
        &self,
        _org: OrgId,
        _ids: &[ContactId],
        _objects: &[String],
    ) -> PortResult<HashMap<ContactId, serde_json::Map<String, serde_json::Value>>> {
        Ok(HashMap::new())
    }
    /// Records of catalogues by their object's key and external ID.
    async fn catalogue(
        &self,
        _org: OrgId,
        _wanted: &[(String, String)],
    ) -> PortResult<HashMap<(String, String), serde_json::Value>> {
        Ok(HashMap::new())
    }
    /// The contacts with these keys, in the order asked for.
    async fn with_keys(&self, org: OrgId, keys: &[ContactKey]) -> PortResult<Vec<Option<ContactSnapshot>>> {
        let ids: Vec<ContactId> = keys.iter().filter_map(ContactKey::id).collect();
        let found = self.snapshots(org, &ids).await?;
        let of = |key: &ContactKey| found.iter().find(|contact| Some(contact.id) == key.id()).cloned();
        Ok(keys.iter().map(of).collect())
    }
    /// The first contacts that a search finds, for "preview as".
    async fn search(&self, org: OrgId, query: &str, limit: i64) -> PortResult<Vec<ContactSnapshot>>;
}

/// Who a campaign is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AudienceSpec {
    /// Everybody who stands in at least one of these.
    #[schema(value_type = Vec<String>)]
    pub include: Vec<SegmentId>,
    /// But nobody who stands in one of these.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub exclude: Vec<SegmentId>,
    /// What it is about: only people who are subscribed to it get it. Absent: it is for everybody
    /// who has not opted out of marketing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub topic: Option<TopicId>,
}

/// The three numbers that stand wherever an audience is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AudienceCounts {
    /// People in the audience.
    pub matching: i64,
    /// Of those, people with an address of the channel: an e-mail address, a phone number, a device.
    pub reachable: i64,
    /// Of those, people who may be written to now: subscribed to the topic if there is one, and
    /// neither unsubscribed, paused nor suppressed.
    pub will_receive: i64,
}

/// Resolves audiences.
#[async_trait]
pub trait Audience: Send + Sync {
    /// The three numbers as of now, for messages of a channel.
    async fn count(&self, org: OrgId, spec: &AudienceSpec, channel: Channel) -> PortResult<AudienceCounts>;
    /// Writes down who the audience is, once: a second call with the same id changes nothing and
    /// returns the same numbers. Every reachable person is written down exactly once.
    async fn freeze(
        &self,
        org: OrgId,
        audience: AudienceId,
        spec: &AudienceSpec,
        channel: Channel,
    ) -> PortResult<AudienceCounts>;
    /// The frozen people after `after`, in the order of their ids, with their present data. People
    /// deleted since are left out.
    async fn page(
        &self,
        org: OrgId,
        audience: AudienceId,
        after: Option<ContactId>,
        limit: i64,
    ) -> PortResult<AudiencePage>;
    /// Forgets a frozen audience.
    async fn release(&self, org: OrgId, audience: AudienceId) -> PortResult<()>;
}

/// Some of a frozen audience.
#[derive(Clone, Debug, Default)]
pub struct AudiencePage {
    /// The people.
    pub people: Vec<ContactSnapshot>,
    /// Give it back as `after`; `None` at the end.
    pub next: Option<ContactId>,
}

/// A segment in a list to choose from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SegmentSummary {
    /// `seg_…`
    pub id: SegmentId,
    /// Its name.
    pub name: String,
    /// How many are in it, as of its last rebuild.
    pub members: i64,
}

/// Lists segments for other contexts' forms.
#[async_trait]
pub trait Segments: Send + Sync {
    /// All segments by name.
    async fn segments(&self, org: OrgId) -> PortResult<Vec<SegmentSummary>>;
}

/// The rule of a segment. A group is `{"all": […]}`, `{"any": […]}`, `{"one": […]}` or
/// `{"none": […]}`; a condition is `{"field": …, "operator": …, "value": …}`. Groups nest.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(value_type = Object, example = json!({"all": [
    {"field": "attributes.plan", "operator": "is_any_of", "value": ["pro", "team"]},
    {"any": [
        {"field": "created_at", "operator": "in_the_last", "value": {"amount": 30, "unit": "days"}},
        {"field": "mail.clicked", "operator": "at_least", "value": 1, "within": {"amount": 30, "unit": "days"}}
    ]}
]}))]
pub struct SegmentRule(pub serde_json::Value);

/// A segment as the API shows it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Segment {
    /// `seg_…`
    #[schema(value_type = String, example = "seg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: SegmentId,
    /// Unique, whatever the case of its letters.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// `cat_…`, or `null`.
    #[schema(value_type = Option<String>)]
    pub category: Option<CategoryId>,
    /// Who belongs to it.
    pub rule: SegmentRule,
    /// The rule in plain words.
    pub sentence: String,
    /// How many were in it at its last rebuild.
    pub member_count: i64,
    /// When that was; `null` before the first.
    pub rebuilt_at: Option<Timestamp>,
    /// Whether nothing has happened since that could change who is in it.
    pub up_to_date: bool,
    /// Why it cannot be rebuilt: `rule` when the rule no longer fits the fields, `slow` when it takes
    /// too long; `null` when all is well.
    pub problem: Option<String>,
    /// Counts edits. Sent back with a change, it keeps that change from overwriting another one.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}

/// A segment that is to be made.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct NewSegment {
    /// Up to 100 characters.
    pub name: String,
    /// Up to 1,000 characters.
    #[serde(default)]
    pub description: String,
    /// `cat_…`
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub category: Option<CategoryId>,
    /// Who belongs to it.
    pub rule: SegmentRule,
}

/// What is to change of a segment; what is left out stays.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct SegmentPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Another category; `null` for none.
    #[serde(default, deserialize_with = "segments::present")]
    #[schema(value_type = Option<String>)]
    pub category: Option<Option<CategoryId>>,
    /// Another rule.
    pub rule: Option<SegmentRule>,
    /// The version that the change is meant for; when the segment has another one, nothing changes.
    pub version: Option<i32>,
}

/// Somebody in a segment.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentMember {
    /// `con_…`
    #[schema(value_type = String, example = "con_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub contact: ContactId,
    /// Their address, if there is one.
    pub email: Option<String>,
    /// What they are called; may be empty.
    pub name: String,
    /// When they entered; `null` in the list of a day that is past.
    pub entered_at: Option<Timestamp>,
}

/// A contact that turned out to be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactMerged {
    /// Who stays.
    pub winner: ContactId,
    /// Who is no more.
    pub loser: ContactId,
}

/// What crm tells the others. Sets larger than [`crate::event::MAX_ITEMS`] come as several events.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CrmEvent {
    /// Contacts came into being.
    ContactsCreated {
        /// Who.
        contacts: Vec<ContactId>,
        /// How: `manual`, `api`, `import`.
        source: String,
    },
    /// Contacts changed.
    ContactsUpdated {
        /// Who.
        contacts: Vec<ContactId>,
        /// Names of what changed: core fields, `attributes.<key>`, `tags`.
        changed: Vec<String>,
    },
    /// Contacts turned out to be others that are known: what belonged to the one belongs to the other,
    /// and the one is no more.
    ContactsMerged {
        /// Who became whom.
        merges: Vec<ContactMerged>,
    },
    /// Contacts were deleted.
    ContactsDeleted {
        /// Who.
        contacts: Vec<ContactId>,
    },
    /// People said, by way of an imported file, that they want no mail.
    AddressesOptedOut {
        /// Which.
        addresses: Vec<EmailAddress>,
    },
    /// People are not to be contacted any more, said in crm. Their addresses and numbers are to be put
    /// on delivery's list.
    DoNotContactSet {
        /// On which channel.
        channel: consent::Channel,
        /// `manual` or `unsubscribed`.
        reason: String,
        /// Which addresses; none of devices.
        addresses: Vec<Address>,
    },
    /// People may be contacted again, said in crm.
    DoNotContactLifted {
        /// On which channel.
        channel: consent::Channel,
        /// For which reason they were not to be contacted; all of them when there is none.
        reason: Option<String>,
        /// Which addresses; none of devices.
        addresses: Vec<Address>,
    },
    /// People agreed to hear of something, or no longer do.
    ConsentsRecorded {
        /// `granted`, `requested`, `withdrawn` or `expired`.
        action: String,
        /// Of what; all marketing when there is none.
        topic: Option<TopicId>,
        /// On which channel.
        channel: consent::Channel,
        /// Who.
        contacts: Vec<ContactId>,
    },
    /// People were erased: nothing of them is left but that they may not be written to.
    ContactsErased {
        /// Who.
        contacts: Vec<ContactId>,
    },
    /// A rebuild found that people entered or left a segment.
    SegmentMembershipChanged {
        /// Which.
        segment: SegmentId,
        /// Who entered.
        entered: Vec<ContactId>,
        /// Who left.
        left: Vec<ContactId>,
    },
    /// Somebody began to take contacts out as a file.
    ContactsExported {
        /// Which file.
        export: ExportId,
        /// Whom it takes out, in words.
        sentence: String,
        /// The person who asked for it.
        user: Option<UserId>,
        /// Or the program.
        api_key: Option<ApiKeyId>,
    },
    /// Records came into being or changed, or who and what they are linked with did.
    RecordsChanged {
        /// The key of their object.
        object: String,
        /// Which.
        records: Vec<RecordId>,
        /// Whom they belong to, or belonged to before.
        contacts: Vec<ContactId>,
        /// Names of what changed: `name`, `external_id`, `owner`, `attributes.<key>`, `contacts`,
        /// `links`. All of it for those that are new.
        changed: Vec<String>,
    },
    /// Records were deleted.
    RecordsDeleted {
        /// The key of their object.
        object: String,
        /// Which.
        records: Vec<RecordId>,
        /// Whom they belonged to.
        contacts: Vec<ContactId>,
    },
    /// An import ended.
    ImportFinished {
        /// Which.
        import: ImportId,
        /// Contacts created.
        created: i64,
        /// Contacts updated.
        updated: i64,
        /// Rows rejected.
        rejected: i64,
    },
}

impl PublicEvent for CrmEvent {
    const TOPIC: &'static str = "crm";
}

/// The list.
pub const CONTACTS: Route0 = Route0::new("/app/contacts");
/// The form for a new one.
pub const CONTACT_NEW: Route0 = Route0::new("/app/contacts/new");
/// One contact.
pub const CONTACT: Route1<ContactId> = Route1::new("/app/contacts/{id}");
/// Its form.
pub const CONTACT_EDIT: Route1<ContactId> = Route1::new("/app/contacts/{id}/edit");
/// `POST` deletes it.
pub const CONTACT_DELETION: Route1<ContactId> = Route1::new("/app/contacts/{id}/deletion");
/// `POST` adds or removes tags of it.
pub const CONTACT_TAGS: Route1<ContactId> = Route1::new("/app/contacts/{id}/tags");
/// More of a contact's timeline.
pub const CONTACT_TIMELINE: Route1<ContactId> = Route1::new("/ui/crm/contacts/{id}/timeline");
/// Imports.
pub const IMPORTS: Route0 = Route0::new("/app/contacts/imports");
/// The upload form.
pub const IMPORT_NEW: Route0 = Route0::new("/app/contacts/imports/new");
/// One import: mapping, dry run, progress, report.
pub const IMPORT: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}");
/// `POST` the mapping.
pub const IMPORT_MAPPING: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/mapping");
/// `POST` looks at all rows without importing any.
pub const IMPORT_CHECK: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/check");
/// `POST` starts it.
pub const IMPORT_START: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/start");
/// `POST` cancels it.
pub const IMPORT_CANCELLATION: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/cancellation");
/// The rejected rows with their reasons.
pub const IMPORT_ERRORS: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/errors.csv");
/// The moving part of the import page.
pub const IMPORT_PROGRESS: Route1<ImportId> = Route1::new("/ui/crm/imports/{id}/progress");
/// Custom fields.
pub const FIELDS: Route0 = Route0::new("/app/settings/fields");
/// The form for a new one.
pub const FIELD_NEW: Route0 = Route0::new("/app/settings/fields/new");
/// One field.
pub const FIELD: Route1<FieldId> = Route1::new("/app/settings/fields/{id}");
/// `POST` deletes it.
pub const FIELD_DELETION: Route1<FieldId> = Route1::new("/app/settings/fields/{id}/deletion");
/// `POST` moves it up or down.
pub const FIELD_PLACE: Route1<FieldId> = Route1::new("/app/settings/fields/{id}/place");
/// `POST` adds the fields that most organisations want.
pub const FIELDS_STANDARD: Route0 = Route0::new("/app/settings/fields/standard");
/// Segments.
pub const SEGMENTS: Route0 = Route0::new("/app/segments");
/// The form for a new one.
pub const SEGMENT_NEW: Route0 = Route0::new("/app/segments/new");
/// One segment and its members.
pub const SEGMENT: Route1<SegmentId> = Route1::new("/app/segments/{id}");
/// Its form.
pub const SEGMENT_EDIT: Route1<SegmentId> = Route1::new("/app/segments/{id}/edit");
/// `POST` deletes it.
pub const SEGMENT_DELETION: Route1<SegmentId> = Route1::new("/app/segments/{id}/deletion");
/// `POST` rebuilds it.
pub const SEGMENT_REBUILD: Route1<SegmentId> = Route1::new("/app/segments/{id}/rebuild");
/// `POST` the rule as edited; answers with the editor's moving parts and the live count.
pub const SEGMENT_PREVIEW: Route0 = Route0::new("/ui/crm/segments/preview");

/// Contacts by the API.
pub const API_CONTACTS: Route0 = Route0::new("/api/v1/contacts");
/// One contact by the API.
pub const API_CONTACT: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}");
/// `PUT` creates or updates by `email` or `external_id`.
pub const API_CONTACT_BY: Route2<String, String> = Route2::new("/api/v1/contacts/by/{identifier}/{value}");
/// `POST` a segment rule; answers with who matches.
pub const API_CONTACT_SEARCH: Route0 = Route0::new("/api/v1/contacts/search");
/// `POST` up to 1,000 contacts.
pub const API_CONTACT_BATCH: Route0 = Route0::new("/api/v1/contacts/batch");
/// The timeline of a contact.
pub const API_CONTACT_EVENTS: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/events");
/// Custom fields by the API.
pub const API_FIELDS: Route0 = Route0::new("/api/v1/fields");
/// One field by the API.
pub const API_FIELD: Route1<FieldId> = Route1::new("/api/v1/fields/{id}");
/// Tags by the API.
pub const API_TAGS: Route0 = Route0::new("/api/v1/tags");
/// `POST` a file to import.
pub const API_IMPORTS: Route0 = Route0::new("/api/v1/imports");
/// One import by the API.
pub const API_IMPORT: Route1<ImportId> = Route1::new("/api/v1/imports/{id}");
/// Its rejected rows.
pub const API_IMPORT_ERRORS: Route1<ImportId> = Route1::new("/api/v1/imports/{id}/errors.csv");
/// Segments by the API.
pub const API_SEGMENTS: Route0 = Route0::new("/api/v1/segments");
/// One segment by the API.
pub const API_SEGMENT: Route1<SegmentId> = Route1::new("/api/v1/segments/{id}");
/// Who is in it.
pub const API_SEGMENT_MEMBERS: Route1<SegmentId> = Route1::new("/api/v1/segments/{id}/members");
/// `POST` rebuilds it.
pub const API_SEGMENT_REBUILDS: Route1<SegmentId> = Route1::new("/api/v1/segments/{id}/rebuilds");
