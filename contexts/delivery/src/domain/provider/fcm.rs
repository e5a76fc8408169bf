//! Firebase Cloud Messaging (HTTP API version 1), for apps on Android and on Apple's devices and for web
//! pages.

use std::fmt;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RsaKeyPair},
};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::{Deserialize, Serialize};

use super::{
    BaseUrl, InvalidConfig, Traits,
    fault::{is_base_url, is_concurrency, is_rate, wrong},
    traits::SERVER_ERRORS,
};

/// `messages:send` takes no key that would hide a repeat from Firebase. The message's id travels as
/// `collapse_key` and `tag`, and lets the *device* put a repeat in the place of the first one: as long as that
/// one still stands there. Whoever has swiped it away sees it twice, so nothing here counts as
/// recognised, and marketing in doubt is held. There is no look-up by id.
pub(super) const TRAITS: Traits = Traits {
    messages_per_second: None,
    concurrency: 10,
    idempotency_ttl: None,
    lookup_by_id: false,
    ambiguous_statuses: SERVER_ERRORS,
};

/// What is known of a project at Firebase, but for the key of its service account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FcmConfig {
    /// `shop-4f1a2`
    pub project_id: String,
    /// Takes the place of Firebase's address; usually empty.
    #[serde(default)]
    pub base_url: String,
    /// Requests at the same time, by each engine.
    pub max_connections: u16,
    /// Messages per second at most, by all engines together.
    #[serde(default)]
    pub messages_per_second: Option<u32>,
}

impl FcmConfig {
    /// All that is wrong with it.
    #[must_use]
    pub fn faults(&self) -> Vec<InvalidConfig> {
        wrong([
            (is_project_id(&self.project_id), InvalidConfig::ProjectId),
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
        if self.base_url.is_empty() {
            "https://fcm.googleapis.com".to_owned()
        } else {
            self.base_url.clone()
        }
    }
}

/// Letters in lower case, digits and hyphens; old projects have a domain and a colon in front. It becomes
/// part of a path.
fn is_project_id(text: &str) -> bool {
    (4..=100).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':'))
}

/// Where access tokens are given out, unless the file of the service account says otherwise.
const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// The service account that sends, as its file says (Google Cloud, "service account key", JSON).
pub struct ServiceAccount {
    /// Who it is: the issuer of its assertions.
    pub client_email: String,
    /// Which of its keys this is.
    pub key_id: String,
    /// Where it gets access tokens.
    pub token_uri: BaseUrl,
    key: Box<RsaKeyPair>,
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceAccount(…)")
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: String,
    token_uri: Option<String>,
}

impl ServiceAccount {
    /// More bytes are no such file.
    pub const LONGEST: usize = 16 * 1024;

    /// Reads the file; `None` when it is none, or its key cannot sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let file: File = serde_json::from_str(text).ok()?;
        if file.kind != "service_account" || !file.client_email.contains('@') {
            return None;
        }
        let pem = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes()).ok()?;
        Some(Self {
            client_email: file.client_email,
            key_id: file.private_key_id,
            token_uri: BaseUrl::parse(file.token_uri.as_deref().unwrap_or(TOKEN_URI))?,
            key: Box::new(RsaKeyPair::from_pkcs8(pem.secret_pkcs8_der()).ok()?),
        })
    }

    /// Signs as `RS256` does (RFC 7518 section 3.3).
    #[must_use]
    pub fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let signed = self
            .key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature);
        signed.ok().map(|()| signature)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{encoding::AsDer, rsa::KeySize, signature::RsaKeyPair};
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::{FcmConfig, InvalidConfig, ServiceAccount};

    fn config(project_id: &str) -> FcmConfig {
        FcmConfig {
            project_id: project_id.to_owned(),
            base_url: String::new(),
            max_connections: 10,
            messages_per_second: None,
        }
    }

    #[test]
    fn a_project_is_named_by_what_fits_into_a_path() {
        for fine in ["shop-4f1a2", "example.com:shop"] {
            assert_eq!(config(fine).faults(), [], "{fine}");
        }
        for bad in ["", "abc", "Shop-1", "1shop", "shop/../x", "shop?a=b", "shop x"] {
            assert_eq!(config(bad).faults(), [InvalidConfig::ProjectId], "{bad}");
        }
        assert_eq!(config("shop-4f1a2").base(), "https://fcm.googleapis.com");
    }

    #[test]
    fn only_the_file_of_a_service_account_whose_key_signs_is_taken() {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let der = pair.as_der().expect("it is written");
        let pem = |body: &str| format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
        let right = json!({
            "type": "service_account",
            "project_id": "shop-4f1a2",
            "private_key_id": "k1",
            "private_key": pem(&STANDARD.encode(der.as_ref())),
            "client_email": "push@shop-4f1a2.iam.gserviceaccount.com",
        });
        let account = ServiceAccount::parse(&right.to_string()).expect("it is one");
        assert_eq!(account.token_uri.url(""), "https://oauth2.googleapis.com/token");
        assert_eq!(account.sign(b"x").map(|signature| signature.len()), Some(256));
        assert!(!format!("{account:?}").contains("push@"));

        for (field, wrong) in [
            ("type", json!("authorized_user")),
            ("client_email", json!("nobody")),
            ("private_key", json!(pem("AAAA"))),
            ("private_key", json!("no PEM")),
            ("token_uri", json!("ftp://example.com")),
        ] {
            let mut file = right.clone();
            file[field] = wrong;
            assert!(ServiceAccount::parse(&file.to_string()).is_none(), "{field}");
        }
        assert!(ServiceAccount::parse("AIzaSyLegacyServerKey").is_none());
    }
}
