//! Setting up an account, and changing it.

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
        provider::{BaseUrl, ProviderConfig, ServiceAccount},
        provider_settings::{PasswordChange, ProviderFault, ProviderName, keeps_secret},
    },
    infrastructure::pg::providers::{self, SecretChange},
};

/// An account as it was entered.
#[derive(Clone, Debug)]
pub struct ProviderDraft {
    /// What people call it.
    pub name: String,
    /// Kind, server and limits.
    pub config: ProviderConfig,
    /// What becomes of the secret.
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
    if before.config.kind() != draft.config.kind() {
        return Err(ProviderNotSaved::Faults(vec![ProviderFault::Kind]));
    }
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

/// `stored` are the settings that a stored secret was entered for.
fn check(
    deps: &SettingsDeps,
    draft: &ProviderDraft,
    stored: Option<&ProviderConfig>,
) -> Result<ProviderName, ProviderNotSaved> {
    let name = ProviderName::parse(&draft.name);
    let mut faults: Vec<ProviderFault> = name.as_ref().err().copied().into_iter().collect();
    faults.extend(draft.config.faults().into_iter().map(ProviderFault::Config));
    faults.extend(check_place(deps, &draft.config));
    faults.extend(check_secret(draft, stored));
    faults.extend(check_token_uri(deps, draft));
    match name {
        Ok(name) if faults.is_empty() => Ok(name),
        _ => Err(ProviderNotSaved::Faults(faults)),
    }
}

fn check_secret(draft: &ProviderDraft, stored: Option<&ProviderConfig>) -> Option<ProviderFault> {
    let kind = draft.config.kind();
    match &draft.password {
        PasswordChange::Replace(secret) if secret.is_empty() && kind.needs_secret() => {
            Some(ProviderFault::SecretMissing)
        }
        PasswordChange::Replace(_) => draft.password.fault(kind),
        PasswordChange::Remove => kind.needs_secret().then_some(ProviderFault::SecretMissing),
        PasswordChange::Keep => match stored {
            Some(before) if !keeps_secret(before, &draft.config) => Some(ProviderFault::PasswordNeeded),
            Some(_) => None,
            None => kind.needs_secret().then_some(ProviderFault::SecretMissing),
        },
    }
}

/// Where the settings lead. Whoever runs the installation may allow private networks, where nobody
/// else listens.
fn check_place(deps: &SettingsDeps, config: &ProviderConfig) -> Option<ProviderFault> {
    if deps.reach == Reach::Anywhere {
        return None;
    }
    if let ProviderConfig::Smtp(config) = config {
        return is_plainly_private(&config.host).then_some(ProviderFault::PrivateHost);
    }
    if let ProviderConfig::Postfix(config) = config {
        // A path is typed in by people, and the file is this machine's.
        let reads = !config.log_path.is_empty();
        return is_plainly_private(&config.server.host)
            .then_some(ProviderFault::PrivateHost)
            .or(reads.then_some(ProviderFault::PrivateLog));
    }
    let base = BaseUrl::parse(config.base_url()?)?;
    if is_plainly_private(base.host()) || deps.egress.check(&base.url("/")).is_err() {
        return Some(ProviderFault::PrivateBaseUrl);
    }
    (!base.is_encrypted()).then_some(ProviderFault::UnencryptedBaseUrl)
}

/// The file of a service account says itself where its access tokens come from.
fn check_token_uri(deps: &SettingsDeps, draft: &ProviderDraft) -> Option<ProviderFault> {
    let (ProviderConfig::Fcm(_), PasswordChange::Replace(file)) = (&draft.config, &draft.password) else {
        return None;
    };
    let uri = ServiceAccount::parse(file)?.token_uri;
    let leads_away =
        is_plainly_private(uri.host()) || deps.egress.check(&uri.url("")).is_err() || !uri.is_encrypted();
    (deps.reach == Reach::Public && leads_away).then_some(ProviderFault::Password)
}

/// What can be told of a host without asking for its addresses; those are checked at each connection.
pub(super) fn is_plainly_private(host: &str) -> bool {
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
