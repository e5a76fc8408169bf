//! Objects, records and relations as the API shows and takes them, and the paths to them.

use kernel::{ContactId, ObjectId, RecordId, RelationId, Route0, Route1, Route2, Route3, Timestamp, UserId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::contacts::ContactProblem;

/// What an organisation keeps records of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Object {
    /// `obj_…`
    #[schema(value_type = String)]
    pub id: ObjectId,
    /// The word in addresses, rules and templates: `companies`.
    pub key: String,
    /// What people call one of them.
    pub singular: String,
    /// What people call several.
    pub plural: String,
    /// `records` belong to contacts or to each other; a `catalogue` is looked up when a message is
    /// sent.
    pub kind: &'static str,
    /// Companies: may be neither deleted nor renamed.
    pub built_in: bool,
    /// How its records relate to those of other objects.
    pub relations: Vec<Relation>,
    /// When it was defined.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How records of one object relate to those of another.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Relation {
    /// `rel_…`
    #[schema(value_type = String)]
    pub id: RelationId,
    /// The word for the others, seen from this object.
    pub key: String,
    /// The word for this object's, seen from the others.
    pub inverse_key: String,
    /// What people call it.
    pub label: String,
    /// The key of the other object.
    pub to: String,
    /// Whether a record has at most one.
    pub single: bool,
}

/// An object to be defined. Its key and kind stay as they are for ever.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectInput {
    /// Small letters, digits and `_`.
    pub key: String,
    /// What people call one of them.
    pub singular: String,
    /// What people call several.
    pub plural: String,
    /// `records`, which is the default, or `catalogue`.
    #[serde(default)]
    pub kind: Option<String>,
}

/// What changes of an object; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectPatch {
    /// What people call one of them.
    pub singular: Option<String>,
    /// What people call several.
    pub plural: Option<String>,
}

/// A relation to be defined.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationInput {
    /// The key of the other object.
    pub to: String,
    /// The word for the others, seen from this object: `products`.
    pub key: String,
    /// The word for this object's, seen from the others; the key of this object when it is not said.
    #[serde(default)]
    pub inverse_key: Option<String>,
    /// What people call it; made from the key when it is not said.
    #[serde(default)]
    pub label: Option<String>,
    /// Whether a record has at most one.
    #[serde(default)]
    pub single: bool,
}

/// One company, one order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Record {
    /// `rec_…`
    #[schema(value_type = String, example = "rec_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: RecordId,
    /// The key of its object.
    pub object: String,
    /// What another system calls it; unique among the object's records.
    pub external_id: Option<String>,
    /// What lists show; of a company, its name.
    pub name: String,
    /// Who looks after it.
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<UserId>,
    /// Values of the object's fields by their key, typed as the field says.
    pub attributes: Map<String, Value>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What is to be known of a record. What is absent stays as it is; `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RecordInput {
    /// What another system calls it.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub external_id: Option<Option<String>>,
    /// What lists show.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub name: Option<Option<String>>,
    /// Who looks after it: `usr_…`.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub owner_id: Option<Option<UserId>>,
    /// Values of fields by their key. Fields that are not named stay as they are.
    #[schema(value_type = Option<std::collections::HashMap<String, Value>>)]
    pub attributes: Option<Map<String, Value>>,
    /// People that it is to be linked with, besides those that it is linked with already.
    pub contacts: Option<Vec<ContactLink>>,
    /// Records that it is to be linked with, by the key of the relation: their ids, or what another
    /// system calls them. A single relation is linked anew.
    #[schema(value_type = Option<std::collections::HashMap<String, Vec<String>>>)]
    pub links: Option<std::collections::BTreeMap<String, Vec<String>>>,
}

fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Somebody that a record belongs to; exactly one of `id`, `email` and `external_id` says who.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContactLink {
    /// `con_…`
    #[schema(value_type = Option<String>)]
    pub id: Option<ContactId>,
    pub email: Option<String>,
    pub external_id: Option<String>,
    /// What the person is to the record: `buyer`.
    pub role: Option<String>,
    /// Of a company: it stands for the person's company. The first one does when nothing is said.
    pub primary: Option<bool>,
}

/// A person that a record is linked with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordContact {
    /// `con_…`
    #[schema(value_type = String)]
    pub id: ContactId,
    pub email: Option<String>,
    /// What lists call them.
    pub name: String,
    /// What they are to the record; may be empty.
    pub role: String,
    /// Whether it is their company.
    pub primary: bool,
    /// Since when.
    pub linked_at: Timestamp,
}

/// A record that a record is linked with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordLink {
    /// The word for it, seen from the record asked for.
    pub relation: String,
    /// `rec_…`
    #[schema(value_type = String)]
    pub id: RecordId,
    /// The key of its object.
    pub object: String,
    pub external_id: Option<String>,
    pub name: String,
}

/// Records to link with, or one to take the link to away.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// The key of the relation, from either side.
    pub relation: String,
    /// An id, or what another system calls it.
    pub record: String,
}

/// The order of a list of records and what it shows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct RecordQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `created_at`, `updated_at` or `name`; with a `-` in front for the largest first.
    pub sort: Option<String>,
    /// The beginning of the name, or the external ID.
    pub q: Option<String>,
    /// Records that belong to this contact.
    #[serde(rename = "filter[contact]")]
    pub contact: Option<String>,
}

/// Up to 1,000 records to be created or changed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordBatch {
    /// Those with an `external_id` that is known are changed, all others created.
    pub records: Vec<RecordInput>,
}

/// What became of each record of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordBatchResult {
    /// One for each record, in the order given.
    pub results: Vec<RecordBatchItem>,
}

/// What became of one record of a batch.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RecordBatchItem {
    /// `created`, `updated`, `unchanged` or `rejected`.
    pub status: &'static str,
    /// The record, unless it was rejected.
    #[schema(value_type = Option<String>)]
    pub id: Option<RecordId>,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ContactProblem>,
}

/// Objects with records to look at.
pub const RECORD_OBJECTS: Route0 = Route0::new("/app/records");
/// The list of an object's records; companies are one.
pub const RECORDS: Route1<String> = Route1::new("/app/records/{object}");
/// The form for a new one.
pub const RECORD_NEW: Route1<String> = Route1::new("/app/records/{object}/new");
/// One record.
pub const RECORD: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}");
/// Its form.
pub const RECORD_EDIT: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}/edit");
/// `POST` deletes it.
pub const RECORD_DELETION: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}/deletion");
/// `POST` links it with somebody, or changes their role.
pub const RECORD_CONTACTS: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}/contacts");
/// `POST` takes such a link away.
pub const RECORD_CONTACTS_REMOVAL: Route2<String, RecordId> =
    Route2::new("/app/records/{object}/{id}/contacts/removal");
/// `POST` links it with another record.
pub const RECORD_LINKS: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}/links");
/// `POST` takes such a link away.
pub const RECORD_LINKS_REMOVAL: Route2<String, RecordId> =
    Route2::new("/app/records/{object}/{id}/links/removal");
/// `POST` merges another record into it.
pub const RECORD_MERGE: Route2<String, RecordId> = Route2::new("/app/records/{object}/{id}/merge");
/// `POST` links a contact with a record, from the page of the contact.
pub const CONTACT_RECORDS: Route1<ContactId> = Route1::new("/app/contacts/{id}/records");
/// `POST` takes such a link away.
pub const CONTACT_RECORDS_REMOVAL: Route1<ContactId> = Route1::new("/app/contacts/{id}/records/removal");
/// Settings: objects.
pub const OBJECTS: Route0 = Route0::new("/app/settings/objects");
/// The form for a new one.
pub const OBJECT_NEW: Route0 = Route0::new("/app/settings/objects/new");
/// One object with its relations.
pub const OBJECT: Route1<String> = Route1::new("/app/settings/objects/{object}");
/// `POST` deletes it.
pub const OBJECT_DELETION: Route1<String> = Route1::new("/app/settings/objects/{object}/deletion");
/// `POST` defines a relation of it.
pub const OBJECT_RELATIONS: Route1<String> = Route1::new("/app/settings/objects/{object}/relations");
/// `POST` deletes a relation of it.
pub const OBJECT_RELATION_DELETION: Route2<String, RelationId> =
    Route2::new("/app/settings/objects/{object}/relations/{relation}/deletion");

/// Objects by the API.
pub const API_OBJECTS: Route0 = Route0::new("/api/v1/objects");
/// One object.
pub const API_OBJECT: Route1<String> = Route1::new("/api/v1/objects/{object}");
/// Its relations.
pub const API_RELATIONS: Route1<String> = Route1::new("/api/v1/objects/{object}/relations");
/// One of them.
pub const API_RELATION: Route2<String, RelationId> =
    Route2::new("/api/v1/objects/{object}/relations/{relation}");
/// Its records.
pub const API_RECORDS: Route1<String> = Route1::new("/api/v1/objects/{object}/records");
/// Up to 1,000 at once.
pub const API_RECORD_BATCH: Route1<String> = Route1::new("/api/v1/objects/{object}/records/batch");
/// One record.
pub const API_RECORD: Route2<String, RecordId> = Route2::new("/api/v1/objects/{object}/records/{id}");
/// One record by what another system calls it.
pub const API_RECORD_BY: Route2<String, String> =
    Route2::new("/api/v1/objects/{object}/records/by/external_id/{value}");
/// Whom a record belongs to.
pub const API_RECORD_CONTACTS: Route2<String, RecordId> =
    Route2::new("/api/v1/objects/{object}/records/{id}/contacts");
/// One of them.
pub const API_RECORD_CONTACT: Route3<String, RecordId, ContactId> =
    Route3::new("/api/v1/objects/{object}/records/{id}/contacts/{contact}");
/// What a record is linked with.
pub const API_RECORD_LINKS: Route2<String, RecordId> =
    Route2::new("/api/v1/objects/{object}/records/{id}/links");
/// Companies: the records of the built-in object.
pub const API_COMPANIES: Route0 = Route0::new("/api/v1/companies");
/// Up to 1,000 at once.
pub const API_COMPANY_BATCH: Route0 = Route0::new("/api/v1/companies/batch");
/// One company.
pub const API_COMPANY: Route1<RecordId> = Route1::new("/api/v1/companies/{id}");
/// One company by what another system calls it.
pub const API_COMPANY_BY: Route1<String> = Route1::new("/api/v1/companies/by/external_id/{value}");
/// Who works there.
pub const API_COMPANY_CONTACTS: Route1<RecordId> = Route1::new("/api/v1/companies/{id}/contacts");
/// One of them.
pub const API_COMPANY_CONTACT: Route2<RecordId, ContactId> =
    Route2::new("/api/v1/companies/{id}/contacts/{contact}");
/// What a company is linked with.
pub const API_COMPANY_LINKS: Route1<RecordId> = Route1::new("/api/v1/companies/{id}/links");
