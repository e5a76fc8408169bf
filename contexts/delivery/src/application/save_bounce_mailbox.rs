//! Setting up a mailbox that bounces come back to, changing and deleting it.

use kernel::{BounceMailboxId, OrgId};
use platform::{Db, DbError, egress::Reach, secrets::SecretError};

use super::{mailbox_deps::MailboxDeps, save_provider::is_plainly_private};
use crate::{
    domain::{
        bounce_mailbox::{MailboxDraft, MailboxFault, MailboxSettings, is_password},
        provider::Security,
    },
    infrastructure::pg::bounce_mailboxes::{self, PASSWORD_PLACE, Place},
};

/// Why a mailbox is not stored.
#[derive(Debug, thiserror::Error)]
pub enum MailboxNotSaved {
    /// It does not exist, or not in this organisation.
    #[error("the mailbox does not exist")]
    NotFound,
    /// All that is wrong with it.
    #[error("the mailbox has {} faults", .0.len())]
    Faults(Vec<MailboxFault>),
    /// The password could not be sealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for MailboxNotSaved {
    fn from(error: DbError) -> Self {
        if error.violates("bounce_mailboxes_address") {
            return Self::Faults(vec![MailboxFault::AddressTaken]);
        }
        Self::Db(error)
    }
}

/// Sets a mailbox up.
pub async fn add_bounce_mailbox(
    deps: &MailboxDeps,
    org: OrgId,
    draft: &MailboxDraft,
    password: &str,
) -> Result<BounceMailboxId, MailboxNotSaved> {
    let fault = match password {
        "" => Some(MailboxFault::PasswordMissing),
        text => (!is_password(text)).then_some(MailboxFault::Password),
    };
    let settings = check(deps, draft, fault)?;
    let id = BounceMailboxId::generate();
    let mut tx = deps.db.tenant(org).await?;
    let sealed = deps
        .secrets
        .seal(&mut tx, org, PASSWORD_PLACE, password.as_bytes())
        .await?;
    bounce_mailboxes::insert(&mut tx, org, id, &settings, &sealed).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a mailbox. Without a password the stored one stays, unless it would go elsewhere than it was
/// entered for.
pub async fn change_bounce_mailbox(
    deps: &MailboxDeps,
    org: OrgId,
    id: BounceMailboxId,
    draft: &MailboxDraft,
    password: Option<&str>,
) -> Result<(), MailboxNotSaved> {
    let fault = password
        .filter(|text| !is_password(text))
        .map(|_| MailboxFault::Password);
    let settings = check(deps, draft, fault)?;
    let mut tx = deps.db.tenant(org).await?;
    let before = bounce_mailboxes::find(&mut tx, org, id)
        .await?
        .ok_or(MailboxNotSaved::NotFound)?
        .settings;
    if password.is_none() && !before.keeps_password(&settings) {
        return Err(MailboxNotSaved::Faults(vec![MailboxFault::PasswordNeeded]));
    }
    let sealed = match password {
        Some(text) => Some(
            deps.secrets
                .seal(&mut tx, org, PASSWORD_PLACE, text.as_bytes())
                .await?,
        ),
        None => None,
    };
    let place = if before.reads_the_same(&settings) {
        Place::Same
    } else {
        Place::Other
    };
    if !bounce_mailboxes::update(&mut tx, org, id, &settings, sealed.as_deref(), place).await? {
        return Err(MailboxNotSaved::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes a mailbox. Returns whether it was there.
pub async fn delete_bounce_mailbox(db: &Db, org: OrgId, id: BounceMailboxId) -> Result<bool, DbError> {
    let mut tx = db.tenant(org).await?;
    let there = bounce_mailboxes::delete(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(there)
}

fn check(
    deps: &MailboxDeps,
    draft: &MailboxDraft,
    password: Option<MailboxFault>,
) -> Result<MailboxSettings, MailboxNotSaved> {
    let parsed = draft.parse();
    let mut faults = parsed.as_ref().err().cloned().unwrap_or_default();
    // Whoever runs the installation may allow private networks, where nobody else listens.
    if deps.reach == Reach::Public {
        let host = !faults.contains(&MailboxFault::Host) && is_plainly_private(draft.host.trim());
        faults.extend(host.then_some(MailboxFault::PrivateHost));
        faults.extend((draft.security == Security::None).then_some(MailboxFault::Unencrypted));
    }
    faults.extend(password);
    match parsed {
        Ok(settings) if faults.is_empty() => Ok(settings),
        _ => Err(MailboxNotSaved::Faults(faults)),
    }
}
