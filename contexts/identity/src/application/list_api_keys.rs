//! The keys of an organisation.

use kernel::{ApiKeyId, OrgId};
use platform::DbError;

use super::IdentityDeps;
use crate::infrastructure::pg::KeyRow;

/// At most `limit` keys from behind `after`, newest first, and whether there are more.
pub async fn list_api_keys(
    deps: &IdentityDeps,
    org: OrgId,
    after: Option<ApiKeyId>,
    limit: usize,
) -> Result<(Vec<KeyRow>, bool), DbError> {
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut tx = deps.db.tenant(org).await?;
    let mut keys = tx.api_keys(org, after, wanted).await?;
    let more = keys.len() > limit;
    keys.truncate(limit);
    Ok((keys, more))
}
