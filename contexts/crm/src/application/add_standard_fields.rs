//! Adding the fields that most organisations want, those that are missing.

use kernel::Timestamp;

use super::define_field::{SaveFieldError, last_position, new_field};
use crate::{
    domain::{
        field::{Field, FieldDefinition, MAX_FIELDS},
        standard_fields::standard_fields,
    },
    infrastructure::pg::CrmTx,
};

/// The standard fields that an object lacks.
#[must_use]
pub fn missing(object: &str, present: &[Field]) -> Vec<FieldDefinition> {
    let mut wanted = standard_fields(object);
    wanted.retain(|field| !present.iter().any(|known| known.key == field.key));
    wanted
}

/// Returns how many were added.
pub async fn add_standard_fields(
    mut tx: CrmTx,
    object: &str,
    now: Timestamp,
) -> Result<usize, SaveFieldError> {
    let present = tx.fields_of(&[object]).await?;
    let last = last_position(&present);
    let fields: Vec<Field> = missing(object, &present)
        .into_iter()
        .map(|definition| FieldDefinition {
            position: last.saturating_add(definition.position),
            ..definition
        })
        .map(|definition| new_field(definition, now))
        .collect();
    if present.len() + fields.len() > MAX_FIELDS {
        return Err(SaveFieldError::TooMany);
    }
    // Somebody else does the same, or one of the same key is still being deleted.
    if !tx.insert_fields(&fields).await? {
        return Err(SaveFieldError::KeyTaken);
    }
    tx.commit().await?;
    Ok(fields.len())
}
