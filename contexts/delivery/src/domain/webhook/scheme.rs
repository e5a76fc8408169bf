//! How the calls of each kind of account are verified.

use kernel::Timestamp;

use super::{Received, Refused, Request, mailgun, plivo, sendgrid, telnyx, twilio, vonage};
use crate::domain::provider::ProviderKind;

/// Who calls, and what it signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Amazon SNS, in two steps: see [`sns`](super::sns).
    Sns,
    /// SendGrid, with a key of its own for each account.
    SendGrid,
    /// Mailgun, with a key that is not the one of its API.
    Mailgun,
    /// Twilio, with the account's own secret.
    Twilio,
    /// Plivo, with the account's own secret.
    Plivo,
    /// Vonage, with a secret of its own.
    Vonage,
    /// Telnyx, with a key of its own for each account.
    Telnyx,
}

/// What has to be known of an account before its calls can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// The name of the topic that may call. Everybody with an account at Amazon can have SNS sign
    /// something, so that without it nothing can be believed.
    TopicArn,
    /// A public key, as the provider shows it.
    PublicKey,
    /// A secret for calls alone.
    Secret,
    /// The secret that messages are handed over with.
    OwnSecret,
}

/// The longest key that is kept; that of SendGrid has 124 characters.
const LONGEST_KEY: usize = 1000;

impl Scheme {
    /// Of a kind of account; `None` where nobody calls.
    #[must_use]
    pub const fn of(kind: ProviderKind) -> Option<Self> {
        match kind {
            ProviderKind::Smtp | ProviderKind::Postfix | ProviderKind::Fcm | ProviderKind::Apns => None,
            ProviderKind::Ses => Some(Scheme::Sns),
            ProviderKind::SendGrid => Some(Scheme::SendGrid),
            ProviderKind::Mailgun => Some(Scheme::Mailgun),
            ProviderKind::Twilio => Some(Scheme::Twilio),
            ProviderKind::Plivo => Some(Scheme::Plivo),
            ProviderKind::Vonage => Some(Scheme::Vonage),
            ProviderKind::Telnyx => Some(Scheme::Telnyx),
        }
    }

    /// What has to be known.
    #[must_use]
    pub const fn key(self) -> KeyKind {
        match self {
            Scheme::Sns => KeyKind::TopicArn,
            Scheme::SendGrid | Scheme::Telnyx => KeyKind::PublicKey,
            Scheme::Mailgun | Scheme::Vonage => KeyKind::Secret,
            Scheme::Twilio | Scheme::Plivo => KeyKind::OwnSecret,
        }
    }

    /// Verifies and reads a call. That of SNS is verified with a certificate that has to be fetched first,
    /// so that it is refused here.
    pub fn receive(self, key: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
        match self {
            Scheme::Sns => Err(Refused::BadSignature),
            Scheme::SendGrid => sendgrid::receive(key, request, now),
            Scheme::Mailgun => mailgun::receive(key, request, now),
            Scheme::Twilio => twilio::receive(key, request, now),
            Scheme::Plivo => plivo::receive(key, request, now),
            Scheme::Vonage => vonage::receive(key, request, now),
            Scheme::Telnyx => telnyx::receive(key, request, now),
        }
    }

    /// Whether a key can be what it is meant to be, as far as that can be told by its looks.
    #[must_use]
    pub fn is_plausible(self, key: &str) -> bool {
        let fine = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
        match self.key() {
            KeyKind::TopicArn => fine && is_topic(key),
            KeyKind::PublicKey => {
                use base64::{Engine as _, engine::general_purpose::STANDARD};
                fine && STANDARD.decode(key).is_ok_and(|bytes| bytes.len() >= 32)
            }
            KeyKind::Secret | KeyKind::OwnSecret => fine,
        }
    }
}

/// `arn:aws:sns:eu-west-1:123456789012:mail-events`, where `aws` may be another partition.
fn is_topic(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    let [arn, partition, service, region, account, name] = parts.as_slice() else {
        return false;
    };
    *arn == "arn"
        && partition.starts_with("aws")
        && *service == "sns"
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !name.is_empty()
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::{KeyKind, Scheme};
    use crate::domain::{
        provider::ProviderKind,
        webhook::{Refused, Request},
    };

    const ALL: [Scheme; 7] = [
        Scheme::Sns,
        Scheme::SendGrid,
        Scheme::Mailgun,
        Scheme::Twilio,
        Scheme::Plivo,
        Scheme::Vonage,
        Scheme::Telnyx,
    ];

    #[test]
    fn a_call_without_a_signature_is_refused_by_every_scheme() {
        let request = Request {
            url: "https://app.example/webhooks/delivery/x",
            headers: &[("Content-Type", "application/json")],
            body: b"{}",
        };
        for scheme in ALL {
            for key in ["", "c2VjcmV0"] {
                let refused = scheme.receive(key, &request, Timestamp::UNIX_EPOCH);
                assert_eq!(refused, Err(Refused::BadSignature), "{scheme:?}");
            }
        }
    }

    #[test]
    fn only_mail_servers_and_services_for_push_notifications_never_call() {
        let silent = [
            ProviderKind::Smtp,
            ProviderKind::Postfix,
            ProviderKind::Fcm,
            ProviderKind::Apns,
        ];
        for kind in ProviderKind::ALL {
            assert_eq!(Scheme::of(kind).is_none(), silent.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_one_is_told_by_its_looks() {
        let topic = "arn:aws:sns:eu-west-1:123456789012:mail-events";
        assert!(Scheme::Sns.is_plausible(topic));
        assert!(Scheme::Sns.is_plausible("arn:aws-cn:sns:cn-north-1:123456789012:x"));
        for wrong in [
            "",
            "mail-events",
            "arn:aws:sqs:eu-west-1:123456789012:x",
            "arn:aws:sns:eu-west-1:12:x",
        ] {
            assert!(!Scheme::Sns.is_plausible(wrong), "{wrong}");
        }
        for scheme in ALL {
            assert!(!scheme.is_plausible("two words"), "{scheme:?}");
            assert!(!scheme.is_plausible(""), "{scheme:?}");
        }
        assert!(!Scheme::SendGrid.is_plausible("bm90IGEga2V5"));
        assert_eq!(Scheme::Mailgun.key(), KeyKind::Secret);
    }
}
