use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::MessageId;
use serde_json::{Value, json};

use super::{read, receive};
use crate::domain::{
    outcome::Class,
    webhook::{
        EventKind, Keyword, Received, Refused,
        forging::{Call, NOW, after, assert_ignored, now, only},
    },
};

const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
}

fn public_key(seed: u8) -> String {
    STANDARD.encode(key(seed).public_key())
}

fn call(body: &str) -> Call {
    let signature = key(7).sign(format!("{NOW}|{body}").as_bytes());
    let headers = vec![
        (SIGNATURE, STANDARD.encode(signature)),
        (TIMESTAMP, NOW.to_string()),
    ];
    Call::new("https://app.example/hooks/telnyx", headers, body)
}

fn receive_it(call: &Call) -> Result<Received, Refused> {
    call.made(|request| receive(&public_key(7), request, now()))
}

fn event(kind: &str, payload: Value) -> Value {
    json!({
        "data": {
            "event_type": kind,
            "id": "4ee8c3a6-4995-4309-a3c6-38e3db9ea4be",
            "occurred_at": "2019-12-09T21:32:14.148+00:00",
            "payload": payload,
            "record_type": "event",
        },
        "meta": {"attempt": 1, "delivered_to": "https://app.example/hooks/telnyx"},
    })
}

fn sent(status: &str, errors: Value) -> Value {
    event(
        "message.finalized",
        json!({
            "id": "ac012cbf-5e09-46af-a69a-7c0e2d90993c",
            "direction": "outbound",
            "from": {"phone_number": "+13125550199"},
            "to": [{"carrier": "T-MOBILE USA, INC.", "phone_number": "+13125550100", "status": status}],
            "errors": errors,
            "tags": [],
        }),
    )
}

fn read_it(event: &Value) -> Result<Received, Refused> {
    read(event.to_string().as_bytes(), now())
}

#[test]
fn the_signature_of_another_implementation_is_accepted() {
    // openssl pkeyutl -sign -rawin, with the same key.
    let body = r#"{"data":{}}"#;
    let signature =
        "qIwM4OBCtqgdJqD5LdOKEKtofmtCbw8dYMp7Xb/JI2iBhx+y0e13Mm148KByRUPBqbBW8kCBv8nzen/viKQiBw==";
    assert_eq!(public_key(7), "6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=");
    let call = call(body).with_header(SIGNATURE, signature);
    assert_eq!(receive_it(&call), Err(Refused::NotUnderstood("no type of event")));
    let other = call.with_body(r#"{"data":[]}"#);
    assert_eq!(receive_it(&other), Err(Refused::BadSignature));
}

#[test]
fn a_signed_call_is_read_and_a_changed_one_refused() {
    let right = call(&sent("delivered", json!([])).to_string());
    assert_eq!(only(receive_it(&right)).kind, EventKind::Delivered);
    for spoiled in right
        .with_each_byte_changed()
        .chain(right.with_each_character_changed(SIGNATURE))
        .chain(right.with_each_character_changed(TIMESTAMP))
        .chain([
            right.without_header(SIGNATURE),
            right.without_header(TIMESTAMP),
            right.with_header(SIGNATURE, ""),
        ])
    {
        assert_eq!(receive_it(&spoiled), Err(Refused::BadSignature), "{spoiled:?}");
    }
    for key in [public_key(8), String::new(), "not base64".to_owned()] {
        let refused = right.made(|request| receive(&key, request, now()));
        assert_eq!(refused, Err(Refused::BadSignature), "{key}");
    }
}

#[test]
fn a_call_that_was_signed_more_than_five_minutes_ago_is_refused() {
    let call = call(&sent("delivered", json!([])).to_string());
    let receive_at = |seconds| call.made(|request| receive(&public_key(7), request, after(seconds)));
    assert!(receive_at(300).is_ok());
    assert_eq!(receive_at(301), Err(Refused::OutsideWindow));
    assert_eq!(receive_at(-301), Err(Refused::OutsideWindow));
}

#[test]
fn every_status_is_read() {
    let failure = |code: &str| json!([{"code": code, "title": "Title", "detail": "What happened"}]);
    let (hard, rejected) = (Class::HardRecipient, Class::Rejected);
    for (status, errors, kind, detail) in [
        ("queued", json!([]), EventKind::Accepted, ""),
        ("sending", json!([]), EventKind::Accepted, ""),
        ("sent", json!([]), EventKind::Accepted, ""),
        ("delivery_unconfirmed", json!([]), EventKind::Accepted, ""),
        ("delivered", json!([]), EventKind::Delivered, ""),
        (
            "delivery_failed",
            failure("40001"),
            EventKind::Bounced { class: hard },
            "What happened",
        ),
        (
            "delivery_failed",
            json!([{"code": 40008}]),
            EventKind::Bounced { class: rejected },
            "40008",
        ),
        ("expired", json!(null), EventKind::Bounced { class: rejected }, ""),
        (
            "sending_failed",
            failure("40310"),
            EventKind::Failed { class: hard },
            "What happened",
        ),
        (
            "sending_failed",
            failure("40003"),
            EventKind::Failed {
                class: Class::Reputation,
            },
            "What happened",
        ),
        (
            "sending_failed",
            failure("40010"),
            EventKind::Failed {
                class: Class::Account,
            },
            "What happened",
        ),
    ] {
        let event = only(read_it(&sent(status, errors)));
        assert_eq!(event.kind, kind, "{status}");
        assert_eq!(event.detail, detail);
        assert_eq!(event.recipient, "+13125550100");
        assert_eq!(event.at.to_string(), "2019-12-09T21:32:14.148Z");
        assert_eq!(event.event_id, "4ee8c3a6-4995-4309-a3c6-38e3db9ea4be");
        assert_eq!(
            event.provider_message_id.as_deref(),
            Some("ac012cbf-5e09-46af-a69a-7c0e2d90993c")
        );
    }
}

#[test]
fn a_message_to_somebody_who_answered_stop_tells_us_so() {
    let received = read_it(&sent("sending_failed", json!([{"code": "40300"}]))).expect("understood");
    assert_eq!(received.events[1].kind, EventKind::Unsubscribed);
}

#[test]
fn each_recipient_of_a_group_has_a_fate_of_their_own() {
    let received = read_it(&event(
        "message.sent",
        json!({"id": "m-1", "to": [
            {"phone_number": "+13125550100", "status": "sent"},
            {"phone_number": "+13125550101", "status": "sending_failed"},
            {"phone_number": "+13125550102", "status": "something_new"},
            {},
        ]}),
    ))
    .expect("understood");
    let ids: Vec<_> = received
        .events
        .iter()
        .map(|event| event.event_id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "4ee8c3a6-4995-4309-a3c6-38e3db9ea4be:0",
            "4ee8c3a6-4995-4309-a3c6-38e3db9ea4be:1"
        ]
    );
    assert_eq!(received.ignored, 2);
}

#[test]
fn a_message_that_came_in_is_read() {
    let event = only(read_it(&event(
        "message.received",
        json!({
            "id": "7ee4241c-f127-47e5-9c34-3aac291f8058",
            "direction": "inbound",
            "type": "SMS",
            "from": {"phone_number": "+18665550001", "carrier": "T-MOBILE USA, INC."},
            "to": [{"phone_number": "+18445550001", "status": "webhook_delivered"}],
            "text": "HELP",
        }),
    )));
    assert_eq!(
        event.kind,
        EventKind::Inbound {
            from: "+18665550001".to_owned(),
            to: "+18445550001".to_owned(),
            text: "HELP".to_owned(),
            keyword: Some(Keyword::Help),
        }
    );
    assert_eq!(event.event_id, "7ee4241c-f127-47e5-9c34-3aac291f8058");
}

#[test]
fn our_identifier_comes_back_among_the_tags() {
    let id = MessageId::generate();
    let mut event = sent("delivered", json!([]));
    event["data"]["payload"]["tags"] = json!(["Greetings", id.to_string()]);
    assert_eq!(only(read_it(&event)).our_message_id, Some(id));
}

#[test]
fn unknown_events_are_ignored_and_malformed_bodies_are_errors() {
    assert_ignored(&read_it(&event("call.initiated", json!({}))));
    assert_ignored(&read_it(&event("message.received", json!({}))));
    let nobody = read_it(&event("message.finalized", json!({})));
    assert_eq!(nobody, Ok(Received::default()));
    for body in ["", "{", "[]", "{}", r#"{"data": {}}"#] {
        assert!(
            matches!(read(body.as_bytes(), now()), Err(Refused::NotUnderstood(_))),
            "{body}"
        );
    }
}
