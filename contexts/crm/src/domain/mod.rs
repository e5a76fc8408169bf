//! What contacts, fields, tags and imports are and how they change. Pure: no database, no web, no
//! clock.

pub mod allowance;
pub mod bulk;
pub mod change;
pub mod consent;
pub mod contact;
pub mod contact_column;
pub mod contact_input;
pub mod contact_list;
pub mod contact_value;
pub mod device;
pub mod contact_view;
pub mod csv_text;
pub mod duplicate;
pub mod export;
pub mod field;
pub mod field_value;
pub mod identity;
pub mod import;
pub mod ingest;
pub mod merge;
pub mod note;
pub mod privacy;
pub mod rule;
pub mod segment;
pub mod source;
pub mod selection;
pub mod stage;
pub mod tag;
pub mod text;
pub mod timeline;
pub mod timeline_entry;
pub mod topic;
pub mod undo;
