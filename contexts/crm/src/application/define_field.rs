//! Defining a custom field.

use kernel::{FieldId, Timestamp};
use platform::{DbError, NewJob};
use serde::{Deserialize, Serialize};

use crate::{
    domain::field::{Field, FieldDefinition, InvalidField, MAX_FIELDS},
    infrastructure::pg::CrmTx,
};

/// Why a field cannot be so.
#[derive(Debug, thiserror::Error)]
pub enum SaveFieldError {
    #[error("there is no such field")]
    NotFound,
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
    pub key: String,
}

pub async fn define_field(
    mut tx: CrmTx,
    definition: FieldDefinition,
    now: Timestamp,
) -> Result<Field, SaveFieldError> {
    let definition = definition.check().map_err(SaveFieldError::Invalid)?;
    if tx.fields().await?.len() >= MAX_FIELDS {
        return Err(SaveFieldError::TooMany);
    }
    let field = new_field(definition, now);
    if !tx.insert_fields(std::slice::from_ref(&field)).await? {
        return Err(SaveFieldError::KeyTaken);
    }
    if field.filterable {
        index_in_background(&mut tx, &field.key).await?;
    }
    tx.commit().await?;
    Ok(field)
}

/// A field as it is defined, not stored yet.
pub(super) fn new_field(definition: FieldDefinition, now: Timestamp) -> Field {
    Field {
        id: FieldId::generate(),
        key: definition.key,
        label: definition.label,
        kind: definition.kind,
        options: definition.options,
        filterable: definition.filterable,
        indexed: false,
        created_at: now,
        updated_at: now,
    }
}

pub(super) async fn index_in_background(tx: &mut CrmTx, key: &str) -> Result<(), DbError> {
    let job = NewJob::new(INDEX_FIELD, tx.org(), &IndexField { key: key.to_owned() })?;
    tx.enqueue(job).await?;
    Ok(())
}
