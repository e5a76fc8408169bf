//! A person's own name.

use kernel::UserId;
use platform::DbError;

use super::{By, IdentityDeps};
use crate::domain::{
    audit::{Act, Action, Facts},
    names::Name,
};

/// Replaces the person's name.
pub async fn change_account(deps: &IdentityDeps, by: By, user: UserId, name: &Name) -> Result<(), DbError> {
    let mut tx = deps.db.installation().await?;
    if tx.rename_person(user, name, by.now).await? {
        let redacted = Facts::none().with_personal("name");
        let act = Act {
            before: redacted.clone(),
            after: redacted,
            ..by.act(Action::AccountChanged, user)
        };
        tx.append_audit(by.org, act).await?;
    }
    tx.commit().await?;
    deps.recent.forget();
    Ok(())
}
