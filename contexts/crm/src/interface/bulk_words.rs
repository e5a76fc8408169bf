//! What an action on many contacts does, in words.

use std::collections::HashMap;

use platform::web::{AppError, Ctx};

use super::{assignment::People, web::contacts::column_label};
use crate::{
    Crm,
    domain::{bulk::BulkKind, contact::TextField, contact_column::ContactColumn, field::Field, field_value},
    infrastructure::pg::CrmTx,
};

/// What people call what actions are about.
pub struct Names {
    fields: Vec<Field>,
    people: People,
    /// Segments and topics by their ids.
    others: HashMap<String, String>,
}

impl Names {
    pub async fn load(ctx: &Ctx, crm: &Crm, tx: &mut CrmTx) -> Result<Self, AppError> {
        Ok(Self {
            fields: tx.fields().await?,
            people: People::read(crm, tx, ctx.org).await?,
            others: {
                let segments = tx.segment_names().await?;
                let segments = segments.into_iter().map(|(id, name)| (id.to_string(), name));
                let topics = tx.topics().await?;
                segments
                    .chain(topics.into_iter().map(|topic| (topic.id.to_string(), topic.name)))
                    .collect()
            },
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
            BulkKind::SetOwner { owner: None } => ctx.t("crm-bulk-say-no-owner"),
            BulkKind::SetOwner { owner: Some(owner) } => {
                let name = self
                    .people
                    .member(*owner)
                    .map_or_else(|| owner.to_string(), str::to_owned);
                ctx.ta("crm-bulk-say-set-owner", &[("name", name.into())])
            }
            BulkKind::SetStage { stage: None } => ctx.t("crm-bulk-say-no-stage"),
            BulkKind::SetStage { stage: Some(stage) } => {
                let name = self
                    .people
                    .stage(*stage)
                    .map_or_else(|| stage.to_string(), str::to_owned);
                ctx.ta("crm-bulk-say-set-stage", &[("name", name.into())])
            }
            BulkKind::AddToSegment { segment } => {
                self.of_other(ctx, "crm-bulk-say-add-to-segment", segment.to_string())
            }
            BulkKind::RemoveFromSegment { segment } => {
                self.of_other(ctx, "crm-bulk-say-remove-from-segment", segment.to_string())
            }
            BulkKind::Subscribe { topic, .. } => {
                self.of_other(ctx, "crm-bulk-say-subscribe", topic.to_string())
            }
            BulkKind::Unsubscribe { topic, .. } => {
                self.of_other(ctx, "crm-bulk-say-unsubscribe", topic.to_string())
            }
            BulkKind::DoNotContact {} => ctx.t("crm-bulk-say-do-not-contact"),
            BulkKind::Delete {} => ctx.t("crm-bulk-say-delete"),
        }
    }
}

impl Names {
    /// About a segment or a topic, which may be gone since.
    fn of_other(&self, ctx: &Ctx, key: &str, id: String) -> String {
        let name = self.others.get(&id).cloned().unwrap_or(id);
        ctx.ta(key, &[("name", name.into())])
    }
}

/// One action in words.
pub async fn action_in_words(
    ctx: &Ctx,
    crm: &Crm,
    tx: &mut CrmTx,
    kind: &BulkKind,
) -> Result<String, AppError> {
    Ok(Names::load(ctx, crm, tx).await?.say(ctx, kind))
}
