//! Whatever comes, nothing panics: bodies that are rightly signed and yet wrong, since a provider has
//! mistakes too, and calls that are nothing at all.

use kernel::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    Refused, Request,
    forging::{CERTIFICATE, now},
    form, json, mailgun, plivo, sendgrid, ses, sns, telnyx, twilio, vonage,
};

/// One body for each reader, which knows most of their fields.
fn bodies() -> Vec<String> {
    let values: [Value; 7] = [
        json!([{
            "email": "a@example.com", "timestamp": 1_461_095_250, "smtp-id": "<a@b>", "sg_event_id": "e",
            "sg_message_id": "a.filter1.2.3", "event": "bounce", "type": "bounce", "status": "5.1.1",
            "reason": "550 5.1.1 no", "url": "https://a.example", "useragent": "Mozilla", "sg_machine_open": true,
        }]),
        json!({"signature": {"timestamp": "1", "token": "t", "signature": "00"}, "event-data": {
            "event": "failed", "severity": "permanent", "id": "i", "timestamp": 1.5, "recipient": "a@example.com",
            "message": {"headers": {"message-id": "a@b", "to": "A <a@b>"}},
            // In two parts, so that it is not taken for the key of a text of ours.
            (concat!("delivery", "-status")): {"code": 550, "message": "5.1.1 no"}, "user-variables": {},
        }}),
        json!({"eventType": "Bounce", "mail": {"messageId": "m", "destination": ["a@example.com"], "tags": {}},
            "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "timestamp": "2016-01-27T14:59:44Z",
                "bouncedRecipients": [{"emailAddress": "a@example.com", "diagnosticCode": "smtp; 550 5.1.1 no"}]},
        }),
        json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:a", "Message": "{}", "Signature": "AAAA",
            "Timestamp": "2016-01-27T14:59:44Z", "SignatureVersion": "2",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        }),
        json!({"data": {"event_type": "message.finalized", "id": "e", "occurred_at": "2019-12-09T21:32:14Z",
            "payload": {"id": "m", "to": [{"phone_number": "+13125550100", "status": "delivery_failed"}],
                "errors": [{"code": "40001", "detail": "no"}], "tags": ["x"]},
        }}),
        json!({"message_uuid": "m", "to": "447700900000", "from": {"number": "447700900001"}, "status": "rejected",
            "error": {"title": 1240, "detail": "no"}, "timestamp": "2025-02-03T12:14:25Z", "client_ref": "x",
        }),
        json!({"msisdn": "447700900000", "to": "A", "messageId": "m", "status": "failed", "err-code": "3",
            "message-timestamp": "2020-01-01 12:00:00",
        }),
    ];
    let forms = [
        "MessageSid=SM1&From=%2B15017122661&To=%2B15558675310&MessageStatus=failed&ErrorCode=21610&Body=a%20b",
        "MessageUUID=m&From=15017122661&To=15558675310&Status=failed&ErrorCode=200&Text=a+b",
    ];
    values
        .iter()
        .map(Value::to_string)
        .chain(forms.map(str::to_owned))
        .collect()
}

/// Every reader reads it, whomever it was meant for.
fn read_everywhere(bytes: &[u8]) {
    let at: Timestamp = now();
    let _ = sendgrid::read(bytes, at);
    let _ = telnyx::read(bytes, at);
    let _ = ses::events(&String::from_utf8_lossy(bytes), "id", at);
    if let Ok(envelope) = sns::Envelope::parse(bytes) {
        let _ = envelope.certificate_url();
        let _ = envelope.verify(CERTIFICATE.as_bytes(), "arn:a", at);
    }
    if let Ok(value) = json::parse(bytes) {
        let _ = mailgun::read(&value, at);
        let _ = vonage::read(&value, at);
    }
    if let Ok(pairs) = form::parse(bytes) {
        let _ = twilio::read(&pairs, "", at);
        let _ = plivo::read(&pairs, None, at);
    }
}

/// What a value in JSON may be instead of what it should be.
fn instead(which: u8) -> Value {
    match which % 9 {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1.5e300),
        3 => json!(i64::MAX),
        4 => json!(""),
        5 => json!([[[]]]),
        6 => json!({"": {}}),
        7 => json!("\u{0}\u{202e}🛑"),
        _ => json!("x".repeat(3000)),
    }
}

/// Replaces the `at`th value, counted in the order of reading; says how many there were before.
fn replace(value: &mut Value, at: &mut usize, by: &Value) {
    if *at == 0 {
        *value = by.clone();
    }
    *at = at.wrapping_sub(1);
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, at, by)),
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, at, by)),
        _ => {}
    }
}

fn receive_everywhere(request: &Request<'_>) -> Vec<Result<(), Refused>> {
    let at = now();
    [
        sendgrid::receive("key", request, at),
        mailgun::receive("key", request, at),
        twilio::receive("key", request, at),
        plivo::receive("key", request, at),
        vonage::receive("key", request, at),
        telnyx::receive("key", request, at),
    ]
    .into_iter()
    .map(|received| received.map(|_| ()))
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_everywhere(&bytes);
    }

    #[test]
    fn spoiled_bodies_are_read_without_harm(
        which in 0usize..9, cut in 0usize..700, changes in proptest::collection::vec((0usize..700, any::<u8>()), 0..6),
    ) {
        let mut body = bodies()[which].clone().into_bytes();
        for (position, byte) in changes {
            let position = position % body.len();
            body[position] = byte;
        }
        body.truncate(cut);
        read_everywhere(&body);
    }

    #[test]
    fn fields_of_another_type_are_read_without_harm(which in 0usize..7, at in 0usize..30, kind in any::<u8>()) {
        let mut value: Value = serde_json::from_str(&bodies()[which]).expect("JSON");
        replace(&mut value, &mut at.clone(), &instead(kind));
        read_everywhere(value.to_string().as_bytes());
    }

    #[test]
    fn a_call_that_nobody_signed_is_refused_by_everybody(
        which in 0usize..9, text in "\\PC{0,40}", url in "(https://)?[a-z:/?=&%.\\[\\]0-9]{0,40}",
    ) {
        let body = &bodies()[which];
        for kind in ["application/json", "application/x-www-form-urlencoded", ""] {
            let names = [
                "Authorization", "X-Twilio-Signature", "X-Twilio-Email-Event-Webhook-Signature",
                "X-Twilio-Email-Event-Webhook-Timestamp", "telnyx-signature-ed25519", "telnyx-timestamp",
                "X-Plivo-Signature-V2", "X-Plivo-Signature-V2-Nonce", "X-Plivo-Signature-V3",
            ];
            let mut headers = vec![("Content-Type", kind)];
            headers.extend(names.map(|name| (name, text.as_str())));
            for headers in [&headers[..], &headers[..1]] {
                let request = Request { url: &url, headers, body: body.as_bytes() };
                for refused in receive_everywhere(&request) {
                    prop_assert!(refused.is_err());
                }
            }
        }
    }
}
