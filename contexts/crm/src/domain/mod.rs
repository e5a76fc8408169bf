//! What contacts, fields, tags and imports are and how they change. Pure: no database, no web, no
//! clock.

pub mod allowance;
pub mod change;
pub mod consent;
pub mod contact;
pub mod contact_input;
pub mod contact_list;
pub mod contact_value;
pub mod device;
pub mod duplicate;
pub mod field;
pub mod field_value;
pub mod identity;
pub mod import;
pub mod ingest;
pub mod merge;
pub mod note;
pub mod object;
pub mod places;
pub mod privacy;
pub mod record;
pub mod record_item;
pub mod rule;
pub mod segment;
pub mod source;
pub mod stage;
pub mod standard_fields;
pub mod tag;
pub mod text;
pub mod timeline;
pub mod timeline_entry;
pub mod topic;
pub mod unique_value;
