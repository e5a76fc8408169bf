use std::str::FromStr;

use contracts::crm::consent::Channel;

use super::{TemplateError, TemplateFault};

/// The most a source may hold, in bytes.
pub const MAX_SOURCE: usize = 256 * 1024;
/// The most a subject or preheader may hold, in bytes.
pub const MAX_LINE: usize = 1000;
/// The most that a text message or the body of a push notification may be written as, in bytes. What
/// people get of it is shorter: see [`crate::domain::sms::LONGEST`].
pub const MAX_SHORT: usize = 8 * 1024;
/// The most pairs of data that a push notification carries.
pub const MOST_DATA: usize = 20;

/// What the body is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TemplateKind {
    /// MJML, which becomes HTML that mail programs agree on.
    Mjml,
    /// HTML as it is.
    #[default]
    Html,
    /// The plain text of a text message.
    Sms,
    /// The plain text of a push notification.
    Push,
}

impl TemplateKind {
    /// All kinds, the recommended one of mail first.
    pub const ALL: [TemplateKind; 4] = [
        TemplateKind::Mjml,
        TemplateKind::Html,
        TemplateKind::Sms,
        TemplateKind::Push,
    ];

    /// What it is written for.
    #[must_use]
    pub const fn channel(self) -> Channel {
        match self {
            TemplateKind::Mjml | TemplateKind::Html => Channel::Email,
            TemplateKind::Sms => Channel::Sms,
            TemplateKind::Push => Channel::Push,
        }
    }

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TemplateKind::Mjml => "mjml",
            TemplateKind::Html => "html",
            TemplateKind::Sms => "sms",
            TemplateKind::Push => "push",
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
    /// The subject line; of a push notification the title.
    Subject,
    /// What inboxes show after the subject.
    Preheader,
    /// MJML or HTML; of what is no mail, what people read.
    Body,
    /// The text part.
    Text,
    /// What a push notification opens.
    Url,
    /// What an app is told besides.
    Data,
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
            TemplatePart::Url => "url",
            TemplatePart::Data => "data",
        }
    }
}

/// A template as people write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateSource {
    /// What the body is written in.
    pub kind: TemplateKind,
    /// The subject line; of a push notification the title, which may be empty.
    pub subject: String,
    /// What inboxes show after the subject; may be empty.
    pub preheader: String,
    /// MJML or HTML; of a text message and a push notification what people read.
    pub body: String,
    /// The text part; made from the HTML when empty.
    pub text: String,
    /// What a push notification opens; may be empty.
    pub url: String,
    /// What an app is told besides: keys, and values in Jinja.
    pub data: Vec<(String, String)>,
}

impl TemplateSource {
    /// Without what its kind has no use for.
    #[must_use]
    pub fn only_its_parts(self) -> Self {
        let kind = self.kind;
        match kind.channel() {
            Channel::Email => Self {
                url: String::new(),
                data: Vec::new(),
                ..self
            },
            Channel::Sms => Self {
                kind,
                body: self.body,
                ..Self::default()
            },
            Channel::Push => Self {
                preheader: String::new(),
                text: String::new(),
                ..self
            },
        }
    }

    /// The parts with their source, in the order in which errors are shown.
    pub(super) fn parts(&self) -> Vec<(TemplatePart, &str)> {
        let mut parts: Vec<(TemplatePart, &str)> = vec![
            (TemplatePart::Subject, &self.subject),
            (TemplatePart::Preheader, &self.preheader),
            (TemplatePart::Body, &self.body),
            (TemplatePart::Text, &self.text),
            (TemplatePart::Url, &self.url),
        ];
        parts.extend(
            self.data
                .iter()
                .map(|(_, value)| (TemplatePart::Data, value.as_str())),
        );
        parts
    }

    /// Sizes, and that what becomes a header is one line.
    pub(super) fn check_limits(&self) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        for (part, source) in self.parts() {
            let one_line = !matches!(part, TemplatePart::Body | TemplatePart::Text);
            let limit = match self.kind.channel() {
                _ if one_line => MAX_LINE,
                Channel::Email => MAX_SOURCE,
                Channel::Sms | Channel::Push => MAX_SHORT,
            };
            if source.len() > limit {
                errors.push(TemplateError::at_start(part, TemplateFault::TooLong { limit }));
            } else if one_line && source.chars().any(breaks_a_header) {
                errors.push(TemplateError::at_start(part, TemplateFault::LineBreak));
            }
        }
        if self.body.trim().is_empty() {
            errors.push(TemplateError::at_start(TemplatePart::Body, TemplateFault::Empty));
        }
        errors.extend(self.check_data());
        errors
    }

    fn check_data(&self) -> Vec<TemplateError> {
        let fault = |fault| TemplateError::at_start(TemplatePart::Data, fault);
        if self.data.len() > MOST_DATA {
            return vec![fault(TemplateFault::TooLong { limit: MOST_DATA })];
        }
        let taken = |n: usize| self.data[..n].iter().any(|(key, _)| *key == self.data[n].0);
        self.data
            .iter()
            .enumerate()
            .filter(|(n, (key, _))| !is_data_key(key) || taken(*n))
            .map(|(_, (key, _))| fault(TemplateFault::DataKey(key.clone())))
            .collect()
    }
}

/// Up to 64 letters, digits, `_`, `-` and dots, not beginning with a digit; and none that the services
/// keep for themselves (Firebase, "Send messages": `from`, `message_type`, and what begins with
/// `google.` or `gcm.`; Apple: `aps`).
fn is_data_key(key: &str) -> bool {
    let reserved = ["from", "message_type", "notification", "aps", "url"].contains(&key)
        || ["google.", "gcm."].iter().any(|prefix| key.starts_with(prefix));
    let fine = (1..=64).contains(&key.len())
        && key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    fine && !reserved
}

/// Characters that end a line for some reader, or hide what follows.
pub(super) fn breaks_a_header(c: char) -> bool {
    c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}
