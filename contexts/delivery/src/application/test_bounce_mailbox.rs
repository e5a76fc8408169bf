//! Trying a mailbox: signing in, and counting what lies there. Nothing is read or changed.

use std::time::Duration;

use kernel::{BounceMailboxId, OrgId};
use platform::{DbError, secrets::SecretError};

use super::mailbox_deps::MailboxDeps;
use crate::{
    domain::look_failure::{LookFailure, LookStep},
    infrastructure::{
        imap::Session,
        pg::bounce_mailboxes::{self, BounceMailbox, PASSWORD_PLACE},
    },
};

/// A person waits for the answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Why nothing was tried.
#[derive(Debug, thiserror::Error)]
pub enum MailboxNotTested {
    /// It does not exist, or not in this organisation.
    #[error("the mailbox does not exist")]
    NotFound,
    /// The stored password does not open.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Signs in and opens the folder. Returns how many mails lie there, or how far it came.
pub async fn test_bounce_mailbox(
    deps: &MailboxDeps,
    org: OrgId,
    id: BounceMailboxId,
) -> Result<Result<u32, LookFailure>, MailboxNotTested> {
    let mut tx = deps.db.tenant(org).await?;
    let mailbox = bounce_mailboxes::find(&mut tx, org, id)
        .await?
        .ok_or(MailboxNotTested::NotFound)?;
    let password = deps
        .secrets
        .open(&mut tx, org, PASSWORD_PLACE, &mailbox.password)
        .await?;
    tx.commit().await?;
    let password = String::from_utf8_lossy(&password);
    let trying = count(deps, &mailbox, &password);
    Ok(match tokio::time::timeout(PATIENCE, trying).await {
        Ok(counted) => counted,
        Err(_) => {
            let said = format!("the server did not finish within {} s", PATIENCE.as_secs());
            Err(LookFailure::at(LookStep::Connect, &said))
        }
    })
}

async fn count(deps: &MailboxDeps, mailbox: &BounceMailbox, password: &str) -> Result<u32, LookFailure> {
    let settings = &mailbox.settings;
    let mut session = Session::open(&deps.server(settings), &settings.username, password).await?;
    let selected = session.select(&settings.folder).await?;
    session.log_out().await;
    Ok(selected.messages)
}
