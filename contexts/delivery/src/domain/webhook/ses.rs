//! Amazon Simple Email Service: what it publishes to SNS, both as *event publishing* of a
//! configuration set (`eventType`) and as *feedback notifications* of an identity
//! (`notificationType`). ("Contents of event data that Amazon SES publishes to Amazon SNS" and
//! "Amazon SNS notification contents for Amazon SES" of its developer guide.)

use kernel::{MessageId, Timestamp};
use serde_json::Value;

use super::{
    Refused,
    bounce::bounce_class,
    event::{EventKind, OUR_ID, ProviderEvent, Received, detail, identifier, our_id, reader, web_url},
    json,
};
use crate::domain::outcome::Class;

/// Reads what a verified notification says. `id` and `at` are those of the notification.
///
/// A message may have several recipients, of which each gets an event of its own.
pub fn events(message: &str, id: &str, at: Timestamp) -> Result<Received, Refused> {
    // What the topic says about itself is prose: "Successfully validated SNS topic…".
    if !message.trim_start().starts_with('{') {
        return Ok(Received::nothing());
    }
    let event = json::parse(message.as_bytes())?;
    let kind = json::text(&event, "/eventType").or_else(|| json::text(&event, "/notificationType"));
    let Some(found) = kind.and_then(|kind| people(kind, &event)) else {
        return Ok(Received::nothing());
    };
    let alone = found.people.len() == 1;
    let at = found.at.unwrap_or(at);
    let people = found.people.into_iter().enumerate();
    Ok(Received::from_events(people.map(|(n, person)| {
        let event_id = if alone { id.to_owned() } else { format!("{id}:{n}") };
        Some(ProviderEvent {
            provider_message_id: json::text(&event, "/mail/messageId").and_then(identifier),
            our_message_id: our_message(&event),
            recipient: identifier(&person.address)?,
            kind: person.kind,
            at,
            event_id: identifier(&event_id)?,
            detail: detail(&person.detail),
        })
    })))
}

struct Found {
    at: Option<Timestamp>,
    people: Vec<Person>,
}

struct Person {
    address: String,
    kind: EventKind,
    detail: String,
}

/// Who it is about and what happened to each; `None` for what does not concern us.
fn people(kind: &str, event: &Value) -> Option<Found> {
    let time = |pointer| json::time(event, pointer);
    let to_all = |kind: &EventKind, detail: &str| addressed(event, "/mail/destination", kind, detail);
    let said = |pointer| json::text(event, pointer).unwrap_or_default();
    let (at, people) = match kind {
        "Send" => (time("/mail/timestamp"), to_all(&EventKind::Accepted, "")),
        "Delivery" => (
            time("/delivery/timestamp"),
            addressed(
                event,
                "/delivery/recipients",
                &EventKind::Delivered,
                said("/delivery/smtpResponse"),
            ),
        ),
        "DeliveryDelay" => (time("/deliveryDelay/timestamp"), delayed(event)),
        "Bounce" => (time("/bounce/timestamp"), bounced(event)),
        "Complaint" => (time("/complaint/timestamp"), complained(event)?),
        "Reject" => {
            let class = Class::Content;
            (None, to_all(&EventKind::Failed { class }, said("/reject/reason")))
        }
        "Rendering Failure" => {
            let class = Class::Content;
            let kind = EventKind::Failed { class };
            (None, to_all(&kind, said("/failure/errorMessage")))
        }
        "Open" => {
            let agent = reader(json::text(event, "/open/userAgent"));
            (time("/open/timestamp"), to_all(&EventKind::Opened { agent }, ""))
        }
        "Click" => (time("/click/timestamp"), to_all(&clicked(event), "")),
        "Subscription" => {
            let kind = wish(event)?;
            (time("/subscription/timestamp"), to_all(&kind, ""))
        }
        _ => return None,
    };
    Some(Found { at, people })
}

fn addressed(event: &Value, pointer: &str, kind: &EventKind, detail: &str) -> Vec<Person> {
    let addresses = json::list(event, pointer).iter().filter_map(Value::as_str);
    addresses
        .map(|address| Person {
            address: address.to_owned(),
            kind: kind.clone(),
            detail: detail.to_owned(),
        })
        .collect()
}

fn clicked(event: &Value) -> EventKind {
    EventKind::Clicked {
        url: json::text(event, "/click/link").and_then(web_url),
        agent: reader(json::text(event, "/click/userAgent")),
    }
}

fn delayed(event: &Value) -> Vec<Person> {
    let why = json::text(event, "/deliveryDelay/delayType").unwrap_or_default();
    let people = json::list(event, "/deliveryDelay/delayedRecipients").iter();
    people
        .map(|person| Person {
            address: address(person),
            kind: EventKind::Deferred,
            detail: json::text(person, "/diagnosticCode").unwrap_or(why).to_owned(),
        })
        .collect()
}

fn bounced(event: &Value) -> Vec<Person> {
    let kind = json::text(event, "/bounce/bounceType").unwrap_or_default();
    let sub_type = json::text(event, "/bounce/bounceSubType").unwrap_or_default();
    let people = json::list(event, "/bounce/bouncedRecipients").iter();
    people
        .map(|person| {
            let diagnostic = json::text(person, "/diagnosticCode");
            let class = class(kind, sub_type, json::text(person, "/status"), diagnostic);
            Person {
                address: address(person),
                kind: EventKind::Bounced { class },
                detail: diagnostic.map_or_else(|| format!("{kind}: {sub_type}"), str::to_owned),
            }
        })
        .collect()
}

/// The table "Bounce types". A permanent bounce is one to stop writing after; but where the server's
/// words are at hand and speak of authentication or of policy, it is not the address that is at fault.
fn class(kind: &str, sub_type: &str, status: Option<&str>, diagnostic: Option<&str>) -> Class {
    match (kind, sub_type) {
        (_, "NoEmail" | "Suppressed" | "OnAccountSuppressionList") => Class::HardRecipient,
        (_, "MailboxFull") => Class::InactiveRecipient,
        (_, "MessageTooLarge" | "ContentRejected" | "AttachmentRejected") => Class::Content,
        ("Permanent", "General") if diagnostic.is_none() && status.is_none() => Class::HardRecipient,
        _ => bounce_class(status, diagnostic.unwrap_or_default()),
    }
}

/// A report of type `not-spam` (RFC 6430) takes a complaint back, which nobody has to hear of.
fn complained(event: &Value) -> Option<Vec<Person>> {
    let kind = json::text(event, "/complaint/complaintFeedbackType").unwrap_or_default();
    if kind == "not-spam" {
        return None;
    }
    let people = json::list(event, "/complaint/complainedRecipients").iter();
    Some(
        people
            .map(|person| Person {
                address: address(person),
                kind: EventKind::Complained,
                detail: kind.to_owned(),
            })
            .collect(),
    )
}

/// What a change of somebody's preferences at Amazon means: the end of all topics or of one, or a
/// beginning.
fn wish(event: &Value) -> Option<EventKind> {
    let left_all = |which: &str| {
        let pointer = format!("/subscription/{which}/unsubscribeAll");
        json::is_true(event, &pointer)
    };
    let topics = |which: &str, status: &str| {
        let pointer = format!("/subscription/{which}/topicSubscriptionStatus");
        let topics = json::list(event, &pointer).iter();
        topics
            .filter(|topic| json::text(topic, "/subscriptionStatus") == Some(status))
            .count()
    };
    let (old, new) = ("oldTopicPreferences", "newTopicPreferences");
    if left_all(new) || topics(new, "OptOut") > topics(old, "OptOut") {
        Some(EventKind::Unsubscribed)
    } else if left_all(old) || topics(new, "OptIn") > topics(old, "OptIn") {
        Some(EventKind::Resubscribed)
    } else {
        None
    }
}

fn address(person: &Value) -> String {
    json::text(person, "/emailAddress").unwrap_or_default().to_owned()
}

/// From the tag, or from the `Message-ID` that we wrote, where the notification has headers.
fn our_message(event: &Value) -> Option<MessageId> {
    let tag = json::text(event, &format!("/mail/tags/{OUR_ID}/0"));
    let headers = json::list(event, "/mail/headers").iter();
    let header = headers
        .filter(|header| {
            json::text(header, "/name").is_some_and(|name| name.eq_ignore_ascii_case("Message-ID"))
        })
        .find_map(|header| json::text(header, "/value"));
    let common = json::text(event, "/mail/commonHeaders/messageId");
    [tag, header, common].into_iter().flatten().find_map(our_id)
}

#[cfg(test)]
mod tests;
