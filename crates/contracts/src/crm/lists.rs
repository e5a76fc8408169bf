//! The list of contacts: saved views, actions on many contacts, and files taken out.

use kernel::{BulkActionId, ContactId, ExportId, ImportId, JobId, Route0, Route1, Timestamp, ViewId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::SegmentRule;

/// The conditions of the list as a form; `GET` with its fields leads to the list.
pub const CONTACTS_FILTER: Route0 = Route0::new("/app/contacts/filter");
/// `POST` how close together rows stand.
pub const CONTACTS_DENSITY: Route0 = Route0::new("/app/contacts/density");
/// `POST` keeps what the list shows as a view.
pub const CONTACT_VIEWS: Route0 = Route0::new("/app/contacts/views");
/// `POST` changes a view.
pub const CONTACT_VIEW: Route1<ViewId> = Route1::new("/app/contacts/views/{id}");
/// `POST` deletes it.
pub const CONTACT_VIEW_DELETION: Route1<ViewId> = Route1::new("/app/contacts/views/{id}/deletion");
/// The tags of a contact in its row of the list: `GET` the form, `POST` what they are to be.
pub const CONTACT_TAGS_CELL: Route1<ContactId> = Route1::new("/ui/crm/contacts/{id}/tags");
/// Files that were taken out. `POST` takes one out.
pub const EXPORTS: Route0 = Route0::new("/app/contacts/exports");
/// One of them.
pub const EXPORT: Route1<ExportId> = Route1::new("/app/contacts/exports/{id}");
/// The moving part of its page.
pub const EXPORT_PROGRESS: Route1<ExportId> = Route1::new("/ui/crm/exports/{id}/progress");
/// The file itself.
pub const EXPORT_FILE: Route1<ExportId> = Route1::new("/app/contacts/exports/{id}/file");
/// `POST` stops it.
pub const EXPORT_CANCELLATION: Route1<ExportId> = Route1::new("/app/contacts/exports/{id}/cancellation");
/// `POST` a selection and an action: shows what would happen to whom, and asks for the rest.
pub const BULK_REVIEW: Route0 = Route0::new("/app/contacts/bulk/review");
/// What was done to many contacts. `POST` does something.
pub const BULK_ACTIONS: Route0 = Route0::new("/app/contacts/bulk");
/// One of these.
pub const BULK_ACTION: Route1<BulkActionId> = Route1::new("/app/contacts/bulk/{id}");
/// The moving part of its page.
pub const BULK_ACTION_PROGRESS: Route1<BulkActionId> = Route1::new("/ui/crm/bulk/{id}/progress");
/// `POST` stops it.
pub const BULK_ACTION_CANCELLATION: Route1<BulkActionId> =
    Route1::new("/app/contacts/bulk/{id}/cancellation");
/// `POST` takes it back.
pub const BULK_ACTION_UNDO: Route1<BulkActionId> = Route1::new("/app/contacts/bulk/{id}/undo");
/// `POST` takes an import back.
pub const IMPORT_UNDO: Route1<ImportId> = Route1::new("/app/contacts/imports/{id}/undo");

/// `POST` deletes a kept mapping.
pub const IMPORT_TEMPLATES_DELETION: Route0 = Route0::new("/app/contacts/imports/templates/deletion");

/// Exports by the API.
pub const API_EXPORTS: Route0 = Route0::new("/api/v1/exports");
/// One export by the API.
pub const API_EXPORT: Route1<ExportId> = Route1::new("/api/v1/exports/{id}");
/// Its file.
pub const API_EXPORT_FILE: Route1<ExportId> = Route1::new("/api/v1/exports/{id}/file");
/// `POST` an action on many contacts.
pub const API_CONTACT_BULK: Route0 = Route0::new("/api/v1/contacts/bulk");
/// What has become of it.
pub const API_BULK_ACTION: Route1<BulkActionId> = Route1::new("/api/v1/contacts/bulk/{id}");
/// `POST` takes it back.
pub const API_BULK_ACTION_UNDO: Route1<BulkActionId> = Route1::new("/api/v1/contacts/bulk/{id}/undo");
/// `POST` takes an import back.
pub const API_IMPORT_UNDO: Route1<ImportId> = Route1::new("/api/v1/imports/{id}/undo");

/// Contacts to be taken out as a file. Without `ids`, `rule` and `q`, all of them.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewExport {
    /// `csv` (the default) or `xlsx`.
    pub format: Option<String>,
    /// These contacts, up to 10,000.
    #[schema(value_type = Option<Vec<String>>)]
    pub ids: Option<Vec<ContactId>>,
    /// Those who match the rule of a segment.
    pub rule: Option<SegmentRule>,
    /// Beginnings of name, company, address or its domain.
    pub q: Option<String>,
    /// What each row shows: `email`, `first_name`, `tags`, `attributes.plan`… Without it, everything.
    pub columns: Option<Vec<String>>,
    /// Also anonymous visitors.
    pub visitors: bool,
}

/// A file of contacts and what has become of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Export {
    /// `exp_…`
    #[schema(value_type = String)]
    pub id: ExportId,
    /// `csv` or `xlsx`.
    pub format: &'static str,
    /// `running`, `finished`, `cancelled`, `failed` or `expired`.
    pub state: &'static str,
    /// The job that writes it, or did.
    #[schema(value_type = Option<String>)]
    pub job_id: Option<JobId>,
    /// Whom it takes out, in words.
    pub sentence: String,
    /// What each row shows.
    pub columns: Vec<String>,
    /// Contacts in the file, so far.
    pub rows: i64,
    /// Bytes of the file.
    pub size_bytes: i64,
    /// The file, once it is whole.
    pub file_url: Option<String>,
    /// When the file is deleted.
    pub expires_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct ListQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// An action on many contacts. Either `ids` or `rule` says on whom.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBulkAction {
    /// What is done: `{"type": "tag", "add": ["vip"], "remove": []}`,
    /// `{"type": "set_field", "field": "attributes.plan", "value": "pro"}` (`null` clears),
    /// `{"type": "set_owner", "owner": "usr_…"}`, `{"type": "set_stage", "stage": "stg_…"}`,
    /// `{"type": "add_to_segment", "segment": "seg_…"}`, `{"type": "remove_from_segment", "segment": "seg_…"}`,
    /// `{"type": "subscribe", "topic": "top_…", "channel": "email", "basis": "consent", "text": "At the fair",
    /// "confirmed": true}` (who opted out is passed over; without `confirmed`, a topic with double opt-in asks),
    /// `{"type": "unsubscribe", "topic": "top_…", "channel": "email"}`, `{"type": "do_not_contact"}` or `{"type": "delete"}`.
    #[schema(value_type = Object, example = json!({"type": "tag", "add": ["vip"]}))]
    pub action: Value,
    /// These contacts, up to 10,000.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    pub ids: Option<Vec<ContactId>>,
    /// Those who match the rule of a segment when it is started.
    #[serde(default)]
    pub rule: Option<SegmentRule>,
    /// Also anonymous visitors, with `rule`.
    #[serde(default)]
    pub visitors: bool,
}

/// An action on many contacts and what has become of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BulkAction {
    /// `blk_…`
    #[schema(value_type = String)]
    pub id: BulkActionId,
    /// What is done.
    #[schema(value_type = Object)]
    pub action: Value,
    /// To whom, in words.
    pub sentence: String,
    /// `running`, `finished`, `cancelled`, `failed`, `undoing` or `undone`.
    pub state: &'static str,
    /// The job that does it, or did.
    #[schema(value_type = Option<String>)]
    pub job_id: Option<JobId>,
    /// Contacts that it has come to.
    pub done: i64,
    /// Contacts that it changed.
    pub changed: i64,
    /// Contacts that were given back what they had.
    pub undone: i64,
    /// Until when it can be taken back; `null` when it cannot.
    pub undo_until: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}
