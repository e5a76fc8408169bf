//! The store of roll-ups.

pub mod pg;
