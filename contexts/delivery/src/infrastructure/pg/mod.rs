//! All SQL of this context.

pub mod attention;
pub mod batches;
pub mod caught;
pub mod domains;
pub mod engines;
pub mod frequency;
pub mod held;
pub mod inbox;
pub mod intake;
pub mod link_targets;
pub mod message_reads;
pub mod message_traces;
pub mod outcomes;
pub mod partitions;
pub mod personal_data;
pub mod providers;
pub mod queue;
pub mod recovery;
pub mod suppression_log;
pub mod suppressions;
pub mod tallies;
pub mod templates;
pub mod tracking;

/// Signalled when there may be something new to send.
pub const QUEUE_CHANNEL: &str = "delivery.queue";
