//! The built-in inbox by the API, so that tests can read the mail they caused.

use axum::{Json, extract::State};
use contracts::{
    ListPage,
    delivery::{
        API_INBOX, API_INBOX_MESSAGE,
        templates::{InboxDetail, InboxHeader, InboxItem, InboxLink, InboxQuery},
    },
};
use http::StatusCode;
use kernel::{MessageId, Permission};
use platform::web::{Access, AppError, Ctx, Op, Path, Query, Routes, WebResult};
use uuid::Uuid;

use crate::{
    application::{
        read_inbox::{InboxRow, empty_inbox, find_in_inbox, list_inbox},
        template_deps::TemplateDeps,
    },
    interface::{inbox_links::destination, template_words::push_data},
};

const LIST: &str = "inbox";

/// All routes.
pub fn routes() -> Routes<TemplateDeps> {
    let read = Access::needs(Permission::MessagesRead);
    Routes::new()
        .get(API_INBOX.template(), read, list)
        .doc(
            Op::new("list_inbox", "List messages that the built-in inbox caught")
                .describe("The newest first.")
                .query::<InboxQuery>()
                .returns::<ListPage<InboxItem>>(200, "A page of messages."),
        )
        .delete(
            API_INBOX.template(),
            Access::needs(Permission::MessagesWrite),
            empty,
        )
        .doc(Op::new("empty_inbox", "Empty the built-in inbox").answers(204, "It is empty."))
        .get(API_INBOX_MESSAGE.template(), read, show)
        .doc(
            Op::new(
                "get_inbox_message",
                "Get a message that the built-in inbox caught",
            )
            .returns::<InboxDetail>(200, "The message with its parts, headers and links."),
        )
}

async fn list(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Query(query): Query<InboxQuery>,
) -> WebResult<Json<ListPage<InboxItem>>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let search = query.q.unwrap_or_default();
    let after = after.map(MessageId::from_uuid);
    let mut found = list_inbox(&deps.db, ctx.org, &search, query.channel, after, limit + 1).await?;
    let has_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next_cursor = found
        .last()
        .filter(|_| has_more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    Ok(Json(ListPage {
        data: found.into_iter().map(item).collect(),
        has_more,
        next_cursor,
    }))
}

async fn show(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<MessageId>,
) -> WebResult<Json<InboxDetail>> {
    let caught = find_in_inbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let links = caught.mail.links.into_iter().map(|link| InboxLink {
        destination: destination(&deps.signer, &link.url),
        text: link.text,
        url: link.url,
    });
    let headers = caught
        .mail
        .headers
        .into_iter()
        .map(|(name, value)| InboxHeader { name, value });
    Ok(Json(InboxDetail {
        item: item(caught.row),
        headers: headers.collect(),
        html: caught.mail.html,
        text: caught.mail.text,
        links: links.collect(),
        url: caught.url,
        data: push_data(caught.data),
    }))
}

async fn empty(ctx: Ctx, State(deps): State<TemplateDeps>) -> WebResult<StatusCode> {
    empty_inbox(&deps.db, ctx.org).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn item(row: InboxRow) -> InboxItem {
    InboxItem {
        id: row.id.into(),
        channel: row.channel(),
        from: row.from_address,
        to: row.to_address,
        subject: row.subject,
        size: row.size,
        received_at: row.received_at.to_jiff(),
    }
}
