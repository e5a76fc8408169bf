//! The end of a key.

use kernel::ApiKeyId;
use platform::DbError;

use super::{By, IdentityDeps};
use crate::domain::audit::{Act, Action, Facts};

/// Revokes a key and returns its name; `None` when the organisation has no such key in force.
pub async fn revoke_api_key(deps: &IdentityDeps, by: By, id: ApiKeyId) -> Result<Option<String>, DbError> {
    let mut tx = deps.db.tenant(by.org).await?;
    let Some(name) = tx.revoke_api_key(by.org, id, by.now).await? else {
        return Ok(None);
    };
    let before = Facts::none().with("name", &name);
    tx.append_audit(
        by.org,
        Act {
            before,
            ..by.act(Action::ApiKeyRevoked, id)
        },
    )
    .await?;
    tx.commit().await?;
    deps.recent.forget();
    Ok(Some(name))
}
