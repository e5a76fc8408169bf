use maud::{Markup, html};

/// A text message as a phone shows it; `label` is the picture's accessible name.
#[must_use]
pub fn phone_text(label: &str, text: &str) -> Markup {
    html! {
        div.phone role="group" aria-label=(label) {
            p.phone-bubble { (text) }
        }
    }
}

/// A notification as a lock screen shows it: whose it is, its title, which may be empty, and its text.
#[must_use]
pub fn phone_notification(label: &str, app: &str, title: &str, text: &str) -> Markup {
    html! {
        div.phone role="group" aria-label=(label) {
            div.phone-notification {
                p.phone-app { (app) }
                @if !title.is_empty() { p { strong { (title) } } }
                p { (text) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{phone_notification, phone_text};

    #[test]
    fn what_people_wrote_is_text_and_no_markup() {
        let text = phone_text("Preview", "<b>5 < 6</b>").into_string();
        assert!(text.contains("&lt;b&gt;5 &lt; 6"), "{text}");
        let untitled = phone_notification("Preview", "Shop", "", "Hi").into_string();
        assert!(!untitled.contains("<strong>"), "{untitled}");
    }
}
