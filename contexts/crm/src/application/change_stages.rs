//! The funnel: making, changing, ordering and deleting stages.

use kernel::{StageId, Timestamp};
use platform::DbError;

use crate::{
    domain::stage::{Direction, InvalidStage, MAX_STAGES, Stage, StageDraft, last_weight, reordered},
    infrastructure::pg::CrmTx,
};

/// Why the funnel cannot become so.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    #[error("there is no such stage")]
    NotFound,
    #[error("the stage cannot be so")]
    Invalid(InvalidStage),
    #[error("another stage has the name")]
    NameTaken,
    #[error("there are {MAX_STAGES} stages already")]
    TooMany,
    #[error("people stand in it")]
    InUse,
    #[error(transparent)]
    Db(DbError),
}

impl From<DbError> for StageError {
    fn from(error: DbError) -> Self {
        if error.violates("stages_name") {
            StageError::NameTaken
        } else {
            StageError::Db(error)
        }
    }
}

pub async fn create_stage(mut tx: CrmTx, draft: StageDraft, now: Timestamp) -> Result<Stage, StageError> {
    let draft = draft.check().map_err(StageError::Invalid)?;
    let stages = tx.lock_stages().await?;
    if stages.len() >= MAX_STAGES {
        return Err(StageError::TooMany);
    }
    let stage = Stage {
        id: StageId::generate(),
        name: draft.name,
        description: draft.description,
        weight: draft.weight.unwrap_or_else(|| last_weight(&stages)),
        created_at: now,
        updated_at: now,
    };
    tx.save_stage(&stage).await?;
    tx.commit().await?;
    Ok(stage)
}

/// Changes a stage; a draft without a weight leaves it where it stands.
pub async fn change_stage(
    mut tx: CrmTx,
    id: StageId,
    draft: impl FnOnce(&Stage) -> StageDraft,
    now: Timestamp,
) -> Result<Stage, StageError> {
    let stages = tx.lock_stages().await?;
    let before = stages
        .into_iter()
        .find(|stage| stage.id == id)
        .ok_or(StageError::NotFound)?;
    let draft = draft(&before).check().map_err(StageError::Invalid)?;
    let stage = Stage {
        name: draft.name,
        description: draft.description,
        weight: draft.weight.unwrap_or(before.weight),
        updated_at: now,
        ..before
    };
    tx.save_stage(&stage).await?;
    tx.commit().await?;
    Ok(stage)
}

/// Moves a stage one place forth or back; at the end of the funnel it stays.
pub async fn move_stage(
    mut tx: CrmTx,
    id: StageId,
    direction: Direction,
    now: Timestamp,
) -> Result<(), StageError> {
    let stages = tx.lock_stages().await?;
    if !stages.iter().any(|stage| stage.id == id) {
        return Err(StageError::NotFound);
    }
    tx.weigh_stages(&reordered(&stages, id, direction), now).await?;
    tx.commit().await?;
    Ok(())
}

/// Deletes a stage that nobody stands in: where people stand is not changed in passing.
pub async fn delete_stage(mut tx: CrmTx, id: StageId) -> Result<(), StageError> {
    let stages = tx.lock_stages().await?;
    if !stages.iter().any(|stage| stage.id == id) {
        return Err(StageError::NotFound);
    }
    if !tx.delete_stage(id).await? {
        return Err(StageError::InUse);
    }
    tx.commit().await?;
    Ok(())
}
