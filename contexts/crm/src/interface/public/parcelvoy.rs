//! Parcelvoy's client API, so that apps with its libraries need only another address and key.

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{StatusCode, request::Parts};
use kernel::Timestamp;
use platform::web::{AppError, Path};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::{Refusal, readable},
    ingest::{bar, key_of, unpack},
};
use crate::{
    Crm,
    application::ingest_events::{Item, Outcome, Submission},
    domain::{
        device::{DeviceFacts, Platform},
        ingest::{
            body::strip_nul,
            context::Context,
            message::{Frame, Identity, Kind, Message, Reject, event_name, read},
        },
    },
};

/// Takes calls in.
pub async fn call(State(crm): State<Crm>, Path(word): Path<String>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if !["identify", "alias", "devices", "events", "segment"].contains(&word.as_str()) {
        return AppError::NotFound.into_response();
    }
    let answer = match take_in(&crm, &parts, body, &word).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.answer(&mut parts).await,
    };
    readable(&parts.headers, answer)
}

/// The most events of a request.
const MOST: usize = 1_000;

async fn take_in(crm: &Crm, parts: &Parts, body: Body, word: &str) -> Result<(), Refusal> {
    let bytes = unpack(&parts.headers, body).await?;
    let unknown = || Refusal::new(StatusCode::UNAUTHORIZED, "unknown_write_key");
    let key = key_of(&parts.headers).ok_or_else(unknown)?;
    let away = |_| Refusal {
        retry_after: Some(5),
        ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable")
    };
    let source = crm.keys.source(&key).await.map_err(away)?.ok_or_else(unknown)?;
    if let Some(reason) = bar(&source, &parts.headers) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, reason.as_str()));
    }
    let now = crm.deps.clock.now();
    let mut items = items(word, &bytes, now)?;
    if items.len() > MOST {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_events"));
    }
    crm.keys.take(&source, items.len()).map_err(|wait| Refusal {
        retry_after: Some(wait.as_secs().max(1)),
        ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests")
    })?;
    // All or nothing, as Parcelvoy does it.
    let bad: Vec<(String, &'static str)> = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| Some((format!("#/{at}"), item.as_ref().err()?.as_str())))
        .collect();
    if !bad.is_empty() {
        return Err(Refusal {
            events: bad,
            ..Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "events_rejected")
        });
    }
    let submission = Submission {
        org: source.org,
        source: Some(source.id),
        create_fields: source.settings.create_fields,
        received_at: now,
        items: items
            .drain(..)
            .flatten()
            .map(|message| Item::Call {
                message: Box::new(message),
                raw: bytes.clone(),
            })
            .collect(),
    };
    let outcomes = crm.intake.store(submission).await?;
    match outcomes
        .iter()
        .find(|outcome| matches!(outcome, Outcome::Rejected(_)))
    {
        Some(Outcome::Rejected(reason)) => {
            Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, reason.as_str()))
        }
        _ => Ok(()),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Person {
    anonymous_id: Option<String>,
    external_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    timezone: Option<String>,
    locale: Option<String>,
    data: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    anonymous_id: String,
    external_id: String,
}

#[derive(Debug, Deserialize)]
struct Device {
    anonymous_id: Option<String>,
    external_id: Option<String>,
    device_id: String,
    token: Option<String>,
    os: String,
    os_version: Option<String>,
    #[serde(default)]
    model: String,
    #[serde(default)]
    app_version: String,
}

#[derive(Debug, Deserialize)]
struct Event {
    name: String,
    anonymous_id: Option<String>,
    external_id: Option<String>,
    #[serde(default)]
    data: Map<String, Value>,
    user: Option<Person>,
    created_at: Option<Timestamp>,
}

type Messages = Vec<Result<Message, Reject>>;

fn items(word: &str, bytes: &Bytes, now: Timestamp) -> Result<Messages, Refusal> {
    // PostgreSQL's text holds no NUL.
    let mut wrapped = Map::from_iter([("body".to_owned(), parse::<Value>(bytes)?)]);
    strip_nul(&mut wrapped);
    let value = wrapped.remove("body").unwrap_or_default();
    match word {
        "identify" => Ok(vec![identify(typed(value)?, now)]),
        "alias" => {
            let alias: Alias = typed(value)?;
            Ok(vec![call_with(
                json!({"type": "alias", "previousId": alias.anonymous_id, "userId": alias.external_id}),
                now,
            )])
        }
        "devices" => Ok(vec![device(typed(value)?, now)]),
        "events" => Ok(typed::<Vec<Event>>(value)?
            .into_iter()
            .flat_map(|event| event_calls(event, now))
            .collect()),
        _ => {
            let calls: Vec<Map<String, Value>> = typed(value)?;
            Ok(calls
                .into_iter()
                .map(|members| read(members, frame(now)))
                .collect())
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "not_json"))
}

fn typed<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value)
        .map_err(|_| Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "validation_failed"))
}

const fn frame(now: Timestamp) -> Frame<'static> {
    Frame {
        kind: None,
        sent_at: None,
        context: None,
        user_agent: None,
        from_browsers: false,
        received_at: now,
    }
}

fn call_with(members: Value, now: Timestamp) -> Result<Message, Reject> {
    match members {
        Value::Object(members) => read(members, frame(now)),
        _ => Err(Reject::NotAnObject),
    }
}

/// `data` holds the traits; the five core ones stand beside it.
fn identify(person: Person, now: Timestamp) -> Result<Message, Reject> {
    let mut traits = person.data;
    for (key, value) in [
        ("email", person.email),
        ("phone", person.phone),
        ("timezone", person.timezone),
        ("locale", person.locale),
    ] {
        if let Some(value) = value {
            traits.insert(key.to_owned(), value.into());
        }
    }
    call_with(
        json!({"type": "identify", "userId": person.external_id, "anonymousId": person.anonymous_id,
               "traits": traits}),
        now,
    )
}

fn device(device: Device, now: Timestamp) -> Result<Message, Reject> {
    let identity = Identity {
        user_id: device.external_id,
        anonymous_id: device.anonymous_id,
        ..Identity::default()
    };
    if identity == Identity::default() {
        return Err(Reject::MissingIdentity);
    }
    if device.device_id.is_empty() || device.device_id.len() > 255 {
        return Err(Reject::InvalidIdentity);
    }
    Ok(Message {
        kind: Kind::Identify,
        message_id: None,
        identity,
        group_id: None,
        name: String::new(),
        properties: Map::new(),
        traits: Map::new(),
        context: Context {
            device: Some(DeviceFacts {
                key: Some(device.device_id),
                platform: Platform::of(&device.os, &device.os),
                os: device.os,
                os_version: device.os_version.unwrap_or_default(),
                model: device.model,
                browser: String::new(),
                app_version: device.app_version,
                push_token: device.token,
            }),
            ..Context::default()
        },
        at: now,
        remarks: Vec::new(),
    })
}

fn event_calls(event: Event, now: Timestamp) -> Messages {
    let mut calls = Vec::new();
    if let Some(mut user) = event.user {
        user.external_id = event.external_id.clone();
        user.anonymous_id = event.anonymous_id.clone();
        calls.push(identify(user, now));
    }
    let call = event_name(&event.name).and_then(|name| {
        call_with(
            json!({"type": "track", "event": name, "userId": event.external_id, "anonymousId": event.anonymous_id,
                   "properties": event.data, "timestamp": event.created_at}),
            now,
        )
    });
    calls.push(call);
    calls
}
