//! Calls as providers make them, signed with keys of the test's own.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Timestamp;
use serde_json::{Value, json};

/// Headers and body.
#[derive(Clone)]
pub struct Signed {
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

/// SendGrid's event webhook, with a key of its own.
pub struct SendGridSigner(EcdsaKeyPair);

impl SendGridSigner {
    pub fn generate() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"))
    }

    /// The verification key as SendGrid shows it.
    pub fn key(&self) -> String {
        let info: PublicKeyX509Der<'_> = self.0.public_key().as_der().expect("a public key");
        STANDARD.encode(info.as_ref())
    }

    pub fn sign(&self, events: &[Value], now: Timestamp) -> Signed {
        let body = serde_json::to_vec(events).expect("JSON");
        self.sign_body(body, now)
    }

    pub fn sign_body(&self, body: Vec<u8>, now: Timestamp) -> Signed {
        let time = now.as_second().to_string();
        let signed = [time.as_bytes(), &body].concat();
        let signature = self.0.sign(&SystemRandom::new(), &signed).expect("a signature");
        Signed {
            headers: vec![
                (
                    "x-twilio-email-event-webhook-signature",
                    STANDARD.encode(signature.as_ref()),
                ),
                ("x-twilio-email-event-webhook-timestamp", time),
            ],
            body,
        }
    }
}

/// One event of SendGrid. `id` is distinct for each.
pub fn sendgrid_event(id: &str, event: &str, email: &str, message: &str, now: Timestamp) -> Value {
    let mut value = json!({
        "event": event,
        "email": email,
        "timestamp": now.as_second(),
        "sg_event_id": id,
        "sg_message_id": format!("{id}.filter0001.16648.5515E0B88.0"),
        "mauntic_message": message,
    });
    if event == "bounce" {
        value["status"] = json!("5.1.1");
        value["reason"] = json!("550 5.1.1 no such user");
    }
    value
}

/// A call of Mailgun.
pub fn mailgun_call(key: &str, token: &str, event: Value, now: Timestamp) -> Signed {
    let time = now.as_second().to_string();
    let mac = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()),
        format!("{time}{token}").as_bytes(),
    );
    let signature: String = mac.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let body = json!({
        "signature": { "timestamp": time, "token": token, "signature": signature },
        "event-data": event,
    });
    Signed {
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    }
}

/// A permanent failure as Mailgun tells it.
pub fn mailgun_bounce(id: &str, email: &str, message: &str, now: Timestamp) -> Value {
    json!({
        "event": "failed",
        "severity": "permanent",
        "reason": "bounce",
        "id": id,
        "timestamp": now.as_second(),
        "recipient": email,
        "user-variables": { "mauntic_message": message },
        "delivery-status": { "code": 550, "enhanced-code": "5.1.1", "message": "5.1.1 no such user" },
        "message": { "headers": { "message-id": "20261127.1@mg.example.com" } },
    })
}

/// Amazon SNS.
pub struct SnsSigner {
    pair: RsaKeyPair,
    pub certificate: String,
}

pub const TOPIC: &str = "arn:aws:sns:eu-west-1:123456789012:mail-events";
pub const CERTIFICATE_URL: &str =
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
pub const SUBSCRIBE_URL: &str =
    "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f";

impl SnsSigner {
    /// Takes a good part of a second.
    pub fn generate() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let info: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key");
        let der = certificate_around(info.as_ref());
        let certificate = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(der)
        );
        Self { pair, certificate }
    }

    pub fn notification(&self, id: &str, message: &Value, now: Timestamp) -> Vec<u8> {
        let at = now.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let message = message.to_string();
        let signed = format!(
            "Message\n{message}\nMessageId\n{id}\nTimestamp\n{at}\nTopicArn\n{TOPIC}\nType\nNotification\n"
        );
        self.envelope(
            &signed,
            json!({ "Type": "Notification", "MessageId": id, "TopicArn": TOPIC, "Message": message, "Timestamp": at }),
        )
    }

    pub fn subscription(&self, now: Timestamp) -> Vec<u8> {
        let at = now.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let message = "You have chosen to subscribe to the topic.";
        let signed = format!(
            "Message\n{message}\nMessageId\nsub-1\nSubscribeURL\n{SUBSCRIBE_URL}\nTimestamp\n{at}\nToken\n2336412f\nTopicArn\n{TOPIC}\nType\nSubscriptionConfirmation\n"
        );
        self.envelope(
            &signed,
            json!({
                "Type": "SubscriptionConfirmation", "MessageId": "sub-1", "TopicArn": TOPIC, "Message": message,
                "Timestamp": at, "Token": "2336412f", "SubscribeURL": SUBSCRIBE_URL,
            }),
        )
    }

    fn envelope(&self, signed: &str, mut body: Value) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .expect("a signature");
        body["SignatureVersion"] = json!("2");
        body["Signature"] = json!(STANDARD.encode(signature));
        body["SigningCertURL"] = json!(CERTIFICATE_URL);
        body.to_string().into_bytes()
    }
}

/// A certificate of version 1 about nobody, by nobody, in DER.
fn certificate_around(key_info: &[u8]) -> Vec<u8> {
    let empty = element(0x30, &[]);
    let serial = element(0x02, &[1]);
    let signed = [serial.as_slice(), &empty, &empty, &empty, &empty, key_info].concat();
    let signed = element(0x30, &signed);
    element(0x30, &[signed, empty, element(0x03, &[0])].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).expect("short").to_be_bytes();
    let header = match content.len() {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [header.as_slice(), content].concat()
}
