//! Writing, changing and deleting notes about contacts.

use kernel::{ContactId, NoteId, Timestamp, UserId};
use platform::DbError;

use crate::{
    domain::note::{InvalidNote, Note, NoteDraft},
    infrastructure::pg::CrmTx,
};

/// Why a note cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    #[error("there is no such contact or note")]
    NotFound,
    #[error("somebody else wrote it")]
    NotYours,
    #[error("the text cannot be stored")]
    Invalid(InvalidNote),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Who writes.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    /// Nobody, when it is a program.
    pub user: Option<UserId>,
    /// May change what others wrote.
    pub any: bool,
}

impl Writer {
    fn may_change(self, note: &Note) -> bool {
        self.any || (self.user.is_some() && note.created_by == self.user)
    }
}

/// Writes a new one.
pub async fn write_note(
    mut tx: CrmTx,
    contact: ContactId,
    draft: NoteDraft,
    writer: Writer,
    now: Timestamp,
) -> Result<Note, NoteError> {
    let draft = draft.check().map_err(NoteError::Invalid)?;
    // Locked, so that nobody merges or deletes the contact meanwhile.
    tx.lock_contacts(&[contact])
        .await?
        .pop()
        .ok_or(NoteError::NotFound)?;
    let note = Note {
        id: NoteId::generate(),
        contact,
        kind: draft.kind,
        text: draft.text,
        occurred_at: draft.occurred_at.unwrap_or(now),
        created_by: writer.user,
        created_at: now,
        updated_at: now,
    };
    tx.save_note(&note).await?;
    tx.commit().await?;
    Ok(note)
}

/// Changes one. What the draft does not say of the time stays.
pub async fn change_note(
    mut tx: CrmTx,
    (contact, id): (ContactId, NoteId),
    draft: impl FnOnce(&Note) -> NoteDraft,
    writer: Writer,
    now: Timestamp,
) -> Result<Note, NoteError> {
    let before = tx.lock_note(contact, id).await?.ok_or(NoteError::NotFound)?;
    if !writer.may_change(&before) {
        return Err(NoteError::NotYours);
    }
    let draft = draft(&before).check().map_err(NoteError::Invalid)?;
    let note = Note {
        kind: draft.kind,
        text: draft.text,
        occurred_at: draft.occurred_at.unwrap_or(before.occurred_at),
        updated_at: now,
        ..before
    };
    tx.save_note(&note).await?;
    tx.commit().await?;
    Ok(note)
}

/// Deletes one.
pub async fn delete_note(
    mut tx: CrmTx,
    contact: ContactId,
    id: NoteId,
    writer: Writer,
) -> Result<(), NoteError> {
    let note = tx.lock_note(contact, id).await?.ok_or(NoteError::NotFound)?;
    if !writer.may_change(&note) {
        return Err(NoteError::NotYours);
    }
    tx.delete_note(contact, id).await?;
    tx.commit().await?;
    Ok(())
}
