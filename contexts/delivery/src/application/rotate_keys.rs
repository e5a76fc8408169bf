//! New keys in place of old ones, without a moment in which receivers cannot verify.

use kernel::{DomainId, OrgId, Timestamp};
use platform::DbError;

use super::{
    save_domain::{DomainNotSaved, KeyRequest, make_keys},
    settings_deps::SettingsDeps,
};
use crate::{
    domain::{
        dkim::DkimAlgorithm,
        domain_key::{Activation, KeyState, Transition, transitions},
    },
    infrastructure::pg::{
        domain_keys,
        domains::{self, Domain},
    },
};

/// What a rotation asks for when nobody says otherwise.
#[must_use]
pub fn both_kinds() -> Vec<KeyRequest> {
    DkimAlgorithm::ALL
        .map(|algorithm| KeyRequest {
            algorithm,
            selector: String::new(),
        })
        .to_vec()
}

/// Makes new keys, which sign once DNS shows them; a domain without a key signs with them at once.
pub async fn rotate_keys(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
    requests: &[KeyRequest],
    now: Timestamp,
) -> Result<(), DomainNotSaved> {
    let domain = find(deps, org, id).await?;
    let made = make_keys(requests, &domain.keys, now).await?;
    let mut tx = deps.db.tenant(org).await?;
    let domain = domains::lock(&mut tx, org, id)
        .await?
        .ok_or(DomainNotSaved::NotFound)?;
    let is = |state| domain.keys.iter().any(|key| key.state == state);
    if is(KeyState::Pending) {
        return Err(DomainNotSaved::RotationUnderWay);
    }
    let state = if is(KeyState::Active) {
        KeyState::Pending
    } else {
        KeyState::Active
    };
    let sealed = made.seal(deps, &mut tx, org).await?;
    domain_keys::insert(&mut tx, org, id, &sealed.iter().collect::<Vec<_>>(), state).await?;
    domains::touch(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Signs with the new keys from now on, whether or not anybody can verify that. Returns whether there
/// is such a domain.
pub async fn activate_keys(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    change(deps, org, id, |domain, now| {
        transitions(&domain.keys, Activation::Forced, now)
    })
    .await
}

/// Throws the new keys away before they have signed. Returns whether there is such a domain.
pub async fn discard_keys(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let discarded = |domain: &Domain, _| moved(domain, KeyState::Pending, KeyState::Retired);
    change(deps, org, id, discarded).await
}

/// Mail of the domain is not signed any more. Returns whether there is such a domain.
pub async fn stop_signing(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let stopped = |domain: &Domain, _| {
        let mut changes = moved(domain, KeyState::Active, KeyState::Retiring);
        changes.extend(moved(domain, KeyState::Pending, KeyState::Retired));
        changes
    };
    change(deps, org, id, stopped).await
}

fn moved(domain: &Domain, from: KeyState, to: KeyState) -> Vec<Transition> {
    let keys = domain.keys.iter().filter(|key| key.state == from);
    keys.map(|key| Transition {
        selector: key.selector.clone(),
        to,
    })
    .collect()
}

async fn change(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
    decide: impl Fn(&Domain, Timestamp) -> Vec<Transition>,
) -> Result<bool, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let now = tx.now();
    let Some(domain) = domains::lock(&mut tx, org, id).await? else {
        return Ok(false);
    };
    let changes = decide(&domain, now);
    domain_keys::change(&mut tx, org, id, &changes).await?;
    domains::touch(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(true)
}

async fn find(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<Domain, DomainNotSaved> {
    let mut tx = deps.db.tenant(org).await?;
    let found = domains::find(&mut tx, org, id).await?;
    tx.commit().await?;
    found.ok_or(DomainNotSaved::NotFound)
}
