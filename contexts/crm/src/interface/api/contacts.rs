//! Contacts for programs.

use std::collections::HashMap;

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    API_CONTACT, API_CONTACT_EVENTS, API_CONTACTS,
    consent::Subscription as SubscriptionView,
    contacts::{Contact as ContactView, ContactEvent, ContactEventQuery, ContactInput as Input},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{ContactId, EventId, OrgId, Timestamp};
use platform::web::{AppError, Ctx, Json, Path, Query, WebResult};
use serde::Deserialize;
use serde_json::Value;

use super::{consents::standings, limit, page};
use crate::{
    Crm,
    application::{
        change_contact::change_contact, create_contact::create_contact, delete_contacts::delete_contacts,
    },
    domain::{
        change::Cause,
        contact::{Contact, ContactPatch, Source, TextField},
        contact_input::{Assignable, ContactInput, Problem},
        field::Field,
        tag::Tag,
        timeline::Event,
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::by,
        assignment::People,
        contact_query::ContactQuery,
        problem_text::{field_errors, save_contact_error},
    },
};

const EVENTS: &str = "crm.events newest first";

pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(pairs): Query<Vec<(String, String)>>) -> WebResult {
    let given = |wanted: &str| {
        let found = pairs.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.clone())
    };
    let chosen = given("fields");
    let with_topics = given("include").is_some_and(|words| includes_topics(&words));
    let query = ContactQuery::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let asked = query.ask(&ctx, &mut tx, &fields).await?;
    let (order, filter) = (asked.order, asked.filter);
    let name = format!("api.contacts {}", order.as_str());
    let from = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(&name, cursor))
        .transpose()?;
    let found = tx
        .list_contacts(&filter, order, from.as_ref(), limit(query.limit))
        .await?;
    let next = found.next.map(|position| ctx.seal_cursor(&name, &position));
    let ids: Vec<ContactId> = found.contacts.iter().map(|contact| contact.id).collect();
    let topics = if with_topics {
        topics_of(&mut tx, &ids).await?
    } else {
        HashMap::new()
    };
    let data = found.contacts.into_iter().map(|contact| {
        let id = contact.id;
        let mut shown = chosen_members(view(contact), chosen.as_deref())?;
        add_topics(&mut shown, &topics, id);
        Ok(shown)
    });
    page(
        &API_CONTACTS.url(),
        data.collect::<Result<Vec<Value>, AppError>>()?,
        next,
    )
}

/// Only the members that were asked for, the id always.
fn chosen_members(contact: ContactView, chosen: Option<&str>) -> Result<Value, AppError> {
    let mut value = serde_json::to_value(contact)?;
    if let (Some(chosen), Value::Object(members)) = (chosen, &mut value) {
        members.retain(|name, _| name == "id" || chosen.split(',').any(|wanted| wanted.trim() == name));
    }
    Ok(value)
}

/// What is to come along.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Include {
    include: String,
}

pub async fn get(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<Include>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    if !includes_topics(&query.include) {
        return Ok(answer(StatusCode::OK, contact));
    }
    let tag = etag(&contact);
    let mut shown = serde_json::to_value(view(contact)).map_err(AppError::internal)?;
    let topics = topics_of(&mut tx, &[id]).await?;
    add_topics(&mut shown, &topics, id);
    Ok(([(header::ETAG, tag)], Answer(shown)).into_response())
}

fn includes_topics(words: &str) -> bool {
    words.split(',').any(|word| word.trim() == "topics")
}

/// Where contacts stand with each topic.
async fn topics_of(
    tx: &mut CrmTx,
    ids: &[ContactId],
) -> Result<HashMap<ContactId, Vec<SubscriptionView>>, AppError> {
    let topics = tx.topics().await?;
    let mut said = tx.subscriptions(ids).await?;
    Ok(ids
        .iter()
        .map(|id| (*id, standings(&topics, &said.remove(id).unwrap_or_default())))
        .collect())
}

fn add_topics(shown: &mut Value, topics: &HashMap<ContactId, Vec<SubscriptionView>>, id: ContactId) {
    if let (Some(members), Some(topics)) = (shown.as_object_mut(), topics.get(&id)) {
        members.insert("topics".to_owned(), serde_json::json!(topics));
    }
}

pub async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<Input>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let known = assignable(&crm, &mut tx, ctx.org, &[&input]).await?;
    let patch = new_patch(&input, &fields, &known).map_err(|problems| invalid(&ctx, &problems))?;
    let contact = create_contact(tx, patch, Source::Api, by(&ctx, Cause::Api), ctx.now)
        .await
        .map_err(|error| save_contact_error(&ctx.l10n, error))?;
    let location = HeaderValue::from_str(&API_CONTACT.url(&contact.id)).map_err(AppError::internal)?;
    let mut response = answer(StatusCode::CREATED, contact);
    response.headers_mut().insert(header::LOCATION, location);
    Ok(response)
}

/// JSON Merge Patch.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    headers: HeaderMap,
    Json(input): Json<Input>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let before = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let seen = if_match(&headers, &before)?;
    let known = assignable(&crm, &mut tx, ctx.org, &[&input]).await?;
    let patch = patch(&input, &fields, &known, before.tags).map_err(|problems| invalid(&ctx, &problems))?;
    let contact = change_contact(tx, id, seen, |_| patch, by(&ctx, Cause::Api), ctx.now)
        .await
        .map_err(|error| save_contact_error(&ctx.l10n, error))?;
    Ok(answer(StatusCode::OK, contact))
}

pub async fn delete(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    headers: HeaderMap,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    if_match(&headers, &contact)?;
    delete_contacts(tx, &[id]).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The timeline.
pub async fn events(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<ContactEventQuery>,
) -> WebResult {
    let names: Vec<&str> = query.name.as_deref().into_iter().collect();
    let after: Option<(Timestamp, EventId)> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(EVENTS, cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let mut events = tx.events(id, &names, after, limit + 1).await?;
    let more = events.len() as i64 > limit;
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = events
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(EVENTS, &(last.at, last.id)));
    let data: Vec<ContactEvent> = events.into_iter().map(event_view).collect();
    page(&API_CONTACT_EVENTS.url(&id), data, next)
}

/// An event as the API shows it.
pub(super) fn event_view(event: Event) -> ContactEvent {
    ContactEvent {
        id: event.id,
        name: event.name.as_str().to_owned(),
        occurred_at: event.at,
        message_id: event.message,
        campaign_id: event.campaign,
        properties: event.properties,
    }
}

/// A contact as the API shows it.
pub fn view(contact: Contact) -> ContactView {
    let text = |field| contact.texts.get(field).to_owned();
    ContactView {
        id: contact.id,
        first_name: text(TextField::FirstName),
        last_name: text(TextField::LastName),
        phone: text(TextField::Phone),
        company: text(TextField::Company),
        city: text(TextField::City),
        country: text(TextField::Country),
        locale: text(TextField::Locale),
        timezone: text(TextField::Timezone),
        email: contact.email.map(|email| email.into_string()),
        external_id: contact.external_id,
        tags: contact.tags.into_iter().map(Tag::into_string).collect(),
        attributes: contact.attributes,
        owner_id: contact.owner,
        stage_id: contact.stage,
        points: contact.points,
        source: contact.source.as_str().to_owned(),
        import_id: contact.import_id,
        created_at: contact.created_at,
        updated_at: contact.updated_at,
        last_active_at: contact.last_active_at,
    }
}

pub(super) fn answer(status: StatusCode, contact: Contact) -> Response {
    let tag = HeaderValue::from_str(&etag(&contact));
    let mut response = (status, Answer(view(contact))).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn etag(contact: &Contact) -> String {
    format!("\"{}\"", contact.updated_at.as_microsecond())
}

/// The version that the caller knows, when it says so and it is the present one.
fn if_match(headers: &HeaderMap, contact: &Contact) -> Result<Option<Timestamp>, AppError> {
    match headers.get(header::IF_MATCH).map(|value| value.as_bytes()) {
        None => Ok(None),
        Some(value) if value == b"*" || value == etag(contact).as_bytes() => Ok(Some(contact.updated_at)),
        Some(_) => Err(AppError::PreconditionFailed),
    }
}

pub(super) fn invalid(ctx: &Ctx, problems: &[Problem]) -> AppError {
    AppError::Invalid(field_errors(&ctx.l10n, problems))
}

/// What contacts may be assigned to, when a program assigns any.
pub(super) async fn assignable(
    crm: &Crm,
    tx: &mut CrmTx,
    org: OrgId,
    inputs: &[&Input],
) -> Result<Assignable, AppError> {
    if inputs
        .iter()
        .all(|input| input.owner_id.is_none() && input.stage_id.is_none())
    {
        return Ok(Assignable::default());
    }
    Ok(People::read(crm, tx, org).await?.assignable())
}

/// The changes that a program asks for. Absent stays, `null` clears.
pub(super) fn patch(
    input: &Input,
    fields: &[Field],
    assignable: &Assignable,
    present: impl IntoIterator<Item = Tag>,
) -> Result<ContactPatch, Vec<Problem>> {
    read(input, fields, assignable, present).finish()
}

/// The same for a contact that is to be created.
fn new_patch(input: &Input, fields: &[Field], assignable: &Assignable) -> Result<ContactPatch, Vec<Problem>> {
    read(input, fields, assignable, []).finish_new()
}

fn read<'a>(
    input: &Input,
    fields: &'a [Field],
    assignable: &Assignable,
    present: impl IntoIterator<Item = Tag>,
) -> ContactInput<'a> {
    let mut builder = ContactInput::new(fields);
    if let Some(owner) = &input.owner_id {
        builder.owner(owner.as_deref().unwrap_or_default(), assignable);
    }
    if let Some(stage) = &input.stage_id {
        builder.stage(stage.as_deref().unwrap_or_default(), assignable);
    }
    if let Some(points) = input.points {
        builder.points(&points.to_string());
    }
    if let Some(email) = &input.email {
        builder.email(email.as_deref().unwrap_or_default());
    }
    if let Some(id) = &input.external_id {
        builder.external_id(id.as_deref().unwrap_or_default());
    }
    for (field, value) in [
        (TextField::FirstName, &input.first_name),
        (TextField::LastName, &input.last_name),
        (TextField::Phone, &input.phone),
        (TextField::Company, &input.company),
        (TextField::City, &input.city),
        (TextField::Country, &input.country),
        (TextField::Locale, &input.locale),
        (TextField::Timezone, &input.timezone),
    ] {
        if let Some(value) = value {
            builder.text(field, value.as_deref().unwrap_or_default());
        }
    }
    if let Some(tags) = &input.tags {
        builder.tags(tags, present);
    }
    for (key, value) in input.attributes.iter().flatten() {
        builder.attribute_json(key, value);
    }
    builder
}
