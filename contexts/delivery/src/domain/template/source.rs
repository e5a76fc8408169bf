use std::str::FromStr;

use super::{TemplateError, TemplateFault};

/// The most a source may hold, in bytes.
pub const MAX_SOURCE: usize = 256 * 1024;
/// The most a subject or preheader may hold, in bytes.
pub const MAX_LINE: usize = 1000;

/// What the body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemplateKind {
    /// MJML, which becomes HTML that mail programs agree on.
    Mjml,
    /// HTML as it is.
    Html,
}

impl TemplateKind {
    /// All kinds, the recommended one first.
    pub const ALL: [TemplateKind; 2] = [TemplateKind::Mjml, TemplateKind::Html];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TemplateKind::Mjml => "mjml",
            TemplateKind::Html => "html",
        }
    }
}

impl FromStr for TemplateKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        TemplateKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// A part of a template that people edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TemplatePart {
    /// The subject line.
    Subject,
    /// What inboxes show after the subject.
    Preheader,
    /// MJML or HTML.
    Body,
    /// The text part.
    Text,
}

impl TemplatePart {
    /// The name of its field in forms and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TemplatePart::Subject => "subject",
            TemplatePart::Preheader => "preheader",
            TemplatePart::Body => "body",
            TemplatePart::Text => "text",
        }
    }
}

/// A template as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateSource {
    /// What the body is written in.
    pub kind: TemplateKind,
    /// The subject line.
    pub subject: String,
    /// What inboxes show after the subject; may be empty.
    pub preheader: String,
    /// MJML or HTML.
    pub body: String,
    /// The text part; made from the HTML when empty.
    pub text: String,
}

impl TemplateSource {
    /// The parts with their source, in the order in which errors are shown.
    pub(super) fn parts(&self) -> [(TemplatePart, &str); 4] {
        [
            (TemplatePart::Subject, &self.subject),
            (TemplatePart::Preheader, &self.preheader),
            (TemplatePart::Body, &self.body),
            (TemplatePart::Text, &self.text),
        ]
    }

    /// Sizes, and that what becomes a header is one line.
    pub(super) fn check_limits(&self) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        for (part, source) in self.parts() {
            let one_line = matches!(part, TemplatePart::Subject | TemplatePart::Preheader);
            let limit = if one_line { MAX_LINE } else { MAX_SOURCE };
            if source.len() > limit {
                errors.push(TemplateError::at_start(part, TemplateFault::TooLong { limit }));
            } else if one_line && source.chars().any(breaks_a_header) {
                errors.push(TemplateError::at_start(part, TemplateFault::LineBreak));
            }
        }
        if self.body.trim().is_empty() {
            errors.push(TemplateError::at_start(TemplatePart::Body, TemplateFault::Empty));
        }
        errors
    }
}

/// Characters that end a line for some reader, or hide what follows.
pub(super) fn breaks_a_header(c: char) -> bool {
    c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}
