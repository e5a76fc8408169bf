//! A person's own password.

use kernel::{SessionId, UserId};
use platform::DbError;

use super::{
    By, IdentityDeps,
    admit_attempt::{NotAdmitted, admit_attempt},
};
use crate::domain::{
    audit::{Act, Action, Facts},
    login_throttle::{Wait, account_key},
    password::NewPassword,
};

/// Why the password stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// Too many attempts at the present one: a session left open is no way to guess it.
    #[error(transparent)]
    Wait(Wait),
    /// The present password is another.
    #[error("the present password is wrong")]
    WrongPresent,
    /// The store failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<NotAdmitted> for ChangePasswordError {
    fn from(error: NotAdmitted) -> Self {
        match error {
            NotAdmitted::Wait(wait) => Self::Wait(wait),
            NotAdmitted::Db(error) => Self::Db(error),
        }
    }
}

/// Checks the present password, replaces it, and ends all other sessions of the person. Returns how
/// many those were.
pub async fn change_password(
    deps: &IdentityDeps,
    by: By,
    user: UserId,
    session: SessionId,
    present: String,
    new: NewPassword,
) -> Result<u64, ChangePasswordError> {
    let person = deps
        .db
        .credentials(by.org, user)
        .await?
        .ok_or(ChangePasswordError::WrongPresent)?;
    admit_attempt(deps, &person.email, by.ip, by.now).await?;
    if !deps.passwords.matches(person.password.clone(), present).await {
        return Err(ChangePasswordError::WrongPresent);
    }
    let hash = deps.passwords.hash(new).await;

    let mut tx = deps.db.installation().await?;
    if !tx.replace_password(user, &person.password, &hash, by.now).await? {
        return Err(ChangePasswordError::WrongPresent);
    }
    let ended = tx.end_other_sessions(user, session, by.now).await?;
    tx.delete_throttle(account_key(&person.email)).await?;
    let after = Facts::none().with("sessions_ended", ended.to_string());
    tx.append_audit(
        by.org,
        Act {
            after,
            ..by.act(Action::PasswordChanged, user)
        },
    )
    .await?;
    tx.commit().await?;
    deps.recent.forget();
    Ok(ended)
}
