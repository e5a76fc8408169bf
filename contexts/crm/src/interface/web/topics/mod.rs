//! Settings: topics.

mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::consent::{Channel, TOPIC, TOPIC_DELETION, TOPIC_NEW, TOPIC_POSITION, TOPICS};
use http::StatusCode;
use kernel::{Permission, TopicId};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, FieldErrors, Form, Path, Redirect, Routes, Toast, WebResult},
};
use serde::Deserialize;
use ui_kit::Icon;

use crate::{
    Crm,
    application::save_topic::{SaveTopicError, change_topic, create_topic, delete_topic, move_topic},
    domain::topic::{Topic, TopicDefinition},
    infrastructure::pg::{CrmTx, topics::TopicCounts},
    interface::consent_words::save_topic_errors,
};

/// Pages of topics.
pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::TopicsRead);
    let write = Access::needs(Permission::TopicsWrite);
    Routes::new()
        .get(TOPICS.template(), read, list)
        .get(TOPIC_NEW.template(), write, new)
        .post(TOPIC_NEW.template(), write, create)
        .get(TOPIC.template(), write, edit)
        .post(TOPIC.template(), write, change)
        .post(TOPIC_POSITION.template(), write, place)
        .get(TOPIC_DELETION.template(), write, ask_deletion)
        .post(TOPIC_DELETION.template(), write, delete)
}

/// Where they stand in the navigation.
pub fn nav() -> NavItem {
    NavItem {
        order: 114,
        label_key: "crm-nav-topics",
        icon: Icon::List,
        href: TOPICS.url(),
        permission: Permission::TopicsRead,
        shortcut: None,
    }
}

/// The form as it was filled in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TopicForm {
    name: String,
    key: String,
    description: String,
    channels: Vec<String>,
    initial: String,
    public: bool,
    double_opt_in: bool,
    consent_text: String,
}

impl TopicForm {
    fn fresh() -> Self {
        Self {
            channels: vec![Channel::Email.to_string()],
            initial: "unsubscribed".to_owned(),
            public: true,
            ..Self::default()
        }
    }

    fn of(topic: &Topic) -> Self {
        Self {
            name: topic.name.clone(),
            key: topic.key.clone(),
            description: topic.description.clone(),
            channels: topic.channels.iter().map(ToString::to_string).collect(),
            initial: topic.initial.as_str().to_owned(),
            public: topic.public,
            double_opt_in: topic.double_opt_in,
            consent_text: topic.consent_text.clone(),
        }
    }

    fn definition(&self) -> TopicDefinition {
        TopicDefinition {
            key: self.key.clone(),
            name: self.name.clone(),
            description: self.description.clone(),
            channels: self
                .channels
                .iter()
                .filter_map(|word| Channel::parse(word))
                .collect(),
            initial: self.initial.clone(),
            public: self.public,
            double_opt_in: self.double_opt_in,
            consent_text: self.consent_text.clone(),
        }
    }
}

/// The list.
async fn list(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (topics, counts) = (tx.topics().await?, tx.topic_counts().await?);
    Ok(view::list_page(&ctx, &topics, &counts))
}

/// The form for a new one.
async fn new(ctx: Ctx) -> Response {
    view::form_page(
        &ctx,
        StatusCode::OK,
        None,
        &TopicForm::fresh(),
        &FieldErrors::new(),
    )
}

/// Makes one.
async fn create(ctx: Ctx, State(crm): State<Crm>, Form(form): Form<TopicForm>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match create_topic(tx, form.definition(), ctx.now).await {
        Ok(topic) => Ok(said(
            &ctx,
            ctx.ta("crm-topic-created", &[("name", topic.name.into())]),
        )),
        Err(error) => refused(&ctx, None, &form, error),
    }
}

/// The form of one.
async fn edit(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<TopicId>) -> WebResult {
    let (topic, _) = find(&crm, &ctx, id).await?;
    let form = TopicForm::of(&topic);
    Ok(view::form_page(
        &ctx,
        StatusCode::OK,
        Some(&topic),
        &form,
        &FieldErrors::new(),
    ))
}

/// Changes one.
async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<TopicId>,
    Form(form): Form<TopicForm>,
) -> WebResult {
    let (topic, _) = find(&crm, &ctx, id).await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match change_topic(tx, id, |_| form.definition(), None, ctx.now).await {
        Ok(topic) => Ok(said(
            &ctx,
            ctx.ta("crm-topic-saved", &[("name", topic.name.into())]),
        )),
        Err(error) => refused(&ctx, Some(&topic), &form, error),
    }
}

/// Which way.
#[derive(Debug, Deserialize)]
struct Place {
    to: String,
}

/// Moves one up or down.
async fn place(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<TopicId>,
    Form(place): Form<Place>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match move_topic(tx, id, place.to == "up").await {
        Ok(()) => Ok(Redirect::to(&ctx, TOPICS.url()).into_response()),
        Err(error) => Err(AppError::Invalid(save_topic_errors(&ctx.l10n, error)?)),
    }
}

/// Says what deleting it would do.
async fn ask_deletion(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<TopicId>) -> WebResult {
    let (topic, counts) = find(&crm, &ctx, id).await?;
    Ok(view::deletion_page(&ctx, &topic, counts))
}

/// Deletes one.
async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<TopicId>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match delete_topic(tx, id).await {
        Ok(()) => Ok(said(&ctx, ctx.t("crm-topic-deleted"))),
        Err(error) => Err(AppError::Invalid(save_topic_errors(&ctx.l10n, error)?)),
    }
}

async fn find(crm: &Crm, ctx: &Ctx, id: TopicId) -> Result<(Topic, TopicCounts), AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let topic = tx.topic(id).await?.ok_or(AppError::NotFound)?;
    let counts = tx.topic_counts().await?.remove(&id).unwrap_or_default();
    Ok((topic, counts))
}

fn refused(ctx: &Ctx, topic: Option<&Topic>, form: &TopicForm, error: SaveTopicError) -> WebResult {
    let errors = save_topic_errors(&ctx.l10n, error)?;
    Ok(view::form_page(
        ctx,
        StatusCode::UNPROCESSABLE_ENTITY,
        topic,
        form,
        &errors,
    ))
}

fn said(ctx: &Ctx, text: String) -> Response {
    Redirect::to(ctx, TOPICS.url())
        .say(ctx, Toast::done(text))
        .into_response()
}
