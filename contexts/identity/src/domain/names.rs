//! Names of organisations, people and keys: one line of text that a person reads.

use std::fmt;

/// The most characters.
pub const LONGEST: usize = 100;

/// A name that fits on a line and hides nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    /// Nothing but space.
    #[error("a name is needed")]
    Empty,
    /// More than [`LONGEST`] characters.
    #[error("a name has at most {LONGEST} characters")]
    TooLong,
    /// Line breaks and other characters that steer rather than show.
    #[error("a name has no control characters")]
    Control,
}

impl Name {
    /// Trims and checks.
    pub fn parse(text: &str) -> Result<Self, NameProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NameProblem::Empty);
        }
        if text.chars().count() > LONGEST {
            return Err(NameProblem::TooLong);
        }
        if text.chars().any(steers) {
            return Err(NameProblem::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Control characters, line and paragraph separators, and the ones that turn the direction of
/// writing round: a name with them could make a page or a mail header say something else.
pub(super) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::{Name, NameProblem};

    #[test]
    fn names_of_all_countries_pass_and_are_trimmed() {
        for (given, kept) in [
            ("  Ann Miller ", "Ann Miller"),
            ("Zoë O'Brien", "Zoë O'Brien"),
            ("株式会社", "株式会社"),
            ("<b>AC/DC</b>", "<b>AC/DC</b>"),
        ] {
            assert_eq!(Name::parse(given).map(Name::into_string), Ok(kept.to_owned()));
        }
    }

    #[test]
    fn what_is_no_line_of_text_is_refused() {
        assert_eq!(Name::parse(" \t "), Err(NameProblem::Empty));
        assert_eq!(Name::parse(&"x".repeat(101)), Err(NameProblem::TooLong));
        assert!(Name::parse(&"ü".repeat(100)).is_ok());
        for bad in [
            "a\r\nBcc: eve@example.com",
            "a\u{0}b",
            "a\u{2028}b",
            "a\u{85}b",
            "\u{202E}drow",
        ] {
            assert_eq!(Name::parse(bad), Err(NameProblem::Control), "{bad:?}");
        }
    }
}
