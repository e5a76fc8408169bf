//! Making one contact of two, because somebody says that they are one person.

use contracts::crm::ContactMerged;
use kernel::{ContactId, MergeId, Timestamp};
use platform::DbError;

use crate::{
    domain::{
        change::{Actor, By, Cause, Difference},
        contact::Contact,
        merge::{Choices, Merge, merged, other_identifiers},
    },
    infrastructure::{
        pg::{CrmTx, contact_rows::RowMove, contacts::SaveError},
        publish,
    },
};

/// Why two contacts cannot become one.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("there is no such contact")]
    NotFound,
    #[error("a contact cannot be merged with itself")]
    Same,
    #[error("somebody else changed one of them")]
    Stale,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SaveError> for MergeError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Raced => MergeError::Stale,
            SaveError::Db(error) => MergeError::Db(error),
        }
    }
}

/// Everything of the loser becomes the winner's, and what was chosen of its values; the rest is kept for
/// as long as it can be undone.
pub async fn merge_contacts(
    mut tx: CrmTx,
    winner: ContactId,
    loser: ContactId,
    choices: &Choices,
    actor: Actor,
    now: Timestamp,
) -> Result<Merge, MergeError> {
    if winner == loser {
        return Err(MergeError::Same);
    }
    let both = tx.lock_contacts(&[winner, loser]).await?;
    let find = |id| both.iter().find(|c| c.id == id).ok_or(MergeError::NotFound);
    let (winner, loser): (&Contact, &Contact) = (find(winner)?, find(loser)?);
    let after = merged(winner, loser, choices, now);
    let merge = Merge {
        id: MergeId::generate(),
        winner: winner.id,
        loser: loser.id,
        at: now,
        actor,
        loser_name: loser.label(),
        undone_at: None,
        kept: true,
    };
    tx.insert_merge(&merge).await?;
    let row_move = RowMove {
        from: loser.id,
        to: winner.id,
        merge: Some(merge.id),
    };
    tx.move_rows(&[row_move]).await?;
    tx.add_identifiers(
        winner.id,
        &other_identifiers(winner, loser, &after),
        merge.id,
        now,
    )
    .await?;
    let closed = tx.merge_suppressions(winner, loser, &after, now).await?;
    // The loser goes first: of two with the same address there is never more than one.
    tx.remove_loser(loser.id).await?;
    tx.forget_duplicates_of(loser.id).await?;
    let by = By {
        actor,
        cause: Cause::Merge(merge.id),
    };
    if after != *winner {
        tx.update_contacts(&[(winner, &after)], &by).await?;
    }
    tx.keep_last_activity(winner.id, loser).await?;

    let changed = Difference::between(winner, &after)
        .after
        .keys()
        .cloned()
        .collect();
    let mut events = publish::merged(&[ContactMerged {
        winner: winner.id,
        loser: loser.id,
    }]);
    events.extend(publish::updated(&[winner.id], &changed));
    if closed {
        events.extend(publish::opted_out(after.email.as_ref()));
    }
    tx.record(&events).await?;
    tx.commit().await?;
    Ok(merge)
}
