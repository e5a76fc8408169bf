//! Telnyx' webhooks for messages ("Receiving webhooks for messaging" and "Webhook signature
//! verification" of its documentation), signed with Ed25519.

use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Timestamp;
use serde_json::Value;

use super::{
    Refused, Request,
    event::{ProviderEvent, Received, our_id},
    json,
    signature::{WINDOW, unix_seconds, within},
    sms::{Cause, Letter, Progress, Report},
};
use crate::domain::outcome::Class;

/// Verifies and reads a call. `public_key` is the account's, as Telnyx shows it: base64 of 32 bytes.
pub fn receive(public_key: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    let signature = request.signed_header("telnyx-signature-ed25519")?;
    let timestamp = request.signed_header("telnyx-timestamp")?;
    verify(public_key, signature, timestamp, request.body)?;
    let signed_at = unix_seconds(timestamp).ok_or(Refused::BadSignature)?;
    within(WINDOW, signed_at, now)?;
    read(request.body, signed_at)
}

fn verify(public_key: &str, signature: &str, timestamp: &str, body: &[u8]) -> Result<(), Refused> {
    let key = STANDARD
        .decode(public_key.trim())
        .map_err(|_| Refused::BadSignature)?;
    let signature = STANDARD.decode(signature).map_err(|_| Refused::BadSignature)?;
    let signed = [timestamp.as_bytes(), b"|", body].concat();
    UnparsedPublicKey::new(&ED25519, key)
        .verify(&signed, &signature)
        .map_err(|_| Refused::BadSignature)
}

pub(super) fn read(body: &[u8], signed_at: Timestamp) -> Result<Received, Refused> {
    let body = json::parse(body)?;
    let event = body.get("data").ok_or(Refused::NotUnderstood("no event"))?;
    let at = json::time(event, "/occurred_at").unwrap_or(signed_at);
    match json::text(event, "/event_type") {
        Some("message.received") => Ok(Received::from_events([letter(event, at)])),
        Some("message.sent" | "message.finalized") => Ok(reports(event, at)),
        Some(_) => Ok(Received::nothing()),
        None => Err(Refused::NotUnderstood("no type of event")),
    }
}

fn letter(event: &Value, at: Timestamp) -> Option<ProviderEvent> {
    let letter = Letter {
        message_id: json::text(event, "/payload/id")?,
        from: json::text(event, "/payload/from/phone_number")?,
        to: json::text(event, "/payload/to/0/phone_number")?,
        text: json::text(event, "/payload/text").unwrap_or_default(),
        keyword: None,
        at,
    };
    letter.event()
}

/// One for each recipient, of whom a group message has several, each with a fate of their own.
fn reports(event: &Value, at: Timestamp) -> Received {
    let recipients = json::list(event, "/payload/to");
    let code = json::code(event, "/payload/errors/0/code").unwrap_or_default();
    let words = json::text(event, "/payload/errors/0/detail")
        .or_else(|| json::text(event, "/payload/errors/0/title"))
        .unwrap_or(&code);
    let tags = json::list(event, "/payload/tags").iter();
    let our_id = tags.filter_map(Value::as_str).find_map(our_id);
    let mut received = Received::default();
    for (n, recipient) in recipients.iter().enumerate() {
        let found = report(event, recipient, &code).map(|(mut report, progress)| {
            report.our_id = our_id;
            report.at = at;
            if recipients.len() > 1 {
                report.event_id = format!("{}:{n}", report.event_id);
            }
            if matches!(progress, Progress::Undelivered(_) | Progress::Failed(_)) {
                report.detail = words;
            }
            report.events(progress)
        });
        match found {
            Some(events) if !events.is_empty() => received.events.extend(events),
            _ => received.ignored += 1,
        }
    }
    received
}

fn report<'a>(event: &'a Value, recipient: &'a Value, code: &str) -> Option<(Report<'a>, Progress)> {
    let report = Report {
        message_id: json::text(event, "/payload/id")?,
        our_id: None,
        recipient: json::text(recipient, "/phone_number")?,
        at: Timestamp::UNIX_EPOCH,
        event_id: json::text(event, "/id")?.to_owned(),
        detail: "",
    };
    Some((report, progress(json::text(recipient, "/status")?, code)?))
}

fn progress(status: &str, code: &str) -> Option<Progress> {
    match status {
        // Final, and yet nobody has confirmed anything.
        "queued" | "sending" | "sent" | "delivery_unconfirmed" => Some(Progress::Accepted),
        "delivered" => Some(Progress::Delivered),
        "delivery_failed" | "expired" => Some(Progress::Undelivered(cause(code))),
        "sending_failed" => Some(Progress::Failed(cause(code))),
        _ => None,
    }
}

/// "Messaging error codes".
fn cause(code: &str) -> Cause {
    Cause::Class(match code {
        // Blocked due to a STOP message.
        "40300" => return Cause::OptedOut,
        // Not routable, such as a landline; invalid destination number; invalid `to`.
        "40001" | "40012" | "40310" => Class::HardRecipient,
        // Taken for spam by the carrier, for a while or for good, or by Telnyx.
        "40002" | "40003" | "40015" => Class::Reputation,
        // Invalid body; too large.
        "40009" | "40302" => Class::Content,
        // Not registered; invalid sender; spending limit.
        "40010" | "40013" | "40333" => Class::Account,
        _ => Class::Rejected,
    })
}

#[cfg(test)]
mod tests;
