//! Messages by the API.

use axum::{Json, extract::State};
use contracts::{
    ListPage,
    delivery::{
        API_MESSAGE, API_MESSAGE_RESOLUTIONS, API_MESSAGES, MessageSource,
        messages::{HeldAction, MessageAttempt, MessageDetail, MessageItem, MessageQuery, MessageResolution},
        webhooks::MessageReport,
    },
};
use kernel::{MessageId, Permission};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Query, Routes, WebResult};
use uuid::Uuid;

use crate::{
    application::{
        read_messages::{
            AttemptRow, Filter, MessageRow, MessageStory, ReportRow, list_messages, message_story,
        },
        resolve_held::resolve_held,
        settings_deps::SettingsDeps,
    },
    domain::{held::HeldDecision, message_state::MessageState},
    interface::{message_words, web::template_parts::author},
};

const LIST: &str = "messages";

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::MessagesRead);
    Routes::new()
        .get(API_MESSAGES.template(), read, list)
        .doc(
            Op::new("list_messages", "List messages")
                .describe("The newest first.")
                .query::<MessageQuery>()
                .returns::<ListPage<MessageItem>>(200, "A page of messages."),
        )
        .get(API_MESSAGE.template(), read, show)
        .doc(
            Op::new("get_message", "Get a message with all that happened to it")
                .returns::<MessageDetail>(200, "The message."),
        )
        .post(API_MESSAGE_RESOLUTIONS.template(), Access::needs(Permission::MessagesWrite), resolve)
        .doc(
            Op::new("resolve_message", "Decide what becomes of a held message")
                .describe(
                    "A message is held when nobody knows whether it arrived. Sent again, it may arrive twice. A message \
                     that is not held, or whose campaign sends no more, is a 409.",
                )
                .body::<MessageResolution>()
                .returns::<MessageDetail>(200, "The message as it is now."),
        )
}

async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Query(query): Query<MessageQuery>,
) -> WebResult<Json<ListPage<MessageItem>>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let after: Option<Uuid> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let unknown = |()| {
        AppError::invalid(
            "state",
            "unknown_state",
            ctx.t("delivery-messages-filter-unknown"),
        )
    };
    let state = query.state.as_deref().map(str::parse::<MessageState>);
    let filter = Filter {
        state: state.transpose().map_err(unknown)?,
        campaign: query.campaign,
        to: query.to.unwrap_or_default().trim().to_owned(),
    };
    let after = after.map(MessageId::from_uuid);
    let mut found = list_messages(&deps.db, ctx.org, &filter, after, limit + 1).await?;
    let has_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next_cursor = found
        .last()
        .filter(|_| has_more)
        .map(|last| ctx.seal_cursor(LIST, &last.id.uuid()));
    Ok(Json(ListPage {
        data: found.iter().map(item).collect(),
        has_more,
        next_cursor,
    }))
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<MessageId>,
) -> WebResult<Json<MessageDetail>> {
    Ok(Json(detail(&ctx, read(&ctx, &deps, id).await?)))
}

async fn resolve(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<MessageId>,
    Body(resolution): Body<MessageResolution>,
) -> WebResult<Json<MessageDetail>> {
    read(&ctx, &deps, id).await?;
    let decision = match resolution.action {
        HeldAction::SendAgain => HeldDecision::SendAgain,
        HeldAction::MarkSent => HeldDecision::MarkSent,
        HeldAction::GiveUp => HeldDecision::GiveUp,
    };
    if resolve_held(&deps.db, author(&ctx), &[id], decision).await? == 0 {
        let said = match decision {
            HeldDecision::SendAgain => "delivery-held-nothing-to-send",
            HeldDecision::MarkSent | HeldDecision::GiveUp => "delivery-held-nothing",
        };
        return Err(AppError::Conflict {
            code: "not_held",
            detail: ctx.t(said),
            existing: None,
        });
    }
    Ok(Json(detail(&ctx, read(&ctx, &deps, id).await?)))
}

async fn read(ctx: &Ctx, deps: &SettingsDeps, id: MessageId) -> WebResult<MessageStory> {
    message_story(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}

fn item(row: &MessageRow) -> MessageItem {
    MessageItem {
        id: row.id,
        state: row.state.as_str().to_owned(),
        reason: row.reason.clone(),
        channel: row.channel,
        to: row.recipient.as_ref().map(|recipient| recipient.address.clone()),
        contact_id: row.recipient.as_ref().map(|recipient| recipient.contact),
        campaign_id: match row.source {
            MessageSource::Campaign(id) => Some(id),
            MessageSource::Test | MessageSource::Service | MessageSource::Api => None,
        },
        stream: row.stream,
        created_at: row.created_at,
        state_at: row.state_at,
    }
}

fn detail(ctx: &Ctx, story: MessageStory) -> MessageDetail {
    MessageDetail {
        item: item(&story.message.row),
        why: message_words::why(ctx, &story),
        next_attempt_at: story.message.due_at,
        opened_at: story.message.opened_at,
        clicked_at: story.message.clicked_at,
        attempts: story.attempts.into_iter().map(attempt).collect(),
        reports: story.reports.into_iter().map(report).collect(),
    }
}

fn report(row: ReportRow) -> MessageReport {
    MessageReport {
        source: row.source,
        provider_id: row.provider,
        kind: row.kind,
        class: row.class,
        detail: row.detail,
        at: row.at,
        received_at: row.received_at,
        result: row.result,
    }
}

fn attempt(row: AttemptRow) -> MessageAttempt {
    MessageAttempt {
        number: row.number,
        provider_id: row.provider,
        started_at: row.started_at,
        finished_at: row.finished_at,
        outcome: row.outcome,
        class: row.class,
        phase: row.phase,
        code: row.code,
        enhanced_code: row.enhanced_code,
        reply: row.reply,
        resolution: row.resolution,
    }
}
