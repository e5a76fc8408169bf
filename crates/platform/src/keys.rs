//! Message authentication: everything that leaves the program and must come back unchanged.

use aws_lc_rs::{digest, hkdf, hmac, rand};

/// Derives a key for each purpose from the installation's secret, so that a tag made for one is
/// worthless for another.
#[derive(Clone)]
pub struct Keys {
    root: hkdf::Prk,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

struct Length32;
impl hkdf::KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

impl Keys {
    /// From the installation's secret, which must hold at least 32 bytes of entropy.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            root: hkdf::Salt::new(hkdf::HKDF_SHA256, b"mauntic keys v1").extract(secret),
        }
    }

    /// The HMAC-SHA256 key of one purpose: `tracking`, `csrf`, `cursor`…
    #[must_use]
    pub fn hmac(&self, purpose: &str) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.derive(purpose))
    }

    /// 32 bytes for one purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0u8; 32];
        self.root
            .expand(&[purpose.as_bytes()], Length32)
            .and_then(|okm| okm.fill(&mut key))
            .expect("32 bytes are fewer than HKDF gives");
        key
    }
}

/// `N` random bytes from the operating system.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0u8; N];
    rand::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}

/// SHA-256, for tokens that are random enough not to need a slow hash.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0u8; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}
