//! Topics for programs.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::consent::{API_TOPIC, API_TOPICS, Channel, Topic as TopicView, TopicInput, TopicPatch},
};
use http::{HeaderValue, StatusCode, header};
use kernel::{Permission, TopicId};
use platform::web::{Access, AppError, Ctx, Json, Op, Path, Routes, WebResult};

use super::page;
use crate::{
    Crm,
    application::save_topic::{SaveTopicError, change_topic, create_topic, delete_topic},
    domain::topic::{Topic, TopicDefinition},
    infrastructure::pg::CrmTx,
    interface::consent_words::save_topic_errors,
};

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::TopicsRead);
    let write = Access::needs(Permission::TopicsWrite);
    Routes::new()
        .get(API_TOPICS.template(), read, list)
        .doc(Op::new("list_topics", "List topics").returns::<ListPage<TopicView>>(200, "All topics, in their order."))
        .post(API_TOPICS.template(), write, create)
        .doc(Op::new("create_topic", "Make a topic").body::<TopicInput>().returns::<TopicView>(201, "The topic."))
        .get(API_TOPIC.template(), read, get)
        .doc(Op::new("get_topic", "Get a topic").returns::<TopicView>(200, "The topic."))
        .patch(API_TOPIC.template(), write, change)
        .doc(
            Op::new("update_topic", "Change a topic")
                .describe("What people said stays as it is. Other words of consent become another version.")
                .body_as::<TopicPatch>("application/merge-patch+json")
                .returns::<TopicView>(200, "The topic as it is now."),
        )
        .delete(API_TOPIC.template(), write, delete)
        .doc(
            Op::new("delete_topic", "Delete a topic")
                .describe("Where people stand with it is forgotten; the ledger stays. Campaigns about it can no longer be sent.")
                .answers(204, "It is gone."),
        )
}

async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let topics = CrmTx::tenant(&crm.deps.db, ctx.org).await?.topics().await?;
    page(&API_TOPICS.url(), topics.into_iter().map(view).collect(), None)
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<TopicId>) -> WebResult {
    let topic = CrmTx::tenant(&crm.deps.db, ctx.org).await?.topic(id).await?;
    Ok(Answer(view(topic.ok_or(AppError::NotFound)?)).into_response())
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<TopicInput>) -> WebResult {
    let definition = TopicDefinition {
        key: input.key.unwrap_or_default(),
        name: input.name,
        description: input.description,
        channels: input.channels.unwrap_or_else(|| vec![Channel::Email]),
        initial: input.initial.unwrap_or_else(|| "unsubscribed".to_owned()),
        public: input.public.unwrap_or(true),
        double_opt_in: input.double_opt_in,
        consent_text: input.consent_text,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let topic = match create_topic(tx, definition, ctx.now).await {
        Ok(topic) => topic,
        Err(error) => return Err(problem(&ctx, error)?),
    };
    let location = HeaderValue::from_str(&API_TOPIC.url(&topic.id)).map_err(AppError::internal)?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        Answer(view(topic)),
    )
        .into_response())
}

async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<TopicId>,
    Json(input): Json<TopicPatch>,
) -> WebResult {
    let position = input
        .position
        .map(|position| usize::try_from(position).unwrap_or(0));
    let merged = |before: TopicDefinition| TopicDefinition {
        name: input.name.unwrap_or(before.name),
        description: input.description.unwrap_or(before.description),
        channels: input.channels.unwrap_or(before.channels),
        initial: input.initial.unwrap_or(before.initial),
        public: input.public.unwrap_or(before.public),
        double_opt_in: input.double_opt_in.unwrap_or(before.double_opt_in),
        consent_text: input.consent_text.unwrap_or(before.consent_text),
        key: before.key,
    };
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_topic(tx, id, merged, position, ctx.now).await {
        Ok(topic) => Ok(Answer(view(topic)).into_response()),
        Err(error) => Err(problem(&ctx, error)?),
    }
}

async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<TopicId>) -> WebResult<Response> {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_topic(tx, id).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(problem(&ctx, error)?),
    }
}

fn problem(ctx: &Ctx, error: SaveTopicError) -> Result<AppError, AppError> {
    Ok(AppError::Invalid(save_topic_errors(&ctx.l10n, error)?))
}

fn view(topic: Topic) -> TopicView {
    TopicView {
        id: topic.id,
        key: topic.key,
        name: topic.name,
        description: topic.description,
        channels: topic.channels,
        initial: topic.initial.as_str(),
        public: topic.public,
        double_opt_in: topic.double_opt_in,
        consent_text: topic.consent_text,
        text_version: topic.text_version,
        position: topic.position,
        created_at: topic.created_at,
        updated_at: topic.updated_at,
    }
}
