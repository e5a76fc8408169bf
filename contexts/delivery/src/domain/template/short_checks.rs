//! What an author of a text message or a push notification should know before sending.

use super::{Check, Rendered};
use crate::domain::sms;

/// What lock screens show of a title.
const LONG_TITLE: usize = 50;
/// What they show of the text below it.
const LONG_TEXT: usize = 150;
/// From so many parts on a text costs more than people expect.
const MANY_PARTS: usize = 3;

/// About a text message as it comes out.
pub fn about_the_text(rendered: &Rendered) -> Vec<Check> {
    let text = &rendered.text;
    let mut found = Vec::new();
    if !sms::has_opt_out(text) {
        found.push(Check::problem("no-opt-out", ""));
    }
    let odd: String = sms::forces_unicode(text).into_iter().collect();
    if !odd.is_empty() {
        found.push(Check::advice("unicode", &odd));
    }
    let size = sms::size(text);
    if size.segments > MANY_PARTS {
        found.push(Check::advice("many-parts", &size.segments.to_string()));
    }
    found
}

/// About a push notification as it comes out.
pub fn about_the_notification(rendered: &Rendered) -> Vec<Check> {
    let mut found = Vec::new();
    let length = |text: &str| text.chars().count();
    if rendered.subject.is_empty() {
        found.push(Check::advice("no-title", ""));
    } else if length(&rendered.subject) > LONG_TITLE {
        let detail = length(&rendered.subject).to_string();
        found.push(Check::advice("long-title", &detail));
    }
    if length(&rendered.text) > LONG_TEXT {
        found.push(Check::advice(
            "long-notification",
            &length(&rendered.text).to_string(),
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{about_the_notification, about_the_text};
    use crate::domain::template::Rendered;

    fn codes(text: &str) -> Vec<&'static str> {
        let rendered = Rendered {
            text: text.to_owned(),
            ..Rendered::default()
        };
        about_the_text(&rendered)
            .into_iter()
            .map(|check| check.code)
            .collect()
    }

    #[test]
    fn a_text_is_told_what_it_lacks_and_what_it_costs() {
        assert_eq!(codes("Sale today. Reply STOP to opt out"), Vec::<&str>::new());
        assert_eq!(codes("Sale today"), ["no-opt-out"]);
        assert_eq!(codes("It’s sale. Reply STOP to opt out"), ["unicode"]);
        assert_eq!(codes(&"Reply STOP to opt out. ".repeat(21)), ["many-parts"]);
    }

    #[test]
    fn a_notification_is_told_what_lock_screens_cut() {
        let rendered = Rendered {
            subject: "x".repeat(51),
            text: "y".repeat(151),
            ..Rendered::default()
        };
        let found = about_the_notification(&rendered);
        let codes: Vec<_> = found.iter().map(|check| check.code).collect();
        assert_eq!(codes, ["long-title", "long-notification"]);
    }
}
