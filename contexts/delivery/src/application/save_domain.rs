//! Setting up a domain to send from, and changing who its mail is from.

use kernel::{DomainId, OrgId, Timestamp};
use platform::{DbError, Tx, secrets::SecretError};

use super::{sealed_settings::seal_dkim_key, settings_deps::SettingsDeps};
use crate::{
    domain::{
        dkim::{DkimAlgorithm, DkimKey, GeneratedKey, InvalidDkimKey},
        sender_settings::{DomainFault, SenderDraft, parse_selector},
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
    /// What it is signed with.
    pub key: Option<KeyRequest>,
    /// Whether mail is sent from it from now on.
    pub is_default: bool,
}

/// Sets a domain up. The first one becomes the default in any case.
pub async fn add_domain(
    deps: &SettingsDeps,
    org: OrgId,
    draft: &DomainDraft,
) -> Result<DomainId, DomainNotSaved> {
    let key = draft.key.as_ref();
    let selector = key
        .map(|key| parse_selector(&key.selector, FIRST_SELECTOR))
        .transpose();
    let (sender, selector) = match (draft.sender.parse(), selector) {
        (Ok(sender), Ok(selector)) => (sender, selector),
        (sender, selector) => {
            let faults = sender.err().unwrap_or_default().into_iter().chain(selector.err());
            return Err(DomainNotSaved::Faults(faults.collect()));
        }
    };
    let made = match key.zip(selector) {
        Some((key, selector)) => Some((key.algorithm, selector, generate(key.algorithm).await?)),
        None => None,
    };
    let id = DomainId::generate();
    let mut tx = deps.db.tenant(org).await?;
    let dkim = match made {
        Some((algorithm, selector, key)) => Some(seal(deps, &mut tx, org, algorithm, selector, &key).await?),
        None => None,
    };
    domains::insert(&mut tx, org, id, &sender, dkim.as_ref()).await?;
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

/// Makes a new key in place of the one that a domain has; it signs from now on.
pub async fn replace_key(
    deps: &SettingsDeps,
    org: OrgId,
    id: DomainId,
    key: &KeyRequest,
    now: Timestamp,
) -> Result<(), DomainNotSaved> {
    let fault = |fault| DomainNotSaved::Faults(vec![fault]);
    let selector = parse_selector(&key.selector, &later_selector(now)).map_err(fault)?;
    let made = generate(key.algorithm).await?;
    let mut tx = deps.db.tenant(org).await?;
    let before = domains::find(&mut tx, org, id)
        .await?
        .ok_or(DomainNotSaved::NotFound)?;
    // Receivers keep the old record for hours; under its name the new key would not be found.
    if before.dkim.is_some_and(|present| present.selector == selector) {
        return Err(fault(DomainFault::SelectorTaken));
    }
    let dkim = seal(deps, &mut tx, org, key.algorithm, selector, &made).await?;
    domains::set_dkim(&mut tx, org, id, Some(&dkim)).await?;
    tx.commit().await?;
    Ok(())
}

/// Mail of the domain is not signed any more. Returns whether there is such a domain.
pub async fn remove_key(deps: &SettingsDeps, org: OrgId, id: DomainId) -> Result<bool, DbError> {
    let mut tx = deps.db.tenant(org).await?;
    let there = domains::set_dkim(&mut tx, org, id, None).await?;
    tx.commit().await?;
    Ok(there)
}

/// The selector of a domain's first key.
pub const FIRST_SELECTOR: &str = "mauntic";

/// The selector of a key that replaces another one: it has to differ, and a day tells most.
#[must_use]
pub fn later_selector(now: Timestamp) -> String {
    format!("{FIRST_SELECTOR}-{}", now.strftime("%Y%m%d"))
}

/// Making an RSA key takes a good part of a second of computing, which must not hold up others.
async fn generate(algorithm: DkimAlgorithm) -> Result<GeneratedKey, InvalidDkimKey> {
    tokio::task::spawn_blocking(move || DkimKey::generate(algorithm))
        .await
        .map_err(|_| InvalidDkimKey)?
}

async fn seal(
    deps: &SettingsDeps,
    tx: &mut Tx,
    org: OrgId,
    algorithm: DkimAlgorithm,
    selector: String,
    key: &GeneratedKey,
) -> Result<DkimSetup, SecretError> {
    let private_key = seal_dkim_key(&deps.secrets, tx, org, &key.private).await?;
    Ok(DkimSetup {
        algorithm,
        selector,
        public_key: key.public.clone(),
        private_key,
    })
}
