//! Ending another session of one's own.

use kernel::{SessionId, UserId};
use platform::DbError;

use super::{By, IdentityDeps};
use crate::domain::audit::Action;

/// Ends a session of this person. `false` when they have no such session: somebody else's does not
/// exist for them.
pub async fn revoke_session(
    deps: &IdentityDeps,
    by: By,
    user: UserId,
    session: SessionId,
) -> Result<bool, DbError> {
    let mut tx = deps.db.installation().await?;
    let ended = tx.end_session(user, session, by.now).await?;
    if ended {
        tx.append_audit(by.org, by.act(Action::SessionRevoked, session))
            .await?;
    }
    tx.commit().await?;
    deps.recent.forget();
    Ok(ended)
}
