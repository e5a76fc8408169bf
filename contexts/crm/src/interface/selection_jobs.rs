//! Background work on many contacts: exports, changes, taking back.

use std::time::Duration;

use async_trait::async_trait;
use platform::{JobError, JobHandler, RunningJob, Tick};

use crate::{
    Crm,
    application::{
        refresh_segments::moment_of,
        run_bulk_action::{end_stranded_bulk_actions, run_bulk_action, run_undo},
        run_export::{expire_exports, run_export},
        start_bulk_action::{RUN_BULK_ACTION, UNDO_BULK_ACTION},
        start_export::EXPORT_CONTACTS,
        undo_import::{UNDO_IMPORT, run_undo_import},
    },
};

/// Writes files of contacts.
pub struct ExportContacts(pub Crm);

#[async_trait]
impl JobHandler for ExportContacts {
    fn kind(&self) -> &'static str {
        EXPORT_CONTACTS
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let crm = &self.0;
        let at = moment_of(&*crm.organizations, job.org, crm.deps.clock.now())
            .await
            .map_err(JobError::retry)?;
        run_export(&crm.deps, job, at.zone).await
    }
    fn concurrency(&self) -> usize {
        2
    }
}

/// Deletes files of contacts whose time is over.
pub struct ExpireExports(pub Crm);

#[async_trait]
impl Tick for ExpireExports {
    fn name(&self) -> &'static str {
        "crm.expire_exports"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(expire_exports(&self.0.deps).await?)
    }
}

/// Does something to many contacts.
pub struct RunBulkAction(pub Crm);

#[async_trait]
impl JobHandler for RunBulkAction {
    fn kind(&self) -> &'static str {
        RUN_BULK_ACTION
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let crm = &self.0;
        let at = moment_of(&*crm.organizations, job.org, crm.deps.clock.now())
            .await
            .map_err(JobError::retry)?;
        run_bulk_action(&crm.deps, job, at.zone).await
    }
    fn concurrency(&self) -> usize {
        2
    }
}

/// Takes back what was done to many contacts.
pub struct UndoBulkAction(pub Crm);

#[async_trait]
impl JobHandler for UndoBulkAction {
    fn kind(&self) -> &'static str {
        UNDO_BULK_ACTION
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        run_undo(&self.0.deps, job).await
    }
}

/// Takes an import back.
pub struct UndoImport(pub Crm);

#[async_trait]
impl JobHandler for UndoImport {
    fn kind(&self) -> &'static str {
        UNDO_IMPORT
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        run_undo_import(&self.0.deps, job).await
    }
}

/// Ends actions that no job works on any more.
pub struct EndStrandedBulkActions(pub Crm);

#[async_trait]
impl Tick for EndStrandedBulkActions {
    fn name(&self) -> &'static str {
        "crm.end_stranded_bulk_actions"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }
    async fn run(&self) -> anyhow::Result<()> {
        end_stranded_bulk_actions(&self.0.deps)
            .await
            .map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}
