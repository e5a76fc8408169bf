use std::str::FromStr;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// How a domain signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DkimAlgorithm {
    /// RSA with 2048 bits: every receiver verifies it.
    Rsa,
    /// Ed25519: fifty times as fast and a short record; some receivers ignore it.
    Ed25519,
}

impl DkimAlgorithm {
    /// Both, the one that every receiver knows first.
    pub const ALL: [DkimAlgorithm; 2] = [DkimAlgorithm::Rsa, DkimAlgorithm::Ed25519];

    /// The word of the `a=` tag; it is also what is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DkimAlgorithm::Rsa => "rsa-sha256",
            DkimAlgorithm::Ed25519 => "ed25519-sha256",
        }
    }

    const fn record_word(self) -> &'static str {
        match self {
            DkimAlgorithm::Rsa => "rsa",
            DkimAlgorithm::Ed25519 => "ed25519",
        }
    }

    /// The text to publish under `<selector>._domainkey.<domain>`.
    #[must_use]
    pub fn record(self, public_key: &str) -> String {
        format!("v=DKIM1; k={}; p={public_key}", self.record_word())
    }
}

impl FromStr for DkimAlgorithm {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        DkimAlgorithm::ALL
            .into_iter()
            .find(|a| a.as_str() == text)
            .ok_or(())
    }
}

/// The bytes are no key of the algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key for DKIM")]
pub struct InvalidDkimKey;

/// A pair fresh from the generator.
pub struct GeneratedKey {
    /// PKCS#8; to be sealed at once.
    pub private: Vec<u8>,
    /// As it stands in the record.
    pub public: String,
}

/// A key that can sign, and what it signs for.
pub struct DkimKey {
    pub(super) algorithm: DkimAlgorithm,
    pub(super) domain: String,
    pub(super) selector: String,
    pub(super) pair: Pair,
}

pub(super) enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl DkimKey {
    /// Makes a new pair. RSA takes a good part of a second.
    pub fn generate(algorithm: DkimAlgorithm) -> Result<GeneratedKey, InvalidDkimKey> {
        match algorithm {
            DkimAlgorithm::Rsa => {
                let pair = RsaKeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| InvalidDkimKey)?;
                let private = pair.as_der().map_err(|_| InvalidDkimKey)?;
                let public: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
                    pair.public_key().as_der().map_err(|_| InvalidDkimKey)?;
                Ok(GeneratedKey {
                    private: private.as_ref().to_vec(),
                    public: STANDARD.encode(public.as_ref()),
                })
            }
            DkimAlgorithm::Ed25519 => {
                let private =
                    Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| InvalidDkimKey)?;
                let pair = Ed25519KeyPair::from_pkcs8(private.as_ref()).map_err(|_| InvalidDkimKey)?;
                Ok(GeneratedKey {
                    private: private.as_ref().to_vec(),
                    public: STANDARD.encode(pair.public_key().as_ref()),
                })
            }
        }
    }

    /// From what was stored.
    pub fn from_pkcs8(
        algorithm: DkimAlgorithm,
        private: &[u8],
        domain: &str,
        selector: &str,
    ) -> Result<Self, InvalidDkimKey> {
        let pair = match algorithm {
            DkimAlgorithm::Rsa => Pair::Rsa(Box::new(
                RsaKeyPair::from_pkcs8(private).map_err(|_| InvalidDkimKey)?,
            )),
            DkimAlgorithm::Ed25519 => Pair::Ed25519(Box::new(
                Ed25519KeyPair::from_pkcs8(private).map_err(|_| InvalidDkimKey)?,
            )),
        };
        Ok(Self {
            algorithm,
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            pair,
        })
    }

    /// Signs the header data. Both algorithms are deterministic, so that a retry is byte-equal.
    pub(super) fn raw_signature(&self, header_data: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    header_data,
                    &mut signature,
                )
                .expect("the buffer is as long as the modulus");
                signature
            }
            // RFC 8463 section 3: over the hash, not over the data.
            Pair::Ed25519(pair) => {
                let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, header_data);
                pair.sign(hash.as_ref()).as_ref().to_vec()
            }
        }
    }
}

impl std::fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "DkimKey({} for {}._domainkey.{})",
            self.algorithm.as_str(),
            self.selector,
            self.domain
        )
    }
}

/// Whether a text can be a selector: one or more labels of a DNS name.
#[must_use]
pub fn is_selector(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}
