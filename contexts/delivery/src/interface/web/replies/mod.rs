//! What people answered to text messages.

mod view;

use axum::{extract::State, response::IntoResponse};
use platform::web::{AppError, Ctx, Query, View, WebResult};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    application::{
        read_replies::{Filter, list_replies},
        settings_deps::SettingsDeps,
    },
    domain::webhook::Keyword,
};

const LIST: &str = "replies page";
const PAGE: i64 = 50;

/// The state of the list, which is its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    keyword: String,
    cursor: Option<String>,
}

/// The word of a filter; empty is none.
pub fn keyword(ctx: &Ctx, word: &str) -> WebResult<Option<&'static str>> {
    if word.is_empty() {
        return Ok(None);
    }
    let known = [Keyword::Stop, Keyword::Help, Keyword::Start].map(Keyword::as_str);
    let found = known.into_iter().find(|known| *known == word);
    found.map(Some).ok_or_else(|| {
        AppError::invalid(
            "keyword",
            "unknown_keyword",
            ctx.t("delivery-replies-keyword-unknown"),
        )
    })
}

/// The list.
pub async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    view: View,
    Query(query): Query<ListQuery>,
) -> WebResult {
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let filter = Filter {
        keyword: keyword(&ctx, &query.keyword)?,
        from: query.q.trim().to_owned(),
    };
    let mut found = list_replies(&deps.db, ctx.org, &filter, after, PAGE + 1).await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    let list = view::list(&ctx, &query, &found, next);
    Ok(match view {
        View::Part => list.into_response(),
        View::Full => view::page(&ctx, &query, found.is_empty(), list),
    })
}
