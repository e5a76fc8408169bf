//! Putting tags on contacts and taking them off.

use kernel::{ContactId, Timestamp};

use super::create_contact::SaveContactError;
use crate::{
    domain::{
        change::By,
        contact::{Changed, Contact, ContactPatch},
        tag::Tag,
    },
    infrastructure::{pg::CrmTx, publish},
};

/// Returns how many contacts changed.
pub async fn tag_contacts(
    mut tx: CrmTx,
    ids: &[ContactId],
    add: &[Tag],
    remove: &[Tag],
    by: By,
    now: Timestamp,
) -> Result<usize, SaveContactError> {
    let before = tx.lock_contacts(ids).await?;
    let mut after: Vec<Contact> = before.clone();
    let mut changes = Vec::new();
    for (before, after) in before.iter().zip(&mut after) {
        let patch = ContactPatch {
            add_tags: add.to_vec(),
            remove_tags: remove.to_vec(),
            ..ContactPatch::default()
        };
        if !after.apply(patch, now).is_empty() {
            changes.push((before, &*after));
        }
    }
    tx.update_contacts(&changes, &by).await?;
    let changed: Vec<ContactId> = changes.iter().map(|(before, _)| before.id).collect();
    tx.record(&publish::updated(&changed, &Changed::from(["tags".to_owned()])))
        .await?;
    tx.commit().await?;
    Ok(changed.len())
}
