use std::fmt;

/// Most characters of a name.
pub const LONGEST_NAME: usize = 200;

/// What a campaign is called: one line that holds something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampaignName(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing in it.
    #[error("the name is empty")]
    Empty,
    /// More than [`LONGEST_NAME`] characters.
    #[error("the name has more than {LONGEST_NAME} characters")]
    TooLong,
    /// A line break or another control character.
    #[error("the name has a control character")]
    Control,
}

impl CampaignName {
    /// Parses; space around it is dropped.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidName::Empty);
        }
        if text.chars().count() > LONGEST_NAME {
            return Err(InvalidName::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidName::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name of a copy: `marked` is this name with a mark, shortened where the mark leaves no room.
    #[must_use]
    pub fn copied(&self, mark: impl FnOnce(&str) -> String) -> Self {
        let short: String = self.0.chars().take(LONGEST_NAME - 40).collect();
        Self::parse(&mark(&short)).unwrap_or_else(|_| self.clone())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CampaignName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{CampaignName, InvalidName};

    #[test]
    fn a_name_is_one_line_that_holds_something() {
        assert_eq!(
            CampaignName::parse("  Spring sale ").map(|n| n.to_string()),
            Ok("Spring sale".to_owned())
        );
        assert_eq!(CampaignName::parse(" \u{a0}"), Err(InvalidName::Empty));
        assert_eq!(CampaignName::parse("a\nb"), Err(InvalidName::Control));
        assert_eq!(CampaignName::parse(&"x".repeat(201)), Err(InvalidName::TooLong));
        assert!(CampaignName::parse(&"\u{fc}".repeat(200)).is_ok());
    }

    #[test]
    fn the_copy_of_the_longest_name_still_is_a_name() {
        let name = CampaignName::parse(&"\u{fc}".repeat(200)).expect("long enough");
        assert!(
            name.copied(|n| format!("{n} (copy)"))
                .as_str()
                .ends_with(" (copy)")
        );
    }
}
