//! Parting two contacts that were merged.
//!
//! The loser comes back with what it had and with the rows that were its own; the winner's values become
//! what they were, as far as nobody has touched them since. An address that the merge closed to mail
//! stays closed: opening it is somebody's decision.

use kernel::{ContactId, MergeId, Timestamp};
use platform::DbError;

use super::merge_contacts::MergeError;
use crate::{
    domain::{
        change::{Actor, By, Cause},
        contact::Contact,
        field::CONTACTS,
        merge::Merge,
        unique_value::{UniqueValue, unique_values},
    },
    infrastructure::{pg::CrmTx, publish},
};

/// Why two contacts cannot be parted again.
#[derive(Debug, thiserror::Error)]
pub enum UndoMergeError {
    #[error("there is no such merge")]
    NotFound,
    #[error("it was undone already, or too long ago")]
    TooLate,
    #[error("the winner was merged with somebody else since, or deleted")]
    WinnerGone,
    #[error("somebody else changed one of them")]
    Stale,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<MergeError> for UndoMergeError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::NotFound | MergeError::Same => UndoMergeError::NotFound,
            MergeError::Stale => UndoMergeError::Stale,
            MergeError::Db(error) => UndoMergeError::Db(error),
        }
    }
}

/// `winner` is the contact on whose page, or in whose address, it was asked for.
pub async fn undo_merge(
    mut tx: CrmTx,
    winner: ContactId,
    id: MergeId,
    actor: Actor,
    now: Timestamp,
) -> Result<Merge, UndoMergeError> {
    let merge = tx
        .lock_merge(id)
        .await?
        .filter(|merge| merge.winner == winner)
        .ok_or(UndoMergeError::NotFound)?;
    if !merge.is_reversible(now) {
        return Err(UndoMergeError::TooLate);
    }
    let mut loser = tx.loser_of(id).await?.ok_or(UndoMergeError::TooLate)?;
    let before = tx
        .lock_contacts(&[winner])
        .await?
        .pop()
        .ok_or(UndoMergeError::WinnerGone)?;
    let by = By {
        actor,
        cause: Cause::Undo(id.uuid()),
    };
    let change = tx.changes_of_cause(id.uuid(), None, 1).await?.pop();
    let mut after = before.clone();
    let mut changed = change
        .map(|(_, change)| after.apply(change.reversal(&before), now))
        .unwrap_or_default();
    if after.label().is_empty() {
        (after, changed) = (before.clone(), Default::default());
    }
    if let Some(email) = after.email.clone().filter(|_| after.email != before.email) {
        let holders = tx.contacts_by_identity(&[email.as_str()], &[]).await?;
        if holders.iter().any(|holder| holder.id != winner) {
            after.email = before.email.clone();
        }
    }
    tx.remove_added_identifiers(winner, id).await?;
    tx.give_rows_back(id, winner, loser.id).await?;
    if !changed.is_empty() {
        tx.update_contacts(&[(&before, &after)], &by)
            .await
            .map_err(MergeError::from)?;
    }
    leave_taken(&mut tx, &mut loser).await?;
    loser.updated_at = now;
    tx.restore_loser(id, &loser, &by, now)
        .await
        .map_err(MergeError::from)?;
    let mut events = publish::created(&[loser.id], loser.source);
    events.extend(publish::updated(&[winner], &changed));
    tx.record(&events).await?;
    tx.commit().await?;
    Ok(merge)
}

/// An address, an identifier or a unique value that somebody has taken in the meantime stays theirs.
async fn leave_taken(tx: &mut CrmTx, loser: &mut Contact) -> Result<(), DbError> {
    let email = loser.email.as_ref().map(|email| email.to_string());
    let emails: Vec<&str> = email.as_deref().into_iter().collect();
    let external_id = loser.external_id.clone();
    let external_ids: Vec<&str> = external_id.as_deref().into_iter().collect();
    for other in tx.contacts_by_identity(&emails, &external_ids).await? {
        if other.email == loser.email {
            loser.email = None;
        }
        if other.external_id == loser.external_id {
            loser.external_id = None;
        }
    }
    let unique = tx.unique_fields(CONTACTS).await?;
    let had: Vec<UniqueValue> = unique_values(&unique, &loser.attributes).collect();
    for (field, _) in tx.owners_of(&had).await?.into_keys() {
        if let Some(field) = unique.iter().find(|unique| unique.id == field) {
            loser.attributes.remove(&field.key);
        }
    }
    Ok(())
}
