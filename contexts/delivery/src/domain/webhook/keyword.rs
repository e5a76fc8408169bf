//! The words that carriers reserve in answers to text messages (CTIA Messaging Principles and Best
//! Practices, section 5.1.3, and the ways to revoke consent of 47 CFR 64.1200(a)(10)).

/// What somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Who this is, and how to stop it.
    Help,
    /// Messages again.
    Start,
}

impl Keyword {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Keyword::Stop => "stop",
            Keyword::Help => "help",
            Keyword::Start => "start",
        }
    }
}

/// The longest answer that can be one: beyond that somebody is telling us something.
const LONGEST: usize = 64;

/// What a message asks for, if it is one of the words and nothing else. Case, spaces, punctuation and
/// pictures do not count, so that `Stop!`, `"STOP"` and `opt-out` are what they seem; `please stop` is
/// a sentence, which a person has to read.
#[must_use]
pub fn keyword(text: &str) -> Option<Keyword> {
    if text.len() > LONGEST {
        return None;
    }
    let word: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    match word.as_str() {
        "stop" | "stopall" | "unsubscribe" | "cancel" | "end" | "quit" | "optout" | "revoke" => {
            Some(Keyword::Stop)
        }
        "help" | "info" => Some(Keyword::Help),
        "start" | "yes" | "unstop" => Some(Keyword::Start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Keyword, keyword};

    #[test]
    fn every_word_that_carriers_reserve_is_known() {
        for (words, meaning) in [
            (
                "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT REVOKE",
                Keyword::Stop,
            ),
            ("HELP INFO", Keyword::Help),
            ("START YES UNSTOP", Keyword::Start),
        ] {
            for word in words.split(' ') {
                for text in [
                    word.to_owned(),
                    word.to_lowercase(),
                    format!("  {word}\r\n"),
                    format!("{word}."),
                    format!("\"{word}\""),
                    format!("“{word}”!"),
                    format!("{word} 🛑"),
                ] {
                    assert_eq!(keyword(&text), Some(meaning), "{text}");
                }
            }
        }
        assert_eq!(keyword("Stop all"), Some(Keyword::Stop));
        assert_eq!(keyword("opt-out"), Some(Keyword::Stop));
        assert_eq!(keyword("Opt out"), Some(Keyword::Stop));
    }

    #[test]
    fn a_word_within_a_sentence_is_no_keyword() {
        for text in [
            "please stop",
            "stop it",
            "STOP STOP",
            "the end",
            "yes please",
            "stopp",
            "don't stop",
            "help me",
            "",
            "!",
            "🛑",
            "1",
            "!".repeat(1000).as_str(),
        ] {
            assert_eq!(keyword(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_longer_word_is_taken_for_a_shorter_one(before in "[a-z]{0,5}", after in "[a-z]{1,5}") {
            let text = format!("{before}stop{after}");
            prop_assert!(text == "stopall" || text == "unstopall" || keyword(&text).is_none());
        }
    }
}
