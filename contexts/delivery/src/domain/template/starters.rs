//! Templates that people start from.

use super::TemplateKind;

/// One to begin with.
#[derive(Clone, Copy, Debug)]
pub struct Starter {
    /// The word in forms; the message keys are `delivery-starter-` and this, and the same with
    /// `-help`.
    pub key: &'static str,
    /// What it is written in.
    pub kind: TemplateKind,
    /// The subject line.
    pub subject: &'static str,
    /// What inboxes show after it.
    pub preheader: &'static str,
    /// The body.
    pub body: &'static str,
}

/// Those of mail, in the order offered.
pub const STARTERS: &[Starter] = &[
    Starter {
        key: "welcome",
        kind: TemplateKind::Mjml,
        subject: "Welcome to {{ organization.name }}{% if contact.first_name %}, {{ contact.first_name }}{% endif %}",
        preheader: "Three small steps to get going.",
        body: include_str!("starters/welcome.mjml"),
    },
    Starter {
        key: "newsletter",
        kind: TemplateKind::Mjml,
        subject: "What we learned this month",
        preheader: "One long read, two short ones and a date for your calendar.",
        body: include_str!("starters/newsletter.mjml"),
    },
    Starter {
        key: "announcement",
        kind: TemplateKind::Mjml,
        subject: "New today: name the thing here",
        preheader: "What it does for you, in one sentence.",
        body: include_str!("starters/announcement.mjml"),
    },
    Starter {
        key: "invitation",
        kind: TemplateKind::Mjml,
        subject: "You are invited: an evening with {{ organization.name }}",
        preheader: "Thursday 12 March, 18:00. Seats are limited.",
        body: include_str!("starters/invitation.mjml"),
    },
    Starter {
        key: "letter",
        kind: TemplateKind::Mjml,
        subject: "A few words{% if contact.first_name %}, {{ contact.first_name }}{% endif %}",
        preheader: "",
        body: include_str!("starters/letter.mjml"),
    },
    Starter {
        key: "blank-mjml",
        kind: TemplateKind::Mjml,
        subject: "",
        preheader: "",
        body: include_str!("starters/blank.mjml"),
    },
    Starter {
        key: "blank-html",
        kind: TemplateKind::Html,
        subject: "",
        preheader: "",
        body: include_str!("starters/blank.html"),
    },
];

/// What text messages and push notifications start from, in the order offered.
pub const SHORT_STARTERS: &[Starter] = &[
    Starter {
        key: "sms-offer",
        kind: TemplateKind::Sms,
        subject: "",
        preheader: "",
        body: "{{ organization.name }}: {% if contact.first_name %}{{ contact.first_name }}, your{% else %}Your{% endif %} \
               code SPRING is good for 20% off until Sunday. Reply STOP to opt out",
    },
    Starter {
        key: "sms-reminder",
        kind: TemplateKind::Sms,
        subject: "",
        preheader: "",
        body: "{{ organization.name }}: we look forward to seeing you tomorrow at 10:00. Reply STOP to opt out",
    },
    Starter {
        key: "push-news",
        kind: TemplateKind::Push,
        subject: "New for you{% if contact.first_name %}, {{ contact.first_name }}{% endif %}",
        preheader: "",
        body: "What it is, in the few words that a lock screen shows.",
    },
];

impl Starter {
    /// The one with this key.
    #[must_use]
    pub fn find(key: &str) -> Option<&'static Starter> {
        STARTERS
            .iter()
            .chain(SHORT_STARTERS)
            .find(|starter| starter.key == key)
    }
}
