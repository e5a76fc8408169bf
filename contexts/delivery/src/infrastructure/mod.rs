//! PostgreSQL and the network.

pub mod carriers;
pub mod dial;
pub mod dns;
pub mod imap;
pub mod link_probe;
pub mod pg;
pub mod postfix_log;
pub mod smtp;
pub mod sns_door;
pub mod tracking_probe;
pub mod tracking_spill;
