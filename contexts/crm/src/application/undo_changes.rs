//! Taking back what an import, a bulk action or a merge changed of contacts: each value that nobody
//! has touched since becomes what it was before.
//!
//! Called page by page by a job, in the transaction of the job's checkpoint. Running it again, after a
//! crash or for the fun of it, changes nothing: what was given back no longer is what the cause left.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::{ContactId, Timestamp};
use uuid::Uuid;

use super::import_companies::restore_companies;
use crate::{
    domain::{
        change::{Actor, By, Cause, Difference},
        contact::{Change, Changed, Contact, ContactPatch},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// What became of one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Contacts that were given something back.
    pub restored: u64,
    /// Contacts of which nothing was left to give back: deleted, or changed by others since.
    pub kept: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<ContactId>,
}

/// Takes back up to `limit` contacts behind one. The caller commits.
pub async fn undo_changes(
    tx: &mut CrmTx,
    cause: Uuid,
    actor: Actor,
    after: Option<ContactId>,
    limit: i64,
    now: Timestamp,
) -> Result<Undone, SaveError> {
    let changes = tx.changes_of_cause(cause, after, limit).await?;
    let next = changes
        .last()
        .map(|(id, _)| *id)
        .filter(|_| changes.len() as i64 == limit);
    let all = changes.len() as u64;
    let ids: Vec<ContactId> = changes.iter().map(|(id, _)| *id).collect();
    let present = tx.lock_contacts(&ids).await?;
    let changes: HashMap<ContactId, Difference> = changes.into_iter().collect();
    let patches: Vec<ContactPatch> = present.iter().map(|c| changes[&c.id].reversal(c)).collect();
    let patches = without_taken(tx, &present, patches).await?;

    let mut restored: Vec<(Contact, Changed)> = Vec::new();
    for (contact, patch) in present.iter().zip(patches) {
        let mut after = contact.clone();
        let changed = after.apply(patch, now);
        restored.push((after, changed));
    }
    let pairs: Vec<(&Contact, &Contact)> = present
        .iter()
        .zip(&restored)
        // Nobody is left without a name, an address or an identifier.
        .filter(|(_, (after, changed))| !changed.is_empty() && !after.label().is_empty())
        .map(|(before, (after, _))| (before, after))
        .collect();
    let by = By {
        actor,
        cause: Cause::Undo(cause),
    };
    tx.update_contacts(&pairs, &by).await?;
    let mut done: BTreeSet<ContactId> = pairs.iter().map(|(before, _)| before.id).collect();
    done.extend(restore_companies(tx, &changes, &present, &by, now).await?);
    let done: Vec<ContactId> = done.into_iter().collect();
    let changed: Changed = restored
        .iter()
        .flat_map(|(_, changed)| changed.iter().cloned())
        .collect();
    tx.record(&publish::updated(&done, &changed)).await?;
    Ok(Undone {
        restored: done.len() as u64,
        kept: all - done.len() as u64,
        next,
    })
}

/// Leaves addresses and identifiers with those who have them now, and gives each to one contact only.
async fn without_taken(
    tx: &mut CrmTx,
    contacts: &[Contact],
    mut patches: Vec<ContactPatch>,
) -> Result<Vec<ContactPatch>, SaveError> {
    let (mut emails, mut external_ids) = (BTreeMap::new(), BTreeMap::new());
    for (n, patch) in patches.iter().enumerate() {
        if let Change::Set(email) = &patch.email {
            emails.entry(email.as_str().to_owned()).or_insert(n);
        }
        if let Change::Set(id) = &patch.external_id {
            external_ids.entry(id.clone()).or_insert(n);
        }
    }
    if emails.is_empty() && external_ids.is_empty() {
        return Ok(patches);
    }
    let email_list: Vec<&str> = emails.keys().map(String::as_str).collect();
    let id_list: Vec<&str> = external_ids.keys().map(String::as_str).collect();
    let holders = tx.contacts_by_identity(&email_list, &id_list).await?;
    let by_email: HashMap<&str, ContactId> = holders
        .iter()
        .filter_map(|c| Some((c.email.as_ref()?.as_str(), c.id)))
        .collect();
    let by_external_id: HashMap<&str, ContactId> = holders
        .iter()
        .filter_map(|c| Some((c.external_id.as_deref()?, c.id)))
        .collect();
    for (n, (contact, patch)) in contacts.iter().zip(&mut patches).enumerate() {
        let free = |holder: Option<&ContactId>, first: Option<&usize>| {
            holder.is_none_or(|holder| *holder == contact.id) && first == Some(&n)
        };
        if let Change::Set(email) = &patch.email
            && !free(by_email.get(email.as_str()), emails.get(email.as_str()))
        {
            patch.email = Change::Keep;
        }
        if let Change::Set(id) = &patch.external_id
            && !free(by_external_id.get(id.as_str()), external_ids.get(id))
        {
            patch.external_id = Change::Keep;
        }
    }
    Ok(patches)
}

#[cfg(test)]
#[path = "undo_changes_tests.rs"]
mod tests;
