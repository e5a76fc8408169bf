//! Templates.

use serde_json::{Value, json};

/// A template that is to be made.
pub struct Template {
    pub name: &'static str,
    subject: &'static str,
    preheader: &'static str,
    body: &'static str,
}

pub const SHIFT_SWAPS: Template = Template {
    name: "Shift swaps",
    subject: "{{ contact.first_name | default('Good news') }}, your team can now swap shifts without you",
    preheader: "You set the rules once. Wrenfield checks the rest.",
    body: include_str!("mjml/shift_swaps.mjml"),
};
pub const ROTA_LETTER: Template = Template {
    name: "The Rota Letter",
    subject: "Two weeks ahead is where the calm begins",
    preheader: "When 214 of you plan the week, and what it does to Saturdays.",
    body: include_str!("mjml/rota_letter.mjml"),
};
pub const WEBINAR: Template = Template {
    name: "Invitation: Wrenfield live",
    subject: "Thursday, 15:00: planning the busy season",
    preheader: "Three planners, forty minutes, and your questions first.",
    body: include_str!("mjml/webinar.mjml"),
};
pub const STILL_THERE: Template = Template {
    name: "Still useful?",
    subject: "Shall we stop writing, {{ contact.first_name | default('friend') }}?",
    preheader: "",
    body: include_str!("mjml/still_there.mjml"),
};

/// All of them.
pub const TEMPLATES: [Template; 4] = [SHIFT_SWAPS, ROTA_LETTER, WEBINAR, STILL_THERE];

impl Template {
    /// As the API takes it.
    pub fn body(&self) -> Value {
        json!({
            "name": self.name,
            "kind": "mjml",
            "subject": self.subject,
            "preheader": self.preheader,
            "body": self.body,
        })
    }
}
