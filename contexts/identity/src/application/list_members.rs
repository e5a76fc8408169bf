//! Who works for an organisation, and what its keys are called: for those who show who did what.

use contracts::identity::Member;
use kernel::{ApiKeyId, OrgId};
use platform::DbError;

use super::IdentityDeps;

/// By name.
pub async fn list_members(deps: &IdentityDeps, org: OrgId) -> Result<Vec<Member>, DbError> {
    deps.db.tenant(org).await?.members(org).await
}

/// Also of keys that were revoked.
pub async fn name_api_keys(
    deps: &IdentityDeps,
    org: OrgId,
    keys: &[ApiKeyId],
) -> Result<Vec<(ApiKeyId, String)>, DbError> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    deps.db.tenant(org).await?.api_key_names(org, keys).await
}
