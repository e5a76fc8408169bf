//! Creating one contact.

use kernel::{ContactId, Timestamp};
use platform::DbError;

use crate::{
    domain::{
        change::By,
        contact::{Change, Contact, ContactPatch, Source},
        field::CONTACTS,
        unique_value::{UniqueValue, unique_values},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// Why a contact cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SaveContactError {
    #[error("there is no such contact")]
    NotFound,
    #[error("nothing tells whose contact it would be")]
    Nobody,
    #[error("another contact has the address")]
    EmailTaken(ContactId),
    #[error("another contact has the identifier")]
    ExternalIdTaken(ContactId),
    /// The key of the field, and who has the value.
    #[error("another contact has the value of {0}, which is unique")]
    ValueTaken(String, ContactId),
    /// It is no longer as the caller has seen it, or somebody wrote the same at the same time.
    #[error("somebody else changed it")]
    Stale,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SaveError> for SaveContactError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Raced => SaveContactError::Stale,
            SaveError::Db(error) => SaveContactError::Db(error),
        }
    }
}

pub async fn create_contact(
    mut tx: CrmTx,
    patch: ContactPatch,
    source: Source,
    by: By,
    now: Timestamp,
) -> Result<Contact, SaveContactError> {
    let mut contact = Contact::new(ContactId::generate(), source, now);
    contact.apply(patch, now);
    if contact.label().is_empty() {
        return Err(SaveContactError::Nobody);
    }
    refuse_taken(&mut tx, &contact).await?;
    refuse_taken_values(&mut tx, None, &contact).await?;
    tx.insert_contacts(std::slice::from_ref(&contact), &by).await?;
    tx.record(&publish::created(&[contact.id], source)).await?;
    tx.commit().await?;
    Ok(contact)
}

/// Looks for others with the same address or identifier. The unique indexes have the last word.
pub(super) async fn refuse_taken(tx: &mut CrmTx, contact: &Contact) -> Result<(), SaveContactError> {
    let email = contact.email.as_ref().map(|email| email.as_str());
    let emails: Vec<&str> = email.into_iter().collect();
    let external_ids: Vec<&str> = contact.external_id.as_deref().into_iter().collect();
    for other in tx.contacts_by_identity(&emails, &external_ids).await? {
        if other.id == contact.id {
            continue;
        }
        return Err(if other.email.is_some() && other.email == contact.email {
            SaveContactError::EmailTaken(other.id)
        } else {
            SaveContactError::ExternalIdTaken(other.id)
        });
    }
    Ok(())
}

/// Looks for others with the values of unique fields that somebody is to have and did not have
/// before.
pub(super) async fn refuse_taken_values(
    tx: &mut CrmTx,
    before: Option<&Contact>,
    after: &Contact,
) -> Result<(), SaveContactError> {
    let fields = tx.unique_fields(CONTACTS).await?;
    let had: Vec<UniqueValue> = before
        .map(|before| unique_values(&fields, &before.attributes).collect())
        .unwrap_or_default();
    let gained: Vec<UniqueValue> = unique_values(&fields, &after.attributes)
        .filter(|value| !had.contains(value))
        .collect();
    let owners = tx.owners_of(&gained).await?;
    for field in &fields {
        let taken = owners
            .iter()
            .find(|((id, _), owner)| *id == field.id && **owner != after.id.uuid());
        if let Some((_, owner)) = taken {
            return Err(SaveContactError::ValueTaken(field.key.clone(), (*owner).into()));
        }
    }
    Ok(())
}

/// Whether a patch touches what tells contacts apart.
pub(super) fn touches_identity(patch: &ContactPatch) -> bool {
    patch.email != Change::Keep || patch.external_id != Change::Keep
}
