//! What roll-ups are made of, without I/O.

pub mod campaign_changes;
pub mod change;
pub mod contact_deltas;
pub mod message_deltas;
pub mod period;
