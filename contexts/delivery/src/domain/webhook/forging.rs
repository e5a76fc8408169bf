//! For tests: calls as providers make them, signed with keys of our own, and certificates.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Timestamp;

use super::{ProviderEvent, Received, Refused, Request};

pub(super) const NOW: i64 = 1_700_000_000;

pub(super) fn now() -> Timestamp {
    after(0)
}

pub(super) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).expect("a time")
}

/// A call that a test can spoil.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub(super) fn new(url: &str, headers: Vec<(&'static str, String)>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            url: url.to_owned(),
            headers,
            body: body.into(),
        }
    }

    pub(super) fn made<T>(&self, receive: impl FnOnce(&Request<'_>) -> T) -> T {
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        receive(&Request {
            url: &self.url,
            headers: &headers,
            body: &self.body,
        })
    }

    pub(super) fn with_body(&self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self.clone()
        }
    }

    pub(super) fn with_url(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    pub(super) fn with_header(&self, name: &str, value: &str) -> Self {
        let mut call = self.clone();
        for header in &mut call.headers {
            if header.0 == name {
                value.clone_into(&mut header.1);
            }
        }
        call
    }

    pub(super) fn without_header(&self, name: &str) -> Self {
        let mut call = self.clone();
        call.headers.retain(|header| header.0 != name);
        call
    }

    /// With one bit of each byte of the body turned, one byte at a time.
    pub(super) fn with_each_byte_changed(&self) -> impl Iterator<Item = Self> + '_ {
        (0..self.body.len()).map(move |at| {
            let mut call = self.clone();
            call.body[at] ^= 1;
            call
        })
    }

    /// With each character of a header replaced, one at a time, so that it stays what it was in form.
    pub(super) fn with_each_character_changed<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = Self> + 'a {
        let value = self
            .headers
            .iter()
            .find(|header| header.0 == name)
            .map(|header| header.1.clone())
            .expect("the header is there");
        (0..value.len()).map(move |at| {
            let mut changed = value.clone().into_bytes();
            changed[at] = match changed[at] {
                b'=' => b'A',
                b'9' => b'0',
                b'z' => b'a',
                b'Z' => b'A',
                b'+' | b'/' | b'-' | b'_' | b' ' | b'.' => b'B',
                other => other + 1,
            };
            self.with_header(name, &String::from_utf8(changed).expect("ASCII"))
        })
    }
}

/// A form of these names and values.
pub(super) fn form_of(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|b| match b {
                b if b.is_ascii_alphanumeric() => char::from(b).to_string(),
                b => format!("%{b:02X}"),
            })
            .collect()
    };
    let pairs = pairs.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.join("&")
}

/// The only event of a call.
pub(super) fn only(received: Result<Received, Refused>) -> ProviderEvent {
    let mut received = received.expect("understood");
    assert_eq!(received.ignored, 0, "{received:?}");
    assert_eq!(received.events.len(), 1, "{received:?}");
    received.events.remove(0)
}

/// That nothing came of a call, and that this is no error.
pub(super) fn assert_ignored(received: &Result<Received, Refused>) {
    let received = received.as_ref().expect("no error");
    assert!(received.events.is_empty(), "{received:?}");
    assert_eq!(received.ignored, 1);
}

/// A key for messages of Amazon, and its certificate.
pub(super) struct Signer {
    pair: RsaKeyPair,
    pub certificate: String,
}

impl Signer {
    /// Takes a good part of a second.
    pub(super) fn generate() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let info: PublicKeyX509Der<'_> = pair.public_key().as_der().expect("a public key");
        let der = certificate_around(info.as_ref());
        let certificate = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            STANDARD.encode(der)
        );
        Self { pair, certificate }
    }

    /// As signature version 2 does it.
    pub(super) fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                text.as_bytes(),
                &mut signature,
            )
            .expect("a signature");
        STANDARD.encode(signature)
    }
}

/// A certificate of version 1 about nobody, by nobody, in DER.
pub(super) fn certificate_around(key_info: &[u8]) -> Vec<u8> {
    let empty = element(0x30, &[]);
    let serial = element(0x02, &[1]);
    let signed = [serial.as_slice(), &empty, &empty, &empty, &empty, key_info].concat();
    let signed = element(0x30, &signed);
    element(0x30, &[signed, empty, element(0x03, &[0])].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let [high, low] = u16::try_from(length).expect("short").to_be_bytes();
    let header = match length {
        0..=0x7f => vec![tag, low],
        0x80..=0xff => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [header.as_slice(), content].concat()
}

/// Made by OpenSSL, with a message signed by its key in the tests of SNS: a published test vector.
pub(super) const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIDXTCCAkWgAwIBAgIJAKGIhUR9rvXnMA0GCSqGSIb3DQEBCwUAMEUxCzAJBgNV\n\
BAYTAkFVMRMwEQYDVQQIDApTb21lLVN0YXRlMSEwHwYDVQQKDBhJbnRlcm5ldCBX\n\
aWRnaXRzIFB0eSBMdGQwHhcNMTkwNjA0MDkyNzAzWhcNMTkwNzA0MDkyNzAzWjBF\n\
MQswCQYDVQQGEwJBVTETMBEGA1UECAwKU29tZS1TdGF0ZTEhMB8GA1UECgwYSW50\n\
ZXJuZXQgV2lkZ2l0cyBQdHkgTHRkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB\n\
CgKCAQEA8gBzo5O7SXyOk704ADRJnR/RtejpIoECF/wnM9HAI7ZTEcP7Y8s8QHb7\n\
x+E4Dd3DAyG8/J+bY+LIbqEWf9XSoWG9u1x8oefZlg3rbxKgVjpV4wMjJwYSmhyA\n\
azNIWAJNYURmYkCf3yErjT/091UC46eTWrdioa0YA3YFIOn7BkXRAc8pJwOuTo5o\n\
Vru1/BI5sX0e+Y5dQgPYsc/SZBeZ5gsZ0j+rh/unRFFqodZl38pE1eEq9RUXRW/5\n\
eQKRKe38qzPPXfcalurETLYJldM6pwpTShpQ8o1lHdvHeqPChhJXCShl2jo/fCf+\n\
Kjv2qYK1ZfAnSnkDWLR2SbiSaq3WZwIDAQABo1AwTjAdBgNVHQ4EFgQUc+CofaTS\n\
VG/AGgKhe3yr5AoeC/MwHwYDVR0jBBgwFoAUc+CofaTSVG/AGgKhe3yr5AoeC/Mw\n\
DAYDVR0TBAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAWwAl3YcVwozqOQkCeoRa\n\
u5TYqpwujzXRFCD7B/Ce0GAyWTqdc0whYpS779nAK7C0CAsZQZ0LKu+W+THzmzFl\n\
c7JHY4T7oczyrPdCzOr81g+biTaABHczlhT0wI/CCdKAjkBMOHvXRsMLRG64+TAS\n\
jq/+brBFiP5h0f3LIoiaIVGzc3K+xg/IR6zFP+DyisvzDO1HlWA7+0P3KuJI25IM\n\
5Kv+dqL6WU4uflNqjN4QEwvWWdVOwXSYtgt5qRQyZSYGu0qhY4Eq4LikQPoZKUTq\n\
AhzgmZ1A2wDYPAoV9gH65HEc8sbGb534tITe9+BIvzLCj/Bj4YXptEvFLYcO3dSz\n\
Iw==\n\
-----END CERTIFICATE-----\n\
";
