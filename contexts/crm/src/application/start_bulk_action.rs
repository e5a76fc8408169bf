//! Beginning an action on many contacts: checked, written down, left to a job.

use contracts::crm::lists::BULK_ACTION;
use kernel::{BulkActionId, JobId, Timestamp, UserId};
use platform::{DbError, NewJob, jobs::Task};
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        bulk::{BulkAction, BulkKind, BulkState},
        change::Actor,
        consent::Basis,
        contact::{Change, ContactPatch, TextField},
        contact_input::{ContactInput, Problem},
        field::Field,
        selection::Selection,
        tag::Tag,
    },
    infrastructure::pg::CrmTx,
};

/// The job that does it.
pub const RUN_BULK_ACTION: &str = "crm.run_bulk_action";
/// The job that takes it back.
pub const UNDO_BULK_ACTION: &str = "crm.undo_bulk_action";

/// What both jobs are about.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BulkJob {
    pub action: BulkActionId,
}

/// Who wants what done to whom.
#[derive(Debug)]
pub struct Order {
    pub kind: BulkKind,
    pub selection: Selection,
    /// The selection in words.
    pub sentence: String,
    /// What is done, in words.
    pub label: String,
    /// How many were counted.
    pub expected: Option<i64>,
    pub actor: Actor,
    pub user: Option<(UserId, String)>,
}

/// Why an action cannot be begun.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// By the names of the action's members.
    #[error("the action cannot be so")]
    Invalid(Vec<Problem>),
    #[error("there is no such action")]
    NotFound,
    #[error("the action is not at a point where this can be done")]
    WrongState,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Begins it.
pub async fn start_bulk_action(
    mut tx: CrmTx,
    order: Order,
    now: Timestamp,
) -> Result<(BulkAction, JobId), BulkError> {
    check(&mut tx, &order.kind).await?;
    let id = BulkActionId::generate();
    let job = NewJob::new(RUN_BULK_ACTION, tx.org(), &BulkJob { action: id })
        .map_err(DbError::from)?
        .shown_as(Task {
            label: order.label,
            link: BULK_ACTION.url(&id),
            errors_url: None,
            started_by: order.user,
        });
    let job = tx.enqueue(job).await?;
    let action = BulkAction {
        id,
        kind: order.kind,
        selection: order.selection,
        sentence: order.sentence,
        state: BulkState::Running,
        job: Some(job),
        expected: order.expected,
        done: 0,
        changed: 0,
        undone: 0,
        problem: None,
        actor: order.actor,
        created_at: now,
        finished_at: None,
    };
    tx.insert_bulk_action(&action).await?;
    tx.commit().await?;
    Ok((action, job))
}

/// Whether what it names is there, and the value fits its field.
async fn check(tx: &mut CrmTx, kind: &BulkKind) -> Result<(), BulkError> {
    let missing = |field: &str| BulkError::Invalid(vec![problem(field, "missing")]);
    match kind {
        BulkKind::Tag { .. } | BulkKind::SetField { .. } => {
            let fields = tx.fields().await?;
            let patch = patch_of(kind, &fields).map_err(BulkError::Invalid)?;
            if patch == ContactPatch::default() {
                return Err(missing("add"));
            }
        }
        BulkKind::SetStage { stage: Some(stage) } => {
            if !tx.stages().await?.iter().any(|other| other.id == *stage) {
                return Err(missing("stage"));
            }
        }
        BulkKind::AddToSegment { segment } | BulkKind::RemoveFromSegment { segment } => {
            if tx.segment(*segment).await?.is_none() {
                return Err(missing("segment"));
            }
        }
        BulkKind::Subscribe { topic, channel, .. } | BulkKind::Unsubscribe { topic, channel } => {
            match tx.topic(*topic).await? {
                None => return Err(missing("topic")),
                Some(topic) if !topic.has(*channel) => {
                    return Err(BulkError::Invalid(vec![problem("channel", "not_a_channel")]));
                }
                Some(_) => {}
            }
            if let BulkKind::Subscribe { basis, .. } = kind
                && Basis::parse(basis).is_none()
            {
                return Err(missing("basis"));
            }
        }
        // Members are identity's to know; whoever offers them has asked it.
        BulkKind::SetOwner { .. }
        | BulkKind::SetStage { stage: None }
        | BulkKind::DoNotContact {}
        | BulkKind::Delete {} => {}
    }
    Ok(())
}

fn problem(field: &str, code: &'static str) -> Problem {
    Problem {
        field: field.to_owned(),
        code,
    }
}

/// What an action changes of a contact, for those that only change contacts.
pub fn patch_of(kind: &BulkKind, fields: &[Field]) -> Result<ContactPatch, Vec<Problem>> {
    match kind {
        BulkKind::Tag { add, remove } => {
            let parse = |tags: &[String], field: &str| -> Result<Vec<Tag>, Vec<Problem>> {
                tags.iter()
                    .map(|tag| Tag::parse(tag).map_err(|_| vec![problem(field, "invalid_tag")]))
                    .collect()
            };
            Ok(ContactPatch {
                add_tags: parse(add, "add")?,
                remove_tags: parse(remove, "remove")?,
                ..ContactPatch::default()
            })
        }
        BulkKind::SetField { field, value } => {
            let mut input = ContactInput::new(fields);
            let key = field.strip_prefix("attributes.");
            match (TextField::from_key(field), key) {
                (Some(text), _) => input.text(text, value.as_str().unwrap_or_default()),
                // What is to tell one from all others cannot be the same for many.
                (None, Some(key)) if fields.iter().any(|f| f.key == key && f.flags.unique_identifier) => {
                    return Err(vec![problem("field", "value_taken")]);
                }
                (None, Some(key)) => input.attribute_json(key, value),
                // An address or identifier is somebody's alone.
                (None, None) => return Err(vec![problem("field", "unknown_field")]),
            }
            let wrong_kind = TextField::from_key(field).is_some() && !(value.is_string() || value.is_null());
            if wrong_kind {
                return Err(vec![problem("value", "wrong_kind")]);
            }
            input.finish().map_err(|problems| {
                problems
                    .into_iter()
                    .map(|other| problem("value", other.code))
                    .collect()
            })
        }
        BulkKind::SetOwner { owner } => Ok(ContactPatch {
            owner: Change::to(*owner),
            ..ContactPatch::default()
        }),
        BulkKind::SetStage { stage } => Ok(ContactPatch {
            stage: Change::to(*stage),
            ..ContactPatch::default()
        }),
        BulkKind::AddToSegment { .. }
        | BulkKind::RemoveFromSegment { .. }
        | BulkKind::Subscribe { .. }
        | BulkKind::Unsubscribe { .. }
        | BulkKind::DoNotContact {}
        | BulkKind::Delete {} => Ok(ContactPatch::default()),
    }
}

/// Begins to take an action back.
pub async fn undo_bulk_action(
    mut tx: CrmTx,
    id: BulkActionId,
    label: String,
    user: Option<(UserId, String)>,
    now: Timestamp,
) -> Result<(BulkAction, JobId), BulkError> {
    let mut action = tx.lock_bulk_action(id).await?.ok_or(BulkError::NotFound)?;
    if action.undo_until(now).is_none() {
        return Err(BulkError::WrongState);
    }
    let job = NewJob::new(UNDO_BULK_ACTION, tx.org(), &BulkJob { action: id })
        .map_err(DbError::from)?
        .shown_as(Task {
            label,
            link: BULK_ACTION.url(&id),
            errors_url: None,
            started_by: user,
        });
    let job = tx.enqueue(job).await?;
    let from = action.state;
    action.state = BulkState::Undoing;
    action.job = Some(job);
    if !tx.move_bulk_action(&action, from).await? {
        return Err(BulkError::WrongState);
    }
    tx.commit().await?;
    Ok((action, job))
}

/// Stops an action that runs. What it did stays, and can be taken back.
pub async fn cancel_bulk_action(mut tx: CrmTx, id: BulkActionId, now: Timestamp) -> Result<(), BulkError> {
    let mut action = tx.lock_bulk_action(id).await?.ok_or(BulkError::NotFound)?;
    if action.state != BulkState::Running {
        return Err(BulkError::WrongState);
    }
    if let Some(job) = action.job {
        tx.cancel_job(job).await?;
    }
    action.state = BulkState::Cancelled;
    action.finished_at = Some(now);
    tx.move_bulk_action(&action, BulkState::Running).await?;
    tx.commit().await?;
    Ok(())
}
