use contracts::PortError;
use platform::DbError;

/// Why an engine cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Another context did not answer.
    #[error(transparent)]
    Port(#[from] PortError),
    /// Others have taken over.
    #[error("the engine was not heard of for so long that others have taken over")]
    LeaseLost,
}
