//! Forgets what can never be used again.

use jiff::SignedDuration;
use platform::DbError;

use super::IdentityDeps;
use crate::domain::session::ABSOLUTE;

/// Counts of sign-in attempts matter for an hour; a day is generous.
const THROTTLES_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Deletes sessions beyond their longest life, and old counts of attempts.
pub async fn expire_sessions(deps: &IdentityDeps) -> Result<(), DbError> {
    let now = deps.clock.now();
    let mut tx = deps.db.installation().await?;
    tx.delete_sessions_before(now - ABSOLUTE).await?;
    tx.delete_throttles_before(now - THROTTLES_KEPT).await?;
    tx.commit().await
}
