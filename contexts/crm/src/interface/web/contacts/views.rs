//! Saved views of the list.

use axum::{extract::State, response::IntoResponse};
use contracts::crm::CONTACTS;
use kernel::{Role, UserId, ViewId};
use platform::web::{AppError, Ctx, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    Crm,
    application::keep_view::{KeepViewError, ViewChange, change_view, create_view, delete_view},
    infrastructure::pg::CrmTx,
    interface::contact_query::ContactQuery,
};

/// The form of a view. A checkbox that is off sends nothing, so that `sharing` says whether the form
/// had one.
#[derive(Deserialize)]
pub struct ViewForm {
    name: Option<String>,
    query: Option<String>,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    sharing: bool,
}

/// Keeps the list as it is shown.
pub async fn create(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<ViewForm>) -> WebResult {
    let (user, _) = person(&ctx)?;
    let query = ContactQuery {
        cursor: None,
        ..ContactQuery::parse(form.query.as_deref().unwrap_or_default())
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let name = form.name.unwrap_or_default();
    match create_view(tx, user, &name, query.query_string(), form.shared, ctx.now).await {
        Ok(view) => {
            let to = ContactQuery {
                view: Some(view.id.to_string()),
                ..query
            };
            let said = Toast::done(ctx.ta("crm-view-created", &[("name", view.name.into())]));
            Ok(Redirect::to(&ctx, to.url()).say(&ctx, said).into_response())
        }
        Err(error) => refuse(&ctx, &query, error),
    }
}

/// Changes a view.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ViewId>,
    Form(form): Form<ViewForm>,
) -> WebResult {
    let (user, role) = person(&ctx)?;
    let query = form.query.as_deref().map(|text| ContactQuery {
        cursor: None,
        ..ContactQuery::parse(text)
    });
    let change = ViewChange {
        name: form.name,
        query: query.as_ref().map(ContactQuery::query_string),
        shared: form.sharing.then_some(form.shared),
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_view(tx, id, user, role, change, ctx.now).await {
        Ok(view) => {
            let to = ContactQuery {
                view: Some(id.to_string()),
                ..ContactQuery::parse(&view.query)
            };
            let said = Toast::done(ctx.ta("crm-view-saved", &[("name", view.name.into())]));
            Ok(Redirect::to(&ctx, to.url()).say(&ctx, said).into_response())
        }
        Err(error) => refuse(&ctx, &query.unwrap_or_default(), error),
    }
}

/// Deletes a view.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ViewId>) -> WebResult {
    let (user, role) = person(&ctx)?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_view(tx, id, user, role).await {
        Ok(()) => {
            let said = Toast::done(ctx.t("crm-view-deleted"));
            Ok(Redirect::to(&ctx, CONTACTS.url()).say(&ctx, said).into_response())
        }
        Err(error) => refuse(&ctx, &ContactQuery::default(), error),
    }
}

fn person(ctx: &Ctx) -> Result<(UserId, Role), AppError> {
    ctx.user().zip(ctx.role()).ok_or(AppError::Forbidden)
}

fn refuse(ctx: &Ctx, back: &ContactQuery, error: KeepViewError) -> WebResult {
    let key = match error {
        KeepViewError::NotFound => return Err(AppError::NotFound),
        KeepViewError::Db(error) => return Err(error.into()),
        KeepViewError::NotYours => "crm-view-not-yours",
        KeepViewError::Name(_) => "crm-view-name-invalid",
        KeepViewError::TooLong => "crm-view-too-long",
    };
    Ok(Redirect::to(ctx, back.url())
        .say(ctx, Toast::failed(ctx.t(key)))
        .into_response())
}
