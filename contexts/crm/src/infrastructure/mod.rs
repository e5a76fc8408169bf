//! PostgreSQL and the object store. All SQL of the context stands below `pg`.

pub mod export_file;
pub mod import_file;
pub mod pg;
pub mod publish;
pub mod spreadsheet;
