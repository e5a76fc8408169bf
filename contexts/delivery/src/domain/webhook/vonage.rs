//! Vonage's webhooks: those of the Messages API, signed by a JSON Web Token ("Signed webhooks" of its
//! documentation), and those of the older SMS API, which have the same token or a signature among
//! their parameters ("Signing messages").

use std::collections::BTreeMap;

use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
    hmac::HMAC_SHA256,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::Timestamp;
use serde_json::{Map, Value};

use super::{
    Refused, Request,
    event::{Received, our_id},
    form, json,
    signature::{WINDOW, mac_matches, unhex, unix_seconds, within},
    sms::{Cause, Letter, Progress, Report},
};
use crate::domain::outcome::Class;

/// Verifies and reads a call: a status or a message that came in. `signature_secret` is the account's,
/// for the method *SHA-256 HMAC*.
pub fn receive(signature_secret: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    if request.header("Authorization").is_some() {
        let signed_at = verify_token(signature_secret, request, now)?;
        return read(&fields(request)?, signed_at);
    }
    let fields = fields(request)?;
    let signed_at = verify_parameters(signature_secret, &fields, now)?;
    read(&fields, signed_at)
}

/// A token with HS256 (RFC 7515), whose claims have the time of issue and the SHA-256 of the body.
fn verify_token(secret: &str, request: &Request<'_>, now: Timestamp) -> Result<Timestamp, Refused> {
    let header = request.signed_header("Authorization")?;
    let token = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
    let (_, token) = token.ok_or(Refused::BadSignature)?;
    let claims = claims(secret, token.trim()).ok_or(Refused::BadSignature)?;
    let time = |pointer| json::seconds(&claims, pointer);
    let signed_at = time("/iat").ok_or(Refused::BadSignature)?;
    within(WINDOW, signed_at, now)?;
    if time("/exp").is_some_and(|end| end <= now) {
        return Err(Refused::OutsideWindow);
    }
    let hash = json::text(&claims, "/payload_hash")
        .and_then(unhex)
        .ok_or(Refused::BadSignature)?;
    constant_time::verify_slices_are_equal(&hash, digest(&SHA256, request.body).as_ref())
        .map_err(|_| Refused::BadSignature)?;
    Ok(signed_at)
}

/// The claims of a token that is rightly signed. The algorithm is ours to choose and never the
/// token's, which only has to agree.
fn claims(secret: &str, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac_matches(HMAC_SHA256, secret, &[signed.as_bytes()], &[signature]).ok()?;
    let part = |text: &str| json::parse(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    if json::text(&part(header)?, "/alg") != Some("HS256") {
        return None;
    }
    part(payload)
}

/// `&name=value` of all parameters but the signature, in order of the names, with `&` and `=` in
/// values replaced by `_`.
fn verify_parameters(secret: &str, fields: &Value, now: Timestamp) -> Result<Timestamp, Refused> {
    let signature = json::text(fields, "/sig")
        .and_then(unhex)
        .ok_or(Refused::BadSignature)?;
    let fields = fields.as_object().ok_or(Refused::BadSignature)?;
    let mut signed = String::new();
    let sorted: BTreeMap<_, _> = fields.iter().filter(|(name, _)| *name != "sig").collect();
    for (name, value) in sorted {
        let value = match value {
            Value::String(text) => text.replace(['&', '='], "_"),
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            _ => return Err(Refused::BadSignature),
        };
        signed.extend(["&", name, "=", &value]);
    }
    mac_matches(HMAC_SHA256, secret, &[signed.as_bytes()], &[signature])?;
    let signed_at = fields
        .get("timestamp")
        .and_then(|time| match time {
            Value::String(text) => unix_seconds(text),
            other => json::seconds(other, ""),
        })
        .ok_or(Refused::BadSignature)?;
    within(WINDOW, signed_at, now)?;
    Ok(signed_at)
}

/// The body as an object, whether it is JSON or a form.
fn fields(request: &Request<'_>) -> Result<Value, Refused> {
    if request.is_json() {
        return json::parse(request.body);
    }
    let pairs = form::parse(request.body)?.into_iter();
    let fields: Map<String, Value> = pairs.map(|(name, value)| (name, Value::String(value))).collect();
    Ok(Value::Object(fields))
}

pub(super) fn read(body: &Value, signed_at: Timestamp) -> Result<Received, Refused> {
    let newer = json::text(body, "/message_uuid");
    let older = json::text(body, "/messageId").or_else(|| json::text(body, "/message-id"));
    match (newer, older, json::text(body, "/status")) {
        (Some(id), _, Some(status)) => Ok(message_status(body, id, status, signed_at)),
        (Some(id), _, None) => Ok(message(body, id, signed_at)),
        (None, Some(id), Some(status)) => Ok(delivery_receipt(body, id, status, signed_at)),
        (None, Some(id), None) => Ok(inbound_sms(body, id, signed_at)),
        (None, None, _) => Err(Refused::NotUnderstood("no message")),
    }
}

/// A number by itself, or as in the first version of the Messages API within an object.
fn end<'v>(body: &'v Value, which: &str) -> Option<&'v str> {
    json::text(body, which).or_else(|| json::text(body, &format!("{which}/number")))
}

/// A status of the Messages API.
fn message_status(body: &Value, id: &str, status: &str, signed_at: Timestamp) -> Received {
    // Some versions have the error in an object of that name once more.
    let error = |name: &str| {
        json::code(body, &format!("/error/{name}"))
            .or_else(|| json::code(body, &format!("/error/error/{name}")))
    };
    let code = error("title").unwrap_or_default();
    let cause = message_cause(&code);
    let progress = match status {
        "submitted" => Progress::Accepted,
        "delivered" => Progress::Delivered,
        "read" => Progress::Read,
        "undeliverable" => Progress::Undelivered(cause),
        "rejected" => Progress::Failed(cause),
        _ => return Received::nothing(),
    };
    let report = Report {
        message_id: id,
        our_id: json::text(body, "/client_ref").and_then(our_id),
        recipient: end(body, "/to").unwrap_or_default(),
        at: json::time(body, "/timestamp").unwrap_or(signed_at),
        event_id: format!("{id}:{status}"),
        detail: &error("detail").unwrap_or(code),
    };
    told(&report, progress)
}

/// A message that came in by the Messages API.
fn message(body: &Value, id: &str, signed_at: Timestamp) -> Received {
    let letter = Letter {
        message_id: id,
        from: end(body, "/from").unwrap_or_default(),
        to: end(body, "/to").unwrap_or_default(),
        text: json::text(body, "/text")
            .or_else(|| json::text(body, "/message/content/text"))
            .unwrap_or_default(),
        keyword: None,
        at: json::time(body, "/timestamp").unwrap_or(signed_at),
    };
    Received::from_events([letter.event()])
}

/// A delivery receipt of the SMS API, in which `msisdn` is the recipient and `to` the sender.
fn delivery_receipt(body: &Value, id: &str, status: &str, signed_at: Timestamp) -> Received {
    let code = json::code(body, "/err-code").unwrap_or_default();
    let cause = sms_cause(&code);
    let progress = match status {
        "accepted" | "buffered" => Progress::Accepted,
        "delivered" => Progress::Delivered,
        "expired" | "failed" => Progress::Undelivered(cause),
        "rejected" => Progress::Failed(cause),
        _ => return Received::nothing(),
    };
    let report = Report {
        message_id: id,
        our_id: json::text(body, "/client-ref").and_then(our_id),
        recipient: json::text(body, "/msisdn").unwrap_or_default(),
        at: utc(body).unwrap_or(signed_at),
        event_id: format!("{id}:{status}"),
        detail: if code == "0" { "" } else { &code },
    };
    told(&report, progress)
}

/// A message that came in by the SMS API, in which `msisdn` is the sender.
fn inbound_sms(body: &Value, id: &str, signed_at: Timestamp) -> Received {
    let letter = Letter {
        message_id: id,
        from: json::text(body, "/msisdn").unwrap_or_default(),
        to: json::text(body, "/to").unwrap_or_default(),
        text: json::text(body, "/text").unwrap_or_default(),
        keyword: None,
        at: utc(body).unwrap_or(signed_at),
    };
    Received::from_events([letter.event()])
}

fn told(report: &Report<'_>, progress: Progress) -> Received {
    let events = report.events(progress);
    if events.is_empty() {
        return Received::nothing();
    }
    Received::from_events(events.into_iter().map(Some))
}

/// `2020-01-01 12:00:00`, in UTC.
fn utc(body: &Value) -> Option<Timestamp> {
    let text = json::text(body, "/message-timestamp")?;
    let time: jiff::civil::DateTime = text.get(..19)?.parse().ok()?;
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// "Messages API errors".
fn message_cause(code: &str) -> Cause {
    Cause::Class(match code {
        // Number barred; anti-spam rejection; blocked by the carrier.
        "1050" | "1210" | "1280" => Class::Reputation,
        // An "illegal number" is one whose owner wants nothing from this service.
        "1240" => return Cause::OptedOut,
        // Absent for good; invalid recipient.
        "1190" | "1430" => Class::HardRecipient,
        // Absent for now.
        "1180" => Class::InactiveRecipient,
        // Invalid; too long.
        "1040" | "1090" => Class::Content,
        // Barred; quota; invalid sender.
        "1060" | "1070" | "1080" | "1120" | "1420" => Class::Account,
        _ => Class::Rejected,
    })
}

/// "Delivery receipt error codes" of the SMS API.
fn sms_cause(code: &str) -> Cause {
    Cause::Class(match code {
        // An "illegal number" is one whose owner wants nothing from this service.
        "9" => return Cause::OptedOut,
        // Absent for good; barred by its owner: both are to be removed, says the documentation.
        "3" | "4" => Class::HardRecipient,
        // Absent for now.
        "2" => Class::InactiveRecipient,
        // Anti-spam rejection; blocked by the carrier.
        "6" | "14" => Class::Reputation,
        // Invalid message; filtered by content.
        "10" | "52" => Class::Content,
        _ => Class::Rejected,
    })
}

#[cfg(test)]
mod tests;
