//! Makes a segment.

use kernel::SegmentId;

use super::check_segment::{SaveSegmentError, SegmentDefinition, check_segment};
use crate::infrastructure::pg::{CrmTx, segments::SegmentWrite};

/// Writes it; its members are found by the rebuild that follows.
pub async fn create_segment(
    mut tx: CrmTx,
    definition: &SegmentDefinition<'_>,
) -> Result<SegmentId, SaveSegmentError> {
    let checked = check_segment(&mut tx, None, definition).await?;
    let id = SegmentId::generate();
    let now = tx.now();
    tx.insert_segment(SegmentWrite {
        id,
        title: &checked.title,
        category: definition.category,
        rule: &checked.rule,
        dependencies: &checked.dependencies,
        now,
    })
    .await?;
    tx.commit().await?;
    Ok(id)
}
