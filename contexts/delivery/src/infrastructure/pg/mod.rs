//! All SQL of this context.

pub mod attachments;
pub mod attention;
pub mod batches;
pub mod bounce_looks;
pub mod bounce_mailboxes;
pub mod bounce_mails;
pub mod brakes;
pub mod caught;
pub mod domain_checks;
pub mod domain_keys;
pub mod domains;
pub mod engines;
pub mod frequency;
pub mod held;
pub mod inbox;
pub mod intake;
pub mod limits;
pub mod link_targets;
pub mod message_reads;
pub mod message_traces;
pub mod outcomes;
pub mod partitions;
pub mod personal_data;
pub mod postfix_doubts;
pub mod providers;
pub mod queue;
pub mod recovery;
pub mod repeats;
pub mod replies;
pub mod report_reads;
pub mod report_writes;
pub mod reports;
pub mod sending_tallies;
pub mod suppression_imports;
pub mod suppression_log;
pub mod suppressions;
pub mod tallies;
pub mod templates;
pub mod tracking;
pub mod warm_ups;
pub mod webhook_accounts;

use platform::{DbError, Tx};
use sqlx::Executor;

/// Signalled when there may be something new to send.
pub const QUEUE_CHANNEL: &str = "delivery.queue";

/// Has the statements of this transaction look rows up by their keys, however small their tables were
/// when they were last planned. A queue goes from nothing to a million within a minute, and by a plan
/// made before that, each claim would read all of it for each row.
pub async fn look_up_by_key(tx: &mut Tx) -> Result<(), DbError> {
    tx.conn().execute("SET LOCAL enable_seqscan = off").await?;
    Ok(())
}
