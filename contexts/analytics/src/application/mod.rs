//! What is done with facts, and what is read.

pub mod keep_rollups;
pub mod read_dashboard;
pub mod read_statistics;
