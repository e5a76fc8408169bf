//! Signing out.

use kernel::{SessionId, UserId};
use platform::DbError;

use super::{By, IdentityDeps};
use crate::domain::audit::Action;

/// Ends the session that the request came with. Signing out twice is fine.
pub async fn sign_out(deps: &IdentityDeps, by: By, user: UserId, session: SessionId) -> Result<(), DbError> {
    let mut tx = deps.db.installation().await?;
    if tx.end_session(user, session, by.now).await? {
        tx.append_audit(by.org, by.act(Action::SessionEnded, session))
            .await?;
    }
    tx.commit().await?;
    deps.recent.forget();
    Ok(())
}
