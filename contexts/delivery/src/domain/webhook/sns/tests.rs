use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::{Value, json};

use super::{Envelope, SnsMessage, amazon_path};
use crate::domain::webhook::{
    Refused,
    forging::{CERTIFICATE, Signer},
};

const TOPIC: &str = "arn:aws:sns:eu-west-1:12345:test";

/// Published with the certificate in the tests of another program: signature version 1.
fn published() -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "12345-abcdef",
        "TopicArn": TOPIC,
        "Subject": "This is the subject",
        "Message": "I am a message",
        "Timestamp": "2016-03-15T12:08:48.856Z",
        "SignatureVersion": "1",
        "Signature": "o9QVyuMPNphFdMUIW/lXqtWto0zJbUn84w/DV1sZG4fy9f3cBlvE0Le2QXVdoBqwrCCS6HpHjILZYMACrQRe6B5Y2zDXVaD5mZ7UcEMKtFy/5evpTemq+PamPh4GDcvtCl0be9DUbFeINBGwxwdxO+u+73LrBQrdi3tA/YyGiD+SoObtfbljb7aa4NCrly4+72l64WHTo6INzA/o+FsHqf5jD8o9OHxafgYTJYKXH6sSQmyLlCZbiC57PN2Jrk6SliumaTBiMgRPcXalEHmUfMEuUyGC+sGl+Lvg5rHjOyCzWkDPbnkusn+L7BOONMig/ef5YfkymBBoCSE+e4hQBQ==",
        "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-12345abcde.pem",
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
    })
}

fn published_at() -> Timestamp {
    "2016-03-15T12:08:48.856Z".parse().expect("a time")
}

fn verify(message: &Value, certificate: &str, topic: &str, now: Timestamp) -> Result<SnsMessage, Refused> {
    Envelope::parse(message.to_string().as_bytes())?.verify(certificate.as_bytes(), topic, now)
}

fn changed(message: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut message = message.clone();
    message[name] = value.into();
    message
}

/// Signed with signature version 2.
fn signed(signer: &Signer, mut message: Value) -> Value {
    message["SignatureVersion"] = "2".into();
    let text = Envelope(message.clone()).canonical().expect("complete");
    message["Signature"] = signer.sign(&text).into();
    message
}

#[test]
fn a_published_message_of_the_first_signature_version_is_accepted() {
    assert_eq!(
        verify(&published(), CERTIFICATE, TOPIC, published_at()),
        Ok(SnsMessage::Notification {
            id: "12345-abcdef".to_owned(),
            message: "I am a message".to_owned(),
            at: published_at(),
        })
    );
}

#[test]
fn a_change_of_anything_that_is_signed_is_refused() {
    for (name, value) in [
        ("Message", "I am a massage"),
        ("MessageId", "12345-abcdeg"),
        ("Subject", "This is the Subject"),
        ("Timestamp", "2016-03-15T12:08:48.857Z"),
        ("TopicArn", "arn:aws:sns:eu-west-1:12346:test"),
        ("Type", "UnsubscribeConfirmation"),
        ("Type", "Something"),
        ("SignatureVersion", "2"),
        ("SignatureVersion", "3"),
        ("Signature", ""),
        ("Signature", "not base64"),
    ] {
        let message = changed(&published(), name, value);
        let refused = verify(&message, CERTIFICATE, TOPIC, published_at());
        assert_eq!(refused, Err(Refused::BadSignature), "{name}: {value}");
    }
    let mut signature = STANDARD
        .decode(published()["Signature"].as_str().expect("a text"))
        .expect("base64");
    signature[100] ^= 1;
    let message = changed(&published(), "Signature", STANDARD.encode(signature));
    assert_eq!(
        verify(&message, CERTIFICATE, TOPIC, published_at()),
        Err(Refused::BadSignature)
    );
    for missing in ["Message", "MessageId", "Timestamp", "TopicArn", "Type", "Subject"] {
        let message = changed(&published(), missing, Value::Null);
        let refused = verify(&message, CERTIFICATE, TOPIC, published_at());
        assert_eq!(refused, Err(Refused::BadSignature), "{missing}");
    }
}

#[test]
fn a_topic_of_somebody_else_is_refused_however_well_signed() {
    for topic in ["arn:aws:sns:eu-west-1:666:test", ""] {
        assert_eq!(
            verify(&published(), CERTIFICATE, topic, published_at()),
            Err(Refused::BadSignature)
        );
    }
}

#[test]
fn what_amazon_repeats_within_its_hour_is_accepted_and_nothing_older() {
    for (minutes, fine) in [(0, true), (64, true), (66, false), (-66, false)] {
        let now = published_at() + SignedDuration::from_mins(minutes);
        let accepted = verify(&published(), CERTIFICATE, TOPIC, now);
        assert_eq!(accepted.is_ok(), fine, "{minutes}");
        if !fine {
            assert_eq!(accepted, Err(Refused::OutsideWindow));
        }
    }
}

#[test]
fn messages_of_the_second_signature_version_are_accepted_and_another_key_is_not() {
    let signer = Signer::generate();
    let confirm_url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=abc";
    let confirmation = |kind: &str, url: &str| {
        json!({
            "Type": kind,
            "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
            "Token": "abc",
            "TopicArn": TOPIC,
            "Message": "You have chosen to subscribe to the topic.\nTo confirm, visit the SubscribeURL.",
            "SubscribeURL": url,
            "Timestamp": "2016-03-15T12:08:48.856Z",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-12345abcde.pem",
        })
    };
    let message = signed(&signer, confirmation("SubscriptionConfirmation", confirm_url));
    assert_eq!(
        verify(&message, &signer.certificate, TOPIC, published_at()),
        Ok(SnsMessage::SubscriptionConfirmation {
            confirm_url: confirm_url.to_owned()
        })
    );
    assert_eq!(
        verify(&message, CERTIFICATE, TOPIC, published_at()),
        Err(Refused::BadSignature)
    );
    let other = changed(&message, "Token", "abd");
    assert_eq!(
        verify(&other, &signer.certificate, TOPIC, published_at()),
        Err(Refused::BadSignature)
    );

    let message = signed(
        &signer,
        confirmation("SubscriptionConfirmation", "https://evil.example/"),
    );
    assert!(matches!(
        verify(&message, &signer.certificate, TOPIC, published_at()),
        Err(Refused::NotUnderstood(_))
    ));

    let message = signed(&signer, confirmation("UnsubscribeConfirmation", confirm_url));
    assert_eq!(
        verify(&message, &signer.certificate, TOPIC, published_at()),
        Ok(SnsMessage::UnsubscribeConfirmation)
    );

    let mut without_subject = published();
    without_subject
        .as_object_mut()
        .expect("an object")
        .remove("Subject");
    let message = signed(&signer, without_subject);
    assert!(verify(&message, &signer.certificate, TOPIC, published_at()).is_ok());
}

#[test]
fn a_certificate_comes_from_amazon_or_not_at_all() {
    let envelope = |url: &str| {
        let message = changed(&published(), "SigningCertURL", url);
        Envelope::parse(message.to_string().as_bytes()).expect("JSON")
    };
    for fine in [
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-abc.pem",
    ] {
        assert_eq!(envelope(fine).certificate_url(), Ok(fine));
    }
    for bad in [
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-abc.pem",
        "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.a.b.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns..amazonaws.com/SimpleNotificationService-abc.pem",
        "https://user@sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com:444/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com/?Action=Publish&a=.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem?a=b",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService/../x.pem",
        "https://s3.us-east-1.amazonaws.com/SimpleNotificationService-abc.pem",
        "https://sns.us-east-1.amazonaws.com\\@evil.example/SimpleNotificationService-a.pem",
        "",
    ] {
        let envelope = envelope(bad);
        assert_eq!(envelope.certificate_url(), Err(Refused::BadSignature), "{bad}");
        assert_eq!(
            envelope.verify(CERTIFICATE.as_bytes(), TOPIC, published_at()),
            Err(Refused::BadSignature),
            "{bad}"
        );
    }
    assert_eq!(
        amazon_path("https://sns.us-east-1.amazonaws.com/?a=b"),
        Some("/?a=b")
    );
}

#[test]
fn a_certificate_that_is_none_and_a_body_that_is_no_json_are_errors() {
    for certificate in ["", "hello"] {
        assert!(verify(&published(), certificate, TOPIC, published_at()).is_err());
    }
    assert!(Envelope::parse(b"{").is_err());
    assert!(verify(&json!([]), CERTIFICATE, TOPIC, published_at()).is_err());
    assert!(verify(&json!({}), CERTIFICATE, TOPIC, published_at()).is_err());
}
