//! The dry run: every row is read, checked and planned as the import would, and nothing is written.

use contracts::identity::Member;
use platform::{Deps, JobError, RunningJob};

use super::{
    import_subscriptions::{Sayer, plan_subscriptions},
    run_import::{all_rejects, open, unreadable},
    start_import::ImportJob,
    upsert_contacts::plan_rows,
};
use crate::{
    domain::import::{
        chunk::{Checkpoint, Chunk},
        dry_run::{DryRun, Seen},
        mapping::Existing,
        plan::Rules,
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
    let (mut found, mut seen) = (DryRun::default(), Seen::new(file.mapping.identity.clone()));
    let mut chunks = file.read(deps, Checkpoint::start(&file.dialect));
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.map_err(unreadable)?;
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let (last, end) = (chunk.last, chunk.end);
        look_at(
            &mut tx,
            chunk,
            &file.rules(deps.clock.now()),
            &file.sayer,
            file.mapping.existing,
            &mut found,
            &mut seen,
        )
        .await?;
        if !tx.note_checked(id, end).await? {
            return Err(JobError::Cancelled);
        }
        tx.commit().await?;
        if last {
            return finish(deps, job, id, found).await;
        }
    }
    Err(JobError::retry(anyhow::anyhow!("reading the file broke off")))
}

async fn look_at(
    tx: &mut CrmTx,
    mut chunk: Chunk,
    rules: &Rules,
    sayer: &Sayer,
    existing: Existing,
    found: &mut DryRun,
    seen: &mut Seen,
) -> Result<(), JobError> {
    let repeated = chunk.split_off(|row| seen.has(row));
    for _ in &repeated {
        found.add_repeated(existing);
    }
    let mut plan = plan_rows(tx, &chunk.rows, rules).await?;
    let rejects = all_rejects(&chunk, &plan);
    let subscriptions = plan_subscriptions(tx, &chunk.rows, &plan, sayer, rules.now).await?;
    found.subscribed += subscriptions.made();
    found.skipped += i64::try_from(subscriptions.skips(&chunk.rows).len()).unwrap_or_default();
    subscriptions.count_into(&mut plan);
    plan.counts.rejected = i64::try_from(rejects.len()).unwrap_or(i64::MAX);
    found.add(&plan, &rejects, &chunk.learned);
    // Only those who would be new: the others are compared with what is stored.
    seen.remember(plan.created_rows(&chunk.rows));
    Ok(())
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
