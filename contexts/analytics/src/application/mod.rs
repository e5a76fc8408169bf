//! What analytics does.

pub mod keep_rollups;
pub mod read_dashboard;
