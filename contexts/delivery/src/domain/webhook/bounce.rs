//! From what a provider repeats of a mail server's words to the classes by which we judge them
//! ourselves.

use crate::domain::{
    answer::{Answer, Conclusion, EnhancedCode, Phase},
    outcome::{Class, classify},
};

/// Why a message came back for good: one of *hard recipient*, *inactive recipient*, *authentication*,
/// *reputation*, *content* and *rejected*. Nothing is tried again, and what the recipient's server
/// thinks of the provider's says nothing about our account there, so that what would be *deferred*,
/// *rate* or *account* of an answer to ourselves is *rejected* here.
///
/// `status` is an enhanced code by itself, `diagnostic` what the server said, perhaps with the type
/// of RFC 3464 section 2.3.6 in front (`smtp; 550 …`).
pub(super) fn bounce_class(status: Option<&str>, diagnostic: &str) -> Class {
    let Some(answer) = answer(status, diagnostic) else {
        return Class::Rejected;
    };
    let phase = Phase::RcptTo;
    match classify(&Conclusion::Answered { phase, answer }) {
        class @ (Class::HardRecipient
        | Class::InactiveRecipient
        | Class::Authentication
        | Class::Reputation
        | Class::Content) => class,
        _ => Class::Rejected,
    }
}

fn answer(status: Option<&str>, diagnostic: &str) -> Option<Answer> {
    let status: Option<EnhancedCode> = status.and_then(|status| status.trim().parse().ok());
    let words = diagnostic.trim();
    let words = match words.split_once(';') {
        Some((kind, rest)) if kind.trim().eq_ignore_ascii_case("smtp") => rest.trim(),
        _ => words,
    };
    let (code, words) = leading_code(words);
    let own = EnhancedCode::leading(words);
    let code = code.or_else(|| {
        own.or(status)
            .map(|enhanced| u16::from(enhanced.class) * 100 + 50)
    })?;
    match (own, status) {
        (None, Some(status)) => Some(Answer::new(code, &format!("{status} {words}"))),
        _ => Some(Answer::new(code, words)),
    }
}

/// Three digits at the start, followed by a space or, in the first of several lines, by a dash.
fn leading_code(words: &str) -> (Option<u16>, &str) {
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    let rest = words.get(digits..).unwrap_or_default();
    if digits == 3 && (rest.is_empty() || rest.starts_with([' ', '-'])) {
        let code = words.get(..3).and_then(|code| code.parse().ok());
        (code, rest.trim_start_matches([' ', '-']))
    } else {
        (None, words)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::bounce_class;
    use crate::domain::outcome::Class;

    #[test]
    fn reported_answers_are_judged_like_our_own() {
        for (status, diagnostic, class) in [
            (
                Some("5.1.1"),
                "smtp; 550 5.1.1 <jane@example.com>... User unknown",
                Class::HardRecipient,
            ),
            (Some("5.1.1"), "", Class::HardRecipient),
            (
                None,
                "550 5.1.1 The email account does not exist",
                Class::HardRecipient,
            ),
            (None, "550-5.1.1 The email account", Class::HardRecipient),
            (None, "5.1.1 The email account", Class::HardRecipient),
            (None, "550 no such user", Class::HardRecipient),
            (
                Some("5.2.2"),
                "smtp;552 mailbox over quota",
                Class::InactiveRecipient,
            ),
            (Some("4.2.2"), "", Class::InactiveRecipient),
            (None, "550 5.7.26 unauthenticated", Class::Authentication),
            (None, "554 5.7.1 listed at a blocklist", Class::Reputation),
            (Some("5.3.4"), "smtp; 552 too big", Class::Content),
            (None, "550 blocked", Class::Rejected),
            (None, "", Class::Rejected),
            (Some("banana"), "who knows", Class::Rejected),
        ] {
            assert_eq!(bounce_class(status, diagnostic), class, "{status:?} {diagnostic}");
        }
    }

    #[test]
    fn the_recipients_server_cannot_pause_our_account_and_nothing_is_tried_again() {
        for diagnostic in [
            "554 5.7.1 Relay access denied",
            "530 5.7.0 Authentication required",
            "535 5.7.8 bad credentials",
            "450 4.2.0 greylisted",
            "421 4.7.28 unusual rate of mail",
            "250 2.0.0 Ok",
            "451 4.4.7 expired",
        ] {
            assert_eq!(bounce_class(None, diagnostic), Class::Rejected, "{diagnostic}");
        }
    }

    proptest! {
        #[test]
        fn any_words_are_judged_without_harm(status in "\\PC{0,12}", words in "\\PC{0,80}") {
            let _ = bounce_class(Some(&status), &words);
        }
    }
}
