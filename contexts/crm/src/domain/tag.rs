//! Tags: short labels that people put on contacts.

use std::collections::BTreeSet;

use super::text::{self, InvalidText};

/// The most characters that a tag has.
pub const MAX_TAG: usize = 100;

/// A label: one line, no `|`, which separates tags in files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// Why a text is not a [`Tag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTag {
    #[error("the tag is empty")]
    Empty,
    #[error("a tag cannot hold the character |")]
    Separator,
    #[error(transparent)]
    Text(#[from] InvalidText),
}

impl Tag {
    /// Parses one tag; runs of white space become one space.
    pub fn parse(text: &str) -> Result<Self, InvalidTag> {
        if text.contains('|') {
            return Err(InvalidTag::Separator);
        }
        let name = text::single_line(text, MAX_TAG)?;
        if name.is_empty() {
            Err(InvalidTag::Empty)
        } else {
            Ok(Self(name))
        }
    }

    /// Wraps a stored tag.
    #[must_use]
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses a list as people and files write it: separated by `|` where there is one, else by commas
/// or semicolons.
pub fn parse_tags(text: &str) -> Result<BTreeSet<Tag>, InvalidTag> {
    let separators: &[char] = if text.contains('|') { &['|'] } else { &[',', ';'] };
    text.split(separators)
        .filter(|part| !part.trim().is_empty())
        .map(Tag::parse)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        parse_tags(text)
            .expect("valid")
            .into_iter()
            .map(Tag::into_string)
            .collect()
    }

    #[test]
    fn lists_are_read_with_the_separator_that_they_use() {
        assert_eq!(names("vip| trial |vip"), ["trial", "vip"]);
        assert_eq!(names("a, b;c"), ["a", "b", "c"]);
        assert_eq!(names("Berlin, Germany|Paris"), ["Berlin, Germany", "Paris"]);
        assert_eq!(names(" , "), Vec::<String>::new());
    }

    #[test]
    fn a_tag_is_one_line_of_text() {
        assert_eq!(
            Tag::parse("  big \t spender ").map(Tag::into_string),
            Ok("big spender".to_owned())
        );
        assert_eq!(Tag::parse("  "), Err(InvalidTag::Empty));
        assert_eq!(Tag::parse("a|b"), Err(InvalidTag::Separator));
        assert_eq!(
            Tag::parse(&"x".repeat(101)),
            Err(InvalidTag::Text(InvalidText::TooLong { most: 100 }))
        );
        assert_eq!(
            Tag::parse("a\u{0}b"),
            Err(InvalidTag::Text(InvalidText::ControlCharacter))
        );
    }
}
