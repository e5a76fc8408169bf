//! Deleting a custom field: it is gone at once for everybody, and a job takes its values from the
//! contacts.

use kernel::FieldId;
use platform::{DbError, NewJob};
use serde::{Deserialize, Serialize};

use super::define_field::index_in_background;
use crate::{domain::field::CONTACTS, infrastructure::pg::CrmTx};

/// The job that takes the values.
pub const FORGET_FIELD: &str = "crm.forget_field";

/// What [`FORGET_FIELD`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetField {
    pub field: FieldId,
    #[serde(default = "contacts")]
    pub object: String,
    pub key: String,
}

fn contacts() -> String {
    CONTACTS.to_owned()
}

/// Why a field cannot be deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteFieldError {
    #[error("there is no such field")]
    NotFound,
    /// The names of segments whose rules ask for it.
    #[error("segments use it")]
    InUse(Vec<String>),
    #[error(transparent)]
    Db(#[from] DbError),
}

pub async fn delete_field(mut tx: CrmTx, id: FieldId) -> Result<(), DeleteFieldError> {
    let (object, key) = tx
        .begin_deleting_field(id)
        .await?
        .ok_or(DeleteFieldError::NotFound)?;
    let mention = if object == CONTACTS {
        format!("attributes.{key}")
    } else {
        format!("{object}.{key}")
    };
    let segments = tx.segments_that_mention(&mention).await?;
    if !segments.is_empty() {
        return Err(DeleteFieldError::InUse(segments));
    }
    index_in_background(&mut tx, &object, &key).await?;
    let about = ForgetField {
        field: id,
        object,
        key,
    };
    let job = NewJob::new(FORGET_FIELD, tx.org(), &about).map_err(DbError::from)?;
    tx.enqueue(job).await?;
    tx.commit().await?;
    Ok(())
}
