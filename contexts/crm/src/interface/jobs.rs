//! Background work: imports, and what fields leave to be done.

use std::time::Duration;

use async_trait::async_trait;
use kernel::OrgId;
use platform::{DbError, Deps, JobError, JobHandler, RunningJob, Tick};
use uuid::Uuid;

use crate::{
    Crm,
    application::{
        check_import::check_import,
        define_field::{INDEX_FIELD, IndexField},
        delete_field::{FORGET_FIELD, ForgetField},
        expire_imports::{end_stranded_imports, expire_imports},
        find_duplicates::{FIND_DUPLICATES, find_duplicates},
        run_import::{fail_import, run_import},
        start_import::{CHECK_IMPORT, IMPORT_CONTACTS, ImportJob},
    },
    domain::{field::CONTACTS, merge::REVERSIBLE},
    infrastructure::pg::{
        CrmTx,
        events::keep_partitions,
        field_index::{IndexedTable, sync_field_index},
        merges::forget_merges,
    },
};

/// Imports a file.
pub struct ImportContacts(pub Crm);

#[async_trait]
impl JobHandler for ImportContacts {
    fn kind(&self) -> &'static str {
        IMPORT_CONTACTS
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let members = self
            .0
            .organizations
            .members(job.org)
            .await
            .map_err(JobError::retry)?;
        let result = run_import(&self.0.deps, job, &members).await;
        end_failed(&self.0.deps, job, result).await
    }
}

/// Looks at all rows of a file.
pub struct CheckImport(pub Crm);

#[async_trait]
impl JobHandler for CheckImport {
    fn kind(&self) -> &'static str {
        CHECK_IMPORT
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let members = self
            .0
            .organizations
            .members(job.org)
            .await
            .map_err(JobError::retry)?;
        let result = check_import(&self.0.deps, job, &members).await;
        end_failed(&self.0.deps, job, result).await
    }
}

/// An import whose job failed for good says so at once.
async fn end_failed(deps: &Deps, job: &RunningJob, result: Result<(), JobError>) -> Result<(), JobError> {
    if let Err(JobError::Fail(_)) = &result {
        let ImportJob { import } = job.payload()?;
        fail_import(deps, job.org, import).await?;
    }
    result
}

/// Makes and drops indexes of filterable fields.
pub struct IndexFields(pub Deps);

#[async_trait]
impl JobHandler for IndexFields {
    fn kind(&self) -> &'static str {
        INDEX_FIELD
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let IndexField { object, key } = job.payload()?;
        keep_unique_values(&self.0, job.org, &object, &key).await?;
        let table = if object == CONTACTS {
            IndexedTable::Contacts
        } else {
            IndexedTable::Records
        };
        Ok(sync_field_index(&self.0.db, table, &key).await?)
    }
}

/// Looks for contacts that may be one person.
pub struct FindDuplicates(pub Deps);

#[async_trait]
impl JobHandler for FindDuplicates {
    fn kind(&self) -> &'static str {
        FIND_DUPLICATES
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        find_duplicates(&self.0, job).await
    }
}

/// Forgets what is kept of merges that can no longer be undone.
pub struct ForgetMerges(pub Deps);

#[async_trait]
impl Tick for ForgetMerges {
    fn name(&self) -> &'static str {
        "crm.forget_merges"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        const AT_ONCE: i64 = 500;
        let mut tx = self.0.db.system().await?;
        forget_merges(&mut tx, self.0.clock.now() - REVERSIBLE, AT_ONCE).await?;
        Ok(tx.commit().await?)
    }
}

/// Takes down whose the values of a field are that has become unique, or forgets it.
async fn keep_unique_values(deps: &Deps, org: OrgId, object: &str, key: &str) -> Result<(), DbError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let fields = tx.fields_of(&[object]).await?;
    let Some(field) = fields.into_iter().find(|field| field.key == key) else {
        return Ok(());
    };
    if field.flags.unique_identifier {
        tx.index_unique_values(&field).await?;
    } else {
        tx.forget_unique_values(field.id).await?;
    }
    tx.commit().await
}

/// Takes the values of deleted fields from contacts and records.
pub struct ForgetFields(pub Deps);

/// How many contacts are looked at in one transaction.
const PAGE: i64 = 5_000;

#[async_trait]
impl JobHandler for ForgetFields {
    fn kind(&self) -> &'static str {
        FORGET_FIELD
    }
    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let ForgetField { field, object, key } = job.payload()?;
        let mut after: Option<Uuid> = job.checkpoint()?;
        let mut done = 0;
        loop {
            if job.should_stop() {
                return Err(JobError::Cancelled);
            }
            let mut tx = CrmTx::system(&self.0.db, job.org).await?;
            after = if object == CONTACTS {
                tx.forget_values(&key, after, PAGE).await?
            } else {
                tx.forget_record_values(&object, &key, after, PAGE).await?
            };
            if after.is_none() {
                tx.finish_deleting_field(field).await?;
                return Ok(tx.commit().await?);
            }
            done += PAGE;
            job.save(tx.platform(), &after, done, None).await?;
            tx.commit().await?;
        }
    }
}

/// Makes the partitions of the timeline, and drops those whose time is over.
pub struct KeepPartitions(pub Deps);

#[async_trait]
impl Tick for KeepPartitions {
    fn name(&self) -> &'static str {
        "crm.keep_partitions"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(12 * 60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(keep_partitions(&self.0.db, self.0.config.events.keep_months).await?)
    }
}

/// Ends imports that no job works on any more.
pub struct EndStrandedImports(pub Deps);

#[async_trait]
impl Tick for EndStrandedImports {
    fn name(&self) -> &'static str {
        "crm.end_stranded_imports"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(30)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(end_stranded_imports(&self.0).await?)
    }
}

/// Deletes the files of imports whose time is over.
pub struct ExpireImports(pub Deps);

#[async_trait]
impl Tick for ExpireImports {
    fn name(&self) -> &'static str {
        "crm.expire_imports"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        Ok(expire_imports(&self.0).await?)
    }
}
