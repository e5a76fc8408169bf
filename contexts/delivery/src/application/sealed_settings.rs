//! The secrets among the settings: passwords of accounts and keys of domains. Sealed as they are
//! stored, opened only to be used.

use kernel::OrgId;
use platform::{Secrets, Tx, secrets::SecretError};

use crate::{
    domain::{
        dkim::DkimKey,
        domain_key::{DomainKey, signing},
    },
    infrastructure::pg::{
        domains::{self, Domain},
        providers::{self, Provider},
    },
};

const PASSWORD: &str = providers::SECRET_PLACE;
const DKIM_KEY: &str = domains::PRIVATE_KEY_PLACE;

/// Seals the password of an account.
pub async fn seal_password(
    secrets: &Secrets,
    tx: &mut Tx,
    org: OrgId,
    password: &str,
) -> Result<Vec<u8>, SecretError> {
    secrets.seal(tx, org, PASSWORD, password.as_bytes()).await
}

/// The password of an account, if it has one.
pub async fn open_password(
    secrets: &Secrets,
    tx: &mut Tx,
    provider: &Provider,
) -> Result<Option<String>, SecretError> {
    let Some(sealed) = &provider.secret else {
        return Ok(None);
    };
    let plain = secrets.open(tx, provider.org, PASSWORD, sealed).await?;
    String::from_utf8(plain)
        .map(Some)
        .map_err(|_| SecretError::DoesNotOpen)
}

/// Seals a private key.
pub async fn seal_dkim_key(
    secrets: &Secrets,
    tx: &mut Tx,
    org: OrgId,
    private: &[u8],
) -> Result<Vec<u8>, SecretError> {
    secrets.seal(tx, org, DKIM_KEY, private).await
}

/// A key of a domain, ready to sign; `None` when it is retired.
pub async fn open_dkim_key(
    secrets: &Secrets,
    tx: &mut Tx,
    domain: &Domain,
    key: &DomainKey,
) -> Result<Option<DkimKey>, SecretError> {
    let Some(sealed) = &key.private_key else {
        return Ok(None);
    };
    let plain = secrets.open(tx, domain.org, DKIM_KEY, sealed).await?;
    DkimKey::from_pkcs8(key.algorithm, &plain, &domain.domain, &key.selector)
        .map(Some)
        .map_err(|_| SecretError::DoesNotOpen)
}

/// The keys that a domain signs with now, and those of them that do not open.
pub async fn open_signing_keys(
    secrets: &Secrets,
    tx: &mut Tx,
    domain: &Domain,
) -> (Vec<DkimKey>, Vec<SecretError>) {
    let (mut opened, mut failed) = (Vec::new(), Vec::new());
    for key in signing(&domain.keys) {
        match open_dkim_key(secrets, tx, domain, key).await {
            Ok(key) => opened.extend(key),
            Err(error) => failed.push(error),
        }
    }
    (opened, failed)
}
