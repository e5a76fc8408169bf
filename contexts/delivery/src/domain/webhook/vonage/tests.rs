use aws_lc_rs::{digest, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::MessageId;
use serde_json::{Value, json};

use super::{claims, read, receive};
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, Keyword, ProviderEvent, Received, Refused,
        forging::{Call, NOW, after, assert_ignored, form_of, now, only},
    },
};

const SECRET: &str = "qwertyuiopasdfghjklzxcvbnm123456";
const URL: &str = "https://app.example/hooks/vonage";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn mac(secret: &str, text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(SECRET, &signed));
    format!("{signed}.{signature}")
}

fn with_claims(body: &str, claims: &Value) -> Call {
    let header = json!({"alg": "HS256", "typ": "JWT"});
    let headers = vec![
        ("Content-Type", "application/json".to_owned()),
        ("Authorization", format!("Bearer {}", token(&header, claims))),
    ];
    Call::new(URL, headers, body)
}

fn claims_of(body: &str) -> Value {
    json!({
        "iat": NOW,
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref()),
        "api_key": "a1b2c3d",
        "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    })
}

fn call(body: &str) -> Call {
    with_claims(body, &claims_of(body))
}

fn receive_it(call: &Call) -> Result<Received, Refused> {
    call.made(|request| receive(SECRET, request, now()))
}

fn status(word: &str, error: Value) -> Value {
    json!({
        "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "to": "447700900000",
        "from": "447700900001",
        "timestamp": "2025-02-03T12:14:25Z",
        "status": word,
        "error": error,
        "channel": "sms",
    })
}

fn read_it(body: &Value) -> ProviderEvent {
    only(read(body, now()))
}

#[test]
fn the_token_in_the_tests_of_vonages_library_is_verified() {
    let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM";
    let found = claims(SECRET, token).expect("verified");
    assert_eq!(found["iat"], json!(1_697_634_680));
    assert_eq!(claims("asdf", token), None);
    assert_eq!(claims("", token), None);
    for bad in ["asdf", "", "..", "a.b.c", &token[1..], &token[..token.len() - 1]] {
        assert_eq!(claims(SECRET, bad), None, "{bad}");
    }
}

#[test]
fn the_algorithm_is_not_the_tokens_to_choose() {
    let body = status("delivered", json!(null)).to_string();
    let claims = claims_of(&body);
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "RS256"}),
        json!({"alg": "hs256"}),
        json!({}),
        json!([]),
    ] {
        let call = call(&body).with_header("Authorization", &format!("Bearer {}", token(&header, &claims)));
        assert_eq!(receive_it(&call), Err(Refused::BadSignature), "{header}");
    }
    let unsigned = format!(
        "Bearer {}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let call = call(&body).with_header("Authorization", &unsigned);
    assert_eq!(receive_it(&call), Err(Refused::BadSignature));
}

#[test]
fn a_signed_call_is_read_and_a_changed_one_refused() {
    let right = call(&status("delivered", json!(null)).to_string());
    assert_eq!(only(receive_it(&right)).kind, EventKind::Delivered);
    for spoiled in right
        .with_each_byte_changed()
        .chain(right.with_each_character_changed("Authorization"))
        .chain([right.without_header("Authorization")])
    {
        assert!(receive_it(&spoiled).is_err(), "{spoiled:?}");
    }
    for secret in ["", "another"] {
        let refused = right.made(|request| receive(secret, request, now()));
        assert_eq!(refused, Err(Refused::BadSignature));
    }
}

#[test]
fn a_token_without_a_time_or_without_the_hash_of_the_body_is_refused() {
    let body = status("delivered", json!(null)).to_string();
    for missing in ["iat", "payload_hash"] {
        let mut claims = claims_of(&body);
        claims.as_object_mut().expect("an object").remove(missing);
        let refused = receive_it(&with_claims(&body, &claims));
        assert_eq!(refused, Err(Refused::BadSignature), "{missing}");
    }
}

#[test]
fn a_call_that_was_signed_more_than_five_minutes_ago_is_refused() {
    let body = status("delivered", json!(null)).to_string();
    let right = call(&body);
    let receive_at = |seconds| right.made(|request| receive(SECRET, request, after(seconds)));
    assert!(receive_at(300).is_ok());
    assert_eq!(receive_at(301), Err(Refused::OutsideWindow));
    assert_eq!(receive_at(-301), Err(Refused::OutsideWindow));
    let mut claims = claims_of(&body);
    claims["exp"] = json!(NOW - 1);
    assert_eq!(
        receive_it(&with_claims(&body, &claims)),
        Err(Refused::OutsideWindow)
    );
}

#[test]
fn every_status_of_the_messages_api_is_read() {
    let error = json!({
        "type": "https://developer.vonage.com/api-errors/messages#1430", "title": 1430,
        "detail": "The `to` parameter is invalid", "instance": "bf0ca0bf",
    });
    let (hard, agent) = (Class::HardRecipient, Agent::Person);
    for (word, error, kind, detail) in [
        ("submitted", json!(null), EventKind::Accepted, ""),
        ("delivered", json!(null), EventKind::Delivered, ""),
        ("read", json!(null), EventKind::Opened { agent }, ""),
        (
            "undeliverable",
            error.clone(),
            EventKind::Bounced { class: hard },
            "The `to` parameter is invalid",
        ),
        (
            "rejected",
            json!({"error": error}),
            EventKind::Failed { class: hard },
            "The `to` parameter is invalid",
        ),
        (
            "rejected",
            json!({"title": "1210"}),
            EventKind::Failed {
                class: Class::Reputation,
            },
            "1210",
        ),
        (
            "rejected",
            json!(null),
            EventKind::Failed {
                class: Class::Rejected,
            },
            "",
        ),
    ] {
        let event = read_it(&status(word, error));
        assert_eq!(event.kind, kind, "{word}");
        assert_eq!(event.detail, detail);
        assert_eq!(event.recipient, "+447700900000");
        assert_eq!(event.at.to_string(), "2025-02-03T12:14:25Z");
        assert_eq!(
            event.event_id,
            format!("aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab:{word}")
        );
    }
    let received = read(&status("rejected", json!({"title": "1240"})), now()).expect("understood");
    assert_eq!(received.events[1].kind, EventKind::Unsubscribed);
}

#[test]
fn messages_that_came_in_are_read_in_both_shapes() {
    let newer = json!({
        "channel": "sms", "message_uuid": "m-1", "to": "447700900000", "from": "447700900001",
        "timestamp": "2025-02-03T12:14:25Z", "text": "Start", "message_type": "text",
    });
    let older = json!({
        "message_uuid": "m-1", "to": {"type": "sms", "number": "447700900000"},
        "from": {"type": "sms", "number": "447700900001"},
        "message": {"content": {"type": "text", "text": "Start"}},
        "timestamp": "2025-02-03T12:14:25.000Z",
    });
    for body in [newer, older] {
        let event = read_it(&body);
        assert_eq!(
            event.kind,
            EventKind::Inbound {
                from: "+447700900001".to_owned(),
                to: "+447700900000".to_owned(),
                text: "Start".to_owned(),
                keyword: Some(Keyword::Start),
            }
        );
        assert_eq!(event.recipient, "+447700900001");
        assert_eq!(event.event_id, "m-1");
    }
}

#[test]
fn delivery_receipts_of_the_sms_api_are_read() {
    let receipt = |status: &str, code: &str| {
        json!({
            "msisdn": "447700900000", "to": "AcmeInc", "network-code": "12345",
            "messageId": "0A0000001234567B", "price": "0.03330000", "status": status,
            "scts": "2001011400", "err-code": code, "api-key": "abcd1234",
            "message-timestamp": "2020-01-01 12:00:00 +0000", "client-ref": "none",
        })
    };
    let rejected = Class::Rejected;
    for (status, code, kind) in [
        ("accepted", "0", EventKind::Accepted),
        ("buffered", "0", EventKind::Accepted),
        ("delivered", "0", EventKind::Delivered),
        ("expired", "1", EventKind::Bounced { class: rejected }),
        (
            "failed",
            "3",
            EventKind::Bounced {
                class: Class::HardRecipient,
            },
        ),
        (
            "failed",
            "2",
            EventKind::Bounced {
                class: Class::InactiveRecipient,
            },
        ),
        (
            "rejected",
            "6",
            EventKind::Failed {
                class: Class::Reputation,
            },
        ),
    ] {
        let event = read_it(&receipt(status, code));
        assert_eq!(event.kind, kind, "{status}");
        assert_eq!(event.recipient, "+447700900000");
        assert_eq!(event.at.to_string(), "2020-01-01T12:00:00Z");
        assert_eq!(event.provider_message_id.as_deref(), Some("0A0000001234567B"));
    }
    assert_ignored(&read(&receipt("unknown", "99"), now()));
    let received = read(&receipt("rejected", "9"), now()).expect("understood");
    assert_eq!(received.events[1].kind, EventKind::Unsubscribed);
}

/// As the SMS API signs a message that came in, by another implementation of the algorithm.
fn inbound_sms(signed: &str) -> Vec<(&'static str, String)> {
    [
        ("msisdn", "447700900001"),
        ("to", "447700900000"),
        ("messageId", "0A0000000123ABCD1"),
        ("text", "Hello & = you"),
        ("type", "text"),
        ("keyword", "HELLO"),
        ("message-timestamp", "2020-01-01 12:00:00"),
        ("timestamp", "1577880000"),
        ("nonce", "aaaaaaaa-bbbb"),
        ("sig", signed),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

fn as_form(pairs: &[(&'static str, String)]) -> Call {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let headers = vec![("Content-Type", "application/x-www-form-urlencoded".to_owned())];
    Call::new(URL, headers, form_of(&pairs))
}

const SIGNED: &str = "909ee7b623563cb7f12627b2a5b6ea5c89815215c3ec521d6d3751351ea4a91f";

#[test]
fn parameters_that_are_signed_are_accepted_and_changed_ones_refused() {
    let receive_at = |call: &Call, seconds: i64| {
        let now = after(1_577_880_000 - NOW + seconds);
        call.made(|request| receive("secret", request, now))
    };
    for signed in [SIGNED.to_owned(), SIGNED.to_uppercase()] {
        let pairs = inbound_sms(&signed);
        let form = as_form(&pairs);
        let fields: Value = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let headers = vec![("Content-Type", "application/json".to_owned())];
        let json = Call::new(URL, headers, fields.to_string());
        for call in [&form, &json] {
            let event = only(receive_at(call, 0));
            assert!(
                matches!(&event.kind, EventKind::Inbound { text, .. } if text == "Hello & = you"),
                "{event:?}"
            );
            assert_eq!(receive_at(call, 301), Err(Refused::OutsideWindow));
            assert_eq!(receive_at(call, -301), Err(Refused::OutsideWindow));
        }
    }
    let right = inbound_sms(SIGNED);
    for at in 0..right.len() {
        let mut changed = right.clone();
        changed[at].1.push('0');
        assert!(receive_at(&as_form(&changed), 0).is_err(), "{}", right[at].0);
        let mut fewer = right.clone();
        fewer.remove(at);
        assert!(receive_at(&as_form(&fewer), 0).is_err(), "{}", right[at].0);
    }
}

#[test]
fn our_identifier_comes_back_as_the_clients_reference() {
    let id = MessageId::generate();
    let mut body = status("delivered", json!(null));
    body["client_ref"] = json!(id.to_string());
    assert_eq!(read_it(&body).our_message_id, Some(id));
}

#[test]
fn unknown_statuses_are_ignored_and_malformed_bodies_are_errors() {
    assert_ignored(&read(&status("something_new", json!(null)), now()));
    assert_ignored(&read(&json!({"message_uuid": "m-1"}), now()));
    for body in ["", "{", "[]", "{}", "null"] {
        assert!(
            matches!(receive_it(&call(body)), Err(Refused::NotUnderstood(_))),
            "{body}"
        );
    }
}
