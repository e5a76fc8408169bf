//! Who stands behind a token.

use contracts::identity::{ApiCaller, OrganizationProfile, SignedIn};
use kernel::{OrgId, Timestamp};
use platform::DbError;

use super::IdentityDeps;
use crate::{
    domain::{
        api_key::KeyToken,
        token::{Digest, SecretToken},
    },
    infrastructure::pg::{FoundKey, FoundSession},
};

/// The person of a session's token; `None` when it is unknown, expired or revoked.
pub async fn authenticate_session(
    deps: &IdentityDeps,
    token: &str,
    now: Timestamp,
) -> Result<Option<SignedIn>, DbError> {
    if !SecretToken::has_form(token) {
        return Ok(None);
    }
    let digest = Digest::of(token);
    let Some(found) = find_session(deps, digest, now).await? else {
        return Ok(None);
    };
    if !found.times.is_live(now) {
        return Ok(None);
    }
    if found.times.wants_touch(now) {
        deps.db.touch_session(found.signed_in.session, now).await?;
        let mut touched = found.clone();
        touched.times.last_seen_at = now;
        deps.recent.sessions.put(digest, touched, now);
    }
    Ok(Some(found.signed_in))
}

async fn find_session(
    deps: &IdentityDeps,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<FoundSession>, DbError> {
    if let Some(found) = deps.recent.sessions.get(&digest, now) {
        return Ok(Some(found));
    }
    let found = deps.db.session_by_token(digest).await?;
    if let Some(found) = &found {
        deps.recent.sessions.put(digest, found.clone(), now);
    }
    Ok(found)
}

/// The program of a key's token; `None` when it is unknown, expired, revoked, or a test key while
/// the organisation is live.
pub async fn authenticate_api_key(
    deps: &IdentityDeps,
    token: &str,
    now: Timestamp,
) -> Result<Option<ApiCaller>, DbError> {
    // What fails its own checksum is not worth a question to the database.
    let Some(token) = KeyToken::parse(token) else {
        return Ok(None);
    };
    let digest = token.digest();
    let Some(found) = find_api_key(deps, digest, now).await? else {
        return Ok(None);
    };
    let caller = found.caller.clone();
    if !found.state.is_good(caller.organization.mode, now) {
        return Ok(None);
    }
    if found.state.wants_touch(now) {
        deps.db
            .touch_api_key(caller.organization.id, caller.key, now)
            .await?;
        let mut touched = found;
        touched.state.last_used_at = Some(now);
        deps.recent.api_keys.put(digest, touched, now);
    }
    Ok(Some(caller))
}

async fn find_api_key(
    deps: &IdentityDeps,
    digest: Digest,
    now: Timestamp,
) -> Result<Option<FoundKey>, DbError> {
    if let Some(found) = deps.recent.api_keys.get(&digest, now) {
        return Ok(Some(found));
    }
    let found = deps.db.api_key_by_token(digest).await?;
    if let Some(found) = &found {
        deps.recent.api_keys.put(digest, found.clone(), now);
    }
    Ok(found)
}

/// The profiles of those organisations that exist.
pub async fn find_organizations(
    deps: &IdentityDeps,
    ids: &[OrgId],
) -> Result<Vec<OrganizationProfile>, DbError> {
    let now = deps.clock.now();
    let mut profiles = Vec::with_capacity(ids.len());
    let mut missing = Vec::new();
    for id in ids {
        match deps.recent.organizations.get(id, now) {
            Some(profile) => profiles.push(profile),
            None => missing.push(*id),
        }
    }
    if !missing.is_empty() {
        for profile in deps.db.profiles(&missing).await? {
            deps.recent.organizations.put(profile.id, profile.clone(), now);
            profiles.push(profile);
        }
    }
    Ok(profiles)
}
