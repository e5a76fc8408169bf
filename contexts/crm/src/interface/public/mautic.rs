//! Mautic's tracking, so that sites with its snippet go on without being touched.
//!
//! Whoever calls may be anybody, so only fields that are marked as publicly updatable are applied; an
//! address that is said here identifies nobody.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use kernel::ContactId;
use platform::web::{Query, WebResult};
use serde_json::{Map, Value, json};

use super::{
    answer::{quiet, readable},
    ingest::bar,
};
use crate::{
    Crm,
    application::ingest_events::{Item, Outcome, Submission},
    domain::{
        field::Field,
        ingest::{
            body::{Rejected, strip_nul},
            message::{Frame, Kind, read},
        },
        source::Source,
    },
    infrastructure::pg::{CrmTx, identities::Wanted},
};

/// A transparent dot.
const GIF: &[u8; 43] =
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\
\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

const DEVICE_COOKIE: &str = "mautic_device_id";
const SESSION_COOKIE: &str = "mtc_id";

type Pairs = Vec<(String, String)>;

/// A page view by `POST`.
pub async fn event(State(crm): State<Crm>, headers: HeaderMap, body: Bytes) -> WebResult {
    let pairs: Pairs = form(&body);
    let seen = visit(&crm, &headers, &pairs).await?;
    let answer = match &seen {
        Some(seen) => json!({
            "success": 1, "id": seen.contact, "sid": seen.device, "device_id": seen.device, "events": [],
        }),
        None => json!({"success": 0}),
    };
    let response = with_cookies(&crm, seen.as_ref(), Json(answer).into_response());
    Ok(readable(&headers, quiet(response)))
}

/// A page view by a picture. Whatever happens, there is a picture.
pub async fn pixel(State(crm): State<Crm>, headers: HeaderMap, Query(pairs): Query<Pairs>) -> Response {
    let seen = visit(&crm, &headers, &pairs).await.unwrap_or_default();
    let response = ([(header::CONTENT_TYPE, "image/gif")], GIF.as_slice()).into_response();
    quiet(with_cookies(&crm, seen.as_ref(), response))
}

/// Whom the snippet has met.
pub async fn contact(State(crm): State<Crm>, headers: HeaderMap, Query(pairs): Query<Pairs>) -> WebResult {
    let device = device_of(&headers, &pairs);
    let source = source_of(&crm, &pairs).await?;
    let mut id: Option<ContactId> = None;
    if let (Some(device), Some(source)) = (&device, source) {
        let wanted = Wanted {
            anonymous_ids: vec![device.clone()],
            ..Wanted::default()
        };
        let mut tx = CrmTx::system(&crm.deps.db, source.org).await?;
        let found = tx.find_people(&wanted).await?;
        id = found.people.known_by_anonymous_id(device).map(|person| person.id);
    }
    let answer = json!({"id": id, "sid": device, "device_id": device});
    Ok(readable(&headers, quiet(Json(answer).into_response())))
}

/// Somebody who was seen.
#[derive(Debug)]
struct Seen {
    contact: Option<ContactId>,
    device: String,
}

async fn visit(
    crm: &Crm,
    headers: &HeaderMap,
    pairs: &Pairs,
) -> Result<Option<Seen>, platform::web::AppError> {
    let Some(source) = source_of(crm, pairs).await? else {
        return Ok(None);
    };
    if bar(&source, headers).is_some()
        || crm.keys.take(&source, 1).is_err()
        || said(pairs, "do_not_track") == "1"
    {
        return Ok(None);
    }
    let device = device_of(headers, pairs).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let mut tx = CrmTx::tenant(&crm.deps.db, source.org).await?;
    let fields = tx.fields().await?;
    drop(tx);
    let outcomes = crm
        .intake
        .store(submission(crm, &source, headers, pairs, &device, &fields))
        .await;
    let outcomes = outcomes.map_err(|_| platform::web::AppError::Unavailable)?;
    let contact = outcomes.iter().find_map(Outcome::contact);
    Ok(contact.map(|contact| Seen {
        contact: Some(contact),
        device,
    }))
}

async fn source_of(
    crm: &Crm,
    pairs: &Pairs,
) -> Result<Option<std::sync::Arc<Source>>, platform::web::AppError> {
    let key = said(pairs, "key");
    Ok(if key.is_empty() {
        crm.keys.mautic().await?
    } else {
        crm.keys.source(key).await?
    })
}

fn submission(
    crm: &Crm,
    source: &Source,
    headers: &HeaderMap,
    pairs: &Pairs,
    device: &str,
    fields: &[Field],
) -> Submission {
    let now = crm.deps.clock.now();
    let frame = |kind| Frame {
        kind: Some(kind),
        sent_at: None,
        context: None,
        user_agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()),
        from_browsers: true,
        received_at: now,
    };
    let text = |key: &str| {
        Some(said(pairs, key))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let url = text("page_url").or_else(|| {
        headers
            .get(header::REFERER)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    });
    let context = json!({
        "page": {"url": url, "title": text("page_title"), "referrer": text("page_referrer")},
        "campaign": {"name": text("utm_campaign"), "source": text("utm_source"), "medium": text("utm_medium"),
                     "term": text("utm_term"), "content": text("utm_content")},
        "timezone": text("timezone"), "locale": text("preferred_locale").or_else(|| text("page_language")),
        "library": {"name": "mtc.js"},
    });
    let view = json!({
        "anonymousId": device, "context": context,
        "properties": {"url": url, "title": text("page_title"), "referrer": text("page_referrer")},
    });
    // Traits of fields that anybody may set, by the field's key.
    let traits: Map<String, Value> = fields
        .iter()
        .filter(|field| field.flags.publicly_updatable && !field.flags.unique_identifier)
        .filter_map(|field| Some((field.key.clone(), Value::String(text(&field.key)?))))
        .collect();
    let raw = Bytes::from(view.to_string());
    let mut calls = vec![(Kind::Page, view)];
    if !traits.is_empty() {
        calls.push((Kind::Identify, json!({"anonymousId": device, "traits": traits})));
    }
    let items = calls
        .into_iter()
        .map(|(kind, call)| {
            let Value::Object(mut members) = call else {
                unreachable!("both are objects")
            };
            strip_nul(&mut members);
            match read(members, frame(kind)) {
                Ok(message) => Item::Call {
                    message: Box::new(message),
                    raw: raw.clone(),
                },
                Err(reason) => Item::Rejected {
                    rejected: Rejected {
                        reason,
                        kind: kind.as_str().to_owned(),
                        name: String::new(),
                    },
                    raw: raw.clone(),
                },
            }
        })
        .collect();
    Submission {
        org: source.org,
        source: Some(source.id),
        create_fields: false,
        received_at: now,
        items,
    }
}

fn said<'a>(pairs: &'a Pairs, key: &str) -> &'a str {
    pairs
        .iter()
        .find(|(name, _)| name == key)
        .map_or("", |(_, value)| value.trim())
}

/// What the browser is called: by its cookies, or by what the snippet kept.
fn device_of(headers: &HeaderMap, pairs: &Pairs) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let cookie = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned());
    let given = Some(said(pairs, "mautic_device_id").to_owned()).filter(|id| !id.is_empty());
    given
        .or_else(|| Some(said(pairs, "mtc_id").to_owned()).filter(|id| !id.is_empty()))
        .or_else(|| cookie(DEVICE_COOKIE))
        .or_else(|| cookie(SESSION_COOKIE))
        .filter(|id| {
            (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

fn with_cookies(crm: &Crm, seen: Option<&Seen>, mut response: Response) -> Response {
    let Some(seen) = seen else { return response };
    // Other sites' pages send the cookie along only with SameSite=None, which browsers take only
    // together with Secure.
    let https = crm.deps.config.is_https();
    for (name, lasting) in [(DEVICE_COOKIE, true), (SESSION_COOKIE, false)] {
        let mut cookie = Cookie::build((name, seen.device.clone()))
            .path("/")
            .secure(https)
            .same_site(if https { SameSite::None } else { SameSite::Lax })
            .build();
        if lasting {
            cookie.make_permanent();
        }
        if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn form(body: &Bytes) -> Pairs {
    form_urlencoded(std::str::from_utf8(body).unwrap_or_default())
}

/// Pairs of `application/x-www-form-urlencoded`. Anything else is no pair.
fn form_urlencoded(text: &str) -> Pairs {
    let uri: http::Uri = match format!("/?{text}").parse() {
        Ok(uri) => uri,
        Err(_) => return Pairs::new(),
    };
    axum::extract::Query::<Pairs>::try_from_uri(&uri)
        .map(|query| query.0)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{form_urlencoded, said};

    #[test]
    fn forms_are_read() {
        let pairs = form_urlencoded("page_url=https%3A%2F%2Fx.example%2F%3Fa%3D1&page_title=Hello+there&x");
        assert_eq!(said(&pairs, "page_url"), "https://x.example/?a=1");
        assert_eq!(said(&pairs, "page_title"), "Hello there");
        assert_eq!(said(&pairs, "none"), "");
        assert!(form_urlencoded("{\"a\": \u{7}}").is_empty());
    }
}
