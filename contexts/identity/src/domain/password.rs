//! Passwords: which are accepted, and how they are kept.

use std::{collections::HashSet, fmt, sync::LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash as Phc},
};

/// The fewest characters.
pub const SHORTEST: usize = 8;
/// The most characters. Long enough for any phrase; a limit at all, so that nobody has the server
/// hash a megabyte.
pub const LONGEST: usize = 256;

/// A password that the policy accepts, not yet hashed.
pub struct NewPassword(String);

/// Why a password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordProblem {
    /// Fewer than [`SHORTEST`] characters.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// More than [`LONGEST`] characters.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// One of those that are tried first.
    #[error("this password is one of those that are guessed first")]
    TooCommon,
    /// The person's own address, or what stands before its @.
    #[error("this password is the e-mail address")]
    SameAsEmail,
}

impl NewPassword {
    /// Checks length and the list of those that are guessed first. No rule about digits and signs:
    /// they make passwords harder to remember and hardly harder to guess.
    pub fn parse(text: &str, email: &str) -> Result<Self, PasswordProblem> {
        let length = text.chars().count();
        if length < SHORTEST {
            return Err(PasswordProblem::TooShort);
        }
        if length > LONGEST {
            return Err(PasswordProblem::TooLong);
        }
        let lower = text.to_lowercase();
        if lower == email || email.split_once('@').is_some_and(|(local, _)| lower == local) {
            return Err(PasswordProblem::SameAsEmail);
        }
        if is_common(&lower) {
            return Err(PasswordProblem::TooCommon);
        }
        Ok(Self(text.to_owned()))
    }

    /// Hashes with a new random salt. Takes tens of milliseconds and 19 MiB: never on a thread that
    /// serves requests.
    #[must_use]
    pub fn hash(&self) -> PasswordHash {
        PasswordHash::of(self.0.as_bytes())
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(…)")
    }
}

/// Argon2id, as a PHC string that names its own cost.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    fn of(password: &[u8]) -> Self {
        // The default is 19 MiB, two passes, one lane: OWASP's first recommendation for Argon2id.
        let hash = Argon2::default()
            .hash_password(password)
            .expect("the default parameters fit, and the operating system gives random bytes");
        Self(hash.to_string())
    }

    /// Wraps what was stored.
    #[must_use]
    pub fn from_stored(phc: String) -> Self {
        Self(phc)
    }

    /// What is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A hash that belongs to no password (its octets are random) and that costs as much to check as
    /// any other: what a sign-in to an account that does not exist is checked against, so that it
    /// takes as long.
    #[must_use]
    pub fn decoy() -> Self {
        Self("$argon2id$v=19$m=19456,t=2,p=1$OB07csifLH+AwZEWWqATtw$XmC6Td2yJ/3r3dqX1kj3sZWIK4xI3KgtDrwGx3qtF9c".to_owned())
    }

    /// Whether this is the password. As slow as hashing. A password that is too long to be anybody's
    /// is not hashed.
    #[must_use]
    pub fn matches(&self, password: &str) -> bool {
        if password.len() > LONGEST * 4 {
            return false;
        }
        Phc::new(&self.0).is_ok_and(|phc| {
            Argon2::default()
                .verify_password(password.as_bytes(), &phc)
                .is_ok()
        })
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The ones that every guessing program starts with, also with a few digits or signs appended.
fn is_common(lower: &str) -> bool {
    static COMMON: LazyLock<HashSet<&str>> =
        LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());
    let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
    COMMON.contains(lower) || COMMON.contains(stem) || is_one_pattern(lower)
}

/// One character repeated, or a run like `12345678` and `hgfedcba`.
fn is_one_pattern(text: &str) -> bool {
    let codes: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: HashSet<i64> = codes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.len() == 1 && steps.iter().all(|step| step.abs() <= 1)
}

#[cfg(test)]
mod tests {
    use super::{NewPassword, PasswordHash, PasswordProblem};

    fn problem(text: &str) -> Option<PasswordProblem> {
        NewPassword::parse(text, "ann.miller@example.com").err()
    }

    #[test]
    fn a_phrase_is_accepted_whatever_it_is_made_of() {
        for good in [
            "correct horse battery",
            "größer als gedacht",
            "tr0ub4dor&3",
            "        x",
            "パスワードではない言葉",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        assert_eq!(problem("1234567"), Some(PasswordProblem::TooShort));
        assert_eq!(problem(&"x".repeat(257)), Some(PasswordProblem::TooLong));
        for common in [
            "password",
            "Password1!",
            "PASSWORD123",
            "qwertyuiop",
            "12345678",
            "87654321",
            "aaaaaaaa",
            "mauntic2026",
        ] {
            assert_eq!(problem(common), Some(PasswordProblem::TooCommon), "{common}");
        }
        for own in ["ann.miller", "Ann.Miller@example.com"] {
            assert_eq!(problem(own), Some(PasswordProblem::SameAsEmail), "{own}");
        }
    }

    #[test]
    fn a_hash_matches_its_password_and_no_other() {
        let hash = NewPassword::parse("correct horse battery", "a@example.com")
            .expect("accepted")
            .hash();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hash.matches("correct horse battery"));
        assert!(!hash.matches("correct horse batterz"));
        assert!(!hash.matches(""));
        assert!(!hash.matches(&"x".repeat(100_000)));
        assert!(PasswordHash::from_stored(hash.as_str().to_owned()).matches("correct horse battery"));
    }

    #[test]
    fn the_same_password_never_hashes_to_the_same_text() {
        let password = NewPassword::parse("correct horse battery", "a@example.com").expect("accepted");
        assert_ne!(password.hash(), password.hash());
    }

    #[test]
    fn nothing_matches_the_decoy_or_a_damaged_hash() {
        assert!(!PasswordHash::decoy().matches("correct horse battery"));
        assert!(!PasswordHash::from_stored("not a hash".into()).matches("not a hash"));
        let cost = |hash: PasswordHash| hash.as_str().split('$').nth(3).map(str::to_owned);
        let real = NewPassword::parse("correct horse battery", "a@example.com")
            .expect("accepted")
            .hash();
        assert_eq!(cost(PasswordHash::decoy()), cost(real));
    }

    #[test]
    fn debug_output_shows_neither_password_nor_hash() {
        let password = NewPassword::parse("correct horse battery", "a@example.com").expect("accepted");
        assert!(!format!("{password:?}").contains("horse"));
        assert!(!format!("{:?}", password.hash()).contains("argon2id"));
    }
}
