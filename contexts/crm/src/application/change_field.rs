//! Changing a custom field. Its key and type stay: values are stored by them.

use kernel::{FieldId, Timestamp};

use super::define_field::{SaveFieldError, index_in_background};
use crate::{
    domain::field::{Field, FieldDefinition},
    infrastructure::pg::CrmTx,
};

/// What can change of a field.
#[derive(Debug, Clone, Default)]
pub struct FieldChanges {
    pub label: Option<String>,
    pub options: Option<Vec<String>>,
    pub filterable: Option<bool>,
}

pub async fn change_field(
    mut tx: CrmTx,
    id: FieldId,
    changes: FieldChanges,
    now: Timestamp,
) -> Result<Field, SaveFieldError> {
    let fields = tx.fields().await?;
    let before = fields
        .into_iter()
        .find(|field| field.id == id)
        .ok_or(SaveFieldError::NotFound)?;
    let definition = FieldDefinition {
        key: before.key.clone(),
        label: changes.label.unwrap_or_else(|| before.label.clone()),
        kind: before.kind,
        options: changes.options.unwrap_or_else(|| before.options.clone()),
        filterable: changes.filterable.unwrap_or(before.filterable),
    };
    let definition = definition.check().map_err(SaveFieldError::Invalid)?;
    let after = Field {
        label: definition.label,
        options: definition.options,
        filterable: definition.filterable,
        updated_at: now,
        ..before.clone()
    };
    if !tx.update_field(&after).await? {
        return Err(SaveFieldError::NotFound);
    }
    if after.filterable != before.filterable {
        index_in_background(&mut tx, &after.key).await?;
    }
    tx.commit().await?;
    Ok(after)
}
