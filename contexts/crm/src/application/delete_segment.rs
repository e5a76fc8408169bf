//! Deletes a segment.

use kernel::SegmentId;
use platform::DbError;

use crate::infrastructure::pg::CrmTx;

/// Why a segment was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteSegmentError {
    /// Rules of these look at it: they would lose their meaning.
    #[error("other segments use it")]
    InUse(Vec<String>),
    #[error("there is no such segment")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Deletes it with its members and its history, unless another segment uses it.
pub async fn delete_segment(mut tx: CrmTx, id: SegmentId) -> Result<(), DeleteSegmentError> {
    // Nobody begins to use it meanwhile.
    tx.lock_segment_graph().await?;
    let users = tx.segment_graph().await?.users_of(id);
    if !users.is_empty() {
        let names = tx.segment_names().await?.into_iter();
        return Err(DeleteSegmentError::InUse(
            names
                .filter(|(user, _)| users.contains(user))
                .map(|(_, name)| name)
                .collect(),
        ));
    }
    tx.lock_segment(id).await?;
    if !tx.delete_segment(id).await? {
        return Err(DeleteSegmentError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}
