//! Providers of text messages inside the test, as those of mail are: each speaks its API as it is
//! documented and refuses what the real one refuses.

mod plivo;
mod telnyx;
mod twilio;
mod vonage;

pub use plivo::FakePlivo;
pub use telnyx::FakeTelnyx;
pub use twilio::FakeTwilio;
pub use vonage::FakeVonage;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{StatusCode, header, request::Parts};
use serde_json::Value;

/// A number that no handset has.
pub const NOBODY: &str = "+15005550001";
/// A number whose owner has answered STOP.
pub const OPTED_OUT: &str = "+15005550004";

/// An answer in JSON.
fn answer(status: u16, body: Value) -> Box<Response> {
    let status = StatusCode::from_u16(status).expect("a status");
    Box::new((status, Json(body)).into_response())
}

fn header_of(parts: &Parts, name: header::HeaderName) -> &str {
    let value = parts.headers.get(name);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether a request is signed in by one of these names, with what belongs to it.
fn is_let_in(parts: &Parts, accounts: &[(&str, &str)]) -> bool {
    let given = header_of(parts, header::AUTHORIZATION);
    accounts
        .iter()
        .any(|(user, secret)| given == format!("Basic {}", STANDARD.encode(format!("{user}:{secret}"))))
}

fn is_json(parts: &Parts) -> bool {
    header_of(parts, header::CONTENT_TYPE) == "application/json"
}

fn json_of(body: &Bytes) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

/// The text of a field; empty if there is none.
fn text<'v>(body: &'v Value, field: &str) -> &'v str {
    body[field].as_str().unwrap_or_default()
}

/// The first field of an object that is not among those known.
fn unknown_field<'v>(body: &'v Value, known: &[&str]) -> Option<&'v str> {
    let fields = body.as_object()?;
    fields
        .keys()
        .map(String::as_str)
        .find(|name| !known.contains(name))
}

/// The digits of an international number, without `+`.
fn is_international(digits: &str) -> bool {
    (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// `https://…`, which is where a provider can call.
fn is_web_address(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(char::is_whitespace)
}

/// The value of our parameter in an address.
fn label_in(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("mauntic_message="))
        .map(str::to_owned)
}
