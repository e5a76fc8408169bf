//! What people and programs do with contacts: one use case a file.

pub mod cancel_import;
pub mod change_contact;
pub mod change_field;
pub mod change_stages;
pub mod check_import;
pub mod check_segment;
pub mod create_contact;
pub mod create_segment;
pub mod define_field;
pub mod delete_contacts;
pub mod delete_field;
pub mod delete_segment;
pub mod edit_segment;
pub mod expire_imports;
pub mod find_duplicates;
pub mod freeze_audience;
pub mod map_import;
pub mod merge_contacts;
pub mod override_segment;
pub mod preview_segment;
pub mod read_timeline;
#[cfg(test)]
mod rebuild_by_chance_tests;
pub mod rebuild_due_segments;
pub mod rebuild_segment;
pub mod receive_import;
pub mod refresh_segments;
pub mod run_import;
pub mod search_contacts_by_rule;
pub mod start_import;
pub mod tag_contacts;
pub mod test_contact;
#[allow(dead_code, reason = "for the undo of imports and bulk actions")]
pub mod undo_changes;
pub mod undo_merge;
pub mod upsert_contacts;
pub mod write_note;
