//! Random secrets, and the digest that is kept in their place.

use std::fmt;

use aws_lc_rs::{digest, rand};

/// SHA-256 of a secret. A plain hash is enough, unlike for passwords: the secrets hashed here have
/// 256 random bits, so there is nothing to guess through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_bytes(text.as_bytes())
    }

    /// The digest of bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(out)
    }

    /// Reads one that was stored; `None` when it is not 32 octets.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// What is bound to a statement.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

/// 43 of 62 letters and digits carry 256 bits.
const LENGTH: usize = 43;

/// A secret of 256 random bits, as 43 letters and digits. It exists between its making and the
/// moment it is handed over; only its digest is stored.
pub struct SecretToken(String);

impl SecretToken {
    /// A new one.
    #[must_use]
    pub fn generate() -> Self {
        Self(random_letters(LENGTH))
    }

    /// Whether a text could be one: what is not is not worth a question to the database.
    #[must_use]
    pub fn has_form(text: &str) -> bool {
        text.len() == LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// The secret itself, for the cookie, link or page that hands it over.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretToken(…)")
    }
}

pub(super) const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `count` letters and digits, each of 62 equally likely: 43 of them carry 256 bits.
pub(super) fn random_letters(count: usize) -> String {
    let mut text = String::with_capacity(count);
    let mut bytes = [0u8; 64];
    while text.len() < count {
        rand::fill(&mut bytes).expect("the operating system gives random bytes");
        let fair = bytes.iter().filter(|byte| **byte < 248);
        text.extend(
            fair.take(count - text.len())
                .map(|byte| LETTERS[usize::from(byte % 62)] as char),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Digest, SecretToken};

    #[test]
    fn every_token_is_another_and_long_enough() {
        let tokens: HashSet<_> = (0..200)
            .map(|_| SecretToken::generate().reveal().to_owned())
            .collect();
        assert_eq!(tokens.len(), 200);
        assert!(tokens.iter().all(|t| SecretToken::has_form(t)));
    }

    #[test]
    fn what_cannot_be_a_token_is_told_by_its_form() {
        let (short, long, quoted) = ("x".repeat(42), "x".repeat(44), format!("{}'", "x".repeat(42)));
        for other in ["", &short, &long, &quoted, &"é".repeat(22)] {
            assert!(!SecretToken::has_form(other), "{other}");
        }
    }

    #[test]
    fn a_digest_can_be_found_again_by_the_token_alone() {
        let token = SecretToken::generate();
        assert_eq!(token.digest(), Digest::of(token.reveal()));
        assert_ne!(token.digest(), Digest::of("something else"));
        assert_eq!(
            Digest::from_stored(token.digest().as_bytes()),
            Some(token.digest())
        );
        assert_eq!(Digest::from_stored(b"short"), None);
    }

    #[test]
    fn debug_output_shows_no_secret() {
        let token = SecretToken::generate();
        assert!(!format!("{token:?}").contains(token.reveal()));
    }
}
