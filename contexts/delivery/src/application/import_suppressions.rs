//! Files of addresses that are to be suppressed: taken in, looked at, taken over.
//!
//! A chunk's addresses, their log, the facts for other contexts, the counts and the job's checkpoint are
//! committed together, so that a crash at any instant loses nothing and repeats nothing.

use std::{
    fs::File,
    io::{self, BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use kernel::{OrgId, SuppressionImportId, UserId};
use platform::{Db, DbError, Deps, JobError, NewJob, Objects, RunningJob, jobs::Task, objects::ObjectKey};
use serde::{Deserialize, Serialize};

use super::suppress_addresses::suppress_addresses;
use crate::{
    domain::suppression_file::{Defaults, Entry, FileRow, Place, RowFault, Rows, entry},
    infrastructure::pg::{
        suppression_imports::{self, ImportCounts, ImportState, SuppressionImport},
        suppressions::NewSuppression,
    },
};

/// The job that takes a file over.
pub const IMPORT_SUPPRESSIONS: &str = "delivery.import_suppressions";
/// Rows that are taken over together.
const CHUNK: usize = 5_000;
/// Rejected rows that are shown before a file is taken over.
pub const SHOWN_REJECTS: usize = 20;

/// What the use cases of files work with.
#[derive(Clone, Debug)]
pub struct ImportDeps {
    /// The database.
    pub db: Db,
    /// Where files are kept.
    pub objects: Objects,
}

impl ImportDeps {
    /// From what the program gives every context.
    #[must_use]
    pub fn new(deps: &Deps) -> Self {
        Self {
            db: deps.db.clone(),
            objects: deps.objects.clone(),
        }
    }
}

/// What the job is about.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct ImportJob {
    import: SuppressionImportId,
}

/// What a file would come to.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// Rows that say something.
    pub rows: i64,
    /// Those that would not be taken.
    pub rejected: i64,
    /// The first of them.
    pub rejects: Vec<(FileRow, RowFault)>,
}

/// Looks at all rows of a file without taking any over. `None` when the file is gone.
pub async fn preview(deps: &ImportDeps, import: &SuppressionImport) -> io::Result<Option<Preview>> {
    let Some(key) = import.file else {
        return Ok(None);
    };
    let (path, import) = (deps.objects.path(key), import.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let mut found = Preview::default();
        each_row(&path, &import, Place::default(), |row, read, _| {
            found.rows += 1;
            if let Err(fault) = read {
                found.rejected += 1;
                if found.rejects.len() < SHOWN_REJECTS {
                    found.rejects.push((row, fault));
                }
            }
            true
        })?;
        Ok(Some(found))
    });
    looking.await.map_err(io::Error::other)?
}

/// Calls `take` with each row that says something, what was made of it and the place behind it, until
/// it has enough. Returns whether the file has ended.
pub fn each_row(
    path: &Path,
    import: &SuppressionImport,
    from: Place,
    mut take: impl FnMut(FileRow, Result<Entry, RowFault>, Place) -> bool,
) -> io::Result<bool> {
    let defaults = Defaults {
        reason: import.reason,
        note: import.note.clone(),
    };
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from.offset))?;
    let mut rows = Rows::new(BufReader::with_capacity(256 * 1024, file), &import.shape, from);
    if from == Place::default() && import.shape.has_header {
        rows.next_row()?;
    }
    while let Some(row) = rows.next_row()? {
        if let Some(read) = entry(&import.shape, &defaults, &row)
            && !take(row, read, rows.place())
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Why a file is not started.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// It does not exist, or not in this organisation.
    #[error("there is no such file")]
    NotFound,
    /// It was started before, or is gone.
    #[error("the file was started before, or is gone")]
    WrongState,
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Starts to take a file over. `user` is who asked for it, with their name.
pub async fn start_import(
    deps: &ImportDeps,
    org: OrgId,
    id: SuppressionImportId,
    user: Option<(UserId, String)>,
    link: String,
    errors_url: String,
) -> Result<SuppressionImport, NotStarted> {
    let mut tx = deps.db.tenant(org).await?;
    let mut import = suppression_imports::find(&mut tx, org, id)
        .await?
        .ok_or(NotStarted::NotFound)?;
    let job = NewJob::new(IMPORT_SUPPRESSIONS, org, &ImportJob { import: id })
        .map_err(DbError::from)?
        .shown_as(Task {
            label: import.file_name.clone(),
            link,
            errors_url: Some(errors_url),
            started_by: user,
        });
    let job = tx.enqueue(job).await?;
    if !suppression_imports::start(&mut tx, org, id, job).await? {
        return Err(NotStarted::WrongState);
    }
    tx.commit().await?;
    import.job = Some(job);
    import.state = ImportState::Running;
    Ok(import)
}

/// Takes a file over, from wherever an earlier try got to.
pub async fn run_import(deps: &ImportDeps, job: &mut RunningJob) -> Result<(), JobError> {
    let ImportJob { import: id } = job.payload()?;
    let org = job.org;
    let mut tx = deps.db.system().await?;
    let import = suppression_imports::find(&mut tx, org, id).await?;
    tx.commit().await?;
    let Some((import, key)) = import
        .filter(|import| import.state == ImportState::Running)
        .and_then(|import| import.file.map(|key| (import, key)))
    else {
        return Ok(());
    };
    let path = deps.objects.path(key);
    let mut from: Progress = job.checkpoint()?.unwrap_or_default();
    loop {
        let chunk = read_chunk(path.clone(), import.clone(), from.place).await;
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                let mut tx = deps.db.system().await?;
                suppression_imports::finish(&mut tx, org, id, ImportState::Failed).await?;
                tx.commit().await?;
                return Err(JobError::fail(error));
            }
        };
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = deps.db.system().await?;
        let added = suppress_addresses(&mut tx, org, &chunk.entries).await?.len();
        let counts = chunk.counts(added);
        suppression_imports::progress(&mut tx, org, id, chunk.next.offset, counts).await?;
        from = Progress {
            place: chunk.next,
            rows: from.rows + counts.rows,
        };
        if chunk.last {
            suppression_imports::finish(&mut tx, org, id, ImportState::Done).await?;
        }
        job.save(&mut tx, &from, from.rows, None).await?;
        tx.commit().await?;
        if chunk.last {
            return Ok(());
        }
    }
}

/// How far a file was taken over.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Progress {
    place: Place,
    rows: i64,
}

struct Chunk {
    entries: Vec<NewSuppression>,
    rejected: i64,
    next: Place,
    last: bool,
}

impl Chunk {
    fn counts(&self, added: usize) -> ImportCounts {
        let (taken, added) = (self.entries.len() as i64, added as i64);
        ImportCounts {
            rows: taken + self.rejected,
            added,
            already: taken - added,
            rejected: self.rejected,
        }
    }
}

async fn read_chunk(path: PathBuf, import: SuppressionImport, from: Place) -> io::Result<Chunk> {
    let reading = tokio::task::spawn_blocking(move || {
        let mut chunk = Chunk {
            entries: Vec::new(),
            rejected: 0,
            next: from,
            last: false,
        };
        chunk.last = each_row(&path, &import, from, |_, read, behind| {
            match read {
                Ok(entry) => chunk.entries.push(NewSuppression {
                    address: entry.address,
                    reason: entry.reason,
                    note: entry.note,
                    message: None,
                    user: import.created_by,
                }),
                Err(_) => chunk.rejected += 1,
            }
            chunk.next = behind;
            chunk.entries.len() + usize::try_from(chunk.rejected).unwrap_or(usize::MAX) < CHUNK
        })?;
        Ok(chunk)
    });
    reading.await.map_err(io::Error::other)?
}

/// One file, or the newest ones.
pub async fn find_import(
    db: &Db,
    org: OrgId,
    id: SuppressionImportId,
) -> Result<Option<SuppressionImport>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = suppression_imports::find(&mut tx, org, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// The newest files.
pub async fn newest_imports(db: &Db, org: OrgId, limit: i64) -> Result<Vec<SuppressionImport>, DbError> {
    let mut tx = db.tenant(org).await?;
    let found = suppression_imports::newest(&mut tx, org, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// Changes how a file is read. Returns whether it has not been started.
pub async fn change_import(db: &Db, import: &SuppressionImport) -> Result<bool, DbError> {
    let mut tx = db.tenant(import.org).await?;
    let changed = suppression_imports::save(&mut tx, import).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Deletes files whose time is over, and ends imports whose job ended without them.
pub async fn keep_files(deps: &ImportDeps) -> anyhow::Result<()> {
    let mut tx = deps.db.system().await?;
    suppression_imports::end_stranded(&mut tx).await?;
    let expired: Vec<(OrgId, SuppressionImportId, ObjectKey)> = suppression_imports::expired(&mut tx).await?;
    tx.commit().await?;
    for (org, id, key) in expired {
        deps.objects.delete(key).await?;
        let mut tx = deps.db.system().await?;
        suppression_imports::forget_file(&mut tx, org, id).await?;
        tx.commit().await?;
    }
    Ok(())
}
