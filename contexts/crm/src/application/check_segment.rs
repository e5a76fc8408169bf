//! Checks what a segment is to be: its name, and its rule against what exists.

use kernel::{CategoryId, SegmentId};
use platform::DbError;
use serde_json::Value;

use crate::{
    domain::{
        rule::{self, Problem, Rule, Schema},
        segment::{Dependencies, InvalidTitle, SegmentTitle},
    },
    infrastructure::pg::{CrmTx, segments::SegmentWriteError},
};

/// What people say a segment is.
#[derive(Clone, Debug)]
pub struct SegmentDefinition<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub category: Option<CategoryId>,
    pub rule: &'a Value,
}

/// The same, checked.
#[derive(Debug)]
pub struct CheckedSegment {
    pub title: SegmentTitle,
    /// As it is stored: the rule's own way to say what was said.
    pub rule: Value,
    pub dependencies: Dependencies,
}

/// Why a segment was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveSegmentError {
    #[error("the segment is not valid")]
    Invalid {
        title: Option<InvalidTitle>,
        rule: Vec<Problem>,
    },
    #[error("another segment has this name")]
    NameTaken,
    #[error("the segment has changed in the meantime")]
    Changed,
    #[error("there is no such category")]
    NoCategory,
    #[error("there is no such segment")]
    NotFound,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<SegmentWriteError> for SaveSegmentError {
    fn from(error: SegmentWriteError) -> Self {
        match error {
            SegmentWriteError::NameTaken => SaveSegmentError::NameTaken,
            SegmentWriteError::Changed => SaveSegmentError::Changed,
            SegmentWriteError::Db(error) => SaveSegmentError::Db(error),
        }
    }
}

/// What the rule of a segment may look at: all fields, and the segments that do not depend on it.
pub async fn schema_for(tx: &mut CrmTx, id: Option<SegmentId>) -> Result<Schema, DbError> {
    let usable = tx.segment_graph().await?.usable_by(id);
    Ok(tx.rule_schema().await?.with_segments(usable))
}

/// Checks the whole definition; all that is wrong is told at once.
pub async fn check_segment(
    tx: &mut CrmTx,
    id: Option<SegmentId>,
    definition: &SegmentDefinition<'_>,
) -> Result<CheckedSegment, SaveSegmentError> {
    tx.lock_segment_graph().await?;
    if let Some(category) = definition.category
        && tx.categories().await?.iter().all(|known| known.id != category)
    {
        return Err(SaveSegmentError::NoCategory);
    }
    let schema = schema_for(tx, id).await?;
    let title = SegmentTitle::parse(definition.name, definition.description);
    let rule: Result<Rule, Vec<Problem>> = rule::parse(definition.rule, &schema);
    match (title, rule) {
        (Ok(title), Ok(rule)) => Ok(CheckedSegment {
            title,
            rule: rule.to_json(),
            dependencies: Dependencies::of(&rule),
        }),
        (title, rule) => Err(SaveSegmentError::Invalid {
            title: title.err(),
            rule: rule.err().unwrap_or_default(),
        }),
    }
}
