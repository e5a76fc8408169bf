//! The API.

mod bulk;
mod changes;
mod consents;
mod contact_batch;
mod contact_search;
mod contacts;
mod devices;
mod events;
mod exports;
mod fields;
mod imports;
mod merges;
mod notes;
mod objects;
mod preferences;
mod privacy;
mod record_target;
mod records;
mod segment_categories;
mod segment_people;
mod segments;
mod sources;
mod stages;
mod timeline;
mod topics;

use axum::{
    Json as Answer,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::{
        API_CONTACT, API_CONTACT_BATCH, API_CONTACT_BY, API_CONTACT_EVENTS, API_CONTACTS, API_FIELD,
        API_FIELDS, API_IMPORT, API_IMPORT_ERRORS, API_IMPORTS, API_TAGS,
        contacts::{
            Contact, ContactBatch, ContactBatchResult, ContactEvent, ContactEventQuery, ContactInput,
            ContactQuery, Field, FieldInput, FieldPatch, FieldQuery, Import, ImportQuery, Tag,
        },
        lists::API_IMPORT_UNDO,
    },
};
use http::{HeaderValue, header};
use kernel::Permission;
use platform::web::{Access, AppError, Op, Routes};
use serde::Serialize;

use crate::Crm;

/// The most items on a page.
const MAX_PAGE: i64 = 200;

/// All routes, with the scope that each needs.
pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    contact_routes(read, write)
        .merge(field_routes(read, Access::needs(Permission::FieldsWrite)))
        .merge(import_routes(read, write))
        .merge(changes::routes())
        .merge(stages::routes())
        .merge(notes::routes())
        .merge(merges::routes())
        .merge(timeline::routes())
        .merge(contact_search::routes())
        .merge(exports::routes())
        .merge(bulk::routes())
        .merge(objects::routes())
        .merge(segments::routes())
        .merge(topics::routes())
        .merge(consents::routes())
        .merge(preferences::routes())
        .merge(privacy::routes())
        .merge(segment_people::routes())
        .merge(segment_categories::routes())
        .merge(events::routes())
        .merge(sources::routes())
        .merge(devices::routes())
}

fn contact_routes(read: Access, write: Access) -> Routes<Crm> {
    Routes::new()
        .get(API_CONTACTS.template(), read, contacts::list)
        .doc(
            Op::new("list_contacts", "List contacts")
                .describe(
                    "Sorted by `sort`; a search that finds very many comes by what was matched instead. \
                     `filter[<field>]` works for `tag`, `segment`, and the key of every field.",
                )
                .query::<ContactQuery>()
                .returns::<ListPage<Contact>>(200, "A page of contacts."),
        )
        .post(API_CONTACTS.template(), write, contacts::create)
        .doc(
            Op::new("create_contact", "Create a contact")
                .describe("409 with the id of the other one when the address or external ID is taken.")
                .body::<ContactInput>()
                .returns::<Contact>(201, "The contact."),
        )
        .get(API_CONTACT.template(), read, contacts::get)
        .doc(
            Op::new("get_contact", "Get a contact")
                .describe("`?include=topics` adds where the contact stands with every topic.")
                .returns::<Contact>(200, "The contact, with its version as ETag."),
        )
        .patch(API_CONTACT.template(), write, contacts::change)
        .doc(
            Op::new("update_contact", "Change a contact")
                .describe("JSON Merge Patch: `null` clears. With `If-Match` only that version is changed, else 412.")
                .body_as::<ContactInput>("application/merge-patch+json")
                .returns::<Contact>(200, "The contact as it is now."),
        )
        .delete(API_CONTACT.template(), write, contacts::delete)
        .doc(Op::new("delete_contact", "Delete a contact with its timeline").answers(204, "It is gone."))
        .put(API_CONTACT_BY.template(), write, contact_batch::put_by)
        .doc(
            Op::new("upsert_contact", "Create or change the contact with an address or external ID")
                .describe("`identifier` is `email` or `external_id`. Idempotent: what is absent stays as it is.")
                .body::<ContactInput>()
                .returns::<Contact>(200, "It was there, and is now as shown.")
                .returns::<Contact>(201, "It was created."),
        )
        .post(API_CONTACT_BATCH.template(), write, contact_batch::batch)
        .doc(
            Op::new("upsert_contacts", "Create or change up to 1,000 contacts")
                .describe("One bad item does not hold up the others: each has its own outcome.")
                .body::<ContactBatch>()
                .returns::<ContactBatchResult>(200, "What became of each."),
        )
        .get(API_CONTACT_EVENTS.template(), read, contacts::events)
        .doc(
            Op::new("list_contact_events", "List what happened to a contact, newest first")
                .query::<ContactEventQuery>()
                .returns::<ListPage<ContactEvent>>(200, "A page of events."),
        )
}

fn field_routes(read: Access, define: Access) -> Routes<Crm> {
    Routes::new()
        .get(API_FIELDS.template(), read, fields::list)
        .doc(Op::new("list_fields", "List custom fields").query::<FieldQuery>().returns::<ListPage<Field>>(200, "All fields."))
        .post(API_FIELDS.template(), define, fields::define)
        .doc(
            Op::new("create_field", "Define a custom field").body::<FieldInput>().returns::<Field>(201, "The field."),
        )
        .get(API_FIELD.template(), read, fields::get)
        .doc(Op::new("get_field", "Get a custom field").returns::<Field>(200, "The field."))
        .patch(API_FIELD.template(), define, fields::change)
        .doc(
            Op::new("update_field", "Change a custom field")
                .describe("Its key and type cannot be changed.")
                .body_as::<FieldPatch>("application/merge-patch+json")
                .returns::<Field>(200, "The field as it is now."),
        )
        .delete(API_FIELD.template(), define, fields::delete)
        .doc(
            Op::new("delete_field", "Delete a custom field")
                .describe("Its values are taken from the contacts in the background. 409 while segments ask for it.")
                .answers(204, "It is gone."),
        )
        .get(API_TAGS.template(), read, fields::tags)
        .doc(Op::new("list_tags", "List tags").returns::<ListPage<Tag>>(200, "The tags, by name."))
}

fn import_routes(read: Access, write: Access) -> Routes<Crm> {
    Routes::new()
        .get(API_IMPORTS.template(), read, imports::list)
        .doc(Op::new("list_imports", "List imports, newest first").returns::<ListPage<Import>>(200, "A page of imports."))
        .post_stream(API_IMPORTS.template(), write, imports::create)
        .doc(
            Op::new("create_import", "Import contacts or records from a CSV file")
                .describe(
                    "The body is the file itself (`text/csv`), or a form with a part named `file`. Delimiter, encoding \
                     and columns are found out unless the query says them.",
                )
                .query::<ImportQuery>()
                .body_as::<String>("text/csv")
                .returns::<Import>(202, "It runs: `Location` is its job."),
        )
        .get(API_IMPORT.template(), read, imports::get)
        .doc(Op::new("get_import", "Get an import").returns::<Import>(200, "The import."))
        .post(API_IMPORT_UNDO.template(), write, imports::undo)
        .doc(
            Op::new("undo_import", "Take an import back")
                .describe(
                    "Contacts or records that it created and that nobody has touched since are deleted; what it \
                     overwrote of others becomes what it was, unless somebody changed it since. 409 when it is too late.",
                )
                .returns::<Import>(202, "It is being taken back: `Location` is the job."),
        )
        .get(API_IMPORT_ERRORS.template(), read, imports::errors)
        .doc(
            Op::new("get_import_errors", "Download the rejected rows of an import")
                .answers(200, "A CSV file: the rows as they came, and why they were rejected."),
        )
}

/// How many items are asked for.
fn limit(asked: Option<i64>) -> i64 {
    asked.unwrap_or(100).clamp(1, MAX_PAGE)
}

/// A page of a list, with the next one also as a `Link` (RFC 8288).
fn page<T: Serialize>(path: &str, data: Vec<T>, next: Option<String>) -> Result<Response, AppError> {
    let link = next
        .as_ref()
        .map(|cursor| format!("<{path}?cursor={cursor}>; rel=\"next\""));
    let mut response = Answer(ListPage {
        data,
        has_more: next.is_some(),
        next_cursor: next,
    })
    .into_response();
    if let Some(link) = link {
        let value = HeaderValue::from_str(&link).map_err(AppError::internal)?;
        response.headers_mut().insert(header::LINK, value);
    }
    Ok(response)
}
