//! Changing a custom field. Its object, key and type stay: values are stored by them.

use kernel::{FieldId, Timestamp};
use serde_json::Value;

use super::define_field::{SaveFieldError, index_in_background};
use crate::{
    domain::field::{Field, FieldDefinition, FieldFlags},
    infrastructure::pg::CrmTx,
};

/// What can change of a field.
#[derive(Debug, Clone, Default)]
pub struct FieldChanges {
    pub label: Option<String>,
    pub options: Option<Vec<String>>,
    pub flags: FlagChanges,
    /// `Some(None)` takes the limit away.
    pub max_length: Option<Option<usize>>,
    /// `Some(None)` takes the default away.
    pub default_value: Option<Option<Value>>,
    pub group: Option<String>,
    pub filterable: Option<bool>,
}

/// The flags that change.
#[derive(Debug, Clone, Copy, Default)]
pub struct FlagChanges {
    pub required: Option<bool>,
    pub visible: Option<bool>,
    pub listable: Option<bool>,
    pub publicly_updatable: Option<bool>,
    pub unique_identifier: Option<bool>,
}

impl From<FieldFlags> for FlagChanges {
    fn from(flags: FieldFlags) -> Self {
        Self {
            required: Some(flags.required),
            visible: Some(flags.visible),
            listable: Some(flags.listable),
            publicly_updatable: Some(flags.publicly_updatable),
            unique_identifier: Some(flags.unique_identifier),
        }
    }
}

impl FlagChanges {
    fn of(self, before: FieldFlags) -> FieldFlags {
        FieldFlags {
            required: self.required.unwrap_or(before.required),
            visible: self.visible.unwrap_or(before.visible),
            listable: self.listable.unwrap_or(before.listable),
            publicly_updatable: self.publicly_updatable.unwrap_or(before.publicly_updatable),
            unique_identifier: self.unique_identifier.unwrap_or(before.unique_identifier),
        }
    }
}

pub async fn change_field(
    mut tx: CrmTx,
    id: FieldId,
    changes: FieldChanges,
    now: Timestamp,
) -> Result<Field, SaveFieldError> {
    let before = tx.field(id).await?.ok_or(SaveFieldError::NotFound)?;
    let definition = FieldDefinition {
        object: before.object.clone(),
        key: before.key.clone(),
        label: changes.label.unwrap_or_else(|| before.label.clone()),
        kind: before.kind,
        options: changes.options.unwrap_or_else(|| before.options.clone()),
        flags: changes.flags.of(before.flags),
        max_length: changes.max_length.unwrap_or(before.max_length),
        default_value: changes
            .default_value
            .unwrap_or_else(|| before.default_value.clone()),
        group: changes.group.unwrap_or_else(|| before.group.clone()),
        position: before.position,
        filterable: changes.filterable.unwrap_or(before.filterable),
    };
    let definition = definition.check().map_err(SaveFieldError::Invalid)?;
    let after = Field {
        indexed: before.indexed,
        created_at: before.created_at,
        ..Field::new(id, definition, now)
    };
    if !tx.update_field(&after).await? {
        return Err(SaveFieldError::NotFound);
    }
    let unique = after.flags.unique_identifier != before.flags.unique_identifier;
    if unique || after.filterable != before.filterable {
        index_in_background(&mut tx, &after.object, &after.key).await?;
    }
    tx.commit().await?;
    Ok(after)
}
