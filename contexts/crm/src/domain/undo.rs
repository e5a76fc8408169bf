//! How long an action on many contacts or an import can be taken back.

use kernel::Timestamp;

/// So many days.
pub const UNDO_DAYS: i64 = 7;

/// Until when what happened then can be taken back.
#[must_use]
pub fn undo_until(at: Timestamp) -> Timestamp {
    at.checked_add(jiff::SignedDuration::from_hours(24 * UNDO_DAYS))
        .unwrap_or(at)
}
