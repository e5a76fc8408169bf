//! What is known of people besides their data: changes, stages, notes, merges.

use kernel::{ChangeId, ContactId, MergeId, NoteId, Route0, Route1, Route2, StageId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

/// Who or what did something: a person, a key of the API, an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Doer {
    /// Of actors `user`, `api_key` or `system`; of causes `form`, `api`, `import`, `bulk`, `event`,
    /// `merge`, `journey`, `preferences` or `undo`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Which one, where there are several.
    pub id: Option<String>,
}

/// One change of one contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactChange {
    /// `chg_…`
    #[schema(value_type = String)]
    pub id: ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who made it.
    pub actor: Doer,
    /// By what.
    pub cause: Doer,
    /// The values that changed as they were, by the names of core fields, `attributes.<key>` and `tags`.
    #[schema(value_type = Object)]
    pub before: Map<String, Value>,
    /// The same as they became.
    #[schema(value_type = Object)]
    pub after: Map<String, Value>,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct PageQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A step of the funnel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Stage {
    /// `stg_…`
    #[schema(value_type = String, example = "stg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: StageId,
    /// Unique, whatever the case of its letters.
    pub name: String,
    /// What it means; may be empty.
    pub description: String,
    /// Stages are listed by it, the smallest first.
    pub weight: i32,
    /// How many contacts stand in it.
    pub contact_count: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A stage that is to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageInput {
    /// Up to 100 characters.
    pub name: String,
    /// Up to 1,000 characters.
    #[serde(default)]
    pub description: String,
    /// Where it stands; absent: at the end.
    pub weight: Option<i32>,
}

/// What is to change of a stage; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StagePatch {
    /// Up to 100 characters.
    pub name: Option<String>,
    /// Up to 1,000 characters.
    pub description: Option<String>,
    /// Where it stands.
    pub weight: Option<i32>,
}

/// The stage that a contact is to stand in.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageChoice {
    /// `null`: none.
    #[schema(value_type = Option<String>)]
    pub stage_id: Option<StageId>,
}

/// Something that was written down about a contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Note {
    /// `nte_…`
    #[schema(value_type = String, example = "nte_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: NoteId,
    /// `general`, `email`, `call` or `meeting`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Up to 10,000 characters.
    pub text: String,
    /// When what it tells of took place.
    pub occurred_at: Timestamp,
    /// Who wrote it; `null` when it was a program.
    #[schema(value_type = Option<String>)]
    pub created_by: Option<UserId>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A note that is to be written.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    /// `general` (the default), `email`, `call` or `meeting`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Up to 10,000 characters.
    pub text: String,
    /// When what it tells of took place; absent: now.
    pub occurred_at: Option<Timestamp>,
}

/// What is to change of a note; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NotePatch {
    /// `general`, `email`, `call` or `meeting`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Up to 10,000 characters.
    pub text: Option<String>,
    /// When what it tells of took place.
    pub occurred_at: Option<Timestamp>,
}

/// Two contacts that became one.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Merge {
    /// `mrg_…`
    #[schema(value_type = String, example = "mrg_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: MergeId,
    /// The contact that stayed.
    #[schema(value_type = String)]
    pub winner_id: ContactId,
    /// The contact that went.
    #[schema(value_type = String)]
    pub loser_id: ContactId,
    /// When.
    pub merged_at: Timestamp,
    /// Who did it.
    pub actor: Doer,
    /// Until when it can be undone; `null` when it no longer can.
    pub reversible_until: Option<Timestamp>,
}

/// A contact that is to become part of another.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The contact that goes.
    #[schema(value_type = String)]
    pub loser_id: ContactId,
    /// Whose value is kept, `winner` or `loser`, by the names of core fields and `attributes.<key>`. Of a
    /// field that is not named the winner's is kept, or the loser's where the winner has none.
    #[serde(default)]
    pub fields: std::collections::BTreeMap<String, String>,
}

/// Two contacts that may be one person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Duplicate {
    /// The older one.
    #[schema(value_type = String)]
    pub contact_id: ContactId,
    /// The other.
    #[schema(value_type = String)]
    pub other_contact_id: ContactId,
    /// What makes them alike: `email`, `identifier`, `external_id`, `phone`, `name`.
    pub reasons: Vec<String>,
    /// The more, the likelier.
    pub score: i32,
}

/// One thing on the timeline of a contact.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// The id of what it is.
    pub id: String,
    /// `event`, `change`, `note`, `stage`, `segment`, `consent` or `merge`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// What it is, as its own resource shows it.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// Which part of a timeline.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct TimelineQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only these, separated by commas: `events`, `changes`, `notes`, `stages`, `segments`, `consent`,
    /// `merges`.
    pub show: Option<String>,
}

/// The funnel.
pub const STAGES: Route0 = Route0::new("/app/settings/stages");
/// The form for a new stage.
pub const STAGE_NEW: Route0 = Route0::new("/app/settings/stages/new");
/// One stage.
pub const STAGE: Route1<StageId> = Route1::new("/app/settings/stages/{id}");
/// `POST` moves it one place.
pub const STAGE_MOVE: Route1<StageId> = Route1::new("/app/settings/stages/{id}/move");
/// `POST` deletes it.
pub const STAGE_DELETION: Route1<StageId> = Route1::new("/app/settings/stages/{id}/deletion");
/// `POST` says who looks after a contact, how far it has come, and its points.
pub const CONTACT_ASSIGNMENT: Route1<ContactId> = Route1::new("/app/contacts/{id}/assignment");
/// `POST` writes a note about a contact.
pub const CONTACT_NOTES: Route1<ContactId> = Route1::new("/app/contacts/{id}/notes");
/// The form of a note.
pub const CONTACT_NOTE: Route2<ContactId, NoteId> = Route2::new("/app/contacts/{id}/notes/{note}");
/// `POST` deletes a note.
pub const CONTACT_NOTE_DELETION: Route2<ContactId, NoteId> =
    Route2::new("/app/contacts/{id}/notes/{note}/deletion");
/// Two contacts side by side; `POST` makes one of them.
pub const CONTACT_MERGE: Route1<ContactId> = Route1::new("/app/contacts/{id}/merge");
/// `POST` parts two contacts again.
pub const MERGE_UNDO: Route2<ContactId, MergeId> = Route2::new("/app/contacts/{id}/merges/{merge}/undo");
/// Contacts that may be one person.
pub const DUPLICATES: Route0 = Route0::new("/app/contacts/duplicates");
/// `POST` looks for them.
pub const DUPLICATES_SEARCH: Route0 = Route0::new("/app/contacts/duplicates/search");
/// `POST` says that two are two people.
pub const DUPLICATES_DISMISSAL: Route0 = Route0::new("/app/contacts/duplicates/dismissal");

/// Stages by the API.
pub const API_STAGES: Route0 = Route0::new("/api/v1/stages");
/// One stage by the API.
pub const API_STAGE: Route1<StageId> = Route1::new("/api/v1/stages/{id}");
/// `PUT` says in which stage a contact stands.
pub const API_CONTACT_STAGE: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/stage");
/// The notes about a contact.
pub const API_CONTACT_NOTES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/notes");
/// One of them.
pub const API_CONTACT_NOTE: Route2<ContactId, NoteId> = Route2::new("/api/v1/contacts/{id}/notes/{note}");
/// Who became part of a contact.
pub const API_CONTACT_MERGES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/merges");
/// One of them; `DELETE` undoes it.
pub const API_CONTACT_MERGE: Route2<ContactId, MergeId> = Route2::new("/api/v1/contacts/{id}/merges/{merge}");
/// Contacts that may be one person.
pub const API_DUPLICATES: Route0 = Route0::new("/api/v1/contacts/duplicates");
/// Everything about a contact, by time.
pub const API_CONTACT_TIMELINE: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/timeline");
/// What was changed of a contact.
pub const API_CONTACT_CHANGES: Route1<ContactId> = Route1::new("/api/v1/contacts/{id}/changes");
