//! Where one is signed in.

use kernel::{Timestamp, UserId};
use platform::DbError;

use super::IdentityDeps;
use crate::infrastructure::pg::SessionRow;

/// The sessions of a person that a request could still use, newest use first.
pub async fn list_sessions(
    deps: &IdentityDeps,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, DbError> {
    let mut sessions = deps.db.sessions_of(user).await?;
    sessions.retain(|session| session.times.is_live(now));
    Ok(sessions)
}
