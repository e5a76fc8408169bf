//! The rules of campaigns, without I/O.

pub mod audience;
pub mod campaign;
pub mod name;
pub mod preflight;
pub mod report;
pub mod schedule;
pub mod state;
