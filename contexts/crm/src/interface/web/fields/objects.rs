//! What the fields on a page are of.

use platform::web::{AppError, Ctx};

use crate::{domain::field::CONTACTS, infrastructure::pg::CrmTx};

/// Contacts, or an object.
#[derive(Clone, Debug)]
pub struct ObjectChoice {
    pub key: String,
    pub plural: String,
}

/// Contacts first, then all objects.
pub async fn choices(ctx: &Ctx, tx: &mut CrmTx) -> Result<Vec<ObjectChoice>, AppError> {
    let mut choices = vec![ObjectChoice {
        key: CONTACTS.to_owned(),
        plural: ctx.t("crm-contacts-title"),
    }];
    choices.extend(tx.objects().await?.into_iter().map(|object| ObjectChoice {
        key: object.key,
        plural: object.plural,
    }));
    Ok(choices)
}

/// The one of a key; contacts when none is named.
pub fn chosen<'a>(choices: &'a [ObjectChoice], key: &str) -> Result<&'a ObjectChoice, AppError> {
    let key = if key.is_empty() { CONTACTS } else { key };
    choices
        .iter()
        .find(|choice| choice.key == key)
        .ok_or(AppError::NotFound)
}
