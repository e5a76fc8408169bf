//! What an action on many contacts does, in words.

use platform::web::{AppError, Ctx};

use super::web::contacts::column_label;
use crate::{
    domain::{bulk::BulkKind, contact::TextField, contact_column::ContactColumn, field::Field, field_value},
    infrastructure::pg::CrmTx,
};

/// What people call what actions are about.
pub struct Names {
    fields: Vec<Field>,
}

impl Names {
    pub async fn load(tx: &mut CrmTx) -> Result<Self, AppError> {
        Ok(Self {
            fields: tx.fields().await?,
        })
    }

    /// "Put on: vip".
    pub fn say(&self, ctx: &Ctx, kind: &BulkKind) -> String {
        match kind {
            BulkKind::Tag { add, remove } => {
                let (add, remove) = (add.join(", "), remove.join(", "));
                match (add.is_empty(), remove.is_empty()) {
                    (false, true) => ctx.ta("crm-bulk-say-tag-add", &[("tags", add.into())]),
                    (true, _) => ctx.ta("crm-bulk-say-tag-remove", &[("tags", remove.into())]),
                    (false, false) => ctx.ta(
                        "crm-bulk-say-tag-both",
                        &[("add", add.into()), ("remove", remove.into())],
                    ),
                }
            }
            BulkKind::SetField { field, value } => {
                let column = match (TextField::from_key(field), field.strip_prefix("attributes.")) {
                    (Some(text), _) => ContactColumn::Text(text),
                    (None, Some(key)) => ContactColumn::Attribute(key.to_owned()),
                    (None, None) => ContactColumn::Attribute(field.clone()),
                };
                let label = column_label(ctx, &self.fields, &column);
                if value.is_null() {
                    ctx.ta("crm-bulk-say-clear-field", &[("field", label.into())])
                } else {
                    let value = field_value::to_text(value);
                    ctx.ta(
                        "crm-bulk-say-set-field",
                        &[("field", label.into()), ("value", value.into())],
                    )
                }
            }
            BulkKind::DoNotContact {} => ctx.t("crm-bulk-say-do-not-contact"),
            BulkKind::Delete {} => ctx.t("crm-bulk-say-delete"),
        }
    }
}

/// One action in words.
pub async fn action_in_words(ctx: &Ctx, tx: &mut CrmTx, kind: &BulkKind) -> Result<String, AppError> {
    Ok(Names::load(tx).await?.say(ctx, kind))
}
