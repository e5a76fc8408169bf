//! The words and the looks of what people see of an organisation when they decide over their data.

use contracts::crm::consent::Frequency;
use serde::{Deserialize, Serialize};

use super::text;

/// What somebody may ask for about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Everything that is known of them.
    Export,
    /// To be forgotten.
    Erasure,
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Wanted::Export => "export",
            Wanted::Erasure => "erasure",
        })
    }
}

/// As set up by the organisation; what is empty is as built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivacySettings {
    pub intro: String,
    pub display_name: String,
    /// `#rrggbb`.
    pub color: String,
    /// Subject and words of the mail that asks for a confirmation; `{topic}` and `{organization}`
    /// are filled in.
    pub confirm_subject: String,
    pub confirm_text: String,
    /// How often anybody gets marketing at most who chose nothing.
    pub frequency: Option<Frequency>,
}

/// Why settings cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    #[error("it is too long")]
    TooLong,
    #[error("a colour is # and six hexadecimal digits")]
    Color,
}

impl PrivacySettings {
    /// What people read as the sender's name.
    #[must_use]
    pub fn name(&self, organization: &str) -> String {
        if self.display_name.is_empty() {
            organization.to_owned()
        } else {
            self.display_name.clone()
        }
    }

    /// Checks and normalises. Problems come with the name of the member that they are in.
    pub fn check(self) -> Result<Self, Vec<(&'static str, InvalidSettings)>> {
        let mut problems = Vec::new();
        let mut fit = |name, result: Result<String, text::InvalidText>| {
            result
                .map_err(|_| problems.push((name, InvalidSettings::TooLong)))
                .unwrap_or_default()
        };
        let settings = Self {
            intro: fit("intro", text::multi_line(&self.intro, 2_000)),
            display_name: fit("display_name", text::single_line(&self.display_name, 100)),
            color: self.color.trim().to_ascii_lowercase(),
            confirm_subject: fit("confirm_subject", text::single_line(&self.confirm_subject, 200)),
            confirm_text: fit("confirm_text", text::multi_line(&self.confirm_text, 5_000)),
            frequency: self.frequency,
        };
        if !settings.color.is_empty() && !is_color(&settings.color) {
            problems.push(("color", InvalidSettings::Color));
        }
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}

fn is_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{InvalidSettings, PrivacySettings};

    #[test]
    fn only_a_plain_colour_is_taken() {
        let given = |color: &str| PrivacySettings {
            color: color.to_owned(),
            ..PrivacySettings::default()
        };
        assert_eq!(given(" #0B6B78").check().expect("fine").color, "#0b6b78");
        assert_eq!(given("red").check(), Err(vec![("color", InvalidSettings::Color)]));
        assert!(given("").check().is_ok());
    }

    #[test]
    fn the_name_is_the_organisations_unless_it_has_another() {
        let mut settings = PrivacySettings::default();
        assert_eq!(settings.name("Example Ltd"), "Example Ltd");
        settings.display_name = "Example".to_owned();
        assert_eq!(settings.name("Example Ltd"), "Example");
    }
}
