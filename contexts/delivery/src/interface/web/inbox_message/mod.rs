//! One message that the built-in inbox caught.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::consent::Channel;
use http::{HeaderValue, header};
use kernel::MessageId;
use platform::web::{AppError, Ctx, Path, Query, WebResult};
use serde::Deserialize;

use crate::{
    application::{read_inbox::find_in_inbox, template_deps::TemplateDeps},
    interface::frame,
};

/// Which side of the message is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// As a mail program shows it.
    #[default]
    Html,
    /// The text part.
    Text,
    /// All headers.
    Headers,
    /// The links.
    Links,
}

/// The state of the page, which is its address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MessageQuery {
    view: Side,
}

/// The page.
pub async fn show(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<MessageId>,
    Query(query): Query<MessageQuery>,
) -> WebResult {
    let caught = find_in_inbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let app = deps.sender_name(ctx.org).await?;
    Ok(view::page(&ctx, &deps.signer, &app, &caught, query.view))
}

/// The HTML part, in the sandbox.
pub async fn html(ctx: Ctx, State(deps): State<TemplateDeps>, Path(id): Path<MessageId>) -> WebResult {
    let caught = find_in_inbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(frame::framed_with_links(
        &caught.mail.html.ok_or(AppError::NotFound)?,
    ))
}

/// The message as it was caught, to be saved.
pub async fn source(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<MessageId>,
) -> WebResult<Response> {
    let caught = find_in_inbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    if caught.row.channel() != Channel::Email {
        return Err(AppError::NotFound);
    }
    let mut response = caught.source.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("message/rfc822"));
    let name = format!("attachment; filename=\"{id}.eml\"");
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).map_err(AppError::internal)?,
    );
    Ok(response)
}
