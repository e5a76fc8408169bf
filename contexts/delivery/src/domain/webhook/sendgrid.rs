//! Twilio SendGrid's Event Webhook ("Event Webhook Reference" and "Getting Started with the Event
//! Webhook Security Features" of its documentation): a JSON array of events, signed with ECDSA.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{MessageId, Timestamp};
use serde_json::Value;

use super::{
    Refused, Request,
    bounce::bounce_class,
    event::{EventKind, OUR_ID, ProviderEvent, Received, detail, identifier, our_id, reader, web_url},
    json,
    signature::{WINDOW, unix_seconds, within},
};
use crate::domain::{outcome::Class, tracking::Agent};

/// Verifies and reads a call. `public_key` is the *verification key* as SendGrid shows it: base64 of a
/// `SubjectPublicKeyInfo` on the curve P-256.
pub fn receive(public_key: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    let signature = request.signed_header("X-Twilio-Email-Event-Webhook-Signature")?;
    let timestamp = request.signed_header("X-Twilio-Email-Event-Webhook-Timestamp")?;
    verify(public_key, signature, timestamp, request.body)?;
    let signed_at = unix_seconds(timestamp).ok_or(Refused::BadSignature)?;
    within(WINDOW, signed_at, now)?;
    read(request.body, signed_at)
}

/// Over the timestamp's text and the body, one directly after the other.
fn verify(public_key: &str, signature: &str, timestamp: &str, body: &[u8]) -> Result<(), Refused> {
    let key = STANDARD
        .decode(public_key.trim())
        .map_err(|_| Refused::BadSignature)?;
    let signature = STANDARD.decode(signature).map_err(|_| Refused::BadSignature)?;
    let signed = [timestamp.as_bytes(), body].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key)
        .verify(&signed, &signature)
        .map_err(|_| Refused::BadSignature)
}

pub(super) fn read(body: &[u8], signed_at: Timestamp) -> Result<Received, Refused> {
    match json::parse(body)? {
        Value::Array(events) => Ok(Received::from_events(
            events.iter().map(|event| read_event(event, signed_at)),
        )),
        _ => Err(Refused::NotUnderstood("not a list of events")),
    }
}

fn read_event(event: &Value, signed_at: Timestamp) -> Option<ProviderEvent> {
    let said = |name| json::text(event, name);
    let words = said("/reason").or_else(|| said("/response"));
    Some(ProviderEvent {
        kind: kind(said("/event")?, event)?,
        provider_message_id: message_id(event),
        our_message_id: our_message(event),
        recipient: identifier(said("/email")?)?,
        at: json::seconds(event, "/timestamp").unwrap_or(signed_at),
        event_id: identifier(said("/sg_event_id")?)?,
        detail: detail(words.unwrap_or_default()),
    })
}

fn kind(word: &str, event: &Value) -> Option<EventKind> {
    let kind = match word {
        "processed" => EventKind::Accepted,
        "deferred" => EventKind::Deferred,
        "delivered" => EventKind::Delivered,
        "bounce" => EventKind::Bounced {
            class: bounced(event),
        },
        "dropped" => EventKind::Failed {
            class: dropped(event),
        },
        "open" => EventKind::Opened { agent: opener(event) },
        "click" => EventKind::Clicked {
            url: json::text(event, "/url").and_then(web_url),
            agent: reader(json::text(event, "/useragent")),
        },
        "spamreport" => EventKind::Complained,
        "unsubscribe" | "group_unsubscribe" => EventKind::Unsubscribed,
        "group_resubscribe" => EventKind::Resubscribed,
        _ => return None,
    };
    Some(kind)
}

/// By the server's words, and where they do not tell, by SendGrid's own judgement.
fn bounced(event: &Value) -> Class {
    let reason = json::text(event, "/reason").unwrap_or_default();
    let class = bounce_class(json::text(event, "/status"), reason);
    match (class, json::text(event, "/bounce_classification")) {
        (Class::Rejected, Some("Invalid Address")) => Class::HardRecipient,
        (Class::Rejected, Some("Mailbox Unavailable")) => Class::InactiveRecipient,
        (Class::Rejected, Some("Content")) => Class::Content,
        (Class::Rejected, Some("Reputation")) => Class::Reputation,
        _ => class,
    }
}

/// SendGrid did not even try.
fn dropped(event: &Value) -> Class {
    let reason = json::text(event, "/reason").unwrap_or_default();
    match reason.to_ascii_lowercase().as_str() {
        "bounced address" | "invalid" => Class::HardRecipient,
        "spam content" => Class::Content,
        "recipient list over package quota" => Class::Account,
        _ => Class::Rejected,
    }
}

/// Apple's mail privacy protection opens everything, whether anybody reads it or not.
fn opener(event: &Value) -> Agent {
    if json::is_true(event, "/sg_machine_open") {
        Agent::Proxy
    } else {
        reader(json::text(event, "/useragent"))
    }
}

/// What the API answered as `X-Message-Id`. `sg_message_id` begins with it, and goes on with the
/// machine that had the message: `14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0`. A dropped
/// message has the machine alone; there the `smtp-id` has what is asked for before its `@`.
fn message_id(event: &Value) -> Option<String> {
    let own = json::text(event, "/sg_message_id").and_then(|id| {
        let machine = [".filter", ".recvd"].into_iter().find_map(|word| id.find(word));
        match machine {
            Some(at) => id.get(..at),
            None if id.starts_with("filter") || id.starts_with("recvd") => None,
            None => id.split('.').next(),
        }
    });
    let smtp = || {
        let id = json::text(event, "/smtp-id")?.trim().trim_start_matches('<');
        id.split('@').next()
    };
    own.filter(|id| !id.is_empty()).or_else(smtp).and_then(identifier)
}

/// From the custom argument, or from our own `Message-ID` of mail that was handed over by SMTP.
fn our_message(event: &Value) -> Option<MessageId> {
    let custom = event.get(OUR_ID).and_then(Value::as_str);
    let header = json::text(event, "/smtp-id");
    [custom, header].into_iter().flatten().find_map(our_id)
}

#[cfg(test)]
mod tests;
