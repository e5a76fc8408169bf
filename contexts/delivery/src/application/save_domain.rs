//! Setting up a domain to send from, and changing who its mail is from.

use kernel::{DomainId, OrgId, Timestamp};
use platform::{DbError, Tx, secrets::SecretError};

use super::{sealed_settings::seal_dkim_key, settings_deps::SettingsDeps};
use crate::{
    domain::{
        dkim::{DkimAlgorithm, DkimKey, GeneratedKey, InvalidDkimKey},
        domain_key::{DomainKey, free_selector},
        sender_settings::{DomainFault, SenderDraft, parse_selector},
        tracking_host::parse_tracking_host,
    },
    infrastructure::pg::domains::{self, DkimSetup},
};

/// Why a domain is not stored.
#[derive(Debug, thiserror::Error)]
pub enum DomainNotSaved {
    /// It does not exist, or not in this organisation.
    #[error("the domain does not exist")]
    NotFound,
    /// All that is wrong with it.
    #[error("the domain has {} faults", .0.len())]
    Faults(Vec<DomainFault>),
    /// The keys before these have not begun to sign.
    #[error("new keys wait already")]
    RotationUnderWay,
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] InvalidDkimKey),
    /// The key could not be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for DomainNotSaved {
    fn from(error: DbError) -> Self {
        if error.violates("domains_domain") {
            return Self::Faults(vec![DomainFault::DomainTaken]);
        }
        if error.violates("domain_keys_pkey") {
            return Self::Faults(vec![DomainFault::SelectorTaken]);
        }
        Self::Db(error)
    }
}

/// A key as it is asked for.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// Its kind.
    pub algorithm: DkimAlgorithm,
    /// What tells it from other keys; empty for the one that is suggested.
    pub selector: String,
}

/// A domain as it was entered.
#[derive(Clone, Debug)]
pub struct DomainDraft {
    /// Who its mail is from.
    pub sender: SenderDraft,
    /// What it is signed with; nothing leaves it unsigned.
    pub keys: Vec<KeyRequest>,
    /// Whether mail is sent from it from now on.
    pub is_default: bool,
}

/// Sets a domain up. The first one becomes the default in any case. Its keys sign at once: there is
/// nothing else to sign with.
pub async fn add_domain(
    deps: &SettingsDeps,
    org: OrgId,
    draft: &DomainDraft,
) -> Result<DomainId, DomainNotSaved> {
    let now = deps.clock.now();
    let chosen = selectors(&draft.keys, &[], now);
    let sender = match (draft.sender.parse(), chosen) {
        (Ok(sender), Ok(_)) => sender,
        (sender, chosen) => {
            let faults = sender.err().unwrap_or_default().into_iter().chain(chosen.err());
            return Err(DomainNotSaved::Faults(faults.collect()));
        }
    };
    let made = make_keys(&draft.keys, &[], now).await?;
    let id = DomainId::generate();
    let mut tx = deps.db.tenant(org).await?;
    let keys = made.seal(deps, &mut tx, org).await?;
    domains::insert(&mut tx, org, id, &sender, &keys).await?;
    if draft.is_default {
        domains::make_default(&mut tx, org, id).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Changes who the mail of a domain is from; the domain itself stays what it is.
pub async fn change_sender(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
    draft: &SenderDraft,
) -> Result<(), DomainNotSaved> {
    let mut tx = deps.db.tenant(org).await?;
    let before = domains::find(&mut tx, org, id)
        .await?
        .ok_or(DomainNotSaved::NotFound)?;
    let draft = SenderDraft {
        domain: before.domain,
        ..draft.clone()
    };
    let sender = draft.parse().map_err(DomainNotSaved::Faults)?;
    domains::set_sender(&mut tx, org, id, &sender).await?;
    tx.commit().await?;
    Ok(())
}

/// Says where the links of a domain's mail are to lead; empty for the installation's own host.
pub async fn set_tracking_host(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
    host: &str,
) -> Result<(), DomainNotSaved> {
    let mut tx = deps.db.tenant(org).await?;
    let domain = domains::lock(&mut tx, org, id)
        .await?
        .ok_or(DomainNotSaved::NotFound)?;
    let host = parse_tracking_host(host, &domain.domain, &deps.tracking.ours)
        .map_err(|error| DomainNotSaved::Faults(vec![error.into()]))?;
    if host != domain.tracking_host {
        domains::set_tracking_host(&mut tx, org, id, host.as_deref()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Pairs that were made and are not stored yet.
pub struct MadeKeys(Vec<(DkimAlgorithm, String, GeneratedKey)>);

impl MadeKeys {
    /// Sealed, as they are stored.
    pub(super) async fn seal(
        &self,
        deps: &SettingsDeps,
        tx: &mut Tx,
        org: OrgId,
    ) -> Result<Vec<DkimSetup>, SecretError> {
        let mut sealed = Vec::new();
        for (algorithm, selector, key) in &self.0 {
            let private_key = seal_dkim_key(&deps.secrets, tx, org, &key.private).await?;
            sealed.push(DkimSetup {
                algorithm: *algorithm,
                selector: selector.clone(),
                public_key: key.public.clone(),
                private_key,
            });
        }
        Ok(sealed)
    }
}

/// Makes what is asked for, with selectors that no key of the domain ever had.
pub(super) async fn make_keys(
    requests: &[KeyRequest],
    keys: &[DomainKey],
    now: Timestamp,
) -> Result<MadeKeys, DomainNotSaved> {
    let selectors = selectors(requests, keys, now).map_err(|fault| DomainNotSaved::Faults(vec![fault]))?;
    let mut made = Vec::new();
    for (request, selector) in requests.iter().zip(selectors) {
        made.push((request.algorithm, selector, generate(request.algorithm).await?));
    }
    Ok(MadeKeys(made))
}

fn selectors(
    requests: &[KeyRequest],
    keys: &[DomainKey],
    now: Timestamp,
) -> Result<Vec<String>, DomainFault> {
    let old: Vec<&str> = keys.iter().map(|key| key.selector.as_str()).collect();
    let mut chosen: Vec<String> = Vec::new();
    for request in requests {
        let selector = parse_selector(&request.selector, &free_selector(request.algorithm, &old, now))?;
        // Receivers keep the old record for hours; under its name the new key would not be found.
        if old.contains(&selector.as_str()) || chosen.contains(&selector) {
            return Err(DomainFault::SelectorTaken);
        }
        chosen.push(selector);
    }
    Ok(chosen)
}

/// Making an RSA key takes a good part of a second of computing, which must not hold up others.
async fn generate(algorithm: DkimAlgorithm) -> Result<GeneratedKey, InvalidDkimKey> {
    tokio::task::spawn_blocking(move || DkimKey::generate(algorithm))
        .await
        .map_err(|_| InvalidDkimKey)?
}
