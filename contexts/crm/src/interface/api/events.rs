//! Events by the API.

use axum::{
    Json as Answer,
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    crm::events::{
        API_EVENT_NAMES, API_EVENTS, Event as EventView, EventInput, EventName, EventQuery, EventResult,
        EventResults, EventsInput,
    },
};
use http::StatusCode;
use kernel::{
    ContactId, EmailAddress, EventId,
    Permission::{EventsRead, EventsWrite},
    Timestamp,
};
use platform::web::{Access, AppError, Ctx, Json, Op, Query, Routes, WebResult};
use serde_json::{Map, Value};

use super::{limit, page};
use crate::{
    Crm,
    application::ingest_events::{Item, NotStored, Outcome, Submission},
    domain::{
        contact_value::parse_external_id,
        ingest::{
            body::{MAX_EVENT, Rejected, strip_nul},
            context::Context,
            message::{Identity, Kind, Message, Reject, event_name},
        },
        timeline::Event,
    },
    infrastructure::pg::{CrmTx, events::EventFilter},
};

/// The order that cursors belong to.
const LIST: &str = "crm.api.events newest first";
/// The most events of a request.
const MOST: usize = 1_000;

/// All routes of events.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(EventsRead), Access::needs(EventsWrite));
    Routes::new()
        .get(API_EVENTS.template(), read, list)
        .doc(
            Op::new("list_events", "List events, newest first")
                .query::<EventQuery>()
                .returns::<ListPage<EventView>>(200, "A page of events."),
        )
        .post(API_EVENTS.template(), write, create)
        .doc(
            Op::new("create_events", "Send events")
                .describe(
                    "One event or up to 1,000. One bad event does not hold up the others: each has its own outcome. \
                     The answer means that they are stored.",
                )
                .body::<EventsInput>()
                .returns::<EventResults>(200, "What became of each."),
        )
        .get(API_EVENT_NAMES.template(), read, names)
        .doc(
            Op::new("list_event_names", "List names of events, the most frequent first")
                .returns::<ListPage<EventName>>(200, "The names with what their events carry."),
        )
}

async fn create(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<EventsInput>) -> WebResult {
    let inputs = match input {
        EventsInput::One(one) => vec![*one],
        EventsInput::Many(many) => many,
    };
    if inputs.len() > MOST {
        return Err(AppError::invalid(
            "events",
            "too_many",
            ctx.t("crm-event-reason-too-many-events"),
        ));
    }
    let items = inputs.into_iter().map(|input| item(input, ctx.now)).collect();
    let submission = Submission {
        org: ctx.org,
        source: None,
        create_fields: false,
        received_at: ctx.now,
        items,
    };
    let outcomes = crm.intake.store(submission).await.map_err(|why| match why {
        NotStored::Busy => AppError::TooManyRequests { retry_after: 1 },
        NotStored::Away | NotStored::Failed => AppError::Unavailable,
    })?;
    let results = outcomes.iter().map(result).collect();
    Ok((StatusCode::OK, Answer(EventResults { results })).into_response())
}

fn result(outcome: &Outcome) -> EventResult {
    EventResult {
        status: outcome.word().to_owned(),
        contact_id: outcome.contact(),
        reason: match outcome {
            Outcome::Rejected(reason) => Some(reason.as_str().to_owned()),
            _ => None,
        },
    }
}

fn item(input: EventInput, now: Timestamp) -> Item {
    let raw: bytes::Bytes = raw(&input).into();
    let name = input.name.clone();
    match message(input, raw.len(), now) {
        Ok(message) => Item::Call {
            message: Box::new(message),
            raw,
        },
        Err(reason) => Item::Rejected {
            rejected: Rejected {
                reason,
                kind: Kind::Track.as_str().to_owned(),
                // PostgreSQL's text holds no NUL.
                name: name.chars().filter(|c| *c != '\0').take(100).collect(),
            },
            raw,
        },
    }
}

/// As the debugger shows it.
fn raw(input: &EventInput) -> Vec<u8> {
    let mut shown = Map::new();
    for (key, value) in [
        ("name", Some(&input.name)),
        ("contact_id", input.contact_id.as_ref()),
        ("external_id", input.external_id.as_ref()),
        ("email", input.email.as_ref()),
        ("anonymous_id", input.anonymous_id.as_ref()),
        ("message_id", input.message_id.as_ref()),
    ] {
        if let Some(value) = value {
            shown.insert(key.to_owned(), value.as_str().into());
        }
    }
    shown.insert("properties".to_owned(), Value::Object(input.properties.clone()));
    Value::Object(shown).to_string().into_bytes()
}

fn message(mut input: EventInput, size: usize, now: Timestamp) -> Result<Message, Reject> {
    if size > MAX_EVENT {
        return Err(Reject::TooLarge);
    }
    strip_nul(&mut input.properties);
    let identifier = |given: Option<String>| -> Result<Option<String>, Reject> {
        let given = given.map(|text| parse_external_id(&text.replace('\0', "")));
        given
            .transpose()
            .map(Option::flatten)
            .map_err(|_| Reject::InvalidIdentity)
    };
    let contact = input.contact_id.map(|text| text.parse::<ContactId>());
    let email = input.email.map(|text| EmailAddress::parse(&text));
    let identity = Identity {
        contact: contact.transpose().map_err(|_| Reject::UnknownContact)?,
        user_id: identifier(input.external_id)?,
        anonymous_id: identifier(input.anonymous_id)?,
        email: email.transpose().map_err(|_| Reject::InvalidIdentity)?,
        previous_id: None,
    };
    if identity == Identity::default() {
        return Err(Reject::MissingIdentity);
    }
    Ok(Message {
        kind: Kind::Track,
        message_id: input.message_id.filter(|id| !id.is_empty()),
        identity,
        group_id: None,
        name: event_name(&input.name)?,
        properties: input.properties,
        traits: Map::new(),
        context: Context::default(),
        at: input.occurred_at.unwrap_or(now).min(now),
        remarks: Vec::new(),
    })
}

async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<EventQuery>) -> WebResult {
    let bad = |name: &str| AppError::invalid(name, "invalid", ctx.t("crm-list-bad-parameter"));
    let contact = query
        .contact_id
        .map(|text| text.parse::<ContactId>().map_err(|_| bad("contact_id")));
    let since = query
        .since
        .map(|text| text.parse::<Timestamp>().map_err(|_| bad("since")));
    let after: Option<(Timestamp, EventId)> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let filter = EventFilter {
        contact: contact.transpose()?,
        name: query.name.filter(|name| !name.is_empty()),
        since: since.transpose()?,
        after,
    };
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut events = tx.all_events(&filter, limit + 1).await?;
    let more = events.len() as i64 > limit;
    events.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = events
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.at, last.id)));
    page(&API_EVENTS.url(), events.into_iter().map(view).collect(), next)
}

fn view(event: Event) -> EventView {
    EventView {
        id: event.id,
        contact_id: event.contact,
        name: event.name.as_str().to_owned(),
        occurred_at: event.at,
        source_id: event.source,
        properties: event.properties,
        context: event.context,
    }
}

async fn names(ctx: Ctx, State(crm): State<Crm>) -> Result<Response, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let names = tx.event_names().await?.into_iter().map(|row| EventName {
        name: row.name,
        count: row.count,
        first_seen_at: row.first_seen_at,
        last_seen_at: row.last_seen_at,
        properties: row.properties,
    });
    page(&API_EVENT_NAMES.url(), names.collect(), None)
}
