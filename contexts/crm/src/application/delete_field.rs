//! Deleting a custom field: it is gone at once for everybody, and a job takes its values from the
//! contacts.

use kernel::FieldId;
use platform::{DbError, NewJob};
use serde::{Deserialize, Serialize};

use super::define_field::index_in_background;
use crate::infrastructure::pg::CrmTx;

/// The job that takes the values.
pub const FORGET_FIELD: &str = "crm.forget_field";

/// What [`FORGET_FIELD`] is about.
#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetField {
    pub field: FieldId,
    pub key: String,
}

/// Returns whether there was such a field.
pub async fn delete_field(mut tx: CrmTx, id: FieldId) -> Result<bool, DbError> {
    let Some(key) = tx.begin_deleting_field(id).await? else { return Ok(false) };
    index_in_background(&mut tx, &key).await?;
    let job = NewJob::new(FORGET_FIELD, tx.org(), &ForgetField { field: id, key })?;
    tx.enqueue(job).await?;
    tx.commit().await?;
    Ok(true)
}
