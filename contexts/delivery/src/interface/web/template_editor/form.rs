use contracts::crm::{ContactSnapshot, preview::Direction};
use kernel::{ContactId, TemplateId};
use serde::Deserialize;

use crate::{
    application::preview_audience::PreviewAudience,
    domain::template::{Look, Loss, Template, TemplateKind, TemplateSource, lost},
};

/// The word of the visual editor in `mode`.
pub const VISUAL: &str = "visual";

/// The editor as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct EditorForm {
    /// Which template; only the preview needs it, since its address does not say.
    pub id: Option<TemplateId>,
    pub name: String,
    pub kind: String,
    pub subject: String,
    pub preheader: String,
    pub body: String,
    pub text: String,
    /// What a push notification opens.
    pub url: String,
    /// What an app is told besides, a line each: `key = value`.
    pub data: String,
    /// The version that was loaded into the editor.
    pub based_on: Option<i32>,
    /// Whose data fills the preview in.
    pub contact: String,
    /// Finds contacts to choose from.
    pub find: String,
    /// `html` or `text`.
    pub part: String,
    /// `sent`, `dark` or `no-images`.
    pub look: String,
    /// Among whom the preview is gone through: `all`, a segment, or nothing.
    pub audience: String,
    /// `next` or `previous`.
    pub step: String,
    /// `visual` or anything else.
    pub mode: String,
    /// The body as the visual editor opened it.
    pub opened: String,
    /// The same, taken apart and put together again by it.
    pub reopened: String,
}

impl EditorForm {
    /// As it was saved.
    pub fn of(template: &Template) -> Self {
        let source = template.version.source.clone();
        Self {
            id: Some(template.id),
            name: template.name.clone(),
            based_on: Some(template.version.number),
            ..Self::default()
        }
        .with(source)
    }

    /// With another source.
    pub fn with(self, source: TemplateSource) -> Self {
        Self {
            kind: source.kind.as_str().to_owned(),
            subject: source.subject,
            preheader: source.preheader,
            body: source.body,
            text: source.text,
            url: source.url,
            data: data_text(&source.data),
            ..self
        }
    }

    /// What was written. Browsers send line breaks as two characters; sources have one.
    pub fn source(&self) -> TemplateSource {
        TemplateSource {
            kind: self.kind.parse().unwrap_or(TemplateKind::Html),
            subject: self.subject.trim().to_owned(),
            preheader: self.preheader.trim().to_owned(),
            body: self.body.replace("\r\n", "\n"),
            text: self.text.replace("\r\n", "\n"),
            url: self.url.trim().to_owned(),
            data: data_of(&self.data),
        }
    }

    /// Whose data fills the preview in; `None` is the made-up person.
    pub fn contact(&self) -> Option<ContactId> {
        self.contact.parse().ok()
    }

    /// How the preview is looked at.
    pub fn look(&self) -> Look {
        Look::parse(&self.look)
    }

    /// Among whom the preview is gone through.
    pub fn audience(&self) -> Option<PreviewAudience> {
        PreviewAudience::parse(&self.audience)
    }

    /// Which way to the next person.
    pub fn direction(&self) -> Option<Direction> {
        match self.step.as_str() {
            "next" => Some(Direction::Forward),
            "previous" => Some(Direction::Backward),
            _ => None,
        }
    }

    /// How the preview is looked at, for addresses.
    pub fn preview_words(&self) -> [(&'static str, &str); 4] {
        [
            ("contact", &self.contact),
            ("part", &self.part),
            ("look", &self.look),
            ("audience", &self.audience),
        ]
    }

    /// Whether it is filled in in the visual editor.
    pub fn is_visual(&self) -> bool {
        self.mode == VISUAL
    }

    /// What the visual editor would have lost of what it opened. A browser without its script has
    /// opened nothing.
    pub fn lost(&self) -> Option<Loss> {
        if !self.is_visual() || self.opened.is_empty() {
            return None;
        }
        let unix = |text: &str| text.replace("\r\n", "\n");
        lost(&unix(&self.opened), &unix(&self.reopened))
    }

    /// Whether the text part is wanted.
    pub fn wants_text(&self) -> bool {
        self.part == "text"
    }
}

/// Pairs as they are written in the form.
fn data_text(data: &[(String, String)]) -> String {
    let line = |(key, value): &(String, String)| format!("{key} = {value}\n");
    data.iter().map(line).collect()
}

/// And back. A line without `=` is a key without a value; whether it can be one is checked later.
fn data_of(text: &str) -> Vec<(String, String)> {
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        (key.trim().to_owned(), value.trim().to_owned())
    };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(pair)
        .collect()
}

/// How a contact is named in the list to choose from.
pub fn contact_label(contact: &ContactSnapshot) -> String {
    let name = format!("{} {}", contact.first_name, contact.last_name);
    let email = contact
        .email
        .as_ref()
        .map(|email| email.as_str())
        .unwrap_or_default();
    match (name.trim(), email) {
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} · {email}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{data_of, data_text};

    #[test]
    fn pairs_of_data_survive_the_form() {
        let pairs = data_of("product = {{ contact.plan }}\r\n\n  q=a=b \nflag");
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            pairs,
            [
                pair("product", "{{ contact.plan }}"),
                pair("q", "a=b"),
                pair("flag", "")
            ]
        );
        assert_eq!(data_of(&data_text(&pairs)), pairs);
    }
}
