//! What people answered to text messages, by the API.

use axum::{Json, extract::State};
use contracts::{
    ListPage,
    delivery::replies::{API_INBOUND_MESSAGES, InboundMessageItem, InboundMessageQuery},
};
use kernel::{InboundMessageId, Permission};
use platform::web::{Access, Ctx, Op, Query, Routes, WebResult};
use uuid::Uuid;

use crate::{
    application::{
        read_replies::{Filter, Reply, list_replies},
        settings_deps::SettingsDeps,
    },
    interface::web::replies::keyword,
};

const LIST: &str = "inbound messages";

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    Routes::new()
        .get(
            API_INBOUND_MESSAGES.template(),
            Access::needs(Permission::MessagesRead),
            list,
        )
        .doc(
            Op::new(
                "list_inbound_messages",
                "List what people answered to text messages",
            )
            .describe("The newest first.")
            .query::<InboundMessageQuery>()
            .returns::<ListPage<InboundMessageItem>>(200, "A page of replies."),
        )
}

async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Query(query): Query<InboundMessageQuery>,
) -> WebResult<Json<ListPage<InboundMessageItem>>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let filter = Filter {
        keyword: keyword(&ctx, query.keyword.as_deref().unwrap_or_default())?,
        from: query.from.unwrap_or_default().trim().to_owned(),
    };
    let mut found = list_replies(&deps.db, ctx.org, &filter, after, limit + 1).await?;
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

fn item(reply: Reply) -> InboundMessageItem {
    InboundMessageItem {
        id: InboundMessageId::from_uuid(reply.id),
        provider_id: reply.provider,
        from: reply.from,
        to: reply.to,
        text: reply.text,
        keyword: reply.keyword,
        contact_id: reply.contact,
        message_id: reply.message,
        at: reply.at,
        received_at: reply.received_at,
    }
}
