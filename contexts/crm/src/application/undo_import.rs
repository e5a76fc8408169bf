//! Taking an import back: contacts that it created and nobody has touched since go, and what it
//! overwrote of others is given back as far as it still stands. Records are taken back by
//! [`super::undo_record_import`].
//!
//! The subscriptions that it made are withdrawn. It goes through all of it a page at a time; what a page did and the job's checkpoint are committed
//! together. A wish not to be written to that came with the file stays: it was somebody's wish.

use contracts::crm::IMPORT;
use kernel::{ContactId, ImportId, JobId, OrgId, Timestamp, UserId};
use platform::{DbError, Deps, JobError, NewJob, RunningJob, jobs::Task};
use serde::{Deserialize, Serialize};

use super::{
    import_subscriptions::withdraw_subscriptions, map_import::ImportError, start_import::ImportJob,
    undo_changes::undo_changes, undo_record_import::undo_records,
};
use crate::{
    domain::{
        change::Actor,
        field::CONTACTS,
        import::state::{Import, ImportState},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// The job.
pub const UNDO_IMPORT: &str = "crm.undo_import";
/// Contacts or records that are looked at in one transaction.
pub(super) const PAGE: i64 = 1_000;
/// How often a page is tried anew because somebody wrote the same contacts at the same time.
pub(super) const TRIES: usize = 5;

/// Begins to take it back.
pub async fn start_undo_import(
    mut tx: CrmTx,
    id: ImportId,
    user: Option<(UserId, String)>,
    now: Timestamp,
) -> Result<(Import, JobId), ImportError> {
    let mut import = tx.lock_import(id).await?.ok_or(ImportError::NotFound)?;
    if import.undo_until(now).is_none() {
        return Err(ImportError::WrongState);
    }
    let job = NewJob::new(UNDO_IMPORT, tx.org(), &ImportJob { import: id })
        .map_err(DbError::from)?
        .shown_as(Task {
            label: import.file_name.clone(),
            link: IMPORT.url(&id),
            errors_url: None,
            started_by: user,
        });
    let job = tx.enqueue(job).await?;
    import.state = ImportState::Undoing;
    import.job = Some(job);
    import.problem = None;
    tx.save_import(&import).await?;
    tx.commit().await?;
    Ok((import, job))
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Checkpoint {
    /// First those that were created are looked at, then those that were changed.
    changes: bool,
    after: Option<ContactId>,
    done: i64,
}

/// Takes it back.
pub async fn run_undo_import(deps: &Deps, job: &mut RunningJob) -> Result<(), JobError> {
    let ImportJob { import: id } = job.payload()?;
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let Some(import) = tx.import(id).await?.filter(|i| i.state == ImportState::Undoing) else {
        return Ok(());
    };
    if import.object != CONTACTS {
        // Without the object there are no records of it either.
        let object = tx.object_by_key(&import.object).await?;
        tx.rollback().await?;
        if let Some(object) = object {
            undo_records(deps, job, &import, &object).await?;
        }
        return finish(deps, job.org, id).await;
    }
    tx.rollback().await?;
    let actor = import.created_by.map_or(Actor::System, Actor::User);
    let total = import.counts.created + import.counts.updated;
    let mut reached: Checkpoint = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let next = page(deps, job, id, actor, reached, total).await?;
        match next {
            Some(next) => reached = next,
            None => break,
        }
    }
    while withdraw(deps, job, id, import.created_by).await? > 0 {}
    finish(deps, job.org, id).await
}

/// Withdraws some of the subscriptions that it made. Those that were withdrawn stand no more, so that
/// it goes on with others after a crash, too.
async fn withdraw(
    deps: &Deps,
    job: &RunningJob,
    id: ImportId,
    started_by: Option<UserId>,
) -> Result<usize, JobError> {
    if job.should_stop() {
        return Err(JobError::Cancelled);
    }
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let withdrawn = withdraw_subscriptions(&mut tx, id, started_by, PAGE, deps.clock.now()).await?;
    if !tx.count_undone(id, 0, 0).await? {
        return Err(JobError::Cancelled);
    }
    tx.commit().await?;
    Ok(withdrawn)
}

/// Does one page. Returns where to go on.
async fn page(
    deps: &Deps,
    job: &mut RunningJob,
    id: ImportId,
    actor: Actor,
    reached: Checkpoint,
    total: i64,
) -> Result<Option<Checkpoint>, JobError> {
    for _ in 0..TRIES {
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let (next, removed, restored) = if reached.changes {
            let undone = undo_changes(&mut tx, id.uuid(), actor, reached.after, PAGE, deps.clock.now()).await;
            let undone = match undone {
                Err(SaveError::Raced) => continue,
                Err(SaveError::Db(error)) => return Err(error.into()),
                Ok(undone) => undone,
            };
            let restored = i64::try_from(undone.restored).unwrap_or_default();
            let next = undone.next.map(|after| Checkpoint {
                after: Some(after),
                done: reached.done + PAGE,
                ..reached
            });
            (next, 0, restored)
        } else {
            let looked_at = tx.created_by_import(id, reached.after, PAGE).await?;
            let untouched: Vec<ContactId> = looked_at
                .iter()
                .filter(|(_, untouched)| *untouched)
                .map(|(id, _)| *id)
                .collect();
            let deleted = tx.delete_contacts(&untouched).await?;
            tx.record(&publish::deleted(&deleted)).await?;
            let next = match looked_at.last() {
                Some((last, _)) => Checkpoint {
                    after: Some(*last),
                    done: reached.done + looked_at.len() as i64,
                    ..reached
                },
                None => Checkpoint {
                    changes: true,
                    after: None,
                    ..reached
                },
            };
            (Some(next), i64::try_from(deleted.len()).unwrap_or_default(), 0)
        };
        if !tx.count_undone(id, removed, restored).await? {
            return Err(JobError::Cancelled);
        }
        let shown = next.unwrap_or(reached);
        job.save(tx.platform(), &shown, shown.done.min(total), Some(total))
            .await?;
        tx.commit().await?;
        return Ok(next);
    }
    Err(JobError::retry(anyhow::anyhow!(
        "somebody else keeps changing the same contacts"
    )))
}

async fn finish(deps: &Deps, org: OrgId, id: ImportId) -> Result<(), JobError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    if let Some(mut import) = tx
        .lock_import(id)
        .await?
        .filter(|import| import.state == ImportState::Undoing)
    {
        import.state = ImportState::Undone;
        tx.save_import(&import).await?;
        tx.commit().await?;
    }
    Ok(())
}
