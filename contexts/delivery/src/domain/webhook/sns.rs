//! Amazon Simple Notification Service, which carries the events of Amazon SES to an HTTPS endpoint
//! ("Verifying the signatures of Amazon SNS messages" and "Parsing message formats" of its developer
//! guide).
//!
//! In order: [`Envelope::parse`], fetch what [`Envelope::certificate_url`] names, [`Envelope::verify`].
//! Messages with raw delivery have no signature and cannot be used.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use kernel::Timestamp;
use serde_json::Value;

use super::{Refused, certificate, event::identifier, json, signature::within};

/// The signed time is that of publishing, and is the same in all attempts to deliver, which go on for
/// an hour at most. Five minutes would lose what was published while we were down; a repetition within
/// the hour has a message identifier that was seen.
const WINDOW: SignedDuration = SignedDuration::from_mins(65);

/// A message whose signature is not verified yet.
#[derive(Clone, Debug)]
pub struct Envelope(Value);

/// What a verified message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnsMessage {
    /// The topic wants to know whether it may call us: opening the address says yes.
    SubscriptionConfirmation {
        /// At Amazon, over HTTPS.
        confirm_url: String,
    },
    /// Something was published.
    Notification {
        /// The same in all attempts to deliver it.
        id: String,
        /// What was published; for SES, JSON for [`ses::events`](super::ses::events).
        message: String,
        /// When it was published.
        at: Timestamp,
    },
    /// The topic calls us no more.
    UnsubscribeConfirmation,
}

impl Envelope {
    /// Reads the body, of which nothing is believed yet.
    pub fn parse(body: &[u8]) -> Result<Self, Refused> {
        json::parse(body).map(Self)
    }

    /// Where the certificate is to be fetched, over HTTPS and without following redirects. Refused
    /// unless it is a host of SNS itself: whoever chose another one would choose the key.
    pub fn certificate_url(&self) -> Result<&str, Refused> {
        json::text(&self.0, "/SigningCertURL")
            .filter(|url| {
                amazon_path(url).is_some_and(|path| {
                    let file = path.strip_prefix("/SimpleNotificationService");
                    file.and_then(|file| file.strip_suffix(".pem"))
                        .is_some_and(is_plain)
                })
            })
            .ok_or(Refused::BadSignature)
    }

    /// Whether it says that it comes from this topic, which is believed only once it is verified. Whoever
    /// does not even say so is not worth fetching a certificate for.
    #[must_use]
    pub fn claims(&self, topic_arn: &str) -> bool {
        !topic_arn.is_empty() && json::text(&self.0, "/TopicArn") == Some(topic_arn)
    }

    /// Verifies it with the certificate (PEM), and that it comes from the topic that was set up:
    /// everybody with an account at Amazon can have SNS sign messages of theirs.
    pub fn verify(&self, certificate: &[u8], topic_arn: &str, now: Timestamp) -> Result<SnsMessage, Refused> {
        self.certificate_url()?;
        self.verify_signature(certificate)?;
        if !self.claims(topic_arn) {
            return Err(Refused::BadSignature);
        }
        let at = json::time(&self.0, "/Timestamp").ok_or(Refused::NotUnderstood("no time"))?;
        within(WINDOW, at, now)?;
        self.message(at)
    }

    fn verify_signature(&self, certificate: &[u8]) -> Result<(), Refused> {
        let algorithm = match json::code(&self.0, "/SignatureVersion").as_deref() {
            Some("1") => &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            Some("2") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return Err(Refused::BadSignature),
        };
        let signature = json::text(&self.0, "/Signature")
            .and_then(|text| STANDARD.decode(text).ok())
            .ok_or(Refused::BadSignature)?;
        let signed = self.canonical().ok_or(Refused::BadSignature)?;
        UnparsedPublicKey::new(algorithm, certificate::public_key(certificate)?)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| Refused::BadSignature)
    }

    /// Names and values, each with a line break after it, in the order of the alphabet.
    fn canonical(&self) -> Option<String> {
        let names: &[&str] = match json::text(&self.0, "/Type")? {
            "Notification" => &["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &[
                "Message",
                "MessageId",
                "SubscribeURL",
                "Timestamp",
                "Token",
                "TopicArn",
                "Type",
            ],
            _ => return None,
        };
        let mut text = String::new();
        for name in names {
            match self.0.get(*name) {
                Some(Value::String(value)) => text.extend([*name, "\n", value.as_str(), "\n"]),
                // Only the subject may be missing.
                Some(Value::Null) | None if *name == "Subject" => {}
                _ => return None,
            }
        }
        Some(text)
    }

    fn message(&self, at: Timestamp) -> Result<SnsMessage, Refused> {
        match json::text(&self.0, "/Type") {
            Some("Notification") => Ok(SnsMessage::Notification {
                id: json::text(&self.0, "/MessageId")
                    .and_then(identifier)
                    .ok_or(Refused::NotUnderstood("no message identifier"))?,
                message: json::text(&self.0, "/Message").unwrap_or_default().to_owned(),
                at,
            }),
            Some("SubscriptionConfirmation") => json::text(&self.0, "/SubscribeURL")
                .filter(|url| amazon_path(url).is_some())
                .map(|url| SnsMessage::SubscriptionConfirmation {
                    confirm_url: url.to_owned(),
                })
                .ok_or(Refused::NotUnderstood("a confirmation that leads elsewhere")),
            Some("UnsubscribeConfirmation") => Ok(SnsMessage::UnsubscribeConfirmation),
            _ => Err(Refused::NotUnderstood("an unknown type of SNS message")),
        }
    }
}

/// What stands behind the host, if the URL is of `https://sns.<region>.amazonaws.com`, or of the same
/// in China. No port and no user, which both can make a URL mean something else to somebody else.
fn amazon_path(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://sns.")?;
    let (host, _) = rest.split_once('/')?;
    let region = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let fine = !region.is_empty()
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fine.then(|| &rest[host.len()..])
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests;
