//! The audit of a contact for programs.

use axum::extract::State;
use contracts::{
    ListPage,
    crm::people::{API_CONTACT_CHANGES, ContactChange as View, Doer, PageQuery},
};
use kernel::{ContactId, Permission};
use platform::web::{Access, AppError, Ctx, Op, Path, Query, Routes, WebResult};

use super::{limit, page};
use crate::{
    Crm,
    domain::change::{Actor, Cause, ContactChange},
    infrastructure::pg::{CrmTx, contact_changes::ChangePosition},
};

const LIST: &str = "api.contact_changes newest first";

pub fn routes() -> Routes<Crm> {
    Routes::new()
        .get(
            API_CONTACT_CHANGES.template(),
            Access::needs(Permission::ContactsRead),
            list,
        )
        .doc(
            Op::new(
                "list_contact_changes",
                "List what was changed of a contact, newest first",
            )
            .describe("Who changed what, by what, from what to what. Creation is not among it.")
            .query::<PageQuery>()
            .returns::<ListPage<View>>(200, "A page of changes."),
        )
}

async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<PageQuery>,
) -> WebResult {
    let after: Option<ChangePosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let mut changes = tx.contact_changes(id, after, limit + 1).await?;
    let more = changes.len() as i64 > limit;
    changes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = changes
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.at, last.id)));
    let data: Vec<View> = changes.into_iter().map(view).collect();
    page(&API_CONTACT_CHANGES.url(&id), data, next)
}

pub(super) fn view(change: ContactChange) -> View {
    View {
        id: change.id,
        at: change.at,
        actor: actor(change.by.actor),
        cause: cause(change.by.cause),
        before: change.what.before,
        after: change.what.after,
    }
}

pub(super) fn actor(actor: Actor) -> Doer {
    let id = match actor {
        Actor::User(id) => Some(id.to_string()),
        Actor::ApiKey(id) => Some(id.to_string()),
        Actor::System => None,
    };
    Doer {
        kind: actor.as_str(),
        id,
    }
}

fn cause(cause: Cause) -> Doer {
    let id = match cause {
        Cause::Form | Cause::Api | Cause::Preferences => None,
        Cause::Import(id) => Some(id.to_string()),
        Cause::Bulk(id) => Some(id.to_string()),
        Cause::Event(id) => id.map(|id| id.to_string()),
        Cause::Merge(id) => Some(id.to_string()),
        Cause::Journey(id) | Cause::Undo(id) => Some(id.to_string()),
    };
    Doer {
        kind: cause.as_str(),
        id,
    }
}
