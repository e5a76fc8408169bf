//! An import from the upload to the report.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> uploading
//!     uploading --> mapping: the file is here and is text
//!     mapping --> checking: dry run
//!     checking --> checked: all rows were looked at
//!     checking --> mapping: cancelled, or failed
//!     checked --> mapping: another mapping
//!     mapping --> importing: start
//!     checked --> importing: start
//!     importing --> finished
//!     importing --> cancelled: what was imported stays
//!     importing --> failed
//!     finished --> undoing: within a week
//!     cancelled --> undoing
//!     failed --> undoing
//!     undoing --> undone
//! ```

use std::collections::BTreeMap;

use kernel::{ImportId, JobId, Timestamp, UserId};

use super::{dialect::Dialect, dry_run::DryRun, mapping::Mapping, plan::Counts};
use crate::domain::undo::undo_until;

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    Uploading,
    Mapping,
    Checking,
    Checked,
    Importing,
    Finished,
    Cancelled,
    Failed,
    /// It is being taken back.
    Undoing,
    Undone,
}

impl ImportState {
    pub const ALL: [ImportState; 10] = [
        ImportState::Uploading,
        ImportState::Mapping,
        ImportState::Checking,
        ImportState::Checked,
        ImportState::Importing,
        ImportState::Finished,
        ImportState::Cancelled,
        ImportState::Failed,
        ImportState::Undoing,
        ImportState::Undone,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ImportState::Uploading => "uploading",
            ImportState::Mapping => "mapping",
            ImportState::Checking => "checking",
            ImportState::Checked => "checked",
            ImportState::Importing => "importing",
            ImportState::Finished => "finished",
            ImportState::Cancelled => "cancelled",
            ImportState::Failed => "failed",
            ImportState::Undoing => "undoing",
            ImportState::Undone => "undone",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether a job is at it.
    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(
            self,
            ImportState::Checking | ImportState::Importing | ImportState::Undoing
        )
    }

    /// Whether the mapping may be changed, and the import be checked or started.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, ImportState::Mapping | ImportState::Checked)
    }

    /// Whether rows were imported, or would have been.
    #[must_use]
    pub const fn has_report(self) -> bool {
        matches!(
            self,
            ImportState::Finished | ImportState::Cancelled | ImportState::Failed | ImportState::Undone
        )
    }

    /// Where cancelling leads from here, if there is anything to cancel.
    #[must_use]
    pub const fn after_cancelling(self) -> Option<ImportState> {
        match self {
            ImportState::Checking => Some(ImportState::Mapping),
            ImportState::Importing => Some(ImportState::Cancelled),
            _ => None,
        }
    }
}

/// A file of contacts or records and what has become of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    pub id: ImportId,
    /// What the rows become: `contacts`, or the key of an object.
    pub object: String,
    pub file_name: String,
    pub size_bytes: i64,
    pub state: ImportState,
    pub dialect: Option<Dialect>,
    pub columns: Vec<String>,
    pub mapping: Option<Mapping>,
    pub job: Option<JobId>,
    pub dry_run: Option<DryRun>,
    pub bytes_read: i64,
    pub counts: Counts,
    pub reasons: BTreeMap<String, i64>,
    pub problem: Option<String>,
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// The template whose mapping was taken.
    pub template: Option<String>,
    /// Contacts or records that taking it back deleted, and that it gave their values back.
    pub removed: i64,
    pub restored: i64,
    /// Subscriptions that it made, and those that it did not make because somebody had opted out.
    pub subscribed: i64,
    pub skipped: i64,
}

impl Import {
    /// Until when it can be taken back, when there is something to take back.
    #[must_use]
    pub fn undo_until(&self, now: Timestamp) -> Option<Timestamp> {
        let ended = matches!(
            self.state,
            ImportState::Finished | ImportState::Cancelled | ImportState::Failed
        );
        let until = undo_until(self.finished_at?);
        let did_something = self.counts.created + self.counts.updated > 0;
        (ended && did_something && now < until).then_some(until)
    }
}

#[cfg(test)]
mod tests {
    use super::ImportState;

    #[test]
    fn only_what_runs_can_be_cancelled() {
        for state in ImportState::ALL {
            // Half taken back is worse than either.
            let runs = state.is_running() && state != ImportState::Undoing;
            assert_eq!(state.after_cancelling().is_some(), runs, "{state:?}");
            assert_eq!(ImportState::parse(state.as_str()), Some(state));
        }
    }
}
