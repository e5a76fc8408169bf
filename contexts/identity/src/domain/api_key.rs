//! Keys of the API: how a token is built, what a key may do, and when it stops being good.
//!
//! A token is `mk_live_` or `mk_test_`, 43 random letters and digits, and six letters computed from
//! all before them. The last six let a scanner of leaked secrets, and us, tell a token from a
//! text that only looks like one, without asking the database.

use std::{collections::BTreeSet, fmt};

use contracts::identity::SendingMode;
use jiff::SignedDuration;
use kernel::{Permission, Timestamp};

use super::token::{Digest, LETTERS, random_letters};

const RANDOM: usize = 43;
const CHECKSUM: usize = 6;
/// How much of the random part is kept, so that people tell their keys apart.
const SHOWN: usize = 6;
/// Use is written down at most so often.
pub const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A whole token: what a program sends. It is shown once, when it is made.
pub struct KeyToken(String);

impl KeyToken {
    /// A new one.
    #[must_use]
    pub fn generate(mode: SendingMode) -> Self {
        let body = format!("mk_{}_{}", mode.as_str(), random_letters(RANDOM));
        let checksum = checksum(&body);
        Self(body + &checksum)
    }

    /// Reads what a program sent; `None` for what was never one of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let random = text
            .strip_prefix("mk_live_")
            .or_else(|| text.strip_prefix("mk_test_"))?;
        if random.len() != RANDOM + CHECKSUM || !random.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        let (body, given) = text.split_at(text.len() - CHECKSUM);
        (checksum(body) == given).then(|| Self(text.to_owned()))
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored to find it by.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// What is stored to show, for example `mk_live_a1B2c3`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0[.."mk_live_".len() + SHOWN]
    }
}

impl fmt::Debug for KeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyToken({}…)", self.prefix())
    }
}

/// The first 32 bits of SHA-256, in base 62: not a secret, anybody can check it.
fn checksum(body: &str) -> String {
    let digest = Digest::of(body).0;
    let mut number = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
    let mut letters = [b'0'; CHECKSUM];
    for slot in letters.iter_mut().rev() {
        *slot = LETTERS[(number % 62) as usize];
        number /= 62;
    }
    letters.iter().map(|byte| *byte as char).collect()
}

/// What a key may do: at least one permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<Permission>);

/// Why a set of scopes is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopesProblem {
    /// None chosen.
    #[error("a key without a scope could do nothing")]
    Empty,
    /// Not a word of ours.
    #[error("{0} is not a scope")]
    Unknown(String),
    /// More than whoever makes the key may do themselves.
    #[error("{0} is more than you may do yourself")]
    Exceeds(Permission),
}

impl Scopes {
    /// Reads the words. Nobody gives a key more than they hold: a key must not be a way up.
    pub fn parse<'a>(
        words: impl IntoIterator<Item = &'a str>,
        held: impl Fn(Permission) -> bool,
    ) -> Result<Self, ScopesProblem> {
        let mut scopes = BTreeSet::new();
        for word in words {
            let scope: Permission = word.parse().map_err(|()| ScopesProblem::Unknown(shorten(word)))?;
            if !held(scope) {
                return Err(ScopesProblem::Exceeds(scope));
            }
            scopes.insert(scope);
        }
        if scopes.is_empty() {
            return Err(ScopesProblem::Empty);
        }
        Ok(Self(scopes.into_iter().collect()))
    }

    /// Whether this permission is among them.
    #[must_use]
    pub fn contain(&self, scope: Permission) -> bool {
        self.0.contains(&scope)
    }

    /// The words that are stored, in the order the permissions are declared.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|p| p.as_str().to_owned()).collect()
    }
}

fn shorten(word: &str) -> String {
    word.chars().take(40).collect()
}

/// Why an expiry is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryProblem {
    /// A key that is expired when it is made.
    #[error("the expiry lies in the past")]
    Past,
}

/// Checks an instant at which a key is to stop being good; `None` is never.
pub fn parse_expiry(
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<Timestamp>, ExpiryProblem> {
    match expires_at {
        Some(at) if at <= now => Err(ExpiryProblem::Past),
        other => Ok(other),
    }
}

/// A test key was asked for while the organisation is live: it would not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a test key does not work while the organisation is live")]
pub struct TestKeyWhileLive;

/// The mode a key is made for: the one asked for, or else the organisation's.
pub fn parse_mode(
    asked: Option<SendingMode>,
    organization: SendingMode,
) -> Result<SendingMode, TestKeyWhileLive> {
    match (asked.unwrap_or(organization), organization) {
        (SendingMode::Test, SendingMode::Live) => Err(TestKeyWhileLive),
        (mode, _) => Ok(mode),
    }
}

/// What decides whether a key is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyState {
    /// The mode it was made for.
    pub mode: SendingMode,
    /// When it stops.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to [`TOUCH_EVERY`].
    pub last_used_at: Option<Timestamp>,
}

impl KeyState {
    /// Whether a request may use it. A test key is good only while the organisation is in test
    /// mode, so a program that was never meant to can send no real mail; a live key is good in
    /// both, so that programs can be put in place before the day.
    #[must_use]
    pub fn is_good(&self, organization: SendingMode, now: Timestamp) -> bool {
        let mode_fits = self.mode == SendingMode::Live || organization == SendingMode::Test;
        mode_fits && self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }

    /// Whether this use is worth writing down.
    #[must_use]
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        self.last_used_at
            .is_none_or(|at| now.duration_since(at) >= TOUCH_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use contracts::identity::SendingMode;
    use jiff::SignedDuration;
    use kernel::{Permission, Role, Timestamp};
    use proptest::prelude::*;

    use super::{
        ExpiryProblem, KeyState, KeyToken, Scopes, ScopesProblem, TestKeyWhileLive, parse_expiry, parse_mode,
    };

    #[test]
    fn a_token_says_its_mode_and_is_read_again() {
        let live = KeyToken::generate(SendingMode::Live);
        let test = KeyToken::generate(SendingMode::Test);
        assert!(live.reveal().starts_with("mk_live_"));
        assert!(test.reveal().starts_with("mk_test_"));
        assert_eq!(live.reveal().len(), 57);
        let read = KeyToken::parse(live.reveal()).expect("its own token");
        assert_eq!(read.digest(), live.digest());
        assert_eq!(read.prefix(), &live.reveal()[..14]);
    }

    #[test]
    fn a_token_with_one_wrong_letter_is_not_one() {
        let token = KeyToken::generate(SendingMode::Live).reveal().to_owned();
        for place in 8..token.len() {
            let mut letters = token.clone().into_bytes();
            letters[place] = if letters[place] == b'x' { b'y' } else { b'x' };
            let altered = String::from_utf8(letters).expect("ASCII");
            assert!(KeyToken::parse(&altered).is_none(), "{altered}");
        }
        assert!(KeyToken::parse(&token.replace("live", "test")).is_none());
        assert!(KeyToken::parse(&token[..56]).is_none());
        assert!(KeyToken::parse("").is_none());
        assert!(KeyToken::parse("mk_live_").is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_fail(text in ".{0,80}") {
            prop_assert!(KeyToken::parse(&text).is_none());
            let prefixed = format!("mk_live_{text}");
            prop_assert!(KeyToken::parse(&prefixed).is_none());
        }
    }

    #[test]
    fn debug_output_does_not_show_the_token() {
        let token = KeyToken::generate(SendingMode::Test);
        assert!(!format!("{token:?}").contains(token.reveal()));
    }

    #[test]
    fn a_key_gets_no_more_than_its_maker_holds() {
        let admin = |p| Role::Admin.may(p);
        assert_eq!(Scopes::parse([], admin), Err(ScopesProblem::Empty));
        assert_eq!(
            Scopes::parse(["x:y"], admin),
            Err(ScopesProblem::Unknown("x:y".into()))
        );
        assert_eq!(
            Scopes::parse(["organization:go_live"], admin),
            Err(ScopesProblem::Exceeds(Permission::OrganizationGoLive))
        );
        let scopes =
            Scopes::parse(["contacts:write", "contacts:read", "contacts:read"], admin).expect("held");
        assert_eq!(scopes.words(), ["contacts:read", "contacts:write"]);
    }

    #[test]
    fn a_key_ends_when_it_expires_or_is_revoked() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        let hour = SignedDuration::from_hours(1);
        let good = KeyState {
            mode: SendingMode::Live,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        assert!(good.is_good(SendingMode::Live, now));
        assert!(
            !KeyState {
                expires_at: Some(now),
                ..good
            }
            .is_good(SendingMode::Live, now)
        );
        assert!(
            KeyState {
                expires_at: Some(now + hour),
                ..good
            }
            .is_good(SendingMode::Live, now)
        );
        assert!(
            !KeyState {
                revoked_at: Some(now),
                ..good
            }
            .is_good(SendingMode::Live, now)
        );
        assert_eq!(parse_expiry(Some(now), now), Err(ExpiryProblem::Past));
        assert_eq!(parse_expiry(None, now), Ok(None));
    }

    #[test]
    fn a_test_key_is_refused_once_the_organisation_is_live() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        let test = KeyState {
            mode: SendingMode::Test,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        let live = KeyState {
            mode: SendingMode::Live,
            ..test
        };
        assert!(test.is_good(SendingMode::Test, now) && !test.is_good(SendingMode::Live, now));
        assert!(live.is_good(SendingMode::Test, now) && live.is_good(SendingMode::Live, now));
    }

    #[test]
    fn no_key_is_made_that_could_not_work() {
        use SendingMode::{Live, Test};
        assert_eq!(parse_mode(None, Test), Ok(Test));
        assert_eq!(parse_mode(Some(Live), Test), Ok(Live));
        assert_eq!(parse_mode(None, Live), Ok(Live));
        assert_eq!(parse_mode(Some(Test), Live), Err(TestKeyWhileLive));
    }

    #[test]
    fn use_is_written_down_once_a_minute() {
        let now: Timestamp = "2026-03-01T08:00:00Z".parse().expect("a time");
        let fresh = KeyState {
            mode: SendingMode::Live,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        assert!(fresh.wants_touch(now));
        let used = KeyState {
            last_used_at: Some(now),
            ..fresh
        };
        assert!(!used.wants_touch(now + SignedDuration::from_secs(59)));
        assert!(used.wants_touch(now + SignedDuration::from_mins(1)));
    }
}
