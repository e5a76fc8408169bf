use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::MessageId;

use super::receive;
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, Keyword, OUR_ID, Received, Refused,
        forging::{Call, assert_ignored, form_of, now, only},
    },
};

const TOKEN: &str = "my_auth_token";
const URL: &str = "https://app.example/hooks/plivo";
const V2: [&str; 2] = ["X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce"];
const V3: [&str; 2] = ["X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"];
const NONCE: &str = "31627761595286130198";

fn signature(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

fn call(url: &str, names: [&'static str; 2], signature: &str, nonce: &str, pairs: &[(&str, &str)]) -> Call {
    let headers = vec![(names[0], signature.to_owned()), (names[1], nonce.to_owned())];
    Call::new(url, headers, form_of(pairs))
}

fn v2(pairs: &[(&str, &str)]) -> Call {
    call(URL, V2, &signature(&format!("{URL}{NONCE}")), NONCE, pairs)
}

/// Of pairs that are in order already.
fn v3(query: &str, pairs: &[(&str, &str)]) -> Call {
    let form: String = pairs.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let (url, signed) = if query.is_empty() {
        (URL.to_owned(), format!("{URL}?{form}.{NONCE}"))
    } else {
        (format!("{URL}?{query}"), format!("{URL}?{query}.{form}.{NONCE}"))
    };
    call(&url, V3, &signature(&signed), NONCE, pairs)
}

fn receive_it(call: &Call) -> Result<Received, Refused> {
    call.made(|request| receive(TOKEN, request, now()))
}

const DELIVERED: &[(&str, &str)] = &[
    ("ErrorCode", "000"),
    ("From", "15017122661"),
    ("MessageUUID", "4ee368ae-25ed-11e3-a36e-000000000000"),
    ("Status", "delivered"),
    ("To", "15558675310"),
];

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let mut pairs: Vec<_> = DELIVERED
        .iter()
        .filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name))
        .copied()
        .chain(changes.iter().copied())
        .collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn the_signatures_of_version_2_in_the_tests_of_plivos_libraries_are_accepted() {
    for (url, nonce, signature) in [
        (
            "https://answer.url",
            "12345",
            "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        ),
        (
            "https://answer.url:8000",
            "24725744043720739450",
            "LDphWoWimP4QM5AoWI1uwP6WmlWtt5ITPZjXIWYvCNU=",
        ),
        (
            "https://answer.url/",
            "12345",
            "do1CXv+k99A6+B+eTcyqbxWlezFIxJ/1vz72787r37g=",
        ),
    ] {
        let right = call(url, V2, signature, nonce, DELIVERED);
        let received = receive_it(&right).expect(url);
        assert_eq!(received.replay_key.as_deref(), Some(nonce));
        // The query is no part of it.
        assert!(receive_it(&right.with_url(&format!("{url}?a=b"))).is_ok());
        for spoiled in right
            .with_each_character_changed(V2[0])
            .chain(right.with_each_character_changed(V2[1]))
            .chain([
                right.with_url("https://answer.url:9000"),
                right.with_header(V2[1], ""),
                right.without_header(V2[0]),
                right.without_header(V2[1]),
            ])
        {
            assert_eq!(receive_it(&spoiled), Err(Refused::BadSignature), "{spoiled:?}");
        }
        let other = right.made(|request| receive("my_auth_tokens", request, now()));
        assert_eq!(other, Err(Refused::BadSignature));
    }
}

#[test]
fn the_signatures_of_version_3_in_the_tests_of_plivos_libraries_are_accepted() {
    let token = "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4";
    let id = "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36";
    let pairs = [
        ("Direction", "outbound"),
        ("From", "19792014278"),
        ("ALegUUID", id),
        ("CallStatus", "in-progress"),
        ("BillRate", "0.002"),
        ("ParentAuthID", "MANWVLYTK4ZWU1YTY4QA"),
        (
            "To",
            "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com",
        ),
        ("ALegRequestUUID", id),
        ("CallUUID", id),
        ("RequestUUID", id),
        (
            "SIP-H-To",
            "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1",
        ),
        ("SessionStart", "2020-04-08 11:34:33.238707"),
        ("Event", "StartApp"),
    ];
    let url = "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml";
    for (url, signature) in [
        (
            format!("{url}/?a=b&c=d"),
            "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c=",
        ),
        (url.to_owned(), "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="),
    ] {
        let right = call(&url, V3, signature, NONCE, &pairs);
        let receive_it = |call: &Call| call.made(|request| receive(token, request, now()));
        // Believed; but it is about a telephone call.
        assert_eq!(receive_it(&right), Err(Refused::NotUnderstood("no message")));
        let fewer = call(&url, V3, signature, NONCE, &pairs[1..]);
        assert_eq!(receive_it(&fewer), Err(Refused::BadSignature));
        let elsewhere = right.with_url(&format!("{url}&e=f"));
        assert_eq!(receive_it(&elsewhere), Err(Refused::BadSignature));
    }
}

#[test]
fn a_changed_call_of_version_3_is_refused() {
    for right in [v3("", DELIVERED), v3("a=b&c=d", DELIVERED)] {
        let received = receive_it(&right).expect("accepted");
        assert_eq!(received.replay_key.as_deref(), Some(NONCE));
        for spoiled in right
            .with_each_byte_changed()
            .chain(right.with_each_character_changed(V3[0]))
            .chain(right.with_each_character_changed(V3[1]))
            .chain([
                right.with_url("https://app.example/hooks/plivp"),
                right.with_url("https://app.example/hooks/plivo?a=c&c=d"),
                right.without_header(V3[0]),
                right.without_header(V3[1]),
                right.with_body(""),
            ])
        {
            assert!(receive_it(&spoiled).is_err(), "{spoiled:?}");
        }
    }
}

#[test]
fn the_better_signature_decides_where_both_are_there() {
    let mut both = v3("", DELIVERED);
    both.headers.extend(v2(DELIVERED).headers);
    assert!(receive_it(&both).is_ok());
    let changed = both.with_body(form_of(&with(&[("Status", "failed")])));
    assert_eq!(receive_it(&changed), Err(Refused::BadSignature));
}

#[test]
fn one_of_several_signatures_and_that_of_the_main_account_are_enough() {
    let right = v2(DELIVERED);
    let signature = right.headers[0].1.clone();
    let several = right.with_header(V2[0], &format!("AAAA, {signature}"));
    assert!(receive_it(&several).is_ok());
    let mut main = right.with_header(V2[0], "AAAA");
    main.headers.push(("X-Plivo-Signature-Ma-V2", signature));
    assert!(receive_it(&main).is_ok());
}

#[test]
fn every_status_is_read() {
    let rejected = Class::Rejected;
    let hard = Class::HardRecipient;
    let agent = Agent::Person;
    for (status, error, kind) in [
        ("queued", "000", EventKind::Accepted),
        ("sent", "000", EventKind::Accepted),
        ("delivered", "000", EventKind::Delivered),
        ("read", "000", EventKind::Opened { agent }),
        ("undelivered", "70", EventKind::Bounced { class: hard }),
        ("undelivered", "20", EventKind::Bounced { class: rejected }),
        ("failed", "50", EventKind::Failed { class: hard }),
        ("rejected", "", EventKind::Failed { class: rejected }),
        (
            "undelivered",
            "80",
            EventKind::Bounced {
                class: Class::InactiveRecipient,
            },
        ),
        (
            "undelivered",
            "30",
            EventKind::Bounced {
                class: Class::Reputation,
            },
        ),
        (
            "failed",
            "900",
            EventKind::Failed {
                class: Class::Account,
            },
        ),
    ] {
        let event = only(receive_it(&v2(&with(&[
            ("Status", status),
            ("ErrorCode", error),
        ]))));
        assert_eq!(event.kind, kind, "{status} {error}");
        assert_eq!(event.recipient, "+15558675310");
        assert_eq!(event.detail, if error == "000" { "" } else { error });
        assert_eq!(
            event.event_id,
            format!("4ee368ae-25ed-11e3-a36e-000000000000:{status}")
        );
    }
    assert_ignored(&receive_it(&v2(&with(&[("Status", "something_new")]))));
}

#[test]
fn a_part_of_a_long_message_is_reported_under_what_the_api_answered() {
    let event = only(receive_it(&v2(&with(&[("ParentMessageUUID", "parent")]))));
    assert_eq!(event.provider_message_id.as_deref(), Some("parent"));
    assert!(event.event_id.starts_with("4ee368ae"));
}

#[test]
fn a_message_to_somebody_who_answered_stop_tells_us_so() {
    let received = receive_it(&v2(&with(&[("Status", "failed"), ("ErrorCode", "200")])));
    let received = received.expect("understood");
    assert_eq!(received.events[1].kind, EventKind::Unsubscribed);
}

#[test]
fn a_message_that_came_in_is_read() {
    let event = only(receive_it(&v3(
        "",
        &[
            ("From", "15558675310"),
            ("MessageUUID", "m-1"),
            ("Text", "unsubscribe "),
            ("To", "15017122661"),
            ("Type", "sms"),
        ],
    )));
    assert_eq!(
        event.kind,
        EventKind::Inbound {
            from: "+15558675310".to_owned(),
            to: "+15017122661".to_owned(),
            text: "unsubscribe ".to_owned(),
            keyword: Some(Keyword::Stop),
        }
    );
}

#[test]
fn our_identifier_is_believed_where_the_query_is_signed() {
    let id = MessageId::generate();
    let query = format!("{OUR_ID}={id}");
    assert_eq!(only(receive_it(&v3(&query, DELIVERED))).our_message_id, Some(id));
    let unsigned = v2(DELIVERED).with_url(&format!("{URL}?{query}"));
    assert_eq!(only(receive_it(&unsigned)).our_message_id, None);
}

#[test]
fn a_call_about_no_message_is_not_understood() {
    assert!(matches!(
        receive_it(&v2(&[("CallUUID", "c-1")])),
        Err(Refused::NotUnderstood(_))
    ));
    assert!(receive_it(&v2(&[]).with_body(*b"a=%ff")).is_err());
}
