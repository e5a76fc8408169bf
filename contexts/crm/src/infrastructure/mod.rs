//! PostgreSQL. All SQL of the context stands below `pg`.

pub mod pg;
