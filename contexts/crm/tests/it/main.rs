//! Stories of crm on a real database.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end at once"
)]

mod api;
mod audience;
mod audit;
mod bulk;
mod bulk_people;
mod channels;
mod consent;
mod contacts;
mod exports;
mod field_flags;
mod fields;
mod import;
mod import_records;
mod import_targets;
mod import_topics;
mod import_wizard;
mod ingestion;
mod lists;
mod merges;
mod objects;
mod people;
mod preview_people;
mod record_pages;
mod records;
mod segment_pages;
mod segment_people;
mod segment_support;
mod segments;
mod support;
mod template_records;
mod timeline;
