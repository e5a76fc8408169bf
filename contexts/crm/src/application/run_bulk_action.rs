//! Doing an action to many contacts, a page at a time, from wherever an earlier try got to.
//!
//! What a page changes, its counts and the job's checkpoint are committed together: a crash at any
//! instant leaves nobody out and does nothing twice. People are gone through in the order of their
//! ids, so that who stops matching because of the action is not missed and who begins to is not
//! come to again.

use jiff::tz::TimeZone;
use kernel::{ContactId, EmailAddress, OrgId, SegmentId, Timestamp};
use platform::{Deps, JobError, RunningJob};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    change_contacts::change_contacts,
    select_contacts::{SelectError, resolve},
    start_bulk_action::{BulkJob, patch_of},
    subscribe_contacts::{say, unsay},
    undo_changes::undo_changes,
};
use crate::{
    domain::{
        bulk::{BulkAction, BulkKind, BulkState},
        change::{By, Cause},
        contact::ContactPatch,
        rule::Moment,
        topic::Topic,
    },
    infrastructure::{
        pg::{CrmTx, bulk_actions::stranded_bulk_actions, bulk_overrides::BulkOverride, contacts::SaveError},
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
    let work = Work {
        patch,
        topics: tx.topics().await?,
        action,
    };
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
    topics: Vec<Topic>,
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
        BulkKind::AddToSegment { segment } => put(tx, action, *segment, ids, true).await,
        BulkKind::RemoveFromSegment { segment } => put(tx, action, *segment, ids, false).await,
        BulkKind::Subscribe { .. } | BulkKind::Unsubscribe { .. } => {
            Ok(say(tx, action, &work.topics, ids, now).await?)
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

/// Puts people into a segment or takes them out. Returns of how many that was not said already.
async fn put(
    tx: &mut CrmTx,
    action: &BulkAction,
    segment: SegmentId,
    ids: &[ContactId],
    included: bool,
) -> Result<usize, SaveError> {
    let moved = tx.note_overrides(action.id, segment, ids, included).await?;
    if !moved.is_empty() {
        tx.override_segment(segment, &moved, included, by_whom(action))
            .await?;
    }
    Ok(moved.len())
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
    match action.kind {
        BulkKind::AddToSegment { segment } => {
            return undo_overrides(deps, job, action, segment, true).await;
        }
        BulkKind::RemoveFromSegment { segment } => {
            return undo_overrides(deps, job, action, segment, false).await;
        }
        BulkKind::Subscribe { .. } | BulkKind::Unsubscribe { .. } => {
            return undo_statements(deps, job, action).await;
        }
        _ => {}
    }
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

/// Says again of people what was said before, where nobody has said anything else since.
async fn undo_overrides(
    deps: &Deps,
    job: &mut RunningJob,
    action: BulkAction,
    segment: SegmentId,
    included: bool,
) -> Result<(), JobError> {
    let (mut after, mut done): (Option<Uuid>, i64) = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let found = tx.bulk_overrides(action.id, segment, after, PAGE).await?;
        let Some(last) = found.last().map(|one| one.id) else {
            break;
        };
        let standing = found.iter().filter(|one| one.current == Some(included));
        let (said, unsaid): (Vec<&BulkOverride>, Vec<&BulkOverride>) =
            standing.partition(|one| one.before.is_some());
        let said: Vec<ContactId> = said.iter().map(|one| one.contact).collect();
        let unsaid: Vec<ContactId> = unsaid.iter().map(|one| one.contact).collect();
        if !said.is_empty() {
            // What was said before was the opposite: else nothing would have been noted.
            tx.override_segment(segment, &said, !included, by_whom(&action))
                .await?;
        }
        if !unsaid.is_empty() {
            tx.forget_overrides(segment, &unsaid).await?;
        }
        let restored = i64::try_from(said.len() + unsaid.len()).unwrap_or_default();
        (after, done) = (Some(last), done + restored);
        if !tx.count_bulk(action.id, BulkState::Undoing, 0, restored).await? {
            return Err(JobError::Cancelled);
        }
        job.save(tx.platform(), &(after, done), done, Some(action.changed))
            .await?;
        tx.commit().await?;
    }
    finish(deps, job.org, action, BulkState::Undone).await
}

/// Takes statements back. Each that was taken back no longer stands, so that the next page is another.
async fn undo_statements(deps: &Deps, job: &mut RunningJob, action: BulkAction) -> Result<(), JobError> {
    let mut done: i64 = job.checkpoint()?.unwrap_or_default();
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        let restored = unsay(&mut tx, &action, PAGE, deps.clock.now()).await?;
        let restored = i64::try_from(restored).unwrap_or_default();
        if restored == 0 {
            break;
        }
        done += restored;
        if !tx.count_bulk(action.id, BulkState::Undoing, 0, restored).await? {
            return Err(JobError::Cancelled);
        }
        job.save(tx.platform(), &done, done, Some(action.changed)).await?;
        tx.commit().await?;
    }
    finish(deps, job.org, action, BulkState::Undone).await
}

fn by_whom(action: &BulkAction) -> (&'static str, Option<Uuid>) {
    (action.actor.as_str(), action.actor.id())
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
