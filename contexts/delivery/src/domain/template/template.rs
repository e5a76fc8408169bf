use kernel::{TemplateId, TemplateVersionId, Timestamp};

use super::TemplateSource;

/// A template with its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// `tpl_…`
    pub id: TemplateId,
    /// What people call it.
    pub name: String,
    /// Its newest version.
    pub version: TemplateVersion,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One saved state; never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersion {
    /// `tpv_…`
    pub id: TemplateVersionId,
    /// From 1.
    pub number: i32,
    /// As written.
    pub source: TemplateSource,
}

/// What people call a template: one line of at most [`TemplateName::LONGEST`] characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateName(String);

/// Why a text is no [`TemplateName`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTemplateName {
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// Too many characters.
    #[error("the name is longer than {} characters", TemplateName::LONGEST)]
    TooLong,
    /// Line breaks or other control characters.
    #[error("the name has a control character")]
    Control,
}

impl TemplateName {
    /// In characters.
    pub const LONGEST: usize = 100;

    /// Space around it is removed.
    pub fn parse(text: &str) -> Result<Self, InvalidTemplateName> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidTemplateName::Empty);
        }
        if text.chars().count() > Self::LONGEST {
            return Err(InvalidTemplateName::TooLong);
        }
        if text.chars().any(super::source::breaks_a_header) {
            return Err(InvalidTemplateName::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidTemplateName, TemplateName};

    #[test]
    fn a_name_is_one_line_of_reasonable_length() {
        assert_eq!(
            TemplateName::parse("  Spring sale ").map(|n| n.as_str().to_owned()),
            Ok("Spring sale".into())
        );
        assert_eq!(TemplateName::parse(" "), Err(InvalidTemplateName::Empty));
        assert_eq!(
            TemplateName::parse(&"x".repeat(101)),
            Err(InvalidTemplateName::TooLong)
        );
        assert_eq!(TemplateName::parse("a\nb"), Err(InvalidTemplateName::Control));
    }
}
