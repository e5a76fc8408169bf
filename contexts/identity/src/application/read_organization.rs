//! An organisation's settings as they are now.

use contracts::identity::OrganizationProfile;
use kernel::OrgId;
use platform::DbError;

use super::IdentityDeps;

/// The profile behind a request, read anew: a form must not be filled with what was true a second
/// ago.
pub async fn read_organization(
    deps: &IdentityDeps,
    org: OrgId,
) -> Result<Option<OrganizationProfile>, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    tx.profile(org).await
}
