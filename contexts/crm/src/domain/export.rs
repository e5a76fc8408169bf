//! Contacts that are taken out as a file.

use kernel::{ExportId, JobId, Timestamp, UserId};

use super::selection::Selection;

/// How the file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    #[default]
    Csv,
    Xlsx,
}

impl ExportFormat {
    pub const ALL: [ExportFormat; 2] = [ExportFormat::Csv, ExportFormat::Xlsx];

    /// The word that is stored, and the end of the file's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExportFormat::Csv => "csv",
            ExportFormat::Xlsx => "xlsx",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == text)
    }

    /// What the file is sent as.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            ExportFormat::Csv => "text/csv; charset=utf-8",
            ExportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The most contacts that the format can hold: a sheet has 1,048,576 rows, one of them the head.
    #[must_use]
    pub const fn most_rows(self) -> Option<i64> {
        match self {
            ExportFormat::Csv => None,
            ExportFormat::Xlsx => Some(1_048_575),
        }
    }
}

/// Where an export stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportState {
    Running,
    Finished,
    Cancelled,
    Failed,
    /// Its file is gone.
    Expired,
}

impl ExportState {
    pub const ALL: [ExportState; 5] = [
        ExportState::Running,
        ExportState::Finished,
        ExportState::Cancelled,
        ExportState::Failed,
        ExportState::Expired,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExportState::Running => "running",
            ExportState::Finished => "finished",
            ExportState::Cancelled => "cancelled",
            ExportState::Failed => "failed",
            ExportState::Expired => "expired",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// How many days a file is kept: personal data is not left lying about.
pub const DAYS_KEPT: i64 = 7;

/// A file of contacts.
#[derive(Clone, Debug)]
pub struct Export {
    pub id: ExportId,
    pub format: ExportFormat,
    pub selection: Selection,
    /// The selection in words.
    pub sentence: String,
    /// Words of [`super::contact_column::ContactColumn`].
    pub columns: Vec<String>,
    pub state: ExportState,
    pub job: Option<JobId>,
    pub rows: i64,
    pub size_bytes: i64,
    /// `None` for a program.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl Export {
    /// When its file goes.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        let finished = self.finished_at.filter(|_| self.state == ExportState::Finished)?;
        finished
            .checked_add(jiff::SignedDuration::from_hours(24 * DAYS_KEPT))
            .ok()
    }

    /// What browsers call the file.
    #[must_use]
    pub fn file_name(&self) -> String {
        let day = self.created_at.strftime("%Y-%m-%d");
        format!("contacts-{day}.{}", self.format.as_str())
    }
}
