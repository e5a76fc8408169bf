//! Pages.

pub mod bulk;
pub mod consent;
pub mod contacts;
pub mod event_log;
pub mod exports;
pub mod field_widgets;
pub mod fields;
pub mod imports;
pub mod objects;
pub mod privacy;
pub mod records;
pub mod segments;
pub mod sources;
pub mod stages;
pub mod topics;

use contracts::crm::events::CONTACT_DEVICE_DELETION;
use contracts::crm::{
    CONTACT, CONTACT_DELETION, CONTACT_EDIT, CONTACT_NEW, CONTACT_TAGS, CONTACT_TIMELINE, CONTACTS, FIELD,
    FIELD_DELETION, FIELD_NEW, FIELD_PLACE, FIELDS, FIELDS_STANDARD, IMPORT, IMPORT_CANCELLATION,
    IMPORT_CHECK, IMPORT_ERRORS, IMPORT_MAPPING, IMPORT_NEW, IMPORT_PROGRESS, IMPORT_START, IMPORTS,
    lists::{
        BULK_ACTION, BULK_ACTION_CANCELLATION, BULK_ACTION_PROGRESS, BULK_ACTION_UNDO, BULK_ACTIONS,
        BULK_REVIEW, CONTACT_TAGS_CELL, CONTACT_VIEW, CONTACT_VIEW_DELETION, CONTACT_VIEWS, CONTACTS_DENSITY,
        CONTACTS_FILTER, EXPORT, EXPORT_CANCELLATION, EXPORT_FILE, EXPORT_PROGRESS, EXPORTS,
        IMPORT_TEMPLATES_DELETION, IMPORT_UNDO,
    },
    people::{
        CONTACT_ASSIGNMENT, CONTACT_MERGE, CONTACT_NOTE, CONTACT_NOTE_DELETION, CONTACT_NOTES, DUPLICATES,
        DUPLICATES_DISMISSAL, DUPLICATES_SEARCH, MERGE_UNDO, STAGE, STAGE_DELETION, STAGE_MOVE, STAGE_NEW,
        STAGES,
    },
};
use kernel::Permission;
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use crate::Crm;

/// All pages, with who may see them.
pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    let define = Access::needs(Permission::FieldsWrite);
    Routes::new()
        .get(CONTACTS.template(), read, contacts::list)
        .get(CONTACT_NEW.template(), write, contacts::new)
        .post(CONTACT_NEW.template(), write, contacts::create)
        .get(CONTACT.template(), read, contacts::show)
        .get(CONTACT_TIMELINE.template(), read, contacts::more_of_timeline)
        .get(CONTACT_EDIT.template(), write, contacts::edit)
        .post(CONTACT_EDIT.template(), write, contacts::change)
        .post(CONTACT_DELETION.template(), write, contacts::delete)
        .post(CONTACT_TAGS.template(), write, contacts::retag)
        .get(FIELDS.template(), define, fields::list)
        .get(FIELD_NEW.template(), define, fields::new)
        .post(FIELD_NEW.template(), define, fields::define)
        .get(FIELD.template(), define, fields::edit)
        .post(FIELD.template(), define, fields::change)
        .post(FIELD_DELETION.template(), define, fields::delete)
        .post(FIELD_PLACE.template(), define, fields::place)
        .post(FIELDS_STANDARD.template(), define, fields::add_standard)
        .get(IMPORTS.template(), read, imports::list)
        .get(IMPORT_NEW.template(), write, imports::new)
        .post_stream(IMPORT_NEW.template(), write, imports::upload)
        .get(IMPORT.template(), read, imports::show)
        .get(IMPORT_PROGRESS.template(), read, imports::progress)
        .get(IMPORT_ERRORS.template(), read, imports::errors)
        .post(IMPORT_MAPPING.template(), write, imports::map)
        .post(IMPORT_CHECK.template(), write, imports::check)
        .post(IMPORT_START.template(), write, imports::start)
        .post(IMPORT_CANCELLATION.template(), write, imports::cancel)
        .post(
            CONTACT_DEVICE_DELETION.template(),
            write,
            contacts::devices::delete,
        )
        .merge(list_routes())
        .merge(objects::routes())
        .merge(records::routes())
        .merge(segments::routes())
        .merge(topics::routes())
        .merge(consent::routes())
        .merge(privacy::routes())
        .merge(sources::routes())
        .merge(event_log::routes())
        .merge(people_routes(read, write, define))
}

fn people_routes(read: Access, write: Access, define: Access) -> Routes<Crm> {
    use contacts::{duplicates, merge, notes};
    Routes::new()
        .post(CONTACT_ASSIGNMENT.template(), write, contacts::assign)
        .post(CONTACT_NOTES.template(), write, notes::write)
        .get(CONTACT_NOTE.template(), write, notes::edit)
        .post(CONTACT_NOTE.template(), write, notes::change)
        .post(CONTACT_NOTE_DELETION.template(), write, notes::delete)
        .get(CONTACT_MERGE.template(), write, merge::show)
        .post(CONTACT_MERGE.template(), write, merge::merge)
        .post(MERGE_UNDO.template(), write, merge::undo)
        .get(DUPLICATES.template(), read, duplicates::list)
        .post(DUPLICATES_SEARCH.template(), write, duplicates::search)
        .post(DUPLICATES_DISMISSAL.template(), write, duplicates::dismiss)
        .get(STAGES.template(), read, stages::list)
        .get(STAGE_NEW.template(), define, stages::new)
        .post(STAGE_NEW.template(), define, stages::create)
        .get(STAGE.template(), define, stages::edit)
        .post(STAGE.template(), define, stages::change)
        .post(STAGE_MOVE.template(), define, stages::shift)
        .post(STAGE_DELETION.template(), define, stages::delete)
}

/// The list of contacts and what is done from it.
fn list_routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    let export = Access::needs(Permission::ContactsExport);
    Routes::new()
        .get(CONTACTS_FILTER.template(), read, contacts::filter)
        .post(CONTACTS_DENSITY.template(), read, contacts::choose_density)
        .post(CONTACT_VIEWS.template(), write, contacts::create_view)
        .post(CONTACT_VIEW.template(), write, contacts::change_view)
        .post(CONTACT_VIEW_DELETION.template(), write, contacts::delete_view)
        .get(CONTACT_TAGS_CELL.template(), write, contacts::row_tags)
        .post(CONTACT_TAGS_CELL.template(), write, contacts::retag_row)
        .post(
            IMPORT_TEMPLATES_DELETION.template(),
            write,
            imports::delete_template,
        )
        .get(EXPORTS.template(), export, exports::list)
        .post(EXPORTS.template(), export, exports::create)
        .get(EXPORT.template(), export, exports::show)
        .get(EXPORT_PROGRESS.template(), export, exports::progress)
        .get(EXPORT_FILE.template(), export, exports::file)
        .post(EXPORT_CANCELLATION.template(), export, exports::cancel)
        .post(BULK_REVIEW.template(), write, bulk::review)
        .get(BULK_ACTIONS.template(), read, bulk::list)
        .post(BULK_ACTIONS.template(), write, bulk::create)
        .get(BULK_ACTION.template(), read, bulk::show_one)
        .get(BULK_ACTION_PROGRESS.template(), read, bulk::progress)
        .post(BULK_ACTION_CANCELLATION.template(), write, bulk::cancel)
        .post(BULK_ACTION_UNDO.template(), write, bulk::undo)
        .post(IMPORT_UNDO.template(), write, imports::undo)
}

/// Where they stand in the navigation.
pub fn nav() -> Vec<NavItem> {
    let [companies, records] = records::nav();
    vec![
        NavItem {
            order: 20,
            label_key: "crm-nav-contacts",
            icon: Icon::Contacts,
            href: CONTACTS.url(),
            permission: Permission::ContactsRead,
            shortcut: Some('c'),
        },
        companies,
        records,
        segments::nav(),
        topics::nav(),
        privacy::nav(),
        event_log::nav(),
        sources::nav(),
        NavItem {
            order: 110,
            label_key: "crm-nav-fields",
            icon: Icon::Field,
            href: FIELDS.url(),
            permission: Permission::FieldsWrite,
            shortcut: None,
        },
        NavItem {
            order: 112,
            label_key: "crm-nav-stages",
            icon: Icon::Filter,
            href: STAGES.url(),
            permission: Permission::ContactsRead,
            shortcut: None,
        },
        objects::nav(),
    ]
}
