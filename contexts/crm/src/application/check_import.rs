//! The dry run: every row is read, checked and planned as the import would, and nothing is written.

use contracts::identity::Member;
use platform::{Deps, JobError, RunningJob};

use super::{
    import_contacts::ContactRows,
    import_records::RecordRows,
    run_import::{ChunkReceiver, FileRows, ImportFile, Of, open, unreadable},
    start_import::ImportJob,
};
use crate::{
    domain::import::{
        chunk::Checkpoint,
        dry_run::{DryRun, Seen},
        state::ImportState,
    },
    infrastructure::pg::CrmTx,
};

/// Starts anew after a crash: it is quick, and what it remembers is in memory.
pub async fn check_import(deps: &Deps, job: &mut RunningJob, members: &[Member]) -> Result<(), JobError> {
    let ImportJob { import: id } = job.payload()?;
    let Some(file) = open(deps, job.org, id, ImportState::Checking, members).await? else {
        return Ok(());
    };
    let from = Checkpoint::start(&file.dialect);
    match &file.of {
        Of::Contacts(sayer) => {
            let chunks = file.read_contacts(deps, from);
            let rows = ContactRows { file: &file, sayer };
            check_chunks(deps, job, &file, rows, chunks).await
        }
        Of::Records(object) => {
            let chunks = file.read_records(deps, object, from);
            let rows = RecordRows::new(&file, object);
            check_chunks(deps, job, &file, rows, chunks).await
        }
    }
}

async fn check_chunks<F: FileRows>(
    deps: &Deps,
    job: &RunningJob,
    file: &ImportFile,
    rows: F,
    mut chunks: ChunkReceiver<F::Row>,
) -> Result<(), JobError> {
    let (mut found, mut seen) = (DryRun::default(), Seen::new(file.mapping.identity.clone()));
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(unreadable)?;
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let (last, end) = (chunk.last, chunk.end);
        rows.look(&mut tx, chunk, deps.clock.now(), &mut found, &mut seen)
            .await?;
        if !tx.note_checked(file.id, end).await? {
            return Err(JobError::Cancelled);
        }
        tx.commit().await?;
        if last {
            return finish(deps, job, file.id, found).await;
        }
    }
    Err(JobError::retry(anyhow::anyhow!("reading the file broke off")))
}

async fn finish(deps: &Deps, job: &RunningJob, id: kernel::ImportId, found: DryRun) -> Result<(), JobError> {
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let Some(mut import) = tx
        .lock_import(id)
        .await?
        .filter(|i| i.state == ImportState::Checking)
    else {
        return Ok(());
    };
    import.state = ImportState::Checked;
    import.dry_run = Some(found);
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok(())
}
