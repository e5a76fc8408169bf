//! What providers write where their codes say little or nothing, in the languages they write it in.
//!
//! Asked only after the codes: the wording changes, and one word means many things. So each phrase
//! must be one that means a single thing, and an address is called dead by none that a spam filter
//! also uses.

use super::{
    wording_recipient::{DISABLED, FULL, NO_DOMAIN, RESTRICTED, UNKNOWN_USER},
    wording_sender::{AUTHENTICATION, CONTENT, RATE, REFUSED, REPUTATION, TRANSIENT},
};
use crate::domain::outcome::{Class, speaks_of_rate, speaks_of_unknown_user};

/// What a text says, or `None` where it says nothing that is certain.
///
/// Order: what harms nobody first. Whoever reads "550 blocked, see …/unknown-user" must not take the
/// address for dead.
pub(super) fn class_of(text: &str) -> Option<Class> {
    let text = normalised(text);
    let says = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(phrase));
    // "Sending quota exceeded" is about us, "quota exceeded for ann" about her.
    let is_full = says(FULL) && !says(&["sending quota", "sender quota", "message quota", "daily quota"]);
    let is_rate = (speaks_of_rate(&text) && !text.contains("too many hops")) || says(RATE);
    [
        (is_full, Class::InactiveRecipient),
        (is_rate, Class::Rate),
        (says(DISABLED), Class::InactiveRecipient),
        (says(AUTHENTICATION), Class::Authentication),
        (says(CONTENT), Class::Content),
        (says(REPUTATION) || says(RESTRICTED), Class::Reputation),
        (is_unknown(&text), Class::HardRecipient),
        (says(REFUSED), Class::Reputation),
        (says(TRANSIENT), Class::Deferred),
    ]
    .into_iter()
    .find_map(|(is_said, class)| is_said.then_some(class))
}

/// Whether a text says that there is no such mailbox or domain, whatever else it says.
pub(super) fn says_unknown(text: &str) -> bool {
    is_unknown(&normalised(text))
}

fn is_unknown(text: &str) -> bool {
    speaks_of_unknown_user(text)
        || [UNKNOWN_USER, NO_DOMAIN]
            .into_iter()
            .flatten()
            .any(|phrase| text.contains(phrase))
}

/// Lower case, single spaces, straight apostrophes: texts are wrapped in the middle of phrases.
fn normalised(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .to_lowercase()
        .replace(['\u{2019}', '\u{2018}'], "'")
        // What Amazon SES writes before any 5.1.0, whatever the other server said.
        .replace("unknown address error", "")
        // A name server that does not answer now, and not a domain that does not exist.
        .replace("host not found, try again", "try again")
}

#[cfg(test)]
mod tests {
    use super::class_of;
    use crate::domain::outcome::Class;

    #[test]
    fn providers_words_are_understood() {
        for (text, class) in [
            (
                "delivery error: dd This user doesn’t have a yahoo.com account",
                Class::HardRecipient,
            ),
            ("550 Postfach ist voll / mailbox full", Class::InactiveRecipient),
            ("554 Message not accepted for policy reasons", Class::Reputation),
            ("550 DMARC check failed.", Class::Authentication),
            ("Connection timed out", Class::Deferred),
            ("552 Message size exceeds maximum permitted", Class::Content),
            (
                "Host or domain name not found. type=MX: Host not found",
                Class::HardRecipient,
            ),
        ] {
            assert_eq!(class_of(text), Some(class), "{text}");
        }
        assert_eq!(class_of("550 no"), None);
    }

    #[test]
    fn a_block_that_mentions_a_user_kills_no_address() {
        assert_eq!(
            class_of("550 blocked using zen.spamhaus.org; user unknown to us"),
            Some(Class::Reputation)
        );
    }
}
