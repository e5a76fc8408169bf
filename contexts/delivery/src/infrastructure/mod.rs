//! PostgreSQL and the network.

pub mod carriers;
pub mod link_probe;
pub mod pg;
pub mod smtp;
pub mod tracking_spill;
