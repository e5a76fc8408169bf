//! Apple Push Notification service (HTTP/2 API with provider tokens).

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::{Deserialize, Serialize};

use super::{
    InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    traits::SERVER_ERRORS,
};

/// Apple hides no repeat either. The message's id travels as `apns-collapse-id`, and lets the *device* put a
/// repeat in the place of the first one: as long as that one still stands there. Whoever has swiped it
/// away sees it twice, so nothing here counts as recognised, and marketing in doubt is held. There is no
/// look-up by id.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// Which of Apple's two services the app was built for. A token of one is unknown to the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApnsEnvironment {
    /// Apps from the App Store and from TestFlight.
    #[default]
    Production,
    /// Apps that a developer runs from Xcode.
    Sandbox,
}

impl ApnsEnvironment {
    /// Both.
    pub const ALL: [ApnsEnvironment; 2] = [ApnsEnvironment::Production, ApnsEnvironment::Sandbox];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ApnsEnvironment::Production => "production",
            ApnsEnvironment::Sandbox => "sandbox",
        }
    }
}

impl FromStr for ApnsEnvironment {
    type Err = InvalidConfig;
    fn from_str(text: &str) -> Result<Self, InvalidConfig> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(InvalidConfig::Environment)
    }
}

/// What is known of an app at Apple, but for the signing key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApnsConfig {
    /// Names the signing key: ten letters and digits.
    pub key_id: String,
    /// Names the developer's team: ten letters and digits.
    pub team_id: String,
    /// The app's bundle id: `com.example.shop`.
    pub topic: String,
    /// Which service.
    #[serde(default)]
    pub environment: ApnsEnvironment,
    /// Takes the place of Apple's address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl ApnsConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
            (is_ten_characters(&self.key_id), InvalidConfig::KeyId),
            (is_ten_characters(&self.team_id), InvalidConfig::TeamId),
            (is_topic(&self.topic), InvalidConfig::Topic),
            (is_base_url(&self.base_url), InvalidConfig::BaseUrl),
            (
                is_concurrency(self.max_connections),
                InvalidConfig::MaxConnections,
            ),
            (
                is_rate(self.messages_per_second),
                InvalidConfig::MessagesPerSecond,
            ),
        ])
    }

    /// Where requests go.
    #[must_use]
    pub fn base(&self) -> String {
        if !self.base_url.is_empty() {
            return self.base_url.clone();
        }
        match self.environment {
            ApnsEnvironment::Production => "https://api.push.apple.com",
            ApnsEnvironment::Sandbox => "https://api.sandbox.push.apple.com",
        }
        .to_owned()
    }
}

fn is_ten_characters(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// Letters, digits, hyphens and dots (Apple, `CFBundleIdentifier`).
fn is_topic(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// The key that provider tokens are signed with: the file `AuthKey_….p8` of the developer's account.
pub struct ApnsKey(EcdsaKeyPair);

impl fmt::Debug for ApnsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApnsKey(…)")
    }
}

impl ApnsKey {
    /// More bytes are no such file.
    pub const LONGEST: usize = 2000;

    /// Reads the file; `None` when it is no private key on the curve P-256.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let pem = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pem.secret_pkcs8_der());
        pair.ok().map(Self)
    }

    /// Signs as `ES256` does (RFC 7518 section 3.4).
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let signature = self.0.sign(&SystemRandom::new(), text).ok()?;
        Some(signature.as_ref().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
    };
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::{ApnsConfig, ApnsEnvironment, ApnsKey, InvalidConfig};

    fn config() -> ApnsConfig {
        ApnsConfig {
            key_id: "ABC123DEFG".to_owned(),
            team_id: "DEF123GHIJ".to_owned(),
            topic: "com.example.shop".to_owned(),
            environment: ApnsEnvironment::Sandbox,
            base_url: String::new(),
            max_connections: 10,
            messages_per_second: None,
        }
    }

    #[test]
    fn each_environment_has_an_address_of_its_own() {
        assert_eq!(config().base(), "https://api.sandbox.push.apple.com");
        let production = ApnsConfig {
            environment: ApnsEnvironment::Production,
            ..config()
        };
        assert_eq!(production.base(), "https://api.push.apple.com");
        assert_eq!(
            "testing".parse::<ApnsEnvironment>(),
            Err(InvalidConfig::Environment)
        );
    }

    #[test]
    fn what_goes_into_headers_and_tokens_is_checked() {
        assert_eq!(config().faults(), []);
        let wrong = ApnsConfig {
            key_id: "abc123defg".to_owned(),
            team_id: "SHORT".to_owned(),
            topic: "com.example shop".to_owned(),
            ..config()
        };
        assert_eq!(
            wrong.faults(),
            [InvalidConfig::KeyId, InvalidConfig::TeamId, InvalidConfig::Topic]
        );
    }

    #[test]
    fn only_keys_on_the_curve_that_apple_uses_are_taken() {
        let pem = |curve| {
            let made = EcdsaKeyPair::generate_pkcs8(curve, &SystemRandom::new()).expect("a key");
            let body = STANDARD.encode(made.as_ref());
            format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
        };
        let key = ApnsKey::parse(&pem(&ECDSA_P256_SHA256_FIXED_SIGNING)).expect("it is one");
        assert_eq!(key.sign(b"x").map(|signature| signature.len()), Some(64));
        assert!(ApnsKey::parse(&pem(&ECDSA_P384_SHA384_FIXED_SIGNING)).is_none());
        assert!(ApnsKey::parse("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----").is_none());
        assert!(ApnsKey::parse("ABC123DEFG").is_none());
    }
}
