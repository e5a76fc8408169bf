use aws_lc_rs::hmac;
use kernel::MessageId;
use serde_json::{Value, json};

use super::receive;
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, OUR_ID, ProviderEvent, Received, Refused,
        forging::{Call, NOW, after, assert_ignored, now, only},
    },
};

const KEY: &str = "key-test";
const TOKEN: &str = "651869375b9df3c98fc15c4889b102119add1235c38fc92824";

fn mac(key: &str, text: &str) -> String {
    let mac = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()),
        text.as_bytes(),
    );
    mac.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn signature(signed_at: i64) -> Value {
    json!({
        "timestamp": signed_at.to_string(),
        "token": TOKEN,
        "signature": mac(KEY, &format!("{signed_at}{TOKEN}")),
    })
}

fn call(signature: &Value, event: &Value) -> Call {
    let body = json!({"signature": signature, "event-data": event}).to_string();
    Call::new("https://app.example/hooks/mailgun", vec![], body)
}

fn receive_it(call: &Call) -> Result<Received, Refused> {
    call.made(|request| receive(KEY, request, now()))
}

/// An event with the fields that nearly all have.
fn event(word: &str, more: Value) -> Value {
    let mut event = json!({
        "event": word,
        "id": "hTWCTD81RtiDN-abc",
        "timestamp": 1_534_108_637.153_125,
        "recipient": "recipient@example.com",
        "message": {"headers": {
            "to": "Recipient <recipient@example.com>",
            "message-id": "20180812211713.1.DF5966851B4BAA99@example.org",
        }},
    });
    let fields = event.as_object_mut().expect("an object");
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    event
}

fn read_one(word: &str, more: Value) -> ProviderEvent {
    only(receive_it(&call(&signature(NOW), &event(word, more))))
}

#[test]
fn a_signed_call_is_read_and_its_token_is_the_key_against_replays() {
    let more = json!({"delivery-status": {"code": 250, "message": "OK"}, "user-variables": {}});
    let received = receive_it(&call(&signature(NOW), &event("delivered", more))).expect("understood");
    assert_eq!(received.replay_key.as_deref(), Some(TOKEN));
    assert_eq!(
        received.events,
        [ProviderEvent {
            provider_message_id: Some("20180812211713.1.DF5966851B4BAA99@example.org".to_owned()),
            our_message_id: None,
            recipient: "recipient@example.com".to_owned(),
            kind: EventKind::Delivered,
            at: "2018-08-12T21:17:17.153125Z".parse().expect("a time"),
            event_id: "hTWCTD81RtiDN-abc".to_owned(),
            detail: "OK".to_owned(),
        }]
    );
}

#[test]
fn the_signature_is_that_of_the_documentation() {
    // HMAC-SHA256 of the timestamp and the token, by another implementation.
    assert_eq!(
        mac(KEY, &format!("1534108637{TOKEN}")),
        "7554b372d6cc548ad0aa3c9a84a58db76611c083b69a71a96a9d7fcebedc9c3d"
    );
}

#[test]
fn a_change_of_anything_that_is_signed_is_refused() {
    let event = event("delivered", json!({}));
    let right = signature(NOW);
    let changed = |name: &str, value: Value| {
        let mut signature = right.clone();
        signature[name] = value;
        receive_it(&call(&signature, &event))
    };
    let mac = right["signature"].as_str().expect("a text");
    for at in 0..mac.len() {
        let mut digits = mac.as_bytes().to_vec();
        digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
        let digits = String::from_utf8(digits).expect("ASCII");
        assert_eq!(changed("signature", digits.into()), Err(Refused::BadSignature));
    }
    for (name, value) in [
        ("timestamp", json!((NOW + 1).to_string())),
        ("timestamp", json!("")),
        ("timestamp", json!(null)),
        ("token", json!(TOKEN.replace('6', "7"))),
        ("token", json!("")),
        ("signature", json!("")),
        ("signature", json!(mac.get(..32))),
        ("signature", json!(7)),
    ] {
        let refused = changed(name, value.clone());
        assert_eq!(refused, Err(Refused::BadSignature), "{name}: {value}");
    }
    let call = call(&right, &event);
    assert_eq!(
        call.made(|request| receive("key-other", request, now())),
        Err(Refused::BadSignature)
    );
    assert_eq!(
        call.made(|request| receive("", request, now())),
        Err(Refused::BadSignature)
    );
    assert_eq!(
        receive_it(&call.with_body(json!({"event-data": event}).to_string())),
        Err(Refused::BadSignature)
    );
}

#[test]
fn what_happens_on_a_subaccount_is_signed_by_the_main_account_too() {
    let signature = json!({
        "timestamp": NOW.to_string(), "token": TOKEN, "signature": "00",
        "parent-signature": mac(KEY, &format!("{NOW}{TOKEN}")),
    });
    assert!(receive_it(&call(&signature, &event("delivered", json!({})))).is_ok());
}

#[test]
fn a_call_that_was_signed_more_than_five_minutes_ago_is_refused() {
    let call = call(&signature(NOW), &event("delivered", json!({})));
    let receive_at = |seconds| call.made(|request| receive(KEY, request, after(seconds)));
    assert!(receive_at(300).is_ok());
    assert_eq!(receive_at(301), Err(Refused::OutsideWindow));
    assert_eq!(receive_at(-301), Err(Refused::OutsideWindow));
}

#[test]
fn every_event_is_read() {
    let browser = json!({"client-type": "browser", "user-agent": "Mozilla/5.0 (Macintosh) Chrome/1"});
    let agent = Agent::Person;
    for (word, more, kind) in [
        ("accepted", json!({}), EventKind::Accepted),
        ("delivered", json!({}), EventKind::Delivered),
        (
            "opened",
            json!({"client-info": browser}),
            EventKind::Opened { agent },
        ),
        (
            "clicked",
            json!({"client-info": browser, "url": "https://shop.example/"}),
            EventKind::Clicked {
                url: Some("https://shop.example/".to_owned()),
                agent,
            },
        ),
        ("unsubscribed", json!({}), EventKind::Unsubscribed),
        ("complained", json!({}), EventKind::Complained),
        (
            "failed",
            json!({"severity": "temporary", "reason": "greylisted"}),
            EventKind::Deferred,
        ),
        (
            "rejected",
            json!({"reject": {"reason": "Sandbox subdomains are for test purposes only."}}),
            EventKind::Failed {
                class: Class::Rejected,
            },
        ),
    ] {
        assert_eq!(read_one(word, more).kind, kind, "{word}");
    }
}

#[test]
fn an_open_that_mailgun_calls_a_bots_is_no_persons() {
    let client = json!({"client-info": {"bot": "apple", "user-agent": "Mozilla/5.0 (Macintosh) Chrome/1"}});
    let agent = Agent::Proxy;
    assert_eq!(read_one("opened", client).kind, EventKind::Opened { agent });
}

#[test]
fn permanent_failures_fall_into_our_classes() {
    let status = |code: Value, message: &str| json!({"code": code, "message": message});
    for (status, class) in [
        (
            status(
                550.into(),
                "5.1.1 The email account does not exist.\n5.1.1 double-check",
            ),
            Class::HardRecipient,
        ),
        (
            status("550".into(), "550 5.1.1 no such user"),
            Class::HardRecipient,
        ),
        (status(550.into(), "no such user"), Class::HardRecipient),
        (status(552.into(), "5.2.2 over quota"), Class::InactiveRecipient),
        (
            status(550.into(), "5.7.26 unauthenticated"),
            Class::Authentication,
        ),
        (status(554.into(), "5.7.1 on a blocklist"), Class::Reputation),
        (status(498.into(), "No MX for nomx.example.com"), Class::Rejected),
        (
            json!({"code": 550, "enhanced-code": "5.1.1", "message": "gone"}),
            Class::HardRecipient,
        ),
        (json!({}), Class::Rejected),
    ] {
        let more = json!({"severity": "permanent", "reason": "bounce", "delivery-status": status});
        assert_eq!(
            read_one("failed", more).kind,
            EventKind::Bounced { class },
            "{status}"
        );
    }
    for (reason, class) in [
        ("suppress-bounce", Class::HardRecipient),
        ("suppress-complaint", Class::Rejected),
        ("suppress-unsubscribe", Class::Rejected),
    ] {
        let more = json!({
            "severity": "permanent", "reason": reason,
            "delivery-status": {"code": 605, "message": "", "description": "Not delivering to previously bounced address"},
        });
        let event = read_one("failed", more);
        assert_eq!(event.kind, EventKind::Failed { class }, "{reason}");
        assert_eq!(event.detail, "Not delivering to previously bounced address");
    }
}

#[test]
fn what_was_rejected_has_its_recipient_in_the_header_only() {
    let event = read_one("rejected", json!({"recipient": null}));
    assert_eq!(event.recipient, "recipient@example.com");
}

#[test]
fn our_identifier_comes_back_as_a_variable_or_in_the_message_id_that_we_wrote() {
    let id = MessageId::generate();
    let event = read_one("delivered", json!({"user-variables": {OUR_ID: id.to_string()}}));
    assert_eq!(event.our_message_id, Some(id));
    let headers = json!({"message": {"headers": {"message-id": format!("{id}@mail.example")}}});
    assert_eq!(read_one("delivered", headers).our_message_id, Some(id));
}

#[test]
fn unknown_events_are_ignored_and_malformed_bodies_are_errors() {
    for data in [
        event("stored", json!({})),
        event("delivered", json!({"id": 7})),
        json!({}),
    ] {
        assert_ignored(&receive_it(&call(&signature(NOW), &data)));
    }
    let right = call(&signature(NOW), &json!({}));
    let no_event = json!({"signature": signature(NOW)}).to_string();
    for body in ["", "{", "[]", no_event.as_str()] {
        assert!(receive_it(&right.with_body(body)).is_err(), "{body}");
    }
}
