//! The store of campaigns.

pub mod pg;
