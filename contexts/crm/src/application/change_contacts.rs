//! Changing many contacts in the same way.

use kernel::{ContactId, Timestamp};

use crate::{
    domain::{
        change::By,
        contact::{Changed, Contact, ContactPatch},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// Returns how many changed. Nobody is left without a name, an address or an identifier: who would
/// be is passed over. The caller commits.
pub async fn change_contacts(
    tx: &mut CrmTx,
    ids: &[ContactId],
    patch: &ContactPatch,
    by: &By,
    now: Timestamp,
) -> Result<usize, SaveError> {
    let before = tx.lock_contacts(ids).await?;
    let mut changed = Changed::new();
    let mut after: Vec<(usize, Contact)> = Vec::new();
    for (n, contact) in before.iter().enumerate() {
        let mut other = contact.clone();
        let names = other.apply(patch.clone(), now);
        if !names.is_empty() && (contact.label().is_empty() || !other.label().is_empty()) {
            changed.extend(names);
            after.push((n, other));
        }
    }
    let pairs: Vec<(&Contact, &Contact)> = after.iter().map(|(n, after)| (&before[*n], after)).collect();
    tx.update_contacts(&pairs, by).await?;
    let ids: Vec<ContactId> = after.iter().map(|(_, contact)| contact.id).collect();
    tx.record(&publish::updated(&ids, &changed)).await?;
    Ok(ids.len())
}
