//! Bounce mailboxes, and which of them messages return to.

use kernel::{BounceMailboxId, OrgId};
use platform::{Db, DbError};

use crate::{
    domain::bounce_mailbox::fits,
    infrastructure::pg::{bounce_mailboxes, domains},
};

pub use crate::infrastructure::pg::bounce_mailboxes::{BounceMailbox, MailCounts, MailboxStatus};

/// A mailbox as it is shown.
#[derive(Clone, Debug)]
pub struct ShownMailbox {
    /// It.
    pub mailbox: BounceMailbox,
    /// Whether messages that leave by a mail server return to it.
    pub is_return_path: bool,
    /// Whether its domain goes with the one that mail is sent from; `None` while there is none.
    pub fits: Option<bool>,
}

/// All of an organisation, the oldest first.
pub async fn list_bounce_mailboxes(db: &Db, org: OrgId) -> Result<Vec<ShownMailbox>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = bounce_mailboxes::list(&mut tx, org).await?;
    let domain = domains::defaults(&mut tx, &[org]).await?.remove(&org);
    tx.commit().await?;
    let mut chosen = false;
    let shown = found.into_iter().map(|mailbox| {
        let fits = domain
            .as_ref()
            .map(|domain| fits(&mailbox.settings.address, &domain.domain));
        // The first that may, as the engine has it.
        let is_return_path = !chosen && mailbox.settings.enabled && fits == Some(true);
        chosen |= is_return_path;
        ShownMailbox {
            mailbox,
            is_return_path,
            fits,
        }
    });
    Ok(shown.collect())
}

/// One of them.
pub async fn find_bounce_mailbox(
    db: &Db,
    org: OrgId,
    id: BounceMailboxId,
) -> Result<Option<ShownMailbox>, DbError> {
    let all = list_bounce_mailboxes(db, org).await?;
    Ok(all.into_iter().find(|shown| shown.mailbox.id == id))
}
