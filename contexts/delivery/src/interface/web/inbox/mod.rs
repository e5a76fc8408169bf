//! The built-in inbox.

mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::{crm::consent::Channel, delivery::INBOX};
use kernel::MessageId;
use platform::web::{Ctx, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;
use uuid::Uuid;

use crate::application::{
    read_inbox::{empty_inbox, list_inbox},
    template_deps::TemplateDeps,
};

const LIST: &str = "inbox page";
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
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let after = after.map(MessageId::from_uuid);
    let mut found = list_inbox(
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
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    let list = view::list(&ctx, &query, &found, next);
    Ok(match view {
        View::Part => list.into_response(),
        View::Full => view::page(&ctx, &query, &found, list),
    })
}

/// Throws everything away.
pub async fn empty(ctx: Ctx, State(deps): State<TemplateDeps>) -> WebResult {
    let gone = empty_inbox(&deps.db, ctx.org).await?;
    let words = [("count", i64::try_from(gone).unwrap_or(i64::MAX).into())];
    let done = Toast::done(ctx.ta("delivery-inbox-emptied", &words));
    Ok(Redirect::to(&ctx, INBOX.url()).say(&ctx, done).into_response())
}
