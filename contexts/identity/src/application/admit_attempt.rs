//! Counts an attempt at a password before it is looked at.

use std::net::IpAddr;

use kernel::Timestamp;
use platform::DbError;

use super::IdentityDeps;
use crate::domain::{
    login_throttle::{Counted, Wait, account_key, address_key},
    token::Digest,
};

/// Why an attempt is not looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotAdmitted {
    /// There were too many.
    #[error(transparent)]
    Wait(#[from] Wait),
    /// The count could not be read.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Counts the attempt under its address and its account. The count is committed before the password
/// is checked: a thousand attempts at the same instant are a thousand counted ones.
pub async fn admit_attempt(
    deps: &IdentityDeps,
    email: &str,
    ip: Option<IpAddr>,
    now: Timestamp,
) -> Result<(), NotAdmitted> {
    // The address first: who is stopped there cannot use up the account's attempts.
    let counted: Vec<(Counted, Digest)> = ip
        .map(|ip| (Counted::Address, address_key(ip)))
        .into_iter()
        .chain([(Counted::Account, account_key(email))])
        .collect();
    let keys: Vec<Digest> = counted.iter().map(|(_, key)| *key).collect();
    let mut tx = deps.db.installation().await?;
    let mut throttles = tx.lock_throttles(&keys, now).await?;
    let verdict = counted
        .iter()
        .try_for_each(|(counted, key)| match throttles.get_mut(key) {
            Some(throttle) => throttle.attempt(*counted, now),
            None => Ok(()),
        });
    tx.save_throttles(&throttles).await?;
    tx.commit().await?;
    Ok(verdict?)
}
