//! Defining a custom field.

use kernel::{FieldId, Timestamp};
use platform::{DbError, NewJob};
use serde::{Deserialize, Serialize};

use crate::{
    domain::field::{CONTACTS, Field, FieldDefinition, InvalidField, MAX_FIELDS},
    infrastructure::pg::CrmTx,
};

/// Why a field cannot be so.
#[derive(Debug, thiserror::Error)]
pub enum SaveFieldError {
    #[error("there is no such field")]
    NotFound,
    #[error("there is no such object")]
    NoSuchObject,
    /// The member, and what is wrong with it.
    #[error("the definition has problems")]
    Invalid(Vec<(&'static str, InvalidField)>),
    #[error("another field has the key")]
    KeyTaken,
    #[error("there are {MAX_FIELDS} fields already")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The job that makes and drops the indexes of filterable fields.
pub const INDEX_FIELD: &str = "crm.index_field";

/// What [`INDEX_FIELD`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct IndexField {
    #[serde(default = "contacts")]
    pub object: String,
    pub key: String,
}

fn contacts() -> String {
    CONTACTS.to_owned()
}

pub async fn define_field(
    mut tx: CrmTx,
    definition: FieldDefinition,
    now: Timestamp,
) -> Result<Field, SaveFieldError> {
    let mut definition = definition.check().map_err(SaveFieldError::Invalid)?;
    if definition.object != CONTACTS && tx.object_by_key(&definition.object).await?.is_none() {
        return Err(SaveFieldError::NoSuchObject);
    }
    let present = tx.fields_of(&[&definition.object]).await?;
    if present.len() >= MAX_FIELDS {
        return Err(SaveFieldError::TooMany);
    }
    definition.position = last_position(&present).saturating_add(1);
    let field = new_field(definition, now);
    if !tx.insert_fields(std::slice::from_ref(&field)).await? {
        return Err(SaveFieldError::KeyTaken);
    }
    if field.filterable {
        index_in_background(&mut tx, &field.object, &field.key).await?;
    }
    tx.commit().await?;
    Ok(field)
}

/// A field as it is defined, not stored yet.
pub(super) fn new_field(definition: FieldDefinition, now: Timestamp) -> Field {
    Field::new(FieldId::generate(), definition, now)
}

/// New fields come last.
pub(super) fn last_position(fields: &[Field]) -> i32 {
    fields.iter().map(|field| field.position).max().unwrap_or(0)
}

pub(super) async fn index_in_background(tx: &mut CrmTx, object: &str, key: &str) -> Result<(), DbError> {
    let about = IndexField {
        object: object.to_owned(),
        key: key.to_owned(),
    };
    let job = NewJob::new(INDEX_FIELD, tx.org(), &about)?;
    tx.enqueue(job).await?;
    Ok(())
}
