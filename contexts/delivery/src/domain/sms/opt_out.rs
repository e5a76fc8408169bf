/// Words that carriers and providers act on when somebody answers with one of them (CTIA, Messaging
/// Principles and Best Practices, section 5.1.3). What a text tells people to answer is one of these.
const WORDS: [&str; 6] = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit"];

/// Whether a text tells people how to get no more of them: a word by itself, in capitals or after
/// "reply", "text" or "send", so that "the sale will end" is no promise.
#[must_use]
pub fn has_opt_out(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().any(|(n, word)| {
        let known = WORDS.contains(&word.to_lowercase().as_str());
        let asks = n > 0 && ["reply", "text", "send"].contains(&words[n - 1].to_lowercase().as_str());
        known && (asks || word.chars().all(char::is_uppercase))
    })
}

#[cfg(test)]
mod tests {
    use super::has_opt_out;

    #[test]
    fn a_text_that_says_how_to_leave_is_told_from_one_that_does_not() {
        for text in [
            "Sale! Reply STOP to opt out",
            "Soldes ! STOP au 36111",
            "reply stop to end",
            "Text 'Quit' to leave",
            "Antworte STOP zum Abmelden.",
        ] {
            assert!(has_opt_out(text), "{text}");
        }
        for text in [
            "",
            "Sale!",
            "The sale will end on Sunday",
            "Nonstop savings",
            "Don't stop",
        ] {
            assert!(!has_opt_out(text), "{text}");
        }
    }
}
