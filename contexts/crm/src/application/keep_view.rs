//! Keeping the list as it is shown, changing and deleting what was kept.

use kernel::{Role, Timestamp, UserId, ViewId};
use platform::DbError;

use crate::{
    domain::contact_view::{ContactView, InvalidViewName, LONGEST_QUERY},
    infrastructure::pg::CrmTx,
};

/// Why a view was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepViewError {
    #[error("there is no such view")]
    NotFound,
    #[error("the view belongs to somebody else")]
    NotYours,
    #[error(transparent)]
    Name(#[from] InvalidViewName),
    #[error("what the list shows is too long to be kept")]
    TooLong,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a view is to be; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct ViewChange {
    pub name: Option<String>,
    pub query: Option<String>,
    pub shared: Option<bool>,
}

/// Keeps a new view.
pub async fn create_view(
    mut tx: CrmTx,
    owner: UserId,
    name: &str,
    query: String,
    shared: bool,
    now: Timestamp,
) -> Result<ContactView, KeepViewError> {
    let view = ContactView {
        id: ViewId::generate(),
        name: ContactView::parse_name(name)?,
        query: short_enough(query)?,
        owner,
        shared,
    };
    tx.save_contact_view(&view, now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Changes a view.
pub async fn change_view(
    mut tx: CrmTx,
    id: ViewId,
    user: UserId,
    role: Role,
    change: ViewChange,
    now: Timestamp,
) -> Result<ContactView, KeepViewError> {
    let mut view = changeable(&mut tx, id, user, role).await?;
    if let Some(name) = change.name {
        view.name = ContactView::parse_name(&name)?;
    }
    if let Some(query) = change.query {
        view.query = short_enough(query)?;
    }
    if let Some(shared) = change.shared {
        view.shared = shared;
    }
    tx.save_contact_view(&view, now).await?;
    tx.commit().await?;
    Ok(view)
}

/// Deletes a view.
pub async fn delete_view(mut tx: CrmTx, id: ViewId, user: UserId, role: Role) -> Result<(), KeepViewError> {
    changeable(&mut tx, id, user, role).await?;
    tx.delete_contact_view(id).await?;
    Ok(tx.commit().await?)
}

async fn changeable(
    tx: &mut CrmTx,
    id: ViewId,
    user: UserId,
    role: Role,
) -> Result<ContactView, KeepViewError> {
    let view = tx.lock_contact_view(id).await?;
    // Somebody else's private view is not there for whoever asks.
    let view = view
        .filter(|view| view.is_seen_by(user))
        .ok_or(KeepViewError::NotFound)?;
    if view.may_be_changed_by(user, role) {
        Ok(view)
    } else {
        Err(KeepViewError::NotYours)
    }
}

fn short_enough(query: String) -> Result<String, KeepViewError> {
    if query.len() > LONGEST_QUERY {
        return Err(KeepViewError::TooLong);
    }
    Ok(query)
}
