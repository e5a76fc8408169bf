//! Changing one contact.

use kernel::{ContactId, Timestamp};

use super::create_contact::{SaveContactError, refuse_taken, refuse_taken_values, touches_identity};
use crate::{
    domain::{
        change::By,
        contact::{Contact, ContactPatch},
    },
    infrastructure::{pg::CrmTx, publish},
};

/// Applies a patch that is made from the contact as it is now. `seen` is its `updated_at` when the
/// caller read it, for callers that want to know when somebody else was faster.
pub async fn change_contact(
    mut tx: CrmTx,
    id: ContactId,
    seen: Option<Timestamp>,
    patch: impl FnOnce(&Contact) -> ContactPatch,
    by: By,
    now: Timestamp,
) -> Result<Contact, SaveContactError> {
    let before = tx
        .lock_contacts(&[id])
        .await?
        .pop()
        .ok_or(SaveContactError::NotFound)?;
    if seen.is_some_and(|seen| seen != before.updated_at) {
        return Err(SaveContactError::Stale);
    }
    let patch = patch(&before);
    let identity = touches_identity(&patch);
    let mut after = before.clone();
    let changed = after.apply(patch, now);
    if changed.is_empty() {
        return Ok(after);
    }
    if after.label().is_empty() {
        return Err(SaveContactError::Nobody);
    }
    if identity {
        refuse_taken(&mut tx, &after).await?;
    }
    refuse_taken_values(&mut tx, Some(&before), &after).await?;
    tx.update_contacts(&[(&before, &after)], &by).await?;
    tx.record(&publish::updated(&[id], &changed)).await?;
    tx.commit().await?;
    Ok(after)
}
