//! PostgreSQL and the network.

pub mod carriers;
pub mod pg;
pub mod postfix_log;
pub mod smtp;
pub mod tracking_spill;
