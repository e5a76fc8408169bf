//! Changes a segment.

use kernel::SegmentId;

use super::check_segment::{SaveSegmentError, SegmentDefinition, check_segment};
use crate::infrastructure::pg::{CrmTx, segments::SegmentWrite};

/// Writes it over the version that was edited, or over whichever there is when none is named.
pub async fn edit_segment(
    mut tx: CrmTx,
    id: SegmentId,
    version: Option<i32>,
    definition: &SegmentDefinition<'_>,
) -> Result<(), SaveSegmentError> {
    let current = tx.segment(id).await?.ok_or(SaveSegmentError::NotFound)?;
    let checked = check_segment(&mut tx, Some(id), definition).await?;
    let now = tx.now();
    let write = SegmentWrite {
        id,
        title: &checked.title,
        category: definition.category,
        rule: &checked.rule,
        dependencies: &checked.dependencies,
        now,
    };
    tx.update_segment(write, version.unwrap_or(current.version))
        .await?;
    tx.commit().await?;
    Ok(())
}
