//! The suppression list as files: taken in, and taken out.

use kernel::{JobId, Route0, Route1, SuppressionImportId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::settings::SuppressionReason;

/// Files that were taken in, and the form for one.
pub const SUPPRESSION_IMPORTS: Route0 = Route0::new("/app/suppressions/imports");
/// One file: its columns, what it came to.
pub const SUPPRESSION_IMPORT: Route1<SuppressionImportId> = Route1::new("/app/suppressions/imports/{id}");
/// `POST` starts it.
pub const SUPPRESSION_IMPORT_START: Route1<SuppressionImportId> =
    Route1::new("/app/suppressions/imports/{id}/start");
/// Its rows that are not taken, and why.
pub const SUPPRESSION_IMPORT_ERRORS: Route1<SuppressionImportId> =
    Route1::new("/app/suppressions/imports/{id}/errors.csv");
/// The list as a file.
pub const SUPPRESSION_EXPORT: Route0 = Route0::new("/app/suppressions/export.csv");

/// `POST` takes a file in.
pub const API_SUPPRESSION_IMPORT: Route0 = Route0::new("/api/v1/suppressions/import");
/// What became of a file.
pub const API_SUPPRESSION_IMPORT_ONE: Route1<SuppressionImportId> =
    Route1::new("/api/v1/suppressions/imports/{id}");
/// Its rows that are not taken, and why.
pub const API_SUPPRESSION_IMPORT_ERRORS: Route1<SuppressionImportId> =
    Route1::new("/api/v1/suppressions/imports/{id}/errors.csv");
/// The list as a file.
pub const API_SUPPRESSION_EXPORT: Route0 = Route0::new("/api/v1/suppressions/export.csv");

/// How a file is to be read.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
pub struct SuppressionImportQuery {
    /// Why addresses are suppressed whose row says nothing else; absent is `manual`.
    #[param(inline)]
    pub reason: Option<SuppressionReason>,
    /// Kept with addresses whose row says nothing else; 3 to 500 characters.
    pub note: Option<String>,
    /// What the file is called.
    pub file_name: Option<String>,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionImportState {
    /// It was taken in and waits for somebody to start it.
    Uploaded,
    /// Its rows are taken over.
    Running,
    /// All rows were looked at.
    Done,
    /// It could not be read to its end; what was taken over stays.
    Failed,
}

/// A file of addresses to be suppressed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SuppressionImport {
    /// `spi_…`
    #[schema(value_type = String, example = "spi_01jd7x8n3qf3v8k2m4r6t9w0xz")]
    pub id: SuppressionImportId,
    /// What it is called.
    pub file_name: String,
    /// How far it is.
    pub state: SuppressionImportState,
    /// Its job, once it was started.
    #[schema(value_type = Option<String>)]
    pub job_id: Option<JobId>,
    /// Rows that were looked at.
    pub rows: i64,
    /// Addresses that were not on the list for this reason, and are now.
    pub added: i64,
    /// Addresses that were on it for this reason already.
    pub already: i64,
    /// Rows that are not taken.
    pub rejected: i64,
    /// Where the rows that are not taken can be had, for seven days.
    pub errors_url: Option<String>,
    /// When it was taken in.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}
