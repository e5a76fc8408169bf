//! What all ports have in common.

/// Why a call into another context failed.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// What was asked for does not exist in this organisation.
    #[error("not found")]
    NotFound,
    /// The other context refuses, and says why in a person's words.
    #[error("{0}")]
    Refused(String),
    /// The other context could not answer.
    #[error("the call failed: {0}")]
    Failed(String),
}

impl PortError {
    /// Wraps an error whose details only a log should show.
    pub fn failed(error: impl std::fmt::Display) -> Self {
        Self::Failed(error.to_string())
    }
}

/// What a port returns.
pub type PortResult<T> = Result<T, PortError>;
