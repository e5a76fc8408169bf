//! Jobs, and the paths of what the platform serves itself.

use kernel::{JobId, Route0, Route1, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A background job as the API shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    /// `job_…`
    #[schema(value_type = String, example = "job_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: JobId,
    /// What it does, for example `crm.import_contacts`.
    pub kind: String,
    /// Where it stands.
    pub state: JobState,
    /// How far it is.
    pub progress: JobProgress,
    /// What went wrong, when it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct JobProgress {
    /// Units done.
    pub done: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waiting for a worker, or for its next try.
    Queued,
    /// A worker has it.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly; `error` says why.
    Failed,
    /// Ended because a person asked for it.
    Cancelled,
}

/// `GET` one job.
pub const API_JOB: Route1<JobId> = Route1::new("/api/v1/jobs/{id}");
/// `POST` asks a job to stop.
pub const API_JOB_CANCELLATION: Route1<JobId> = Route1::new("/api/v1/jobs/{id}/cancellation");
/// The OpenAPI document.
pub const OPENAPI: Route0 = Route0::new("/api/openapi.json");
/// The page that shows it.
pub const API_DOCS: Route0 = Route0::new("/app/api-docs");
