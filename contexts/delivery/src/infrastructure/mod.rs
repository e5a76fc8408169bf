//! PostgreSQL and the network.

pub mod pg;
pub mod smtp;
