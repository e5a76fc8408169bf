//! What rules of an organisation may look at.

use platform::DbError;

use crate::{
    domain::{
        field::{Field, FieldType},
        rule::{AttributeField, AttributeKind, Schema},
    },
    infrastructure::pg::CrmTx,
};

/// The fields that everybody has, and the organisation's own.
pub async fn segment_schema(tx: &mut CrmTx) -> Result<Schema, DbError> {
    Ok(Schema::new(
        tx.fields().await?.into_iter().map(attribute).collect(),
    ))
}

fn attribute(field: Field) -> AttributeField {
    let kind = match field.kind {
        FieldType::Text
        | FieldType::Textarea
        | FieldType::Html
        | FieldType::Lookup
        | FieldType::Email
        | FieldType::Url
        | FieldType::Phone
        | FieldType::Time
        | FieldType::Country
        | FieldType::Region
        | FieldType::Locale
        | FieldType::Timezone => AttributeKind::Text,
        FieldType::Number => AttributeKind::Number,
        FieldType::Boolean => AttributeKind::Truth,
        FieldType::Date => AttributeKind::Day,
        FieldType::Datetime => AttributeKind::Instant,
        FieldType::Select => AttributeKind::Choice,
        FieldType::Multiselect => AttributeKind::Set,
    };
    AttributeField {
        key: field.key,
        label: field.label,
        kind,
        options: field.options,
    }
}
