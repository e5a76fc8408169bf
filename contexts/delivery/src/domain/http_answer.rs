//! What the HTTP API of a provider says of one message.

use std::fmt;

use jiff::SignedDuration;
use kernel::Timestamp;

/// A provider that asks for more is asked again after this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// One answer, sorted by whoever knows the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status: 200 to 599.
    pub status: u16,
    /// What it means for the message.
    pub meaning: Meaning,
    /// Under which id the provider has it, or what it says against it.
    pub said: String,
    /// When it wants to be asked again (RFC 9110 section 10.2.3).
    pub retry_after: Option<SignedDuration>,
}

impl fmt::Display for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.said)
    }
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The provider has the message, and said under which id.
    TakenOver,
    /// The provider may have it.
    Unknown,
    /// Not now, or not so fast.
    NotNow,
    /// The account is not let in, may not send, or is not where the settings say.
    AccountFault,
    /// The message is too large.
    TooLarge,
    /// There is no such recipient, or none that such a message can reach.
    NoSuchRecipient,
    /// The recipient has told the provider to let nothing of ours through.
    OptedOut,
    /// The device is gone, or has no longer the app.
    RecipientGone,
    /// Any other no to this message.
    Refused,
}

/// What a status means where the body says nothing of its own. `ambiguous` are the statuses after
/// which the kind of provider may have the message.
#[must_use]
pub fn meaning_of(status: u16, has_id: bool, ambiguous: &[u16]) -> Meaning {
    match status {
        200..=299 if has_id => Meaning::TakenOver,
        _ if ambiguous.contains(&status) => Meaning::Unknown,
        429 | 503 => Meaning::NotNow,
        // Some of the request was not read in time; how much of it, nobody says.
        408 => Meaning::Unknown,
        413 => Meaning::TooLarge,
        // 3xx, 404 and 405 are about the address, which is part of the settings: no message would
        // fare better there, and none is to be lost by it.
        300..=399 | 401..=405 => Meaning::AccountFault,
        400..=499 => Meaning::Refused,
        // With a yes that names no id, somebody else may have answered in the provider's place.
        _ => Meaning::Unknown,
    }
}

/// What stands before the identifier in the words that are kept of a message that was taken.
const QUEUED_AS: &str = "queued as ";

/// Under which identifier the other side has a message, by the words that are kept of its answer: those
/// of an API say it always, those of a mail server often. Without brackets, and cut where it would be
/// longer than any that is documented.
#[must_use]
pub fn queued_as(words: &str) -> Option<&str> {
    let (_, id) = words.rsplit_once(QUEUED_AS)?;
    let id = id.split_whitespace().next()?.trim_matches(['<', '>']);
    (1..=255).contains(&id.len()).then_some(id)
}

/// Reads `Retry-After`: seconds, or a date. A date that has passed is no wait at all.
#[must_use]
pub fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let text = text.trim();
    let asked = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // What does not fit into a number is long enough to be cut.
        SignedDuration::from_secs(text.parse().unwrap_or(i64::MAX))
    } else {
        let date = jiff::fmt::rfc2822::parse(text).ok()?;
        date.timestamp().duration_since(now)
    };
    Some(asked.clamp(SignedDuration::ZERO, LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning_of, queued_as, retry_after};
    use jiff::SignedDuration;

    #[test]
    fn the_identifier_of_the_other_side_is_found_in_its_words() {
        for (words, id) in [
            (
                "202 queued as 14c5d75ce93.dfd.64b469",
                Some("14c5d75ce93.dfd.64b469"),
            ),
            (
                "200 queued as <20261127.1@mg.example.com>",
                Some("20261127.1@mg.example.com"),
            ),
            ("250 2.0.0 Ok: queued as 4F1A2", Some("4F1A2")),
            ("250 Ok", None),
            ("queued as ", None),
        ] {
            assert_eq!(queued_as(words), id, "{words}");
        }
    }

    #[test]
    fn statuses_mean_what_the_table_says() {
        const AMBIGUOUS: &[u16] = &[500, 502, 504];
        for (status, meaning) in [
            (200, Meaning::TakenOver),
            (202, Meaning::TakenOver),
            (301, Meaning::AccountFault),
            (400, Meaning::Refused),
            (401, Meaning::AccountFault),
            (402, Meaning::AccountFault),
            (403, Meaning::AccountFault),
            (404, Meaning::AccountFault),
            (408, Meaning::Unknown),
            (413, Meaning::TooLarge),
            (422, Meaning::Refused),
            (429, Meaning::NotNow),
            (500, Meaning::Unknown),
            (502, Meaning::Unknown),
            (503, Meaning::NotNow),
            (504, Meaning::Unknown),
            (520, Meaning::Unknown),
        ] {
            assert_eq!(meaning_of(status, true, AMBIGUOUS), meaning, "{status}");
        }
    }

    #[test]
    fn a_yes_without_an_id_proves_nothing() {
        assert_eq!(meaning_of(200, false, &[]), Meaning::Unknown);
        assert_eq!(meaning_of(202, false, &[]), Meaning::Unknown);
    }

    #[test]
    fn a_wait_is_named_in_seconds_or_by_a_date() {
        let now = "2026-11-27T12:00:00Z".parse().expect("a time");
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Fri, 27 Nov 2026 12:01:30 GMT", Some(90)),
            ("Fri, 27 Nov 2026 11:00:00 GMT", Some(0)),
            ("99999999999999999999999", Some(24 * 3600)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(text, now),
                seconds.map(SignedDuration::from_secs),
                "{text}"
            );
        }
    }
}
