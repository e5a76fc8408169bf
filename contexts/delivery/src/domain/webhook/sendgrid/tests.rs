use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::MessageId;
use serde_json::{Value, json};

use super::{read, receive, verify};
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, OUR_ID, ProviderEvent, Received, Refused,
        forging::{Call, NOW, after, assert_ignored, now, only},
    },
};

const SIGNATURE: &str = "X-Twilio-Email-Event-Webhook-Signature";
const TIMESTAMP: &str = "X-Twilio-Email-Event-Webhook-Timestamp";

struct Signer {
    pair: EcdsaKeyPair,
    public_key: String,
}

impl Signer {
    fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        let info: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key");
        let public_key = STANDARD.encode(info.as_ref());
        Self { pair, public_key }
    }

    fn call(&self, signed_at: i64, body: &str) -> Call {
        let text = format!("{signed_at}{body}");
        let signature = self
            .pair
            .sign(&SystemRandom::new(), text.as_bytes())
            .expect("a signature");
        let headers = vec![
            (SIGNATURE, STANDARD.encode(signature.as_ref())),
            (TIMESTAMP, signed_at.to_string()),
        ];
        Call::new("https://app.example/hooks/sendgrid", headers, body)
    }
}

fn read_all(events: &Value) -> Received {
    read(events.to_string().as_bytes(), now()).expect("understood")
}

/// An event with the fields that all have.
fn event(word: &str, more: Value) -> Value {
    let mut event = json!({
        "email": "recipient@example.com",
        "timestamp": 1_461_095_250,
        "smtp-id": "<wrfRRvF7Q0GgwUo2CvDmEA@ismtpd0006p1sjc2.sendgrid.net>",
        "sg_event_id": "nOSv8m0eTQ-vxvwNwt3fZQ",
        "sg_message_id": "wrfRRvF7Q0GgwUo2CvDmEA.filter0425p1mdw1.13037.57168B4A1D.0",
        "event": word,
    });
    let fields = event.as_object_mut().expect("an object");
    if let Value::Object(more) = more {
        fields.extend(more);
    }
    event
}

fn read_one(word: &str, more: Value) -> ProviderEvent {
    only(Ok(read_all(&json!([event(word, more)]))))
}

#[test]
fn the_signature_in_the_tests_of_sendgrids_library_is_accepted() {
    let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==";
    let signature =
        "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=";
    let body = br#"{"category":"example_payload","event":"test_event","message_id":"message_id"}"#;
    assert_eq!(verify(key, signature, "1588788367", body), Ok(()));
    for (key, signature, timestamp, body) in [
        (key, signature, "1588788368", &body[..]),
        (key, signature, "", body),
        (key, signature, "1588788367", b"something else"),
        (
            key,
            "MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/1=",
            "1588788367",
            body,
        ),
        (key, "", "1588788367", body),
        ("", signature, "1588788367", body),
        ("corrupt", signature, "1588788367", body),
    ] {
        assert_eq!(
            verify(key, signature, timestamp, body),
            Err(Refused::BadSignature)
        );
    }
}

#[test]
fn a_signed_call_is_read_and_a_changed_one_refused() {
    let signer = Signer::generate();
    let body = json!([event("delivered", json!({"response": "250 OK"}))]).to_string();
    let call = signer.call(NOW, &body);
    let receive_it = |call: &Call| call.made(|request| receive(&signer.public_key, request, now()));
    let delivered = only(receive_it(&call));
    assert_eq!(delivered.kind, EventKind::Delivered);
    assert_eq!(delivered.detail, "250 OK");

    let another = Signer::generate();
    let elsewhere = call.made(|request| receive(&another.public_key, request, now()));
    assert_eq!(elsewhere, Err(Refused::BadSignature));
    for spoiled in call
        .with_each_byte_changed()
        .chain(call.with_each_character_changed(SIGNATURE))
        .chain(call.with_each_character_changed(TIMESTAMP))
        .chain([call.without_header(SIGNATURE), call.without_header(TIMESTAMP)])
    {
        assert_eq!(receive_it(&spoiled), Err(Refused::BadSignature), "{spoiled:?}");
    }
}

#[test]
fn a_call_that_was_signed_more_than_five_minutes_ago_is_refused() {
    let signer = Signer::generate();
    let call = signer.call(NOW, "[]");
    let receive_at = |seconds| call.made(|request| receive(&signer.public_key, request, after(seconds)));
    assert!(receive_at(300).is_ok());
    assert_eq!(receive_at(301), Err(Refused::OutsideWindow));
    assert_eq!(receive_at(-301), Err(Refused::OutsideWindow));
}

#[test]
fn every_type_of_event_is_read() {
    let person = Agent::Person;
    let class = Class::HardRecipient;
    for (word, more, kind) in [
        ("processed", json!({}), EventKind::Accepted),
        (
            "deferred",
            json!({"response": "400 try again later", "attempt": "5"}),
            EventKind::Deferred,
        ),
        ("delivered", json!({"response": "250 OK"}), EventKind::Delivered),
        (
            "bounce",
            json!({"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such account"}),
            EventKind::Bounced { class },
        ),
        (
            "dropped",
            json!({"reason": "Bounced Address"}),
            EventKind::Failed { class },
        ),
        (
            "open",
            json!({"useragent": "Mozilla/4.0 (compatible; MSIE 6.1)"}),
            EventKind::Opened { agent: person },
        ),
        (
            "click",
            json!({"url": "https://shop.example/", "useragent": "Mozilla/4.0 (compatible; MSIE 6.1)"}),
            EventKind::Clicked {
                url: Some("https://shop.example/".to_owned()),
                agent: person,
            },
        ),
        ("spamreport", json!({}), EventKind::Complained),
        ("unsubscribe", json!({}), EventKind::Unsubscribed),
        (
            "group_unsubscribe",
            json!({"asm_group_id": 10}),
            EventKind::Unsubscribed,
        ),
        (
            "group_resubscribe",
            json!({"asm_group_id": 10}),
            EventKind::Resubscribed,
        ),
    ] {
        let event = read_one(word, more);
        assert_eq!(event.kind, kind, "{word}");
        assert_eq!(
            event.provider_message_id.as_deref(),
            Some("wrfRRvF7Q0GgwUo2CvDmEA")
        );
        assert_eq!(event.event_id, "nOSv8m0eTQ-vxvwNwt3fZQ");
        assert_eq!(event.recipient, "recipient@example.com");
        assert_eq!(event.at.as_second(), 1_461_095_250);
    }
}

#[test]
fn bounces_are_judged_by_words_and_where_these_fail_by_sendgrids_judgement() {
    for (more, class) in [
        (
            json!({"type": "blocked", "reason": "550 5.7.1 spam"}),
            Class::Reputation,
        ),
        (
            json!({"type": "blocked", "reason": "550 5.7.26 unauthenticated"}),
            Class::Authentication,
        ),
        (
            json!({"type": "blocked", "reason": "550 blocked"}),
            Class::Rejected,
        ),
        (
            json!({"type": "bounce", "reason": "552 5.2.2 mailbox full"}),
            Class::InactiveRecipient,
        ),
        (
            json!({"type": "bounce", "reason": "500 unknown"}),
            Class::Rejected,
        ),
        (
            json!({"type": "bounce", "reason": "500 unknown", "bounce_classification": "Invalid Address"}),
            Class::HardRecipient,
        ),
        (
            json!({"type": "bounce", "reason": "", "bounce_classification": "Mailbox Unavailable"}),
            Class::InactiveRecipient,
        ),
    ] {
        let event = read_one("bounce", more.clone());
        assert_eq!(event.kind, EventKind::Bounced { class }, "{more}");
    }
    for (reason, class) in [
        ("Invalid", Class::HardRecipient),
        ("Bounced Address", Class::HardRecipient),
        ("Spam Content (if Spam Checker app is enabled)", Class::Rejected),
        ("Spam Content", Class::Content),
        ("Unsubscribed Address", Class::Rejected),
        ("Spam Reporting Address", Class::Rejected),
        ("Recipient List over Package Quota", Class::Account),
        ("", Class::Rejected),
    ] {
        let event = read_one("dropped", json!({"reason": reason}));
        assert_eq!(event.kind, EventKind::Failed { class }, "{reason}");
    }
}

#[test]
fn an_open_by_a_machine_is_told_from_one_by_a_person() {
    let browser = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_4) AppleWebKit/537.36";
    for (machine, agent) in [(true, Agent::Proxy), (false, Agent::Person)] {
        let event = read_one("open", json!({"sg_machine_open": machine, "useragent": browser}));
        assert_eq!(event.kind, EventKind::Opened { agent });
    }
}

#[test]
fn the_message_is_the_first_part_of_its_identifier() {
    for (given, found) in [
        (
            "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
            "14c5d75ce93.dfd.64b469",
        ),
        (
            "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
            "LRzXl_NHStOGhQ4kofSm_A",
        ),
        ("s4Bo9YG9QmG8vzPzPxYl3w.recvd-6f8b-1.0", "s4Bo9YG9QmG8vzPzPxYl3w"),
        ("abc.def", "abc"),
        ("abc", "abc"),
        // Dropped before any machine but one had it.
        ("filter0093p1las1.9128.5717FB8127.0", "wrfRRvF7Q0GgwUo2CvDmEA"),
        ("", "wrfRRvF7Q0GgwUo2CvDmEA"),
    ] {
        let event = read_one("delivered", json!({"sg_message_id": given}));
        assert_eq!(event.provider_message_id.as_deref(), Some(found), "{given}");
    }
    let event = read_one("delivered", json!({"sg_message_id": null, "smtp-id": null}));
    assert_eq!(event.provider_message_id, None);
}

#[test]
fn our_identifier_comes_back_as_a_custom_argument_or_in_the_message_id_that_we_wrote() {
    let id = MessageId::generate();
    let event = read_one("delivered", json!({OUR_ID: id.to_string()}));
    assert_eq!(event.our_message_id, Some(id));
    let event = read_one("delivered", json!({"smtp-id": format!("<{id}@mail.example>")}));
    assert_eq!(event.our_message_id, Some(id));
    assert_eq!(read_one("delivered", json!({})).our_message_id, None);
}

#[test]
fn events_come_in_any_order_and_the_unknown_ones_do_not_hold_up_the_rest() {
    let received = read_all(&json!([
        event("click", json!({"url": "javascript:alert(1)"})),
        event("something_new", json!({})),
        event("delivered", json!({"sg_event_id": ""})),
        "no event",
        event("processed", json!({"timestamp": "no time", "reason": 7})),
    ]));
    let kinds: Vec<_> = received.events.iter().map(|event| &event.kind).collect();
    let agent = Agent::Person;
    let clicked = EventKind::Clicked { url: None, agent };
    assert_eq!(kinds, [&clicked, &EventKind::Accepted]);
    assert_eq!(received.events[1].at, now());
    assert_eq!(received.ignored, 3);
    assert_ignored(&read(b"[{}]", now()));
    assert_eq!(read(b"[]", now()), Ok(Received::default()));
}

#[test]
fn a_body_that_is_no_list_is_an_error() {
    for body in ["", "[", "{}", "null", "[{]"] {
        assert!(
            matches!(read(body.as_bytes(), now()), Err(Refused::NotUnderstood(_))),
            "{body}"
        );
    }
}
