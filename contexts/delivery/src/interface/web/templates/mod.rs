//! The list of templates.

mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::{crm::consent::Channel, delivery::TEMPLATES};
use kernel::{TemplateId, Timestamp};
use platform::web::{AppError, Ctx, Path, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;
use uuid::Uuid;

use super::template_parts::author;
use crate::application::{
    read_templates::list_templates, save_template::delete_template, template_deps::TemplateDeps,
};

const LIST: &str = "templates page";
const PAGE: i64 = 50;

/// The state of the list, which is its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    /// `email`, `sms` or `push`; anything else shows all.
    channel: String,
    cursor: Option<String>,
}

/// The list.
pub async fn list(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    view: View,
    Query(query): Query<ListQuery>,
) -> WebResult {
    let after: Option<(Timestamp, Uuid)> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let mut found = list_templates(
        &deps.db,
        ctx.org,
        &query.q,
        Channel::parse(&query.channel),
        after,
        PAGE + 1,
    )
    .await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.updated_at, last.id.uuid())));
    let list = view::list(&ctx, &query, &found, next);
    Ok(match view {
        View::Part => list.into_response(),
        View::Full => view::page(&ctx, &query, &found, list),
    })
}

/// Deletes one.
pub async fn delete(ctx: Ctx, State(deps): State<TemplateDeps>, Path(id): Path<TemplateId>) -> WebResult {
    if !delete_template(&deps.db, author(&ctx), id).await? {
        return Err(AppError::NotFound);
    }
    let done = Toast::done(ctx.t("delivery-template-deleted"));
    Ok(Redirect::to(&ctx, TEMPLATES.url())
        .say(&ctx, done)
        .into_response())
}
