//! What a list of contacts is asked for.

use kernel::{ContactId, SegmentId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    contact::TextField,
    rule::{Moment, Rule},
    tag::Tag,
};

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SortBy {
    /// When the contact came to be.
    #[default]
    Created,
    Updated,
    /// What the list shows in its first column.
    Name,
    /// Contacts without an address come last.
    Email,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub by: SortBy,
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            by: SortBy::Created,
            descending: true,
        }
    }
}

impl Order {
    /// `name`, `-created_at`: the API's and the page's way to write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, descending) = text.strip_prefix('-').map_or((text, false), |key| (key, true));
        let by = match key {
            "created_at" => SortBy::Created,
            "updated_at" => SortBy::Updated,
            "name" => SortBy::Name,
            "email" => SortBy::Email,
            _ => return None,
        };
        Some(Self { by, descending })
    }

    /// See [`Order::parse`].
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match (self.by, self.descending) {
            (SortBy::Created, false) => "created_at",
            (SortBy::Created, true) => "-created_at",
            (SortBy::Updated, false) => "updated_at",
            (SortBy::Updated, true) => "-updated_at",
            (SortBy::Name, false) => "name",
            (SortBy::Name, true) => "-name",
            (SortBy::Email, false) => "email",
            (SortBy::Email, true) => "-email",
        }
    }
}

/// Which contacts a list shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub search: Search,
    pub tag: Option<Tag>,
    pub segment: Option<SegmentId>,
    pub fields: Vec<FieldFilter>,
    pub rule: Option<RuleAt>,
    pub visitors: Visitors,
}

/// A rule, and the moment that it is asked at.
#[derive(Clone, Debug)]
pub struct RuleAt {
    pub rule: Rule,
    pub at: Moment,
}

impl PartialEq for RuleAt {
    fn eq(&self, other: &Self) -> bool {
        self.rule == other.rule && self.at.now == other.at.now && self.at.zone == other.at.zone
    }
}

/// Whether people are shown of whom neither an address nor an identifier is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visitors {
    #[default]
    Hidden,
    Included,
    Only,
}

impl Visitors {
    pub const ALL: [Visitors; 3] = [Visitors::Hidden, Visitors::Included, Visitors::Only];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Visitors::Hidden => "hidden",
            Visitors::Included => "included",
            Visitors::Only => "only",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visitors| visitors.as_str() == text)
    }
}

impl Filter {
    /// Whether all contacts are shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_plain() && self.visitors == Visitors::Hidden
    }

    /// Whether nobody is left out, but visitors perhaps.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.search.words.is_empty()
            && self.tag.is_none()
            && self.segment.is_none()
            && self.fields.is_empty()
            && self.rule.is_none()
    }
}

/// A field with exactly this value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldFilter {
    Text(TextField, String),
    /// A multiselect has the value among its own.
    Attribute {
        key: String,
        value: Value,
        among: bool,
    },
}

/// What a person typed to find somebody: each word is the beginning of a name, the company, the
/// address or its domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// In small letters, `@` before a domain taken off.
    pub words: Vec<String>,
}

impl Search {
    const MOST_WORDS: usize = 5;

    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words = text
            .split_whitespace()
            .map(|word| word.trim_start_matches('@').to_lowercase());
        let words = words.filter(|word| !word.is_empty() && !word.contains('\0'));
        Self {
            words: words
                .take(Self::MOST_WORDS)
                .map(|word| word.chars().take(100).collect())
                .collect(),
        }
    }

    /// All of it as one text, for names of several words.
    #[must_use]
    pub fn phrase(&self) -> String {
        self.words.join(" ")
    }
}

/// Where a page of a list ended; the next one begins behind it. Travels in signed cursors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    pub place: Place,
    pub id: ContactId,
    /// The page before this place is wanted, not the one behind it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backward: bool,
}

/// The sort key of a [`Position`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Created,
    Updated(Timestamp),
    Name(String),
    Email(Option<String>),
    /// In the results of a search that finds too many to sort: which key was matched, and its value.
    Match(usize, String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_survive_being_written_and_read() {
        for text in [
            "created_at",
            "-created_at",
            "updated_at",
            "-updated_at",
            "name",
            "-name",
            "email",
            "-email",
        ] {
            assert_eq!(Order::parse(text).map(Order::as_str), Some(text));
        }
        assert_eq!(Order::parse("--name"), None);
        assert_eq!(Order::parse("phone"), None);
    }

    #[test]
    fn a_search_is_cut_into_words() {
        assert_eq!(
            Search::parse("  Ann  SMITH @Acme.example ").words,
            ["ann", "smith", "acme.example"]
        );
        assert_eq!(Search::parse("a b c d e f g").words.len(), 5);
        assert!(Search::parse(" @ \0 ").words.is_empty());
    }
}
