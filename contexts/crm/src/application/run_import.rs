//! Importing a file, chunk by chunk, from wherever an earlier try got to.
//!
//! A chunk's contacts or records, tags, rejected rows, counts, facts for the other contexts and the job's
//! checkpoint are committed together. So a crash at any instant loses nothing and repeats nothing:
//! the next worker goes on behind the last committed row. The next chunk is read and checked in a
//! thread of its own while one is written.

use std::io;

use contracts::{crm::CrmEvent, identity::Member};
use kernel::{ImportId, OrgId, Timestamp, UserId};
use platform::{DbError, Deps, JobError, RunningJob, jobs, objects::ObjectKey};
use tokio::sync::mpsc;

use super::{
    define_field::new_field,
    import_contacts::ContactRows,
    import_directory::import_directory,
    import_records::RecordRows,
    import_subscriptions::Sayer,
    start_import::{IMPORT_CONTACTS, ImportJob},
};
use crate::{
    domain::{
        change::{Actor, By, Cause},
        field::{CONTACTS, Field, FieldDefinition},
        import::{
            chunk::{Checkpoint, Chunk, Chunks},
            dialect::Dialect,
            directory::Directory,
            dry_run::{DryRun, Seen},
            mapping::{Mapping, NewField, Target},
            plan::Counts,
            reader::{FileRow, ReadRows},
            record_row::{RecordReader, RecordRow},
            reject::Reject,
            row::{Row, RowReader},
            state::ImportState,
        },
        object::Object,
    },
    infrastructure::{
        import_file,
        pg::{CrmTx, contacts::SaveError},
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
    match &file.of {
        Of::Contacts(sayer) => {
            let chunks = file.read_contacts(deps, from);
            let rows = ContactRows { file: &file, sayer };
            import_chunks(deps, job, &file, rows, chunks).await
        }
        Of::Records(object) => {
            let chunks = file.read_records(deps, object, from);
            let rows = RecordRows::new(&file, object);
            import_chunks(deps, job, &file, rows, chunks).await
        }
    }
}

/// Writes chunk by chunk what is read.
async fn import_chunks<F: FileRows>(
    deps: &Deps,
    job: &mut RunningJob,
    file: &ImportFile,
    rows: F,
    mut chunks: ChunkReceiver<F::Row>,
) -> Result<(), JobError> {
    let mut written = 0;
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(unreadable)?;
        if job.should_stop() || !write(deps, job, file, &rows, &chunk).await? {
            return Err(JobError::Cancelled);
        }
        if chunk.last {
            return finish(deps, job.org, file.id).await;
        }
        written += 1;
        // Whoever has a small file does not wait for the end of a large one.
        if written % TURN == 0 && jobs::others_wait(&deps.db, IMPORT_CONTACTS).await? {
            return Err(JobError::Yield);
        }
    }
    Err(JobError::retry(anyhow::anyhow!("reading the file broke off")))
}

/// What the rows of a file become: contacts, or records of an object.
pub(super) trait FileRows: Send + Sync {
    type Row: FileRow + Send + Sync + 'static;

    /// Plans and writes a chunk. Returns what became of its rows.
    fn write(
        &self,
        tx: &mut CrmTx,
        chunk: &Chunk<Self::Row>,
        now: Timestamp,
    ) -> impl Future<Output = Result<(Counts, Vec<Reject>), ChunkError>> + Send;

    /// Plans a chunk, notes what was found, and writes nothing.
    fn look(
        &self,
        tx: &mut CrmTx,
        chunk: Chunk<Self::Row>,
        now: Timestamp,
        found: &mut DryRun,
        seen: &mut Seen,
    ) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// Chunks as they are read, ahead of whoever takes them.
pub(super) type ChunkReceiver<R> = mpsc::Receiver<io::Result<Chunk<R>>>;

/// Everything that is needed to read the file of an import.
pub(super) struct ImportFile {
    pub id: ImportId,
    pub mapping: Mapping,
    pub dialect: Dialect,
    pub of: Of,
    started_by: Option<UserId>,
    columns: Vec<String>,
    fields: Vec<Field>,
    directory: Directory,
    key: ObjectKey,
}

/// What a file is of.
pub(super) enum Of {
    Contacts(Sayer),
    Records(Object),
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
    let (Some(mapping), Some(dialect), Some(key)) = (import.mapping, import.dialect, key) else {
        return Err(JobError::fail(anyhow::anyhow!(
            "the import has no file or no mapping"
        )));
    };
    let of = if import.object == CONTACTS {
        Of::Contacts(Sayer {
            import: id,
            started_by: import.created_by,
            topics: tx.topics().await?,
            claim: mapping.claim.clone().unwrap_or_default(),
        })
    } else {
        let object = tx.object_by_key(&import.object).await?;
        Of::Records(object.ok_or_else(|| JobError::fail(anyhow::anyhow!("the object is gone")))?)
    };
    Ok(Some(ImportFile {
        id,
        mapping,
        dialect,
        of,
        started_by: import.created_by,
        columns: import.columns,
        fields: tx.fields_of(&[&import.object]).await?,
        directory: import_directory(&mut tx, members).await?,
        key,
    }))
}

impl ImportFile {
    /// Reads contacts from a checkpoint on.
    pub fn read_contacts(&self, deps: &Deps, from: Checkpoint) -> ChunkReceiver<Row> {
        let fields = self.fields_to_be(CONTACTS);
        let mapping = self.mapping.clone().settled();
        let reader = RowReader::new(&mapping, &self.columns, &fields, self.dialect.encoding, from.rows)
            .with_directory(self.directory.clone());
        self.read(deps, from, reader)
    }

    /// Reads records of an object from a checkpoint on.
    pub fn read_records(&self, deps: &Deps, object: &Object, from: Checkpoint) -> ChunkReceiver<RecordRow> {
        let fields = self.fields_to_be(&object.key);
        let mapping = self.mapping.clone().settled();
        let directory = self.directory.clone();
        let encoding = self.dialect.encoding;
        let reader = RecordReader::new(&mapping, &self.columns, &fields, encoding, from.rows, directory);
        self.read(deps, from, reader)
    }

    fn read<P>(&self, deps: &Deps, from: Checkpoint, reader: P) -> ChunkReceiver<P::Row>
    where
        P: ReadRows<Row: Send + 'static> + Send + 'static,
    {
        let chunks = Chunks::new(&self.dialect, from, reader);
        import_file::read_chunks(&deps.objects, self.key, chunks, from)
    }

    /// With those that do not exist yet: a dry run reads by them.
    pub fn fields_to_be(&self, object: &str) -> Vec<Field> {
        let new = self.mapping.new_fields().cloned();
        let new = new.map(|new| imagined(new, object, Timestamp::UNIX_EPOCH));
        self.fields.iter().cloned().chain(new).collect()
    }

    /// The name of the first column that becomes something.
    pub fn column_of(&self, test: impl Fn(&Target) -> bool) -> Option<&str> {
        let n = self.mapping.columns.iter().position(test)?;
        self.columns.get(n).map(String::as_str)
    }

    /// Who changes what exists, and by what.
    pub fn by(&self) -> By {
        By {
            actor: self.started_by.map_or(Actor::System, Actor::User),
            cause: Cause::Import(self.id),
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

async fn write<F: FileRows>(
    deps: &Deps,
    job: &mut RunningJob,
    file: &ImportFile,
    rows: &F,
    chunk: &Chunk<F::Row>,
) -> Result<bool, JobError> {
    for _ in 0..TRIES {
        match try_write(deps, job, file, rows, chunk).await {
            Err(ChunkError::Save(SaveError::Raced)) => {}
            Err(ChunkError::Save(SaveError::Db(error))) => return Err(error.into()),
            Err(ChunkError::Job(error)) => return Err(error),
            Ok(written) => return Ok(written),
        }
    }
    Err(JobError::retry(anyhow::anyhow!(
        "somebody else keeps changing the same contacts or records"
    )))
}

pub(super) enum ChunkError {
    Save(SaveError),
    Job(JobError),
}

impl<E: Into<SaveError>> From<E> for ChunkError {
    fn from(error: E) -> Self {
        ChunkError::Save(error.into())
    }
}

/// Returns false, with nothing written, when the import was cancelled.
async fn try_write<F: FileRows>(
    deps: &Deps,
    job: &mut RunningJob,
    file: &ImportFile,
    rows: &F,
    chunk: &Chunk<F::Row>,
) -> Result<bool, ChunkError> {
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let (mut counts, rejects) = rows.write(&mut tx, chunk, deps.clock.now()).await?;
    tx.insert_rejects(file.id, &rejects).await?;
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

/// A field that does not exist yet.
pub(super) fn imagined(new: NewField, object: &str, now: Timestamp) -> Field {
    let definition = FieldDefinition {
        object: object.to_owned(),
        key: new.key,
        label: new.label,
        kind: new.kind,
        ..FieldDefinition::default()
    };
    new_field(definition, now)
}
