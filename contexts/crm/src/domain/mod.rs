//! What contacts, fields, tags and imports are and how they change. Pure: no database, no web, no
//! clock.

pub mod change;
pub mod contact;
pub mod contact_input;
pub mod contact_list;
pub mod contact_value;
pub mod duplicate;
pub mod field;
pub mod field_value;
pub mod import;
pub mod merge;
pub mod note;
pub mod object;
pub mod places;
pub mod record;
pub mod record_item;
pub mod rule;
pub mod segment;
pub mod stage;
pub mod standard_fields;
pub mod tag;
pub mod text;
pub mod timeline;
pub mod timeline_entry;
pub mod unique_value;
