//! PostgreSQL.

pub mod pg;
