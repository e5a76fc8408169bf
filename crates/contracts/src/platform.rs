//! Jobs, and the paths of what the platform serves itself.

use kernel::{JobId, Route0, Route1, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
    /// What it is about, for example the name of a file; empty for upkeep.
    pub label: String,
    /// How far it is.
    pub progress: JobProgress,
    /// What went wrong, when it failed.
    pub error: Option<String>,
    /// Where the items are that it could not do, for jobs that have such.
    pub errors_url: Option<String>,
    /// Who asked for it, when a person did.
    pub started_by: Option<String>,
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

/// Which page of the jobs.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
pub struct JobQuery {
    /// At most so many, up to 200.
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// The jobs that people and programs started, and what has become of them.
pub const TASKS: Route0 = Route0::new("/app/tasks");
/// `POST` asks one to stop.
pub const TASK_CANCELLATION: Route1<JobId> = Route1::new("/app/tasks/{id}/cancellation");
/// The list without the page around it.
pub const TASKS_LIST: Route0 = Route0::new("/ui/tasks");
/// How many run, for the corner of every page.
pub const TASKS_INDICATOR: Route0 = Route0::new("/ui/tasks/indicator");
/// `GET` those that people and programs started.
pub const API_JOBS: Route0 = Route0::new("/api/v1/jobs");
/// `GET` one job.
pub const API_JOB: Route1<JobId> = Route1::new("/api/v1/jobs/{id}");
/// `POST` asks a job to stop.
pub const API_JOB_CANCELLATION: Route1<JobId> = Route1::new("/api/v1/jobs/{id}/cancellation");
/// The OpenAPI document.
pub const OPENAPI: Route0 = Route0::new("/api/openapi.json");
/// The page that shows it.
pub const API_DOCS: Route0 = Route0::new("/app/api-docs");
