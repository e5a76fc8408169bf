//! Doing an action to many contacts, a page at a time, from wherever an earlier try got to.
//!
//! What a page changes, its counts and the job's checkpoint are committed together: a crash at any
//! instant leaves nobody out and does nothing twice. People are gone through in the order of their
//! ids, so that who stops matching because of the action is not missed and who begins to is not
//! come to again.

use jiff::tz::TimeZone;
use kernel::{ContactId, EmailAddress, OrgId, Timestamp};
use platform::{Deps, JobError, RunningJob};
use serde::{Deserialize, Serialize};

use super::{
    change_contacts::change_contacts,
    select_contacts::{SelectError, resolve},
    start_bulk_action::{BulkJob, patch_of},
    undo_changes::undo_changes,
};
use crate::{
    domain::{
        bulk::{BulkAction, BulkKind, BulkState},
        change::{By, Cause},
        contact::ContactPatch,
        rule::Moment,
    },
    infrastructure::{
        pg::{CrmTx, bulk_actions::stranded_bulk_actions, contacts::SaveError},
        publish,
    },
};

/// Contacts that are changed in one transaction.
const PAGE: i64 = 1_000;
/// How often a page is tried anew because somebody wrote the same contacts at the same time.
const TRIES: usize = 5;

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Checkpoint {
    after: Option<ContactId>,
    done: i64,
}

/// Does it.
pub async fn run_bulk_action(deps: &Deps, job: &mut RunningJob, zone: TimeZone) -> Result<(), JobError> {
    let BulkJob { action: id } = job.payload()?;
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let Some(action) = tx
        .bulk_action(id)
        .await?
        .filter(|a| a.state == BulkState::Running)
    else {
        return Ok(());
    };
    let fields = tx.fields().await?;
    let patch = patch_of(&action.kind, &fields)
        .map_err(|_| JobError::fail(anyhow::anyhow!("the action does not fit the fields any more")))?;
    let at = Moment {
        now: action.created_at,
        zone,
    };
    let selected = resolve(&mut tx, &action.selection, &at)
        .await
        .map_err(|error| match error {
            SelectError::Outdated => JobError::fail(error),
            SelectError::Db(error) => error.into(),
        })?;
    let work = Work { patch, action };
    tx.rollback().await?;
    let mut reached: Checkpoint = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.expect_large_sets().await?;
        let ids = selected.page(&mut tx, reached.after, PAGE).await?;
        let Some(last) = ids.last().copied() else {
            break;
        };
        tx.rollback().await?;
        let next = Checkpoint {
            after: Some(last),
            done: reached.done + i64::try_from(ids.len()).unwrap_or_default(),
        };
        page(deps, job, &work, &ids, next).await?;
        reached = next;
    }
    finish(deps, job.org, work.action, BulkState::Finished).await
}

/// All that a page needs.
struct Work {
    action: BulkAction,
    patch: ContactPatch,
}

async fn page(
    deps: &Deps,
    job: &mut RunningJob,
    work: &Work,
    ids: &[ContactId],
    next: Checkpoint,
) -> Result<(), JobError> {
    for _ in 0..TRIES {
        let now = deps.clock.now();
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let changed = match apply(&mut tx, work, ids, now).await {
            Ok(changed) => changed,
            Err(SaveError::Raced) => continue,
            Err(SaveError::Db(error)) => return Err(error.into()),
        };
        let (done, changed) = (ids.len() as i64, i64::try_from(changed).unwrap_or_default());
        if !tx
            .count_bulk(work.action.id, BulkState::Running, done, changed)
            .await?
        {
            return Err(JobError::Cancelled);
        }
        job.save(tx.platform(), &next, next.done, work.action.expected)
            .await?;
        return Ok(tx.commit().await?);
    }
    Err(JobError::retry(anyhow::anyhow!(
        "somebody else keeps changing the same contacts"
    )))
}

/// Returns how many changed.
async fn apply(tx: &mut CrmTx, work: &Work, ids: &[ContactId], now: Timestamp) -> Result<usize, SaveError> {
    let action = &work.action;
    match &action.kind {
        BulkKind::Tag { .. }
        | BulkKind::SetField { .. }
        | BulkKind::SetOwner { .. }
        | BulkKind::SetStage { .. } => {
            let by = By {
                actor: action.actor,
                cause: Cause::Bulk(action.id),
            };
            change_contacts(tx, ids, &work.patch, &by, now).await
        }
        BulkKind::DoNotContact {} => {
            let addresses: Vec<EmailAddress> = tx
                .lock_contacts(ids)
                .await?
                .into_iter()
                .filter_map(|contact| contact.email)
                .collect();
            let suppressed: Vec<(&str, &str)> = addresses
                .iter()
                .map(|email| (email.as_str(), "unsubscribed"))
                .collect();
            tx.suppress(&suppressed, now).await?;
            tx.record(&publish::opted_out(&addresses)).await?;
            Ok(addresses.len())
        }
        BulkKind::Delete {} => {
            let deleted = tx.delete_contacts(ids).await?;
            tx.record(&publish::deleted(&deleted)).await?;
            Ok(deleted.len())
        }
    }
}

/// Takes it back.
pub async fn run_undo(deps: &Deps, job: &mut RunningJob) -> Result<(), JobError> {
    let BulkJob { action: id } = job.payload()?;
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let Some(action) = tx
        .bulk_action(id)
        .await?
        .filter(|a| a.state == BulkState::Undoing)
    else {
        return Ok(());
    };
    tx.rollback().await?;
    let mut reached: Checkpoint = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let undone = undo_changes(
            &mut tx,
            id.uuid(),
            action.actor,
            reached.after,
            PAGE,
            deps.clock.now(),
        )
        .await
        .map_err(|error| JobError::retry(anyhow::anyhow!(error)))?;
        let restored = i64::try_from(undone.restored).unwrap_or_default();
        reached = Checkpoint {
            after: undone.next,
            done: reached.done + restored,
        };
        if !tx.count_bulk(id, BulkState::Undoing, 0, restored).await? {
            return Err(JobError::Cancelled);
        }
        job.save(tx.platform(), &reached, reached.done, Some(action.changed))
            .await?;
        tx.commit().await?;
        if undone.next.is_none() {
            return finish(deps, job.org, action, BulkState::Undone).await;
        }
    }
}

/// Ends an action that runs or is being taken back.
pub async fn finish(
    deps: &Deps,
    org: OrgId,
    mut action: BulkAction,
    state: BulkState,
) -> Result<(), JobError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    let from = action.state;
    action.state = state;
    action.finished_at = Some(deps.clock.now());
    if state == BulkState::Failed {
        action.problem = Some("job_failed".to_owned());
    }
    tx.move_bulk_action(&action, from).await?;
    tx.commit().await?;
    Ok(())
}

/// An action must not look busy when nothing works on it any more. One that was being taken back can
/// be taken back again.
pub async fn end_stranded_bulk_actions(deps: &Deps) -> Result<(), JobError> {
    let mut tx = deps.db.system().await?;
    let stranded = stranded_bulk_actions(&mut tx).await?;
    tx.rollback().await?;
    for (org, id, cancelled) in stranded {
        let mut tx = CrmTx::system(&deps.db, org).await?;
        let Some(action) = tx.bulk_action(id).await? else {
            continue;
        };
        tx.rollback().await?;
        let state = match (action.state, cancelled) {
            (BulkState::Undoing, _) => BulkState::Finished,
            (_, true) => BulkState::Cancelled,
            (_, false) => BulkState::Failed,
        };
        finish(deps, org, action, state).await?;
    }
    Ok(())
}
