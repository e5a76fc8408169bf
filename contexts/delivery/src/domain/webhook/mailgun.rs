//! Mailgun's webhooks ("Securing Webhooks" and "Event Structure" of its documentation): one event a
//! call, in JSON beside its signature.
//!
//! The signature covers a time and a token, not the event: see [`Received::replay_key`].

use aws_lc_rs::hmac::HMAC_SHA256;
use kernel::{MessageId, Timestamp};
use serde_json::Value;

use super::{
    Refused, Request,
    bounce::bounce_class,
    event::{EventKind, OUR_ID, ProviderEvent, Received, detail, identifier, our_id, reader, web_url},
    json,
    signature::{WINDOW, mac_matches, unhex, unix_seconds, within},
};
use crate::domain::{outcome::Class, tracking::Agent};

/// Verifies and reads a call. `signing_key` is the *HTTP webhook signing key*, not the API key.
pub fn receive(signing_key: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    // The signature stands in the body, so the body is parsed first; nothing else is read of it.
    let body = json::parse(request.body)?;
    let token = json::text(&body, "/signature/token").ok_or(Refused::BadSignature)?;
    let timestamp = json::code(&body, "/signature/timestamp").ok_or(Refused::BadSignature)?;
    // What happens on a subaccount is signed with the key of the main account too.
    let signatures: Vec<Vec<u8>> = ["/signature/signature", "/signature/parent-signature"]
        .into_iter()
        .filter_map(|pointer| json::text(&body, pointer).and_then(unhex))
        .collect();
    let signed_at = unix_seconds(&timestamp).ok_or(Refused::BadSignature)?;
    let parts = [timestamp.as_bytes(), token.as_bytes()];
    mac_matches(HMAC_SHA256, signing_key, &parts, &signatures)?;
    within(WINDOW, signed_at, now)?;
    let replay_key = identifier(token).ok_or(Refused::BadSignature)?;
    Ok(Received {
        replay_key: Some(replay_key),
        ..read(&body, signed_at)?
    })
}

pub(super) fn read(body: &Value, signed_at: Timestamp) -> Result<Received, Refused> {
    let event = body.get("event-data").ok_or(Refused::NotUnderstood("no event"))?;
    Ok(Received::from_events([read_event(event, signed_at)]))
}

fn read_event(event: &Value, signed_at: Timestamp) -> Option<ProviderEvent> {
    let message_id = json::text(event, "/message/headers/message-id").map(bare);
    Some(ProviderEvent {
        kind: kind(json::text(event, "/event")?, event)?,
        provider_message_id: message_id.and_then(identifier),
        our_message_id: our_message(event, message_id),
        recipient: identifier(recipient(event)?)?,
        at: json::seconds(event, "/timestamp").unwrap_or(signed_at),
        event_id: identifier(json::text(event, "/id")?)?,
        detail: detail(words(event)),
    })
}

fn kind(word: &str, event: &Value) -> Option<EventKind> {
    let kind = match word {
        "accepted" => EventKind::Accepted,
        "delivered" => EventKind::Delivered,
        "failed" => failed(event),
        "rejected" => EventKind::Failed {
            class: Class::Rejected,
        },
        "opened" => EventKind::Opened { agent: client(event) },
        "clicked" => EventKind::Clicked {
            url: json::text(event, "/url").and_then(web_url),
            agent: client(event),
        },
        "unsubscribed" => EventKind::Unsubscribed,
        "complained" => EventKind::Complained,
        _ => return None,
    };
    Some(kind)
}

/// Mailgun tries again after a temporary failure by itself. Of the permanent ones, those with a reason
/// that begins with `suppress-` were never tried: the address stands on a list of Mailgun's.
fn failed(event: &Value) -> EventKind {
    if json::text(event, "/severity") == Some("temporary") {
        return EventKind::Deferred;
    }
    match json::text(event, "/reason") {
        Some("suppress-bounce") => EventKind::Failed {
            class: Class::HardRecipient,
        },
        Some(reason) if reason.starts_with("suppress-") => EventKind::Failed {
            class: Class::Rejected,
        },
        _ => EventKind::Bounced {
            class: bounced(event),
        },
    }
}

fn bounced(event: &Value) -> Class {
    let code = json::code(event, "/delivery-status/code").unwrap_or_default();
    let enhanced = json::text(event, "/delivery-status/enhanced-code");
    let message = json::text(event, "/delivery-status/message").unwrap_or_default();
    // The message is the server's, sometimes with its code and mostly without.
    if message.starts_with(&code) {
        bounce_class(enhanced, message)
    } else {
        bounce_class(enhanced, &format!("{code} {message}"))
    }
}

fn words(event: &Value) -> &str {
    [
        "/delivery-status/message",
        "/delivery-status/description",
        "/reject/reason",
        "/reason",
    ]
    .into_iter()
    .find_map(|pointer| json::text(event, pointer))
    .unwrap_or_default()
}

/// `bot` names the machine, where Mailgun has found one.
fn client(event: &Value) -> Agent {
    match json::text(event, "/client-info/bot") {
        Some(_) => Agent::Proxy,
        None => reader(json::text(event, "/client-info/user-agent")),
    }
}

/// What was rejected has no recipient but the header's: `Name <name@example.com>`.
fn recipient(event: &Value) -> Option<&str> {
    json::text(event, "/recipient").or_else(|| {
        let to = json::text(event, "/message/headers/to")?;
        Some(to.rsplit_once('<').map_or(to, |(_, address)| bare(address)))
    })
}

fn bare(text: &str) -> &str {
    text.trim().trim_start_matches('<').trim_end_matches('>')
}

fn our_message(event: &Value, message_id: Option<&str>) -> Option<MessageId> {
    let variable = json::text(event, &format!("/user-variables/{OUR_ID}"));
    [variable, message_id].into_iter().flatten().find_map(our_id)
}

#[cfg(test)]
mod tests;
