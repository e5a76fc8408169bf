//! An organisation's settings.

use contracts::identity::{IdentityEvent, OrganizationProfile};
use platform::DbError;

use super::{By, IdentityDeps};
use crate::domain::{
    audit::{Act, Action, Facts},
    names::Name,
    organization::{PostalAddress, TimeZoneName},
};

/// What is to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SettingsPatch {
    /// Its name.
    pub name: Option<Name>,
    /// Its time zone.
    pub timezone: Option<TimeZoneName>,
    /// Its postal address.
    pub postal_address: Option<PostalAddress>,
}

/// Changes the settings and returns them; `None` when there is no such organisation.
pub async fn change_organization(
    deps: &IdentityDeps,
    by: By,
    patch: SettingsPatch,
) -> Result<Option<OrganizationProfile>, DbError> {
    let mut tx = deps.db.tenant(by.org).await?;
    let Some(before) = tx.lock_profile(by.org).await? else {
        return Ok(None);
    };
    let after = apply(&before, patch);
    let Some((was, is)) = difference(&before, &after) else {
        return Ok(Some(before));
    };
    tx.save_profile(&after, by.now).await?;
    tx.publish(
        by.org,
        &IdentityEvent::OrganizationChanged {
            profile: after.clone(),
        },
    )
    .await?;
    let act = Act {
        before: was,
        after: is,
        ..by.act(Action::OrganizationChanged, by.org)
    };
    tx.append_audit(by.org, act).await?;
    tx.commit().await?;
    deps.recent.forget();
    Ok(Some(after))
}

fn apply(before: &OrganizationProfile, patch: SettingsPatch) -> OrganizationProfile {
    let mut after = before.clone();
    if let Some(name) = patch.name {
        after.name = name.into_string();
    }
    if let Some(timezone) = patch.timezone {
        after.timezone = timezone.as_str().to_owned();
    }
    if let Some(address) = patch.postal_address {
        after.postal_address = address.as_str().to_owned();
    }
    after
}

/// What differs, for the audit log; `None` when nothing does. A postal address may be a person's
/// home.
fn difference(before: &OrganizationProfile, after: &OrganizationProfile) -> Option<(Facts, Facts)> {
    let (mut was, mut is) = (Facts::none(), Facts::none());
    if before.name != after.name {
        was = was.with("name", &before.name);
        is = is.with("name", &after.name);
    }
    if before.timezone != after.timezone {
        was = was.with("timezone", &before.timezone);
        is = is.with("timezone", &after.timezone);
    }
    if before.postal_address != after.postal_address {
        was = was.with_personal("postal_address");
        is = is.with_personal("postal_address");
    }
    (is != Facts::none()).then_some((was, is))
}
