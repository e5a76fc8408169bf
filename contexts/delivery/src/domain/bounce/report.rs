//! What a mail in the bounce mailbox is.

use kernel::EmailAddress;

use super::{
    arrived::Arrived,
    automatic,
    delivery_status::{self, RecipientReport},
    feedback::{self, FeedbackReport},
    fields::Fields,
    notice::{self, Notice},
    notice_recipients::parse_address,
};

/// A mail that came in, and what tells which of our messages it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// What it is.
    pub report: Report,
    /// Its own header.
    pub fields: Fields,
    /// The header of our message, as far as it came back; often it did not.
    pub returned: Fields,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// A server says what became of a message.
    Delivery(DeliveryReport),
    /// Somebody complains.
    Feedback(FeedbackReport),
    /// A program answered; says nothing of the address.
    AutomaticReply,
    /// A person asks for no more mail.
    Unsubscribe {
        /// Who.
        from: EmailAddress,
    },
    /// Anything else: most likely a person's answer.
    Other,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// How it was told.
    pub shape: Shape,
    /// Each recipient; none where a bounce does not say whom it is about.
    pub recipients: Vec<RecipientReport>,
}

/// How a server tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As RFC 3464 has it.
    Standard,
    /// In words.
    Text,
}

impl Arrival {
    /// Reads a mail. Whatever it is given, it is something: at worst [`Report::Other`].
    #[must_use]
    pub fn parse(source: &[u8]) -> Self {
        let Some(arrived) = Arrived::parse(source) else {
            return Self {
                report: Report::Other,
                fields: Fields::default(),
                returned: Fields::default(),
            };
        };
        let mut returned = arrived.returned().unwrap_or_default();
        let report = complaint(&arrived, &returned)
            .or_else(|| standard(&arrived, &returned))
            .or_else(|| {
                let notice = notice::notice(&arrived)?;
                Some(text_bounce(notice, &mut returned))
            })
            .unwrap_or_else(|| no_report(&arrived));
        Self {
            report,
            fields: arrived.fields,
            returned,
        }
    }
}

fn complaint(arrived: &Arrived<'_>, returned: &Fields) -> Option<Report> {
    feedback::feedback(arrived, returned).map(Report::Feedback)
}

fn standard(arrived: &Arrived<'_>, returned: &Fields) -> Option<Report> {
    let text = arrived.part(&["message/delivery-status", "message/global-delivery-status"])?;
    let mut recipients = delivery_status::recipients(&text);
    if recipients.is_empty() {
        return None;
    }
    notice::complete(&mut recipients, arrived, returned);
    Some(Report::Delivery(DeliveryReport {
        shape: Shape::Standard,
        recipients,
    }))
}

fn text_bounce(notice: Notice, returned: &mut Fields) -> Report {
    if returned.is_empty() {
        *returned = notice.returned;
    }
    Report::Delivery(DeliveryReport {
        shape: Shape::Text,
        recipients: notice.recipients,
    })
}

fn no_report(arrived: &Arrived<'_>) -> Report {
    let from = parse_address(&arrived.author().1);
    let is_automatic = automatic::is_automatic(arrived);
    match from {
        // Mail programs that unsubscribe for their people say, rightly, that the mail is automatic.
        Some(from) if is_addressed_as_wish(arrived) => Report::Unsubscribe { from },
        Some(from) if !is_automatic && says_wish(arrived) => Report::Unsubscribe { from },
        _ if is_automatic => Report::AutomaticReply,
        _ => Report::Other,
    }
}

/// What people write who want no more mail, in lower case.
const WISHES: &[&str] = &[
    "unsubscribe",
    "unsub",
    "opt out",
    "opt-out",
    "remove me",
    "take me off",
    "stop sending me",
    "abmelden",
    "abbestellen",
    "austragen",
    "désabonn",
    "désinscri",
    "darme de baja",
    "cancellami",
    "отписать",
    "配信停止",
];

/// By the subject, or by the address that it was sent to: both stand in the `mailto:` of a
/// `List-Unsubscribe`.
fn is_addressed_as_wish(arrived: &Arrived<'_>) -> bool {
    let subject = arrived.subject.trim().to_lowercase();
    let is_short = subject.chars().count() <= 40 && !subject.starts_with("re:");
    let is_answer = automatic::begins_like_one(&subject);
    let to_us = arrived.fields.get("To").unwrap_or_default().to_lowercase();
    !is_answer && ((is_short && wishes(&subject)) || to_us.trim_start_matches('<').starts_with("unsubscribe"))
}

/// By a text that says little else. A long letter that mentions it is for a person to read.
fn says_wish(arrived: &Arrived<'_>) -> bool {
    let own = own_words(&arrived.text()).to_lowercase();
    own.chars().count() <= 200 && wishes(&own)
}

fn wishes(text: &str) -> bool {
    WISHES.iter().any(|wish| text.contains(wish))
}

/// A letter without what it quotes.
fn own_words(text: &str) -> String {
    text.lines()
        .take_while(|line| !begins_quotation(line))
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

fn begins_quotation(line: &str) -> bool {
    let line = line.trim();
    let lower = line.to_lowercase();
    line.starts_with('>')
        || lower.contains("original message-----")
        || lower.starts_with("________")
        || [
            "wrote:",
            "schrieb:",
            "a écrit :",
            "a écrit:",
            "escribió:",
            "ha scritto:",
            "пишет:",
            "написал:",
        ]
        .iter()
        .any(|end| lower.ends_with(end))
        || (["on ", "am ", "le "].iter().any(|start| lower.starts_with(start)) && lower.contains('@'))
}
