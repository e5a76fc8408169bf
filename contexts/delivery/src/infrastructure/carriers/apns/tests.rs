use super::{Apns, meaning_of_reason, payload};
use crate::{
    domain::{
        http_answer::Meaning,
        outgoing::{Outgoing, OutgoingPush},
        provider::{ApnsConfig, ApnsEnvironment, BaseUrl},
    },
    infrastructure::carriers::http_account::{Api, Unsendable},
};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::HeaderMap;
use jiff::SignedDuration;
use kernel::{MessageId, Timestamp};
use platform::egress::EgressResponse;

fn push(to: &str) -> Outgoing {
    Outgoing::Push(OutgoingPush {
        id: MessageId::generate(),
        to: to.to_owned(),
        title: "Sale".to_owned(),
        body: "Today only".to_owned(),
        url: "https://shop.example/sale".to_owned(),
        data: vec![
            ("aps".to_owned(), "x".to_owned()),
            ("page".to_owned(), "7".to_owned()),
        ],
    })
}

fn apns() -> Apns {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let key = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(made.expect("a key").as_ref())
    );
    let config = ApnsConfig {
        key_id: "ABC123DEFG".to_owned(),
        team_id: "DEF123GHIJ".to_owned(),
        topic: "com.example.shop".to_owned(),
        environment: ApnsEnvironment::Production,
        base_url: String::new(),
        max_connections: 4,
        messages_per_second: None,
    };
    Apns::new(&config, BaseUrl::parse(&config.base()).expect("an address"), &key)
}

fn answer(status: u16, body: &'static str) -> EgressResponse {
    EgressResponse {
        status,
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn pass(api: &Apns, at: Timestamp) -> String {
    let request = api.request(&push("ab12"), at).expect("a request");
    let header = request.headers["authorization"].to_str().expect("it is text");
    header.to_owned()
}

#[test]
fn a_token_is_used_for_forty_minutes_and_not_signed_anew_within_twenty() {
    let (api, start) = (
        apns(),
        "2026-11-27T12:00:00Z".parse::<Timestamp>().expect("a time"),
    );
    let after = |minutes| start + SignedDuration::from_mins(minutes);
    let first = pass(&api, start);
    assert_eq!(pass(&api, after(39)), first);
    let second = pass(&api, after(41));
    assert_ne!(second, first);

    let expired = answer(403, r#"{"reason":"ExpiredProviderToken"}"#);
    assert!(!api.renews_pass(&expired, after(50)), "it is nine minutes old");
    assert!(api.renews_pass(&expired, after(62)), "it is old enough");
    assert_ne!(pass(&api, after(62)), second);
    let invalid = answer(403, r#"{"reason":"InvalidProviderToken"}"#);
    assert!(!api.renews_pass(&invalid, after(90)));
}

#[test]
fn a_token_of_another_service_never_becomes_part_of_the_path() {
    let now = "2026-11-27T12:00:00Z".parse().expect("a time");
    for other in ["", "../x", "f6LT0Z:APA91b", "ab12/cd"] {
        let refused = apns().request(&push(other), now).err();
        assert_eq!(refused, Some(Unsendable::Recipient), "{other}");
    }
    let request = apns().request(&push("AB12"), now).expect("a request");
    assert_eq!(request.url, "https://api.push.apple.com/3/device/AB12");
}

#[test]
fn what_a_template_says_beside_the_alert_cannot_replace_it() {
    let Outgoing::Push(push) = push("ab12") else {
        panic!("it is one")
    };
    let payload = payload(&push);
    assert_eq!(payload["aps"]["alert"]["title"], "Sale");
    assert_eq!(payload["page"], "7");
    assert_eq!(payload["url"], "https://shop.example/sale");
    assert_eq!(payload["mauntic_message"], push.id.to_string());
}

#[test]
fn only_a_device_that_is_gone_is_called_gone() {
    for (status, reason, meaning) in [
        (410, "Unregistered", Some(Meaning::RecipientGone)),
        (410, "ExpiredToken", Some(Meaning::RecipientGone)),
        (400, "BadDeviceToken", None),
        (400, "DeviceTokenNotForTopic", None),
        (400, "TopicDisallowed", Some(Meaning::AccountFault)),
        (403, "InvalidProviderToken", None),
        (413, "PayloadTooLarge", None),
        (429, "TooManyRequests", None),
    ] {
        assert_eq!(meaning_of_reason(status, reason), meaning, "{status} {reason}");
    }
}
