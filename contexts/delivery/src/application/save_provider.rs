//! Setting up an SMTP account, and changing it.

use std::net::IpAddr;

use kernel::{OrgId, ProviderId};
use platform::{
    DbError,
    egress::{Reach, is_public},
    secrets::SecretError,
};

use super::{sealed_settings::seal_password, settings_deps::SettingsDeps};
use crate::{
    domain::{
        provider::SmtpConfig,
        provider_settings::{PasswordChange, ProviderFault, ProviderName, keeps_password},
    },
    infrastructure::pg::providers::{self, SecretChange},
};

/// An account as it was entered.
#[derive(Clone, Debug)]
pub struct ProviderDraft {
    /// What people call it.
    pub name: String,
    /// Server and limits.
    pub config: SmtpConfig,
    /// What becomes of the password.
    pub password: PasswordChange,
}

/// Why an account is not stored.
#[derive(Debug, thiserror::Error)]
pub enum ProviderNotSaved {
    /// It does not exist, or not in this organisation.
    #[error("the account does not exist")]
    NotFound,
    /// All that is wrong with it.
    #[error("the account has {} faults", .0.len())]
    Faults(Vec<ProviderFault>),
    /// The password could not be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for ProviderNotSaved {
    fn from(error: DbError) -> Self {
        if error.violates("providers_name") {
            return Self::Faults(vec![ProviderFault::NameTaken]);
        }
        Self::Db(error)
    }
}

/// Sets an account up, behind the others.
pub async fn add_provider(
    deps: &SettingsDeps,
    org: OrgId,
    draft: &ProviderDraft,
) -> Result<ProviderId, ProviderNotSaved> {
    let name = check(deps, draft, None)?;
    let id = ProviderId::generate();
    let mut tx = deps.db.tenant(org).await?;
    let secret = match &draft.password {
        PasswordChange::Replace(password) => {
            Some(seal_password(&deps.secrets, &mut tx, org, password).await?)
        }
        PasswordChange::Keep | PasswordChange::Remove => None,
    };
    providers::insert(&mut tx, org, id, name.as_str(), &draft.config, secret.as_deref()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an account; it sends again if it was paused, and counts as untested.
pub async fn change_provider(
    deps: &SettingsDeps,
    org: OrgId,
    id: ProviderId,
    draft: &ProviderDraft,
) -> Result<(), ProviderNotSaved> {
    let mut tx = deps.db.tenant(org).await?;
    let before = providers::find(&mut tx, org, id)
        .await?
        .ok_or(ProviderNotSaved::NotFound)?;
    let stored = before.secret.is_some().then_some(&before.config);
    let name = check(deps, draft, stored)?;
    let sealed;
    let secret = match &draft.password {
        PasswordChange::Keep => SecretChange::Keep,
        PasswordChange::Remove => SecretChange::Remove,
        PasswordChange::Replace(password) => {
            sealed = seal_password(&deps.secrets, &mut tx, org, password).await?;
            SecretChange::Replace(&sealed)
        }
    };
    if !providers::update(&mut tx, org, id, name.as_str(), &draft.config, secret).await? {
        return Err(ProviderNotSaved::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// `stored` are the settings that a stored password was entered for.
fn check(
    deps: &SettingsDeps,
    draft: &ProviderDraft,
    stored: Option<&SmtpConfig>,
) -> Result<ProviderName, ProviderNotSaved> {
    let name = ProviderName::parse(&draft.name);
    let mut faults: Vec<ProviderFault> = name.as_ref().err().copied().into_iter().collect();
    faults.extend(draft.config.faults().into_iter().map(ProviderFault::Smtp));
    faults.extend(draft.password.fault());
    if deps.reach == Reach::Public && is_plainly_private(&draft.config.host) {
        faults.push(ProviderFault::PrivateHost);
    }
    let leads_elsewhere = stored.is_some_and(|before| !keeps_password(before, &draft.config));
    if draft.password == PasswordChange::Keep && leads_elsewhere {
        faults.push(ProviderFault::PasswordNeeded);
    }
    match name {
        Ok(name) if faults.is_empty() => Ok(name),
        _ => Err(ProviderNotSaved::Faults(faults)),
    }
}

/// What can be told of a host without asking for its addresses; those are checked at each connection.
fn is_plainly_private(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| !is_public(address))
}

#[cfg(test)]
mod tests {
    use super::is_plainly_private;

    #[test]
    fn hosts_on_the_own_machine_are_recognised_by_their_names() {
        for private in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "127.0.0.1",
            "::1",
            "10.0.0.1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_plainly_private(private), "{private}");
        }
        for public in ["smtp.example.com", "1.1.1.1", "localhost.example.com"] {
            assert!(!is_plainly_private(public), "{public}");
        }
    }
}
