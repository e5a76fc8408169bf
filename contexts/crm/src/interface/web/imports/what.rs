//! What an import is of, in words.

use contracts::crm::{CONTACTS, IMPORT_NEW, objects::RECORDS};
use platform::{DbError, web::Ctx};

use crate::{
    domain::{field, object::Object},
    infrastructure::pg::CrmTx,
};

/// Contacts, or records of an object.
pub enum What {
    Contacts,
    Records(Object),
    /// The object is no more.
    Gone(String),
}

impl What {
    pub async fn read(tx: &mut CrmTx, key: &str) -> Result<Self, DbError> {
        if key == field::CONTACTS {
            return Ok(What::Contacts);
        }
        let object = tx.object_by_key(key).await?;
        Ok(object.map_or_else(|| What::Gone(key.to_owned()), What::Records))
    }

    /// Among objects that are known.
    pub fn among(objects: &[Object], key: &str) -> Self {
        if key == field::CONTACTS {
            return What::Contacts;
        }
        let object = objects.iter().find(|object| object.key == key).cloned();
        object.map_or_else(|| What::Gone(key.to_owned()), What::Records)
    }

    pub const fn is_contacts(&self) -> bool {
        matches!(self, What::Contacts)
    }

    /// What several of them are called.
    pub fn plural(&self, ctx: &Ctx) -> String {
        match self {
            What::Contacts => ctx.t("crm-contacts-title"),
            What::Records(object) => object.plural.clone(),
            What::Gone(key) => key.clone(),
        }
    }

    /// Where all of them are.
    pub fn url(&self) -> Option<String> {
        match self {
            What::Contacts => Some(CONTACTS.url()),
            What::Records(object) => Some(RECORDS.url(&object.key)),
            What::Gone(_) => None,
        }
    }

    /// Where the next file of them is taken.
    pub fn upload_url(&self) -> String {
        match self {
            What::Records(object) => IMPORT_NEW.with(&[("object", object.key.as_str())]),
            What::Contacts | What::Gone(_) => IMPORT_NEW.url(),
        }
    }
}
