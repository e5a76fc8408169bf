//! Importing a file, chunk by chunk, from wherever an earlier try got to.
//!
//! A chunk's contacts, tags, rejected rows, counts, facts for the other contexts and the job's
//! checkpoint are committed together. So a crash at any instant loses nothing and repeats nothing:
//! the next worker goes on behind the last committed row. The next chunk is read and checked in a
//! thread of its own while one is written.

use std::io;

use contracts::{crm::CrmEvent, identity::Member};
use kernel::{ContactId, ImportId, OrgId, Timestamp, UserId};
use platform::{DbError, Deps, JobError, RunningJob, jobs, objects::ObjectKey};
use tokio::sync::mpsc;

use super::{
    define_field::new_field,
    import_companies::write_companies,
    import_directory::import_directory,
    import_subscriptions::{Sayer, plan_subscriptions, write_subscriptions},
    start_import::{IMPORT_CONTACTS, ImportJob},
    upsert_contacts::plan_rows,
};
use crate::{
    domain::{
        change::{Actor, By, Cause},
        contact::{Changed, Source},
        field::{Field, FieldDefinition},
        import::{
            chunk::{Checkpoint, Chunk, Chunks},
            dialect::Dialect,
            directory::Directory,
            mapping::{Existing, Mapping, NewField, Target},
            plan::{Plan, RowOutcome, Rules},
            reject::Reject,
            row::RowReader,
            state::ImportState,
        },
    },
    infrastructure::{
        import_file,
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// How often a chunk is planned anew because somebody wrote the same contacts at the same time.
const TRIES: usize = 5;

/// After so many chunks other imports that wait have their turn.
const TURN: usize = 10;

/// `members` are those of the organisation, who may be named as owners.
pub async fn run_import(deps: &Deps, job: &mut RunningJob, members: &[Member]) -> Result<(), JobError> {
    let ImportJob { import: id } = job.payload()?;
    let Some(file) = open(deps, job.org, id, ImportState::Importing, members).await? else {
        return Ok(());
    };
    let from = job.checkpoint()?.unwrap_or(Checkpoint::start(&file.dialect));
    let mut chunks = file.read(deps, from);
    let mut written = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(unreadable)?;
        if job.should_stop() || !write(deps, job, &file, &chunk).await? {
            return Err(JobError::Cancelled);
        }
        if chunk.last {
            return finish(deps, job.org, id).await;
        }
        written += 1;
        // Whoever has a small file does not wait for the end of a large one.
        if written % TURN == 0 && jobs::others_wait(&deps.db, IMPORT_CONTACTS).await? {
            return Err(JobError::Yield);
        }
    }
    Err(JobError::retry(anyhow::anyhow!("reading the file broke off")))
}

/// Everything that is needed to read the file of an import.
pub(super) struct ImportFile {
    pub id: ImportId,
    pub mapping: Mapping,
    pub dialect: Dialect,
    started_by: Option<UserId>,
    columns: Vec<String>,
    fields: Vec<Field>,
    directory: Directory,
    pub(super) sayer: Sayer,
    key: ObjectKey,
}

/// Opens an import that is in the state that the job expects; else it was cancelled meanwhile.
pub(super) async fn open(
    deps: &Deps,
    org: OrgId,
    id: ImportId,
    state: ImportState,
    members: &[Member],
) -> Result<Option<ImportFile>, JobError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let Some(import) = tx.import(id).await?.filter(|import| import.state == state) else {
        return Ok(None);
    };
    let key = tx.import_file(id).await?;
    match (import.mapping, import.dialect, key) {
        (Some(mapping), Some(dialect), Some(key)) => {
            let fields = tx.fields().await?;
            let sayer = Sayer {
                import: id,
                started_by: import.created_by,
                topics: tx.topics().await?,
                claim: mapping.claim.clone().unwrap_or_default(),
            };
            Ok(Some(ImportFile {
                id,
                sayer,
                mapping,
                dialect,
                started_by: import.created_by,
                columns: import.columns,
                fields,
                directory: import_directory(&mut tx, members).await?,
                key,
            }))
        }
        _ => Err(JobError::fail(anyhow::anyhow!(
            "the import has no file or no mapping"
        ))),
    }
}

impl ImportFile {
    /// Reads rows from a checkpoint on.
    pub fn read(&self, deps: &Deps, from: Checkpoint) -> mpsc::Receiver<io::Result<Chunk>> {
        let encoding = self.dialect.encoding;
        // A dry run reads by fields that do not exist yet.
        let mut fields = self.fields.clone();
        fields.extend(
            self.mapping
                .new_fields()
                .cloned()
                .map(|new| imagined(new, Timestamp::UNIX_EPOCH)),
        );
        let mapping = self.mapping.clone().settled();
        let reader = RowReader::new(&mapping, &self.columns, &fields, encoding, from.rows)
            .with_directory(self.directory.clone());
        import_file::read_chunks(
            &deps.objects,
            self.key,
            Chunks::new(&self.dialect, from, reader),
            from,
        )
    }

    pub fn rules(&self, now: Timestamp) -> Rules {
        Rules {
            identity: self.mapping.identity.clone(),
            // Each column knows by itself what it may do.
            existing: Existing::Overwrite,
            source: Source::Import,
            import: Some(self.id),
            by: By {
                actor: self.started_by.map_or(Actor::System, Actor::User),
                cause: Cause::Import(self.id),
            },
            now,
        }
    }
}

/// A file that is gone does not come back; anything else may.
pub(super) fn unreadable(error: io::Error) -> JobError {
    match error.kind() {
        io::ErrorKind::NotFound => JobError::fail(error),
        _ => JobError::retry(error),
    }
}

/// The rows that could not be read and those that could not be applied, in the order of the file.
pub(super) fn all_rejects(chunk: &Chunk, plan: &Plan) -> Vec<Reject> {
    let refused = plan
        .outcomes
        .iter()
        .enumerate()
        .filter_map(|(n, outcome)| match outcome {
            RowOutcome::Refused(reason) => Some(chunk.refuse(n, *reason)),
            _ => None,
        });
    let mut rejects: Vec<Reject> = chunk.rejects.iter().cloned().chain(refused).collect();
    rejects.sort_by_key(|reject| reject.row);
    rejects
}

async fn write(
    deps: &Deps,
    job: &mut RunningJob,
    file: &ImportFile,
    chunk: &Chunk,
) -> Result<bool, JobError> {
    for _ in 0..TRIES {
        match try_write(deps, job, file, chunk).await {
            Err(ChunkError::Save(SaveError::Raced)) => {}
            Err(ChunkError::Save(SaveError::Db(error))) => return Err(error.into()),
            Err(ChunkError::Job(error)) => return Err(error),
            Ok(written) => return Ok(written),
        }
    }
    Err(JobError::retry(anyhow::anyhow!(
        "somebody else keeps changing the same contacts"
    )))
}

enum ChunkError {
    Save(SaveError),
    Job(JobError),
}

impl<E: Into<SaveError>> From<E> for ChunkError {
    fn from(error: E) -> Self {
        ChunkError::Save(error.into())
    }
}

/// Returns false, with nothing written, when the import was cancelled.
async fn try_write(
    deps: &Deps,
    job: &mut RunningJob,
    file: &ImportFile,
    chunk: &Chunk,
) -> Result<bool, ChunkError> {
    let now = deps.clock.now();
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let learned: Vec<Field> = chunk
        .learned
        .iter()
        .cloned()
        .map(|new| imagined(new, now))
        .collect();
    tx.insert_fields(&learned).await?;
    let rules = file.rules(now);
    if file.mapping.columns.contains(&Target::PrimaryCompany) {
        // Two imports that meet the same new company make it once.
        tx.lock_company_names().await?;
    }
    let mut plan = plan_rows(&mut tx, &chunk.rows, &rules).await?;
    write_plan(&mut tx, &plan, &rules).await?;
    // After the people, so that whom the file itself takes off the list of addresses is known.
    let subscriptions = plan_subscriptions(&mut tx, &chunk.rows, &plan, &file.sayer, now).await?;
    write_subscriptions(&mut tx, &chunk.rows, &subscriptions, &file.sayer, now).await?;
    subscriptions.count_into(&mut plan);
    let rejects = all_rejects(chunk, &plan);
    tx.insert_rejects(file.id, &rejects).await?;
    let mut counts = plan.counts;
    counts.rejected = i64::try_from(rejects.len()).unwrap_or(i64::MAX);
    if !tx.count_chunk(file.id, chunk.end, counts, &rejects).await? {
        return Ok(false);
    }
    let done = i64::try_from(chunk.end.rows).unwrap_or(i64::MAX);
    job.save(tx.platform(), &chunk.end, done, None)
        .await
        .map_err(ChunkError::Job)?;
    tx.commit().await?;
    Ok(true)
}

/// Writes what was planned, and tells it.
pub(super) async fn write_plan(tx: &mut CrmTx, plan: &Plan, rules: &Rules) -> Result<(), SaveError> {
    tx.insert_contacts(&plan.created, &rules.by).await?;
    let changes: Vec<_> = plan
        .updated
        .iter()
        .map(|update| (&update.before, &update.after))
        .collect();
    tx.update_contacts(&changes, &rules.by).await?;
    write_companies(tx, plan, &rules.by, rules.now).await?;
    let opted_out: Vec<(&str, &str)> = plan
        .opted_out
        .iter()
        .map(|email| (email.as_str(), "unsubscribed"))
        .collect();
    tx.suppress(&opted_out, rules.now).await?;

    let created: Vec<ContactId> = plan.created.iter().map(|contact| contact.id).collect();
    let updated: Vec<ContactId> = plan.updated.iter().map(|update| update.after.id).collect();
    let changed: Changed = plan
        .updated
        .iter()
        .flat_map(|update| update.changed.iter().cloned())
        .collect();
    let mut events = publish::created(&created, rules.source);
    events.extend(publish::updated(&updated, &changed));
    events.extend(publish::opted_out(&plan.opted_out));
    tx.record(&events).await?;
    Ok(())
}

async fn finish(deps: &Deps, org: OrgId, id: ImportId) -> Result<(), JobError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let Some(mut import) = tx
        .lock_import(id)
        .await?
        .filter(|i| i.state == ImportState::Importing)
    else {
        return Ok(());
    };
    import.state = ImportState::Finished;
    import.finished_at = Some(deps.clock.now());
    tx.save_import(&import).await?;
    tx.record(&[CrmEvent::ImportFinished {
        import: id,
        created: import.counts.created,
        updated: import.counts.updated,
        rejected: import.counts.rejected,
    }])
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Ends an import whose job cannot go on.
pub async fn fail_import(deps: &Deps, org: OrgId, id: ImportId) -> Result<(), DbError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let Some(mut import) = tx.lock_import(id).await? else {
        return Ok(());
    };
    import.state = match import.state {
        ImportState::Checking => ImportState::Mapping,
        ImportState::Importing => ImportState::Failed,
        // It can be taken back again: what was taken back is not taken back twice.
        ImportState::Undoing => ImportState::Finished,
        _ => return Ok(()),
    };
    if import.state == ImportState::Failed {
        import.finished_at = Some(deps.clock.now());
    }
    import.problem = Some("job_failed".to_owned());
    tx.save_import(&import).await?;
    tx.commit().await
}

fn imagined(new: NewField, now: Timestamp) -> Field {
    let definition = FieldDefinition {
        key: new.key,
        label: new.label,
        kind: new.kind,
        ..FieldDefinition::default()
    };
    new_field(definition, now)
}
